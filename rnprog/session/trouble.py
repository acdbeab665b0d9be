"""The one exception that leaves this floor: a read or a connection that did not succeed, already in words.

Therapy commands end in values (`outcomes.py`); a read has nothing to undo, so it simply does not happen (docs/decisions/0002).
"""

from __future__ import annotations

from enum import StrEnum

from rnprog.device import errors
from rnprog.session.wording import Words, safety
from rnprog.session.wording.connecting import ADVICE
from rnprog.session.wording.refusals import explain


class TroubleKind(StrEnum):
    """What kind of trouble, so that a face can choose its exit code."""

    NO_DEVICE = "no device"
    BUSY = "busy"
    DENIED = "denied"
    BAD_PORT = "bad port"
    EMULATOR = "emulator"
    MISMATCH = "mismatch"
    WRONG_DEVICE = "wrong device"
    LINK = "link"
    REFUSED = "refused"
    RECORD = "record"
    RESUME = "resume"


class Trouble(Exception):
    """`words` is for the clinician, `kind` for the face."""

    def __init__(self, kind: TroubleKind, words: Words) -> None:
        super().__init__(str(words))
        self.kind = kind
        self.words = words


_KINDS: tuple[tuple[type[errors.DeviceError], TroubleKind], ...] = (
    (errors.PortBusy, TroubleKind.BUSY),
    (errors.PortDenied, TroubleKind.DENIED),
    (errors.BadPort, TroubleKind.BAD_PORT),
    (errors.EmulatorUnusable, TroubleKind.EMULATOR),
    (errors.PortMissing, TroubleKind.NO_DEVICE),
    (errors.NoAnswer, TroubleKind.LINK),
    (errors.LinkLost, TroubleKind.LINK),
    (errors.Superseded, TroubleKind.LINK),
    (errors.WrongDevice, TroubleKind.WRONG_DEVICE),
    (errors.ProtocolMismatch, TroubleKind.MISMATCH),
    (errors.DeviceRefused, TroubleKind.REFUSED),
)


def kind_of(error: errors.DeviceError) -> TroubleKind:
    """The kind of a device error."""
    return next((kind for known, kind in _KINDS if isinstance(error, known)), TroubleKind.MISMATCH)


def while_connecting(error: errors.DeviceError) -> Trouble:
    """Nothing was started yet. A silent port is a missing device."""
    kind = TroubleKind.NO_DEVICE if isinstance(error, errors.NoAnswer) else kind_of(error)
    return Trouble(kind, safety.not_connected(str(error), error.advice or ADVICE[kind]))


def while_reading(error: errors.DeviceError, off_within_s: str, *, armed: bool, unanswered: str | None = None) -> Trouble:
    """A read did not come back. `unanswered`: the command before it that it was to settle."""
    if isinstance(error, errors.LinkOver):
        return Trouble(TroubleKind.LINK, safety.link_taken(off_within_s, armed=armed))
    kind = kind_of(error)
    if kind is TroubleKind.REFUSED or (kind is TroubleKind.MISMATCH and error.advice):  # it was heard well
        told = explain(error) if isinstance(error, errors.DeviceRefused) else str(error)
        return Trouble(kind, safety.not_read(told, error.advice or ADVICE[kind], armed=armed))
    if kind is TroubleKind.MISMATCH:
        return Trouble(kind, safety.cannot_be(str(error), off_within_s, armed=armed))
    return Trouble(kind, safety.link_lost(str(error), off_within_s, armed=armed, command=unanswered))
