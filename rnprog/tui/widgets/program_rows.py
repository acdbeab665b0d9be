"""The settings of a program as rows: names, texts, and a program with one of them changed. `therapy` reads and judges values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from textual.widget import Widget

from rnprog.therapy.contacts import Side
from rnprog.therapy.parameters import Parameter
from rnprog.therapy.program import COMMON_PARAMETERS, ELECTRODES_KEY, SIDE_PARAMETERS, Program
from rnprog.therapy.units import UnitError
from rnprog.tui.widgets.text import Text, columns, row

NOT_STIMULATED = "none"


@dataclass(frozen=True, slots=True)
class Field:
    """One setting. `side` None: both share it. `parameter` None: the electrodes."""

    key: str
    label: str
    side: Side | None
    parameter: Parameter | None


def _fields() -> tuple[Field, ...]:
    found = []
    for side in Side:
        found.append(Field(f"{side}-{ELECTRODES_KEY}", f"{side.label} contacts", side, None))
        found += [Field(f"{side}-{each.key}", f"{side.label} {each.label.lower()}", side, each) for each in SIDE_PARAMETERS]
    found += [Field(each.key, each.label, None, each) for each in COMMON_PARAMETERS]
    return tuple(found)


FIELDS = _fields()


def text_of(program: Program, field: Field) -> str:
    """What a program says there, with its unit."""
    if field.side is None:
        assert field.parameter is not None  # only electrodes have none, and those have a side
        return field.parameter.show(program.value(field.parameter))
    part = program.side(field.side)
    if part is None:
        return NOT_STIMULATED
    return str(part.electrodes) if field.parameter is None else field.parameter.show(part.value(field.parameter))


def changed(before: Program | None, wanted: Program, field: Field) -> bool:
    """Whether writing changes this setting."""
    return before is None or text_of(before, field) != text_of(wanted, field)


def program_with(program: Program, field: Field, text: str) -> tuple[Program, str]:
    """The program with another value there, and an empty text; or the program as it was, and why the text is no value."""
    if field.parameter is None:
        return program, ""
    try:
        value = field.parameter.parse(text, unit_required=False)
    except UnitError as error:
        return program, f"{field.label}: {error.reason}"
    if field.side is None:
        return _set(program, field.parameter.key, value), ""
    part = program.side(field.side)
    return (program, "") if part is None else (_set(program, field.side.value, _set(part, field.parameter.key, value)), "")


def _set(whole: Any, name: str, value: Decimal | Any) -> Any:
    return replace(whole, **{name: value})


def states() -> list[tuple[str, Widget]]:
    """A program, row by row."""
    from rnprog.tui.samples import program

    return [("a program", Text(columns([row(field.label, text_of(program(), field)) for field in FIELDS])))]


if __name__ == "__main__":
    from rnprog.tui.widgets.showcase import show_all

    show_all(states())
