"""One request, one answer, in time. Owns waiting, repeating reads, giving up, and STOP's right of way; knows no medicine.

Reads are repeated (same frame, at most three times); commands never are: silence after a command is `NoAnswer` with what is pending.
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

from rnprog.device.errors import DeviceRefused, LinkLost, LinkOver, NoAnswer, Pending, ProtocolMismatch, Superseded, WrongDevice
from rnprog.device.link import Link
from rnprog.protocol.connection import Answer, DeviceEvent, ForeignDevice, HostConnection, Incoming, Sent, Stray
from rnprog.protocol.errors import LocalProtocolError
from rnprog.protocol.frames import DELIMITER
from rnprog.protocol.messages import OutputEvent, Refused, Reply, Request, StopReply
from rnprog.protocol.opcodes import Cause, FieldId, Opcode, RefusalCode, RequestClass
from rnprog.protocol.reader import Noise

ANSWER_S = 0.25
GLANCE_S = 0.1
"""A read that is made between heartbeats only to see whether the device is there waits no longer, and is not repeated: a beat that is due
waits for it."""
SLOW_ANSWER_S = 1.5
PARTIAL_S = 0.2
REPEATS = 3
STOP_REPEAT_S = 0.1
STOP_GIVE_UP_S = 0.8
NOISE_LIMIT_BYTES = 65_536
"""More noise than this while one answer is awaited is a babbling line; waiting on would only take longer."""

MOST_ANSWERS = 16
"""LOG_READ is the only request with several answers, and asks for 16 at most."""

_PREPARES = (Opcode.STAGE, Opcode.VALIDATE)
_SLOW = (Opcode.IMPEDANCE, Opcode.COMMIT)


@dataclass(slots=True)
class LineCounters:
    """What came besides answers, seen from here. Shown in the status, never dropped in silence."""

    noise_frames: int = 0
    noise_bytes: int = 0
    stray_frames: int = 0
    repeated_reads: int = 0


class Exchange:
    """The host's conversation over one link."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.connection = HostConnection(secrets.randbits(31))
        self.counters = LineCounters()
        self.events: deque[OutputEvent] = deque(maxlen=256)
        self.boot_count = 0
        self.serial = ""
        """Of the device this conversation began with; empty until it was identified."""
        self.foreign: str | None = None
        """Set once another device has answered; nothing but STOP passes from then on."""
        self.last_command: Pending | None = None
        """The command sent last: what stays open when the read that should confirm it fails."""
        self._fresh = True
        self._partial_since_s: float | None = None
        self.stops_sent = 0
        """How often the last STOP was said: of more than one, the answer may tell less than the first had ended."""
        self._stopped: StopReply | None = None
        """An answer to STOP that was read by whoever held the turn when it came."""
        self._stop_refused: Refused | None = None

    @property
    def burst_done(self) -> bool:
        """Whether the device has said, since `events` was cleared, that a burst came to its end."""
        return any(event.cause == Cause.BURST_DONE for event in self.events)

    def ask(self, request: Request, once_within_s: float | None = None) -> Any:
        """The reply to a request (its Reply type, so callers narrow it). Raises DeviceRefused, NoAnswer, LinkLost, Superseded,
        WrongDevice. When a command may have been executed the error carries `pending`. `once_within_s`: a read that is not repeated."""
        *_, last = self.ask_many(request, once_within_s)
        return last

    def ask_many(self, request: Request, once_within_s: float | None = None) -> list[Reply]:
        """All replies to a request that is answered by several frames."""
        epoch = self.link.queue_epoch
        with self.link.turn:
            if self.link.queue_epoch != epoch:
                raise Superseded("STOP came first; this command was dropped.")
            if self.foreign:
                raise WrongDevice(self.foreign)
            return self._converse(request, epoch, once_within_s)

    def _converse(self, request: Request, epoch: int, once_within_s: float | None) -> list[Reply]:
        if not self.connection.link_session and request.CLASS is not RequestClass.OPEN:
            raise LinkOver("The link session is over; nothing was sent. Open the link again first.")
        try:
            sent = self.connection.send(request)
        except LocalProtocolError as error:
            if self.link.queue_epoch == epoch:
                raise
            raise Superseded("STOP came first; this command was dropped.") from error
        self.last_command = self._pending(sent) or self.last_command
        patience_s = once_within_s or (SLOW_ANSWER_S if sent.opcode in _SLOW else ANSWER_S)
        if sent.opcode not in _SLOW and self.link.awaited_since_s is None:
            self.link.awaited_since_s = time.monotonic()  # the link's own clock may be virtual
        repeats = request.CLASS in (RequestClass.OPEN, RequestClass.READ) and once_within_s is None
        tries = REPEATS + 1 if repeats else 1
        for attempt in range(tries):
            if attempt:
                self.counters.repeated_reads += 1
            try:
                self.link.write((DELIMITER if self._fresh or attempt else b"") + sent.data)
                self._fresh = False
                replies = self._await(sent, patience_s, epoch)
            except LinkLost as error:
                raise LinkLost(str(error), self._pending(sent)) from error
            if replies:
                return replies
        self.connection.give_up()
        raise NoAnswer(f"The device did not answer ({_plain(sent.opcode)}).", self._pending(sent))

    def _await(self, sent: Sent, patience_s: float, epoch: int) -> list[Reply]:
        replies: list[Reply] = []
        clock = self.link.clock
        deadline_s = clock.now_s() + patience_s
        noise_limit = self.counters.noise_bytes + NOISE_LIMIT_BYTES
        while clock.now_s() < deadline_s and self.counters.noise_bytes < noise_limit:
            if self.link.queue_epoch != epoch:
                raise Superseded("STOP came while the answer was awaited.", self._pending(sent))
            answers = self._answers_to(sent)
            if self.foreign:
                raise WrongDevice(self.foreign, self._pending(sent))
            if answers:
                self.link.awaited_since_s = None
            for answer in answers:
                replies.append(self._checked(answer))
                deadline_s = clock.now_s() + patience_s
            if answers and not answers[-1].more:
                return replies
            if len(replies) >= MOST_ANSWERS:
                self.connection.give_up()
                raise ProtocolMismatch(f"The device's answer to {_plain(sent.opcode)} does not end.")
        return []

    def _answers_to(self, sent: Sent) -> list[Answer]:
        """What has come in answer to `sent`; everything else that came with it is put aside, none of it dropped."""
        answers: list[Answer] = []
        for item in self._receive():
            if isinstance(item, Answer) and item.to is sent:
                answers.append(item)
            else:
                self._aside(item)
        return answers

    def _receive(self) -> list[Incoming]:
        data = self.link.read()
        items = self.connection.receive(data) if data else []
        now_s = self.link.clock.now_s()
        if not self.connection.partial:
            self._partial_since_s = None
        elif self._partial_since_s is None or DELIMITER in data:
            self._partial_since_s = now_s
        elif now_s - self._partial_since_s >= PARTIAL_S:
            items.extend(self.connection.abandon_partial())
            self._partial_since_s = None
        return items

    def _aside(self, item: Incoming) -> None:
        match item:
            case Answer(_, StopReply() as stopped):
                self._stopped = stopped
            case Answer(to, Refused() as refused) if to.opcode is Opcode.STOP:
                self._stop_refused = refused
            case Noise(_, size, _):
                self.counters.noise_frames += 1
                self.counters.noise_bytes += size
            case DeviceEvent(event):
                self.events.append(event)
            case ForeignDevice():
                self.foreign = f"Another device answers on this port, and not {self.serial or 'the one before'}; whose it is was not read."
            case Stray() | Answer():
                self.counters.stray_frames += 1

    def _checked(self, answer: Answer) -> Reply:
        reply = answer.reply
        if isinstance(reply, Refused):
            if reply.code == RefusalCode.STALE_LINK:
                self.connection.link_session = 0  # a reset or another programmer ended it (docs/protocol.md, 9.7, case C)
            raise refusal(answer.to.opcode, reply)
        return reply

    def _pending(self, sent: Sent) -> Pending | None:
        if sent.request.CLASS is not RequestClass.COMMAND:
            return None
        return Pending(sent.opcode.name, sent.link_session, sent.sequence, self.boot_count, prepares=sent.opcode in _PREPARES)

    def stop(self) -> StopReply | None:
        """Send STOP now, ahead of everything, and repeat it every 100 ms until it is answered or 0.8 s have passed. The reply, or None
        when none came (the lease ends output then); DeviceRefused when all that came were refusals, WrongDevice when another device
        answered. LinkLost when the port itself is gone. Never blocked by another exchange."""
        self.link.overtake()
        clock = self.link.clock
        self._stopped = self._stop_refused = None
        self.stops_sent = 1
        self.link.write(self.connection.stop())
        give_up_s = clock.now_s() + STOP_GIVE_UP_S
        with self.link.turn:
            self.connection.stop()
            while clock.now_s() < give_up_s:
                reply = self._await_stop(clock.now_s() + STOP_REPEAT_S)
                if reply is not None:
                    return reply
                self.stops_sent += 1
                self.link.write(self.connection.stop())
        if self.foreign is not None:
            raise WrongDevice(self.foreign)
        if self._stop_refused is not None:
            raise refusal(Opcode.STOP, self._stop_refused)
        return None

    def _await_stop(self, until_s: float) -> StopReply | None:
        while self._stopped is None and self.link.clock.now_s() < until_s:
            for item in self._receive():
                self._aside(item)
        return self._stopped


def refusal(opcode: Opcode, refused: Refused) -> DeviceRefused:
    """A refusal as an error. Codes that this version does not know keep their number."""
    reason = RefusalCode(refused.code).name if refused.code in RefusalCode._value2member_map_ else f"code {refused.code}"
    field = FieldId(refused.field).name if refused.field in FieldId._value2member_map_ else f"field {refused.field}"
    text = f"The device refused {_plain(opcode)}: {reason.replace('_', ' ').lower()}"
    return DeviceRefused(text, command=opcode.name, reason=reason, field=field, limit=refused.limit, value=refused.value)


def _plain(opcode: Opcode) -> str:
    return opcode.name.replace("_", " ").lower()
