"""Bench commands about the patient: what a pulse looks like, what is assumed about the person, what the scenario teaches."""

from __future__ import annotations

from dataclasses import asdict
from math import isinf
from typing import TYPE_CHECKING

from device_emulator.scenarios import explain
from device_emulator.tissue.bands import BANDS
from device_emulator.tissue.pulse import clipped, load_of, regulated

if TYPE_CHECKING:
    from device_emulator.device import EmulatedDevice

_SIDES = {"left": 0, "right": 1}
_WIDTH_US = (10, 1_000)
_AMPLITUDE_UA = (0, 20_000)


def waveform(device: EmulatedDevice, command: dict[str, object]) -> dict[str, object]:
    """The voltage of one pulse of an armed side, {"side": "left"}, or of any electrode set: {"cathodes": 2, "anodes": 4, "width_us": 214,
    "amplitude_ua": 2000}. `points`: what RN-1 gives; `clipped`: the first phase of a generator that saturates. ValueError for a wrong
    command."""
    can = device.rn1.around.can
    cathodes, anodes, width_us, wanted_ua = _drive(device, command)
    body = device.rn1.around.body
    at_end_ohm = body.load_ohm(cathodes, anodes, width_us)
    load = load_of(body.load_ohm(cathodes, anodes, 0), at_end_ohm, width_us)
    points = regulated(load, wanted_ua, width_us, can.interphase_gap_us, can.compliance_mv)
    return {
        "cathodes": cathodes,
        "anodes": anodes,
        "width_us": width_us,
        "gap_us": can.interphase_gap_us,
        "wanted_ua": wanted_ua,
        "driven_ua": round(max(point.current_ua for point in points), 3),
        "compliance_mv": can.compliance_mv,
        "at_limit": isinf(at_end_ohm) or wanted_ua * at_end_ohm > can.compliance_mv * 1000,
        "resistance_ohm": None if isinf(load.resistance_ohm) else round(load.resistance_ohm, 3),
        "capacitance_uf": None if isinf(load.capacitance_uf) else round(load.capacitance_uf, 6),
        "points": [asdict(point) for point in points],
        "clipped": [asdict(point) for point in clipped(load, wanted_ua, width_us, can.compliance_mv)],
    }


def patient(device: EmulatedDevice, command: dict[str, object]) -> dict[str, object]:
    """What nobody in a clinic can know: the numbers behind the person, as they are at this visit. All of them are assumptions."""
    someone = device.patient.person
    electrodes = device.patient.electrodes
    return {
        "assumptions": "no distribution of these numbers has been published for the multifidus",
        "cohort": someone.cohort,
        "subject": someone.index,
        "implant_age_days": round(device.patient.age_days, 3),
        "nerve": asdict(device.patient.subject),
        "home": asdict(someone.habits),
        "contacts_ohm": [None if isinf(contact.resistance_ohm) else contact.resistance_ohm for contact in electrodes.contacts],
        "short_pairs": [list(pair) for pair in someone.leads.short_pairs],
        "loose_contacts": list(someone.leads.loose_contacts),
        "wet_sides": list(someone.leads.wet_sides),
        "shift_mm": list(someone.leads.shift_mm),
        "bands": [{**asdict(band), "to_ohm": None if isinf(band.to_ohm) else band.to_ohm} for band in BANDS],
    }


def scenario_text(device: EmulatedDevice, command: dict[str, object]) -> dict[str, object]:
    """What the scenario is there to teach."""
    return {"scenario": device.scenario.name, "text": explain(device.scenario.name)}


def _drive(device: EmulatedDevice, command: dict[str, object]) -> tuple[int, int, int, int]:
    if "cathodes" in command or "anodes" in command:
        masks = [_whole(command, name, (1, 0x1FF)) for name in ("cathodes", "anodes")]
        if masks[0] & masks[1]:
            raise ValueError("a contact cannot be cathode and anode")
        return masks[0], masks[1], _whole(command, "width_us", _WIDTH_US), _whole(command, "amplitude_ua", _AMPLITUDE_UA)
    side = command.get("side", "left")
    if not isinstance(side, str) or side not in _SIDES:
        raise ValueError(f"side must be left or right, not {side!r}")
    channel = device.rn1.core.output.channels[_SIDES[side]]
    if channel is None:
        return (0b0010 << 4 * _SIDES[side], 0b0100 << 4 * _SIDES[side], 214, 1_000)
    return channel.drive.cathodes, channel.drive.anodes, channel.drive.width_us, channel.setpoint_ua


def _whole(command: dict[str, object], name: str, bounds: tuple[int, int]) -> int:
    value = command.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not bounds[0] <= value <= bounds[1]:
        raise ValueError(f"{name} must be a whole number from {bounds[0]} to {bounds[1]}, not {value!r}")
    return value
