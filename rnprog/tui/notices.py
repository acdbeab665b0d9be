"""Messages across the whole width of the screen: how heavy they weigh, and what they call for. Pure; the words are the session's."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from rnprog.session.wording import Words
from rnprog.session.wording import tui as say


class Call(Enum):
    """What a notice calls for. The value is what its button says."""

    NONE = say.UNDERSTOOD
    RESOLVE = say.READ_AGAIN
    REOPEN = say.READ_AND_GO_ON
    STOP_AGAIN = say.STOP_AGAIN
    CONNECT = say.CONNECT_AGAIN


class Weight(Enum):
    """How heavily a notice weighs; colour, word and shape follow it."""

    NOTE = "NOTE"
    CAUTION = "CAUTION"
    REFUSED = "REFUSED"
    UNKNOWN = "UNKNOWN"
    ALARM = "ALARM"


@dataclass(frozen=True, slots=True)
class Notice:
    """A message across the whole width, which stays until it is answered."""

    weight: Weight
    words: Words
    call: Call = Call.NONE
    more: tuple[str, ...] = ()
    """Every reason, where there are several."""
    passing: bool = False
    """It goes when the device answers again."""


def weightier(notice: Notice | None) -> bool:
    """Whether a notice must not be replaced by a smaller one."""
    return notice is not None and notice.call is not Call.NONE
