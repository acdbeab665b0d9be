"""A whole appointment in thirteen phases, each announced when it begins, with every outcome handled as a face would handle it."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from rnprog.commands.context import _run, connection
from rnprog.commands.exits import Ended, Exit, applied, simply
from rnprog.commands.options import Options
from rnprog.commands.render import Face
from rnprog.commands.saving import save_text
from rnprog.profile.store import StoreError, save
from rnprog.protocol.frames import Frame
from rnprog.protocol.opcodes import Opcode
from rnprog.protocol.reader import FrameReader
from rnprog.session import programs, sweep
from rnprog.session.outcomes import Outcome, StopConfirmed, Unknown
from rnprog.session.session import Session
from rnprog.session.stimulation import Stimulation
from rnprog.session.stopping import Halted
from rnprog.therapy.contacts import Side
from rnprog.therapy.titration import Answer
from rnprog.therapy.units import Milliamps
from tests.attacks.watch import Watch
from tests.profile.texts import GOOD
from tests.session.desk import program, setup

T = TypeVar("T")

PHASES = ("connect", "identify", "read", "impedance", "arm", "step", "hold", "write", "commit", "verify", "save", "export", "close")


class Script:
    """One appointment. `at` is called when a phase begins."""

    def __init__(self, watch: Watch, root: Path, at: Callable[[str], None], url: str = "emu://") -> None:
        self.watch, self.root, self.url = watch, root, url
        self.said = io.StringIO()
        self._at = at
        self._reader = FrameReader()
        self._phase = ""

    def run(self) -> int:
        """The exit code, found as for any command: by the outermost handler of the command line. What was said is in `said`."""
        with contextlib.redirect_stdout(self.said), contextlib.redirect_stderr(self.said):
            options = Options(
                port=self.url, json=False, plain=True, quiet=False, no_input=True, record_dir=self.watch.desk.record_dir, trace=None
            )
            face = Face(options, "rnprog.test/1")
            return int(_run(face, lambda: self._command(face)))

    def _command(self, face: Face) -> int:
        self._begin("connect")
        with self.watch.on_the_line(), connection(face, "attack", writes=True) as session:
            self.watch.attend(session)
            try:
                self._appointment(session)
            except Halted as halted:
                confirmed = isinstance(halted.outcome, StopConfirmed)
                raise Ended(Exit.LINK if confirmed else Exit.STOP_NOT_CONFIRMED, words=halted.outcome.words) from halted
            self._begin("close")
        return Exit.DONE

    def sees(self, data: bytes) -> None:
        """A frame is about to be written: identify, commit and verify begin with frames of their own."""
        for item in self._reader.feed(data):
            if isinstance(item, Frame):
                if item.opcode == Opcode.IDENTIFY and self._phase == "connect":
                    self._begin("identify")
                elif item.opcode == Opcode.COMMIT:
                    self._begin("commit")
                elif item.opcode == Opcode.SLOT_INFO and self._phase == "commit":
                    self._begin("verify")

    def _begin(self, phase: str) -> None:
        self._phase = phase
        self._at(phase)

    def _appointment(self, session: Session) -> None:
        self._begin("read")
        session.status()
        session.battery()
        with session.reading():
            session.device.clock_unix_s()
        base = programs.read_slot(session, 0)
        self._begin("impedance")
        self._applied(session, lambda: sweep.measure(session, (Side.LEFT, Side.RIGHT)))
        self._begin("arm")
        stimulation = Stimulation(session, setup())
        self._applied(session, stimulation.arm)
        stimulation.titration = stimulation.titration.begin()
        self._begin("step")
        self._burst(stimulation, "0.4", "0.2")
        session.wait(0.3)
        self._burst(stimulation, "0.6", "0.2")
        session.wait(0.3)
        self._begin("hold")
        self._burst(stimulation, "0.6", "2")
        self._applied(session, stimulation.disarm)
        self._begin("write")
        proposed = programs.propose(session, program(), base)
        stored = self._applied(session, lambda: programs.apply(session, proposed, confirmed_by="the script"))
        self._applied(session, lambda: programs.activate(session, stored, confirmed_by="the script"))
        self._applied(session, lambda: programs.enable_schedule(session, True, confirmed_by="the script"))
        self._begin("save")
        try:
            save(self.root / "shelf", "left-and-right", GOOD, replace=True)
        except StoreError as error:
            raise simply(Exit.USAGE, str(error)) from error
        self._begin("export")
        assert session.record is not None
        try:
            text = session.record.path.read_text(encoding="ascii")
        except OSError as error:  # as `record export` tells it
            raise simply(Exit.UNREADABLE, f"{error}.") from error
        save_text(self.root / "export.jsonl", text, replace=True)

    def _burst(self, stimulation: Stimulation, amplitude_ma: str, duration_s: str) -> None:
        amplitude, duration = Milliamps(Decimal(amplitude_ma)), Decimal(duration_s)
        delivered = self._applied(stimulation.session, lambda: stimulation.deliver(amplitude, duration, confirmed_by="the script"))
        if delivered.alert is not None:
            raise Ended(Exit.DEVICE, words=delivered.alert)
        stimulation.answer(Answer.FELT, by="the script")

    @staticmethod
    def _applied(session: Session, act: Callable[[], Outcome[T]]) -> T:
        """What was read back. After silence somebody asks for the same once more, which has to be refused; a read settles it then, and the
        appointment ends."""
        outcome = act()
        if isinstance(outcome, Unknown):
            act()
            session.resolve()
        return applied(outcome)
