"""The one door: what it approves, what it refuses and with which bounds, and that an approval cannot be forged."""

import copy
import pickle
from collections.abc import Callable
from dataclasses import fields, replace
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnprog.therapy.contacts import Contact, Electrodes, Side
from rnprog.therapy.envelope import (
    ApprovedAmplitude,
    ApprovedProgram,
    ApprovedSetup,
    ForgedApproval,
    Ladder,
    PatientLimits,
    Refusal,
    SafetyEnvelope,
    Source,
    inward,
)
from rnprog.therapy.grid import Range
from rnprog.therapy.impedance import ImpedanceReading, ImpedanceSweep
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.program import Program, SideProgram
from rnprog.therapy.units import Hertz, Milliamps
from tests.therapy.samples import BOTH, HERE, RN1, device, ma, program, setup, side, sweep

ENVELOPE = SafetyEnvelope(RN1)
CAREFUL = SafetyEnvelope(RN1, PatientLimits(ma("3.0"), ma("2.5")))
START = Ladder(ma("0"), ma("0"))


def approve(wanted: Program, envelope: SafetyEnvelope = ENVELOPE, **changes: Any) -> ApprovedProgram | Refusal:
    return envelope.approve(wanted, **{"slot": 1, "base_revision": 5, "sweep": sweep(), **HERE, **changes})


def refused(wanted: Program, envelope: SafetyEnvelope = ENVELOPE, **changes: Any) -> Refusal:
    answer = approve(wanted, envelope, **changes)
    assert isinstance(answer, Refusal)
    return answer


def bounds(refusal: Refusal) -> set[tuple[str, str]]:
    return {(violation.source.value, violation.bound) for violation in refusal.violations}


def armed(envelope: SafetyEnvelope = ENVELOPE, **changes: Any) -> ApprovedSetup:
    answer = envelope.approve_setup(setup(**changes), sweep(), **HERE)
    assert isinstance(answer, ApprovedSetup)
    return answer


def step(amplitude: str, ladder: Ladder = START, envelope: SafetyEnvelope = ENVELOPE, ohm: int = 800) -> Any:
    return envelope.approve_amplitude(armed(), ma(amplitude), ladder, sweep(ohm), **HERE)


def test_a_program_in_order_is_approved_for_this_device_session_and_slot() -> None:
    approved = approve(BOTH)
    assert isinstance(approved, ApprovedProgram)
    assert approved.program is BOTH
    assert (approved.slot, approved.base_revision, approved.serial, approved.link_session) == (1, 5, "RN1-0042", 7)
    assert approved.cautions == ()


def test_every_bound_is_named_with_value_and_source() -> None:
    refusal = refused(program(left=side(amplitude_ma="12.03")), CAREFUL)
    assert bounds(refusal) >= {
        ("rnprog", "at most 10.0 mA"),
        ("rnprog", "steps of 0.1 mA"),
        ("device", "at most 10.0 mA"),
        ("device", "steps of 0.1 mA"),
        ("patient profile", "at most 3.0 mA"),
        ("patient profile", "at most 2.5 mA"),
        ("compliance rule", "at most 9.562 mA at 800 ohm"),
    }
    left = [violation for violation in refusal.violations if violation.side is Side.LEFT]
    assert {violation.value for violation in left} == {"12.03 mA"}
    assert "Left amplitude 12.03 mA is above 10.0 mA, the limit of rnprog. Choose 10.0 mA or less." in refusal.sentences


def test_bounds_only_narrow() -> None:
    weak = SafetyEnvelope(device(amplitude_ma=Range(D(0), D("2.0"), D("0.2"))), PatientLimits(ma("9.0"), ma("9.0")))
    assert bounds(refused(program(right=None), weak)) == {("device", "at most 2.0 mA"), ("device", "steps of 0.2 mA")}
    strong = SafetyEnvelope(device(amplitude_ma=Range(D(0), D(25), D("0.1"))), PatientLimits(ma("20"), ma("20")))
    high = program(left=side(amplitude_ma="10.1", pulse_width_us="100"), right=None)
    assert bounds(refused(high, strong, sweep=sweep(500))) == {("rnprog", "at most 10.0 mA")}


