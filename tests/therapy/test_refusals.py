"""Refusals of the envelope, word for word: every field of every violation it makes itself, and the cautions that go with them."""

from dataclasses import astuple
from decimal import Decimal as D
from typing import Any

import pytest

from rnprog.therapy.envelope import (
    ApprovedAmplitude,
    ApprovedProgram,
    ApprovedSetup,
    Caution,
    ForgedApproval,
    Ladder,
    Refusal,
    SafetyEnvelope,
    Source,
)
from tests.therapy.samples import BOTH, HERE, RN1, device, ma, program, setup, side, sweep

ENVELOPE = SafetyEnvelope(RN1)
START = Ladder(ma("0"), ma("0"))
HIGH_OHM = sweep(2000)
"""Allowed, with a caution."""


def approve(wanted: Any = BOTH, envelope: SafetyEnvelope = ENVELOPE, **changes: Any) -> Any:
    return envelope.approve(wanted, **{"slot": 1, "base_revision": 5, "sweep": sweep(), **HERE, **changes})


def armed() -> ApprovedSetup:
    answer = ENVELOPE.approve_setup(setup(), sweep(), **HERE)
    assert isinstance(answer, ApprovedSetup)
    return answer


def test_the_first_slot_and_the_first_revision_are_as_good_as_any() -> None:
    approved = approve(slot=0, base_revision=0)
    assert isinstance(approved, ApprovedProgram)
    assert (approved.slot, approved.base_revision) == (0, 0)
    assert isinstance(approve(slot=3), ApprovedProgram)


@pytest.mark.parametrize(
    ("slot", "stored", "bound"), [(-1, True, "slots 0 to 3"), (4, True, "slots 0 to 3"), (0, False, "no program slots")]
)
def test_a_slot_that_is_not_there(slot: int, stored: bool, bound: str) -> None:
    (violation,) = approve(envelope=SafetyEnvelope(device(has_program_store=stored)), slot=slot).violations
    sentence = f"The device has no program slot {slot} ({bound}). Choose a slot that it has."
    assert astuple(violation) == ("slot", "Slot", None, str(slot), bound, Source.DEVICE, sentence)


def test_a_revision_that_is_not_known() -> None:
    (violation,) = approve(base_revision=-1).violations
    sentence = "It is not known which version of the program this one replaces. Read the device again."
    assert astuple(violation) == ("base_revision", "Revision", None, "-1", "0 or more", Source.PRODUCT, sentence)


@pytest.mark.parametrize("amplitude", ["0", "0.5"])
def test_a_setup_of_another_device_and_of_an_earlier_link(amplitude: str) -> None:
    moved: dict[str, Any] = {**HERE, "serial": "RN1-0043", "link_session": 8}
    answer = ENVELOPE.approve_amplitude(armed(), ma(amplitude), START, sweep(serial="RN1-0043", link_session=8), **moved)
    assert isinstance(answer, Refusal)
    other, moved_on = answer.violations
    sentence = "The test stimulation was prepared for another device. Prepare it again on this one."
    assert astuple(other) == ("serial", "Device", None, "RN1-0042", "RN1-0043", Source.PRODUCT, sentence)
    sentence = "The link was opened or stopped since the test stimulation was prepared. Prepare it again."
    assert astuple(moved_on) == ("link_session", "Link session", None, "link session 7", "link session 8", Source.PRODUCT, sentence)


def test_an_amplitude_that_is_no_number() -> None:
    answer = ENVELOPE.approve_amplitude(armed(), ma("NaN"), START, sweep(), **HERE)
    assert isinstance(answer, Refusal)
    (violation,) = answer.violations
    sentence = "The amplitude is not a number. Enter an amplitude in mA."
    label = violation.label
    assert label.lower() == "amplitude"
    assert astuple(violation) == ("amplitude_ma", label, setup().side, "not a number", "mA", Source.PRODUCT, sentence)


def test_cautions_go_with_every_approval() -> None:
    approved = [
        approve(program(right=None), sweep=HIGH_OHM),
        ENVELOPE.approve_setup(setup(), HIGH_OHM, **HERE),
        ENVELOPE.approve_amplitude(armed(), ma("0.5"), START, HIGH_OHM, **HERE),
    ]
    for answer, kind in zip(approved, (ApprovedProgram, ApprovedSetup, ApprovedAmplitude), strict=True):
        assert isinstance(answer, kind)
        (caution,) = answer.cautions
        assert isinstance(caution, Caution) and "2000 ohm is high" in caution.sentence
    zero = ENVELOPE.approve_amplitude(armed(), ma("0"), START, HIGH_OHM, **HERE)
    assert isinstance(zero, ApprovedAmplitude) and zero.cautions == ()


def test_cautions_go_with_every_refusal() -> None:
    refused = [
        approve(program(left=side(amplitude_ma="3.85"), right=None), sweep=HIGH_OHM),
        ENVELOPE.approve_setup(setup(rate_hz=D(60)), HIGH_OHM, **HERE),
        ENVELOPE.approve_amplitude(armed(), ma("0.6"), START, HIGH_OHM, **HERE),
    ]
    for answer in refused:
        assert isinstance(answer, Refusal) and answer.violations
        assert [("2000 ohm is high" in caution.sentence) for caution in answer.cautions] == [True]


def test_a_forged_approval_says_what_was_sent() -> None:
    assert str(ForgedApproval()) == "Only the safety envelope approves stimulation. Nothing was sent."


def test_an_envelope_shows_what_it_was_made_of_and_nothing_twice() -> None:
    assert repr(ENVELOPE) == f"SafetyEnvelope(capabilities={RN1!r}, patient=None)"
    assert SafetyEnvelope(RN1) == ENVELOPE
