"""Measuring impedance on an RN-1: requests of at most 16 pairs, and none after one that drove more than the device declares."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from rnprog.device.api import Capabilities, Contact, DeviceStatus, ImpedanceReading, ImpedanceReport
from rnprog.device.errors import DeviceError, MeasuredTooStrongly, NoAnswer, ProtocolMismatch, Superseded
from rnprog.device.exchange import Exchange
from rnprog.device.rn1 import translate
from rnprog.protocol import messages as m

PAIRS_PER_REQUEST = 16


def measure(
    exchange: Exchange, caps: Capabilities, status: Callable[[], DeviceStatus], pairs: tuple[tuple[Contact, Contact], ...]
) -> ImpedanceReport:
    """As `Stimulator.measure`. `status` reads the device once more when it has measured too strongly."""
    readings: list[ImpedanceReading] = []
    declared = caps.impedance_test_ma, caps.impedance_test_us
    used = [declared]
    for at in range(0, len(pairs), PAIRS_PER_REQUEST):
        asked = tuple(
            m.Pair(translate.contact_number(first), translate.contact_number(second))
            for first, second in pairs[at : at + PAIRS_PER_REQUEST]
        )
        try:
            reply: m.MeasureImpedanceReply = exchange.ask(m.MeasureImpedance(asked))
        except Superseded as dropped:  # ahead of this request; of those before it current has flowed
            raise type(dropped)(str(dropped), dropped.pending or (exchange.last_command if at else None)) from dropped
        driven = translate.milliamps(reply.test_current_ua), Decimal(reply.test_width_us)
        if driven[0] > declared[0] or driven[1] > declared[1]:
            raise MeasuredTooStrongly(declared, driven, at + len(asked), _output_after(status))
        if [(r.first, r.second) for r in reply.readings] != [(p.first, p.second) for p in asked]:
            raise _measured(exchange, ProtocolMismatch("The device measured other contacts than it was asked to."))
        try:
            readings.extend(translate.reading(pair) for pair in reply.readings)
        except ProtocolMismatch as error:
            raise _measured(exchange, error) from error
        used.append(driven)
    return ImpedanceReport(max(ma for ma, _ in used), max(us for _, us in used), tuple(readings))


def _measured(exchange: Exchange, strange: ProtocolMismatch) -> NoAnswer:
    """Current has flowed, and what came back cannot be used: open, until a read settles it."""
    found = NoAnswer(str(strange), exchange.last_command)
    found.__cause__ = strange
    return found


def _output_after(status: Callable[[], DeviceStatus]) -> str | None:
    """What the device says of its output; None: it could not be read."""
    try:
        return str(status().output)
    except DeviceError:
        return None
