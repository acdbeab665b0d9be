"""`rnprog titrate`: one side, from fresh impedance to thresholds and a proposed amplitude; or its electrode pairs compared."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from rnprog.commands.asking import Lines
from rnprog.commands.comparing import tell_compared
from rnprog.commands.context import connection, face_of, named_port
from rnprog.commands.exits import Ended, Exit, applied, end
from rnprog.commands.found import tell_kept
from rnprog.commands.guiding import Narrator, warn_of_open_before
from rnprog.commands.observing import Answers, Asking
from rnprog.commands.options import AcceptRunOn, AcceptTestPulse
from rnprog.commands.plotted import save_plot, show_plot
from rnprog.commands.render import Face
from rnprog.commands.summary import estimates, show_judged, tell_record, titrated_data, titrated_sheet
from rnprog.commands.titrate_wishes import SearchProfile, burst_of, checked_how, pairs_of, plot_file, script_of, setup_of
from rnprog.session import sweep
from rnprog.session.compare import compare as compare_pairs
from rnprog.session.mode import Mode
from rnprog.session.observers import Observer, Script, Scripted, Simulated
from rnprog.session.outcomes import StopNotConfirmed
from rnprog.session.particular import with_ramps_that_fit
from rnprog.session.priors import earlier_records, informed
from rnprog.session.session import Session
from rnprog.session.titrate import Method, Plan, Titrated
from rnprog.session.titrate import titrate as titrate_side
from rnprog.session.titrated import WAYS_TO_CONFIRM
from rnprog.session.wording import command_line as words
from rnprog.session.wording.comparing import begins as comparing_begins
from rnprog.therapy.contacts import Electrodes, Side

__all__ = ["ending", "keyboard", "prepare_to_ask", "titrate"]


def titrate(
    ctx: typer.Context,
    side: Annotated[Side, typer.Option(case_sensitive=False, help="Which side.")],
    method: Annotated[
        Method, typer.Option(case_sensitive=False, help="Who chooses the next amplitude: the methods assisted and ascending, or you.")
    ] = Method.ASSISTED,
    profile: Annotated[
        SearchProfile, typer.Option(case_sensitive=False, help="How exactly and how carefully the method assisted searches.")
    ] = SearchProfile.STANDARD,
    electrodes: Annotated[
        str | None, typer.Option(metavar="SET", help="For example -L1+L2; - cathode, + anode. With --compare several: -L0+L1,-L1+L2.")
    ] = None,
    compare: Annotated[bool, typer.Option("--compare", help="Compare electrode pairs with few bursts each, and rank them.")] = False,
    pulse_width: Annotated[str, typer.Option(metavar="TIME", help="With its unit.")] = "214us",
    rate: Annotated[str, typer.Option(metavar="RATE", help="With its unit.")] = "20Hz",
    burst: Annotated[str, typer.Option(metavar="TIME", help="How long a burst lasts, ramps included.")] = "2s",
    answers: Annotated[Answers, typer.Option(case_sensitive=False, help="Which answers are asked for.")] = Answers.GRADE_FELT,
    observer: Annotated[str, typer.Option(metavar="WHO", help="ask, script:FILE or simulated; the last two on an emulator.")] = "ask",
    how: Annotated[str, typer.Option(metavar="WAY", help=f"How a contraction is confirmed: {', '.join(WAYS_TO_CONFIRM)}.")] = "palpation",
    plot: Annotated[Path | None, typer.Option("--plot", metavar="FILE.svg", help="Save a picture of what was found.")] = None,
    accept_run_on: AcceptRunOn = False,
    accept_test_pulse: AcceptTestPulse = False,
) -> Exit:
    """Find perception, contraction and discomfort on one side.

    $ rnprog titrate --side left --port /dev/ttyUSB0
    $ rnprog titrate --side right --observer simulated --port emu://
    $ rnprog titrate --side left --compare --port /dev/ttyUSB0
    $ rnprog titrate --side left --method manual --observer script:answers.txt --port emu://

    The leads are measured first. Every burst is confirmed by the observer and starts from what was given and tolerated before: at most
    0.5 mA more. Directly after a contraction the search goes no higher; ascending, which looks for a clear one, takes a step after a
    flicker, and a therapy amplitude is approached through contractions. Discomfort sets a ceiling for these electrodes that stays for the
    day. The method assisted proposes each burst and says why, stops when the threshold is known, then proposes a therapy amplitude, which
    three bursts confirm. `m` changes between it and choosing by hand at any burst. Nothing is written to the implant: that is `rnprog
    program write`.

    What is felt, or contracts, in the wrong place never counts as a contraction. A script holds one answer per line: none, felt, flicker,
    clear, strong, contraction (not graded), elsewhere (in the wrong place), discomfort or unsure; an amplitude may stand before it. On a
    line of their own: proceed (go on after discomfort), moved (from 0 again), manual, assisted; finish and stop end. The result is
    compared with earlier records of this device; what it says of the lead is advice that needs clinician sign-off.
    """
    face = face_of(ctx)
    setup = setup_of(side, None if compare else electrodes, pulse_width, rate)
    pairs = pairs_of(side, electrodes) if compare else ()
    if compare and method is not Method.ASSISTED:
        raise typer.BadParameter("Pairs are compared with the method assisted only.", param_hint="--method")
    plot_file(plot, compare=compare)
    plan = Plan(setup, method, burst_of(burst), checked_how(how), profile.profile, answers.scale)
    script = script_of(observer, method)
    if observer == "ask":
        prepare_to_ask(face)
    with connection(
        face, "titrate", writes=True, stimulates=True, run_on_accepted=accept_run_on, test_accepted=accept_test_pulse
    ) as session:
        plan = replace(plan, setup=with_ramps_that_fit(plan.setup, session.capabilities))
        watching = _observer(face, session, observer, answers, script)
        narrator = Narrator(face.say, asks=observer == "ask")
        narrator.leads(session)
        narrator.measured(applied(sweep.measure(session, (side,))))
        record = session.record
        result = None if compare else _one(session, plan, watching, narrator)
        if result is not None and session.halted is None:
            tell_kept(face, session, result.plan.setup.side, result.proposed_ma)
        told = _compared(face, session, plan, pairs, watching, narrator) if result is None else Exit.DONE
    if result is None:
        tell_record(face, record)
        return told
    face.data.update(titrated_data(result))
    face.show(titrated_sheet({side: result}), *estimates({side: result}))
    show_plot(face, result)
    show_judged(face, {side: result})
    if plot is not None:
        save_plot(face, plot, result, session.mode)
    tell_record(face, record)
    return ending(result)


def _one(session: Session, plan: Plan, watching: Observer, narrator: Narrator) -> Titrated:
    warn_of_open_before(narrator.say, session, plan.setup.side)
    if plan.method is Method.ASSISTED:
        plan = informed(plan, session, earlier_records(session), {})
    narrator.begins(plan)
    result = titrate_side(session, plan, watching, narrator.burst)
    narrator.ended(result)
    return result


def _compared(face: Face, session: Session, plan: Plan, pairs: tuple[Electrodes, ...], watching: Observer, narrator: Narrator) -> Exit:
    """All pairs, ranked. Ended when something did not succeed."""
    face.say(comparing_begins(pairs))
    found = compare_pairs(session, plan, pairs, watching, begins=narrator.begins, listener=narrator.burst, ended=narrator.ended)
    tell_compared(face, found)
    if found.cut_short is not None:
        return ending(found.cut_short)
    return Exit.DONE if found.ranking and found.ranking[0].proposal is not None else Exit.FINDINGS


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
    if port.lower().startswith(("emu:", "opennerve+emu:")) and "clock=" not in port:
        face.options = replace(face.options, port=f"{port}{'&' if '?' in port else '?'}clock=wall")


def keyboard(session: Session) -> Lines:
    """The keyboard of this session: it keeps the heart beating while a question is open, and STOP works during a burst."""
    lines = Lines(sys.stderr, session.tick)
    session.stop_asked = lines.stop_typed
    return lines


def _observer(face: Face, session: Session, wanted: str, answers: Answers, script: Script) -> Observer:
    if wanted == "ask":
        return Asking(keyboard(session), answers, face.say)
    if session.mode is not Mode.EMULATOR:
        raise Ended(Exit.REFUSED, words=words.observer_needs_emulator())
    if wanted == "simulated":
        return Simulated(session.bench)
    return Scripted(Path(wanted.removeprefix("script:")), session.bench, script)
