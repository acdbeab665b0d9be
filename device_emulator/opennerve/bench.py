"""The bench channel of an OpenNerve: what a tester may ask of the emulation and a programmer may not ask of a device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

from rnprog.protocol.fields import printable
from rnprog.protocol.opennerve.codes import State

if TYPE_CHECKING:
    from device_emulator.opennerve.device import OpenNerveDevice

EMULATOR = "rnprog-emulator"
Answer = dict[str, object]


def run(device: OpenNerveDevice, command: dict[str, object]) -> Answer:
    """Do one command. Never raises: {"ok": false, "error": ...} instead."""
    name = command.get("cmd")
    action = COMMANDS.get(name) if isinstance(name, str) else None
    if action is None:
        return {"ok": False, "error": f"no bench command {name!r}; known are {', '.join(COMMANDS)}"}
    try:
        return {"ok": True, **action(device, command)}
    except ValueError as error:
        return {"ok": False, "error": str(error)}


def _hello(device: OpenNerveDevice, command: dict[str, object]) -> Answer:
    """Who is here. The serial number as a host reads it."""
    serial = printable(device.store.texts["HP01"])
    if device.firmware.state is State.BENCH:
        serial = f"sample {device.firmware.bench_mode.sample:04x}"
    return {"emulator": EMULATOR, "model": "OpenNerve Gen2", "serial": serial, "scenario": "opennerve", "seed": device.seed}


def _feel(device: OpenNerveDevice, command: dict[str, object]) -> Answer:
    """What a hand on the back feels of the last therapy; the bundled patient has this lead on the left, whichever side is asked about."""
    if command.get("side") not in ("left", "right"):
        raise ValueError(f"side must be left or right, not {command.get('side')!r}")
    device.stimulator.settle(device.firmware.now_us)
    last = device.patient.last_burst(0)
    told: Answer = {"side": command["side"], "burst": last.number, "delivered_ua": round(last.peak_ua)}
    if last.number == 0:
        return {**told, "felt": False, "grade": 0, "discomfort": False, "elsewhere": False}
    return {**told, **asdict(device.patient.feel(0))}


def _truth(device: OpenNerveDevice, command: dict[str, object]) -> Answer:
    """Changes of output numbered above `since` (0: all)."""
    since = command.get("since", 0)
    if isinstance(since, bool) or not isinstance(since, int) or since < 0:
        raise ValueError(f"since must be a number of a change, not {since!r}")
    return {"changes": [asdict(change) for change in device.truth.since(since)], "now_s": device.now_s}


def _fault(device: OpenNerveDevice, command: dict[str, object]) -> Answer:
    """Replace the faults; an empty spec ends them."""
    spec = command.get("spec", "")
    if not isinstance(spec, str):
        raise ValueError(f"spec must be text, not {spec!r}")
    device.set_faults(spec)
    return {"spec": spec}


def _advance(device: OpenNerveDevice, command: dict[str, object]) -> Answer:
    """Let virtual time pass."""
    device.pass_time(_number(command, "seconds"))
    return {"now_s": device.now_s}


def _flags(device: OpenNerveDevice, command: dict[str, object]) -> Answer:
    """{"set": {"unplugged": false, "stuck": false, "sensing": false}}. `sensing`: busy with a sensor that somebody else reads."""
    changes = command.get("set", {})
    if not isinstance(changes, dict) or not set(changes) <= {"unplugged", "stuck", "sensing"}:
        raise ValueError(f"set takes unplugged, stuck, sensing, not {changes!r}")
    device.unplugged = bool(changes.get("unplugged", device.unplugged))
    device.stuck = bool(changes.get("stuck", device.stuck))
    device.commands.sensing = bool(changes.get("sensing", device.commands.sensing))
    return {"unplugged": device.unplugged, "stuck": device.stuck, "sensing": device.commands.sensing}


def _magnet(device: OpenNerveDevice, command: dict[str, object]) -> Answer:
    """A magnet held for `seconds` (3) and taken away. `done`: it did something."""
    done = device.firmware.magnet(_number(command, "seconds") if "seconds" in command else 3.0)
    return {"done": done, "output_state": device.firmware.state.name}


def _disconnect(device: OpenNerveDevice, command: dict[str, object]) -> Answer:
    """The Bluetooth link drops."""
    device.firmware.disconnect()
    return {"output_state": device.firmware.state.name}


def _event(device: OpenNerveDevice, command: dict[str, object]) -> Answer:
    """{"label": "SC"}: the device notes an event by itself."""
    label = command.get("label")
    if not isinstance(label, str) or not label.isalpha():
        raise ValueError(f"label must be letters, not {label!r}")
    device.commands.note(label)
    return {"entries": len(device.store.log)}


def _state(device: OpenNerveDevice, command: dict[str, object]) -> Answer:
    """The device from inside."""
    return {
        "now_s": device.now_s,
        "unix_ms": device.commands.unix_ms,
        "output_state": device.firmware.state.name,
        "stimulating": device.stimulator.session is not None,
        "output_ua": [device.stimulator.flowing_ua(device.firmware.now_us), 0],
        "role": device.firmware.role.name,
        "parameters": {identity: device.store.number(identity) for identity in sorted(device.store.values)},
        "log": [line.text for line in device.store.log],
        "memory_writes": device.write_count,
        "changes": len(device.truth.changes),
        "faults": device.faults.spec,
        "unplugged": device.unplugged,
    }


COMMANDS: dict[str, Callable[[OpenNerveDevice, dict[str, object]], Answer]] = {
    "hello": _hello,
    "feel": _feel,
    "truth": _truth,
    "fault": _fault,
    "advance": _advance,
    "flags": _flags,
    "magnet": _magnet,
    "disconnect": _disconnect,
    "event": _event,
    "state": _state,
}


def _number(values: dict[str, object], name: str) -> float:
    value = values.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 366 * 86_400:
        raise ValueError(f"{name} must be a number from 0 on, not {value!r}")
    return float(value)
