"""What the implant holds after a program was sent and the appointment did not come to its end: settled, and read again."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rnprog.device.api import StoredProgram
from rnprog.session.outcomes import Differs, Refused, Unknown
from rnprog.session.programs import Proposal, read_slot
from rnprog.session.resolve import Settled
from rnprog.session.session import Session
from rnprog.session.trouble import Trouble
from rnprog.session.wording import implant as words


@dataclass(frozen=True, slots=True)
class Implant:
    """The slot that was written to, as read; whether it holds the program that was sent; what the implant runs by itself."""

    stored: StoredProgram
    ours: bool
    schedule_enabled: bool | None

    @property
    def sentence(self) -> str:
        """All of it in words."""
        slot = self.stored
        empty = not slot.candidates
        return words.holds(slot.slot, slot.revision, slot.active, self.schedule_enabled, ours=self.ours, empty=empty)


def read_again(session: Session, proposal: Proposal) -> Implant | None:
    """Settle what is open, and read. None: it could not be read, so nobody knows."""
    try:
        resolution = session.resolve()
        if resolution is not None and resolution.settled is Settled.ENDED:
            session.reopen_link()  # reads only
        stored, status = read_slot(session, proposal.slot), session.status()
    except Trouble:
        return None
    return Implant(stored, proposal.program.digest() in stored.candidates, status.schedule_enabled)


def told(outcome: Refused | Unknown | Differs, implant: Implant | None) -> Refused | Unknown | Differs:
    """The ending with what was read after it, in place of the advice to read."""
    if isinstance(outcome, Refused) or implant is None:
        return outcome
    complete = implant.ours and implant.stored.active and implant.schedule_enabled is not False
    now = words.COMPLETE if complete else words.finish(implant.stored.slot) if implant.ours else words.AGAIN
    happened = f"{outcome.words.happened} {words.READ_AGAIN} {implant.sentence}"
    return replace(outcome, words=replace(outcome.words, happened=happened, stimulation=words.NOTHING_PREPARED, now=now))
