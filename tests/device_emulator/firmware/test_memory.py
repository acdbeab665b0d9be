"""A power cut at every write index: wholly the old or wholly the new, in the record and in the device."""

from __future__ import annotations

import random

import pytest

from device_emulator.device import EmulatedDevice
from device_emulator.firmware.memory import Memory, PowerCut, TwinRecord
from rnprog.protocol.image import encode_image, image_crc
from rnprog.protocol.messages import Activate, Commit, ReadSlot, ReadSlotInfo, SetSchedule, Stage, Validate, WritePatientKey
from rnprog.protocol.opcodes import SlotState


def test_twin_record_is_old_or_new_at_every_cut() -> None:
    chance = random.Random(5)
    for _ in range(40):
        old, new = chance.randbytes(chance.randint(0, 60)), chance.randbytes(chance.randint(1, 60))
        writes = None
        cut = 0
        while writes is None or cut < writes:
            memory = Memory(512)
            twin = TwinRecord(memory, 32, 64)
            twin.format(b"")
            twin.write(old)
            before = memory.write_count
            memory.cut_at = before + cut
            if writes is None:
                memory.cut_at = None
                twin.write(new)
                writes = memory.write_count - before
                continue
            with pytest.raises(PowerCut):
                twin.write(new)
            found = TwinRecord(memory, 32, 64).read()
            assert found is not None and found[1] in (old, new)
            assert found[1] == old, "the header page is the last: torn, it does not count"
            cut += 1


def test_two_damaged_copies_are_told() -> None:
    memory = Memory(512)
    twin = TwinRecord(memory, 0, 64)
    twin.format(b"abc")
    twin.write(b"def")
    memory.write(16, b"x")
    assert twin.read() == (1, b"def")
    memory.write(16 + 80, b"x")
    assert twin.read() is None
    twin.write(b"again")
    assert twin.read() is not None


def _commit(host, image, revision: int):
    data = encode_image(image)
    crc = image_crc(data)
    host.done(Stage(1, 0, 48, data))
    host.done(Validate(1, crc))
    return data, Commit(1, revision, crc)


def test_commit_cut_at_every_write(talk, image) -> None:
    old, new = image(left_amplitude_ua=1_000), image(left_amplitude_ua=3_000)
    found = set()
    for cut in range(1, 12):
        host = talk()
        host.store(old, slot=1)
        new_data, request = _commit(host, new, 1)
        host.device.bench({"cmd": "fault", "spec": f"power-cut@{cut}"})
        replies = host.send(request)
        host.device.bench({"cmd": "fault", "spec": ""})
        host.host.link_session = 0
        host.open()
        info = host.done(ReadSlotInfo(1))
        data = host.done(ReadSlot(1, 0, 48)).data
        assert info.state == SlotState.VALID and info.active == 1 and image_crc(data) == info.crc
        assert (data, info.revision) in ((encode_image(old), 1), (new_data, 2))
        if replies:
            assert data == new_data
        else:
            assert host.device.rn1.core.boot_count == 2
        found.add((data == new_data, bool(replies)))
    assert found == {(False, False), (True, False), (True, True)}, "the cuts cover before, after, and none"


def test_first_commit_cut_leaves_an_empty_slot(talk, image) -> None:
    for cut in range(1, 5):
        host = talk()
        _, request = _commit(host, image(), 0)
        host.device.bench({"cmd": "fault", "spec": f"power-cut@{cut}"})
        assert host.send(request) == []
        host.host.link_session = 0
        info = host.open().done(ReadSlotInfo(1))
        assert (info.state, info.revision) == (SlotState.EMPTY, 0)


def test_settings_survive_a_cut_as_a_whole(talk, image) -> None:
    for cut in range(1, 4):
        host = talk()
        crc = host.store(image(), slot=2)
        host.done(SetSchedule(1))
        host.device.bench({"cmd": "fault", "spec": f"power-cut@{cut}"})
        host.send(WritePatientKey(b"k" * 16))
        host.host.link_session = 0
        host.open()
        status = host.status()
        assert (status.active_slot, status.active_crc, status.schedule_enabled) == (2, crc, 1)


def test_a_cut_while_booting_boots_again() -> None:
    device = EmulatedDevice()
    for cut in range(1, 5):
        device.rn1.memory.cut_at = device.rn1.memory.write_count + cut
        count = device.rn1.core.boot_count
        device.reset()
        assert device.rn1.core.boot_count in (count + 1, count + 2)
        device.rn1.memory.cut_at = None


def test_a_damaged_slot_is_shown_and_can_be_written_again(talk, image) -> None:
    host = talk()
    crc = host.store(image(), slot=0)
    memory, twin = host.device.rn1.memory, host.device.rn1.core.stores.programs._slots[0]
    for offset in twin._offsets:
        memory.write(offset, b"\x00" * 16)
    assert host.done(ReadSlotInfo(0)).state == SlotState.DAMAGED
    assert host.refused(ReadSlot(0, 0, 48)).code == 21
    assert host.refused(Activate(0, crc)).code == 21
    host.store(image(), slot=0)
    assert host.done(ReadSlotInfo(0)).state == SlotState.VALID
