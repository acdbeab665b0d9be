"""Around every command: its face, its connection, and every way out of it: trouble, refusal, signals, a closed pipe, a bug.

Whatever the way out, what is armed is stopped first and said in words afterwards.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import typer

from rnprog.commands.catalogue import schema_of
from rnprog.commands.exits import Ended, Exit, of_trouble
from rnprog.commands.options import Given
from rnprog.commands.render import Face, Tone
from rnprog.commands.tracing import tracing
from rnprog.commands.version import version
from rnprog.session.outcomes import StopConfirmed
from rnprog.session.places import state_directory
from rnprog.session.session import Mode, Session
from rnprog.session.trouble import Trouble
from rnprog.session.wiring import Wish, connected
from rnprog.session.wording import command_line as say
from rnprog.session.wording import safety
from rnprog.therapy.envelope import PatientLimits

_BANNERS = {
    Mode.EMULATOR: ("EMULATOR", Tone.OK),
    Mode.CLAIMED: ("SAYS IT IS AN EMULATOR - treated as a real device", Tone.CAUTION),
    Mode.DEVICE: ("REAL DEVICE", Tone.CAUTION),
}


class Signalled(BaseException):
    """SIGTERM or SIGHUP."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


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
        code = _run(face, functools.partial(function, ctx, **values))
        raise typer.Exit(_finish(face, code))

    return run


def _run(face: Face, command: Callable[[], int]) -> int:
    try:
        return command()
    except Ended as ending:
        return _end(face, ending)
    except Trouble as trouble:
        return _end(face, Ended(of_trouble(trouble), words=trouble.words))
    except (typer.TyperException, typer.Exit):
        raise
    except BrokenPipeError:
        return Exit.PIPE
    except (KeyboardInterrupt, Signalled) as asked:
        return _end(face, Ended(_interrupted(asked), words=say.interrupted()))
    except Exception as error:  # noqa: BLE001 - a bug becomes a sentence; its trace is kept in a file
        return _end(face, Ended(Exit.BUG, words=say.bug(f"{type(error).__name__}: {error}", _keep_trace(face, error))))


def _end(face: Face, ending: Ended) -> int:
    face.ended(ending)
    return ending.code


def _finish(face: Face, code: int) -> int:
    try:
        face.finish(code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains while it ends
        return code or Exit.PIPE
    return code


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
) -> Iterator[Session]:
    """A session on the port that was named, with its banner said. `writes`: something is stimulated or changed, so it has a record."""
    port = named_port(face)
    with tracing(face.options.trace) as trace, _signals():
        wish = Wish(port, command, writes, face.options.record_dir, serial, patient, limits, trace, version())
        with connected(wish) as session:
            banner(face, session, always=writes)
            try:
                yield session
            except BaseException as leaving:  # noqa: BLE001 - whatever it is, STOP comes first; _leave raises
                _leave(face, session, writes, leaving)


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
    }
    if always or not face.options.quiet:
        face.banner(text, f"{identity.model} {identity.serial}, firmware {identity.firmware}", tone)


def _leave(face: Face, session: Session, writes: bool, leaving: BaseException) -> NoReturn:
    """STOP before anything else, then say what is certain. Raises what ends the command."""
    asked = isinstance(leaving, KeyboardInterrupt | Signalled)
    if not (session.armed or session.heart.on or (asked and writes)):
        raise leaving
    try:
        outcome = session.stop("interrupted" if asked else "the command ended early")
    except (KeyboardInterrupt, Signalled):
        words = safety.stop_not_confirmed("it was interrupted before the device had answered.", session.off_within_s)
        raise Ended(Exit.STOP_NOT_CONFIRMED, words=words) from leaving
    if not isinstance(outcome, StopConfirmed):
        raise Ended(Exit.STOP_NOT_CONFIRMED, words=outcome.words) from leaving
    if asked:
        raise Ended(_interrupted(leaving), words=outcome.words) from leaving
    face.words(outcome.words)
    raise leaving


def _interrupted(asked: BaseException) -> Exit:
    if not isinstance(asked, Signalled):
        return Exit.INTERRUPTED
    return Exit.TERMINATED if asked.number == signal.SIGTERM else Exit.HANGUP


@contextmanager
def _signals() -> Iterator[None]:
    """SIGTERM and SIGHUP leave by the same way as Ctrl-C. Does nothing in other threads than the main one."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [number for name in ("SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None]
    earlier = [(number, signal.signal(number, _raise)) for number in numbers]
    try:
        yield
    finally:
        for number, handler in earlier:
            signal.signal(number, handler)


def _raise(number: int, frame: FrameType | None) -> None:
    raise Signalled(number)


def _keep_trace(face: Face, error: BaseException) -> str | None:
    """Where the trace of a bug was put: the --trace file, or one in the state directory. It holds no values. None: nowhere."""
    text = "".join(traceback.format_exception(error))
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    path = face.options.trace or Path(state_directory(), "crashes", f"{stamp}.txt")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{stamp} rnprog {version()}\n{text}\n")
    except OSError:
        return None
    return str(path)
