"""The host's end of a conversation, without a port and without a clock. Owns sequence, link session and what an answer belongs to.

Bytes to send are returned; bytes received are fed in. Waiting, repeating and giving up are decided by whoever holds the port.
"""

from __future__ import annotations

from dataclasses import dataclass

from rnprog.protocol.errors import LocalProtocolError, PayloadError
from rnprog.protocol.fields import pack, unpack
from rnprog.protocol.frames import DELIMITER, Frame, encode_frame, encode_parts
from rnprog.protocol.messages import REPLIES, IdentifyReply, OpenLink, OpenLinkReply, OutputEvent, Refused, Reply, Request, Stop
from rnprog.protocol.opcodes import VERSION, Flag, Opcode, RequestClass
from rnprog.protocol.reader import FrameReader, Noise

STOP_SEQUENCE = 0x504F5453
STOP_FRAME = DELIMITER + encode_frame(Frame(Opcode.STOP, sequence=STOP_SEQUENCE))
"""The constant STOP: no session, no device id. The leading delimiter ends whatever half frame stands on the line."""

_LAST_SEQUENCE = 0xFFFF_FFFF
# Plain integers: flags and members of an enum cost more than a whole frame when they are looked up for each one.
_STOP, _IDENTIFY, _LINK_OPEN, _LOG_READ = (int(opcode) for opcode in (Opcode.STOP, Opcode.IDENTIFY, Opcode.LINK_OPEN, Opcode.LOG_READ))
_REPLY, _REFUSED, _MORE = int(Flag.REPLY), int(Flag.REPLY | Flag.REFUSED), int(Flag.REPLY | Flag.MORE)
_EVENT, _EVENT_OUTPUT = int(Flag.EVENT), int(Opcode.EVENT_OUTPUT)
_OPEN = RequestClass.OPEN


