"""OpenNerve's Bluetooth advertisement: 24 bytes, renewed each second; tells battery and temperature without a connection."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from rnprog.protocol.errors import PayloadError

NAME = "CARSS"
SERVICE_UUID = "6E400001-B5A3-F393-E0A9-E50E24DCCA9E"
WRITE_UUID = "6E400002-B5A3-F393-E0A9-E50E24DCCA9E"
NOTIFY_UUID = "6E400003-B5A3-F393-E0A9-E50E24DCCA9E"
COMPANY, BENCH_COMPANY = 0xF0F0, 0xFFFF
SIZE = 24
_SERIES_OHM = 49_900
_NTC = ((126_400, 20), (100_000, 25), (79_590, 30), (51_320, 40), (33_790, 50))
"""Resistance and temperature in degrees Celsius; straight lines between."""


@dataclass(frozen=True, slots=True)
class Advert:
    """What it says, in mV. `temperature_mc` None: outside 20 to 50 degrees Celsius, or not measured."""

    supply_mv: int
    battery_a_mv: int
    battery_b_mv: int
    amplifier_a_mv: int
    amplifier_b_mv: int
    temperature_mc: int | None
    flags: int
    device_id: bytes
    hardware: int
    """21 is Gen2, 15 Gen1."""


def parse_advert(data: bytes) -> Advert:
    """The advertisement in the manufacturer's data, company id taken away. PayloadError for another length."""
    if len(data) != SIZE:
        raise PayloadError(f"{len(data)} bytes where {SIZE} were expected")
    return Advert(
        supply_mv=data[0] * 100,
        battery_a_mv=data[1] * 100,
        battery_b_mv=data[2] * 100,
        amplifier_a_mv=data[3] * 10,
        amplifier_b_mv=data[4] * 10,
        temperature_mc=_temperature_mc(data[5], data[6], data[7]),
        flags=int.from_bytes(data[8:10], "little"),
        device_id=data[10:14],
        hardware=data[23],
    )


def _temperature_mc(reference: int, out: int, offset: int) -> int | None:
    """Thousandths of a degree Celsius, from the three thermistor readings in 10 mV."""
    if reference <= out or out <= offset:
        return None
    ohm = (out - offset) * _SERIES_OHM // (reference - out)
    for (high_ohm, low_c), (low_ohm, high_c) in pairwise(_NTC):
        if low_ohm <= ohm <= high_ohm:
            return low_c * 1000 + (high_c - low_c) * 1000 * (high_ohm - ohm) // (high_ohm - low_ohm)
    return None
