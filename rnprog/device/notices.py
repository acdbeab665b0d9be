"""What a driver wants said about its device before it is used. Knows no words: those are the faces' (`session/wording/devices.py`)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Notice(StrEnum):
    """Something about a device that has to be said before it is used. The words are the faces'."""

    NOT_TRIED = "never tried on the device, not affiliated"
    ROLE_ADMIN = "role admin"
    ROLE_CLINICIAN = "role clinician"
    ROLE_PATIENT = "role patient"
    OPEN_ADMIN = "a session of the admin's was open, key not checked"
    OPEN_CLINICIAN = "a session of the clinician's was open, key not checked"
    OPEN_PATIENT = "a session of the patient's was open, key not checked"
    LEAD_LEFT = "lead left"
    LEAD_RIGHT = "lead right"
    RUN_ON = "runs on when the link is lost"
    OUTPUT_NOT_TOLD = "cannot tell its output"
    HOST_TIMED = "bursts are ended by the host"
    SHARED_PROGRAM = "tests overwrite the stored program for a while"
    ONE_CONTACT = "one contact on each pole"
    NO_SCHEDULE = "no daily schedule"
    NO_AREA = "contact area not stated"
    SLOW = "two commands for each authentication"
    TO_PUT_BACK = "settings of an interrupted test not put back yet"
    NOTES_DAMAGED = "what an interrupted test has changed cannot be read"
    ONE_LOG = "one log for everything, a ring that does not count what it lost"
    NO_LOG = "log not told"
    NO_PROGRAM = "program not told"
    BENCH_MODE = "bench mode"


ROLES = (
    *(Notice.ROLE_ADMIN, Notice.ROLE_CLINICIAN, Notice.ROLE_PATIENT),
    *(Notice.OPEN_ADMIN, Notice.OPEN_CLINICIAN, Notice.OPEN_PATIENT),
)
"""Whose key opened the session, or whose session was open already."""


def authentication(notices: Iterable[Notice]) -> str:
    """What the device has proved: whose key opened the session where a driver has keys, "none" where nobody proved anything."""
    return next((str(notice) for notice in notices if notice in ROLES), "none")
