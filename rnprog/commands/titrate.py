"""`rnprog titrate`: one side, from fresh impedance to thresholds and a proposed amplitude."""

from __future__ import annotations

import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from rnprog.commands.asking import Lines
from rnprog.commands.context import connection, face_of, named_port
from rnprog.commands.exits import Ended, Exit, applied, end, simply
from rnprog.commands.guiding import Narrator
from rnprog.commands.observing import Answers, Asking
from rnprog.commands.options import AcceptRunOn
from rnprog.commands.render import Face
from rnprog.commands.summary import show_judged, tell_record, titrated_data, titrated_sheet
from rnprog.session import sweep
from rnprog.session.mode import Mode
from rnprog.session.observers import Observer, ObserverError, Script, Scripted, Simulated, read_script
from rnprog.session.outcomes import StopNotConfirmed
from rnprog.session.session import Session
from rnprog.session.standard import STANDARD
from rnprog.session.titrate import Method, Plan, Titrated
from rnprog.session.titrate import titrate as titrate_side
from rnprog.session.wording import command_line as words
from rnprog.therapy.contacts import Electrodes, ElectrodesError, Side
from rnprog.therapy.envelope import TestSetup
from rnprog.therapy.parameters import PULSE_WIDTH, RATE
from rnprog.therapy.units import Hertz, Microseconds, Seconds, UnitError, parse_quantity, plain

_MILLISECOND = Decimal("0.001")
HOW = ("palpation", "sight", "ultrasound", "EMG")


def titrate(
    ctx: typer.Context,
    side: Annotated[Side, typer.Option(case_sensitive=False, help="Which side.")],
    method: Annotated[
        Method, typer.Option(case_sensitive=False, help="Who chooses the next amplitude: the method, or you.")
    ] = Method.ASCENDING,
    electrodes: Annotated[str | None, typer.Option(metavar="SET", help="For example -L1+L2; - cathode, + anode.")] = None,
    pulse_width: Annotated[str, typer.Option(metavar="TIME", help="With its unit.")] = "214us",
    rate: Annotated[str, typer.Option(metavar="RATE", help="With its unit.")] = "20Hz",
    burst: Annotated[str, typer.Option(metavar="TIME", help="How long a burst lasts, ramps included.")] = "2s",
    answers: Annotated[Answers, typer.Option(case_sensitive=False, help="Which answers are asked for.")] = Answers.GRADE_FELT,
    observer: Annotated[str, typer.Option(metavar="WHO", help="ask, script:FILE or simulated; the last two on an emulator.")] = "ask",
    how: Annotated[
        str, typer.Option(metavar="WAY", help="How a contraction is confirmed: palpation, sight, ultrasound or EMG.")
    ] = "palpation",
    accept_run_on: AcceptRunOn = False,
) -> Exit:
    """Find perception, contraction and discomfort on one side.

    $ rnprog titrate --side left --port /dev/ttyUSB0
    $ rnprog titrate --side right --observer simulated --port emu://
    $ rnprog titrate --side left --method manual --observer script:answers.txt --port emu://

    The leads are measured first. Every burst is confirmed by the observer and starts from what was given and tolerated before: at most
    0.5 mA more. Discomfort sets a ceiling that stays. Nothing is written to the implant: that is `rnprog program write`.

    What is felt, or contracts, in the wrong place never counts as a contraction. A script holds one answer per line: none, felt, flicker,
    clear, strong, elsewhere (in the wrong place), discomfort or unsure; an amplitude may stand before it; finish and stop end. The result
    is compared with earlier records of this device; what it says of the lead is advice that needs clinician sign-off.
    """
    face = face_of(ctx)
    setup = _setup(side, electrodes, pulse_width, rate)
    if how not in HOW:
        raise typer.BadParameter(f"It must be one of {', '.join(HOW)}.", param_hint="--how")
    plan = Plan(setup, method, _quantity(burst, "s", "--burst"), how)
    script = _script(observer, method)
    if observer == "ask":
        prepare_to_ask(face)
    with connection(face, "titrate", writes=True, run_on_accepted=accept_run_on) as session:
        watching = _observer(face, session, observer, answers, script)
        narrator = Narrator(face.say)
        narrator.leads(session)
        narrator.measured(applied(sweep.measure(session, (side,))))
        narrator.begins(plan)
        record = session.record
        result = titrate_side(session, plan, watching, narrator.burst)
        narrator.ended(result)
    face.data.update(titrated_data(result))
    face.show(titrated_sheet({side: result}))
    show_judged(face, {side: result})
    tell_record(face, record)
    return ending(result)


