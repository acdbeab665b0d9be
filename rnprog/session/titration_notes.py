"""What the record holds of a titration besides its bursts and answers: how it began, and what it came to. Numbers as text, with units."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rnprog.session.record import amount
from rnprog.session.titrated import Plan, Titrated
from rnprog.therapy.threshold import Estimate, Proposal
from rnprog.therapy.titration import Titration


def begun_data(plan: Plan, observer: str, begun: Titration) -> dict[str, Any]:
    """How it began."""
    prior = plan.prior
    return {
        "side": str(plan.setup.side),
        "method": str(plan.method),
        "observer": observer,
        "confirmed_by_means_of": plan.how_confirmed,
        "profile": plan.profile.name,
        "answers": str(plan.answers),
        "prior": str(prior.kind),
        "prior_ma": None if prior.centre_ma is None else amount(prior.centre_ma),
        "ceiling_ma": _amount(begun.earlier_ceiling_ma),
    }


def titrated_data(result: Titrated) -> dict[str, Any]:
    """What it came to. `estimate` and `proposal` are None where there is none."""
    misses, false_alarms = result.plan.settings.worst_rater
    found, finished, stands = result.thresholds, result.finished, result.confirmation
    amounts = {
        "perception_ma": found.perception_ma,
        "motor_ma": found.motor_ma,
        "discomfort_ma": found.discomfort_ma,
        "elsewhere_ma": result.titration.elsewhere_ma,
        "proposed_ma": result.proposed_ma,
        "patient_maximum_ma": result.maximum_ma,
    }
    return {
        "side": str(result.plan.setup.side),
        "ending": result.ending,
        **{name: _amount(value) for name, value in amounts.items()},
        "motor_definition": result.motor_definition,
        "estimate": None if result.estimate is None else estimate_data(result.estimate),
        "rater_at_most": {"misses": _share(misses), "false_alarms": _share(false_alarms)},
        "above_ceiling": None if finished is None or finished.above_ceiling is None else _share(finished.above_ceiling),
        "proposal": None if result.proposal is None else proposal_data(result.proposal),
        "confirmed": None
        if stands is None
        else {"verdict": str(stands.verdict), "contracted": stands.contracted, "clear": stands.clear, "given": stands.given},
    }


def estimate_data(known: Estimate) -> dict[str, Any]:
    """An estimate, whole."""
    return {
        "median_ma": amount(known.median_ma),
        "lower_ma": amount(known.lower_ma),
        "upper_ma": amount(known.upper_ma),
        "within_ma": amount(known.within_ma),
        "probability": _share(known.probability),
    }


def proposal_data(found: Proposal) -> dict[str, Any]:
    """A therapy amplitude with its figures."""
    return {
        "amplitude_ma": amount(found.amplitude_ma),
        "contraction_probability": _share(found.contraction_probability),
        "limited_by": None if found.limited_by is None else str(found.limited_by),
        "discomfort_probability": _share(found.discomfort_risk),
        "margin_ma": _amount(found.margin_ma),
        "expected_discomfort_ma": amount(found.expected_discomfort_ma),
    }


def _amount(value: Decimal | None) -> str | None:
    return None if value is None else amount(value)


def _share(chance: float) -> str:
    """A probability to a thousandth."""
    return f"{chance:.3f}"
