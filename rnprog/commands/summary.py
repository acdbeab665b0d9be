"""What a titration or an appointment came to, as tables for people and as data for scripts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rnprog.commands.advising import advice_data, show_advice, told
from rnprog.commands.program_text import program_sheet
from rnprog.commands.render import Face, Sheet, Tone
from rnprog.session.appointment import Report
from rnprog.session.record import Record
from rnprog.session.titrate import Titrated
from rnprog.therapy.contacts import Side
from rnprog.therapy.parameters import AMPLITUDE

_COLUMNS = ("side", "electrodes", "felt", "contraction", "discomfort", "proposed", "bursts")


def titrated_sheet(found: dict[Side, Titrated]) -> Sheet:
    """One row per side."""
    rows = [
        (
            str(side),
            str(result.plan.setup.electrodes),
            _shown(result.thresholds.perception_ma),
            _shown(result.thresholds.motor_ma),
            _shown(result.thresholds.discomfort_ma),
            (_shown(result.proposed_ma), Tone.OK if result.proposed_ma is not None else Tone.CAUTION),
            str(len(result.titration.log)),
        )
        for side, result in found.items()
    ]
    return Sheet("Thresholds", _COLUMNS, rows, right=frozenset(range(2, 7)))


def show_judged(face: Face, found: dict[Side, Titrated]) -> None:
    """What the titrations say of the leads, if anything stands out."""
    said = [each for result in found.values() if result.judged is not None for each in told(result.judged)]
    if said:
        show_advice(face, said)


def titrated_data(result: Titrated) -> dict[str, Any]:
    """One side for JSON."""
    return {
        "side": str(result.plan.setup.side),
        "electrodes": str(result.plan.setup.electrodes),
        "pulse_width_us": result.plan.setup.pulse_width_us,
        "rate_hz": result.plan.setup.rate_hz,
        "method": str(result.plan.method),
        "confirmed_by_means_of": result.plan.how_confirmed,
        "outcome": result.ending,
        "reason": result.reason,
        "perception_ma": result.thresholds.perception_ma,
        "motor_ma": result.thresholds.motor_ma,
        "discomfort_ma": result.thresholds.discomfort_ma,
        "proposed_ma": result.proposed_ma,
        "elsewhere_ma": result.titration.elsewhere_ma,
        "ceiling_ma": result.titration.ceiling_ma,
        "advice": advice_data(result.judged),
        "bursts": [
            {
                "amplitude_ma": burst.amplitude_ma,
                "answer": str(burst.answer) if burst.answer else None,
                "where": "elsewhere" if burst.elsewhere else None,
            }
            for burst in result.titration.log
        ],
    }


def tell(face: Face, report: Report, record: Record | None) -> None:
    """The end of an appointment."""
    face.data["sides"] = {str(side): titrated_data(result) for side, result in report.titrated.items()}
    face.data["program"] = report.stored.program.as_dict() if report.stored and report.stored.program else None
    face.data["written"] = report.stored is not None
    if report.stored is not None:
        face.data["slot"], face.data["revision"] = report.stored.slot, report.stored.revision
        face.data["crc"] = f"{report.stored.crc:08x}"
    face.data["schedule_enabled"] = report.schedule_enabled
    face.data["unfinished"] = report.unfinished
    if report.titrated:
        face.show(titrated_sheet(report.titrated))
        show_judged(face, report.titrated)
    if report.stored is not None:
        stored = report.stored
        if stored.program is not None:
            face.show(program_sheet(stored.program, f"In the implant: slot {stored.slot}, revision {stored.revision}, read back"))
        face.show("The daily schedule is enabled: the implant runs this program by itself." if report.schedule_enabled else "")
    if report.unfinished is not None:
        face.say(f"The appointment was not finished: {report.unfinished}.".replace("..", "."), Tone.CAUTION)
        tried = [f"{side} {_shown(result.proposed_ma)}" for side, result in report.titrated.items() if result.proposed_ma is not None]
        if tried and report.stored is None:
            face.say(f"Tried and not written: {', '.join(tried)}. The implant keeps the program it had.", Tone.CAUTION)
    tell_record(face, record)


def tell_record(face: Face, record: Record | None) -> None:
    """Where the record is and how it ends."""
    if record is not None:
        face.data["record"] = {"path": str(record.path), "head": record.head, "lines": record.lines}
        face.show(f"Record  {record.path.name}", f"        {record.lines} lines, ends with {record.head[:16]}")


def _shown(amplitude_ma: Decimal | None) -> str:
    return AMPLITUDE.show(amplitude_ma) if amplitude_ma is not None else "-"
