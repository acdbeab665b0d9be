"""The bench channel: what a tester may ask of the emulation and a programmer may not ask of a device. One JSON object in, one out.

{"cmd": "hello"} and so on; COMMANDS lists them. It is never part of the device protocol, and a wrong command changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

from device_emulator.bench_patient import patient, scenario_text, waveform
from device_emulator.catalogue import rows
from device_emulator.firmware.core import RESET_BROWN_OUT, RESET_POWER, RESET_WATCHDOG
from rnprog.protocol.fields import printable

if TYPE_CHECKING:
    from device_emulator.device import EmulatedDevice

EMULATOR = "rnprog-emulator"
SIDES = {"left": 0, "right": 1}
ADVANCE_MAX_S = 366 * 86_400.0
_RESETS = {"power": RESET_POWER, "watchdog": RESET_WATCHDOG, "brown-out": RESET_BROWN_OUT}

Answer = dict[str, object]


class BenchError(Exception):
    """The command cannot be done; the text says why. Nothing was changed."""


def run_bench(device: EmulatedDevice, command: dict[str, object]) -> Answer:
    """Do one command. Never raises: {"ok": false, "error": ...} instead."""
    if "cmd" not in command:
        return {"ok": False, "error": f'a command is {{"cmd": NAME, ...}}; NAME is one of {", ".join(COMMANDS)}'}
    name = command["cmd"]
    action = COMMANDS.get(name) if isinstance(name, str) else None
    if action is None:
        return {"ok": False, "error": f"no bench command {name!r}; known are {', '.join(COMMANDS)}"}
    try:
        return {"ok": True, **action(device, command)}
    except (BenchError, ValueError) as error:
        return {"ok": False, "error": str(error)}


def _hello(device: EmulatedDevice, command: dict[str, object]) -> Answer:
    """Who is here. The serial number as a host reads it off the wire."""
    return {
        "emulator": EMULATOR,
        "model": device.rn1.identity.model,
        "serial": printable(device.rn1.identity.serial.encode("ascii")),
        "scenario": device.scenario.name,
        "seed": device.seed,
    }


def _feel(device: EmulatedDevice, command: dict[str, object]) -> Answer:
    """What a hand on the back feels of the last burst of a side; `burst` 0: none yet."""
    side = command.get("side")
    if not isinstance(side, str) or side not in SIDES:
        raise BenchError(f"side must be left or right, not {side!r}")
    device.rn1.core.output.settle(device.rn1.now_us)
    last = device.patient.last_burst(SIDES[side])
    if last.number == 0:
        return {"side": side, "burst": 0, "felt": False, "grade": 0, "discomfort": False, "elsewhere": False, "delivered_ua": 0}
    feeling = device.patient.feel(SIDES[side])
    return {"side": side, "burst": last.number, **asdict(feeling), "delivered_ua": round(last.peak_ua)}


def _truth(device: EmulatedDevice, command: dict[str, object]) -> Answer:
    """Changes of output numbered above `since` (0: all)."""
    since = command.get("since", 0)
    if isinstance(since, bool) or not isinstance(since, int) or since < 0:
        raise BenchError(f"since must be a number of a change, not {since!r}")
    return {"changes": [asdict(change) for change in device.truth.since(since)], "now_s": device.now_s}


def _fault(device: EmulatedDevice, command: dict[str, object]) -> Answer:
    """Replace the faults of the line; an empty spec ends them. `replug` puts the cable back in."""
    spec = command.get("spec", "")
    if not isinstance(spec, str):
        raise BenchError(f"spec must be text, not {spec!r}")
    try:
        device.set_faults(spec)
    except ValueError as error:
        raise BenchError(str(error)) from error
    return {"spec": spec}


def _advance(device: EmulatedDevice, command: dict[str, object]) -> Answer:
    """Let virtual time pass. Ports on wall time refuse this before it comes here."""
    seconds = _number(command, "seconds")
    if not 0 <= seconds <= ADVANCE_MAX_S:
        raise BenchError(f"seconds must lie between 0 and {ADVANCE_MAX_S:.0f}, not {seconds}")
    device.pass_time(seconds)
    return {"now_s": device.now_s}


def _battery(device: EmulatedDevice, command: dict[str, object]) -> Answer:
    """{"set": {"percent": 20, "charging": false}}; without `set` it only tells."""
    changes = _changes(command, ("percent", "charging"))
    cell = device.rn1.around.battery
    if "percent" in changes:
        percent = _number(changes, "percent")
        if not 0 <= percent <= 100:
            raise BenchError(f"percent must lie between 0 and 100, not {percent}")
        cell.put(percent / 100)
    if "charging" in changes:
        cell.charging = _yes_no(changes, "charging")
    device.watch()
    return {"percent": cell.percent, "voltage_mv": cell.voltage_mv, "charging": cell.charging}


def _flags(device: EmulatedDevice, command: dict[str, object]) -> Answer:
    """{"set": {"over_temperature": true, "memory_failing": false, "unplugged": false, "stuck": false}}."""
    changes = _changes(command, ("over_temperature", "memory_failing", "unplugged", "stuck"))
    wanted = {name: _yes_no(changes, name) for name in changes}
    device.rn1.around.over_temperature = wanted.get("over_temperature", device.rn1.around.over_temperature)
    device.rn1.memory.failing = wanted.get("memory_failing", device.rn1.memory.failing)
    device.unplugged = wanted.get("unplugged", device.unplugged)
    device.stuck = wanted.get("stuck", device.stuck)
    device.watch()
    return {
        "over_temperature": device.rn1.around.over_temperature,
        "memory_failing": device.rn1.memory.failing,
        "unplugged": device.unplugged,
        "stuck": device.stuck,
    }


def _reset(device: EmulatedDevice, command: dict[str, object]) -> Answer:
    """A reset: watchdog, or `cause` power or brown-out."""
    cause = command.get("cause", "watchdog")
    if not isinstance(cause, str) or cause not in _RESETS:
        raise BenchError(f"cause must be one of {', '.join(_RESETS)}, not {cause!r}")
    device.reset(_RESETS[cause])
    return {"boot_count": device.rn1.core.boot_count}


def _remote(device: EmulatedDevice, command: dict[str, object]) -> Answer:
    """The patient's remote: {"start": true} or false. `done`: whether it did something; a session refused is logged as missed."""
    done = device.remote(_yes_no(command, "start"))
    return {"done": done, "output_state": device.rn1.core.state.name}


