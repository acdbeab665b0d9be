"""`rnprog status`: one reading of everything the device tells about itself."""

from __future__ import annotations

from typing import Any

import typer

from rnprog.commands.context import connection, face_of
from rnprog.commands.exits import Exit
from rnprog.commands.found import writer
from rnprog.commands.impedance import earlier_measurement
from rnprog.commands.program_text import program_sheet
from rnprog.commands.render import Face, Sheet, Tone
from rnprog.device.api import Battery, DeviceStatus, LineHealth, Notice, Output, StoredProgram
from rnprog.device.notices import authentication
from rnprog.profile.capabilities_json import capabilities_as_dict
from rnprog.session.archive import Measured
from rnprog.session.patient import held
from rnprog.session.programs import read_slot
from rnprog.session.session import Session
from rnprog.session.wording import command_line as words
from rnprog.therapy.contacts import Side
from rnprog.therapy.units import plain


def status(ctx: typer.Context) -> Exit:
    """Who the device is, what it can do and what it is doing now.

    $ rnprog --port emu:// status

    $ rnprog --port /dev/ttyACM0 status --json > device.json

    Reads only; nothing is stimulated or changed. The JSON object serves `rnprog profile verify --limits`.
    """
    face = face_of(ctx)
    with connection(face, "status") as session:
        now, battery = session.status(), session.battery()
        stored = read_slot(session, now.active_slot) if now.active_slot is not None else None
        line, measured = session.device.line_health(), earlier_measurement(face, session)
        face.data |= _data(session, now, battery, stored, line)
        face.data["program_record"] = record = None if stored is None else writer(face, session, stored)
        face.data["patient_fingerprint_stored"] = carries = held(session) is not None
        face.data["last_impedance"] = None if measured is None else _measured_data(measured)
        _show(face, session, now, battery, stored, line, measured)
        face.show(*_whose(stored, record, carries))
    return Exit.DONE


def _whose(stored: StoredProgram | None, record: str | None, carries: bool) -> list[str]:
    """Who wrote the active program, and whether the implant can be told from another patient's."""
    program = [] if stored is None or stored.program is None else [f"This program: {words.origin(record)}."]
    return [*program, f"The implant {words.FINGERPRINT_HELD if carries else words.FINGERPRINT_NONE}."]


def _data(session: Session, now: DeviceStatus, battery: Battery, stored: StoredProgram | None, line: LineHealth) -> dict[str, Any]:
    return {
        "output": str(now.output),
        "armed": [str(side) for side in now.armed],
        "setpoint_ma": {str(side): now.setpoint_ma[side] for side in Side},
        "output_ma": {str(side): now.output_ma[side] for side in Side},
        "lease_remaining_s": now.lease_remaining_s,
        "flags": now.flags,
        "schedule_enabled": now.schedule_enabled,
        "active_slot": now.active_slot,
        "program": None if stored is None or stored.program is None else stored.program.as_dict(),
        "program_revision": None if stored is None else stored.revision,
        "program_problem": None if stored is None else stored.problem,
        "battery": {
            "voltage_v": battery.voltage_v,
            "percent": battery.percent,
            "charging": battery.charging,
            "low": battery.low,
            "end_of_service": battery.end_of_service,
        },
        "uptime_s": now.uptime_s,
        "boot_count": now.boot_count,
        "dropped_events": now.dropped_events,
        "line": {
            "noise_frames": line.noise_frames,
            "noise_bytes": line.noise_bytes,
            "stray_frames": line.stray_frames,
            "repeated_reads": line.repeated_reads,
        },
        "capabilities": capabilities_as_dict(session.capabilities),
    }


def _measured_data(measured: Measured) -> dict[str, Any]:
    return {"utc": measured.utc, "record": str(measured.path), "impedance_ohm": measured.impedance_ohm, "verdicts": measured.verdicts}


