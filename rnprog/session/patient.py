"""Whose implant this is: the patient code of the appointment against the fingerprint that the implant carries.

A code is a pseudonym. What is stored and compared is the first half of its SHA-256: enough to notice a mix-up, no proof of identity.
"""

from __future__ import annotations

import hashlib
from enum import Enum

from rnprog.device.errors import DeviceError
from rnprog.session.outcomes import Outcome
from rnprog.session.session import Session
from rnprog.session.trouble import while_reading


class Match(Enum):
    """What the comparison showed."""

    NONE_STORED = "none stored"
    SAME = "same"
    ANOTHER = "another"


def fingerprint(code: str) -> bytes:
    """16 bytes."""
    return hashlib.sha256(code.encode("utf-8")).digest()[:16]


def held(session: Session) -> bytes | None:
    """The fingerprint that the implant carries; None: none. Trouble when it does not come back."""
    try:
        return session.device.patient_key_hash()
    except DeviceError as error:
        raise while_reading(error, session.off_within_s, armed=session.maybe_on) from error


def compare(session: Session, code: str) -> Match:
    """The fingerprint that the implant carries against this code's. Trouble when it does not come back."""
    found = held(session)
    if found is None:
        return Match.NONE_STORED
    return Match.SAME if found == fingerprint(code) else Match.ANOTHER


def store(session: Session, code: str, *, confirmed_by: str) -> Outcome[bytes]:
    """Let the implant carry the fingerprint of this code, read back."""
    intent = {"patient": code, "fingerprint": fingerprint(code).hex(), "confirmed_by": confirmed_by}
    return session.command(
        "patient fingerprint",
        intent,
        lambda: session.device.set_patient_key_hash(fingerprint(code)),
        lambda held: {"fingerprint": held.hex()},
    )
