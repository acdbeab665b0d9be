"""What is read when a device answers. Runs in the link thread; sends reads and nothing else."""

from __future__ import annotations

import time

from rnprog.device.api import StoredProgram
from rnprog.session import archive
from rnprog.session.particular import not_possible
from rnprog.session.places import record_directory
from rnprog.session.programs import read_slot
from rnprog.session.session import Session
from rnprog.session.wiring import Wish
from rnprog.session.wording import devices
from rnprog.tui.events import Connected


def everything(session: Session, wish: Wish) -> Connected:
    """Identity, state, battery, every slot, and what the last visit measured. Trouble as for any read."""
    status, battery = session.status(), session.battery()
    besides = session.record.path if session.record is not None else None
    last = archive.last_measured(record_directory(wish.record_dir), serial=session.serial, mode=str(session.mode), besides=besides)
    return Connected(
        port=wish.port,
        mode=session.mode,
        identity=session.device.identity,
        capabilities=session.capabilities,
        status=status,
        battery=battery,
        stored=all_slots(session),
        beginning=session.beginning,
        last_visit=last,
        record=besides,
        off_within_s=session.off_within_s,
        notices=tuple(devices.said(notice, session.capabilities) for notice in session.device.notices),
        not_possible=not_possible(session, stimulates=True),
        another_patient=session.whose.code if session.whose.open else None,
        at_s=time.monotonic(),
    )


def all_slots(session: Session) -> tuple[StoredProgram, ...]:
    """Every slot, in order; none for a device without a program store."""
    caps = session.capabilities
    return tuple(read_slot(session, number) for number in range(caps.slots if caps.has_program_store else 0))
