"""Words of the check of both sides together, before a program is written."""

from __future__ import annotations

from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.threshold import Ending, Rung

TITLE = "Both sides together, at 80, 90 and 100 % of the amplitudes found, from 0 mA."

_NOT_SEEN = (
    "No contraction was seen on both sides there, and one burst may miss it: watch for it when the program first runs, and titrate again "
    "if there is none."
)
"""True before a program is written and after it: the summary says it once more."""
_AGAIN = "Titrate a side again with a lower amplitude, or write a program for one side."


def amounts(rung: Rung) -> str:
    """Both amplitudes."""
    return f"{AMPLITUDE.show(rung.left_ma)} left and {AMPLITUDE.show(rung.right_ma)} right"


def share(rung: Rung) -> str:
    """Which part of the check it is."""
    return "on the way up" if rung.share_percent is None else f"{rung.share_percent} %"


def offer(rung: Rung) -> str:
    """The next burst."""
    return f"Next on both sides together: {amounts(rung)} ({share(rung)})."


def no_other() -> str:
    """Another amplitude was asked for."""
    return "In this check only the amplitude that is shown is given. Nothing was sent."


def ended(ending: str, last: Rung | None, *, contracted: bool) -> str:
    """How it ended, and what that means for the program. `contracted`: on both sides, at `last`."""
    weak = "" if contracted else f" {_NOT_SEEN}"
    if ending == Ending.TOLERATED and last is not None:
        return f"Both sides together were tolerated at {amounts(last)}.{weak}"
    if last is None:
        cause = "Both sides together were too strong" if ending == Ending.TOO_STRONG else "Both sides together were not checked"
        return f"{cause} before 80 % was reached, so there is no program for both. {_AGAIN}"
    cause = "too strong above" if ending == Ending.REDUCED else "not checked above"
    where = f"{amounts(last)} ({share(last)})"
    return f"Both sides together were tolerated at {where} and {cause} that: at most these amplitudes go into the program.{weak}"
