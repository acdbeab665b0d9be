"""The kinds of entries for pydantic, each the form of its name in `forms`. pydantic stays in this file and in `schema`."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator

from rnprog.profile import forms

Dose = Annotated[Decimal, BeforeValidator(forms.dose)]
Text = Annotated[str, BeforeValidator(forms.one_line)]
Source = Annotated[str, BeforeValidator(forms.source)]
Notes = Annotated[str, BeforeValidator(forms.notes)]
Name = Annotated[str, BeforeValidator(forms.name)]
Code = Annotated[str, BeforeValidator(forms.code)]
Date = Annotated[str, BeforeValidator(forms.real_date)]
Class = Annotated[str, BeforeValidator(forms.kind)]
Mode = Annotated[str, BeforeValidator(forms.mode)]
State = Annotated[str, BeforeValidator(forms.state)]
Digest = Annotated[str, BeforeValidator(forms.digest)]
Slot = Annotated[int, BeforeValidator(forms.slot)]
Revision = Annotated[int, BeforeValidator(forms.revision)]
Truth = Annotated[bool, BeforeValidator(forms.truth)]
Serial = Annotated[str, BeforeValidator(forms.serial)]
Checksum = Annotated[str, BeforeValidator(forms.checksum)]
Area = Annotated[Decimal, BeforeValidator(forms.area)]
LeftElectrodes = Annotated[str, BeforeValidator(forms.left_electrodes)]
RightElectrodes = Annotated[str, BeforeValidator(forms.right_electrodes)]