@pytest.mark.parametrize(
    ("changes", "bound"),
    [
        ({"rate_hz": D("50.1")}, "at most 50.0 Hz"),
        ({"rate_hz": D("0.5")}, "at least 1.0 Hz"),
        ({"rate_hz": D(0)}, "at least 1.0 Hz"),
        ({"rate_hz": D("20.05")}, "steps of 0.1 Hz"),
        ({"ramp_up_s": D("0.3")}, "steps of 0.5 s"),
        ({"ramp_down_s": D("10.5")}, "at most 10.0 s"),
        ({"on_s": D(61)}, "at most 60 s"),
        ({"off_s": D(121)}, "at most 120 s"),
        ({"session_min": D(0)}, "at least 1 min"),
        ({"sessions_per_day": D(7)}, "at most 6 /day"),
        ({"left": side(pulse_width_us="49")}, "at least 50 us"),
        ({"left": side(pulse_width_us="214.5")}, "steps of 1 us"),
    ],
)
def test_both_ranges_hold_for_every_parameter(changes: dict[str, Any], bound: str) -> None:
    found = bounds(refused(program(**changes)))
    assert {("rnprog", bound), ("device", bound)} <= found


def test_relations_between_parameters() -> None:
    found = refused(program(ramp_up_s=D(6), ramp_down_s=D(5)))
    assert found.sentences == ("The ramps together take 11.0 s, longer than the on time of 10 s. Shorten the ramps.",)
    assert isinstance(approve(program(ramp_up_s=D(5), ramp_down_s=D(5))), ApprovedProgram)
    long_day = refused(program(sessions_per_day=D(6), session_min=D(241)))
    assert ("rnprog", "at most 1440 min a day") in bounds(long_day)
    fast = refused(program(left=side(amplitude_ma="0.5", pulse_width_us="500"), rate_hz=Hertz(D(1000))))
    assert ("charge rule", "whole pulse at most 900 us") in bounds(fast)
    assert ("charge rule", "rate above 0 Hz") in bounds(refused(program(rate_hz=Hertz(D(0)))))


def test_at_least_one_side() -> None:
    assert bounds(refused(program(left=None, right=None))) == {("rnprog", "at least one side")}
    assert isinstance(approve(program(left=None)), ApprovedProgram)


def test_amplitude_zero_needs_no_impedance_but_is_remarked() -> None:
    from_02 = SafetyEnvelope(device(amplitude_ma=Range(D("0.2"), D(5), D("0.1"))))
    silent = program(left=side(amplitude_ma="0"), right=None)
    approved = approve(silent, from_02, sweep=None)
    assert isinstance(approved, ApprovedProgram)
    (caution,) = approved.cautions
    assert "delivers nothing" in caution.sentence


def test_the_smallest_amplitude_needs_an_impedance() -> None:
    assert bounds(refused(program(left=side(amplitude_ma="0.1"), right=None), sweep=None)) == {
        ("impedance rule", "a fresh, usable impedance of these electrodes")
    }


def test_a_value_finer_than_the_integers_is_judged_upwards() -> None:
    at_limit = program(left=side(amplitude_ma="7.35", pulse_width_us="500"), right=None)
    above = program(left=side(amplitude_ma="7.3500001", pulse_width_us="500"), right=None)
    assert ("charge rule", "at most 30 uC/cm2") not in {(v.source.value, v.bound) for v in ENVELOPE.classify(at_limit).violations}
    assert ("charge rule", "at most 30 uC/cm2") in {(v.source.value, v.bound) for v in ENVELOPE.classify(above).violations}


