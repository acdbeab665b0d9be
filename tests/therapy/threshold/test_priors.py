"""What is believed before, and when an earlier value must not be used."""

from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import pytest

from rnprog.therapy.contacts import Electrodes
from rnprog.therapy.threshold import Earlier, MixedModalities, Modality, PriorKind, population, previous_visit, same_modality, second_side
from rnprog.therapy.threshold.posterior import Evidence, posterior
from rnprog.therapy.threshold.priors import other_pair
from rnprog.therapy.threshold.response import Contraction
from rnprog.therapy.titration import TitrationError
from rnprog.therapy.units import Microseconds

PAIR = Electrodes.parse("-L1+L2")
WIDTH = Microseconds(D(214))
EARLIER = Earlier(D("3.21"), "RN1-0042", PAIR, WIDTH, Modality.PALPATION)
HERE: dict[str, Any] = {"serial": "RN1-0042", "pulse_width_us": WIDTH, "modality": Modality.PALPATION}


def test_the_population_is_centred_at_2_ma() -> None:
    prior = population()
    assert (prior.kind, prior.centre_ma) == (PriorKind.POPULATION, None)
    assert sum(prior.weights) == pytest.approx(1)


@pytest.mark.parametrize(
    ("prior", "kind", "width"),
    [
        (previous_visit(EARLIER, electrodes=PAIR, **HERE), PriorKind.PREVIOUS_VISIT, 0.18),
        (second_side(EARLIER, **HERE), PriorKind.SECOND_SIDE, 0.54),
        (other_pair(EARLIER, **HERE), PriorKind.OTHER_PAIR, 0.66),
    ],
)
def test_an_earlier_value_narrows_without_excluding_anything(prior: Any, kind: PriorKind, width: float) -> None:
    known = posterior(prior.weights)
    assert (prior.kind, prior.centre_ma) == (kind, D("3.21"))
    assert sum(prior.weights) == pytest.approx(1)
    assert known.quantile_ma(0.5) == pytest.approx(3.1, abs=0.15)
    assert known.quantile_ma(0.84) / known.quantile_ma(0.5) - 1 == pytest.approx(width, abs=0.02)
    assert all(weight >= 0.0999 * usual for weight, usual in zip(prior.weights, population().weights, strict=True))


def test_a_wrong_earlier_value_is_overruled_by_a_few_answers() -> None:
    prior = previous_visit(replace(EARLIER, threshold_ma=D("5.0")), electrodes=PAIR, **HERE)
    contracted = tuple(Evidence(tenths, Contraction.SOME) for tenths in (20, 18, 16))
    assert posterior(prior.weights, contracted).quantile_ma(0.5) < 2


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"serial": "RN1-0043"}, "another device"),
        ({"pulse_width_us": Microseconds(D(215))}, "pulse width"),
        ({"modality": Modality.EMG}, "never mixed"),
    ],
)
def test_an_earlier_value_of_something_else_is_refused(change: dict[str, Any], reason: str) -> None:
    for use in (second_side, other_pair):
        with pytest.raises(TitrationError, match=reason):
            use(EARLIER, **{**HERE, **change})
    with pytest.raises(TitrationError, match=reason):
        previous_visit(EARLIER, electrodes=PAIR, **{**HERE, **change})


def test_other_electrodes_are_another_place() -> None:
    with pytest.raises(TitrationError, match="other electrodes"):
        previous_visit(EARLIER, electrodes=Electrodes.parse("-L0+L2"), **HERE)


@pytest.mark.parametrize("value", ["0", "-1", "NaN", "Infinity"])
def test_an_earlier_value_must_be_a_threshold(value: str) -> None:
    with pytest.raises(TitrationError, match="above 0"):
        second_side(replace(EARLIER, threshold_ma=D(value)), **HERE)


def test_modalities_are_never_mixed() -> None:
    assert same_modality(Modality.EMG, Modality.EMG) is Modality.EMG
    with pytest.raises(MixedModalities, match="by emg and by palpation"):
        same_modality(Modality.PALPATION, Modality.EMG)
