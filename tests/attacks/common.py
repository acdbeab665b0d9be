"""The frame around every attack: what an attack is, how its cases are run, counted and replayed. Knows no attack but by name.

An attack is a module in this folder whose name stands in ATTACKS, with

    SHARE = 60                  how many cases `make test` runs
    FULL = 20_000               how many `make soak` runs; `def full() -> int` instead where it has to be counted first
    JOBS = 1                    left out: it may run in as many processes at once as are asked for

    def run(runs: int, seed: int) -> Result:
        return over(runs, seed, case)

    def case(number: int) -> str | Shot:
        ...                     raises whatever it finds; returns the row of the table it belongs to

Where the cases are to be gone through one by one (every call, every frame), `spread` puts them into an order in which any few of them
lie evenly over the whole.

A case is told by its number alone: a run with `--seed S --runs N` runs the cases S to S+N-1, in any order and in any process, so that
`--seed NUMBER --runs 1` replays exactly one. Take chance from `Random(number)`. `run` is called with pieces of the whole and its results
are joined by row. An attack with too many rows for a table has `summary(result) -> Result`, called once with the whole: fewer rows, and a
`document` (Markdown) that is shown below the table.

A case runs with directories of its own (`place`): records, locks and state of the user are out of reach.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from math import gcd
from pathlib import Path
from types import ModuleType

from tests.alone import alone

ATTACKS = (
    *("frames", "sessions", "matrix", "calls", "kills", "kills_apart", "lease", "signals", "signals_at_terminals", "anywhere"),
    *("fuzz_frames", "fuzz_replay", "fuzz_flood", "fuzz_firmware", "fuzz_sessions", "hostile_strings", "hostile_toml", "forge_records"),
)
"""In the order of the table."""

ROOT = Path(__file__).resolve().parents[2]
_TOLD = 1_200


@dataclass(frozen=True)
class Shot:
    """A case that went well, with something measured in it."""

    row: str
    value: float
    unit: str


@dataclass
class Row:
    """One line of the table."""

    what: str
    runs: int = 0
    finds: int = 0
    values: list[float] = field(default_factory=list)
    """What was measured, one of each case that measures; empty: nothing."""
    unit: str = ""


@dataclass(frozen=True)
class Find:
    """A case in which a promise was broken."""

    number: int
    text: str


@dataclass
class Result:
    """What some cases of an attack came to."""

    rows: list[Row] = field(default_factory=list)
    finds: list[Find] = field(default_factory=list)
    document: str = ""

    def row(self, what: str) -> Row:
        """The row of that name, made when there is none."""
        found = next((row for row in self.rows if row.what == what), None)
        if found is None:
            found = Row(what)
            self.rows.append(found)
        return found

    def count(self, told: str | Shot) -> None:
        """One case that went well."""
        row = self.row(told.row if isinstance(told, Shot) else told)
        row.runs += 1
        if isinstance(told, Shot):
            row.values.append(told.value)
            row.unit = told.unit

    def found(self, number: int, text: str, what: str, shot: Shot | None = None) -> None:
        """One case that did not. What was measured in it counts with the others."""
        row = self.row(what)
        row.runs += 1
        row.finds += 1
        if shot is not None:
            row.values.append(shot.value)
            row.unit = shot.unit
        self.finds.append(Find(number, text))

    def join(self, other: Result) -> None:
        """Take over what another piece of the same attack came to."""
        for row in other.rows:
            mine = self.row(row.what)
            mine.runs += row.runs
            mine.finds += row.finds
            mine.values += row.values
            mine.unit = mine.unit or row.unit
        self.finds += other.finds
        self.document = self.document or other.document


class Broken(AssertionError):
    """A promise that was broken. `row`: where it is counted; `shot`: what was measured all the same: a figure leaves nothing out."""

    def __init__(self, text: str, row: str = "", shot: Shot | None = None) -> None:
        super().__init__(text)
        self.row = shot.row if shot is not None else row
        self.shot = shot


def over(runs: int, seed: int, case: Callable[[int], str | Shot], *, row: Callable[[int], str] | str = "cases") -> Result:
    """Run the cases `seed` to `seed + runs - 1`. Whatever a case raises is a find. `row`: where a find is counted that names no row."""
    return over_these(range(seed, seed + runs), case, row=row)


def over_these(numbers: Iterable[int], case: Callable[[int], str | Shot], *, row: Callable[[int], str] | str = "cases") -> Result:
    """Run these cases."""
    result = Result()
    for number in numbers:
        try:
            result.count(case(number))
        except Exception as error:  # noqa: BLE001 - an exception that nobody foresaw is what is looked for
            named = getattr(error, "row", "") or (row if isinstance(row, str) else row(number))
            result.found(number, _where(error), named, error.shot if isinstance(error, Broken) else None)
    return result


def _where(error: Exception) -> str:
    """What broke, and the innermost line of this house in which it did."""
    here = [each for each in traceback.extract_tb(error.__traceback__) if str(ROOT) in each.filename]
    at = f" ({Path(here[-1].filename).relative_to(ROOT)}:{here[-1].lineno})" if here else ""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said[:_TOLD]}{at}"


def attack(name: str) -> ModuleType:
    """The module of an attack."""
    return import_module(f"tests.attacks.{name}")


def full_of(module: ModuleType) -> int:
    """How many cases `make soak` runs of it."""
    return int(module.full() if hasattr(module, "full") else module.FULL)


@cache
def _stride(whole: int) -> int:
    """By the golden section, and without a common divisor: every case is met once before any is met again."""
    stride = max(1, round(whole * 0.6180339887))
    while gcd(stride, whole) != 1:
        stride += 1
    return stride


def spread(number: int, whole: int) -> int:
    """Which of `whole` cases is meant by this number: all of them in turn, in an order in which any few lie evenly over the whole."""
    return number * _stride(whole) % whole


@contextmanager
def place() -> Iterator[Path]:
    """A folder of its own, in memory where the system can; the user's records, locks and state are out of reach meanwhile."""
    memory = Path("/dev/shm")
    root = Path(tempfile.mkdtemp(prefix="rn", dir=memory if memory.is_dir() else None))  # short: a socket's path must fit
    names = {"XDG_RUNTIME_DIR": "run", "RNPROG_STATE_DIR": "state", "XDG_STATE_HOME": "home", "XDG_DATA_HOME": "data"}
    before = {name: os.environ.get(name) for name in (*names, "RNPROG_PORT")}
    for name, folder in names.items():
        (root / folder).mkdir(mode=0o700)
        os.environ[name] = str(root / folder)
    os.environ.pop("RNPROG_PORT", None)
    try:
        with alone():
            yield root
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        shutil.rmtree(root, ignore_errors=True)
