"""The virtual patient against the check values of the benchmark's definition."""

from __future__ import annotations

from math import exp, fsum, log
from random import Random
from statistics import NormalDist

import pytest

from device_emulator.firmware.body import Drive
from device_emulator.tissue.nerve import pair_factor, respond, width_factor
from device_emulator.tissue.patient import Patient
from device_emulator.tissue.person import person
from device_emulator.tissue.subjects import CHRONAXIE_US, cohort_a

REFERENCE = Drive(0, 0x02, 0x04, 214, 20_000, 0, 0)


def test_subject_0_of_cohort_a() -> None:
    subject = cohort_a(0)
    assert subject.motor_ma == pytest.approx((2.458388, 1.205300), abs=5e-7)
    assert subject.sigma == pytest.approx(0.091252, abs=5e-7)
    assert subject.miss_rate == pytest.approx(0.051087, abs=5e-7)
    assert subject.false_alarm_rate == pytest.approx(0.012081, abs=5e-7)
    assert subject.discomfort_ratio == pytest.approx(1.243954, abs=5e-7)


def test_sums_over_cohort_a() -> None:
    people = [cohort_a(index) for index in range(2_000)]
    assert fsum(person.motor_ma[0] for person in people) == pytest.approx(4962.864458, abs=1e-6)
    assert fsum(person.sigma for person in people) == pytest.approx(130.988346, abs=1e-6)
    assert fsum(person.miss_rate for person in people) == pytest.approx(58.873185, abs=1e-6)
    assert fsum(person.false_alarm_rate for person in people) == pytest.approx(39.955167, abs=1e-6)
    assert fsum(person.discomfort_ratio for person in people) == pytest.approx(3429.242263, abs=1e-6)
    assert all(0.4 <= person.perception_ratio <= 0.98 for person in people)


def test_the_first_burst_draws_the_benchmarks_uniforms() -> None:
    patient = Patient(person(0))
    patient.burst_begins(REFERENCE)
    assert patient.last_burst(0).uniforms == pytest.approx((0.189500, 0.830177, 0.209213), abs=5e-7)
    assert patient.last_burst(0).factor == 1.0


def test_answers_follow_the_definition() -> None:
    subject, phi = cohort_a(3), NormalDist().cdf
    chance = Random(9)
    for _ in range(2_000):
        amplitude_ma, a, b, c = chance.uniform(0.1, 9.9), chance.random(), chance.random(), chance.random()
        told = respond(subject, 0, amplitude_ma, (a, b, c))
        motor_ma, span = subject.motor_ma[0], 1 - subject.false_alarm_rate - subject.miss_rate
        z = log(amplitude_ma / motor_ma) / subject.sigma
        limits = [
            subject.false_alarm_rate * share + span * phi(z - log(r) / subject.sigma) for r, share in ((1, 1), (1.15, 0.3), (1.35, 0.3))
        ]
        assert told.grade == sum(a < limit for limit in limits)
        assert told.discomfort is (b < phi(log(amplitude_ma / (motor_ma * subject.discomfort_ratio)) / 0.06))
        assert told.felt is (told.discomfort or c < phi(log(amplitude_ma / (motor_ma * subject.perception_ratio)) / 0.06))


def test_nothing_delivered_can_only_be_a_false_alarm() -> None:
    told = respond(cohort_a(0), 0, 0.0, (0.5, 0.0, 0.0))
    assert (told.felt, told.grade, told.discomfort) == (False, 0, False)
    assert respond(cohort_a(0), 0, 0.0, (0.0, 1.0, 1.0)).grade == 3


def test_strength_duration() -> None:
    rheobase, at_chronaxie = width_factor(10**9), width_factor(round(CHRONAXIE_US))
    assert at_chronaxie / rheobase == pytest.approx(2.0, rel=1e-6)
    assert width_factor(214) == 1.0 and width_factor(100) > 1.0 > width_factor(400)
    charge = [width * width_factor(width) for width in (50, 100, 200, 400)]
    assert charge == sorted(charge), "charge threshold rises with width"
    assert (charge[1] - charge[0]) / 50 == pytest.approx((charge[3] - charge[2]) / 200), "and in a straight line (Weiss)"


def test_electrode_dependence() -> None:
    assert pair_factor((1,), (2,)) == 1.0
    assert pair_factor((1,), ()) < 1.0, "against the case"
    assert pair_factor((2,), (1,)) == pytest.approx(4.0), "the other way round"
    assert pair_factor((3,), (2,)) > pair_factor((0,), (3,)) > 1.0
    assert pair_factor((), ()) > 100


def test_asking_twice_answers_the_same_and_a_seed_repeats() -> None:
    def run() -> list[object]:
        patient = Patient(person(4))
        told = []
        for number in range(30):
            side = number % 2
            patient.burst_begins(Drive(side, 2 << 4 * side, 4 << 4 * side, 214, 20_000, 0, 0))
            patient.delivered(side, 100.0 * number)
            told += [patient.feel(side), patient.feel(side), patient.last_burst(side).number]
        assert told[0::3] == told[1::3]
        return told

    assert run() == run()


def test_scaled_thresholds_keep_their_ratios() -> None:
    subject = cohort_a(0)
    scaled = subject.scaled(4.0)
    assert scaled.motor_ma[0] == pytest.approx(4 * subject.motor_ma[0])
    assert scaled.discomfort_ratio == subject.discomfort_ratio and exp(0) == 1.0
