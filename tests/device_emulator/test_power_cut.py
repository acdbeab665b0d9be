"""Power is cut at every write (catalogue D1): the old program or the new one, never a mix."""

from __future__ import annotations

import random

import pytest

from device_emulator.device import EmulatedDevice
from device_emulator.firmware.memory import PowerCut
from rnprog.protocol.image import encode_image, image_crc
from rnprog.protocol.messages import (
    Commit,
    Identify,
    ReadLog,
    ReadSlot,
    ReadSlotInfo,
    Stage,
    Validate,
)
from rnprog.protocol.opcodes import EntryKind, Log


def _missing(host) -> None:
    host.host.give_up()
    host.host.link_session = 0


def test_d1_power_fails_at_a_write_of_a_commit(talk, image) -> None:
    host = talk(faults="power-cut=COMMIT@3")
    data = encode_image(image())
    host.done(Stage(0, 0, 48, data))
    host.done(Validate(0, image_crc(data)))
    assert host.send(Commit(0, 0, image_crc(data))) == []
    _missing(host)
    assert host.ask(Identify()).boot_count == 2
    host.open()
    assert host.done(ReadSlotInfo(0)).revision == 0
    entry = host.done(ReadLog(Log.EVENTS, 1, 1)).entries[-1]
    assert (entry.kind, entry.code) == (EntryKind.BOOT, 2), "brown-out"


@pytest.mark.parametrize("seed", range(100))
def test_d1_every_write_index_of_a_random_commit(image, seed) -> None:
    """Power is cut at every page write of a commit: what is read from the memory afterwards is the old program or the new one, whole, with
    its revision. Cuts in the boot after it are those of the next two tests."""
    chance = random.Random(seed)
    old, new = (encode_image(image(left_amplitude_ua=100 * chance.randint(1, 40), on_ms=1_000 * chance.randint(5, 60))) for _ in "ab")
    slot = chance.randrange(4)
    base = EmulatedDevice(seed=seed).rn1
    for revision in range(chance.randint(0, 3)):
        base.core.stores.programs.install(slot, old, revision)
    before = base.core.stores.programs.stored(slot)
    start = base.memory.snapshot()
    outcomes = set()
    index = 0
    while True:
        memory = type(base.memory)(len(start), start)
        programs = type(base.core.stores)(memory).programs
        programs.stage(slot, 0, 48, new)
        programs.validate(slot, image_crc(new))
        memory.cut_at = memory.write_count + index
        try:
            programs.commit(slot, before.revision, image_crc(new))
            cut = False
        except PowerCut:
            cut = True
        found = type(base.core.stores)(type(memory)(len(start), memory.snapshot())).programs.stored(slot)
        assert found in (before, type(before)(found.state, before.revision + 1, new)), (index, found)
        outcomes.add(found.image)
        if not cut:
            assert found.image == new
            break
        index += 1
    assert index >= 5 and before.image in outcomes and new in outcomes


def test_d1_a_cut_while_booting_after_a_cut(talk, image) -> None:
    host = talk()
    host.store(image())
    for index in range(1, 30):
        host.device.set_faults(f"power-cut@{index}")
        before = host.device.rn1.core.boot_count
        host.device.reset()
        assert host.device.rn1.core.boot_count > before and host.device.rn1.core.stores.programs.stored(0).revision == 1


@pytest.mark.parametrize("index", range(1, 16))
def test_d1_through_the_whole_device(talk, image, index) -> None:
    """The commit, its entry in the log and the boot that follows: what the host finds afterwards is whole."""
    host = talk()
    host.store(image(left_amplitude_ua=1_000))
    data = encode_image(image(left_amplitude_ua=2_000))
    host.done(Stage(0, 0, 48, data))
    host.done(Validate(0, image_crc(data)))
    host.device.set_faults(f"power-cut=COMMIT@{index}")
    answered = host.send(Commit(0, 1, image_crc(data)))
    cut = not answered
    host.device.set_faults("")
    if cut:
        _missing(host)
        host.open()
    found = host.done(ReadSlotInfo(0))
    assert (found.state, found.revision) in ((1, 1), (1, 2)) and found.active == 1
    stored = host.done(ReadSlot(0, 0, 48)).data
    assert image_crc(stored) == found.crc == host.status().active_crc
    assert (found.revision == 2) == (stored == data)
    assert found.revision == 2 if not cut else host.status().boot_count == 2
    entries = host.done(ReadLog(Log.EVENTS, 1, 1)).entries
    assert [entry.number for entry in entries] == list(range(1, len(entries) + 1)), "numbered without holes"
