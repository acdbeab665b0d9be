"""How a command ends. Owns the exit codes of the command line and which outcome leads to which; prints nothing."""

from __future__ import annotations

import errno
from enum import IntEnum
from typing import Any, NoReturn, TypeVar, assert_never

from rnprog.session.outcomes import Applied, Differs, Outcome, Reason, ReasonKind, Refused, Unknown
from rnprog.session.trouble import Trouble, TroubleKind
from rnprog.session.wording import Words

T = TypeVar("T")


class Exit(IntEnum):
    """What scripts may rely on."""

    DONE = 0
    FINDINGS = 1
    USAGE = 2
    UNREADABLE = 65
    """An input that cannot be parsed."""
    MISSING = 66
    """An input that is not there."""
    NO_DEVICE = 69
    BUG = 70
    RECORD = 73
    """The record cannot be written: nothing was started."""
    LINK = 74
    """The link was lost, or an outcome is unknown."""
    BUSY = 75
    DEVICE = 76
    """The device refused, or speaks another protocol."""
    DENIED = 77
    CONFIG = 78
    REFUSED = 79
    """Safety envelope, wrong device, stale impedance: nothing was sent."""
    DIFFERS = 80
    """The read-back differs from what was written."""
    STOP_NOT_CONFIRMED = 81
    HANGUP = 129
    INTERRUPTED = 130
    PIPE = 141
    """The output could not be delivered: nobody reads it any more, or it cannot be written (a full disk). What was done is done."""
    TERMINATED = 143


OF_ERRNO = {errno.EACCES: Exit.DENIED, errno.EPERM: Exit.DENIED, errno.EBUSY: Exit.BUSY, errno.EINVAL: Exit.USAGE}
"""Of a port that could not be opened; any other: NO_DEVICE."""
_TROUBLE = {
    TroubleKind.NO_DEVICE: Exit.NO_DEVICE,
    TroubleKind.BUSY: Exit.BUSY,
    TroubleKind.DENIED: Exit.DENIED,
    TroubleKind.BAD_PORT: Exit.USAGE,
    TroubleKind.EMULATOR: Exit.NO_DEVICE,
    TroubleKind.MISMATCH: Exit.DEVICE,
    TroubleKind.WRONG_DEVICE: Exit.REFUSED,
    TroubleKind.LINK: Exit.LINK,
    TroubleKind.REFUSED: Exit.DEVICE,
    TroubleKind.RECORD: Exit.RECORD,
    TroubleKind.RESUME: Exit.MISSING,
}

_REASONS = {
    ReasonKind.RECORD: Exit.RECORD,
    ReasonKind.UNRESOLVED: Exit.LINK,
    ReasonKind.LINK: Exit.LINK,
    ReasonKind.DEVICE: Exit.DEVICE,
    ReasonKind.ENVELOPE: Exit.REFUSED,
    ReasonKind.IDENTITY: Exit.REFUSED,
    ReasonKind.STALE: Exit.REFUSED,
    ReasonKind.OVER: Exit.REFUSED,
    ReasonKind.PROFILE: Exit.REFUSED,
}
"""Of several kinds in one refusal the first in this order decides."""


class Ended(Exception):
    """A command ends early. `words` (about stimulation), `reasons` (a refusal) or `sentence` (anything else) say why."""

    def __init__(
        self,
        code: Exit,
        *,
        words: Words | None = None,
        reasons: tuple[Reason, ...] = (),
        sentence: str | None = None,
        data: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(sentence or str(words or "; ".join(reason.text for reason in reasons)))
        self.code = code
        self.words = words
        self.reasons = reasons
        self.sentence = sentence
        self.data = data or {}


def of_trouble(trouble: Trouble) -> Exit:
    """The code of a read or connection that did not succeed."""
    return _TROUBLE[trouble.kind]


def of_reasons(reasons: tuple[Reason, ...]) -> Exit:
    """The code of a refusal."""
    kinds = {reason.kind for reason in reasons}
    return next((code for kind, code in _REASONS.items() if kind in kinds), Exit.REFUSED)


def end(outcome: Refused | Unknown | Differs) -> NoReturn:
    """End the command with an outcome that is not Applied."""
    match outcome:
        case Refused(reasons):
            raise Ended(of_reasons(reasons), reasons=reasons)
        case Unknown(_, words):
            raise Ended(Exit.LINK, words=words)
        case Differs(words, written, read):
            raise Ended(Exit.DIFFERS, words=words, data={"written": written, "read": read})
        case other:
            assert_never(other)


def applied(outcome: Outcome[T]) -> T:
    """What was read back; Ended when it did not come to that."""
    if isinstance(outcome, Applied):
        return outcome.readback
    end(outcome)


def simply(code: Exit, text: str) -> Ended:
    """An ending with one sentence that has nothing to do with stimulation (a file, a directory)."""
    return Ended(code, sentence=text)
