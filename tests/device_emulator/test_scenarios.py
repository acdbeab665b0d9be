"""Scenarios, as the line and the bench show them."""

from __future__ import annotations

import pytest

from device_emulator.device import EmulatedDevice
from device_emulator.scenarios import SCENARIOS, scenario_named
from rnprog.protocol.messages import Identify, ReadBattery
from rnprog.protocol.opcodes import BatteryFlag


def test_unknown_scenario_lists_the_known() -> None:
    with pytest.raises(ValueError) as caught:
        EmulatedDevice("broken")
    assert all(name in str(caught.value) for name in SCENARIOS)


def test_every_scenario_boots_and_is_described() -> None:
    for name, scenario in SCENARIOS.items():
        assert scenario_named(name) is scenario and scenario.summary
        EmulatedDevice(name).advance(1.0)


def test_low_battery_and_charging(talk) -> None:
    assert talk("low-battery").done(ReadBattery()).flags == BatteryFlag.LOW
    assert talk("charging").done(ReadBattery()).flags == BatteryFlag.CHARGING


def test_foreign_serial_reaches_the_host_harmless(talk) -> None:
    host = talk("foreign-serial", opened=False)
    serial = host.ask(Identify()).serial
    assert serial.startswith("[/x]?") and serial.isprintable()
    assert host.device.bench({"cmd": "hello"})["serial"] == serial


def test_other_device(talk) -> None:
    assert talk("other-device", opened=False).ask(Identify()).model == "XN-7"


def test_deaf(talk) -> None:
    host = talk("deaf", opened=False)
    assert host.send(Identify()) == [] and host.device.advance(10.0) == b""
    assert host.device.receive(host.host.stop()) == b""


def test_junk(talk) -> None:
    host = talk("junk", opened=False)
    assert host.send(Identify()) == []
    data = host.device.advance(1.0)
    assert len(data) == 3_200 and not host.sort(data) and not host.events
    assert data == EmulatedDevice("junk").advance(1.0)


def test_high_threshold(talk) -> None:
    assert talk("high-threshold").device.patient.subject.motor_ma[0] == pytest.approx(4 * 2.458388, abs=1e-5)
