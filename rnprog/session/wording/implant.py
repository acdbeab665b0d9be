"""Words for what the implant holds after a program was sent, and the appointment ended early."""

from __future__ import annotations

READ_AGAIN = "It was read again."
NOTHING_PREPARED = "No test stimulation is prepared."
COMPLETE = "Nothing is missing. `rnprog status` shows it once more."
FINISH = "Before the patient leaves, finish what is missing: `rnprog program write`, then look: `rnprog status`."
AGAIN = "The program is not in the implant. Begin again, or write it with `rnprog program write`; then look: `rnprog status`."
NOT_KNOWN = (
    "Whether the program is stored, and whether the implant runs it by itself, is not known. Before the patient leaves, read it: "
    "`rnprog program show`, and `rnprog status` for the schedule."
)


def holds(slot: int, revision: int, active: bool, schedule_enabled: bool | None, *, ours: bool) -> str:
    """What a slot holds and what the implant runs, as read."""
    what = "the program of this appointment" if ours else "another program than the one of this appointment" if revision else "no program"
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