def _show(
    face: Face,
    session: Session,
    now: DeviceStatus,
    battery: Battery,
    stored: StoredProgram | None,
    line: LineHealth,
    measured: Measured | None,
) -> None:
    identity = session.device.identity
    rows: list[tuple[str, str | tuple[str, Tone]]] = [
        ("Device", f"{identity.model} {identity.serial}, firmware {identity.firmware}, hardware {identity.hardware}"),
        ("Authentication", words.PROVED_NOTHING if (proved := authentication(session.device.notices)) == "none" else proved),
        ("Output", _output(now)),
        ("Test stimulation", _armed(now)),
        ("Battery", _battery(battery)),
        ("Schedule", _schedule(now)),
        ("Active program", _active(session, stored)),
        ("Last impedance", _measured(measured)),
        ("Conditions", (", ".join(sorted(now.flags)), Tone.CAUTION) if now.flags else "none"),
        ("Line", _line(line)),
        ("Running", _running(now)),
        ("Limits", _limits(session)),
        ("If the link is lost", _run_on(session)),
    ]
    face.show(Sheet("", ("", ""), rows))
    if stored is not None and stored.program is not None:
        face.show("", program_sheet(stored.program, f"Program in slot {stored.slot}, revision {stored.revision}"))


def _output(now: DeviceStatus) -> tuple[str, Tone]:
    if now.output is Output.OFF:
        return "OFF", Tone.OK
    flowing = ", ".join(f"{side} {plain(now.output_ma[side])} mA" for side in Side if now.output_ma[side])
    return f"{str(now.output).upper()}{f' ({flowing})' if flowing else ''}", Tone.CAUTION


def _armed(now: DeviceStatus) -> str | tuple[str, Tone]:
    if not now.armed:
        return "not prepared on any side"
    sides = " and ".join(str(side) for side in now.armed)
    ends = f", ends by itself in {plain(now.lease_remaining_s)} s" if now.lease_remaining_s else ""
    return f"prepared on the {sides} side{ends}", Tone.CAUTION


def _battery(battery: Battery) -> str | tuple[str, Tone]:
    if battery.voltage_v is None:
        return "not told to this key"
    text = f"{plain(battery.voltage_v)} V" if battery.percent is None else f"{battery.percent} %, {plain(battery.voltage_v)} V"
    if battery.charging:
        return f"{text}, charging: stimulation is not possible", Tone.CAUTION
    if battery.end_of_service:
        return f"{text}, end of service reached", Tone.CAUTION
    return (f"{text}, LOW: charge it first", Tone.CAUTION) if battery.low else text


def _schedule(now: DeviceStatus) -> str:
    if now.schedule_enabled is None:
        return "not told by the device"
    return "enabled: sessions start by themselves" if now.schedule_enabled else "disabled: no session starts by itself"


def _running(now: DeviceStatus) -> str:
    return "not told by the device" if now.uptime_s is None else f"{plain(now.uptime_s)} s since start number {now.boot_count}"


def _active(session: Session, stored: StoredProgram | None) -> str | tuple[str, Tone]:
    if stored is None:
        return "not told" if Notice.NO_PROGRAM in session.device.notices else "none"
    if stored.program is None:
        return f"slot {stored.slot}: {stored.problem}", Tone.CAUTION
    return f"slot {stored.slot}, revision {stored.revision}"


def _measured(measured: Measured | None) -> str | tuple[str, Tone]:
    if measured is None:
        return "none on record for this device"
    when = measured.utc.replace("T", " ")[:16]
    bad = [f"{pair} {found.upper()}" for pair, found in measured.verdicts.items() if found not in ("normal", "low", "high")]
    if bad:
        return f"{when} UTC: {', '.join(bad)}", Tone.CAUTION
    return f"{when} UTC: {len(measured.verdicts)} pairs, all usable"


def _line(line: LineHealth) -> str | tuple[str, Tone]:
    if not (line.noise_frames or line.stray_frames or line.repeated_reads):
        return "clean"
    text = f"{line.noise_bytes} bytes of noise, {line.stray_frames} stray frames, {line.repeated_reads} repeated reads"
    return text, Tone.CAUTION


def _limits(session: Session) -> str:
    caps = session.capabilities
    if Notice.BENCH_MODE in session.device.notices:
        return "none that matter: rnprog neither measures nor stimulates in bench mode"
    return (
        f"up to {plain(caps.amplitude_ma.maximum)} mA in steps of {plain(caps.amplitude_ma.step)} mA, "
        f"{plain(caps.pulse_width_us.minimum)}-{plain(caps.pulse_width_us.maximum)} us, "
        f"{plain(caps.rate_hz.minimum)}-{plain(caps.rate_hz.maximum)} Hz, {plain(caps.compliance_v)} V"
    )


def _run_on(session: Session) -> str:
    if Notice.BENCH_MODE in session.device.notices:
        return "rnprog starts nothing in bench mode; what somebody else started goes on"
    return f"test stimulation ends by itself within {session.off_within_s} s"
