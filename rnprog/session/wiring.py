"""Putting an appointment together and taking it apart: port, device, bench channel, record, stop socket; and STOP on every way out."""

from __future__ import annotations

import contextlib
import getpass
import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rnprog.device.api import Stimulator
from rnprog.device.bench import Bench
from rnprog.device.clock import Clock
from rnprog.device.errors import DeviceError
from rnprog.device.link import Link, Trace
from rnprog.device.notices import authentication
from rnprog.device.registry import connect
from rnprog.device.stop_socket import StopSocket, Tell
from rnprog.session import ceilings
from rnprog.session.beginning import Beginning, Earlier, clock_skew_s, earlier
from rnprog.session.mode import Mode
from rnprog.session.outcomes import StopConfirmed, StopNotConfirmed, StopOutcome
from rnprog.session.patient import whose
from rnprog.session.places import record_directory
from rnprog.session.record import Record, RecordLost, Times, amount
from rnprog.session.session import Session
from rnprog.session.trouble import Trouble, TroubleKind, while_connecting
from rnprog.session.unclosed import put_right, unclosed
from rnprog.session.wording import Words, safety
from rnprog.session.wording import beginning as begin_words
from rnprog.session.wording import record as record_words
from rnprog.therapy.envelope import PatientLimits


@dataclass(frozen=True, slots=True)
class Wish:
    """What a face wants of a connection."""

    port: str
    command: str
    """What it is for, as the record's first line says it: `titrate`, `program write`."""
    writes: bool = False
    """Whether anything will be stimulated or changed, so that a record is needed."""
    record_dir: Path | None = None
    serial: str | None = None
    """The only serial number that will do; None: any."""
    patient: str | None = None
    limits: PatientLimits | None = None
    trace: Trace | None = None
    version: str = ""
    run_on_accepted: bool = False
    """For a device without a lease: its run-on after a lost link was accepted."""
    test_accepted: bool = False
    """For a device whose impedance test might be felt: it was accepted."""
    before_record: Callable[[Session], None] | None = None
    """Called once the device was read, and before there is a record: what it raises ends the connection."""
    resume: bool = False
    """Whether the newest appointment of this device is taken up again, in a record of its own."""


@contextmanager
def connected(wish: Wish) -> Iterator[Session]:
    """A session on a port. Trouble when it cannot be had; nothing was started then. However the block ends, what is armed is stopped, and
    a STOP that was not confirmed is said once more: see `session.halted` for what came of it.
    Trouble, too, when all went well and the record could not be closed, or lacks what a STOP leaves there (which is not waited for)."""
    session, stop_socket = _open(wish)
    try:
        yield session
    except BaseException:
        with contextlib.ExitStack() as whatever_happens:
            whatever_happens.enter_context(contextlib.suppress(RecordLost))  # what ended the block is told
            whatever_happens.callback(session.close)
            whatever_happens.callback(stop_socket.close)
            if session.needs_stop:
                session.stop("the program ended unexpectedly", by_itself=True)
            _once_more(session)
        raise
    _once_more(session)
    stop_socket.close()
    try:
        session.close()
    except RecordLost as error:
        raise Trouble(TroubleKind.RECORD, _not_closed(session, str(error))) from error
    if session.record is not None and session.record.lost is not None and session.record.begun in ("stop", ceilings.KIND):
        bound = session.record.begun == ceilings.KIND
        raise Trouble(TroubleKind.RECORD, record_words.not_complete(bound, session.record.lost, _output(session)))


def says_again(session: Session) -> bool:
    """Whether STOP is said once more on the way out: the last one is not confirmed. One that somebody has cut off, to be gone at once, is
    left at that."""
    return isinstance(session.halted, StopNotConfirmed) and not session.halted.cut_off


def _once_more(session: Session) -> None:
    if says_again(session):
        session.stop("the STOP before was not confirmed", by_itself=True)


def _not_closed(session: Session, why: str) -> Words:
    if session.record is None or session.record.path.exists():
        return record_words.not_closed(why)
    return record_words.gone(str(session.record.path), _output(session))


def _output(session: Session) -> str:
    """What is certain about the stimulation after the session."""
    return session.halted.words.stimulation if session.halted is not None else record_words.OFF