@dataclass(frozen=True, slots=True)
class Sent:
    """A request on the line. `data` are the bytes to write."""

    request: Request
    opcode: Opcode
    link_session: int
    sequence: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to the outstanding request. `more`: another answer to the same request follows."""

    to: Sent
    reply: Reply | Refused
    more: bool
    device_id: int


@dataclass(frozen=True, slots=True)
class DeviceEvent:
    """Something the device tells by itself."""

    event: OutputEvent


@dataclass(frozen=True, slots=True)
class Stray:
    """A whole frame that is no answer to what was asked: late, foreign or malformed. Counted and shown, never used."""

    reason: str
    opcode: int
    sequence: int


@dataclass(frozen=True, slots=True)
class ForeignDevice:
    """A frame that carries the id of another device than the one this conversation began with."""

    expected_id: int
    found_id: int


Incoming = Answer | DeviceEvent | Stray | ForeignDevice | Noise


_STOP_SENT = Sent(Stop(), Opcode.STOP, 0, STOP_SEQUENCE, STOP_FRAME)


class HostConnection:
    """One request outstanding at a time, and STOP beside it at any time."""

    def __init__(self, begin: int = 0) -> None:
        """`begin`, below 2^32 - 1: what requests outside a session are numbered from. Chosen at random, it makes a Stray of every answer to
        an earlier conversation; STOP, which is constant, is confirmed by a STATUS behind it."""
        self.device_id = 0
        self.link_session = 0
        self.outstanding: Sent | None = None
        self.stop_outstanding = False
        self.events_missed = 0
        """Lost between two that arrived; of those before the first the counter tells nothing (docs/protocol.md, 4.7)."""
        self._sequence = 0
        self._outside = begin
        self._next_event: int | None = None
        self._reader = FrameReader()

    def send(self, request: Request) -> Sent:
        """The frame of a request, which becomes the outstanding one. An unanswered earlier one is given up: its answer, if it still
        comes, is a Stray. LocalProtocolError without a link session where the request needs one, when the sequence of the session is used
        up (open a new one), and for STOP (use `stop`)."""
        opcode = request.OPCODE
        if opcode == _STOP:
            raise LocalProtocolError("STOP is sent with stop(), beside any other request")
        bare = opcode in (_IDENTIFY, _LINK_OPEN)
        session = 0 if bare else self.link_session
        if not session and request.CLASS is not _OPEN:
            raise LocalProtocolError(f"{opcode.name} needs a link session; open one first")
        if session and self._sequence == _LAST_SEQUENCE:
            raise LocalProtocolError("the sequence of this link session is used up; open a new one first")
        sequence = (self._sequence if session else self._outside) % _LAST_SEQUENCE + 1
        data = encode_parts(opcode, pack(request), 0, 0 if bare else self.device_id, session, sequence)
        if session:
            self._sequence = sequence
        else:
            self._outside = sequence
        self.outstanding = Sent(request, opcode, session, sequence, data)
        return self.outstanding

    def again(self) -> Sent:
        """The outstanding frame, to be sent once more: same sequence, so the device executes it once. LocalProtocolError for a
        command or heartbeat, which is never repeated, and when nothing is outstanding."""
        sent = self.outstanding
        if sent is None or sent.request.CLASS not in (RequestClass.OPEN, RequestClass.READ):
            raise LocalProtocolError("only a read may be repeated")
        return sent

    def give_up(self) -> None:
        """Stop waiting for the outstanding request; a late answer becomes a Stray."""
        self.outstanding = None

    def stop(self) -> bytes:
        """The STOP frame. The link session ends with it here, as it does on the device."""
        self.link_session = 0
        self.outstanding = None
        self.stop_outstanding = True
        return STOP_FRAME

    def receive(self, data: bytes) -> list[Incoming]:
        """What the bytes mean, in order. Raises nothing: noise and strange frames are values too."""
        return [self._item(item) for item in self._reader.feed(data)]

    @property
    def last_sequence(self) -> int:
        """The sequence of the last request of this link session."""
        return self._sequence

    def abandon_partial(self) -> list[Incoming]:
        """Give up a frame that was begun and did not end in time (docs/protocol.md, section 8)."""
        return [*self._reader.abandon()]

    @property
    def partial(self) -> bool:
        """Whether a frame has begun and not ended."""
        return self._reader.pending > 0

    def _item(self, item: Frame | Noise) -> Incoming:
        if isinstance(item, Noise):
            return item
        if item.version != VERSION and item.opcode != _IDENTIFY:
            return _stray(f"protocol version {item.version}", item)
        if self.device_id and item.device_id != self.device_id:
            return ForeignDevice(self.device_id, item.device_id)
        if item.reserved:
            return _stray("reserved byte of the header is not zero", item)
        flags = item.flags
        try:
            if flags in (_REPLY, _REFUSED) or (flags == _MORE and item.opcode == _LOG_READ):
                return self._answer(item)
            if flags == _EVENT:
                return self._event(item)
        except PayloadError as error:
            return _stray(str(error), item)
        return _stray(f"unexpected flags 0x{flags:02X}", item)

    def _event(self, frame: Frame) -> Incoming:
        if frame.opcode != _EVENT_OUTPUT:
            return _stray("unknown event", frame)
        event = unpack(OutputEvent, frame.payload)
        if self._next_event is not None and event.counter > self._next_event:
            self.events_missed += event.counter - self._next_event
        self._next_event = event.counter + 1
        return DeviceEvent(event)

    def _answer(self, frame: Frame) -> Incoming:
        sent = self._expected(frame)
        if sent is None:
            return _stray("answer to a request that is not waiting", frame)
        refused = frame.flags == _REFUSED
        reply = unpack(Refused, frame.payload) if refused else unpack(REPLIES[sent.opcode], frame.payload)
        if isinstance(reply, OpenLinkReply) and isinstance(sent.request, OpenLink) and reply.nonce != sent.request.nonce:
            return _stray("answer to the opening of another link", frame)
        more = frame.flags == _MORE
        if sent is _STOP_SENT:
            self.stop_outstanding = False
        elif not more:
            self.outstanding = None
        self._learn(reply, frame)
        return Answer(sent, reply, more, frame.device_id)

    def _expected(self, frame: Frame) -> Sent | None:
        """The waiting request with the opcode, sequence and link session of an answer."""
        sent = self.outstanding
        if self.stop_outstanding and frame.opcode == _STOP:
            sent = _STOP_SENT
        if sent is None or frame.sequence != sent.sequence or frame.opcode != sent.opcode or frame.link_session != sent.link_session:
            return None
        return sent

    def _learn(self, reply: Reply | Refused, frame: Frame) -> None:
        if isinstance(reply, IdentifyReply):
            self.device_id = frame.device_id
        elif isinstance(reply, OpenLinkReply):
            self.link_session = reply.link_session
            self._sequence = 0


def _stray(reason: str, frame: Frame) -> Stray:
    return Stray(reason, frame.opcode, frame.sequence)
