"""`rnprog session`: the guided appointment, line by line. Also the face for screen readers (ACCESSIBLE=1)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rnprog.commands.asking import Lines, StopTyped
from rnprog.commands.confirming import right_patient
from rnprog.commands.context import connection, face_of
from rnprog.commands.exits import Ended, Exit, end
from rnprog.commands.found import tell_found
from rnprog.commands.guiding import Person
from rnprog.commands.observing import Answers
from rnprog.commands.options import AcceptRunOn, AcceptTestPulse
from rnprog.commands.plotted import save_plot
from rnprog.commands.profile_files import identity_reasons
from rnprog.commands.render import Face, Tone
from rnprog.commands.summary import tell
from rnprog.commands.titrate import ending, keyboard, prepare_to_ask
from rnprog.commands.titrate_wishes import SearchProfile, checked_how, plot_files
from rnprog.profile.model import Profile
from rnprog.session.appointment import Search, run
from rnprog.session.basis import basis_of
from rnprog.session.mode import Mode
from rnprog.session.outcomes import Applied, StopConfirmed, StopNotConfirmed
from rnprog.session.patient import Match, not_this_patients, store
from rnprog.session.priors import earlier_records
from rnprog.session.programs import outdated
from rnprog.session.session import Session
from rnprog.session.standard import STANDARD, template_from
from rnprog.session.titrate import Method, Titrated
from rnprog.session.titrated import WAYS_TO_CONFIRM
from rnprog.session.wording import command_line as words
from rnprog.session.wording import patient as of_patient


def session(
    ctx: typer.Context,
    patient: Annotated[str | None, typer.Option(metavar="CODE", help="A pseudonym for the record, never a name.")] = None,
    start: Annotated[str | None, typer.Option(metavar="PROFILE", help="Profile to start from: everything but the amplitudes.")] = None,
    slot: Annotated[int, typer.Option(help="Program slot to write.", min=0)] = 0,
    method: Annotated[
        Method, typer.Option(case_sensitive=False, help="Who chooses the next amplitude: the methods assisted and ascending, or you.")
    ] = Method.ASSISTED,
    profile: Annotated[
        SearchProfile, typer.Option(case_sensitive=False, help="How exactly and how carefully the method assisted searches.")
    ] = SearchProfile.STANDARD,
    answers: Annotated[Answers, typer.Option(case_sensitive=False, help="Which answers are asked for.")] = Answers.GRADE_FELT,
    observer: Annotated[str, typer.Option(metavar="WHO", help="ask, or simulated on an emulator.")] = "ask",
    how: Annotated[str, typer.Option(metavar="WAY", help=f"How a contraction is confirmed: {', '.join(WAYS_TO_CONFIRM)}.")] = "palpation",
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE.svg", help="Save a picture of each side: FILE-left.svg and FILE-right.svg.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from this device's last appointment, which was cut short.")] = False,
    accept_run_on: AcceptRunOn = False,
    accept_test_pulse: AcceptTestPulse = False,
) -> Exit:
    """The guided appointment, line by line.

    $ rnprog session --port /dev/ttyUSB0 --patient P-017
    $ rnprog session --port emu://training --observer simulated

    $ rnprog session --port /dev/ttyUSB0 --resume

    Leads, left side, right side, both together, program, summary. Every burst and the write are confirmed by you; `s` and Enter stop at
    any time, and so does Ctrl-C. Nothing is written to the implant before you typed the last four characters of its serial number.

    --resume shows what this device's last appointment had found before it was cut short, then begins anew: its own record, fresh
    impedances, every side from 0 mA.
    """
    face = face_of(ctx)
    if observer not in ("ask", "simulated"):
        raise typer.BadParameter("It must be ask or simulated.", param_hint="--observer")
    how = checked_how(how)
    prepare_to_ask(face)
    plots = plot_files(plot)
    begun = _profile(start) if start is not None else None
    template = template_from(begun.program) if begun is not None else STANDARD
    limits = begun.limits if begun is not None else None
    with connection(
        face,
        "session",
        writes=True,
        patient=patient,
        limits=limits,
        run_on_accepted=accept_run_on,
        resume=resume,
        test_accepted=accept_test_pulse,
        stimulates=True,
    ) as open_session:
        if observer == "simulated" and open_session.mode is not Mode.EMULATOR:
            raise Ended(Exit.REFUSED, words=words.observer_needs_emulator())
        record = open_session.record
        lines = keyboard(open_session)
        if resume and observer == "ask":
            _go_on(open_session, lines)
        tell_found(face, open_session)
        right_patient(face, open_session, lambda: _serial_typed(open_session, lines))
        if begun is not None and start is not None:
            another = not_this_patients(open_session, begun.name, begun.patient_code)
            wrong = (*identity_reasons(begun, open_session), *([another] if another is not None else []))
            if wrong:
                raise Ended(Exit.REFUSED, reasons=wrong)
            old = outdated(open_session, basis_of(start, begun.origin), begun.program)
            if old is not None:
                end(old)
        guide = Person(face.say, lines, answers, simulate=observer == "simulated")
        search = Search(method, profile.profile, answers.scale, how_confirmed=how, past=earlier_records(open_session))
        report = run(open_session, template, guide, slot=slot, search=search)
        code = open_session.whose.code
        if code and report.stored is not None and open_session.whose.match is not Match.SAME:
            _carry_fingerprint(face, open_session, code)
    for side, result in report.titrated.items():
        if side in plots:
            save_plot(face, plots[side], result, open_session.mode)
    face.data["plots"] = {str(side): str(path) for side, path in plots.items() if path.exists()}
    tell(face, report, record)
    if isinstance(open_session.halted, StopNotConfirmed):
        raise Ended(Exit.STOP_NOT_CONFIRMED, words=open_session.halted.words)
    if isinstance(report.problem, Titrated):
        return ending(report.problem)
    if report.problem is not None:
        end(report.problem)
    return Exit.DONE if report.unfinished is None else Exit.FINDINGS


def _go_on(open_session: Session, lines: Lines) -> None:
    """Nothing but reading before the person says so. Ended when STOP was typed instead."""
    try:
        lines.ask(words.GO_ON, lambda _: True, "")
    except StopTyped as stop:
        outcome = open_session.stop(str(stop))
        code = Exit.FINDINGS if isinstance(outcome, StopConfirmed) else Exit.STOP_NOT_CONFIRMED
        raise Ended(code, words=outcome.words) from stop


def _serial_typed(open_session: Session, lines: Lines) -> str:
    """The end of the serial number, as typed; empty for STOP and at the end of the input. Ended (81) when that STOP is not confirmed."""
    try:
        return lines.ask(of_patient.go_on_with_this_implant(open_session.serial), lambda _: True, "")
    except StopTyped as stop:
        outcome = open_session.stop(str(stop))
        if isinstance(outcome, StopNotConfirmed):
            raise Ended(Exit.STOP_NOT_CONFIRMED, words=outcome.words) from stop
        return ""


def _carry_fingerprint(face: Face, open_session: Session, code: str) -> None:
    outcome = store(open_session, code, confirmed_by="with the program that was confirmed")
    if isinstance(outcome, Applied):
        face.data["patient_fingerprint"] = Match.SAME.value
        face.say(words.fingerprint_stored(code))
    else:
        face.say(words.fingerprint_not_stored(), Tone.CAUTION)


def _profile(name: str) -> Profile:
    from rnprog.profile.findings import ProfileError
    from rnprog.profile.library import find
    from rnprog.profile.schema import load

    try:
        return load(find(name))
    except ProfileError as error:
        raise typer.BadParameter(str(error), param_hint="--start") from error
