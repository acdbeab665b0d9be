"""Every fault, through a random conversation: the emulator survives it, and when the fault is gone the device is sound again."""

from __future__ import annotations

import random

import pytest

from device_emulator.device import EmulatedDevice
from device_emulator.faults import FAULTS
from rnprog.protocol.connection import HostConnection
from rnprog.protocol.image import encode_image, image_crc
from rnprog.protocol.messages import (
    Arm,
    Burst,
    Commit,
    Disarm,
    Heartbeat,
    Identify,
    MeasureImpedance,
    OpenLink,
    Pair,
    Ping,
    ReadBattery,
    ReadLog,
    ReadSlotInfo,
    ReadStatus,
    SetAmplitude,
    SetSchedule,
    Stage,
    StartTherapy,
    StopTherapy,
    Validate,
)
from rnprog.protocol.opcodes import OutputState

STEPS = 120


def _requests(chance: random.Random, data: bytes):
    channel, crc = chance.randrange(2), image_crc(data)
    shift = 4 * channel
    return [
        Arm(channel, 2 << shift, 4 << shift, 214, 20_000, 0, 0),
        SetAmplitude(channel, 100 * chance.randrange(20)),
        Burst(1 << channel, chance.choice([100, 2_000])),
        Disarm(1 << channel),
        MeasureImpedance((Pair(chance.randrange(8), 8), Pair(1, 2))),
        Stage(0, 0, 48, data),
        Validate(0, crc),
        Commit(0, chance.randrange(3), crc),
        StartTherapy(),
        StopTherapy(),
        SetSchedule(chance.randrange(2)),
        ReadLog(1, 4, 1),
        ReadSlotInfo(0),
        ReadStatus(),
        ReadBattery(),
        Ping(b"abc"),
        Heartbeat(),
        Identify(),
        OpenLink(1, 1004),
    ]


def _walk(spec: str, seed: int, data: bytes) -> tuple[EmulatedDevice, list[bytes]]:
    device, host, chance = EmulatedDevice(seed=seed), HostConnection(), random.Random(f"{spec} {seed}")
    seen = []
    for request in (Identify(), OpenLink(1, 1004)):
        host.receive(device.receive(host.send(request).data))
    device.set_faults(spec)
    for _ in range(STEPS):
        request = chance.choice(_requests(chance, data))
        if not host.link_session and not isinstance(request, Identify | ReadStatus | Ping):
            request = OpenLink(1, 1004)
        came = device.receive(host.stop() if chance.random() < 0.02 else host.send(request).data)
        came += device.advance(chance.choice([0.0, 0.01, 0.1, 0.3]))
        if chance.random() < 0.1:
            device.unplugged = False
        device.bench(chance.choice([{"cmd": "state"}, {"cmd": "remote", "start": True}, {"cmd": "magnet"}, {"cmd": "truth"}]))
        host.receive(came)
        host.give_up()
        seen.append(came)
    return device, seen


@pytest.mark.parametrize("spec", [kind.example for kind in FAULTS.values()])
def test_the_emulator_survives_it_and_the_device_recovers(spec, image, talk) -> None:
    device, seen = _walk(spec, 4, encode_image(image()))
    assert _walk(spec, 4, encode_image(image()))[1] == seen, "and it can be replayed"
    device.set_faults("")
    device.unplugged = device.stuck = False
    device.advance(1.0)
    host = HostConnection()
    device.receive(b"\x00" + host.stop())
    assert device.rn1.core.state is OutputState.OFF and device.rn1.core.output.armed == 0
    assert [change.number for change in device.truth.changes] == list(range(1, len(device.truth.changes) + 1))
    state = {0: 0.0, 1: 0.0}
    for change in device.truth.changes:
        state[change.channel] = change.amplitude_ua
    assert state == {0: 0.0, 1: 0.0}
    assert host.receive(device.receive(host.send(Identify()).data)), "it answers again"


def test_all_of_them_at_once(image) -> None:
    gone = {"unplug", "unplug-after", "stuck", "swap-device", "half-open", "wrong-baud", "babble"}
    spec = ",".join(kind.example for kind in FAULTS.values() if kind.name not in gone)
    for seed in range(5):
        _walk(spec, seed, encode_image(image()))