def ending(result: Titrated) -> Exit:
    """The exit code of a titration; Ended when something did not succeed."""
    if isinstance(result.stop, StopNotConfirmed):
        raise Ended(Exit.STOP_NOT_CONFIRMED, words=result.stop.words)
    if result.problem is not None:
        end(result.problem)
    return Exit.DONE if result.proposed_ma is not None else Exit.FINDINGS


def prepare_to_ask(face: Face) -> None:
    """A person is going to be asked: there must be one, and the emulator must run on wall time."""
    if face.options.no_input:
        raise typer.BadParameter("A person is needed here, and --no-input was given. On an emulator use --observer simulated.")
    port = named_port(face)
    if port.lower().startswith("emu:") and "clock=" not in port:
        face.options = replace(face.options, port=f"{port}{'&' if '?' in port else '?'}clock=wall")


def keyboard(session: Session) -> Lines:
    """The keyboard of this session: it keeps the heart beating while a question is open, and STOP works during a burst."""
    lines = Lines(sys.stderr, session.tick)
    session.stop_asked = lines.stop_typed
    return lines


def _script(wanted: str, method: Method) -> Script:
    """The script, read before anything is connected; empty when there is none. Nonsense is a usage error or Ended (65, 66)."""
    if not wanted.startswith("script:"):
        if wanted not in ("ask", "simulated"):
            raise typer.BadParameter("It must be ask, script:FILE or simulated.", param_hint="--observer")
        return []
    try:
        lines = read_script(Path(wanted.removeprefix("script:")))
    except ObserverError as error:
        raise simply(Exit.MISSING if isinstance(error.__cause__, OSError) else Exit.UNREADABLE, str(error)) from error
    for number, each in lines:
        if method is Method.MANUAL and len(each) == 1 and each[0] not in ("finish", "stop"):
            text = f"Line {number} of the script names no amplitude, and this method needs one: write `1.2mA {each[0]}`."
            raise simply(Exit.UNREADABLE, text)
    return lines


def _observer(face: Face, session: Session, wanted: str, answers: Answers, script: Script) -> Observer:
    if wanted == "ask":
        return Asking(keyboard(session), answers, face.say)
    if session.mode is not Mode.EMULATOR:
        raise Ended(Exit.REFUSED, words=words.observer_needs_emulator())
    if wanted == "simulated":
        return Simulated(session.bench)
    return Scripted(Path(wanted.removeprefix("script:")), session.bench, script)


def _setup(side: Side, electrodes: str | None, pulse_width: str, rate: str) -> TestSetup:
    try:
        chosen = Electrodes.parse(electrodes, side) if electrodes is not None else STANDARD.electrodes[side]
    except ElectrodesError as error:
        raise typer.BadParameter(error.reason, param_hint="--electrodes") from error
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


def _quantity(text: str, unit: str, option: str) -> Seconds:
    try:
        value = parse_quantity(text, unit)
    except UnitError as error:
        raise typer.BadParameter("Write it in seconds, with the unit: 1s to 10s.", param_hint=option) from error
    if not 1 <= value <= 10:
        raise typer.BadParameter("A burst lasts 1 s to 10 s.", param_hint=option)
    if value % _MILLISECOND:
        below = value - value % _MILLISECOND
        text = f"{plain(value)} s is no whole number of milliseconds: write {plain(below)}s or {plain(below + _MILLISECOND)}s."
        raise typer.BadParameter(text, param_hint=option)
    return Seconds(value)
