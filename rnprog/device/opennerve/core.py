"""What the parts of the OpenNerve driver share: who talks, what a test has changed, and what is known of the output."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rnprog.device.api import CommandTrace, Output, TestSetup
from rnprog.device.errors import PARTLY, DeviceRefused, LinkLost, NoAnswer, Pending, ProtocolMismatch, ReadBackDiffers, Superseded
from rnprog.device.opennerve.conversation import Conversation
from rnprog.device.opennerve.dialect import Dialect
from rnprog.device.opennerve.journal import Journal
from rnprog.device.opennerve.line import refuse
from rnprog.device.opennerve.settings import Settings
from rnprog.protocol.opennerve.codes import Op, Role
from rnprog.protocol.opennerve.frames import Request


class Core:
    """State of one connection. What is said about the output is what the device has acknowledged: it cannot be asked."""

    def __init__(self, talk: Conversation, dialect: Dialect, role: Role) -> None:
        self.talk, self.dialect, self.role = talk, dialect, role
        self.settings = Settings(talk)
        self.journal: Journal | None = None
        """An Admin's only; None: this key changes nothing for a while."""
        self.touched = False
        """Something may have been changed in this connection."""
        self.link_session, self.over = 1, False
        self.armed: TestSetup | None = None
        self.setpoint_steps = 0
        """SP02 of the next start; 0: nothing may start."""
        self.output = Output.NOT_TOLD
        self.doubt: str | None = None
        """The command that may have started something and was not answered; None: there is none."""
        self.last = CommandTrace(0, "none", "done")

    def ready(self, command: str, *, settled: bool = True) -> Journal:
        """Before anything is changed: an Admin, a link session, nothing in doubt; and what an earlier run has left is put back."""
        if self.journal is None:
            raise refuse(f"This needs the Admin's key ({command.replace('_', ' ').lower()}). Nothing was sent.", command)
        if self.over:
            raise Superseded("The link session is over; nothing was sent. Open the link again first.")
        if settled and self.doubt is not None:
            raise NoAnswer("Whether an earlier start was carried out is not known. Say STOP first.")
        self.touched = True
        if self.journal.open and self.armed is None:
            with self.steps(command):
                self.put_back()
        return self.journal

    @contextmanager
    def steps(self, command: str, *, begun: bool = False) -> Iterator[None]:
        """Requests that are steps of one command. Cut off after one of them has changed something (`begun`: it has already), the command is
        neither refused nor undone, but open: a read has to show what the device holds."""
        before = self.talk.changes
        try:
            yield
        except (NoAnswer, DeviceRefused, ProtocolMismatch, LinkLost) as error:
            if not begun and self.talk.changes == before:
                raise
            self.last = CommandTrace(self.talk.sent, command, PARTLY)
            kind = LinkLost if isinstance(error, LinkLost) else NoAnswer
            open_ = Pending(command, self.link_session, self.talk.sent, 0)
            raise kind(f"It was cut off before all of it was done. {error}".replace(" Nothing was changed.", ""), open_) from error

    def put_back(self) -> None:
        """What a test has changed is as it was. ReadBackDiffers when somebody else has changed it too: then it is left."""
        foreign = self.settings.put_back(self.journal) if self.journal is not None else ()
        if foreign:
            text = f"Not put back, because the device holds values that rnprog did not write: {', '.join(foreign)}. Look at them."
            raise ReadBackDiffers(text, written="the values before the test", read="others")

    def stop_output(self) -> None:
        """STOP of the device's manual therapy, as a step of a command. NoAnswer when it is not acknowledged."""
        if not self.talk.stop(within=True):
            self.output = Output.NOT_TOLD
            raise NoAnswer("The device did not acknowledge the stop.", self.pending(Request(Op.STOP_MANUAL)))
        self.output, self.doubt = Output.OFF, None

    def pending(self, request: Request) -> Pending:
        """The request sent last, as something open."""
        return self.talk.pending(request, self.link_session)

    def did(self, command: str) -> None:
        """The command was carried out and read back."""
        self.last = CommandTrace(self.talk.sent, command, "done")
