"""The curve of use at home against the published figures."""

from __future__ import annotations

from math import exp
from statistics import median

import pytest

from device_emulator.tissue.habits import PUBLISHED_B, PUBLISHED_UK, Habits, use_of


def mean_share(habits: Habits, first: float, last: float, seed: int = 0) -> float:
    """Over whole days."""
    use = use_of(habits, seed)
    days = range(round(first * 30.4375), round(last * 30.4375))
    return sum(use.share(day / 30.4375) for day in days) / len(days)


def test_the_median_person_of_year_2_uses_43_percent() -> None:
    assert mean_share(PUBLISHED_B, 12, 24) == pytest.approx(0.43, abs=0.005), "ReActiv8-B, year 2"


def test_five_years_of_the_uk_cohort_come_to_61_percent() -> None:
    assert mean_share(PUBLISHED_UK, 0, 60) == pytest.approx(1_106 / 1_826, abs=0.005)


def test_closed_form_and_falling() -> None:
    use = use_of(PUBLISHED_B, 0)
    assert use.share(0) == pytest.approx(0.85)
    assert use.share(6) == pytest.approx(0.35 + 0.5 * exp(-6 / 9.5))
    shares = [use.share(month) for month in range(61)]
    assert shares == sorted(shares, reverse=True) and shares[-1] == pytest.approx(0.35, abs=0.001)


def test_87_percent_are_still_using_after_two_years() -> None:
    using = [use_of(PUBLISHED_B, seed).share(24) > 0 for seed in range(1, 3_001)]
    assert sum(using) / 3_000 == pytest.approx(0.87, abs=0.015)
    assert all(use_of(Habits(still_using_at_24=1.0), seed).share(60) > 0 for seed in range(50))


def test_persons_differ_around_the_median() -> None:
    shares = [use_of(PUBLISHED_B, seed).share(18) for seed in range(1, 2_001)]
    assert median(share for share in shares if share) == pytest.approx(use_of(PUBLISHED_B, 0).share(18), abs=0.02)
    assert max(shares) > 0.8 and min(share for share in shares if share) < 0.1
    assert use_of(Habits(spread=0.0, still_using_at_24=1.0), 9).share(18) == pytest.approx(use_of(PUBLISHED_B, 0).share(18))
    assert use_of(PUBLISHED_B, 5) == use_of(PUBLISHED_B, 5) != use_of(PUBLISHED_B, 6)
