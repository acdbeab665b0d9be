"""How a command ends that did not succeed: an error of the device floor as an outcome, and as a line for the record.

Refused only where it is certain that nothing was changed. Whatever may have been carried out is Unknown.
"""

from __future__ import annotations

from typing import Any

from rnprog.device.errors import DeviceError, DeviceRefused, LinkLost, NoAnswer, ReadBackDiffers, Superseded, WrongDevice
from rnprog.session.outcomes import Differs, Reason, ReasonKind, Refused, Unknown
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
        case ReadBackDiffers():
            words = safety.read_back_differs(str(error), off_within_s, armed=maybe_on)
            data = {"what": what, "result": "read-back differs", "written": error.written, "read": error.read}
            return Differs(words, error.written, error.read), data
        case WrongDevice():  # it refuses what is meant for another serial number
            return Refused((Reason(ReasonKind.IDENTITY, str(error)),)), {"what": what, "result": "failed", "reason": str(error)}
        case _:
            pending = error.pending if isinstance(error, NoAnswer | LinkLost | Superseded) else None
            words = safety.unknown(what, off_within_s, armed=maybe_on)
            if isinstance(error, LinkLost):
                words = safety.link_lost(str(error), off_within_s, armed=maybe_on, command=what if pending else None)
            return Unknown(pending, words), {"what": what, "result": "unknown", "reason": str(error)}
