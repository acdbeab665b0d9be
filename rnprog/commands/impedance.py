"""`rnprog impedance`: every contact and pair, with its verdict, compared with the last session of the same device."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from rnprog.commands.context import connection, face_of
from rnprog.commands.exits import Exit, applied
from rnprog.commands.render import Face, Sheet, Tone
from rnprog.session import archive, sweep
from rnprog.session.archive import Measured
from rnprog.session.places import record_directory
from rnprog.session.session import Session
from rnprog.session.wording import impedance as words
from rnprog.therapy.contacts import CONTACTS_OF, Side
from rnprog.therapy.impedance import ImpedanceReading, ImpedanceSweep, Verdict, blocking, contact_verdicts, verdict
from rnprog.therapy.units import plain

CHANGED_BY = 2
"""A pair is pointed out when it moved by this factor (a project choice, `unverified`)."""


class Lead(StrEnum):
    """Which leads."""

    LEFT = "left"
    RIGHT = "right"
    ALL = "all"

    @property
    def sides(self) -> tuple[Side, ...]:
        """The sides it means."""
        return (Side.LEFT, Side.RIGHT) if self is Lead.ALL else (Side(self.value),)


def impedance(ctx: typer.Context, lead: Annotated[Lead, typer.Option(help="Which lead.")] = Lead.ALL) -> Exit:
    """Measure every contact and pair.

    $ rnprog --port emu:// impedance

    $ rnprog --port /dev/ttyACM0 impedance --lead left --json

    The test is itself a small stimulation, far below what can be felt; it is announced and recorded. Each contact is measured against the
    case, and each pair on a lead. The last session's values of the same device stand beside it.
    """
    face = face_of(ctx)
    with connection(face, "impedance", writes=True) as session:
        measured = measure_aloud(face, session, lead.sides)
        earlier = earlier_measurement(face, session)
        face.data |= impedance_data(session, measured, earlier)
        show_sweep(face, measured, earlier, lead.sides)
        if session.record is not None:
            face.data["record"] = str(session.record.path)
            face.say(f"Recorded in {session.record.path}")
    return Exit.DONE


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


def impedance_data(session: Session, measured: ImpedanceSweep, earlier: Measured | None) -> dict[str, object]:
    """For JSON."""
    caps = session.capabilities
    readings = []
    for reading in measured.readings:
        row: dict[str, object] = {"pair": reading.name, "impedance_ohm": reading.impedance_ohm, "verdict": str(verdict(reading))}
        if earlier is not None and reading.name in earlier.impedance_ohm:
            row["earlier_impedance_ohm"] = earlier.impedance_ohm[reading.name]
        readings.append(row)
    return {
        "test_ma": caps.impedance_test_ma,
        "test_us": caps.impedance_test_us,
        "readings": readings,
        "usable": not any(blocking(verdict(reading)) for reading in measured.readings),
        "compared_with": None if earlier is None else {"record": str(earlier.path), "utc": earlier.utc},
    }


def show_sweep(face: Face, measured: ImpedanceSweep, earlier: Measured | None, sides: tuple[Side, ...]) -> None:
    """A table per lead, then what to do."""
    for side in sides:
        contacts = set(CONTACTS_OF[side])
        rows = [_row(reading, earlier) for reading in measured.readings if reading.pair & contacts]
        face.show(Sheet(f"{side.label} lead", ("Pair", "Ohm", "Verdict", "Last time"), rows, frozenset((1, 3))))
    for sentence in _advice(measured):
        face.show(sentence)
    for sentence in _changes(measured, earlier):
        face.show(sentence)
    if earlier is None:
        face.say("There is no earlier measurement of this device to compare with.")


def _row(reading: ImpedanceReading, earlier: Measured | None) -> tuple[str | tuple[str, Tone], ...]:
    found = verdict(reading)
    tone = Tone.REFUSED if blocking(found) else Tone.OK if found is Verdict.NORMAL else Tone.CAUTION
    shown = str(found).upper() if blocking(found) else str(found)
    return reading.name, _ohm(reading), (shown, tone), _earlier(reading.name, earlier)


def _ohm(reading: ImpedanceReading) -> str:
    if reading.impedance_ohm is None:
        return "over range" if reading.over_range else "none"
    return str(reading.impedance_ohm)


def _earlier(name: str, earlier: Measured | None) -> str:
    if earlier is None or name not in earlier.impedance_ohm:
        return "-"
    ohm = earlier.impedance_ohm[name]
    return earlier.verdicts.get(name, "none") if ohm is None else str(ohm)


def _advice(measured: ImpedanceSweep) -> list[str]:
    """What to do, the gravest first. A contact that stands out against the case speaks for all its pairs."""
    of_contact = contact_verdicts(measured)
    sentences = []
    for found in (Verdict.OPEN, Verdict.SHORT, Verdict.UNKNOWN, Verdict.HIGH, Verdict.LOW):
        contacts = [contact for contact, its in of_contact.items() if its is found]
        pairs = [each.name for each in measured.readings if verdict(each) is found and not each.pair & set(contacts)]
        if contacts or pairs:
            sentences.append(f"{', '.join([*contacts, *pairs])}: {words.ADVICE[str(found)]}")
    return sentences


def _changes(measured: ImpedanceSweep, earlier: Measured | None) -> list[str]:
    found = []
    for reading in measured.readings:
        before, now = earlier.impedance_ohm.get(reading.name) if earlier else None, reading.impedance_ohm
        if before and now and max(before, now) >= CHANGED_BY * min(before, now):
            found.append(words.changed_much(reading.name, before, now))
    return found
