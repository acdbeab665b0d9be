"""The device's end of a conversation, without a port and without a clock.

Owns the gate of docs/protocol.md, section 3: which request is new, which is a repetition, which is stale. What a request does is
decided by the firmware behind `execute`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rnprog.protocol.errors import LengthError, PayloadError, RangeError
from rnprog.protocol.fields import pack, unpack
from rnprog.protocol.frames import Frame, encode_parts
from rnprog.protocol.messages import REQUESTS, OpenLinkReply, OutputEvent, Refused, Reply, Request, Stop
from rnprog.protocol.opcodes import VERSION, FieldId, Flag, Opcode, RefusalCode, RequestClass
from rnprog.protocol.reader import FrameReader, Noise

Outcome = Reply | Refused | tuple[Reply, ...]
Execute = Callable[[Request], Outcome]

# Plain integers: flags and members of an enum cost more than a whole frame when they are looked up for each one.
_STOP, _IDENTIFY, _LINK_OPEN = int(Opcode.STOP), int(Opcode.IDENTIFY), int(Opcode.LINK_OPEN)
_NOT_A_REQUEST = int(Flag.REPLY | Flag.EVENT)
_REPLY, _REFUSED, _MORE = int(Flag.REPLY), int(Flag.REPLY | Flag.REFUSED), int(Flag.REPLY | Flag.MORE)
_OPEN, _COMMAND = RequestClass.OPEN, RequestClass.COMMAND

_FIELDS = {
    "channel": FieldId.CHANNEL,
    "channels": FieldId.CHANNEL,
    "first": FieldId.CONTACT,
    "second": FieldId.CONTACT,
    "count": FieldId.COUNT,
    "frames": FieldId.COUNT,
    "enabled": FieldId.ENABLED,
}
"""Fields of requests that the dictionary narrows, as a refusal names them."""


@dataclass(slots=True)
class LineCounters:
    """What LINK_STATS reports."""

    good_frames: int = 0
    noise_frames: int = 0
    noise_bytes: int = 0
    stale_frames: int = 0


class DeviceEndpoint:
    """Feed it bytes with the firmware's `execute`; it returns the bytes to send back."""

    def __init__(self, device_id: int) -> None:
        self.device_id = device_id
        self.link_session = 0
        """0: no session is open."""
        self.last_sequence = 0
        self.last_command_opcode = 0
        self.last_command_sequence = 0
        self.last_command_result = 0
        self.counters = LineCounters()
        self._kept_request: Frame | None = None
        self._kept_answer = b""
        self._reader = FrameReader()

    def begin_session(self, link_session: int) -> None:
        """Start a link session. Everything sent under the earlier number is void."""
        self.link_session = link_session
        self.last_sequence = self.last_command_opcode = self.last_command_sequence = self.last_command_result = 0
        self._kept_request, self._kept_answer = None, b""

    def end_session(self) -> None:
        """No session from now on, until LINK_OPEN. A STOP that was executed has done this already."""
        self.begin_session(0)

    def receive(self, data: bytes, execute: Execute) -> bytes:
        """Answers to whatever `data` completes, possibly none."""
        answers = b""
        for item in self._reader.feed(data):
            if isinstance(item, Noise):
                self._count(item)
            else:
                answers += self._frame(item, execute)
        return answers

    def abandon_partial(self) -> None:
        """Drop a frame that did not end in time, and count it."""
        for item in self._reader.abandon():
            self._count(item)

    @property
    def partial(self) -> bool:
        """Whether a frame has begun and not ended."""
        return self._reader.pending > 0

    def event(self, event: OutputEvent) -> bytes:
        """The frame of an event."""
        return encode_parts(event.OPCODE, pack(event), Flag.EVENT, self.device_id, self.link_session, event.counter)

    def _count(self, noise: Noise) -> None:
        self.counters.noise_frames += 1
        self.counters.noise_bytes += noise.size

    def _frame(self, frame: Frame, execute: Execute) -> bytes:
        """The order of checks of section 3."""
        opcode, _, flags, device_id, link_session, _, version, _ = frame
        self.counters.good_frames += 1
        if flags & _NOT_A_REQUEST:
            self.counters.stale_frames += 1
            return b""
        if opcode == _STOP:
            return self._stop(frame, execute)
        if version != VERSION and opcode != _IDENTIFY:
            return self._refuse(frame, RefusalCode.UNKNOWN_VERSION, FieldId.NONE, VERSION, version)
        kind: type[Request] | None = REQUESTS.get(opcode)  # type: ignore[call-overload]
        is_open = kind is not None and kind.CLASS is _OPEN
        if device_id != self.device_id and not (is_open and device_id == 0):
            return self._refuse(frame, RefusalCode.WRONG_DEVICE, FieldId.DEVICE_ID, self.device_id, device_id)
        if opcode in (_IDENTIFY, _LINK_OPEN) or (is_open and link_session == 0):
            return self._sessionless(frame, kind, execute)
        if link_session != self.link_session or link_session == 0:
            return self._refuse(frame, RefusalCode.STALE_LINK, FieldId.LINK_SESSION, self.link_session, link_session)
        return self._gated(frame, kind, execute)

    def _stop(self, frame: Frame, execute: Execute) -> bytes:
        outcome = execute(Stop())
        if not isinstance(outcome, Refused):
            self.end_session()
        return self._encode(frame, outcome)

    def _sessionless(self, frame: Frame, kind: type[Request] | None, execute: Execute) -> bytes:
        outcome = _run(frame, kind, execute)
        if isinstance(outcome, OpenLinkReply):
            self.begin_session(outcome.link_session)
        return self._encode(frame, outcome)

    def _gated(self, frame: Frame, kind: type[Request] | None, execute: Execute) -> bytes:
        sequence = frame.sequence
        if sequence <= self.last_sequence:
            if frame == self._kept_request:
                return self._kept_answer
            self.counters.stale_frames += 1
            return b""
        session = self.link_session
        outcome = _run(frame, kind, execute)
        answer = self._encode(frame, outcome)
        if self.link_session == session:
            self.last_sequence = sequence
            self._kept_request, self._kept_answer = frame, answer
            if kind is not None and kind.CLASS is _COMMAND:
                self.last_command_opcode = frame.opcode
                self.last_command_sequence = sequence
                self.last_command_result = outcome.code if isinstance(outcome, Refused) else 0
        return answer

    def _refuse(self, frame: Frame, code: RefusalCode, field: FieldId, limit: int, value: int) -> bytes:
        return self._encode(frame, Refused(code, field, limit, value))

    def _encode(self, frame: Frame, outcome: Outcome) -> bytes:
        if isinstance(outcome, tuple):
            *before, last = outcome
            return b"".join([self._answer(frame, reply, _MORE) for reply in before]) + self._answer(frame, last, _REPLY)
        return self._answer(frame, outcome, _REFUSED if isinstance(outcome, Refused) else _REPLY)

    def _answer(self, frame: Frame, message: Reply | Refused, flags: int) -> bytes:
        return encode_parts(frame.opcode, pack(message), flags, self.device_id, frame.link_session, frame.sequence)


def _run(frame: Frame, kind: type[Request] | None, execute: Execute) -> Outcome:
    """What the request leads to; it is only executed when the whole frame is understood."""
    if kind is None:
        return Refused(RefusalCode.UNKNOWN_OPCODE, FieldId.NONE, 0, frame.opcode)
    if frame.flags or frame.reserved:
        return Refused(RefusalCode.MALFORMED, FieldId.NONE, 0, 0)
    try:
        request = unpack(kind, frame.payload)
    except RangeError as error:
        return Refused(RefusalCode.OUT_OF_RANGE, _FIELDS[error.field], error.limit, error.value)
    except LengthError as error:
        return Refused(RefusalCode.MALFORMED, FieldId.LENGTH, error.limit, error.length)
    except PayloadError:
        return Refused(RefusalCode.MALFORMED, FieldId.NONE, 0, 0)
    return execute(request)
