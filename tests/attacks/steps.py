"""The invariants of state after each step of a programmer that is not to notice that it is watched."""

from __future__ import annotations

from rnprog.protocol.frames import Frame
from rnprog.protocol.opcodes import Opcode
from rnprog.protocol.reader import FrameReader
from tests.attacks.common import Broken
from tests.attacks.invariants import after_each_step
from tests.attacks.passing import COMMANDS
from tests.attacks.watch import Watch


class Steps:
    """A step is what lies between two frames of the programmer. What it broke first is kept for the end, so that nobody swallows it."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._first: Broken | None = None
        self._reader = FrameReader()
        self._unsynced = False
        self._stopped = False
        """STOP was sent, and no link was opened since."""

    def call(self, name: str) -> None:
        """A call of the disk is made, and does not fail."""
        if name in ("write", "fsync"):
            self._unsynced = name == "write"

    def look(self, data: bytes) -> None:
        """The next frame is about to be written."""
        if self._watch.host is None or self._first is not None:
            return
        try:
            sent = {item.opcode for item in self._reader.feed(data) if isinstance(item, Frame)}
            if self._unsynced and sent & (COMMANDS - {Opcode.STOP, Opcode.DISARM}):
                raise Broken("3: a command is sent, and what was written before it is not synced")
            self._heart_is_silent(sent)
            after_each_step(self._watch)
        except Broken as broken:
            self._first = broken

    def _heart_is_silent(self, sent: set[int]) -> None:
        """From the frame after STOP on no beat is wanted, whether or not one would still pass."""
        session = self._watch.session
        self._stopped &= Opcode.LINK_OPEN not in sent
        if self._stopped and session is not None and session.heart.on:
            raise Broken("1: the heart beats on after STOP was sent")
        self._stopped |= Opcode.STOP in sent

    def judge(self) -> None:
        """Broken when a step was."""
        if self._first is not None:
            raise self._first
