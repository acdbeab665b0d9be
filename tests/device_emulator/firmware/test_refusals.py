"""Every refusal code can be reached, names its field and bound, and changes nothing."""

from __future__ import annotations

import pytest

from device_emulator.firmware import limits
from device_emulator.firmware.refusal import Refusal
from rnprog.protocol.connection import HostConnection
from rnprog.protocol.fields import pack, unpack
from rnprog.protocol.frames import Frame, encode_frame
from rnprog.protocol.image import encode_image, image_crc
from rnprog.protocol.messages import (
    Activate,
    Burst,
    Commit,
    Disarm,
    MeasureImpedance,
    OpenLink,
    Pair,
    ReadLog,
    ReadSlot,
    ReadSlotInfo,
    ReadStatus,
    Refused,
    SetAmplitude,
    SetClock,
    Stage,
    StartTherapy,
    Validate,
)
from rnprog.protocol.opcodes import FieldId, Opcode, RefusalCode
from rnprog.protocol.reader import FrameReader

CODE, FIELD = RefusalCode, FieldId


def _raw(host, **changes) -> Refused:
    """The refusal of a hand-made frame."""
    link: HostConnection = host.host
    values = {"opcode": Opcode.BATTERY, "device_id": link.device_id, "link_session": link.link_session, "sequence": 900}
    (frame,) = FrameReader().feed(host.device.receive(encode_frame(Frame(**{**values, **changes}))))
    assert frame.flags == 3
    return unpack(Refused, frame.payload)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"opcode": 0x7F}, CODE.UNKNOWN_OPCODE),
        ({"payload": b"x"}, CODE.MALFORMED),
        ({"flags": 0x40}, CODE.MALFORMED),
        ({"reserved": 1}, CODE.MALFORMED),
        ({"link_session": 5}, CODE.STALE_LINK),
        ({"device_id": 5}, CODE.WRONG_DEVICE),
        ({"version": 2}, CODE.UNKNOWN_VERSION),
    ],
)
def test_refusals_of_the_line(talk, changes, code) -> None:
    assert _raw(talk(), **changes).code == code


@pytest.mark.parametrize(
    ("changes", "code", "field", "limit"),
    [
        ({"width_us": 49}, CODE.OUT_OF_RANGE, FIELD.WIDTH_US, 50),
        ({"width_us": 501}, CODE.OUT_OF_RANGE, FIELD.WIDTH_US, 500),
        ({"rate_mhz": 900}, CODE.OUT_OF_RANGE, FIELD.RATE_MHZ, 1_000),
        ({"rate_mhz": 50_100}, CODE.OUT_OF_RANGE, FIELD.RATE_MHZ, 50_000),
        ({"rate_mhz": 20_050}, CODE.OFF_GRID, FIELD.RATE_MHZ, 100),
        ({"ramp_up_ms": 10_500}, CODE.OUT_OF_RANGE, FIELD.RAMP_UP_MS, 10_000),
        ({"ramp_down_ms": 250}, CODE.OFF_GRID, FIELD.RAMP_DOWN_MS, 500),
        ({"cathodes": 0}, CODE.ELECTRODES, FIELD.CATHODES, 0x10F),
        ({"anodes": 0}, CODE.ELECTRODES, FIELD.ANODES, 0x10F),
        ({"anodes": 0x20}, CODE.ELECTRODES, FIELD.ANODES, 0x10F),
        ({"anodes": 0x02}, CODE.ELECTRODES, FIELD.ANODES, 0x02),
    ],
)
def test_arm(talk, changes, code, field, limit) -> None:
    host = talk()
    refused = host.refused(host.arm(**changes))
    assert (refused.code, refused.field, refused.limit) == (code, field, limit)
    assert host.status().armed_channels == 0 and not host.device.truth.changes


def test_set_amplitude(talk) -> None:
    host = talk()
    assert host.refused(SetAmplitude(0, 100)).code == CODE.NOT_ARMED
    host.done(host.arm(width_us=500))
    assert host.refused(SetAmplitude(0, 10_100)) == Refused(CODE.OUT_OF_RANGE, FIELD.AMPLITUDE_UA, 10_000, 10_100)
    assert host.refused(SetAmplitude(0, 250)) == Refused(CODE.OFF_GRID, FIELD.AMPLITUDE_UA, 100, 250)
    assert host.refused(SetAmplitude(0, 600)) == Refused(CODE.STEP_TOO_LARGE, FIELD.AMPLITUDE_UA, 500, 600)
    # 7.4 mA x 500 us = 3.7 uC on 0.1225 cm2 is 30,204.1 nC/cm2; 7.3 mA is 29,795.9.
    assert host.refused(SetAmplitude(0, 7_400)) == Refused(CODE.CHARGE_LIMIT, FIELD.DENSITY_NC_CM2, 30_000, 30_205)
    assert host.refused(SetAmplitude(0, 7_300)).code == CODE.STEP_TOO_LARGE
    assert host.status().left_setpoint_ua == 0


