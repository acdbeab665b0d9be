"""Whether a record explains what flowed, pulse by pulse, however much was lost on the line. One place, so that there is one answer."""

from __future__ import annotations

from typing import Any

from tests.attacks.watch import Watch
from tests.session.reconcile import reconcile


def unexplained(w: Watch) -> str | None:
    """What the record does not explain of the ground truth, and the other way round; None when it explains all."""
    found = reconcile(w.truth.changes, [*w.lines, *_lost(w)], same_clock=True, lossless=False)
    return "; ".join((*found, *_too_many(w))) or None


def _too_many(w: Watch) -> list[str]:
    """No more pairs are measured than somebody meant."""
    intents = [line for line in w.lines if line["kind"] == "intent" and line["data"]["what"] == "impedance"]
    meant = sum(len(line["data"]["pairs"]) for line in intents)
    flowed = sum(change["cause"] == "impedance" for change in w.truth.changes)
    return [f"{flowed} pairs were measured, {meant} were meant"] if flowed > meant else []


def _lost(w: Watch) -> list[dict[str, Any]]:
    """What a record that was lost would have said last: the line that the disk did not take, unless it asks for something, and that what
    still flowed then was ended by a STOP. Whatever began or ended before has to be in its lines."""
    lost = w.moments.lost
    if lost is None:
        return []
    rest = [(lost.kind, lost.data)] if lost.kind != "intent" else []
    rest += [("stop", {"confirmed": False})] if lost.now.flows else []
    return [
        {"seq": len(w.lines) + at, "kind": kind, "data": data, "link_s": f"{lost.now.at_s:.3f}"} for at, (kind, data) in enumerate(rest)
    ]
