"""Whether a record explains what flowed, pulse by pulse, however much was lost on the line. One place, so that there is one answer."""

from __future__ import annotations

from tests.attacks.watch import Watch
from tests.session.reconcile import reconcile


def unexplained(w: Watch) -> str | None:
    """What the record does not explain of the ground truth, and the other way round; None when it explains all."""
    found = reconcile(w.truth.changes, w.lines, same_clock=True, lossless=False)
    return "; ".join((*found, *_too_many(w))) or None


def _too_many(w: Watch) -> list[str]:
    """No more pairs are measured than somebody meant."""
    intents = [line for line in w.lines if line["kind"] == "intent" and line["data"]["what"] == "impedance"]
    meant = sum(len(line["data"]["pairs"]) for line in intents)
    flowed = sum(change["cause"] == "impedance" for change in w.truth.changes)
    return [f"{flowed} pairs were measured, {meant} were meant"] if flowed > meant else []
