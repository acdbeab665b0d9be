"""Random requests, waits and mishaps: what must hold after every step, whatever came before."""

from __future__ import annotations

import random

import pytest

from device_emulator.device import EmulatedDevice
from rnprog.protocol.connection import Answer, HostConnection
from rnprog.protocol.messages import (
    Burst,
    Disarm,
    Heartbeat,
    MeasureImpedance,
    OpenLink,
    Pair,
    ReadStatus,
    SetAmplitude,
    SetSchedule,
    StartTherapy,
    StatusReply,
    StopTherapy,
)
from rnprog.protocol.opcodes import OutputState

STEPS = 400


def _request(chance: random.Random, arm):
    channel = chance.randrange(2)
    return chance.choice(
        [
            lambda: arm(channel, ramp_up_ms=500 * chance.randrange(4), ramp_down_ms=500 * chance.randrange(4)),
            lambda: SetAmplitude(channel, 100 * chance.randrange(0, 45)),
            lambda: SetAmplitude(channel, 500),
            lambda: Burst(chance.randint(1, 3), chance.choice([100, 900, 5_000])),
            lambda: Burst(1 << channel, 3_000),
            lambda: Burst(1 << channel, 1_000),
            lambda: Disarm(1 << channel),
            lambda: MeasureImpedance((Pair(chance.randrange(8), 8),)),
            StartTherapy,
            StopTherapy,
            lambda: SetSchedule(chance.randrange(2)),
            Heartbeat,
            Heartbeat,
            Heartbeat,
        ]
    )()


def _bench(chance: random.Random) -> dict[str, object]:
    return chance.choice(
        [
            {"cmd": "battery", "set": {"percent": chance.choice([10, 80, 80, 80])}},
            {"cmd": "battery", "set": {"charging": chance.random() < 0.1}},
            {"cmd": "flags", "set": {"over_temperature": chance.random() < 0.1}},
            {"cmd": "fault", "spec": chance.choice(["", "power-cut@2", "power-cut@5", "drop-reply=BURST@1", "delay=0.02"])},
            {"cmd": "reset"},
            {"cmd": "fault", "spec": ""},
        ]
    )


def _check(device: EmulatedDevice, status: StatusReply | None) -> None:
    core = device.rn1.core
    flowing = core.flowing_ua
    state = core.state
    if any(flowing):
        assert state in (OutputState.TEST_ON, OutputState.MEASURING, OutputState.THERAPY_ON)
    if state is OutputState.TEST_ON:
        assert core.output.lease_remaining_ms(core.now_us) > 0 and core.output.armed
    if core.output.armed:
        assert core.session is None and core.output.lease_end_us is not None
        assert 0 < core.output.lease_end_us - core.now_us <= 800_000
    else:
        assert core.output.lease_end_us is None
    for armed in core.output.channels:
        if armed is not None:
            assert armed.setpoint_ua <= armed.delivered_ua + 500
    if status is not None:
        assert (status.left_output_ua, status.right_output_ua) == flowing


def _truth_is_sound(device: EmulatedDevice) -> None:
    last_s, open_s = 0.0, [False, False]
    highest = [0.0, 0.0]
    for change in device.truth.changes:
        assert change.t_s >= last_s
        last_s = change.t_s
        if change.cause in ("burst", "therapy-on", "impedance"):
            assert not open_s[change.channel], "opened twice"
            open_s[change.channel] = True
        elif change.cause not in ("ramp", "set-amplitude", "load-changed"):
            assert open_s[change.channel] and change.amplitude_ua == 0
            open_s[change.channel] = False
        highest[change.channel] = max(highest[change.channel], change.amplitude_ua)
        assert 0 <= change.amplitude_ua <= 10_000


@pytest.mark.parametrize("seed", range(25))
def test_random_walk(talk, image, seed) -> None:
    chance = random.Random(seed)
    maker = talk(chance.choice(["healthy", "left-open", "right-short", "high-threshold"]), seed)
    if seed % 3 == 0:
        maker.store(image(session_s=60))
    device, host = maker.device, maker.host
    for _ in range(STEPS):
        kind = chance.random()
        data = b""
        status = None
        if kind < 0.55 and host.link_session:
            data = device.receive(host.send(_request(chance, maker.arm)).data)
        elif kind < 0.85:
            data = device.advance(chance.choice([0.0, 0.001, 0.05, 0.1, 0.2, 0.2, 0.5, 2.0]))
        elif kind < 0.86:
            data = device.receive(host.stop())
            assert device.rn1.core.state is OutputState.OFF and device.rn1.core.output.armed == 0
        elif kind < 0.89:
            device.bench(_bench(chance))
            data = device.take()
        elif kind < 0.91:
            data = device.receive(chance.randbytes(chance.randrange(1, 60)) + b"\x00")
        elif kind < 0.925 or not host.link_session:
            data = device.receive(host.send(OpenLink(1, 1004)).data)
        else:
            device.set_faults("")
            host.receive(device.receive(b"\x00"))
            answers = host.receive(device.receive(host.send(ReadStatus()).data))
            status = next((item.reply for item in answers if isinstance(item, Answer) and isinstance(item.reply, StatusReply)), None)
        host.receive(data)
        _check(device, status)
    device.advance(10_000.0)
    assert not any(flow.is_open for flow in device.rn1.core.output.flows) or device.rn1.core.session is not None
    _truth_is_sound(device)


def test_the_walk_repeats_bit_for_bit(talk) -> None:
    def run() -> list[bytes]:
        device, host, chance = EmulatedDevice("healthy", 3, faults="noise@5,corrupt-reply=HEARTBEAT@3"), HostConnection(), random.Random(3)
        seen = [device.receive(host.send(OpenLink(1, 1004)).data)]
        host.receive(seen[0])
        for _ in range(200):
            seen.append(device.receive(host.send(_request(chance, talk(opened=False).arm)).data) + device.advance(0.05))
        return seen

    assert run() == run()