def test_burst_and_busy(talk) -> None:
    host = talk()
    host.done(host.arm())
    assert host.refused(host.arm()).code == CODE.BUSY
    assert host.refused(Burst(3, 1_000)).code == CODE.NOT_ARMED
    assert host.refused(Burst(1, 99)) == Refused(CODE.OUT_OF_RANGE, FIELD.DURATION_MS, 100, 99)
    assert host.refused(Burst(1, 60_001)).limit == 60_000
    host.done(Burst(1, 1_000))
    assert host.refused(Burst(1, 1_000)).code == CODE.BUSY
    assert host.refused(host.arm(1)).code == CODE.BUSY
    assert host.refused(MeasureImpedance((Pair(0, 8),))).code == CODE.BUSY
    assert host.refused(Activate(0, 0)).code == CODE.BUSY
    assert host.refused(StartTherapy()).code == CODE.BUSY
    host.done(Disarm(1))
    assert host.refused(MeasureImpedance((Pair(3, 3),))).code == CODE.ELECTRODES
    assert host.send(MeasureImpedance((Pair(0, 8),))) == []
    assert host.refused(host.arm()).code == CODE.BUSY


def test_while_therapy_runs(talk, image) -> None:
    host = talk()
    crc = host.store(image())
    host.done(StartTherapy())
    for request in (host.arm(), MeasureImpedance((Pair(0, 8),)), Commit(0, 1, crc), Activate(0, crc), StartTherapy()):
        assert host.refused(request).code == CODE.THERAPY_RUNNING


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ({"cmd": "battery", "set": {"percent": 10}}, CODE.LOW_BATTERY),
        ({"cmd": "battery", "set": {"charging": True}}, CODE.CHARGING),
        ({"cmd": "flags", "set": {"over_temperature": True}}, CODE.OVER_TEMPERATURE),
    ],
)
def test_the_device_is_not_fit(talk, image, command, code) -> None:
    host = talk()
    host.store(image())
    assert host.device.bench(command)["ok"]
    for request in (host.arm(), MeasureImpedance((Pair(0, 8),)), StartTherapy()):
        refused = host.refused(request)
        assert refused.code == code
    if code == CODE.LOW_BATTERY:
        assert (refused.limit, refused.value) == (3_300, 3_200)


def test_programs(talk, image) -> None:
    host = talk()
    data = encode_image(image())
    crc = image_crc(data)
    assert host.refused(ReadSlotInfo(4)) == Refused(CODE.OUT_OF_RANGE, FIELD.SLOT, 3, 4)
    assert host.refused(ReadSlot(1, 0, 48)).code == CODE.SLOT_EMPTY
    assert host.refused(StartTherapy()).code == CODE.SLOT_EMPTY
    assert host.refused(Validate(0, crc)).code == CODE.NOT_STAGED
    assert host.refused(Stage(0, 10, 48, b"x")) == Refused(CODE.OUT_OF_RANGE, FIELD.OFFSET, 0, 10)
    host.done(Stage(0, 0, 48, data[:20]))
    assert host.refused(Stage(0, 19, 48, data[19:])) == Refused(CODE.OUT_OF_RANGE, FIELD.OFFSET, 20, 19)
    assert host.refused(Stage(0, 20, 48, data[20:] + b"x")).field == FIELD.LENGTH
    assert host.refused(Stage(0, 20, 50, data[20:])).field == FIELD.LENGTH
    assert host.refused(Validate(0, crc)).code == CODE.NOT_STAGED, "half of it"
    assert host.done(Stage(0, 20, 48, data[20:])).received == 48
    assert host.refused(Validate(0, 1)).code == CODE.BAD_CRC
    assert host.refused(Commit(0, 0, crc)).code == CODE.NOT_STAGED, "not validated"
    host.done(Validate(0, crc))
    assert host.refused(Commit(0, 5, crc)) == Refused(CODE.STALE_REVISION, FIELD.REVISION, 0, 5)
    assert host.refused(Commit(0, 0, 1)).code == CODE.BAD_CRC
    host.device.bench({"cmd": "flags", "set": {"memory_failing": True}})
    assert host.refused(Commit(0, 0, crc)).code == CODE.MEMORY_FAILURE
    host.device.bench({"cmd": "flags", "set": {"memory_failing": False}})
    host.device.bench({"cmd": "battery", "set": {"percent": 20}})
    assert host.refused(Commit(0, 0, crc)) == Refused(CODE.LOW_BATTERY, FIELD.BATTERY_MV, 3_400, 3_300)
    host.device.bench({"cmd": "battery", "set": {"percent": 80}})
    assert host.done(Commit(0, 0, crc)).revision == 1
    assert host.refused(Commit(0, 1, crc)).code == CODE.NOT_STAGED, "a commit uses the staged bytes up"
    assert host.refused(Activate(0, 1)).code == CODE.BAD_CRC
    assert host.refused(Activate(1, crc)).code == CODE.SLOT_EMPTY
    assert host.refused(ReadSlot(0, 49, 1)).field == FIELD.OFFSET
    assert host.refused(ReadSlot(0, 40, 9)) == Refused(CODE.OUT_OF_RANGE, FIELD.LENGTH, 8, 9)
    assert host.done(ReadSlot(0, 40, 8)).data == data[40:]
    assert host.refused(ReadLog(9, 1, 1)).field == FIELD.LOG


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"format": 2}, CODE.MALFORMED, FIELD.NONE),
        ({"channels": 0}, CODE.OUT_OF_RANGE, FIELD.CHANNEL),
        ({"channels": 1}, CODE.MALFORMED, FIELD.NONE),
        ({"left_amplitude_ua": 10_100}, CODE.OUT_OF_RANGE, FIELD.AMPLITUDE_UA),
        ({"left_amplitude_ua": 10_000, "left_width_us": 500}, CODE.CHARGE_LIMIT, FIELD.DENSITY_NC_CM2),
        ({"right_anodes": 0x04}, CODE.ELECTRODES, FIELD.ANODES),
        ({"right_width_us": 40}, CODE.OUT_OF_RANGE, FIELD.WIDTH_US),
        ({"on_ms": 500}, CODE.OUT_OF_RANGE, FIELD.ON_MS),
        ({"on_ms": 3_000}, CODE.OUT_OF_RANGE, FIELD.RAMP_DOWN_MS),
        ({"off_ms": 1_500}, CODE.OFF_GRID, FIELD.OFF_MS),
        ({"session_s": 90}, CODE.OFF_GRID, FIELD.SESSION_S),
        ({"sessions_per_day": 7}, CODE.OUT_OF_RANGE, FIELD.SESSIONS_PER_DAY),
    ],
)
def test_validate_checks_every_limit(talk, image, changes, code, field) -> None:
    host = talk()
    data = pack(image(**changes))
    host.done(Stage(2, 0, len(data), data))
    refused = host.refused(Validate(2, image_crc(data)))
    assert (refused.code, refused.field) == (code, field)
    assert host.refused(Commit(2, 0, image_crc(data))).code == CODE.NOT_STAGED


