"""What a titration or an appointment came to, as tables for people and as data for scripts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rnprog.commands.advising import advice_data, show_advice, told
from rnprog.commands.program_text import program_sheet
from rnprog.commands.render import Face, Sheet, Tone
from rnprog.session.appointment import Report
from rnprog.session.bilateral import Together
from rnprog.session.record import Record
from rnprog.session.titrate import Titrated
from rnprog.session.wording import assisted, implant
from rnprog.therapy.contacts import Side
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.threshold import Estimate, Proposal

_COLUMNS = ("side", "electrodes", "felt", "contraction", "discomfort", "proposed", "bursts")


def titrated_sheet(found: dict[Side, Titrated]) -> Sheet:
    """One row per side."""
    rows = [
        (
            str(side),
            str(result.plan.setup.electrodes),
            _shown(result.thresholds.perception_ma),
            _contraction(result),
            _shown(result.thresholds.discomfort_ma),
            (_shown(result.proposed_ma), Tone.OK if result.proposed_ma is not None else Tone.CAUTION),
            str(len(result.titration.log)),
        )
        for side, result in found.items()
    ]
    return Sheet("Thresholds", _COLUMNS, rows, right=frozenset(range(2, 7)))


def _contraction(result: Titrated) -> str:
    """By the method assisted the threshold with its interval, where nine in ten chances lie; else the lowest level that was clear."""
    motor_ma, known = result.thresholds.motor_ma, result.estimate
    if motor_ma is None:
        return "-"
    if result.finished is None or known is None:
        return f"{AMPLITUDE.show(motor_ma)}, clear"
    return f"{AMPLITUDE.show(motor_ma)} ({known.lower_ma}-{known.upper_ma})"


def estimates(found: dict[Side, Titrated]) -> list[str]:
    """What is known of each threshold, with its interval and probability, and of the amplitude proposed from it."""
    lines = []
    for side, result in found.items():
        name, how = side.label.capitalize(), result.plan.how_confirmed
        if result.estimate is not None:
            known = assisted.estimate(result.estimate) if result.found else assisted.unknown(result.estimate, result.titration)
            lines.append(f"{name} threshold ({how}): {known}.")
        if result.proposal is not None:
            confirmed = "confirmed" if result.proposed_ma is not None else "NOT confirmed, not used"
            lines.append(f"{name} therapy amplitude ({confirmed}): {assisted.figures(result.proposal, result.maximum_ma)}.")
    stated = [result.plan.settings for result in found.values() if result.found and result.estimate is not None]
    return [*lines, assisted.assumes(stated[0])] if stated else lines


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
        "motor_definition": result.motor_definition,
        "motor_interval_ma": _interval(result),
        "discomfort_ma": result.thresholds.discomfort_ma,
        "proposed_ma": result.proposed_ma,
        "elsewhere_ma": result.titration.elsewhere_ma,
        "ceiling_ma": result.titration.ceiling_ma,
        "profile": result.plan.profile.name,
        "answers": str(result.plan.answers),
        "prior": {"from": str(result.plan.prior.kind), "centre_ma": result.plan.prior.centre_ma, "said": result.plan.begun_from or None},
        "estimate": None if result.estimate is None else estimate_data(result.estimate),
        "probability_assumes": None if result.estimate is None else assisted.assumes(result.plan.settings),
        "above_ceiling_probability": _chance(result.finished.above_ceiling) if result.finished is not None else None,
        "proposal": None if result.proposal is None else proposal_data(result.proposal),
        "confirmation": _confirmation(result),
        "patient_maximum_ma": result.maximum_ma,
        "advice": advice_data(result.judged),
        "bursts": [
            {
                "amplitude_ma": burst.amplitude_ma,
                "answer": str(burst.answer) if burst.answer else None,
                "where": "elsewhere" if burst.elsewhere else None,
                "contraction": str(burst.contraction) if burst.contraction else None,
            }
            for burst in result.titration.log
        ],
    }


def _interval(result: Titrated) -> list[Decimal] | None:
    """Of `motor_ma` where it is an estimate: nine in ten chances lie within."""
    known = result.estimate
    return None if result.finished is None or result.thresholds.motor_ma is None or known is None else [known.lower_ma, known.upper_ma]


def _confirmation(result: Titrated) -> dict[str, Any] | None:
    stands = result.confirmation
    if stands is None:
        return None
    return {"verdict": str(stands.verdict), "contracted": stands.contracted, "clear": stands.clear, "given": stands.given}


def estimate_data(known: Estimate) -> dict[str, Any]:
    """An estimate for JSON, whole."""
    return {
        "median_ma": known.median_ma,
        "lower_ma": known.lower_ma,
        "upper_ma": known.upper_ma,
        "within_ma": known.within_ma,
        "probability": _chance(known.probability),
    }


def proposal_data(found: Proposal) -> dict[str, Any]:
    """A therapy amplitude for JSON, with its figures."""
    return {
        "amplitude_ma": found.amplitude_ma,
        "contraction_probability": _chance(found.contraction_probability),
        "limited_by": None if found.limited_by is None else str(found.limited_by),
        "discomfort_probability": _chance(found.discomfort_risk),
        "ceiling_ma": found.ceiling_ma,
        "margin_ma": found.margin_ma,
        "expected_discomfort_ma": found.expected_discomfort_ma,
    }


def _chance(chance: float | None) -> float | None:
    """To a thousandth: a model knows no more."""
    return None if chance is None else round(chance, 3)


def together_data(together: Together) -> dict[str, Any]:
    """The check of both sides for JSON."""
    last = together.last
    return {
        "outcome": together.ending,
        "reason": together.reason,
        "left_ma": None if last is None else last.left_ma,
        "right_ma": None if last is None else last.right_ma,
        "share_percent": None if last is None else last.share_percent,
        "bursts": [
            {"left_ma": rung.left_ma, "right_ma": rung.right_ma, "share_percent": rung.share_percent, "answer": str(answer)}
            for rung, answer in together.answers
        ],
    }


def tell(face: Face, report: Report, record: Record | None) -> None:
    """The end of an appointment."""
    face.data["sides"] = {str(side): titrated_data(result) for side, result in report.titrated.items()}
    face.data["both_sides"] = together_data(report.together) if report.together is not None else None
    face.data["program"] = report.stored.program.as_dict() if report.stored and report.stored.program else None
    face.data["written"] = report.stored is not None or (report.sent and (report.implant.ours if report.implant is not None else None))
    if report.stored is not None:
        face.data["slot"], face.data["revision"] = report.stored.slot, report.stored.revision
        face.data["crc"] = f"{report.stored.crc:08x}"
    elif report.implant is not None:
        held = report.implant.stored
        face.data["program"] = held.program.as_dict() if held.program is not None else None
        face.data["slot"], face.data["revision"], face.data["crc"] = held.slot, held.revision, f"{held.crc:08x}"
    face.data["schedule_enabled"] = report.schedule_enabled if report.implant is None else report.implant.schedule_enabled
    face.data["unfinished"] = report.unfinished
    if report.titrated:
        face.show(titrated_sheet(report.titrated), *estimates(report.titrated))
        if report.together is not None and report.together.last is not None:
            face.show(report.together.reason)
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
            face.say(implant.tried(", ".join(tried), sent=report.sent, known=report.implant is not None), Tone.CAUTION)
    tell_record(face, record)


def tell_record(face: Face, record: Record | None) -> None:
    """Where the record is and how it ends."""
    if record is not None:
        face.data["record"] = {"path": str(record.path), "head": record.head, "lines": record.lines}
        face.show(f"Record  {record.path.name}", f"        {record.lines} lines, ends with {record.head[:16]}")


def _shown(amplitude_ma: Decimal | None) -> str:
    return AMPLITUDE.show(amplitude_ma) if amplitude_ma is not None else "-"
