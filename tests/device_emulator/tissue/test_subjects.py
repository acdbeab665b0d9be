"""Cohorts A to E against the check values of the titration benchmark (project facts, section 4)."""

from __future__ import annotations

from dataclasses import astuple
from hashlib import sha256
from math import fsum, log
from statistics import NormalDist, median, stdev

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from device_emulator.tissue.nerve import contraction_probability, respond
from device_emulator.tissue.subjects import COHORTS, SEED, WANDER, cohort_a, subject

PEOPLE = {cohort: [subject(cohort, index) for index in range(2_000)] for cohort in COHORTS}


def test_hashes_of_all_five_cohorts() -> None:
    for cohort, expected in {
        "A": "b554173dcbb6ac37",
        "B": "8ecaa199ccb43c48",
        "C": "afaa70c6d06b86b6",
        "D": "b554173dcbb6ac37",
        "E": "9df0480435d17c5a",
    }.items():
        rows = (
            f"{one.motor_ma[0]:.6f},{one.sigma:.6f},{one.miss_rate:.6f},{one.false_alarm_rate:.6f},{one.discomfort_ratio:.6f};"
            for one in PEOPLE[cohort]
        )
        assert sha256("".join(rows).encode()).hexdigest()[:16] == expected, cohort
    assert SEED == 7301


def test_sums_of_the_cohorts() -> None:
    assert fsum(one.motor_ma[0] for one in PEOPLE["A"]) == pytest.approx(4962.864458, abs=1e-6)
    assert fsum(one.motor_ma[0] for one in PEOPLE["B"]) == pytest.approx(8454.293729, abs=1e-6)
    assert fsum(one.sigma for one in PEOPLE["C"]) == pytest.approx(213.120973, abs=1e-6)
    assert fsum(one.discomfort_ratio for one in PEOPLE["E"]) == pytest.approx(1603.383992, abs=1e-6)
    assert PEOPLE["A"][7] == cohort_a(7)


def test_the_quantiles_that_are_stated() -> None:
    motor_ma = sorted(one.motor_ma[0] for one in PEOPLE["A"])
    ratios = sorted(one.discomfort_ratio for one in PEOPLE["A"])
    assert (round(fsum(motor_ma) / 2_000, 3), round(median(motor_ma), 3)) == (2.481, 2.178)
    assert motor_ma[100] == pytest.approx(0.909, abs=0.01) and motor_ma[1_900] == pytest.approx(5.157, abs=0.03)
    assert round(median(ratios), 3) == 1.603 and ratios[100] == pytest.approx(1.256, abs=0.002)


def test_perception_lies_below_contraction_and_contraction_below_discomfort() -> None:
    for cohort in "ABCD":
        assert all(one.perception_ratio < 1 < one.discomfort_ratio for one in PEOPLE[cohort])
    assert all(one.discomfort_ratio <= 1 for one in PEOPLE["E"]), "cohort E: discomfort first"
    assert all(one.perception_ratio < one.discomfort_ratio for one in PEOPLE["E"]), "and perception before that"


@given(
    cohort=st.sampled_from(COHORTS),
    index=st.integers(0, 1_999),
    effective_ma=st.floats(0, 20),
    elsewhere_ma=st.floats(0, 20),
    uniforms=st.tuples(*[st.floats(0, 1)] * 3),
)
@example("A", 0, 3.2, 0.0, (0.0, 0.4, 1.0))
@example("E", 0, 3.2, 0.0, (0.0, 0.0, 0.999_999))
def test_what_hurts_is_felt(cohort, index, effective_ma, elsewhere_ma, uniforms) -> None:
    told = respond(PEOPLE[cohort][index], index % 2, effective_ma, uniforms, elsewhere_ma=elsewhere_ma)
    assert told.felt or not (told.discomfort or told.elsewhere)


def test_only_cohort_d_tires() -> None:
    tired, fresh = PEOPLE["D"][0], PEOPLE["A"][0]
    assert tired.tired_ma(0, 0) == fresh.motor_ma[0]
    assert tired.tired_ma(0, 25) == pytest.approx(fresh.motor_ma[0] * 1.1)
    assert fresh.tired_ma(0, 25) == fresh.motor_ma[0]
    at_ma = fresh.motor_ma[0]
    assert contraction_probability(tired, 0, at_ma, 25) < contraction_probability(tired, 0, at_ma) - 0.2
    assert respond(tired, 0, at_ma, (0.45, 1.0, 1.0)).grade == 1 and respond(tired, 0, at_ma, (0.45, 1.0, 1.0), 25).grade == 0


def test_lapses_and_false_alarms_are_the_ends_of_the_curve() -> None:
    one = PEOPLE["C"][1]
    assert contraction_probability(one, 0, 0.0) == one.false_alarm_rate
    assert contraction_probability(one, 0, 1e-6) == pytest.approx(one.false_alarm_rate)
    assert contraction_probability(one, 0, 1e6) == pytest.approx(1 - one.miss_rate)
    middle = one.false_alarm_rate + (1 - one.false_alarm_rate - one.miss_rate) / 2
    assert contraction_probability(one, 0, one.motor_ma[0]) == pytest.approx(middle)


def test_the_threshold_wanders_from_visit_to_visit_and_not_within_one() -> None:
    one = PEOPLE["A"][0]
    assert one.at_visit(0, 0) is one
    assert one.at_visit(0, 6) == one.at_visit(0, 6) != one.at_visit(0, 12)
    steps = [log(one.at_visit(seed, 6).motor_ma[0] / one.motor_ma[0]) for seed in range(1_000)]
    assert stdev(steps) == pytest.approx(WANDER, rel=0.1) and abs(sum(steps) / 1_000) < 0.015
    assert astuple(one.at_visit(0, 6))[1:] == astuple(one)[1:], "nothing else moves"


def test_an_unknown_cohort_lists_the_known() -> None:
    with pytest.raises(ValueError, match="Known are A, B, C, D, E"):
        subject("F", 0)


def test_yes_answers_are_as_frequent_as_the_curve_says() -> None:
    one, chance = PEOPLE["A"][5], NormalDist().inv_cdf
    at_ma = one.motor_ma[0] * (1 + one.sigma * chance(0.7))
    uniforms = [((at + 0.5) / 1_000, 1.0, 1.0) for at in range(1_000)]
    share = sum(respond(one, 0, at_ma, each).grade > 0 for each in uniforms) / 1_000
    assert share == pytest.approx(contraction_probability(one, 0, at_ma), abs=0.001)
