"""Words for what the implant holds after a program was sent, and the appointment ended early."""

from __future__ import annotations

READ_AGAIN = "It was read again."
NOTHING_PREPARED = "No test stimulation is prepared."
COMPLETE = "Nothing is missing. `rnprog status` shows it once more."
AGAIN = (
    "The program of this appointment is not in that slot. Begin again (`rnprog session`); or make a profile from this record "
    "(`rnprog profile from-session`) and write it (`rnprog program write`)."
)
NOT_KNOWN = (
    "Whether the program is stored, and whether the implant runs it by itself, is not known. Before the patient leaves, read it: "
    "`rnprog program show`, and `rnprog status` for the schedule."
)


def finish(slot: int) -> str:
    """The program lies in the slot, and the implant does not run it, or not by itself: the commands that are missing, as they are typed."""
    return (
        f"Before the patient leaves: `rnprog program pull --slot {slot} --output found.toml`, then "
        f"`rnprog program write found.toml --slot {slot} --activate --schedule`."
    )


def holds(slot: int, revision: int, active: bool, schedule_enabled: bool | None, *, ours: bool, empty: bool) -> str:
    """What a slot holds and what the implant runs, as read."""
    what = "the program of this appointment" if ours else "no program" if empty else "another program than the one of this appointment"
    runs = "The implant runs this slot" if active else "The implant does not run this slot"
    schedule = {
        True: "the daily schedule is enabled: sessions start by themselves",
        False: "the daily schedule is disabled: no session starts by itself",
        None: "whether a daily schedule is enabled was not told",
    }[schedule_enabled]
    return f"Slot {slot} (revision {revision}) holds {what}. {runs}, and {schedule}."


def tried(amplitudes: str, *, sent: bool, known: bool) -> str:
    """What was titrated and is not what the implant is known to hold."""
    if not sent:
        return f"Tried and not written: {amplitudes}. The implant keeps the program it had."
    return f"Tried: {amplitudes}." if known else f"Tried: {amplitudes}. {NOT_KNOWN}"
