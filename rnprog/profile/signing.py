"""Signing off: the digest over what a profile says, and whether a sign-off still holds. RN604 to RN607.

The digest is over the canonical content: every entry but the state and the sign-off itself, sorted, numbers in plain digits. Comments,
order and ways of writing do not count. It tells a change; it is no signature: whoever can write the file can also write a new digest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from rnprog.profile.capabilities_json import capabilities_as_dict
from rnprog.profile.fields import DRAFT, FROM_EMULATOR, MODE, STATE, VALIDATED, VALIDATION, lookup
from rnprog.profile.findings import KeyPath, Problem, shown
from rnprog.profile.numbers import number_of
from rnprog.therapy.capabilities import Capabilities
from rnprog.therapy.units import plain

PERCUTANEOUS_LIMITS = "the ranges of rnprog; no limits of a device are known"


def content_digest(tables: Mapping[str, object]) -> str:
    """SHA-256 (hex) of the canonical content of a profile's tables."""
    return digest_of(entry for entry in entries(tables) if entry[0][0] != VALIDATION and entry[0] != STATE)


def digest_of(entries: Iterable[tuple[KeyPath, str | Decimal]]) -> str:
    """The same from its entries: texts, and numbers as decimals; without state and sign-off."""
    lines = sorted(f"{json.dumps(path)} {json.dumps(value) if isinstance(value, str) else plain(value)}" for path, value in entries)
    return hashlib.sha256("\n".join(lines).encode("ascii")).hexdigest()


def limits_digest(capabilities: Capabilities | None) -> str:
    """SHA-256 (hex) of the limits that a profile is judged against; `None`: no device."""
    written = None if capabilities is None else capabilities_as_dict(capabilities)
    return hashlib.sha256(json.dumps(written, sort_keys=True, separators=(",", ":")).encode("ascii")).hexdigest()


def holds(tables: Mapping[str, object]) -> bool:
    """Whether somebody signed off what these tables say now. Against which limits is not looked at."""
    signed = tables.get(VALIDATION)
    return lookup(tables, STATE) == VALIDATED and isinstance(signed, dict) and signed.get("digest") == content_digest(tables)


def is_emulated(tables: Mapping[str, object]) -> bool:
    """Whether the profile says that its values come from an emulator. One from which that was taken away by hand cannot be told."""
    return lookup(tables, MODE) == FROM_EMULATOR


def signing_problems(tables: dict[str, object], capabilities: Capabilities | None) -> Iterator[Problem]:
    """Whether state and sign-off agree with each other, with the content and with the limits that are used. Odd entries are left out."""
    state, signed = lookup(tables, STATE), tables.get(VALIDATION)
    if state == VALIDATED and signed is None:
        yield Problem("RN606", STATE, "It is not said who validated this profile. Validate it with rnprog profile validate.")
    if state == DRAFT and signed is not None:
        said = "This profile is a draft, but it has a sign-off. Remove the table [validation], or validate the profile again."
        yield Problem("RN606", (VALIDATION,), said)
    if is_emulated(tables) and (state == VALIDATED or signed is not None):
        said = "The values come from an emulator, so this profile cannot be signed off. Titrate on the device, and make a profile of that."
        yield Problem("RN607", MODE, said)
    if state != VALIDATED or not isinstance(signed, dict):
        return
    by = f"{shown(signed.get('by'))} on {shown(signed.get('on'))}"
    if isinstance(signed.get("digest"), str) and signed["digest"] != content_digest(tables):
        said = f"This profile was changed after {by} validated it, so it is a draft again. Check it, and validate it anew."
        yield Problem("RN604", (VALIDATION, "digest"), said)
    if isinstance(signed.get("limits_digest"), str) and signed["limits_digest"] != limits_digest(capabilities):
        said = f"{by} validated this profile against other limits ({shown(signed.get('limits'))}). Validate it against these."
        yield Problem("RN605", (VALIDATION, "limits"), said)


def entries(value: object, path: KeyPath = ()) -> Iterator[tuple[KeyPath, str | Decimal]]:
    """Every entry of these tables, with its path: numbers as decimals, all else as text."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from entries(inner, (*path, key))
        return
    number = number_of(value)
    if isinstance(number, Decimal):
        yield path, number
    else:
        yield path, value if isinstance(value, str) else repr(value)
