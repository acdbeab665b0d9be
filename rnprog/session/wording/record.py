"""Words for a record that a session leaves behind otherwise than it should."""

from __future__ import annotations

from rnprog.session.wording import Words

OFF = "The session had ended and its test stimulation was off."


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
