"""The bench channel: every command, and that a wrong one changes nothing."""

from __future__ import annotations

import json

import pytest

from device_emulator.bench import COMMANDS
from device_emulator.origin import Origin, serial_for
from rnprog.protocol.messages import Burst, Heartbeat, SetAmplitude


def test_hello(talk) -> None:
    answer = talk("left-open", seed=3).device.bench({"cmd": "hello"})
    assert answer == {
        "ok": True,
        "emulator": "rnprog-emulator",
        "model": "RN-1",
        "serial": serial_for(Origin("left-open", 3)),
        "scenario": "left-open",
        "seed": 3,
    }


@pytest.mark.parametrize(
    "command",
    [
        {},
        {"cmd": "explode"},
        {"cmd": 5},
        {"cmd": ["feel"]},
        {"cmd": "feel"},
        {"cmd": "feel", "side": "up"},
        {"cmd": "feel", "side": []},
        {"cmd": "truth", "since": -1},
        {"cmd": "truth", "since": True},
        {"cmd": "fault", "spec": "nonsense"},
        {"cmd": "fault", "spec": 4},
        {"cmd": "advance", "seconds": -1},
        {"cmd": "advance", "seconds": float("nan")},
        {"cmd": "advance", "seconds": float("inf")},
        {"cmd": "advance"},
        {"cmd": "battery", "set": {"percent": 101}},
        {"cmd": "battery", "set": {"volts": 1}},
        {"cmd": "battery", "set": {"charging": 1}},
        {"cmd": "flags", "set": {"over_temperature": "yes"}},
        {"cmd": "flags", "set": 3},
    ],
)
def test_a_wrong_command_changes_nothing(talk, command) -> None:
    device = talk().device
    before = device.bench({"cmd": "state"})
    answer = device.bench(command)
    assert answer["ok"] is False and isinstance(answer["error"], str)
    assert device.bench({"cmd": "state"}) == before


def test_every_answer_is_json(talk) -> None:
    device = talk().device
    for name in COMMANDS:
        answer = device.bench({"cmd": name, "side": "right", "seconds": 1, "spec": "", "start": False})
        assert answer["ok"] is True
        json.dumps(answer)


def test_feel_is_about_the_last_burst(talk) -> None:
    host = talk()
    none_yet = host.device.bench({"cmd": "feel", "side": "left"})
    assert (none_yet["burst"], none_yet["grade"], none_yet["felt"], none_yet["discomfort"]) == (0, 0, False, False)
    host.done(host.arm())
    grades = []
    for amplitude_ua in range(500, 4_001, 500):
        host.done(SetAmplitude(0, amplitude_ua))
        host.done(Burst(1, 1_000))
        host.live(1.2)
        felt = host.device.bench({"cmd": "feel", "side": "left"})
        assert felt == host.device.bench({"cmd": "feel", "side": "left"}) and felt["delivered_ua"] == amplitude_ua
        grades.append(felt["grade"])
    assert grades[:3] == [0, 0, 0] and grades[-1] == 3, "subject 0 contracts at 2.46 mA"
    assert host.device.bench({"cmd": "feel", "side": "right"})["burst"] == 0


def test_truth_since(talk) -> None:
    host = talk()
    host.done(host.arm())
    host.done(SetAmplitude(0, 300))
    host.done(Burst(1, 1_000))
    changes = host.device.bench({"cmd": "truth"})["changes"]
    assert changes[0]["cause"] == "burst" and changes[0]["amplitude_ua"] == 300
    host.live(1.2)
    later = host.device.bench({"cmd": "truth", "since": changes[-1]["number"]})["changes"]
    assert [change["cause"] for change in later] == ["burst-done"]


def test_advance_keeps_what_the_device_says(talk) -> None:
    host = talk()
    host.done(host.arm())
    assert host.device.bench({"cmd": "advance", "seconds": 0.8})["now_s"] == pytest.approx(0.8)
    host.sort(host.device.take())
    assert len(host.events) == 1


def test_faults_tells_what_is_set_and_how_often_each_has_struck(talk) -> None:
    host = talk(faults="drop-reply=HEARTBEAT@2,charging")
    told = host.device.bench({"cmd": "faults"})
    assert (told["spec"], told["struck"]) == ("drop-reply=HEARTBEAT@2,charging", {"drop-reply": 0, "charging": 0})
    assert {row["name"] for row in told["catalogue"]} >= {"drop-reply", "charging"}
    for beats, struck in ((1, 0), (2, 1), (3, 1)):
        host.send(Heartbeat())
        assert host.device.bench({"cmd": "faults"})["struck"] == {"drop-reply": struck, "charging": 0}, beats
    host.device.bench({"cmd": "fault", "spec": "drop-reply=HEARTBEAT@1"})
    assert host.device.bench({"cmd": "faults"})["struck"] == {"drop-reply": 0}, "counting begins anew"
    host.device.bench({"cmd": "fault", "spec": ""})
    assert host.device.bench({"cmd": "faults"})["struck"] == {}