def test_electrodes() -> None:
    wrong_lead = refused(program(left=side("-R1+R2"), right=None))
    assert wrong_lead.violations[0].field == "electrodes"
    assert "Choose contacts of the left lead" in wrong_lead.sentences[0]
    no_pole = SideProgram(Electrodes(frozenset(), frozenset()), ma("1.0"), side().pulse_width_us)
    assert [v.field for v in refused(program(left=no_pole, right=None)).violations] == ["electrodes"]
    one_lead = SafetyEnvelope(device(leads=(Side.LEFT,), contacts_per_lead=2))
    assert bounds(refused(BOTH, one_lead)) == {("device", "leads: left"), ("device", "2 contacts on each lead")}


def test_the_charge_limits() -> None:
    small = SafetyEnvelope(device(contact_area_cm2=D("0.0598"), charge_density_limit_uc_cm2=D(25)))
    refusal = refused(program(left=side(amplitude_ma="10.0"), right=None), small, sweep=sweep(500))
    assert bounds(refusal) == {
        ("charge rule", "at most 30 uC/cm2"),
        ("charge rule", "k at most 1.75"),
        ("device", "at most 25 uC/cm2"),
    }
    assert "Left charge density 35.79 uC/cm2 on a contact is above 30 uC/cm2." in refusal.sentences[0]
    assert "Shannon value k 1.884" in refusal.sentences[1]


def test_the_charge_cautions() -> None:
    approved = approve(program(left=side(amplitude_ma="10.0", pulse_width_us="250"), right=None), sweep=sweep(500))
    assert isinstance(approved, ApprovedProgram)
    assert [caution.bound for caution in approved.cautions] == ["below 20 uC/cm2", "k below 1.5"]
    assert approve(program(left=side(amplitude_ma="9.1"), right=None), sweep=sweep(500)).cautions == ()


def test_the_case_has_its_own_area() -> None:
    tiny_case = SafetyEnvelope(device(case_area_cm2=D("0.01")))
    refusal = refused(program(left=side("-L1+case"), right=None), tiny_case)
    assert all("on the case" in sentence for sentence in refusal.sentences)
    figures = tiny_case.classify(program(left=side("-L1+case"), right=None)).figures
    assert figures[Side.LEFT].density_uc_cm2 == D("53.5")
    assert ENVELOPE.classify(program(left=side("-L1+case"))).figures[Side.LEFT].charge_uc == D("0.535")
    only_case = SideProgram(Electrodes(frozenset({Contact.CASE}), frozenset()), ma("1.0"), side().pulse_width_us)
    assert not ENVELOPE.classify(program(left=only_case)).allowed


def test_contacts_in_parallel_are_judged_as_one() -> None:
    alone = ENVELOPE.classify(program(left=side("-L1+L3"))).figures[Side.LEFT]
    shared = ENVELOPE.classify(program(left=side("-L0-L1+L2+L3"))).figures[Side.LEFT]
    assert alone == shared


def test_compliance() -> None:
    refusal = refused(program(left=side(amplitude_ma="5.2"), right=None), sweep=sweep(1500))
    assert bounds(refusal) == {("compliance rule", "at most 5.1 mA at 1500 ohm")}
    assert isinstance(approve(program(left=side(amplitude_ma="5.1"), right=None), sweep=sweep(1500)), ApprovedProgram)


@pytest.mark.parametrize("taken", [None, sweep(serial="X"), sweep(link_session=6), sweep(None), sweep(5000), sweep(50), sweep(readings=())])
def test_the_impedance_gate_holds_for_each_side(taken: ImpedanceSweep | None) -> None:
    refusal = refused(BOTH, sweep=taken)
    assert [(v.side, v.source) for v in refusal.violations] == [(s, Source.IMPEDANCE) for s in Side]
    assert isinstance(ENVELOPE.approve_setup(setup(), taken, **HERE), Refusal)
    assert isinstance(ENVELOPE.approve_amplitude(armed(), ma("0.5"), START, taken, **HERE), Refusal)
    assert ENVELOPE.highest_allowed(armed(), START, taken, **HERE) == 0


