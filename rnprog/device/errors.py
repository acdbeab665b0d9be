"""What can go wrong between here and the device. Each says what is certain about the command; `session` turns them into outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto
from typing import TypeVar


class DeviceError(Exception):
    """Base. The text is plain and safe to show."""

    advice = ""
    """What to do now, where the driver knows better than the kind of the error says; empty: it does not."""


E = TypeVar("E", bound=DeviceError)


def advising(error: E, advice: str) -> E:
    """The error with advice."""
    error.advice = advice
    return error


class PortError(DeviceError):
    """The port could not be opened; nothing was sent."""


class PortMissing(PortError):
    """There is no such port."""


class PortBusy(PortError):
    """Somebody else holds the port."""

    def __init__(self, message: str, holder_pid: int | None = None) -> None:
        super().__init__(message)
        self.holder_pid = holder_pid


class PortDenied(PortError):
    """The operating system does not let this user open the port."""


class BadPort(PortError):
    """The port's name cannot be understood."""


class EmulatorUnusable(PortError):
    """The emulated device of that name cannot be had as it was asked for: its files are another's, damaged, or cannot be written."""


class LinkLost(DeviceError):
    """The port failed while in use. Whatever was under way is unanswered."""

    def __init__(self, message: str, pending: Pending | None = None) -> None:
        super().__init__(message)
        self.pending = pending


class NoAnswer(DeviceError):
    """Sent, and no answer came. `pending` is set when the request could have changed something."""

    def __init__(self, message: str, pending: Pending | None = None) -> None:
        super().__init__(message)
        self.pending = pending


class Superseded(DeviceError):
    """A STOP came between; this request was dropped, or given up while its answer was awaited (`pending` then)."""

    def __init__(self, message: str, pending: Pending | None = None) -> None:
        super().__init__(message)
        self.pending = pending


class LinkOver(Superseded):
    """The device has ended the link session: it restarted, or another programmer connected. Nothing was sent."""


class DeviceRefused(DeviceError):
    """The device said no; nothing was changed. Field, limit and value in the device's own numbers."""

    def __init__(self, message: str, *, command: str, reason: str, field: str, limit: int, value: int) -> None:
        super().__init__(message)
        self.command, self.reason, self.field, self.limit, self.value = command, reason, field, limit, value


class WrongDevice(DeviceError):
    """Another device answers than the one this session began with. `pending` is set when the request had been sent by then and could have
    changed something."""

    def __init__(self, message: str, pending: Pending | None = None) -> None:
        super().__init__(message)
        self.pending = pending


class ProtocolMismatch(DeviceError):
    """The device speaks another protocol, or broke this one."""


class ReadBackDiffers(DeviceError):
    """The device holds something else than what was written."""

    def __init__(self, message: str, *, written: str, read: str) -> None:
        super().__init__(message)
        self.written, self.read = written, read


class CutOff(Enum):
    """What ended test stimulation between a command and the read after it."""

    RESTARTED = auto()
    OTHER_PROGRAMMER = auto()
    SILENCE = auto()


class Displaced(ReadBackDiffers):
    """What was written is gone, because test stimulation ended in between; `output` as read then. The device does what it should."""

    def __init__(self, message: str, cause: CutOff, output: str, *, written: str, read: str) -> None:
        super().__init__(message, written=written, read=read)
        self.cause, self.output = cause, output


class MeasuredTooStrongly(ReadBackDiffers):
    """A measurement of impedance drove more than the device declares; nothing was sent after it but a read."""

    def __init__(self, declared: tuple[Decimal, Decimal], driven: tuple[Decimal, Decimal], pairs: int, output: str | None) -> None:
        """`declared` and `driven` in mA and us; `pairs`: how many; `output` as read afterwards, None: not read."""
        written, read = (f"{ma} mA, {us} us" for ma, us in (declared, driven))
        super().__init__(f"The device measured with {read} instead of {written}.", written=written, read=read)
        self.test_ma, self.test_us = driven
        self.pairs, self.output = pairs, output


UNNUMBERED = -1
PARTLY = "partly"
"""Result of a command that was cut off between its requests: whether the rest of it was carried out is not told."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A command whose answer did not come. Enough to settle it later."""

    command: str
    """Wire name, for the record."""
    link_session: int
    sequence: int
    """UNNUMBERED: no read can be compared with it."""
    boot_count: int
    prepares: bool = False
    """It only hands something over, and changes nothing by itself."""
