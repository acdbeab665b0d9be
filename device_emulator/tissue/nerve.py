"""What a burst does: perception below contraction below discomfort, and how thresholds move with electrodes and pulse width. Pure.

Amplitudes are referred to the reference pair (cathode L1 or R1, anode L2 or R2) at 214 us. Assumptions beside those of subjects.py:

- other widths follow Lapicque's I = I_rheobase * (1 + chronaxie / width), chronaxie 150 us (motor axons, `unverified`);
- other pairs follow the potential that a line of contacts 6 mm apart makes at the nerve, 5 mm off contact 1; where the anode is the nearer,
  a quarter of it counts. A lead that slipped has its contacts elsewhere;
- another structure lies 16 mm beyond contact 1, towards the tip, and is as easily excited as the nerve: what is felt there is felt in
  the wrong place and moves no multifidus. In a lead that has not slipped it matters only to contact 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt
from statistics import NormalDist

from device_emulator.tissue.subjects import CHRONAXIE_US, Subject

REFERENCE_WIDTH_US = 214
PITCH_MM, DEPTH_MM = 6.0, 5.0
ANODAL_SHARE = 0.25
NERVE_MM, OTHER_MM = 0.0, -16.0
"""Places along the lead, counted from where contact 1 was implanted; the tip lies below 0."""
GRADE_STEPS = (0.0, log(1.15), log(1.35))
"""ln of the amplitude ratios at which a contraction goes up one grade."""
REPORT_SPREAD = 0.06
"""Relative spread of "I feel it" and "it hurts", in ln units."""

_REFERENCE_CATHODE, _REFERENCE_ANODE = 1, 2
_WEAKEST = 1e-4
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Feeling:
    """What one burst did, as reported."""

    felt: bool
    grade: int
    """0 none, 1 flicker, 2 clear, 3 strong. Of the multifidus: what a hand on the back feels."""
    discomfort: bool
    elsewhere: bool = False
    """Felt in the wrong place."""


def respond(
    subject: Subject,
    side: int,
    effective_ma: float,
    uniforms: tuple[float, float, float],
    bursts_before: int = 0,
    elsewhere_ma: float = 0.0,
) -> Feeling:
    """What is reported at an amplitude, referred to the reference pair and width. `uniforms` are the burst's a, b and c."""
    a, b, c = uniforms
    rested_ma, motor_ma = subject.motor_ma[side], subject.tired_ma(side, bursts_before)
    z = (log(effective_ma / motor_ma) / subject.sigma) if effective_ma > 0 else float("-inf")
    span = 1 - subject.false_alarm_rate - subject.miss_rate
    grade = 0
    for kappa in GRADE_STEPS:
        false_alarm = subject.false_alarm_rate * (1.0 if kappa == 0 else 0.3)
        grade += a < false_alarm + span * _cdf(z - kappa / subject.sigma)
    perceived_ma = rested_ma * subject.perception_ratio
    elsewhere = c < _report(elsewhere_ma, perceived_ma)
    discomfort = b < _report(max(effective_ma, elsewhere_ma), rested_ma * subject.discomfort_ratio)
    felt = discomfort or elsewhere or c < _report(effective_ma, perceived_ma)  # what hurts is felt
    return Feeling(felt, grade, discomfort, elsewhere)


def contraction_probability(subject: Subject, side: int, effective_ma: float, bursts_before: int = 0) -> float:
    """Chance that a hand on the back reports any contraction: the recruitment curve with the observer's errors in it."""
    if effective_ma <= 0:
        return subject.false_alarm_rate
    z = log(effective_ma / subject.tired_ma(side, bursts_before)) / subject.sigma
    return subject.false_alarm_rate + (1 - subject.false_alarm_rate - subject.miss_rate) * _cdf(z)


def width_factor(width_us: int, chronaxie_us: float = CHRONAXIE_US) -> float:
    """Threshold current at a pulse width over that at the reference width."""
    return (1 + chronaxie_us / width_us) / (1 + chronaxie_us / REFERENCE_WIDTH_US)


def pair_factor(cathodes: tuple[int, ...], anodes: tuple[int, ...], shift_mm: float = 0.0, place_mm: float = NERVE_MM) -> float:
    """Threshold current of an electrode set over that of the reference pair, at a place along the lead. Contacts of one lead are numbered 0
    to 3, the case is left out: it is far away. Both empty: nothing reaches the nerve."""
    reference = _potential((_REFERENCE_CATHODE,), 0.0) - _potential((_REFERENCE_ANODE,), 0.0)
    drive = _potential(cathodes, shift_mm - place_mm) - _potential(anodes, shift_mm - place_mm)
    if drive < 0:
        drive *= -ANODAL_SHARE
    return reference / max(drive, _WEAKEST)


def _potential(contacts: tuple[int, ...], offset_mm: float) -> float:
    """Potential at a place of a unit current shared by these contacts, in arbitrary units."""
    if not contacts:
        return 0.0
    return sum(1 / sqrt((PITCH_MM * (contact - 1) + offset_mm) ** 2 + DEPTH_MM**2) for contact in contacts) / len(contacts)


def _report(amplitude_ma: float, threshold_ma: float) -> float:
    return _cdf(log(amplitude_ma / threshold_ma) / REPORT_SPREAD) if amplitude_ma > 0 else 0.0


def _cdf(z: float) -> float:
    return 0.0 if z == float("-inf") else _NORMAL.cdf(z)
