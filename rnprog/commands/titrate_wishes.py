"""What `rnprog titrate` was asked for, read from its options before anything is connected. Nonsense is a usage error, or Ended."""

from __future__ import annotations

import os
from decimal import Decimal
from enum import StrEnum
from os.path import isdir
from pathlib import Path

import typer

from rnprog.commands.exits import Exit, simply
from rnprog.session.compare import neighbours
from rnprog.session.observers import ALONE, SWITCHES, ObserverError, Script, read_script
from rnprog.session.standard import STANDARD
from rnprog.session.titrated import WAYS_TO_CONFIRM, Method
from rnprog.therapy import threshold
from rnprog.therapy.contacts import Electrodes, ElectrodesError, Side
from rnprog.therapy.envelope import TestSetup
from rnprog.therapy.parameters import PULSE_WIDTH, RATE
from rnprog.therapy.units import Hertz, Microseconds, Seconds, UnitError, parse_quantity, plain

_MILLISECOND = Decimal("0.001")


class SearchProfile(StrEnum):
    """How exactly a threshold is wanted, and how carefully it is searched for."""

    QUICK = "quick"
    STANDARD = "standard"
    PRECISE = "precise"
    CAUTIOUS = "cautious"

    @property
    def profile(self) -> threshold.Profile:
        """The same in the terms of the search."""
        return next(each for each in threshold.PROFILES if each.name == self)


def checked_how(how: str) -> str:
    """How a contraction is confirmed, as the record writes it."""
    found = next((each for each in WAYS_TO_CONFIRM if each.lower() == how.lower()), None)
    if found is None:
        raise typer.BadParameter(f"It must be one of {', '.join(WAYS_TO_CONFIRM)}.", param_hint="--how")
    return found


def setup_of(side: Side, electrodes: str | None, pulse_width: str, rate: str) -> TestSetup:
    """Test stimulation of one side; without `electrodes` with the usual ones."""
    chosen = _electrodes(electrodes, side) if electrodes is not None else STANDARD.electrodes[side]
    ramp_s = STANDARD.burst_ramp_s
    try:
        width_us = Microseconds(PULSE_WIDTH.parse(pulse_width))
    except UnitError as error:
        raise typer.BadParameter(error.reason, param_hint="--pulse-width") from error
    try:
        rate_hz = Hertz(RATE.parse(rate))
    except UnitError as error:
        raise typer.BadParameter(error.reason, param_hint="--rate") from error
    return TestSetup(side, chosen, width_us, rate_hz, ramp_s, ramp_s)


def pairs_of(side: Side, electrodes: str | None) -> tuple[Electrodes, ...]:
    """The pairs to compare: those named, with commas between them, else the neighbours of the lead."""
    if electrodes is None:
        return neighbours(side)
    pairs = tuple(_electrodes(each, side) for each in electrodes.split(","))
    if len(set(pairs)) < max(2, len(pairs)):
        raise typer.BadParameter("To compare, name two pairs or more, each once: -L0+L1,-L1+L2.", param_hint="--electrodes")
    return pairs


def _electrodes(text: str, side: Side) -> Electrodes:
    try:
        return Electrodes.parse(text.strip(), side)
    except ElectrodesError as error:
        raise typer.BadParameter(error.reason, param_hint="--electrodes") from error


def burst_of(text: str) -> Seconds:
    """How long a burst lasts: 1 s to 10 s, whole milliseconds."""
    try:
        value = parse_quantity(text, "s")
    except UnitError as error:
        raise typer.BadParameter("Write it in seconds, with the unit: 1s to 10s.", param_hint="--burst") from error
    if not 1 <= value <= 10:
        raise typer.BadParameter("A burst lasts 1 s to 10 s.", param_hint="--burst")
    if value % _MILLISECOND:
        below = value - value % _MILLISECOND
        text = f"{plain(value)} s is no whole number of milliseconds: write {plain(below)}s or {plain(below + _MILLISECOND)}s."
        raise typer.BadParameter(text, param_hint="--burst")
    return Seconds(value)


def plot_file(path: Path | None, *, compare: bool) -> None:
    """That a picture can be put there: asked before anything is given, not after."""
    if path is None:
        return
    if compare:
        raise typer.BadParameter("A picture shows one electrode pair; titrate the chosen one for it.", param_hint="--plot")
    if path.suffix.lower() != ".svg":
        raise typer.BadParameter(f"{path.name} must end in .svg.", param_hint="--plot")
    if os.path.lexists(path):
        raise typer.BadParameter(f"{path} is there already and is left as it is. Choose another name.", param_hint="--plot")
    if not isdir(path.absolute().parent):
        raise typer.BadParameter(f"The folder {path.absolute().parent} is not there.", param_hint="--plot")


def plot_files(path: Path | None) -> dict[Side, Path]:
    """One picture a side, the side in its name; empty: none is wanted."""
    if path is None:
        return {}
    files = {side: path.with_name(f"{path.stem}-{side}{path.suffix}") for side in Side}
    for each in files.values():
        plot_file(each, compare=False)
    return files


def script_of(wanted: str, method: Method) -> Script:
    """The script of `--observer script:FILE`; empty for another observer. Ended (65, 66) when it is none."""
    if not wanted.startswith("script:"):
        if wanted not in ("ask", "simulated"):
            raise typer.BadParameter("It must be ask, script:FILE or simulated.", param_hint="--observer")
        return []
    try:
        lines = read_script(Path(wanted.removeprefix("script:")))
    except ObserverError as error:
        raise simply(Exit.MISSING if isinstance(error.__cause__, OSError) else Exit.UNREADABLE, str(error)) from error
    for number, each in lines:
        method = SWITCHES.get(each[0], method)
        if method is Method.MANUAL and len(each) == 1 and each[0] not in ALONE:
            text = f"Line {number} of the script names no amplitude, and this method needs one: write `1.2mA {each[0]}`."
            raise simply(Exit.UNREADABLE, text)
    return lines