def test_a_stale_impedance_is_no_impedance() -> None:
    refusal = refused(BOTH, now_ms=90_000 + 600_001)
    assert "more than 10 minutes ago" in refusal.sentences[0]


def test_one_bad_side_blocks_the_program() -> None:
    readings = tuple(replace(r, impedance_ohm=9000) if r.first.value[0] == "R" else r for r in sweep().readings)
    refusal = refused(BOTH, sweep=sweep(readings=readings))
    assert [violation.side for violation in refusal.violations] == [Side.RIGHT]


def test_an_unusual_impedance_is_a_caution() -> None:
    high = approve(program(right=None), sweep=sweep(2000))
    assert isinstance(high, ApprovedProgram)
    assert high.cautions[0].sentence == ("Left impedance 2000 ohm is high; usual is 400 to 1500 ohm. Allowed; watch the response.")


def test_a_device_that_cannot_measure_is_told_so() -> None:
    refusal = refused(program(right=None), SafetyEnvelope(device(has_impedance=False)), sweep=None)
    assert refusal.sentences == ("Left side: This device cannot measure impedance, and without it rnprog does not stimulate.",)


@pytest.mark.parametrize("slot", [-1, 4])
def test_slots_and_revisions(slot: int) -> None:
    refusal = refused(BOTH, slot=slot, base_revision=-1)
    assert [violation.field for violation in refusal.violations] == ["slot", "base_revision"]
    assert refusal.violations[0].bound == "slots 0 to 3"
    no_store = refused(BOTH, SafetyEnvelope(device(has_program_store=False)), slot=0)
    assert no_store.violations[0].bound == "no program slots"


def test_reading_is_total() -> None:
    wild = program(
        left=SideProgram(Electrodes(frozenset({Contact.R0}), frozenset()), ma("-3.00001"), side().pulse_width_us),
        right=side("-R0+case", "99999.9", "99999.9"),
        rate_hz=Hertz(D("0.00001")),
    )
    review = ENVELOPE.classify(wild)
    assert not review.allowed
    assert set(review.figures) == set(Side)
    assert ENVELOPE.classify(BOTH).allowed


def test_check_and_approve_agree() -> None:
    wanted = program(left=side(amplitude_ma="12.0"))
    review = ENVELOPE.check_program(wanted, sweep(), **HERE)
    assert review.violations == refused(wanted).violations
    assert ENVELOPE.check_program(BOTH, sweep(), **HERE).allowed


def test_inward_from_the_envelope() -> None:
    assert ENVELOPE.inward(BOTH, program(left=None))
    assert ENVELOPE.inward(program(left=None), BOTH) == inward(program(left=None), BOTH)


def test_a_setup_is_approved_at_zero() -> None:
    approved = armed()
    assert (approved.setup, approved.serial, approved.link_session) == (setup(), "RN1-0042", 7)
    wrong = ENVELOPE.approve_setup(setup(rate_hz=D(60), ramp_up_s=D(11), pulse_width_us=D(40)), sweep(), **HERE)
    assert isinstance(wrong, Refusal)
    assert {v.field for v in wrong.violations} == {"rate_hz", "ramp_up_s", "pulse_width_us"}