def _open(wish: Wish) -> tuple[Session, StopSocket]:
    with contextlib.ExitStack() as undo:
        try:
            link = Link(wish.port, trace=wish.trace)
            undo.callback(link.close)
            device = connect(link, expected_serial=wish.serial)
            bench = Bench(link)
            undo.callback(bench.close)
            mode = _mode(device, bench)
            if mode is not Mode.EMULATOR:
                bench.close()  # it speaks for something else than this device: nobody may ask it
            session = Session(device, link, mode=mode, bench=bench, limits=wish.limits)
            session.run_on_accepted = wish.run_on_accepted
            session.test_accepted = wish.test_accepted
            session.ceilings.directory = record_directory(wish.record_dir)
            session.beginning = _beginning(wish, session, link.clock)
            if wish.before_record is not None:
                wish.before_record(session)
            if wish.writes:
                session.whose = whose(session, _code(wish, session))
                session.record = _record(wish, session, link.clock)
                undo.callback(session.record.withdraw)
                put_right(record_directory(wish.record_dir), session.beginning.unclosed)
            stop_socket = StopSocket(link.url, lambda tell: _stop_for_visitor(session, tell), slow=link.slow)
        except DeviceError as error:
            raise while_connecting(error) from error
        undo.pop_all()
    return session, stop_socket


def _mode(device: Stimulator, bench: Bench) -> Mode:
    if bench.proves(device.identity.serial):
        return Mode.EMULATOR
    return Mode.CLAIMED if device.identity.claims_emulator else Mode.DEVICE


def _beginning(wish: Wish, session: Session, clock: Clock) -> Beginning:
    directory = record_directory(wish.record_dir)
    found = earlier(directory, serial=session.serial, mode=str(session.mode)) if wish.resume else None
    if wish.resume:
        _must_be_resumable(found, wish.patient)
    return Beginning(unclosed(directory), found, clock_skew_s(session.device, clock))


def _must_be_resumable(found: Earlier | None, patient: str | None) -> None:
    if found is None:
        words = begin_words.NOTHING_TO_RESUME
    elif not found.whole:
        words = begin_words.damaged(found.path.stem)
    elif found.written:
        words = begin_words.is_complete(found.path.stem)
    elif patient is not None and patient != found.patient:
        words = begin_words.another_patient(found.path.stem)
    else:
        return
    raise Trouble(TroubleKind.RESUME, words)


def _code(wish: Wish, session: Session) -> str | None:
    """The patient's: as wished, or as it was in the appointment that is taken up again."""
    return wish.patient if session.beginning.earlier is None else session.beginning.earlier.patient


def _record(wish: Wish, session: Session, clock: Clock) -> Record:
    identity, earlier_one = session.device.identity, session.beginning.earlier
    opening = {
        "tool": f"rnprog {wish.version}",
        "command": wish.command,
        "host": platform.node(),
        "user": _user(),
        "pid": os.getpid(),
        "port": wish.port,
        "mode": str(session.mode),
        "model": identity.model,
        "serial": identity.serial,
        "firmware": identity.firmware,
        "boot_count": identity.boot_count,
        "patient": _code(wish, session),
        "resumes": None if earlier_one is None else earlier_one.as_dict(),
        "unclosed": [each.as_dict() for each in session.beginning.unclosed],
        "clock_skew_s": None if session.beginning.clock_skew_s is None else amount(session.beginning.clock_skew_s),
        "authentication": authentication(session.device.notices),
        "notice": safety.RESEARCH,
    }

    def times() -> Times:
        return Times(time.monotonic_ns(), datetime.now(UTC), clock.now_s())

    try:
        return Record.create(record_directory(wish.record_dir), identity.serial, times, actor=_user(), opening=opening)
    except RecordLost as error:
        raise Trouble(TroubleKind.RECORD, record_words.not_begun(str(error))) from error


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no such user in the system's list
        return "unknown"


def _stop_for_visitor(session: Session, tell: Tell) -> None:
    def told(outcome: StopOutcome) -> None:
        tell({"confirmed": isinstance(outcome, StopConfirmed), "words": outcome.words.as_dict(), "pid": os.getpid()})

    session.stop("another process asked for it", told)
