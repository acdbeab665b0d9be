"""The program an implant is found with: shown before anything is measured, with who wrote it as far as the records here know."""

from __future__ import annotations

from rnprog.commands.program_text import program_sheet
from rnprog.commands.render import Face, Tone
from rnprog.device.api import StoredProgram
from rnprog.session.places import record_directory
from rnprog.session.programs import read_slot
from rnprog.session.session import Session
from rnprog.session.wording import command_line as words
from rnprog.session.written import written_by
from rnprog.therapy.contacts import Side
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.units import Milliamps


def tell_found(face: Face, session: Session) -> None:
    """Talk and data on the program the implant runs by itself; nothing when it runs none. Trouble as `read_slot`."""
    slot = session.met.active_slot
    if slot is None:
        return
    stored = read_slot(session, slot)
    record = writer(face, session, stored)
    face.data["found"] = {
        "slot": slot,
        "revision": stored.revision,
        "program": None if stored.program is None else stored.program.as_dict(),
        "problem": stored.problem,
        "record": record,
    }
    if stored.program is None:
        face.say(words.found_unreadable(slot, stored.problem or "it is empty"), Tone.CAUTION)
        return
    face.say(program_sheet(stored.program, f"Found in the implant: slot {slot}, revision {stored.revision}"))
    if record is None:
        face.say(words.FOREIGN, Tone.CAUTION)
    else:
        face.say(f"This program: {words.origin(record)}.")


def tell_kept(face: Face, session: Session, side: Side, tried_ma: Milliamps | None) -> None:
    """After a titration, which writes nothing: what was tried, and what the implant will run all the same. Trouble as `read_slot`."""
    slot = session.status().active_slot
    stored = read_slot(session, slot) if slot is not None else None
    program = None if stored is None else stored.program
    face.data["implant_runs"] = None if stored is None else {"slot": stored.slot, "revision": stored.revision}
    part = None if program is None else program.side(side)
    face.say(
        words.nothing_written(
            str(side),
            None if tried_ma is None else AMPLITUDE.show(tried_ma),
            None if stored is None else f"slot {stored.slot}, revision {stored.revision}",
            None if part is None else f"{part.electrodes} at {AMPLITUDE.show(part.amplitude_ma)}",
        )
    )


def writer(face: Face, session: Session, stored: StoredProgram) -> str | None:
    """The record in which rnprog wrote this; None: no record here says so."""
    return written_by(record_directory(face.options.record_dir), session.serial, stored)