@pytest.mark.parametrize(
    ("amplitude", "ladder", "expected"),
    [
        ("0.5", START, set()),
        (
            "0.6",
            START,
            {
                ("step rule", "at most 0.5 mA, 0.5 mA above the last delivered amplitude"),
                ("device", "at most 0.5 mA, 0.5 mA above the last delivered amplitude"),
                ("step rule", "at most 0.5 mA, 0.5 mA above the highest tolerated amplitude"),
            },
        ),
        ("2.5", Ladder(ma("2.0"), ma("2.0")), set()),
        ("2.5", Ladder(ma("2.0"), ma("3.0")), set()),
        (
            "2.5",
            Ladder(ma("2.0"), ma("1.9")),
            {("step rule", "at most 2.4 mA, 0.5 mA above the highest tolerated amplitude")},
        ),
        (
            "2.5",
            Ladder(ma("2.5"), ma("2.5"), ma("2.4")),
            {("step rule", "at most 2.4 mA, the ceiling set by discomfort")},
        ),
        ("0.1", Ladder(ma("3.0"), ma("3.0")), set()),
        ("0", Ladder(ma("3.0"), ma("3.0"), ma("0")), set()),
    ],
)
def test_steps(amplitude: str, ladder: Ladder, expected: set[tuple[str, str]]) -> None:
    answer = step(amplitude, ladder)
    if expected:
        assert bounds(answer) == expected
    else:
        assert isinstance(answer, ApprovedAmplitude)
        assert answer.amplitude_ma == D(amplitude)
        assert answer.setup.setup == setup()


def test_a_device_may_take_smaller_steps() -> None:
    small = SafetyEnvelope(device(step_limit_ma=D("0.2")))
    assert bounds(step("0.3", envelope=small)) == {("device", "at most 0.2 mA, 0.2 mA above the last delivered amplitude")}
    assert small.highest_allowed(armed(small), START, sweep(), **HERE) == D("0.2")


def test_an_amplitude_meets_every_other_bound_too() -> None:
    near = Ladder(ma("10.0"), ma("10.0"))
    assert bounds(step("10.3", near, CAREFUL, ohm=1000)) == {
        ("rnprog", "at most 10.0 mA"),
        ("device", "at most 10.0 mA"),
        ("patient profile", "at most 3.0 mA"),
        ("compliance rule", "at most 7.65 mA at 1000 ohm"),
    }
    assert ("rnprog", "steps of 0.1 mA") in bounds(step("0.25"))


@pytest.mark.parametrize("odd", [D("NaN"), D("Infinity"), D("-0"), 0.5, 1, None])
def test_an_amplitude_is_a_number(odd: Any) -> None:
    answer = ENVELOPE.approve_amplitude(armed(), odd, START, sweep(), **HERE)
    assert isinstance(answer, Refusal)
    assert answer.sentences == ("The amplitude is not a number. Enter an amplitude in mA.",)


def test_a_negative_amplitude_is_refused() -> None:
    assert ("rnprog", "at least 0.0 mA") in bounds(step("-0.1"))


@pytest.mark.parametrize("amplitude", ["0", "0.5"])
def test_an_approved_setup_ends_with_its_device_and_link_session(amplitude: str) -> None:
    moved: dict[str, Any] = {**HERE, "link_session": 8, "serial": "RN1-0043"}
    fresh = sweep(link_session=8, serial="RN1-0043")
    answer = ENVELOPE.approve_amplitude(armed(), ma(amplitude), START, fresh, **moved)
    assert isinstance(answer, Refusal)
    assert [violation.field for violation in answer.violations] == ["serial", "link_session"]
    assert ENVELOPE.highest_allowed(armed(), START, fresh, **moved) == 0


def test_zero_is_approved_without_impedance() -> None:
    assert isinstance(ENVELOPE.approve_amplitude(armed(), ma("0"), START, None, **HERE), ApprovedAmplitude)


grid = st.integers(0, 100).map(lambda tenths: Milliamps(D(tenths) / 10))


@settings(max_examples=15)
@given(
    last=grid,
    tolerated=grid,
    ceiling=st.none() | grid,
    patient=st.none() | grid,
    ohm=st.integers(60, 4500),
    area=st.sampled_from([D("0.1225"), D("0.0598"), D("0.02")]),
)
def test_highest_allowed_is_the_highest_that_would_be_approved(
    last: Milliamps, tolerated: Milliamps, ceiling: Milliamps | None, patient: Milliamps | None, ohm: int, area: D
) -> None:
    envelope = SafetyEnvelope(device(contact_area_cm2=area), PatientLimits(left_max_ma=patient))
    ladder, taken = Ladder(last, tolerated, ceiling), sweep(ohm)
    ready = armed()
    highest = envelope.highest_allowed(ready, ladder, taken, **HERE)
    everything = [AMPLITUDE.minimum + AMPLITUDE.step * count for count in range(106)]
    assert highest in everything
    for amplitude_ma in everything[everything.index(highest) :]:
        asked = envelope.approve_amplitude(ready, Milliamps(amplitude_ma), ladder, taken, **HERE)
        assert isinstance(asked, ApprovedAmplitude) == (amplitude_ma == highest)