def _magnet(device: EmulatedDevice, command: dict[str, object]) -> Answer:
    """A magnet over the device: a therapy session ends. `done`: there was one."""
    done = device.magnet()
    return {"done": done, "output_state": device.rn1.core.state.name}


def _faults(device: EmulatedDevice, command: dict[str, object]) -> Answer:
    """The fault catalogue, what is set now, and how often that has struck since it was set."""
    return {"spec": device.faults.spec, "struck": device.faults.struck, "catalogue": rows()}


def _state(device: EmulatedDevice, command: dict[str, object]) -> Answer:
    """The device from inside."""
    core = device.rn1.core
    core.output.settle(core.now_us)
    return {
        "now_s": device.now_s,
        "unix_ms": core.unix_ms,
        "output_state": core.state.name,
        "armed_channels": core.output.armed,
        "output_ua": list(core.flowing_ua),
        "lease_remaining_ms": core.output.lease_remaining_ms(core.now_us),
        "boot_count": core.boot_count,
        "link_session": device.rn1.endpoint.link_session,
        "battery_percent": core.around.battery.percent,
        "memory_writes": device.write_count,
        "changes": len(device.truth.changes),
        "faults": device.faults.spec,
        "unplugged": device.unplugged,
    }


COMMANDS: dict[str, Callable[[EmulatedDevice, dict[str, object]], Answer]] = {
    "hello": _hello,
    "feel": _feel,
    "truth": _truth,
    "fault": _fault,
    "advance": _advance,
    "battery": _battery,
    "flags": _flags,
    "reset": _reset,
    "remote": _remote,
    "magnet": _magnet,
    "faults": _faults,
    "state": _state,
    "waveform": waveform,
    "patient": patient,
    "scenario": scenario_text,
}


def _changes(command: dict[str, object], known: tuple[str, ...]) -> dict[str, object]:
    changes = command.get("set", {})
    if not isinstance(changes, dict) or any(name not in known for name in changes):
        raise BenchError(f"set takes {', '.join(known)}, not {changes!r}")
    return changes


def _number(values: dict[str, object], name: str) -> float:
    value = values.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise BenchError(f"{name} must be a number, not {value!r}")
    return float(value)


def _yes_no(values: dict[str, object], name: str) -> bool:
    value = values.get(name)
    if not isinstance(value, bool):
        raise BenchError(f"{name} must be true or false, not {value!r}")
    return value
