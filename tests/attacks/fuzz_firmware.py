"""A whole device at the mercy of a host that knows the protocol and means no good: valid frames with any values, in any order, at any time.

The firmware of the emulator stands for a device. No request may raise in it, every request is answered so that its host understands, and
whatever is asked, output stays within the limits that the device announces: amplitude, one step at a time, charge density, and off without
a lease.
"""

from __future__ import annotations

from random import Random

from device_emulator.device import EmulatedDevice
from device_emulator.scenarios import SCENARIOS
from rnprog.protocol import messages as m
from rnprog.protocol.connection import Answer, HostConnection
from rnprog.protocol.opcodes import OutputState
from tests.attacks.common import Broken, Result, over
from tests.attacks.fuzz_wire import random_message

SHARE = 80
FULL = 10_000
REQUESTS = 60
AMPLITUDE_MAX_UA, STEP_UA, AREA_CM2, DENSITY_MAX_UC_CM2, LEASE_S = 10_000, 500, 0.1225, 30.0, 0.8
EPS_S = 2e-6

_KINDS = [each for each in m.REQUESTS.values() if each is not m.Stop]
_OFTEN = (m.Arm, m.Arm, m.Arm, m.SetAmplitude, m.Burst, m.Heartbeat, m.StartTherapy)
_SCENARIOS = sorted(
    name
    for name, each in SCENARIOS.items()
    if not each.faults and each.line.name == "NORMAL" and each.version == 1 and name != "device-clamps"  # it holds less than it was told
)


def run(runs: int, seed: int) -> Result:
    return over(runs, seed, case, row="hosts that mean no good, 60 requests each")


def case(number: int) -> str:
    """One host."""
    rng = Random(number)
    device = EmulatedDevice(rng.choice(_SCENARIOS), rng.randrange(1000))
    host = HostConnection(rng.getrandbits(31))
    _ask(device, host, m.Identify())
    held = Held()
    for _ in range(REQUESTS):
        if not host.link_session or rng.random() < 0.02:
            _ask(device, host, m.OpenLink(rng.getrandbits(32), rng.choice((522, 1004, 65_535))))
            held.set_ua.clear()
        request = _request(rng, held)
        answer = _ask(device, host, request)
        held.after(request, answer, device.now_s)
        if rng.random() < 0.02:
            host.receive(device.receive(host.stop()))
            held.set_ua.clear()
        device.pass_time(rng.choice((0.0, 0.01, 0.1, 0.1, 0.3, 1.0)) if rng.random() < 0.97 else 30.0)
        host.receive(device.take())
        if device.rn1.core.state is OutputState.TEST_ON and device.now_s > held.leased_s + LEASE_S + EPS_S:
            raise Broken(f"test output at {device.now_s} s, the last lease was taken at {held.leased_s} s")
    _judge(device)
    return "hosts that mean no good, 60 requests each"


class Held:
    """What the device has been given, as far as it said yes."""

    def __init__(self) -> None:
        self.leased_s = -1.0
        self.set_ua: dict[int, int] = {}
        """By channel, while it may be armed."""
        self.high_ua: dict[int, int] = {}
        """By channel: the highest since it was armed. The device counts its steps from what was delivered, which is at most this."""

    def after(self, request: m.Request, answer: object, now_s: float) -> None:
        """Take note of an exchange. Broken when the device took a step that is too large, or holds another value than it says."""
        if isinstance(answer, m.Refused):
            return
        match request:
            case m.Arm(channel=channel):
                self.leased_s = now_s
                self.set_ua[channel] = self.high_ua[channel] = 0
            case m.Heartbeat():
                self.leased_s = now_s
            case m.SetAmplitude(channel=channel, amplitude_ua=wanted_ua):
                assert isinstance(answer, m.SetAmplitudeReply)
                if answer.amplitude_ua != wanted_ua or wanted_ua > self.high_ua.get(channel, 0) + STEP_UA:
                    raise Broken(f"the device took {request} after {self.high_ua}, and says {answer}")
                self.set_ua[channel] = wanted_ua
                self.high_ua[channel] = max(wanted_ua, self.high_ua.get(channel, 0))
            case m.OpenLink() | m.Disarm():
                self.set_ua.clear()


def _request(rng: Random, held: Held) -> m.Request:
    """Anything; often something that could go far."""
    if held.set_ua and rng.random() < 0.6:
        channel, set_ua = rng.choice(sorted(held.set_ua.items()))
        step_ua = rng.choice((100, 500, 500, 500, 600, 5_000))
        return rng.choice((m.SetAmplitude(channel, set_ua + step_ua), m.Burst(1 << channel, rng.choice((50, 500, 5_000))), m.Heartbeat()))
    kind = rng.choice(_OFTEN) if rng.random() < 0.6 else rng.choice(_KINDS)
    if kind is m.Arm and rng.random() < 0.8:
        channel = rng.randrange(2)
        cathode = 1 << (rng.randrange(3) + 4 * channel)
        return m.Arm(channel, cathode, cathode << 1, rng.choice((50, 214, 500)), rng.choice((1_000, 20_000, 50_000)), 0, 0)
    made = random_message(rng, kind)
    assert isinstance(made, m.Request)
    return made


def _ask(device: EmulatedDevice, host: HostConnection, request: m.Request) -> object:
    """What the device answers. Broken when it is nothing that the host takes for the answer."""
    sent = host.send(request)
    answer = device.receive(sent.data)
    for _ in range(20):
        replies = [item.reply for item in host.receive(answer) if isinstance(item, Answer)]
        if replies:
            return replies[-1]
        device.pass_time(0.1)
        answer = device.take()
    raise Broken(f"no answer to {request}")


def _judge(device: EmulatedDevice) -> None:
    """What flowed, from the ground truth."""
    for change in device.truth.changes:
        ua = change.amplitude_ua
        if not 0 <= ua <= AMPLITUDE_MAX_UA:
            raise Broken(f"{ua} uA flowed")
        if ua * change.width_us * 1e-6 / AREA_CM2 > DENSITY_MAX_UC_CM2 + 1e-9:
            raise Broken(f"{ua} uA of {change.width_us} us flowed")
