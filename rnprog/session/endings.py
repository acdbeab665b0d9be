"""How a command ends that did not succeed: an error of the device floor as an outcome, and as a line for the record.

Refused only where it is certain that nothing was changed. Whatever may have been carried out is Unknown.
"""

from __future__ import annotations

from typing import Any

from rnprog.device.errors import (
    UNNUMBERED,
    DeviceError,
    DeviceRefused,
    Displaced,
    LinkLost,
    LinkOver,
    MeasuredTooStrongly,
    NoAnswer,
    Pending,
    ProtocolMismatch,
    ReadBackDiffers,
    Superseded,
    WrongDevice,
)
from rnprog.session.outcomes import Differs, Reason, ReasonKind, Refused, Unknown
from rnprog.session.record import amount
from rnprog.session.wording import safety
from rnprog.session.wording.refusals import explain


class JustRoomToEnd(Exception):
    """What is left of the disk is kept for the end of the session."""


def ending_of(
    error: DeviceError, what: str, off_within_s: str, *, maybe_on: bool, link: tuple[int, int]
) -> tuple[Refused | Differs | Unknown, dict[str, Any]]:
    """The outcome of the command `what`, and the data of its line. `maybe_on`: test stimulation may be prepared or running;
    `link`: numbers of the link session and of the device's start, for what stays open though the error does not say what it is."""
    match error:
        case DeviceRefused():
            kind = ReasonKind.LINK if error.reason == "STALE_LINK" else ReasonKind.DEVICE
            reason = Reason(kind, explain(error), error.field.lower(), "", str(error.value), str(error.limit), "device")
            return Refused((reason,)), {
                "what": what,
                "result": "refused",
                "reason": error.reason,
                "field": error.field,
                "limit": error.limit,
            }
        case MeasuredTooStrongly():
            told = safety.measured_too_strongly(error.written, error.read, error.pairs, error.output, off_within_s)
            data = {
                "what": what,
                "result": "read-back differs",
                "test_ma": amount(error.test_ma),
                "test_us": amount(error.test_us),
                "pairs_driven": error.pairs,
                "output": error.output,
            }
            return Differs(told, error.written, error.read), data
        case Displaced():
            data = {"what": what, "result": "read-back differs", "written": error.written, "read": error.read}
            return Differs(safety.cut_off(error.cause, what, error.output), error.written, error.read, cut_off=True), data
        case ReadBackDiffers():
            words = safety.read_back_differs(str(error), off_within_s, armed=maybe_on)
            data = {"what": what, "result": "read-back differs", "written": error.written, "read": error.read}
            return Differs(words, error.written, error.read), data
        case WrongDevice(pending=None):  # nothing was sent: another device was known to be there
            return Refused((Reason(ReasonKind.IDENTITY, str(error)),)), {"what": what, "result": "failed", "reason": str(error)}
        case NoAnswer(pending=None) | Superseded(pending=None):  # it came to nothing that could change anything
            text = safety.LINK_OVER if isinstance(error, LinkOver) else str(error)
            return Refused((Reason(ReasonKind.LINK, text),)), {"what": what, "result": "not sent", "reason": str(error)}
        case LinkLost(pending=pending) | WrongDevice(pending=pending):
            words = safety.link_lost(str(error), off_within_s, armed=maybe_on, command=what if pending else None)
            return Unknown(pending, words), {"what": what, "result": "unknown", "reason": str(error)}
        case _:
            pending = error.pending if isinstance(error, NoAnswer | Superseded) else None
            strange = isinstance(error.__cause__ or error, ProtocolMismatch)
            words = safety.unknown(what, off_within_s, armed=maybe_on, strange=strange)
            return Unknown(pending or Pending(what, link[0], UNNUMBERED, link[1]), words), {
                "what": what,
                "result": "unknown",
                "reason": str(error),
            }
