"""Where wire and medicine meet: exact in both directions, and total for whatever a device holds."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnprog.device.api import DeviceFlag, Output
from rnprog.device.errors import ProtocolMismatch
from rnprog.device.rn1 import translate, translate_program
from rnprog.protocol.fields import pack, unpack
from rnprog.protocol.image import ProgramImage, decode_image, encode_image
from rnprog.protocol.messages import ArmReply, BatteryReply, HeartbeatReply, IdentifyReply, PairReading, StatusReply
from rnprog.protocol.opcodes import NO_SLOT, BatteryFlag, ImpedanceFlag, Opcode, OutputState, RefusalCode, StatusFlag
from rnprog.therapy.contacts import CONTACTS_OF, Contact, Electrodes, Side
from rnprog.therapy.envelope import TestSetup
from rnprog.therapy.impedance import Verdict, verdict
from rnprog.therapy.program import Program, SideProgram
from rnprog.therapy.units import Hertz, Microseconds, Milliamps, Minutes, Seconds, UnitError

D = Decimal


def scaled(highest: int, per_unit: int) -> st.SearchStrategy[Decimal]:
    """Everything the wire can hold, in medicine's unit."""
    return st.integers(0, highest).map(lambda count: D(count) / per_unit)


contacts = st.frozensets(st.sampled_from(list(Contact)))
sides = st.builds(
    SideProgram,
    st.builds(Electrodes, contacts, contacts),
    scaled(2**32 - 1, 1000).map(Milliamps),
    scaled(2**16 - 1, 1).map(Microseconds),
)
programs = st.builds(
    Program,
    left=st.none() | sides,
    right=st.none() | sides,
    rate_hz=scaled(2**32 - 1, 1000).map(Hertz),
    ramp_up_s=scaled(2**16 - 1, 1000).map(Seconds),
    ramp_down_s=scaled(2**16 - 1, 1000).map(Seconds),
    on_s=scaled(2**32 - 1, 1000).map(Seconds),
    off_s=scaled(2**32 - 1, 1000).map(Seconds),
    session_min=st.integers(0, 1092).map(lambda minutes: Minutes(D(minutes))),
    sessions_per_day=scaled(255, 1),
)
images = st.builds(
    ProgramImage,
    format=st.just(1),
    channels=st.integers(0, 255),
    left_cathodes=st.integers(0, 0xFFFF),
    left_anodes=st.integers(0, 0xFFFF),
    left_amplitude_ua=st.integers(0, 2**32 - 1),
    left_width_us=st.integers(0, 0xFFFF),
    right_cathodes=st.integers(0, 0xFFFF),
    right_anodes=st.integers(0, 0xFFFF),
    right_amplitude_ua=st.integers(0, 2**32 - 1),
    right_width_us=st.integers(0, 0xFFFF),
    rate_mhz=st.integers(0, 2**32 - 1),
    ramp_up_ms=st.integers(0, 0xFFFF),
    ramp_down_ms=st.integers(0, 0xFFFF),
    on_ms=st.integers(0, 2**32 - 1),
    off_ms=st.integers(0, 2**32 - 1),
    session_s=st.integers(0, 0xFFFF),
    sessions_per_day=st.integers(0, 255),
)


@given(programs)
def test_a_program_survives_its_image_exactly(program: Program) -> None:
    assert translate_program.program(decode_image(encode_image(translate_program.image(program)))) == program


@given(images)
def test_any_image_is_a_program_or_a_mismatch_in_words(image: ProgramImage) -> None:
    """Reading is total: nothing else comes out, whatever a device holds."""
    try:
        program = translate_program.program(image)
    except ProtocolMismatch as mismatch:
        assert str(mismatch).endswith(".")
    else:
        again = translate_program.image(program)
        assert again.channels == image.channels & 3
        assert (again.rate_mhz, again.on_ms, again.session_s) == (image.rate_mhz, image.on_ms, image.session_s)
        if image.channels & 1:
            assert (again.left_amplitude_ua, again.left_cathodes) == (image.left_amplitude_ua, image.left_cathodes)
        if image.channels & 2:
            assert (again.right_amplitude_ua, again.right_anodes) == (image.right_amplitude_ua, image.right_anodes)


