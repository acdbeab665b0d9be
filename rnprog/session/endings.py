"""How a command ends that did not succeed: an error of the device floor as an outcome, and as a line for the record.

Refused only where it is certain that nothing was changed. Whatever may have been carried out is Unknown.
"""

from __future__ import annotations

from typing import Any

from rnprog.device.errors import (
    DeviceError,
    DeviceRefused,
    Displaced,
    LinkLost,
    MeasuredTooStrongly,
    NoAnswer,
    ReadBackDiffers,
    Superseded,
    WrongDevice,
)
from rnprog.session.outcomes import Differs, Reason, ReasonKind, Refused, Unknown
from rnprog.session.record import amount
from rnprog.session.wording import safety
from rnprog.session.wording.refusals import explain


def ending_of(error: DeviceError, what: str, off_within_s: str, *, maybe_on: bool) -> tuple[Refused | Differs | Unknown, dict[str, Any]]:
    """The outcome of the command `what`, and the data of its line. `maybe_on`: test stimulation may be prepared or running."""
    match error:
        case DeviceRefused():
            reason = Reason(ReasonKind.DEVICE, explain(error), error.field.lower(), "", str(error.value), str(error.limit), "device")
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
        case _:
            pending = error.pending if isinstance(error, NoAnswer | LinkLost | Superseded | WrongDevice) else None
            words = safety.unknown(what, off_within_s, armed=maybe_on)
            if isinstance(error, LinkLost | WrongDevice):
                words = safety.link_lost(str(error), off_within_s, armed=maybe_on, command=what if pending else None)
            return Unknown(pending, words), {"what": what, "result": "unknown", "reason": str(error)}
