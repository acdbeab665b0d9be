"""A ground-truth file of an emulator: its runs, their changes of output, and the pulses these mean. Reads one file; knows no record.

The form is that of docs/emulator.md, section 6 (`rnprog-emulator.truth/1`). Lines that are neither a head nor a change are left aside.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

SCHEMA = "rnprog-emulator.truth/1"
MAX_BYTES = 256 << 20
OPENS = frozenset(("burst", "impedance", "therapy-on"))
"""Causes that open an output."""
STAYS = frozenset(("ramp", "set-amplitude", "load-changed"))
"""Causes after which it flows on."""


class NoTruth(Exception):
    """The file cannot be read, or is no ground truth."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of output; it holds until the next of its channel (0 left, 1 right)."""

    number: int
    t_s: float
    channel: int
    amplitude_ua: float
    slope_ua_per_s: float
    width_us: int
    rate_mhz: int
    cause: str


@dataclass(frozen=True, slots=True)
class Pulse:
    """One pulse; `t_s`: when its first phase begins."""

    t_s: float
    amplitude_ua: float


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of the emulator told."""

    number: int
    serial: str
    virtual: bool
    """Its time began with it and moved only when somebody waited; otherwise `t_s` is this computer's monotonic clock."""
    changes: tuple[Change, ...]


def read_runs(path: Path) -> tuple[Run, ...]:
    """The runs of a file, in order. NoTruth when it cannot be read or holds none, or a line says something that cannot be."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise NoTruth(f"{path} is larger than any ground truth that can be compared.")
        rows = path.read_bytes().splitlines()
    except OSError as error:
        raise NoTruth(f"{path} cannot be read: {error.strerror}.") from error
    heads: dict[int, dict[str, Any]] = {}
    changes: dict[int, list[Change]] = {}
    for number, row in enumerate(rows, 1):
        line = _object(row)
        if line is None:  # a run that was cut off in the middle of a line
            continue
        if line.get("schema") == SCHEMA and isinstance(line.get("run"), int):
            heads[line["run"]], changes[line["run"]] = line, []
        elif "cause" in line:
            try:
                changes[line["run"]].append(change_of(line))
            except (KeyError, TypeError, ValueError) as error:
                raise NoTruth(f"{path} is no ground truth of an emulator: line {number} is no change of output.") from error
    if not heads:
        raise NoTruth(f"{path} is no ground truth of an emulator.")
    return tuple(
        Run(number, str(head.get("serial")), head.get("clock") == "virtual", tuple(changes[number])) for number, head in heads.items()
    )


def change_of(line: dict[str, Any]) -> Change:
    """One change, out of its line or of an answer of the bench channel. KeyError, TypeError or ValueError when it is none."""
    told = {field.name: line[field.name] for field in fields(Change)}
    kinds = {"cause": str, "number": int, "channel": int, "width_us": int, "rate_mhz": int}
    change = Change(**{name: kinds.get(name, float)(value) for name, value in told.items()})
    if change.channel not in (0, 1) or change.rate_mhz <= 0:
        raise ValueError("a channel or a rate that cannot be")
    return change


def pulses(changes: Iterable[Change]) -> Iterator[Pulse]:
    """Every pulse that the changes of one channel speak of; an output still open ends with its last change."""
    last: Change | None = None
    train_us = 0
    for change in changes:
        now_us = round(change.t_s * 1e6)
        if last is not None:
            yield from _train(last, train_us, now_us)
        if change.cause in OPENS:
            last, train_us = change, now_us
        else:
            last = change if change.cause in STAYS and last is not None else None


def _train(change: Change, train_us: int, until_us: int) -> Iterator[Pulse]:
    """The pulses from a change on up to a time, in the train that began at `train_us`: one every period."""
    from_us = round(change.t_s * 1e6)
    number = -(-(from_us - train_us) * change.rate_mhz // 1_000_000_000)
    while (at_us := train_us + number * 1_000_000_000 / change.rate_mhz) < until_us:
        yield Pulse(at_us / 1e6, change.amplitude_ua + change.slope_ua_per_s * (at_us - from_us) / 1e6)
        number += 1


def _object(row: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(row)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