@pytest.mark.parametrize("value", ["0.0001", "2.50005"])
def test_what_the_wire_cannot_hold_exactly_is_an_error_and_never_rounded(value: str) -> None:
    with pytest.raises(UnitError):
        translate.set_amplitude(Side.LEFT, Milliamps(D(value)))


def test_half_a_minute_cannot_be_sent_as_a_whole_one() -> None:
    assert translate_program.image(simple(session_min=D("0.5"))).session_s == 30
    with pytest.raises(ProtocolMismatch, match="whole number of minutes"):
        translate_program.program(translate_program.image(simple(session_min=D("0.5"))))


def simple(**changes: Decimal) -> Program:
    values = {
        "rate_hz": D(20),
        "ramp_up_s": D(2),
        "ramp_down_s": D(2),
        "on_s": D(10),
        "off_s": D(20),
        "session_min": D(30),
        "sessions_per_day": D(2),
    }
    return Program(None, None, **{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("place, contact", list(enumerate(Contact)))
def test_contacts_are_numbered_as_the_document_says(place: int, contact: Contact) -> None:
    order = (*CONTACTS_OF[Side.LEFT], *CONTACTS_OF[Side.RIGHT], Contact.CASE)
    assert order[place] is contact
    assert translate.contact_number(contact) == place
    assert translate.contacts_of(1 << place) == {contact}


@given(contacts)
def test_a_contact_mask_is_the_set(chosen: frozenset[Contact]) -> None:
    assert translate.contacts_of(translate.contact_mask(chosen)) == chosen


@pytest.mark.parametrize("mask", [0x200, 0x8000, 0xFFFF])
def test_a_mask_with_contacts_that_no_lead_has_is_a_mismatch(mask: int) -> None:
    with pytest.raises(ProtocolMismatch, match="no lead has"):
        translate.contacts_of(mask)


@pytest.mark.parametrize("mask, expected", [(0, ()), (1, (Side.LEFT,)), (2, (Side.RIGHT,)), (3, (Side.LEFT, Side.RIGHT)), (0xFC, ())])
def test_a_channel_mask_is_its_sides(mask: int, expected: tuple[Side, ...]) -> None:
    assert translate.sides_of(mask) == expected
    assert translate.channels_mask((*expected, *expected)) == mask & 3


@pytest.mark.parametrize("side, electrodes", [(Side.LEFT, "-L1+L2"), (Side.RIGHT, "-R0-R1+case")])
def test_a_setup_is_what_the_device_is_asked_to_hold(side: Side, electrodes: str) -> None:
    setup = TestSetup(side, Electrodes.parse(electrodes), Microseconds(D(214)), Hertz(D("12.5")), Seconds(D("0.5")), Seconds(D(1)))
    request = translate.arm(setup)
    assert (request.width_us, request.rate_mhz, request.ramp_up_ms, request.ramp_down_ms) == (214, 12_500, 500, 1_000)
    assert translate.setup_held(unpack(ArmReply, pack(request) + b"\x20\x03")) == setup


def status(**changes: int) -> StatusReply:
    return replace(unpack(StatusReply, bytes(58)), **changes)


def test_every_output_state_has_its_word_and_no_other_is_off() -> None:
    assert [translate.output(state) for state in OutputState] == [output for output in Output if output is not Output.NOT_TOLD]
    for state in range(len(OutputState), 256):
        with pytest.raises(ProtocolMismatch):
            translate.output(state)


def test_every_flag_has_its_name_and_unknown_bits_are_ignored() -> None:
    named = [bit for bit in StatusFlag if bit]
    assert {next(iter(translate.flags(bit))) for bit in named} == set(DeviceFlag) - {DeviceFlag.TO_PUT_BACK}
    assert translate.flags(0xFE00) == frozenset()


def test_no_active_slot_has_no_crc_and_no_revision() -> None:
    none = translate.status(status(active_slot=NO_SLOT, active_crc=7, active_revision=7))
    assert (none.active_slot, none.active_crc, none.active_revision) == (None, None, None)
    some = translate.status(status(active_slot=0, active_crc=7, active_revision=9))
    assert (some.active_slot, some.active_crc, some.active_revision) == (0, 7, 9)


@pytest.mark.parametrize(
    "opcode, result, words",
    [
        (0, 0, ("none", "done")),
        (0x32, 0, ("BURST", "done")),
        (0x31, 5, ("SET_AMPLITUDE", "step_too_large")),
        (250, 99, ("opcode 250", "code 99")),
    ],
)
def test_the_last_command_in_words(opcode: int, result: int, words: tuple[str, str]) -> None:
    trace = translate.status(status(last_command_opcode=opcode, last_command_result=result, last_command_sequence=4)).last_command
    assert (trace.command, trace.result, trace.sequence) == (*words, 4)


@given(st.binary(min_size=58, max_size=58))
def test_any_status_is_read_or_refused_in_words(payload: bytes) -> None:
    reply = unpack(StatusReply, payload)
    try:
        found = translate.status(reply)
    except ProtocolMismatch:
        assert reply.output_state not in OutputState._value2member_map_
    else:
        assert found.setpoint_ma[Side.LEFT] * 1000 == reply.left_setpoint_ua
        assert found.output_ma[Side.RIGHT] * 1000 == reply.right_output_ua


@pytest.mark.parametrize(
    "flags, ohm, expected",
    [
        (ImpedanceFlag.OVER_RANGE, 0xFFFFFFFF, Verdict.OPEN),
        (ImpedanceFlag.OVER_RANGE, 800, Verdict.OPEN),
        (ImpedanceFlag.UNDER_RANGE, 12, Verdict.SHORT),
        (ImpedanceFlag.NONE, 800, Verdict.NORMAL),
        (ImpedanceFlag.OVER_RANGE | ImpedanceFlag.UNDER_RANGE, 800, Verdict.UNKNOWN),
        (ImpedanceFlag.NONE, 0xFFFFFFFF, Verdict.OPEN),
    ],
)
def test_a_measured_pair(flags: int, ohm: int, expected: Verdict) -> None:
    reading = translate.reading(PairReading(0, 8, flags, 0, ohm))
    assert (reading.first, reading.second) == (Contact.L0, Contact.CASE)
    assert verdict(reading) is expected
    assert (reading.impedance_ohm is None) is bool(flags & ImpedanceFlag.OVER_RANGE)


def test_battery_beat_and_identity() -> None:
    battery = translate.battery(BatteryReply(3_712, 55, BatteryFlag.LOW | BatteryFlag.CHARGING))
    assert (battery.voltage_v, battery.percent, battery.charging, battery.low, battery.end_of_service) == (
        D("3.712"),
        55,
        True,
        True,
        False,
    )
    beat = translate.beat(HeartbeatReply(640, OutputState.TEST_ON, StatusFlag.AT_LIMIT_LEFT, 1_200, 0))
    assert (beat.lease_remaining_s, beat.output, beat.output_ma[Side.LEFT]) == (D("0.64"), Output.TEST_ON, D("1.2"))
    assert beat.flags == {DeviceFlag.AT_LIMIT_LEFT}
    who = translate.identity(IdentifyReply("RN-1", "X1", 1, 2, 3, 1, 2, 4, 1, 9))
    assert (who.firmware, who.claims_emulator, who.protocol_known, who.boot_count) == ("1.2.3", True, True, 9)


def test_results_of_commands_are_named_as_refusals_are() -> None:
    assert {RefusalCode(code).name.lower() for code in range(23)} >= {"done", "busy", "stale_link"}
    assert Opcode(0x32).name == "BURST"