@given(
    st.decimals(min_value=0, max_value=14, places=2),
    st.decimals(min_value=40, max_value=520, places=0),
    st.integers(50, 4500),
    st.none() | grid,
)
def test_what_is_approved_holds_by_an_independent_computation(amplitude: D, width_us: D, ohm: int, patient: Milliamps | None) -> None:
    envelope = SafetyEnvelope(RN1, PatientLimits(left_max_ma=patient))
    wanted = program(left=side(amplitude_ma=str(amplitude), pulse_width_us=str(width_us)), right=None)
    fine = (
        amplitude <= 10
        and amplitude * 10 % 1 == 0
        and 50 <= width_us <= 500
        and (patient is None or amplitude <= patient)
        and amplitude * width_us <= 30 * D("0.1225") * 1000
        and (amplitude * width_us / 1000) ** 8 <= 10**7 * D("0.1225") ** 4
        and (amplitude == 0 or (100 <= ohm <= 4000 and amplitude * ohm <= D("0.85") * 9000))
    )
    assert isinstance(approve(wanted, envelope, sweep=sweep(ohm)), ApprovedProgram) == fine


def approvals() -> list[ApprovedProgram | ApprovedSetup | ApprovedAmplitude]:
    program_approved, amplitude_approved = approve(BOTH), step("0.5")
    assert isinstance(program_approved, ApprovedProgram)
    assert isinstance(amplitude_approved, ApprovedAmplitude)
    return [program_approved, armed(), amplitude_approved]


each_approval = pytest.mark.parametrize("approval", approvals(), ids=lambda approval: type(approval).__name__)


@each_approval
@pytest.mark.parametrize("seal", [None, True, object(), "seal", ForgedApproval])
def test_an_approval_cannot_be_built(approval: Any, seal: object) -> None:
    values = {each.name: getattr(approval, each.name) for each in fields(approval)}
    with pytest.raises(ForgedApproval, match="Nothing was sent"):
        type(approval)(**values, seal=seal)
    with pytest.raises(TypeError):
        type(approval)(**values)


@each_approval
def test_an_approval_holds_no_seal(approval: Any) -> None:
    assert "seal" not in {each.name for each in fields(approval)}
    assert not hasattr(approval, "seal")
    assert not hasattr(approval, "__dict__")


@each_approval
def test_an_approval_cannot_be_altered(approval: Any) -> None:
    first = fields(approval)[0].name
    with pytest.raises(AttributeError):
        setattr(approval, first, None)
    with pytest.raises(ValueError, match="seal"):
        replace(approval, **{first: None})
    with pytest.raises(ForgedApproval):
        replace(approval, **{first: None, "seal": object()})


@each_approval
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_an_approval_cannot_be_duplicated(approval: Any, duplicate: Callable[[object], object]) -> None:
    with pytest.raises(ForgedApproval):
        duplicate(approval)
    if hasattr(approval, "__replace__"):
        with pytest.raises((ForgedApproval, ValueError, TypeError)):
            approval.__replace__(cautions=())


@each_approval
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_an_approval_cannot_be_pickled(approval: Any, protocol: int) -> None:
    with pytest.raises(ForgedApproval):
        pickle.dumps(approval, protocol)


def test_readings_may_come_in_either_order() -> None:
    turned = tuple(ImpedanceReading(r.second, r.first, r.impedance_ohm) for r in sweep().readings)
    assert isinstance(approve(BOTH, sweep=sweep(readings=turned)), ApprovedProgram)
