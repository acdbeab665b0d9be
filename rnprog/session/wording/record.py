"""Words for a record that is not begun, lost, or left behind otherwise than it should."""

from __future__ import annotations

from collections.abc import Sequence

from rnprog.session.wording import Words, sentence

OFF = "The session had ended and its test stimulation was off."
_SO_MANY_NAMES = 3
_OF_THE_IMPLANT = ("write program", "activate slot", "schedule")
NOT_SENT = "Nothing was sent."
"""The record was lost before."""


def not_begun(why: str) -> Words:
    """No record, no start."""
    return Words(sentence(why), "Nothing was started.", "Choose a place that can be written with --record-dir, then start again.")


def gone_before(what: str, result: str) -> str:
    """What had become of a command when its line could not be written."""
    look = " Look at the implant's programs before the patient leaves: `rnprog program show`." if what in _OF_THE_IMPLANT else ""
    became = {"applied": "was carried out and read back", "refused": "was refused by the device; nothing was changed"}
    ended = became.get(result, "was sent, and how it ended is not known")
    return f"The last command ({what}) {ended}; its line is missing in the record.{look}"


def no_number(record: str, entry: str) -> str:
    """A record that is whole holds a number that cannot be one."""
    what = entry.replace("_", " ")
    return f"In the record {record} {what} is no number that a stimulator can give, so no profile was made. Choose another record."


def lost(why: str, before: str = "", stored: str = "") -> Words:
    """The record cannot be written, and test stimulation was stopped. `before`: what had been done; `stored`: what a slot holds."""
    happened = [sentence(why), *filter(None, (before, stored))]
    return Words(
        " ".join(happened),
        "Test stimulation was stopped, and nothing more was started.",
        "Free some disk space or choose another place with --record-dir, then start again. A disk that is not full may be failing.",
    )


def not_closed(why: str) -> Words:
    """All was done, and the last line of the record could not be written."""
    return Words(
        f"The record could not be closed: {sentence(why)}",
        OFF,
        "What was said to be done is done and recorded; only the closing line is missing. Free some disk space, and note the time.",
    )


def not_complete(bound: bool, why: str, output: str) -> Words:
    """The line of a STOP could not be written; or (`bound`) the one behind it, which says what amplitude is too strong from now on.
    `output`: what the STOP said about the stimulation."""
    missing = "the amplitude that is too strong since the STOP" if bound else "the STOP at its end"
    noted = "the amplitude at which you stopped: the next visit does not know it" if bound else "that you stopped, and the time"
    return Words(
        f"The record is not complete: {missing} is missing. {why}",
        output,
        f"What was recorded before it is safe. Note {noted}. Then make sure that the disk is sound and has space.",
    )


def gone(path: str, output: str) -> Words:
    """Somebody or something took the file away while it was written."""
    return Words(
        f"The record of this session is gone: {path} was taken away while it was written.",
        output,
        "Note what was done, and the time: it is recorded nowhere else. Find out what tidies up that folder, and keep it from records.",
    )


def ends_named_by_none(names: Sequence[str]) -> str:
    """`record verify --all`: the records that no later one names as they end now. The newest is always one of them."""
    more = f" and {len(names) - _SO_MANY_NAMES} more (--json names each)" if len(names) > _SO_MANY_NAMES else ""
    ends = "the end" if len(names) == 1 else "the ends"
    return (
        f"No later record names {ends} of {', '.join(names[:_SO_MANY_NAMES])}{more}: whether it was cut off or written anew, only the head "
        "that was noted can tell (record verify NAME --head HEAD)."
    )
