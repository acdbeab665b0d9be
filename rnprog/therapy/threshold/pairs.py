"""Electrode pairs of one lead compared with few bursts each. Owns the plan of the screening and the ranking; each pair is a titration.

A pair is screened with the profile "screening" from a prior around the pairs screened before. Ranked is by what matters in this order:
a therapy amplitude that can be reached, a margin to discomfort that is not known to be narrow, little charge. Charge a phase stands
for the battery too: at a fixed supply voltage the energy of a pulse is proportional to its charge, so only the order is claimed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from math import exp, fsum, log, prod

from rnprog.therapy.charge import UA_PER_MA, charge_pc
from rnprog.therapy.contacts import Electrodes
from rnprog.therapy.threshold.amplitude import LEAST_PROBABILITY, Proposal, propose
from rnprog.therapy.threshold.evidence import same_modality
from rnprog.therapy.threshold.posterior import Posterior
from rnprog.therapy.threshold.priors import Earlier, Prior, other_pair, population
from rnprog.therapy.threshold.profiles import SCREENING, Settings
from rnprog.therapy.threshold.search import Finished, Outcome, posterior_of
from rnprog.therapy.titration import Titration, TitrationError
from rnprog.therapy.units import Hertz, Microseconds, Milliamps, to_integer

AMPLE_MARGIN = Decimal("1.3")
"""Discomfort at 1.3 times the therapy amplitude or later is an ample margin. A choice of this project, `unverified`."""
_HUNDREDTH = Decimal("0.01")
SURE = 0.8
"""Probability of the lowest threshold from which the first of the ranking needs no closer look."""

OUTDONE = 0.95
"""Probability of the higher threshold at which a pair is not looked at further. A choice of this project, `unverified`."""


class Margin(IntEnum):
    """Room between the therapy amplitude and discomfort; the lower the better."""

    AMPLE = 0
    """1.3 times the amplitude was tolerated, or what was too strong lies beyond it."""
    UNTESTED = 1
    """Nothing was too strong, and nothing that high was given. In the ranking as good as ample: few bursts are meant to leave it open."""
    NARROW = 2
    NONE = 3
    """No therapy amplitude, or it is held down by a limit."""

    @property
    def rank(self) -> int:
        """What the order goes by."""
        return max(self, Margin.UNTESTED)


@dataclass(frozen=True, slots=True)
class Screened:
    """One pair after its search."""

    electrodes: Electrodes
    titration: Titration
    settings: Settings
    finished: Finished
    pulse_width_us: Microseconds
    rate_hz: Hertz
    serial: str
    limit_ma: Milliamps
    """The most that charge, compliance, device and patient limit allow on this pair, the small steps of the ladder apart."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """One pair with its figures."""

    screened: Screened
    proposal: Proposal | None
    """`None`: no amplitude can be proposed."""
    margin: Margin
    lowest_probability: float
    """That its threshold is the lowest of all pairs compared."""
    charge_uc: Decimal | None
    """Of one phase at the proposed amplitude; `None` without one."""
    charge_uc_s: Decimal | None
    """Of one phase, a second of stimulation. The battery's cost goes with it; `None` without a proposal."""


def screening_settings(
    pair: Electrodes, done: Sequence[Screened], usual: Settings, *, serial: str, pulse_width_us: Microseconds
) -> Settings:
    """How to screen `pair` after those `done`: few bursts, and a prior around the thresholds found on other pairs of the lead.

    Raises `TitrationError` if a pair was screened with another device, pulse width or modality, or this pair was screened before.
    """
    same_modality(usual.modality, *(each.settings.modality for each in done))
    if any(each.electrodes == pair for each in done):
        raise TitrationError("This pair has been screened already.")
    return Settings(SCREENING, usual.scale, usual.modality, _prior(done, usual, serial, pulse_width_us), usual.first_ma)


def rank(pairs: Sequence[Screened]) -> tuple[Ranked, ...]:
    """All pairs, the best first. Raises `TitrationError` for none, or unless device, pulse width, rate and modality are the same."""
    if not pairs:
        raise TitrationError("There is no electrode pair to compare yet.")
    same_modality(*(each.settings.modality for each in pairs))
    if len({(each.serial, each.pulse_width_us, each.rate_hz) for each in pairs}) > 1:
        raise TitrationError("Electrode pairs are compared with the same device, pulse width and rate only.")
    known = [posterior_of(each.titration, each.settings) for each in pairs]
    figures = [_figures(each, chance) for each, chance in zip(pairs, _lowest(known), strict=True)]
    return tuple(sorted(figures, key=_order))


