"""`rnprog impedance`: every contact and pair with its verdict, against this patient's own past, and what to do about it."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from rnprog.commands.advising import advice_data, show_advice, told
from rnprog.commands.context import connection, face_of
from rnprog.commands.exits import Exit, applied
from rnprog.commands.options import AcceptTestPulse
from rnprog.commands.render import Face, Sheet, Tone
from rnprog.session import archive, sweep, triage
from rnprog.session.archive import History, Measured
from rnprog.session.places import record_directory
from rnprog.session.record import amount
from rnprog.session.session import Session
from rnprog.session.triage import Judged, Unsteady
from rnprog.session.wording import impedance as words
from rnprog.session.wording import trend as trend_words
from rnprog.therapy.contacts import CONTACTS_OF, Side
from rnprog.therapy.impedance import ImpedanceReading, ImpedanceSweep, Verdict, blocking, verdict
from rnprog.therapy.trend import Trend
from rnprog.therapy.units import plain

_COLUMNS = ("Pair", "Ohm", "Verdict", "Last time", "Baseline", "Change")


class Lead(StrEnum):
    """Which leads."""

    LEFT = "left"
    RIGHT = "right"
    ALL = "all"

    @property
    def sides(self) -> tuple[Side, ...]:
        """The sides it means."""
        return (Side.LEFT, Side.RIGHT) if self is Lead.ALL else (Side(self.value),)


def impedance(
    ctx: typer.Context,
    lead: Annotated[Lead, typer.Option(case_sensitive=False, help="Which lead.")] = Lead.ALL,
    accept_test_pulse: AcceptTestPulse = False,
) -> Exit:
    """Measure every contact and pair.

    $ rnprog --port emu:// impedance

    $ rnprog --port /dev/ttyACM0 impedance --lead left --json

    The test is itself a small stimulation, far below what can be felt; it is announced and recorded. Each contact is measured against the
    case, and each pair on a lead, and compared with earlier records of the same device. What is likely wrong, and what to do next, is
    advice that needs clinician sign-off.
    """
    face = face_of(ctx)
    with connection(face, "impedance", writes=True, test_accepted=accept_test_pulse, stimulates=False) as session:
        sides = sweep.leads_among(session, lead.sides)
        measured = measure_aloud(face, session, sides)
        past = _past(face, session)
        caps = session.capabilities
        test = (amount(caps.impedance_test_ma), amount(caps.impedance_test_us))
        found = triage.judge(measured.readings, past, test=test, now=datetime.now(UTC))
        triage.note(session, found)
        face.data |= _data(session, found, past) | {"advice": advice_data(found)}
        _show(face, found, past, sides)
        _tell_unsteady(face, triage.unsteady(measured.readings, past, test=test, now=datetime.now(UTC)))
        show_advice(face, told(found))
        if session.record is not None:
            face.data["record"] = str(session.record.path)
            face.say(f"Recorded in {session.record.path}")
    return Exit.DONE


def _tell_unsteady(face: Face, pairs: tuple[Unsteady, ...]) -> None:
    """That two measurements of one day do not agree; nothing when they do."""
    face.data["unsteady"] = [
        {"pair": each.reading.name, "before_ohm": each.before_ohm, "impedance_ohm": each.reading.impedance_ohm} for each in pairs
    ]
    if pairs:
        face.say(words.unsteady([(each.reading.name, each.before_ohm, each.reading.impedance_ohm) for each in pairs]), Tone.CAUTION)


def measure_aloud(face: Face, session: Session, sides: tuple[Side, ...]) -> ImpedanceSweep:
    """Measure, after saying what that is. Ended when it does not come to a measurement."""
    caps = session.capabilities
    face.say(words.announcement(plain(caps.impedance_test_ma), plain(caps.impedance_test_us), len(sweep.pairs_of(sides))))
    return applied(sweep.measure(session, sides))


def earlier_measurement(face: Face, session: Session) -> Measured | None:
    """The last session's measurement of this device, in the same mode."""
    besides = session.record.path if session.record is not None else None
    directory = record_directory(face.options.record_dir)
    return archive.last_measured(directory, serial=session.serial, mode=str(session.mode), besides=besides)