def test_a_short_image_is_refused(talk) -> None:
    assert talk().refused(Stage(2, 0, 47, bytes(47))) == Refused(CODE.OUT_OF_RANGE, FIELD.LENGTH, 48, 47)


def test_there_is_one_buffer_and_it_belongs_to_one_slot(talk, image) -> None:
    host = talk()
    data = encode_image(image())
    host.done(Stage(0, 0, 48, data[:20]))
    assert host.refused(Stage(1, 20, 48, data[20:])) == Refused(CODE.NOT_STAGED, FIELD.SLOT, 0, 1)
    host.done(Stage(1, 0, 48, data))
    assert host.refused(Validate(0, image_crc(data))).code == CODE.NOT_STAGED, "the buffer is slot 1's now"
    host.done(Validate(1, image_crc(data)))


def test_a_burst_has_room_for_its_ramps(talk) -> None:
    host = talk()
    host.done(host.arm(0, ramp_up_ms=1_000, ramp_down_ms=500))
    host.done(host.arm(1, ramp_up_ms=2_000))
    assert host.refused(Burst(3, 1_999)) == Refused(CODE.OUT_OF_RANGE, FIELD.DURATION_MS, 2_000, 1_999)
    host.done(Burst(1, 1_500))


def test_small_print_of_the_refusals(talk) -> None:
    host = talk()
    host.done(host.arm(1))
    assert host.refused(SetAmplitude(0, 100)) == Refused(CODE.NOT_ARMED, FIELD.CHANNEL, 2, 0)
    assert host.refused(ReadLog(1, 1, 0)) == Refused(CODE.OUT_OF_RANGE, FIELD.OFFSET, 1, 0)
    assert host.ask(OpenLink(1, 521)) == Refused(CODE.OUT_OF_RANGE, FIELD.LENGTH, 522, 521)
    assert host.status().armed_channels == 2, "a refused LINK_OPEN changes nothing"
    assert host.done(SetClock(2**64 - 1)).unix_ms == 2**64 - 1


def test_balance_cannot_fail_within_the_ranges_but_is_checked() -> None:
    limits.balance(500, 50_000)
    limits.balance(440, 1_000_000)  # 900 us busy in a period of 1,000 us
    with pytest.raises(Refusal) as caught:
        limits.balance(441, 1_000_000)
    assert caught.value.answer == Refused(CODE.BALANCE, FIELD.WIDTH_US, 900, 902)


def test_no_session_no_answer_but_a_refusal(talk) -> None:
    host = talk(opened=False)
    host.ask(ReadStatus())
    host.host.link_session = 77
    assert host.refused(host.arm()).code in (CODE.WRONG_DEVICE, CODE.STALE_LINK)
    assert host.done(OpenLink(1, 1004)).link_session
