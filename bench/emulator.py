"""The emulator without a port: a year in virtual time, many devices at once, and a log read over a line of 115,200 baud."""

from __future__ import annotations

from time import perf_counter, process_time

from bench.timing import Figure, at_most, pairwise
from device_emulator.device import EmulatedDevice
from device_emulator.firmware.image import build_image
from device_emulator.mishaps import RUNNING
from rnprog.protocol.connection import Answer, HostConnection
from rnprog.protocol.messages import Identify, OpenLink, ReadLog, ReadLogReply, Request
from rnprog.protocol.opcodes import EntryKind, Log

DAY_S = 86_400.0
TURNS = 10_000_000
DEVICES = 500
BAUD, BITS_A_BYTE = 115_200, 10
ENTRY_BYTES, ENTRIES = 20, 2_000
FRAMES = 16
LINE_SHARE = 0.9
DEVICE_S = 0.000_5
"""What a device's processor may need for an answer before its first byte: the emulator's own time is far less and is added."""


def figures(rounds: int) -> list[Figure]:
    """A year, a crowd, a log."""
    few = max(3, rounds // 3)
    return [
        at_most(
            "a device year, two sessions a day",
            f"{TURNS // 10**6} M empty loop turns",
            pairwise(year, turns, rounds=few),
            4,
            "under 2 s here while nobody reads the ground truth; written out it is the next line",
        ),
        at_most("the same, ground truth written out", f"{TURNS // 10**6} M empty loop turns", pairwise(told_year, turns, rounds=3), 25),
        at_most(f"{DEVICES} devices in step, one device-day", "one device alone", pairwise(crowd, alone, rounds=few), 2.5),
        at_most(
            f"log of {ENTRIES} entries at {BAUD:,} baud", "entries at line speed", pairwise(log_read, bare_line, rounds=few), 1 / LINE_SHARE
        ),
    ]


def therapist(seed: int = 0) -> EmulatedDevice:
    """A device with a program of two sessions a day, scheduled."""
    device = EmulatedDevice(seed=seed)
    core = device.rn1.core
    core.stores.programs.install(0, build_image(RUNNING))
    core.stores.settings.change(active_slot=0, schedule_enabled=True)
    core.plan_schedule()
    return device


def year() -> float:
    """Processor seconds of a year."""
    device = therapist()
    began = process_time()
    device.advance(365 * DAY_S)
    taken_s = process_time() - began
    if device.rn1.core.stores.logs.rings[Log.THERAPY].newest != 2 * 2 * 365:
        raise AssertionError("not every session was logged")
    return taken_s


def told_year() -> float:
    """Processor seconds of a year, every change of output written out."""
    device = therapist()
    began = process_time()
    device.advance(365 * DAY_S)
    if len(device.truth.changes) != 730 * 60 * 2 * 4:
        raise AssertionError("not every change was told")
    return process_time() - began


def turns() -> float:
    """The reference: what this machine's Python needs for a loop that does nothing."""
    began = process_time()
    for _ in range(TURNS):
        pass
    return process_time() - began


def crowd() -> float:
    """Processor seconds of one device-day, 500 devices moving together hour by hour."""
    return _days([therapist(seed) for seed in range(DEVICES)], 1)


def alone() -> float:
    """Processor seconds of one device-day of a device that is alone."""
    return _days([therapist()], 100)


def _days(devices: list[EmulatedDevice], days: int) -> float:
    began = process_time()
    for _ in range(24 * days):
        for device in devices:
            device.advance(3_600.0)
    return (process_time() - began) / (len(devices) * days)


def bare_line() -> float:
    """Seconds the line needs for the entries alone."""
    return ENTRIES * ENTRY_BYTES * BITS_A_BYTE / BAUD


def log_read() -> float:
    """Seconds for the whole log: every byte at line speed, then the device's and the host's own time on this machine."""
    device, host = EmulatedDevice(), HostConnection()
    for _ in range(ENTRIES):
        device.rn1.core.log(Log.THERAPY, EntryKind.THERAPY_MISSED)
    _exchange(device, host, Identify())
    _exchange(device, host, OpenLink(1, 1_004))
    elapsed_s, cursor, read = 0.0, 1, 0
    while True:
        taken_s, pages = _exchange(device, host, ReadLog(Log.THERAPY, FRAMES, cursor))
        elapsed_s += taken_s
        read += sum(len(page.entries) for page in pages)
        cursor = pages[-1].next
        if cursor > pages[-1].newest:
            break
    if read != ENTRIES:
        raise AssertionError(f"{read} entries of {ENTRIES}")
    return elapsed_s


def _exchange(device: EmulatedDevice, host: HostConnection, request: Request) -> tuple[float, list[ReadLogReply]]:
    began = perf_counter()
    sent = host.send(request).data
    answer = device.receive(sent)
    replies = [item.reply for item in host.receive(answer) if isinstance(item, Answer)]
    own_s = perf_counter() - began
    line_s = (len(sent) + len(answer)) * BITS_A_BYTE / BAUD
    device.advance(line_s)
    return line_s + own_s + DEVICE_S, [reply for reply in replies if isinstance(reply, ReadLogReply)]
