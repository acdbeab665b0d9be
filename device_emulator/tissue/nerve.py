"""Thresholds of a virtual person: perception below contraction below discomfort, and how they move with electrodes and pulse width.

The person is subject `seed` of cohort A of the project's titration benchmark (its section 4), so that a check value there is one here: T
(50 % motor threshold), relative spread sigma, miss and false-alarm rates of the hand on the back, discomfort ratio, and the other side's
T2. The perception ratio is that of section 6. NO published distribution of any of these exists for the multifidus: all are assumptions.

Added here, assumptions too: T is meant for the reference pair (cathode L1 or R1, anode L2 or R2) at 214 us. Other widths follow Lapicque's
I = I_rheobase * (1 + chronaxie / width) with a chronaxie of 150 us (motor axons, `unverified`). Other pairs follow the potential that a
line of contacts 6 mm apart makes at a point 5 mm off contact 1; where the anode is the nearer, a quarter of it counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt
from random import Random
from statistics import NormalDist

SEED = 7301
REFERENCE_WIDTH_US = 214
CHRONAXIE_US = 150.0
PITCH_MM, DEPTH_MM = 6.0, 5.0
ANODAL_SHARE = 0.25
GRADE_STEPS = (0.0, log(1.15), log(1.35))
"""ln of the amplitude ratios at which a contraction goes up one grade."""
REPORT_SPREAD = 0.06
"""Relative spread of "I feel it" and "it hurts", in ln units."""

_REFERENCE_CATHODE, _REFERENCE_ANODE = 1, 2
_WEAKEST = 1e-4
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Subject:
    """One virtual person. Amplitudes in mA at the reference pair and width."""

    motor_ma: tuple[float, float]
    """50 % motor threshold, left and right."""
    sigma: float
    miss_rate: float
    false_alarm_rate: float
    discomfort_ratio: float
    perception_ratio: float

    def scaled(self, factor: float) -> Subject:
        """The same person with all thresholds moved by a factor."""
        left, right = self.motor_ma
        return Subject((left * factor, right * factor), *self._rest())

    def _rest(self) -> tuple[float, float, float, float, float]:
        return self.sigma, self.miss_rate, self.false_alarm_rate, self.discomfort_ratio, self.perception_ratio


def cohort_a(index: int) -> Subject:
    """Subject `index` of cohort A."""
    chance = Random(SEED * 1_000_003 + index)
    u = [min(max(chance.random(), 1e-12), 1 - 1e-12) for _ in range(8)]
    middle, spread = log(2.2), 0.55
    low, high = (_NORMAL.cdf((log(edge) - middle) / spread) for edge in (0.5, 8.0))
    left = exp(middle + spread * _NORMAL.inv_cdf(low + (high - low) * u[0]))
    return Subject(
        motor_ma=(left, _clip(left * exp(0.35 * _NORMAL.inv_cdf(u[5])), 0.5, 8.0)),
        sigma=_clip(exp(log(0.06) + 0.45 * _NORMAL.inv_cdf(u[1])), 0.02, 0.25),
        miss_rate=0.06 * u[2],
        false_alarm_rate=0.04 * u[3],
        discomfort_ratio=min(4.0, 1.05 + 0.55 * exp(0.6 * _NORMAL.inv_cdf(u[4]))),
        perception_ratio=_clip(exp(log(0.75) + 0.15 * _NORMAL.inv_cdf(u[6])), 0.4, 0.98),
    )


@dataclass(frozen=True, slots=True)
class Feeling:
    """What one burst did, as reported."""

    felt: bool
    grade: int
    """0 none, 1 flicker, 2 clear, 3 strong."""
    discomfort: bool


def respond(subject: Subject, side: int, effective_ma: float, uniforms: tuple[float, float, float]) -> Feeling:
    """What is reported at an amplitude, referred to the reference pair and width. `uniforms` are the burst's a, b and c."""
    a, b, c = uniforms
    motor_ma = subject.motor_ma[side]
    z = (log(effective_ma / motor_ma) / subject.sigma) if effective_ma > 0 else float("-inf")
    span = 1 - subject.false_alarm_rate - subject.miss_rate
    grade = 0
    for kappa in GRADE_STEPS:
        false_alarm = subject.false_alarm_rate * (1.0 if kappa == 0 else 0.3)
        grade += a < false_alarm + span * _cdf(z - kappa / subject.sigma)
    discomfort = b < _report(effective_ma, motor_ma * subject.discomfort_ratio)
    return Feeling(c < _report(effective_ma, motor_ma * subject.perception_ratio), grade, discomfort)


def width_factor(width_us: int) -> float:
    """Threshold current at a pulse width over that at the reference width."""
    return (1 + CHRONAXIE_US / width_us) / (1 + CHRONAXIE_US / REFERENCE_WIDTH_US)


def pair_factor(cathodes: tuple[int, ...], anodes: tuple[int, ...]) -> float:
    """Threshold current of an electrode set over that of the reference pair. Contacts of one lead are numbered 0 to 3, the case is left
    out: it is far away. Both empty: nothing reaches the nerve."""
    reference = _potential((_REFERENCE_CATHODE,)) - _potential((_REFERENCE_ANODE,))
    drive = _potential(cathodes) - _potential(anodes)
    if drive < 0:
        drive *= -ANODAL_SHARE
    return reference / max(drive, _WEAKEST)


def _potential(contacts: tuple[int, ...]) -> float:
    """Potential at the nerve of a unit current shared by these contacts, in arbitrary units."""
    if not contacts:
        return 0.0
    return sum(1 / sqrt((PITCH_MM * (contact - 1)) ** 2 + DEPTH_MM**2) for contact in contacts) / len(contacts)


def _report(amplitude_ma: float, threshold_ma: float) -> float:
    return _cdf(log(amplitude_ma / threshold_ma) / REPORT_SPREAD) if amplitude_ma > 0 else 0.0


def _cdf(z: float) -> float:
    return 0.0 if z == float("-inf") else _NORMAL.cdf(z)


def _clip(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)
