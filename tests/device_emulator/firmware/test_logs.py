"""Ring logs: numbering, gaps, bulk reading, and what a torn entry costs."""

from __future__ import annotations

import pytest

from device_emulator.firmware.logs import CELL_SIZE, RingLog
from device_emulator.firmware.memory import Memory, PowerCut
from rnprog.protocol.messages import Burst, MeasureImpedance, OpenLink, Pair, ReadLog, SetAmplitude
from rnprog.protocol.opcodes import Cause, EntryKind, Log, StatusFlag


def _ring(capacity: int = 8) -> tuple[Memory, RingLog]:
    memory = Memory(capacity * CELL_SIZE)
    return memory, RingLog(memory, 0, capacity)


def test_numbers_and_gaps() -> None:
    memory, ring = _ring()
    assert ring.window(1, 5) == ring.window(0, 5)
    assert (ring.window(1, 5).next, ring.window(1, 5).newest, ring.window(1, 5).lost) == (1, 0, 0)
    for number in range(1, 21):
        ring.append(number * 10, EntryKind.BURST, value=number)
    window = ring.window(1, 5)
    assert ([entry.number for entry in window.entries], window.next, window.newest, window.lost) == ([13, 14, 15, 16, 17], 18, 20, 12)
    assert ring.window(18, 5).lost == 0 and [entry.value for entry in ring.window(18, 5).entries] == [18, 19, 20]
    assert ring.overwritten == 12
    again = RingLog(memory, 0, 8)
    assert (again.oldest, again.newest, again.overwritten) == (13, 20, 0)


def test_a_torn_entry_never_was() -> None:
    for entries in (3, 8, 13):
        for cut in range(2):
            memory, ring = _ring()
            for number in range(entries):
                ring.append(number, EntryKind.BURST)
            memory.cut_at = memory.write_count + cut
            with pytest.raises(PowerCut):
                ring.append(99, EntryKind.BURST)
            again = RingLog(memory, 0, 8)
            assert again.newest == entries
            again.append(100, EntryKind.STOP)
            numbers = [entry.number for entry in again.window(1, 20).entries]
            assert numbers == list(range(numbers[0], entries + 2)) and again.window(entries + 1, 1).entries[0].unix_s == 100


def _read(host, log: Log, cursor: int = 1, frames: int = 16):
    return host.send(ReadLog(log, frames, cursor))


def test_what_is_written(talk) -> None:
    host = talk()
    host.done(host.arm(width_us=300))
    host.done(SetAmplitude(0, 500))
    host.done(Burst(1, 1_000))
    host.live(1.2)
    host.wait(1.0)
    host.stop()
    host.done(OpenLink(1, 1004))
    (page,) = _read(host, Log.EVENTS)
    seen = [(entry.kind, entry.channels, entry.code, entry.value, entry.extra) for entry in page.entries]
    assert seen == [
        (EntryKind.BOOT, 0, 0, 1, 0),
        (EntryKind.ARMED, 1, 300, 20_000, 2 + 65_536 * 4),
        (EntryKind.BURST, 1, 0, 5, 1_000),
        (EntryKind.OUTPUT_ENDED, 1, Cause.BURST_DONE, 0, 0),
        (EntryKind.OUTPUT_ENDED, 1, Cause.LEASE_EXPIRED, 0, 0),
        (EntryKind.STOP, 0, 0, 65_538, 0),
    ]
    assert (page.first, page.next, page.newest, page.lost) == (1, 7, 6, 0)
    host.done(MeasureImpedance((Pair(1, 8),)))
    (page,) = _read(host, Log.IMPEDANCE)
    assert page.entries[0].code == 1 + 256 * 8 and 400 < page.entries[0].value < 900


def test_bulk_read_in_one_request_and_the_gap(talk) -> None:
    host = talk()
    ring = host.device.rn1.core.stores.logs.rings[Log.EVENTS]
    for number in range(1_500):
        ring.append(number, EntryKind.BURST)
    pages = _read(host, Log.EVENTS)
    assert len(pages) == 16 and pages[0].lost == ring.oldest - 1 == 1_501 - 1_024
    assert all(len(page.entries) == 49 and page.lost == 0 for page in pages[1:])
    numbers = [entry.number for page in pages for entry in page.entries]
    rest = [entry.number for page in _read(host, Log.EVENTS, pages[-1].next) for entry in page.entries]
    assert numbers + rest == list(range(ring.oldest, 1_502))
    status = host.status()
    assert status.dropped_events == 477 and status.flags & StatusFlag.EVENTS_DROPPED
    assert _read(host, Log.EVENTS, 9_999)[0].entries == ()


def test_a_small_payload_makes_small_pages(talk) -> None:
    host = talk()
    host.done(OpenLink(1, 522))
    for _ in range(80):
        host.device.rn1.core.log(Log.EVENTS, EntryKind.BURST)
    assert [len(page.entries) for page in _read(host, Log.EVENTS, frames=3)] == [25, 25, 25]
