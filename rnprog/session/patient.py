"""Whose implant this is: the patient code of the appointment against the fingerprint that the implant carries.

A code is a pseudonym. What is stored and compared is the first half of its SHA-256: enough to notice a mix-up, no proof of identity.
Connecting compares (`wiring.py`), and `Session.command` sends nothing while `Session.whose.open`: no face can go on without `settle`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from rnprog.session.outcomes import Outcome, Reason, ReasonKind
from rnprog.session.wording import patient as words

if TYPE_CHECKING:
    from rnprog.session.session import Session

LAST = 4
"""So many characters of the serial number are typed."""


class Match(Enum):
    """What the comparison showed."""

    NONE_STORED = "none stored"
    SAME = "same"
    ANOTHER = "another"


@dataclass(frozen=True, slots=True)
class Whose:
    """A patient code and the implant that it was given for."""

    code: str | None = None
    """None: none was given, so nothing was compared."""
    match: Match | None = None
    settled: bool = False
    """Somebody went on with an implant that carries another code's fingerprint."""

    @property
    def open(self) -> bool:
        """Whether nothing may be commanded before `settle`."""
        return self.match is Match.ANOTHER and not self.settled

    @property
    def reason(self) -> Reason:
        """Why nothing may be commanded while it is open."""
        return Reason(ReasonKind.IDENTITY, str(words.another_fingerprint(self.code or "")), "patient")


def fingerprint(code: str) -> bytes:
    """16 bytes."""
    return hashlib.sha256(code.encode("utf-8")).digest()[:16]


def held(session: Session) -> bytes | None:
    """The fingerprint that the implant carries; None: none. Trouble when it does not come back."""
    with session.reading():
        return session.device.patient_key_hash()


def compare(session: Session, code: str) -> Match:
    """The fingerprint that the implant carries against this code's. Trouble when it does not come back."""
    found = held(session)
    if found is None:
        return Match.NONE_STORED
    return Match.SAME if found == fingerprint(code) else Match.ANOTHER


def whose(session: Session, code: str | None) -> Whose:
    """Compared, where there is a code. Trouble as `compare`."""
    return Whose(code, compare(session, code)) if code else Whose()


def not_this_patients(session: Session, profile: str, code: str | None) -> Reason | None:
    """Why a profile made for the patient code `code` is not for this appointment: it has another code, or, without one, the implant carries
    another code's fingerprint. None: nothing speaks against it. `profile`: its name. Trouble as `compare`."""
    own = session.whose.code
    if code is None or code == own or (own is None and compare(session, code) is not Match.ANOTHER):
        return None
    return Reason(ReasonKind.IDENTITY, words.profile_of_another(profile, code, own), "patient", value=own or "", bound=code)


def settle(session: Session, typed: str) -> bool:
    """Go on with an implant that carries another code's fingerprint, if `typed` is the end of its serial number. Either is in the record.
    False: it is not, and nothing will be commanded. Trouble when the record does not take it; as it was then, and everything is stopped."""
    right = bool(typed) and typed == session.serial[-LAST:]
    match = session.whose.match or Match.ANOTHER
    session.note("patient", {"fingerprint": match.value, "confirmed_by": f"{typed}, typed by the operator" if right else None})
    session.whose = replace(session.whose, settled=right)
    return right


def store(session: Session, code: str, *, confirmed_by: str) -> Outcome[bytes]:
    """Let the implant carry the fingerprint of this code, read back."""
    intent = {"patient": code, "fingerprint": fingerprint(code).hex(), "confirmed_by": confirmed_by}
    return session.command(
        "patient fingerprint",
        intent,
        lambda: session.device.set_patient_key_hash(fingerprint(code)),
        lambda held: {"fingerprint": held.hex()},
    )
