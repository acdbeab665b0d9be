"""Mutated frames at both ends. Whatever arrives, the device executes exactly what was honestly sent and is new, the host takes for an
answer exactly what was honestly answered, and nothing comes out but values.

Each case is one line of bytes, cut anywhere on its way. The expectation is worked out from what was sent (`fuzz_wire.py`), so a frame that
passes its checksum by accident is found as well: of random bytes one in 2^32 does, which is 0.002 expected in 10 million.
"""

from __future__ import annotations

from random import Random

from rnprog.protocol.connection import Answer, DeviceEvent, ForeignDevice, HostConnection, Stray
from rnprog.protocol.endpoint import DeviceEndpoint, Outcome
from rnprog.protocol.messages import Message, OpenLinkReply, Refused, Request, StopReply
from rnprog.protocol.opcodes import MAX_ENCODED
from rnprog.protocol.reader import Noise
from tests.attacks.common import Broken, Result, over
from tests.attacks.fuzz_lines import MUTATIONS
from tests.attacks.fuzz_wire import EVENT, LINK_OPEN, MORE, STOP, STOP_SEQUENCE, Gate, Sent, World, sent_in, world

SHARE = 30_000
FULL = 10_000_000
BLOCK = 4_096
"""Cases that share what was honestly sent."""
_NAMES = tuple(MUTATIONS)
_STOPPED = StopReply(0, 0, 1, 1)


def run(runs: int, seed: int) -> Result:
    return over(runs, seed, case, row=_row)


def case(number: int) -> str:
    """One mutated line at one end."""
    rng = Random(number)
    honest = world(number // BLOCK)
    mutate = MUTATIONS[_NAMES[number // 2 % len(_NAMES)]]
    if number % 2:
        at_the_device(rng, honest, mutate(rng, honest, honest.requests))
    else:
        at_the_host(rng, honest, mutate)
    return _row(number)


def _row(number: int) -> str:
    return f"{'device' if number % 2 else 'host'}: {_NAMES[number // 2 % len(_NAMES)]}"


def _pieces(rng: Random, line: bytes) -> list[bytes]:
    """As it may arrive."""
    if rng.random() < 0.6 or len(line) < 3:
        return [line]
    first, second = sorted((rng.randrange(len(line)), rng.randrange(len(line))))
    return [line[:first], line[first:second], line[second:]]


def at_the_device(rng: Random, honest: World, line: bytes) -> None:
    """Feed it; what was executed is what the gate of the document lets through, and no more."""
    opens = honest.session + 1
    endpoint = DeviceEndpoint(honest.device_id)
    endpoint.begin_session(honest.session)
    endpoint.last_sequence = honest.base
    done: list[Request] = []

    def execute(request: Request) -> Outcome:
        done.append(request)
        if request.OPCODE == LINK_OPEN:
            return OpenLinkReply(0, opens, 1, 1004)
        return _STOPPED if request.OPCODE == STOP else Refused(7, 0, 0, 0)

    for piece in _pieces(rng, line):
        endpoint.receive(piece, execute)
    expected = _executed(honest, line, opens, spelt=False)
    if done != expected and done != (expected := _executed(honest, line, opens, spelt=True)):
        raise Broken(f"executed {done}, sent and new was {expected}; line {line.hex()}", "")
    if endpoint.partial:
        raise Broken(f"bytes are kept behind the last delimiter of {line.hex()}")


def _executed(honest: World, line: bytes, opens: int, *, spelt: bool) -> list[Message | None]:
    gate = Gate(honest.device_id, honest.session, honest.base, opens)
    return [frame.message for frame in sent_in(line, honest, spelt=spelt) if gate.executes(frame)]


def at_the_host(rng: Random, honest: World, mutate: object) -> None:
    """A request waits; what is taken for its answer is the answer that was given, once."""
    request, answer = rng.choice(honest.answers)
    host = HostConnection(request.sequence - 1)
    host.device_id, host.link_session, host._sequence = honest.device_id, honest.session, request.sequence - 1
    waiting = _ask(host, request)
    answer = Sent(answer.opcode, answer.message, answer.payload, answer.flags, answer.device_id, *waiting)
    others = [each for _, each in honest.answers[:8] if each.opcode != STOP]  # STOP is constant: any answer to it is one
    here = [answer, answer, answer, *others, *honest.events]
    known = {**honest.known, answer.chunk: answer}
    line: bytes = mutate(rng, honest, here)  # type: ignore[operator]
    told: list[object] = []
    for piece in _pieces(rng, line):
        for item in host.receive(piece):
            if isinstance(item, Answer):
                told.append(item.reply)
            elif isinstance(item, DeviceEvent):
                told.append(item.event)
            elif not isinstance(item, Noise | Stray | ForeignDevice):
                raise Broken(f"{item!r} is no value that the host knows")
            elif isinstance(item, Noise) and len(item.data) > MAX_ENCODED:
                raise Broken(f"noise of {len(item.data)} bytes is kept")
    known_here = World(**{**honest.__dict__, "known": known})
    expected = _heard(known_here, line, answer, spelt=False)
    if told != expected and told != (expected := _heard(known_here, line, answer, spelt=True)):
        raise Broken(f"took {told} for answers, given was {expected}; line {line.hex()}")


def _ask(host: HostConnection, request: Sent) -> tuple[int, int]:
    """Send it; link session and sequence of its answer."""
    if request.opcode == STOP:
        host.stop()
        return 0, STOP_SEQUENCE
    assert isinstance(request.message, Request)
    sent = host.send(request.message)
    return sent.link_session, sent.sequence


def _heard(honest: World, line: bytes, answer: Sent, *, spelt: bool) -> list[Message | None]:
    """Events of the device, and the answer: once, or as often as it says that more follow."""
    heard: list[Message | None] = []
    waiting = True
    for frame in sent_in(line, honest, spelt=spelt):
        if frame.flags == EVENT and frame.device_id == answer.device_id:
            heard.append(frame.message)
        elif frame == answer and waiting:
            heard.append(frame.message)
            waiting = frame.flags == MORE
    return heard