def _past(face: Face, session: Session) -> History:
    besides = session.record.path if session.record is not None else None
    directory = record_directory(face.options.record_dir)
    return archive.history(directory, serial=session.serial, mode=str(session.mode), besides=besides)


def _data(session: Session, found: Judged, past: History) -> dict[str, Any]:
    """For JSON."""
    caps = session.capabilities
    newest = past.measured[0] if past.measured else None
    return {
        "test_ma": caps.impedance_test_ma,
        "test_us": caps.impedance_test_us,
        "readings": [_reading_data(reading, judged, found, past) for reading, judged in zip(found.readings, found.verdicts, strict=True)],
        "usable": not any(blocking(verdict(reading)) for reading in found.readings),
        "compared_with": None if newest is None else {"record": str(newest.path), "utc": newest.utc},
        "baseline_measurements": found.compared,
        "left_out": [str(path) for path in past.left_out],
    }


def _reading_data(reading: ImpedanceReading, judged: Verdict, found: Judged, past: History) -> dict[str, Any]:
    """`verdict` in the light of the other readings and of the past, `band` of this reading alone."""
    row: dict[str, Any] = {
        "pair": reading.name,
        "impedance_ohm": reading.impedance_ohm,
        "verdict": str(judged),
        "band": str(verdict(reading)),
    }
    last = past.last(reading.name)
    if last is not None:
        row["earlier_impedance_ohm"] = last.impedance_ohm[reading.name]
        row |= {"earlier_verdict": last.verdicts[reading.name], "earlier_utc": last.utc, "earlier_record": str(last.path)}
    trend = found.trends.get(reading.pair)
    if trend is not None:
        row["baseline"] = {
            "impedance_ohm": trend.baseline.impedance_ohm,
            "visits": trend.baseline.visits,
            "newest_days": trend.baseline.newest_days,
            "oldest_days": trend.baseline.oldest_days,
            "settled": trend.baseline.settled,
            "band_percent": trend.baseline.band_percent,
        }
        row |= {"change_percent": trend.change_percent, "drifted": trend.drifted}
    return row


def _show(face: Face, found: Judged, past: History, sides: tuple[Side, ...]) -> None:
    """A table per lead, and what stands behind it."""
    for side in sides:
        contacts = set(CONTACTS_OF[side])
        rows = [_row(*each, found, past) for each in zip(found.readings, found.verdicts, strict=True) if each[0].pair & contacts]
        face.show(Sheet(f"{side.label} lead", _COLUMNS, rows, frozenset((1, 3, 4, 5))))
    note = trend_words.baseline_note(found.trends.values())
    if note is not None:
        face.show(note)
    if not past.measured:
        face.say(words.NO_PAST)
    if found.passed_over:
        face.say(words.passed_over(found.passed_over), Tone.CAUTION)
    if past.left_out:
        face.say(words.left_out(len(past.left_out)), Tone.CAUTION)


def _row(reading: ImpedanceReading, judged: Verdict, found: Judged, past: History) -> tuple[str | tuple[str, Tone], ...]:
    tone = Tone.REFUSED if blocking(judged) else Tone.OK if judged is Verdict.NORMAL else Tone.CAUTION
    shown = str(judged) if judged in (Verdict.NORMAL, Verdict.LOW, Verdict.HIGH) else str(judged).upper()
    trend = found.trends.get(reading.pair)
    usual = ("-", "-") if trend is None else (str(trend.baseline.impedance_ohm), _change(trend))
    return reading.name, trend_words.value(reading), (shown, tone), _last(reading.name, past), *usual


def _last(name: str, past: History) -> str:
    """The newest earlier value of this very pair."""
    last = past.last(name)
    if last is None:
        return "-"
    ohm, found = last.impedance_ohm[name], last.verdicts[name]
    if ohm is not None:
        return str(ohm)
    return found if found in set(Verdict) else "none"


def _change(trend: Trend) -> str | tuple[str, Tone]:
    text = trend_words.change(trend)
    return (text, Tone.CAUTION) if trend.drifted else text
