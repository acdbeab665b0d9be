"""What happens to a device without a programmer: the remote, the magnet, resets."""

from __future__ import annotations

import pytest

from rnprog.protocol.messages import (
    ReadLog,
    StartTherapy,
)
from rnprog.protocol.opcodes import Cause, EntryKind, Log, OutputState
from rnprog.protocol.opcodes import RefusalCode as CODE


def _missing(host) -> None:
    host.host.give_up()
    host.host.link_session = 0


def test_the_remote_starts_and_stops_sessions(talk, image) -> None:
    host = talk()
    assert host.device.bench({"cmd": "remote", "start": True}) == {"ok": True, "done": False, "output_state": "OFF"}
    host.store(image())
    assert host.device.bench({"cmd": "remote", "start": True})["done"]
    host.wait(65.0)
    assert (host.events[-1].cause, host.events[-1].output_state) == (Cause.PATIENT_REMOTE, OutputState.THERAPY_ON)
    assert host.device.bench({"cmd": "remote", "start": False})["done"]
    assert not host.device.bench({"cmd": "remote", "start": False})["done"]
    host.wait(0)
    assert (host.events[-1].cause, host.events[-1].output_state) == (Cause.PATIENT_REMOTE, OutputState.OFF)
    entries = host.done(ReadLog(Log.THERAPY, 1, 1)).entries
    kinds = [(EntryKind.THERAPY_MISSED, CODE.SLOT_EMPTY), (EntryKind.THERAPY_START, 1), (EntryKind.THERAPY_END, Cause.PATIENT_REMOTE)]
    assert [(entry.kind, entry.code) for entry in entries] == kinds
    assert entries[-1].value == 65


def test_the_remote_does_nothing_to_a_test(talk, image) -> None:
    host = talk()
    host.store(image())
    host.done(host.arm())
    assert not host.device.bench({"cmd": "remote", "start": True})["done"]
    assert not host.device.bench({"cmd": "remote", "start": False})["done"] and host.status().armed_channels == 1
    assert host.device.bench({"cmd": "remote"})["ok"] is False


def test_a_magnet_ends_a_session(talk, image) -> None:
    host = talk()
    host.store(image())
    assert host.device.bench({"cmd": "magnet"})["done"] is False
    host.done(StartTherapy())
    host.wait(5.0)
    assert host.device.bench({"cmd": "magnet"}) == {"ok": True, "done": True, "output_state": "OFF"}
    host.wait(0)
    assert host.events[-1].cause == Cause.MAGNET and host.device.truth.changes[-1].cause == "magnet"


@pytest.mark.parametrize(("cause", "code"), [("power", 0), ("watchdog", 1), ("brown-out", 2)])
def test_resets_are_logged_with_their_cause(talk, cause, code) -> None:
    host = talk()
    assert host.device.bench({"cmd": "reset", "cause": cause}) == {"ok": True, "boot_count": 2}
    _missing(host)
    host.open()
    assert host.done(ReadLog(Log.EVENTS, 1, 1)).entries[-1].code == code
    assert not host.device.bench({"cmd": "reset", "cause": "boredom"})["ok"]


@pytest.mark.parametrize("command", [{"cmd": "remote", "start": True}, {"cmd": "remote", "start": False}, {"cmd": "magnet"}])
def test_power_fails_while_the_patient_does_something(talk, image, command) -> None:
    host = talk()
    host.store(image())
    if command.get("start") is not True:
        host.done(StartTherapy())
    host.device.bench({"cmd": "fault", "spec": "power-cut@1"})
    assert host.device.bench(command) == {"ok": True, "done": False, "output_state": "OFF"}
    assert host.device.bench({"cmd": "state"})["boot_count"] == 2 and host.output_ua() == [0, 0]
    host.device.bench({"cmd": "fault", "spec": "power-cut@3,foreign-commit@1"})
    host.device.bench({"cmd": "fault", "spec": "full-log=THERAPY,therapy-running"})
    assert host.device.bench({"cmd": "state"})["output_state"] == "THERAPY_ON"
