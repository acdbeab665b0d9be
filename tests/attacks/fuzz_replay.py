"""Recorded frames, played back: of this link session, of an earlier one, of before a reset. None is executed again, none is taken for an
answer, and nothing that the device holds or gives changes.

At the device a whole firmware stands in an open session, armed; what it executes is counted at its own door. Requests of class open are
executed whenever they come, by the document (STOP ends output, LINK_OPEN does too, the others only read): their replays are counted in rows
of their own, and must never raise, start or change anything either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random

from device_emulator.device import EmulatedDevice
from device_emulator.firmware.rn1 import Rn1
from rnprog.protocol import messages as m
from rnprog.protocol.connection import STOP_FRAME, Answer, HostConnection
from rnprog.protocol.endpoint import Outcome
from rnprog.protocol.image import ProgramImage, encode_image, image_crc
from rnprog.protocol.opcodes import Opcode, RequestClass
from tests.attacks.common import Broken, Result, over

SHARE = 10_000
FULL = 1_000_000
BLOCK = 2_500
"""Cases that share a device and what was recorded of it."""
_OPEN = frozenset(int(opcode) for opcode, kind in m.REQUESTS.items() if kind.CLASS is RequestClass.OPEN)


def run(runs: int, seed: int) -> Result:
    return over(runs, seed, case, row=_row)


def case(number: int) -> str:
    """One replay."""
    rng = Random(number)
    place = stand(number // BLOCK)
    if number % 2:
        return place.at_the_device(rng)
    return place.at_the_host(rng)


def _row(number: int) -> str:
    return "device: replay" if number % 2 else "host: replay"


@lru_cache(maxsize=2)
def stand(block: int) -> Stand:
    """The stand of a block of cases."""
    return Stand(block)


@dataclass
class Recorded:
    """One exchange as it went over the line."""

    opcode: int
    request: bytes
    answer: bytes
    when: str


@dataclass
class Stand:
    """A device with a past, and the host that spoke to it last."""

    block: int
    recorded: list[Recorded] = field(default_factory=list)
    executed: list[m.Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = Random(f"replay {self.block}")
        self.device = EmulatedDevice(seed=self.block % 1000)
        self._watch()
        self.talk("before a reset")
        self.device.reset()
        self._watch()
        for when in ("of an earlier session", "of an earlier session", "of this session"):
            self.talk(when)
        self.ready()

    def _watch(self) -> None:
        def door(device: Rn1, request: m.Request) -> Outcome:
            self.executed.append(request)
            return device.execute(request)

        self.device.rn1.misfit = door

    def ask(self, request: m.Request, when: str = "") -> object:
        """A request in the present conversation, recorded."""
        sent = self.host.send(request)
        answer = self.device.receive(sent.data)
        self.device.pass_time(0.3 if sent.opcode in (Opcode.IMPEDANCE, Opcode.BURST) else 0.01)
        answer += self.device.take()
        if when:
            self.recorded.append(Recorded(sent.opcode, sent.data, answer, when))
        replies = [item.reply for item in self.host.receive(answer) if isinstance(item, Answer)]
        return replies[-1] if replies else None

    def talk(self, when: str) -> None:
        """A short appointment: read, measure, arm, one burst, write a program."""
        rng = self.rng
        self.host = HostConnection(rng.getrandbits(31))
        self.ask(m.Identify(), when)
        self.ask(m.OpenLink(rng.getrandbits(32), 1004), when)
        image = _image(rng)
        info = self.ask(m.ReadSlotInfo(0), when)
        revision = info.revision if isinstance(info, m.SlotInfoReply) else 0
        channel = rng.randrange(2)
        steps: list[m.Request] = [
            m.ReadStatus(),
            m.ReadCapabilities(),
            m.SetClock(1_767_600_000_000 + rng.getrandbits(20)),
            m.WritePatientKey(rng.randbytes(16)),
            m.MeasureImpedance((m.Pair(1, 2), m.Pair(5, 6))),
            _arm(channel),
            m.Heartbeat(),
            m.SetAmplitude(channel, 100 * rng.randint(1, 5)),
            m.Burst(1 << channel, 200),
            m.Heartbeat(),
            m.ReadLog(2, 1, 1),
            m.Disarm(3),
            m.Stage(0, 0, len(image), image),
            m.Validate(0, image_crc(image)),
            m.Commit(0, revision, image_crc(image)),
            m.Activate(0, image_crc(image)),
            m.SetSchedule(rng.randrange(2)),
            m.StartTherapy(),
            m.StopTherapy(),
            m.Ping(rng.randbytes(8)),
            m.Heartbeat(),
        ]
        for step in steps:
            self.ask(step, when)
        if when != "of this session":
            self.device.receive(self.host.stop())
            self.recorded.append(Recorded(int(Opcode.STOP), STOP_FRAME, b"", when))

    def ready(self) -> None:
        """An open session of the present host, armed; the lease is young."""
        if not self.device.rn1.endpoint.link_session or self.device.rn1.endpoint.link_session != self.host.link_session:
            self.ask(m.OpenLink(self.rng.getrandbits(32), 1004))
        if not self.device.rn1.core.output.armed:
            self.ask(m.Disarm(3))
            self.ask(_arm(0))
            self.ask(m.SetAmplitude(0, 300))
        self.ask(m.Heartbeat())

    def held(self) -> tuple[object, ...]:
        """What no replay may change: output, set-points, programs, schedule, lease, the numbers of the gate."""
        core, endpoint = self.device.rn1.core, self.device.rn1.endpoint
        gate = (endpoint.link_session, endpoint.last_sequence, endpoint.last_command_sequence)
        return (gate, self._output(), core.flowing_ua, self._stored())

    def _output(self) -> tuple[object, ...]:
        status = self.peek()
        return (status.output_state, status.armed_channels, status.left_setpoint_ua, status.right_setpoint_ua, status.lease_remaining_ms)

    def peek(self) -> m.StatusReply:
        """STATUS, past the line."""
        rn1 = self.device.rn1
        found = rn1.execute(m.ReadStatus())
        assert isinstance(found, m.StatusReply)
        return found

    def _stored(self) -> tuple[object, ...]:
        rn1 = self.device.rn1
        slots = tuple(rn1.execute(m.ReadSlotInfo(slot)) for slot in range(4))
        return (*slots, rn1.execute(m.ReadPatientKey()), self.peek().schedule_enabled, self.peek().active_crc)

    def at_the_device(self, rng: Random) -> str:
        """Some recorded requests in a row."""
        self.ready()
        first = rng.randrange(len(self.recorded))
        some = self.recorded[first : first + 1]
        open_ones = [each for each in some if each.opcode in _OPEN]
        before = self.held()
        self.executed.clear()
        for each in some:
            self.device.receive(each.request)
        bad = [request for request in self.executed if request.CLASS is not RequestClass.OPEN]
        if bad:
            raise Broken(f"executed again: {bad}", _row(1))
        after = self.held()
        if not open_ones and after != before:
            raise Broken(f"changed from {before} to {after}", _row(1))
        if after[3] != before[3] or sum(after[2]) > sum(before[2]):  # type: ignore[arg-type]
            raise Broken(f"a replay of {Opcode(some[0].opcode).name} changed {before} to {after}", _row(1))
        if open_ones:
            return f"device: {Opcode(some[0].opcode).name} of any time (class open)"
        return f"device: {some[0].when}"

    def at_the_host(self, rng: Random) -> str:
        """A recorded answer, while a request of the same kind waits in a later conversation."""
        each = rng.choice([one for one in self.recorded if one.answer])
        host, row = self._waiting(rng, each)
        told = [item for item in host.receive(each.answer) if isinstance(item, Answer)]
        if told:
            raise Broken(f"{each.when}: taken for the answer to {host.outstanding}: {told[0].reply}", row)
        return row

    def _waiting(self, rng: Random, each: Recorded) -> tuple[HostConnection, str]:
        """A host in a later session of the same device, that has just sent the same request."""
        kind = m.REQUESTS[Opcode(each.opcode)]
        host = HostConnection(rng.getrandbits(31))
        host.device_id = self.device.rn1.endpoint.device_id
        host.link_session = self.host.link_session + 1
        host._sequence = rng.randint(0, 40)
        host.send(_REQUESTS.get(kind, kind)())
        return host, f"host: {kind.OPCODE.name}" if each.opcode in _OPEN else f"host: {each.when}"


def _arm(channel: int) -> m.Arm:
    cathode = 1 << (1 + 4 * channel)
    return m.Arm(channel, cathode, cathode << 1, 214, 20_000, 0, 0)


def _image(rng: Random) -> bytes:
    ua = 100 * rng.randint(1, 30)
    return encode_image(ProgramImage(1, 1, 0x02, 0x04, ua, 214, 0, 0, 0, 0, 20_000, 2_000, 2_000, 10_000, 20_000, 1_800, 2))


_REQUESTS: dict[type[m.Request], Callable[[], m.Request]] = {
    m.OpenLink: lambda: m.OpenLink(0xC0FFEE, 1004),
    m.SetClock: lambda: m.SetClock(0),
    m.WritePatientKey: lambda: m.WritePatientKey(bytes(16)),
    m.MeasureImpedance: lambda: m.MeasureImpedance((m.Pair(1, 2),)),
    m.Arm: lambda: _arm(0),
    m.SetAmplitude: lambda: m.SetAmplitude(0, 100),
    m.Burst: lambda: m.Burst(1, 100),
    m.Disarm: lambda: m.Disarm(3),
    m.ReadLog: lambda: m.ReadLog(1, 1, 1),
    m.ReadSlotInfo: lambda: m.ReadSlotInfo(0),
    m.Stage: lambda: m.Stage(0, 0, 1, b"x"),
    m.Validate: lambda: m.Validate(0, 0),
    m.Commit: lambda: m.Commit(0, 0, 0),
    m.Activate: lambda: m.Activate(0, 0),
    m.SetSchedule: lambda: m.SetSchedule(0),
    m.Ping: lambda: m.Ping(b"now"),
}
