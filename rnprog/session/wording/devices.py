"""What has to be said about a device before it is used: its notices in words. A device without any is one that does it all."""

from __future__ import annotations

from rnprog.device.notices import Notice
from rnprog.therapy.capabilities import Capabilities
from rnprog.therapy.units import plain

_OPEN = (
    "A session is open on this device already, from another program or one that was broken off. Your key was not checked: the device does "
    "that only when a session begins."
)
_SAID = {
    Notice.NOT_TRIED: "Never tried on this hardware. rnprog is not affiliated with its makers, and not endorsed by them.",
    Notice.ROLE_ADMIN: "Your key is the Admin's: it may measure, stimulate, STOP, and write the program.",
    Notice.ROLE_CLINICIAN: (
        "Your key is the clinician's: with rnprog it reads the program and nothing else. No program is written without measuring the lead "
        "first, and this key can neither measure nor stimulate. It cannot STOP either: keep the magnet at hand."
    ),
    Notice.ROLE_PATIENT: "Your key is the patient's: it can read nothing here. Use the clinician's or the Admin's.",
    Notice.OPEN_ADMIN: f"{_OPEN} It may do what the Admin may.",
    Notice.OPEN_CLINICIAN: f"{_OPEN} It may do what the clinician may, and can neither measure nor STOP: keep the magnet at hand.",
    Notice.OPEN_PATIENT: f"{_OPEN} It may do what the patient may, and can read nothing.",
    Notice.LEAD_LEFT: "CH1 to CH4 are taken as L0 to L3, tip first. If the lead is on the right, say lead=right in the port.",
    Notice.LEAD_RIGHT: "CH1 to CH4 are taken as R0 to R3, tip first. If the lead is on the left, say lead=left in the port.",
    Notice.OUTPUT_NOT_TOLD: "It cannot be asked whether it stimulates. What is said of its output is what it acknowledged.",
    Notice.HOST_TIMED: (
        "rnprog ends each burst, not the device: a burst lasts up to 5 s longer than asked, and 10 s at most. The amplitude does not move "
        "within one."
    ),
    Notice.SHARED_PROGRAM: (
        "It has one set of settings: a test overwrites the stored program for a while. rnprog notes what was there and puts it back, also "
        "after a crash, when it next changes something on this device."
    ),
    Notice.ONE_CONTACT: "One contact on each pole, one lead, no gap between the phases that can be set.",
    Notice.NO_SCHEDULE: "No daily schedule: the device forgets it. Programs have 0 sessions a day.",
    Notice.NO_AREA: "The area of a contact is not known, so nothing is stimulated. Say contact-cm2= (and case-cm2=) in the port.",
    Notice.SLOW: (
        "Two commands for each authentication: measuring a lead takes two and a half minutes, preparing a side a minute, a burst 20 s, "
        "a whole titration of 18 bursts about 13 minutes besides the time for the answers (as the emulator counts it)."
    ),
    Notice.TO_PUT_BACK: (
        "An interrupted test left settings changed. They are put back before anything else is done with this device; what is shown as its "
        "program is what it will hold then."
    ),
    Notice.NOTES_DAMAGED: (
        "An interrupted test may have left settings changed on this device, and rnprog's file that says which cannot be read. Nothing is "
        "put back, so its program may not be the one that was written. Before anything else is done with it, say `rnprog status`, which "
        "names that file, and have whoever looks after this computer put it right."
    ),
    Notice.ONE_LOG: (
        "It has one log for everything, a ring of some two thousand entries. When it is full the oldest are overwritten, and nothing tells "
        "how many were: what is shown is what is left."
    ),
    Notice.NO_LOG: "Its log is told to the Admin's key only, and not in bench mode: nothing is known of what it holds.",
    Notice.NO_PROGRAM: "Its program is told to the Admin's and the clinician's key only, and not in bench mode: which it holds is unknown.",
    Notice.BENCH_MODE: "Bench mode: for a load on a table, never for a person.",
}


_BEFORE_READING = frozenset(
    {
        Notice.NOT_TRIED,
        Notice.ROLE_ADMIN,
        Notice.ROLE_CLINICIAN,
        Notice.ROLE_PATIENT,
        Notice.OPEN_ADMIN,
        Notice.OPEN_CLINICIAN,
        Notice.OPEN_PATIENT,
        Notice.LEAD_LEFT,
        Notice.LEAD_RIGHT,
        Notice.NO_AREA,
        Notice.TO_PUT_BACK,
        Notice.BENCH_MODE,
    }
)


def to_say(notices: tuple[Notice, ...], *, before_changing: bool) -> tuple[Notice, ...]:
    """Those that matter now: all of them before something is changed, and fewer before something is read."""
    return tuple(notice for notice in notices if before_changing or notice in _BEFORE_READING)


def said(notice: Notice, capabilities: Capabilities) -> str:
    """One notice as a sentence."""
    if notice is Notice.RUN_ON:
        return (
            f"No dead-man: if contact is lost, test stimulation may run on for {plain(capabilities.run_on_bound_s)} s. That number is "
            "worked out from one measured setting of the device's firmware, not measured for the one used here. If this "
            "computer hangs while Bluetooth stays connected, it goes on: 10 s in every 310 s. The magnet ends it."
        )
    return _SAID[notice]


def told_alike(label: str, told: str, other: str) -> str:
    """A value that the device may hold instead of the one it tells."""
    return (
        f"{label}: the device tells {told} for {told} and for {other} alike, and no rnprog on this computer has written it. "
        "It may be either; write the program anew to be sure."
    )
