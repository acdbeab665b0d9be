"""Ground truth: pulse for pulse, and as lines."""

from __future__ import annotations

import json

import pytest

from device_emulator.truth import json_line, pulses
from rnprog.protocol.messages import Burst, Disarm, MeasureImpedance, Pair, SetAmplitude, StartTherapy


def test_a_burst_pulse_for_pulse(talk) -> None:
    host = talk()
    host.done(host.arm(ramp_up_ms=500))
    host.done(SetAmplitude(0, 500))
    host.wait(0.0123)
    host.done(Burst(1, 2_000))
    host.live(1.0)
    host.done(SetAmplitude(0, 1_000))
    host.live(1.1)
    train = list(pulses(host.device.truth.changes))
    assert len(train) == 40, "20 Hz for 2 s"
    assert [round(pulse.t_s - train[0].t_s, 6) for pulse in train] == pytest.approx([n / 20 for n in range(40)])
    assert [pulse.amplitude_ua for pulse in train[:3]] == pytest.approx([0, 50, 100]) and train[15].amplitude_ua == 500
    assert train[-1].amplitude_ua == 1_000 and {pulse.width_us for pulse in train} == {214}


def test_a_burst_cut_short(talk) -> None:
    host = talk()
    for channel in (0, 1):
        host.done(host.arm(channel))
        host.done(SetAmplitude(channel, 500))
    host.done(Burst(3, 2_000))
    host.wait(0.26)
    host.done(Disarm(1))
    host.wait(0.26)
    host.stop()
    channels = [pulse.channel for pulse in pulses(host.device.truth.changes)]
    assert (channels.count(0), channels.count(1)) == (6, 11)


def test_a_measurement_is_one_pulse_a_pair(talk) -> None:
    host = talk()
    host.ask(MeasureImpedance((Pair(0, 8), Pair(1, 8), Pair(5, 6))))
    host.wait(0.1)
    assert [(pulse.channel, pulse.amplitude_ua, pulse.width_us) for pulse in pulses(host.device.truth.changes)] == [
        (0, 200, 100),
        (0, 200, 100),
        (1, 200, 100),
    ]


def test_the_charge_of_all_pulses_is_what_the_cell_gave(talk, image) -> None:
    host = talk()
    host.store(image(session_s=600))
    cell = host.device.rn1.core.around.battery
    heard = host.host.send(StartTherapy()).data
    before, start_s = cell.fraction, host.device.now_s
    told = host.device.receive(heard) + host.device.advance(700.0)
    charge_uc = sum(2 * pulse.amplitude_ua * pulse.width_us / 1e6 for pulse in pulses(host.device.truth.changes))
    drawn_uc = (before - cell.fraction) * 720_000_000 - 8.0 * (host.device.now_s - start_s) - 2.0 * len(heard + told)
    assert drawn_uc / 3.5 == pytest.approx(charge_uc, rel=1e-3)


def test_a_line(talk) -> None:
    host = talk()
    host.done(host.arm(1))
    host.done(SetAmplitude(1, 500))
    host.done(Burst(2, 100))
    record = json.loads(json_line(host.device.truth.changes[0], 1_000.0))
    assert record["t_s"] == 1_000.0 and record["device_s"] == 0 and record["side"] == "right" and record["channel"] == 1
    assert (record["amplitude_ma"], record["cause"], record["width_us"], record["rate_hz"]) == (0.5, "burst", 214, 20)
