"""Around every command: its face, its connection, and every way out of it: trouble, refusal, signals, a closed pipe, a bug.

Whatever the way out, what is armed is stopped first and said in words afterwards. Which of several endings is told, `way_out` knows.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, NoReturn

import typer

from rnprog.commands.beginning import tell_beginning
from rnprog.commands.catalogue import schema_of
from rnprog.commands.exits import Ended, Exit, end, of_trouble
from rnprog.commands.options import Given
from rnprog.commands.output import Undelivered, give_up
from rnprog.commands.render import Face, Tone
from rnprog.commands.saving import appending
from rnprog.commands.signals import Hearing, Signalled, hearing, unheard
from rnprog.commands.tracing import tracing
from rnprog.commands.version import version
from rnprog.commands.way_out import of_signal
from rnprog.device.notices import authentication
from rnprog.session.crashes import keep_trace, trace_of
from rnprog.session.mode import Mode
from rnprog.session.outcomes import StopConfirmed, StopNotConfirmed
from rnprog.session.particular import not_possible
from rnprog.session.session import Session
from rnprog.session.stopping import Halted, interrupted
from rnprog.session.trouble import Trouble
from rnprog.session.wiring import Wish, connected, says_again
from rnprog.session.wording import Words, devices
from rnprog.session.wording import command_line as say
from rnprog.therapy.envelope import PatientLimits

_BANNERS = {
    Mode.EMULATOR: ("EMULATOR", Tone.OK),
    Mode.CLAIMED: ("SAYS IT IS AN EMULATOR - treated as a real device", Tone.CAUTION),
    Mode.DEVICE: ("REAL DEVICE", Tone.CAUTION),
}


def face_of(ctx: typer.Context) -> Face:
    """The face of the command that runs."""
    face = ctx.meta["rnprog.face"]
    assert isinstance(face, Face)
    return face


def guarded(name: str, function: Callable[..., int]) -> Callable[..., None]:
    """The command as Typer calls it: with a face, and with every ending turned into words, JSON and an exit code."""

    @functools.wraps(function)
    def run(ctx: typer.Context, **values: Any) -> None:
        given: Given = ctx.find_root().obj
        face = ctx.meta["rnprog.face"] = Face(given.options(), schema_of(name))
        with ExitStack() as face.way_out.until_told:
            given.ended = code = _run(face, functools.partial(function, ctx, **values))
            given.ended = _finish(face, code)
        raise typer.Exit(given.ended)

    return run


def _run(face: Face, command: Callable[[], int]) -> int:
    try:
        found = _tried(face, command)
    except (KeyboardInterrupt, Signalled) as asked:  # while an ending was being found
        found = _interruption(face, asked)
    return found if isinstance(found, int) else _end(face, face.way_out.last_word(found))


def _tried(face: Face, command: Callable[[], int]) -> int | Ended:
    """How it ended; an exit code where there is nothing to tell."""
    try:
        code = command()
        return Ended(Exit.DONE) if face.way_out.alarmed else code
    except Ended as ending:
        return ending
    except Trouble as trouble:
        return Ended(of_trouble(trouble), words=trouble.words)
    except Halted as halted:  # somebody else's STOP overtook what was under way
        code = Exit.FINDINGS if isinstance(halted.outcome, StopConfirmed) else Exit.STOP_NOT_CONFIRMED
        return Ended(code, words=halted.outcome.words)
    except (typer.TyperException, typer.Exit) as usage:
        if not face.way_out.alarmed:
            raise
        return Ended(Exit.USAGE, sentence=str(usage))
    except BrokenPipeError:
        return Ended(Exit.PIPE)
    except Undelivered as lost:
        return Ended(_undelivered(lost.problem))
    except (KeyboardInterrupt, Signalled) as asked:
        return _interruption(face, asked)
    except Exception as error:  # noqa: BLE001 - a bug becomes a sentence; its trace is kept in a file
        stopped = isinstance(face.way_out.stop, StopConfirmed)
        return Ended(Exit.BUG, words=say.bug(f"{type(error).__name__}: {error}", _keep_trace(face, error), stopped=stopped))


def _interruption(face: Face, asked: BaseException) -> Ended:
    """What an interruption that nothing else has answered has to say. An ending it came upon is told instead of it."""
    before = asked.__context__
    while before is not None:
        if isinstance(before, Ended):
            return before
        before = before.__context__
    if isinstance(face.certain, StopNotConfirmed):
        return Ended(Exit.STOP_NOT_CONFIRMED, words=face.certain.words)
    return Ended(of_signal(asked), words=face.certain or say.interrupted())


def _end(face: Face, ending: Ended) -> int:
    """Tell it, and hear no more signals from then on. That nobody can be told changes nothing about the exit code."""
    with unheard():
        if face.way_out.heard is not None:
            face.way_out.heard.deaf = True
        with suppress(OSError, Undelivered):
            face.ended(ending)
    return ending.code


def _finish(face: Face, code: int) -> int:
    try:
        with unheard():
            face.finish(code)
    except OSError as error:
        lost = _undelivered(error)
        return code or lost
    return code


def _undelivered(problem: OSError) -> Exit:
    """The output cannot be written any more: said in a sentence, unless its reader has left."""
    sentence = give_up(problem)
    if not isinstance(problem, BrokenPipeError):
        with suppress(OSError, ValueError):  # stderr may be the full one
            print(sentence, file=sys.stderr, flush=True)
    return Exit.PIPE


def named_port(face: Face) -> str:
    """The port that was named. Ended (69) when none was."""
    if not face.options.port:
        raise Ended(Exit.NO_DEVICE, words=say.no_port())
    return face.options.port


@contextmanager
def connection(
    face: Face,
    command: str,
    *,
    writes: bool = False,
    serial: str | None = None,
    patient: str | None = None,
    limits: PatientLimits | None = None,
    run_on_accepted: bool = False,
    resume: bool = False,
    test_accepted: bool = False,
    stimulates: bool | None = None,
) -> Iterator[Session]:
    """A session on the port that was named, with its banner said. `writes`: something is stimulated or changed, so it has a record.
    `stimulates`: not None when the lead is measured, True when bursts follow. Ended, without a record, where the device or a missing
    consent rules that out."""
    port = named_port(face)

    def before_record(session: Session) -> None:
        refused = None if stimulates is None or not writes else not_possible(session, stimulates=stimulates)
        if refused is not None:
            banner(face, session, always=True)
            end(refused)

    out = face.way_out
    with ExitStack() as alone, tracing(face.options.trace) as trace:
        heard = out.heard = (out.until_told or alone).enter_context(hearing())
        accepted = (run_on_accepted, test_accepted)
        where = face.options.record_dir
        wish = Wish(port, command, writes, where, serial, patient, limits, trace, version(), *accepted, before_record, resume)
        session: Session | None = None
        try:
            with connected(wish) as session:
                try:
                    face.certain = _cut_short(session) if writes else None
                    banner(face, session, always=writes)
                    tell_beginning(face, session)
                    yield session
                    heard.deaf = True
                    out.begins(session)
                except BaseException as leaving:  # noqa: BLE001 - whatever it is, STOP comes first; _leave raises
                    _leave(face, session, writes, leaving, heard)
                finally:
                    _alarm(face, session)
        except BaseException as leaving:
            if session is None:
                raise
            _left(face, session, leaving)
        face.certain = say.interrupted_afterwards() if writes else None
        _over(face, session)
        if out.stop is not None and out.taken_back:
            _tell(face, out.stop.words, Tone.CAUTION)
        heard.deaf = heard.last = False


def _cut_short(session: Session) -> StopNotConfirmed:
    """What is certain when even the STOP that follows an interruption is interrupted."""
    return interrupted(session.off_within_s)


def banner(face: Face, session: Session, *, always: bool = False) -> None:
    """Who answers, and whether it is proven to be an emulator. In a quiet run it is said only where something may be changed."""
    identity = session.device.identity
    text, tone = _BANNERS[session.mode]
    face.data["device"] = {
        "mode": str(session.mode),
        "model": identity.model,
        "serial": identity.serial,
        "firmware": identity.firmware,
        "hardware": identity.hardware,
        "boot_count": identity.boot_count,
        "authentication": authentication(session.device.notices),
        "notices": [devices.said(notice, session.capabilities) for notice in session.device.notices],
    }
    if always or not face.options.quiet:
        nobody = session.mode is not Mode.EMULATOR and face.data["device"]["authentication"] == "none"
        unproved = f", {say.UNAUTHENTICATED}" if nobody else ""
        face.banner(text, f"{identity.model} {identity.serial}, firmware {identity.firmware}{unproved}", tone)
        for notice in devices.to_say(session.device.notices, before_changing=always):
            face.say(f"- {devices.said(notice, session.capabilities)}", Tone.CAUTION if face.options.quiet else Tone.NOTE)


def _leave(face: Face, session: Session, writes: bool, leaving: BaseException, heard: Hearing) -> NoReturn:
    """STOP before anything else, where something may be on or somebody asked for it. Raises what ends the command; no further signal is
    heard then."""
    face.way_out.begins(session)
    asked = isinstance(leaving, KeyboardInterrupt | Signalled)
    try:
        if session.needs_stop or (asked and writes):
            heard.last = True
            session.stop("interrupted" if asked else "the command ended early", by_itself=not asked)
    except (KeyboardInterrupt, Signalled):
        raise Ended(Exit.STOP_NOT_CONFIRMED, words=_cut_short(session).words) from leaving
    finally:
        heard.deaf = True
    raise leaving


def _alarm(face: Face, session: Session) -> None:
    """A STOP that was not confirmed is told at once where it is going to be said once more, which may take its time."""
    face.way_out.sees(session)
    if session.halted is not None and says_again(session):
        _tell(face, session.halted.words, Tone.ALARM)


def _left(face: Face, session: Session, leaving: BaseException) -> NoReturn:
    """Everything was stopped that could be, and the connection is closed. Raises what ends the command, and says what it cannot say."""
    out = face.way_out
    _over(face, session)
    if out.stop is None or not out.said or isinstance(leaving, GeneratorExit):  # a second Ctrl-C came in between: `face.certain` is told
        raise leaving
    if isinstance(leaving, KeyboardInterrupt | Signalled):
        raise Ended(Exit.STOP_NOT_CONFIRMED if out.alarmed else of_signal(leaving), words=out.stop.words) from leaving
    if not out.alarmed and not out.tells_alarm(leaving):
        _tell(face, out.stop.words, Tone.CAUTION if out.taken_back else Tone.NOTE)
    raise leaving


def _over(face: Face, session: Session) -> None:
    """What is certain from now on."""
    face.way_out.over(session)
    match face.way_out.stop:
        case StopNotConfirmed() as stop:
            face.certain = stop
        case StopConfirmed(words):
            face.certain = words
        case None:
            pass


def _tell(face: Face, words: Words, tone: Tone) -> None:
    with suppress(OSError, Undelivered):  # nobody may be there to be told
        face.words(words, tone)


def _keep_trace(face: Face, error: BaseException) -> str | None:
    """Where the trace of a bug was put: the --trace file, or one in the state directory. It holds no values. None: nowhere."""
    path = face.options.trace
    if path is None:
        return keep_trace(error, version())
    try:
        with appending(path) as file:
            file.write(trace_of(error, version()))
    except OSError:
        return None
    return str(path)
