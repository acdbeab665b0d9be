"""How a connection begins: it only reads, and everything that is no RN-1 of the right number is turned away in words."""

from typing import Any

import pytest

from rnprog.device.errors import DeviceError, NoAnswer, ProtocolMismatch, WrongDevice
from rnprog.device.link import Link
from rnprog.device.registry import connect, identify
from rnprog.protocol.messages import REQUESTS, CapabilitiesReply, OpenLinkReply
from rnprog.protocol.opcodes import Opcode, RequestClass
from tests.device.rig import Rig, altered, rigged, strange

READ_ONLY = {RequestClass.OPEN, RequestClass.READ}


def refused(url: str, **wish: Any) -> tuple[DeviceError, Rig]:
    with rigged(url, driver=False) as rig, pytest.raises(DeviceError) as found:
        connect(rig.link, **wish)
    return found.value, rig


def test_connecting_sends_no_write(rig: Rig) -> None:
    assert rig.tape.opcodes() == [Opcode.IDENTIFY, Opcode.LINK_OPEN, Opcode.CAPABILITIES]
    assert all(REQUESTS[opcode].CLASS in READ_ONLY for opcode in rig.tape.opcodes())


def test_connecting_again_only_reads_and_starts_nothing(rig: Rig) -> None:
    rig.tape.clear()
    rig.device.resume_link()
    assert rig.tape.opcodes() == [Opcode.LINK_OPEN, Opcode.STATUS]
    assert not rig.truth.changes


def test_an_unknown_model_is_told_nothing_but_the_question() -> None:
    error, rig = refused("emu://?scenario=other-device")
    assert isinstance(error, ProtocolMismatch)
    assert "XN-7" in str(error) and "RN-1" in str(error)
    assert rig.tape.opcodes() == [Opcode.IDENTIFY]


def test_an_unknown_protocol_version_gives_identity_and_nothing_else() -> None:
    error, rig = refused("emu://?scenario=unknown-firmware")
    assert isinstance(error, ProtocolMismatch)
    assert rig.tape.opcodes() == [Opcode.IDENTIFY]
    with rigged("emu://?scenario=unknown-firmware", driver=False) as again:
        found, _ = identify(again.link)
    assert not found.protocol_known and found.model == "RN-1"


def test_another_serial_number_is_turned_away() -> None:
    error, rig = refused("emu://?seed=3", expected_serial="RN1-E0000004")
    assert isinstance(error, WrongDevice)
    assert "RN1-E0000003" in str(error) and "RN1-E0000004" in str(error)
    assert rig.tape.opcodes() == [Opcode.IDENTIFY]


def test_the_right_serial_number_is_taken() -> None:
    with rigged("emu://?seed=3", driver=False) as rig:
        assert connect(rig.link, expected_serial="RN1-E0000003").identity.serial == "RN1-E0000003"


def test_silence_and_noise_are_different_things() -> None:
    silence, _ = refused("emu://?scenario=deaf")
    noise, _ = refused("emu://?scenario=junk")
    assert isinstance(silence, NoAnswer) and "No device answers" in str(silence)
    assert isinstance(noise, ProtocolMismatch) and "noise" in str(noise)


@pytest.mark.parametrize("scenario", ["deaf", "junk"])
def test_a_line_without_a_device_is_found_out_within_two_seconds(scenario: str) -> None:
    with rigged(f"emu://?scenario={scenario}", driver=False) as rig:
        with pytest.raises(DeviceError):
            connect(rig.link)
        assert rig.link.clock.now_s() <= 2.0


def test_a_serial_number_with_escapes_and_markup_arrives_as_plain_text() -> None:
    with rigged("emu://?scenario=foreign-serial") as rig:
        serial = rig.device.identity.serial
        assert all(" " <= letter <= "~" for letter in serial)
        assert "?" in serial


@pytest.mark.parametrize(
    "changes",
    [
        {"amplitude_step_ua": 0},
        {"step_limit_ua": 0},
        {"width_min_us": 501},
        {"session_min_s": 89},
        {"session_step_s": 61},
        {"leads": 0},
        {"contacts_per_lead": 9},
        {"contact_area_um2": 0},
        {"compliance_mv": 0},
        {"impedance_min_ohm": 60_000},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_description_that_cannot_be_right_is_a_mismatch_and_no_traceback(changes: dict[str, int]) -> None:
    with rigged(driver=False) as rig:
        strange(rig.link, {Opcode.CAPABILITIES: altered(CapabilitiesReply, **changes)})
        with pytest.raises(ProtocolMismatch):
            connect(rig.link)


def test_random_descriptions_never_break_out() -> None:
    from random import Random

    chance = Random(7)
    for _ in range(60):
        with rigged(driver=False) as rig:
            strange(rig.link, {Opcode.CAPABILITIES: lambda payload: chance.randbytes(len(payload))})
            try:
                connect(rig.link)
            except DeviceError:
                continue


def test_the_answer_to_another_nonce_is_not_believed() -> None:
    with rigged(driver=False) as rig:
        strange(rig.link, {Opcode.LINK_OPEN: altered(OpenLinkReply, nonce=0)})
        with pytest.raises(DeviceError):
            connect(rig.link)


def test_a_link_that_is_gone_is_said_while_identifying() -> None:
    link = Link("emu://?faults=unplug@1")
    try:
        with pytest.raises(DeviceError):
            connect(link)
    finally:
        link.close()
