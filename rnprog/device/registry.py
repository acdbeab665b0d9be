"""Which model gets which driver, and how a connection begins: identify, compare, and only then the driver. Connecting only reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from rnprog.device.api import Identity, Stimulator
from rnprog.device.errors import NoAnswer, ProtocolMismatch, WrongDevice
from rnprog.device.exchange import Exchange
from rnprog.device.link import Link
from rnprog.device.opennerve import driver as opennerve
from rnprog.device.opennerve.dialect import Dialect
from rnprog.device.rn1 import driver, translate
from rnprog.device.serials import is_serial
from rnprog.protocol.messages import Identify

DRIVERS: dict[str, Callable[[Link, Exchange, Identity], Stimulator]] = {
    driver.MODEL: driver.Rn1,
}


class Named(Protocol):
    """Connects to a device whose port says what it is."""

    def __call__(self, link: Link, dialect: Dialect, *, stop_first: bool = False) -> Stimulator: ...


NAMED_BY_PORT: dict[str, Named] = {
    opennerve.MODEL: opennerve.connect,
}
"""Devices that are not asked who they are: their port says it (`opennerve+serial:...`)."""


def identify(link: Link) -> tuple[Identity, Exchange]:
    """Who answers on this link. NoAnswer says whether the line was silent or noisy."""
    exchange = Exchange(link)
    try:
        found = translate.identity(exchange.ask(Identify()))
        exchange.serial = found.serial
    except NoAnswer as error:
        noise = exchange.counters.noise_bytes
        if noise:
            text = (
                f"{link.url} sends bytes that are no answer ({noise} bytes of noise). "
                "It may be another kind of device, another speed, or a bad cable; nothing was changed."
            )
            raise ProtocolMismatch(text) from error
        raise NoAnswer(f"No device answers on {link.url}. Check the cable, the power and that this is the right port.") from error
    return found, exchange


def connect(link: Link, *, expected_serial: str | None = None, stop_first: bool = False) -> Stimulator:
    """The driver for whatever answers. ProtocolMismatch for an unknown model or protocol version, WrongDevice for another serial.

    An OpenNerve is not asked who it is in RN-1's words: its port is named as one (`Link.dialect`). `stop_first`: such a device, which takes
    seconds to be read, gets a STOP before that; any other is read in milliseconds.
    """
    if link.dialect is not None:
        return _the_one(link, NAMED_BY_PORT[opennerve.MODEL](link, link.dialect, stop_first=stop_first), expected_serial)
    found, exchange = identify(link)
    firmware = f"{found.model} {found.serial} (firmware {found.firmware})"
    if not found.protocol_known:
        raise ProtocolMismatch(
            f"{firmware} speaks a protocol version that this rnprog does not know. Nothing was sent to it but a question."
        )
    if found.model not in DRIVERS:
        raise ProtocolMismatch(f"{firmware} is not a device that this rnprog can program. Known: {', '.join(DRIVERS)}.")
    if expected_serial is not None and found.serial != expected_serial:
        raise WrongDevice(f"The device on {link.url} is {found.serial}, not {expected_serial}. Nothing was sent to it but a question.")
    return DRIVERS[found.model](link, exchange, found)


def _the_one(link: Link, device: Stimulator, expected_serial: str | None) -> Stimulator:
    """The device, when it is the one that was meant. WrongDevice otherwise."""
    serial = device.identity.serial
    if expected_serial is not None and not is_serial(serial):
        raise WrongDevice(f"Which device is on {link.url} is not known ({serial}), so it cannot be {expected_serial}. Nothing was changed.")
    if expected_serial is not None and serial != expected_serial:
        raise WrongDevice(f"The device on {link.url} is {serial}, not {expected_serial}. Nothing was sent to it but questions.")
    return device