def rivals(done: Sequence[Screened]) -> tuple[Screened, ...]:
    """Of the pairs screened before, those that a pair with a higher threshold cannot stand above: with an amplitude, and a margin that is
    not known to be narrow. Raises as `rank`; none of none."""
    ranking = rank(done) if done else ()
    return tuple(each.screened for each in ranking if each.proposal is not None and each.margin.rank == Margin.UNTESTED)


def outdone(titration: Titration, settings: Settings, against: Sequence[Screened]) -> tuple[Screened, float] | None:
    """Which of `rivals` this pair is clearly worse than, as far as it was searched, with the probability; `None`: of none.

    More bursts on it would only tell how much worse it is. Charge decides between pairs with room, and at one pulse width it goes with the
    threshold. Raises `TitrationError` for an amplitude finer than 0.1 mA in the log.
    """
    here = posterior_of(titration, settings)
    chances = [(_lower(posterior_of(each.titration, each.settings), here), each) for each in against]
    chance, rival = max(chances, key=lambda each: each[0], default=(0.0, None))
    return None if rival is None or chance < OUTDONE else (rival, chance)


def closer_look(ranking: Sequence[Ranked]) -> tuple[Ranked, ...]:
    """The two pairs worth a full titration before choosing; none if the first is sure enough, or alone with an amplitude."""
    possible = [each for each in ranking if each.proposal is not None]
    if len(possible) < 2 or possible[0].margin.rank != possible[1].margin.rank or possible[0].lowest_probability >= SURE:
        return ()
    return tuple(possible[:2])


def _prior(done: Sequence[Screened], usual: Settings, serial: str, pulse_width_us: Microseconds) -> Prior:
    found = [each for each in done if each.finished.outcome is Outcome.THRESHOLD]
    if not found:
        return population()
    middle = exp(fsum(log(each.finished.estimate.median_ma) for each in found) / len(found))
    latest = found[-1]
    return other_pair(
        Earlier(Decimal(middle).quantize(_HUNDREDTH), latest.serial, latest.electrodes, latest.pulse_width_us, latest.settings.modality),
        serial=serial,
        pulse_width_us=pulse_width_us,
        modality=usual.modality,
    )


def _figures(pair: Screened, lowest: float) -> Ranked:
    proposed = propose(pair.titration, pair.limit_ma, pair.settings, least_probability=LEAST_PROBABILITY)
    reached = pair.finished.outcome is Outcome.THRESHOLD
    if not isinstance(proposed, Proposal) or not reached:
        return Ranked(pair, None, Margin.NONE, lowest, None, None)
    phase_pc = charge_pc(to_integer(proposed.amplitude_ma, UA_PER_MA), to_integer(pair.pulse_width_us, 1))
    charge_uc = Decimal(phase_pc).scaleb(-6)
    return Ranked(pair, proposed, _margin(proposed, pair.titration), lowest, charge_uc, charge_uc * pair.rate_hz)


def _margin(proposed: Proposal, titration: Titration) -> Margin:
    """Measured, not by the model: there every pair would have the same room, a constant times its threshold."""
    if proposed.limited_by is not None:
        return Margin.NONE
    ample_ma = proposed.amplitude_ma * AMPLE_MARGIN
    if proposed.ceiling_ma is None:
        return Margin.AMPLE if titration.highest_tolerated_ma >= ample_ma else Margin.UNTESTED
    return Margin.AMPLE if proposed.ceiling_ma >= ample_ma else Margin.NARROW


def _order(ranked: Ranked) -> tuple[bool, int, Decimal, Decimal, str]:
    estimate = ranked.screened.finished.estimate
    return (
        ranked.proposal is None,
        ranked.margin.rank,
        Decimal(0) if ranked.charge_uc is None else ranked.charge_uc,
        estimate.median_ma,
        str(ranked.screened.electrodes),
    )


def _lowest(known: Sequence[Posterior]) -> list[float]:
    """For each pair, the probability that its threshold is below all others'; equal cells share."""
    chances = []
    for one in known:
        others = [other for other in known if other is not one]
        at_least = [_above(other) for other in others]
        chances.append(fsum(weight * prod(each[j] for each in at_least) for j, weight in enumerate(one.weights)))
    total = fsum(chances)
    return [each / total for each in chances]


def _lower(one: Posterior, other: Posterior) -> float:
    """Probability that the first has the lower threshold; equal cells share."""
    return fsum(weight * above for weight, above in zip(one.weights, _above(other), strict=True))


def _above(known: Posterior) -> list[float]:
    """Probability of a threshold above the middle of each cell."""
    return [1.0 - edge + weight / 2 for edge, weight in zip(known.edges, known.weights, strict=True)]
