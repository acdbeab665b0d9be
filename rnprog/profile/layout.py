"""Which layouts of a profile are whole, and where in them each value stands, so that a file that is laid out as one before is judged by
position. Knows what an entry is, and judges no value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter

from rnprog.profile.fields import (
    AREA,
    KEYS,
    MAX_AMPLITUDE,
    MODE,
    NUMBERS,
    OPTIONAL,
    PERCUTANEOUS,
    PROGRAM,
    SOURCED,
    STATE,
    THRESHOLDS,
    THRESHOLDS_KEY,
    VALIDATION,
)
from rnprog.profile.findings import KeyPath
from rnprog.profile.forms import TEXTS
from rnprog.profile.lines import Shape
from rnprog.therapy.contacts import Side
from rnprog.therapy.parameters import AMPLITUDE, PULSE_WIDTH, RATE
from rnprog.therapy.program import COMMON_PARAMETERS, ELECTRODES_KEY

SOURCES: KeyPath = ("provenance", "sources")
NAME: KeyPath = ("profile", "name")
CODE: KeyPath = ("patient", "code")
SCHEMA_KEY: KeyPath = ("schema",)
MODEL: KeyPath = ("target", "device_model")
LEAD: KeyPath = ("target", "lead_model")
_SCHEDULE = tuple((PROGRAM, parameter.key) for parameter in COMMON_PARAMETERS if parameter is not RATE)
_ROWS = frozenset((side.value, THRESHOLDS_KEY) for side in Side)

Pick = Callable[[Sequence[str]], tuple[str, ...]]
"""Takes some of the values of a file, in an order of its own."""


@dataclass(frozen=True, slots=True)
class SideAt:
    """Where the entries of a side stand: the electrodes among the texts, the others among the numbers."""

    side: str
    electrodes: int
    amplitude_ma: int
    width_us: int
    highest_ma: int
    thresholds: tuple[int | None, ...]
    """In the order of `THRESHOLDS`; `None`: not there, or in a row."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each value of a whole profile stands."""

    text_paths: tuple[KeyPath, ...]
    """The texts of one line that are judged by themselves: all but the name and the code, which differ from file to file."""
    number_paths: tuple[KeyPath, ...]
    row_paths: tuple[KeyPath, ...]
    texts: Pick
    numbers: Pick
    rows: Pick
    name: int
    """Line of the name; of the code, `None` if there is none."""
    code: int | None
    model: int
    """Places among the texts: of the model, and of lead and area."""
    lead: int
    area: int
    state: int
    signed: bool
    rate: int
    schedule: Pick
    """From the numbers."""
    sides: tuple[SideAt, ...]


def layout_of(shape: Shape) -> Layout | None:
    """Where the values of a shape stand; `None` if it is not that of a whole profile of an implant."""
    if not _is_whole(shape):
        return None
    lines = dict(shape.texts)
    name, code = lines.pop(NAME), lines.pop(CODE, None)
    texts, numbers, rows = tuple(lines), tuple(path for path, _ in shape.numbers), tuple(path for path, _ in shape.rows)
    at = numbers.index
    return Layout(
        text_paths=texts,
        number_paths=numbers,
        row_paths=rows,
        texts=_pick(lines.values()),
        numbers=_pick(line for _, line in shape.numbers),
        rows=_pick(line for _, line in shape.rows),
        name=name,
        code=code,
        model=texts.index(MODEL),
        lead=texts.index(LEAD),
        area=texts.index(AREA),
        state=texts.index(STATE),
        signed=(VALIDATION,) in shape.present,
        rate=at((PROGRAM, RATE.key)),
        schedule=_pick(at(path) for path in _SCHEDULE),
        sides=tuple(_side_at(side.value, texts, numbers) for side in Side if (side.value,) in shape.present),
    )


def _side_at(side: str, texts: tuple[KeyPath, ...], numbers: tuple[KeyPath, ...]) -> SideAt:
    thresholds = ((side, THRESHOLDS_KEY, each.key) for each in THRESHOLDS)
    return SideAt(
        side=side,
        electrodes=texts.index((side, ELECTRODES_KEY)),
        amplitude_ma=numbers.index((side, AMPLITUDE.key)),
        width_us=numbers.index((side, PULSE_WIDTH.key)),
        highest_ma=numbers.index((side, MAX_AMPLITUDE.key)),
        thresholds=tuple(numbers.index(path) if path in numbers else None for path in thresholds),
    )


def _is_whole(shape: Shape) -> bool:
    """Whether it has every entry that an implanted profile needs, none that it does not know, and a source for each clinical one."""
    present = shape.present
    known = {(*table, key) for table, keys in KEYS.items() for key in keys}
    if present - known or any(PERCUTANEOUS in path for path in present):
        return False
    needed = {path for path in known if path not in OPTIONAL and path[:-1] in (*present, ()) and path[:2] != SOURCES}
    needed |= {SOURCES, (PROGRAM,), AREA}
    if needed - present or not {("left",), ("right",)} & present:
        return False
    if {(VALIDATION,), MODE} <= present:
        return False  # whether the one may stand beside the other is not asked here
    if any((entry in present) != ((*SOURCES, *place) in present) for entry, place in SOURCED.items()):
        return False
    texts = {*(path for path, _ in shape.texts), *shape.long_texts}
    numbers = {path for path, _ in shape.numbers}
    rows = {path for path, _ in shape.rows}
    return texts <= {*TEXTS, SCHEMA_KEY} and numbers <= NUMBERS.keys() and rows <= _ROWS and _one_line_each(shape)


def _one_line_each(shape: Shape) -> bool:
    """Only notes and sources may have several lines; the schema and names are then plain texts."""
    return all(path == ("profile", "notes") or path[:2] == SOURCES for path in shape.long_texts)


def _pick(places: Iterable[int]) -> Pick:
    """As `itemgetter`, and a tuple for one place or none too."""
    wanted = tuple(places)
    if len(wanted) > 1:
        return itemgetter(*wanted)
    return lambda values: tuple(values[at] for at in wanted)
