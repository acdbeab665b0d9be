"""The device's end of a conversation, without a port and without a clock.

Owns the gate of docs/protocol.md, section 3: which request is new, which is a repetition, which is stale. What a request does is
decided by the firmware behind `execute`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rnprog.protocol.errors import PayloadError
from rnprog.protocol.fields import pack, unpack
from rnprog.protocol.frames import Frame, encode_frame
from rnprog.protocol.messages import REQUESTS, OutputEvent, Refused, Reply, Request
from rnprog.protocol.opcodes import VERSION, FieldId, Flag, Opcode, RefusalCode, RequestClass
from rnprog.protocol.reader import FrameReader, Noise

Outcome = Reply | Refused | tuple[Reply, ...]
Execute = Callable[[Request], Outcome]

_SESSIONLESS = (Opcode.IDENTIFY, Opcode.LINK_OPEN, Opcode.STOP)


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
        self.last_sequence = 0
        self.last_command_opcode = 0
        self.last_command_sequence = 0
        self.last_command_result = 0
        self.counters = LineCounters()
        self._kept = b""
        self._reader = FrameReader()

    def begin_session(self, link_session: int) -> None:
        """Start (or, with a number nobody knows, end) a link session. Everything sent under the earlier number is void."""
        self.link_session = link_session
        self.last_sequence = self.last_command_opcode = self.last_command_sequence = self.last_command_result = 0
        self._kept = b""

    def receive(self, data: bytes, execute: Execute) -> bytes:
        """Answers to whatever `data` completes, possibly none."""
        return b"".join(self._item(item, execute) for item in self._reader.feed(data))

    def abandon_partial(self) -> None:
        """Drop a frame that did not end in time, and count it."""
        for item in self._reader.abandon():
            self._item(item, _nothing)

    @property
    def partial(self) -> bool:
        """Whether a frame has begun and not ended."""
        return self._reader.pending > 0

    def event(self, event: OutputEvent) -> bytes:
        """The frame of an event."""
        return encode_frame(Frame(event.OPCODE, pack(event), Flag.EVENT, self.device_id, self.link_session, event.counter))

    def _item(self, item: Frame | Noise, execute: Execute) -> bytes:
        if isinstance(item, Noise):
            self.counters.noise_frames += 1
            self.counters.noise_bytes += item.size
            return b""
        self.counters.good_frames += 1
        if item.flags & (Flag.REPLY | Flag.EVENT):
            self.counters.stale_frames += 1
            return b""
        return self._request(item, execute)

    def _request(self, frame: Frame, execute: Execute) -> bytes:
        kind = REQUESTS.get(frame.opcode)  # type: ignore[call-overload]
        refusal = self._header_problem(frame, kind)
        if refusal is not None:
            return self._encode(frame, refusal)
        if frame.opcode in _SESSIONLESS or frame.link_session == 0:
            return self._encode(frame, self._run(frame, kind, execute))
        return self._gated(frame, kind, execute)

    def _header_problem(self, frame: Frame, kind: type[Request] | None) -> Refused | None:
        if frame.opcode == Opcode.STOP:
            return None
        if frame.version != VERSION and frame.opcode != Opcode.IDENTIFY:
            return Refused(RefusalCode.UNKNOWN_VERSION, FieldId.NONE, VERSION, frame.version)
        if frame.flags or frame.reserved:
            return Refused(RefusalCode.MALFORMED, FieldId.NONE, 0, frame.flags)
        if kind is None:
            return Refused(RefusalCode.UNKNOWN_OPCODE, FieldId.NONE, 0, frame.opcode)
        is_open = kind.CLASS is RequestClass.OPEN
        if frame.device_id != self.device_id and not (is_open and frame.device_id == 0):
            return Refused(RefusalCode.WRONG_DEVICE, FieldId.DEVICE_ID, self.device_id, frame.device_id)
        if frame.opcode in _SESSIONLESS or (is_open and frame.link_session == 0):
            return None
        if frame.link_session != self.link_session or not frame.link_session:
            return Refused(RefusalCode.STALE_LINK, FieldId.LINK_SESSION, self.link_session, frame.link_session)
        return None

    def _gated(self, frame: Frame, kind: type[Request], execute: Execute) -> bytes:
        if frame.sequence < self.last_sequence or frame.sequence == 0:
            self.counters.stale_frames += 1
            return b""
        if frame.sequence == self.last_sequence:
            return self._kept
        session = self.link_session
        outcome = self._run(frame, kind, execute)
        answer = self._encode(frame, outcome)
        if self.link_session == session:
            self.last_sequence = frame.sequence
            self._kept = answer
            if kind.CLASS is RequestClass.COMMAND:
                self.last_command_opcode = frame.opcode
                self.last_command_sequence = frame.sequence
                self.last_command_result = outcome.code if isinstance(outcome, Refused) else RefusalCode.DONE
        return answer

    @staticmethod
    def _run(frame: Frame, kind: type[Request], execute: Execute) -> Outcome:
        try:
            request = unpack(kind, frame.payload)
        except PayloadError:
            return Refused(RefusalCode.MALFORMED, FieldId.LENGTH, 0, len(frame.payload))
        return execute(request)

    def _encode(self, frame: Frame, outcome: Outcome) -> bytes:
        if isinstance(outcome, Refused):
            return self._answer(frame, outcome, Flag.REPLY | Flag.REFUSED)
        replies = outcome if isinstance(outcome, tuple) else (outcome,)
        flags = [Flag.REPLY | Flag.MORE] * (len(replies) - 1) + [Flag.REPLY]
        return b"".join(self._answer(frame, reply, flag) for reply, flag in zip(replies, flags, strict=True))

    def _answer(self, frame: Frame, message: Reply | Refused, flags: int) -> bytes:
        return encode_frame(Frame(frame.opcode, pack(message), int(flags), self.device_id, frame.link_session, frame.sequence))


def _nothing(request: Request) -> Outcome:
    raise AssertionError(f"noise is never executed: {request}")
