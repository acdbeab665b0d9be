"""Words about impedance: what the test is, and what to do about a contact."""

from __future__ import annotations

ADVICE = {
    "open": "OPEN: no current passes. Do not use this contact; check the connector and the lead, then measure again.",
    "short": "SHORT: these conductors touch. Do not use these contacts; check the connector and the lead, then measure again.",
    "unknown": "UNKNOWN: no number was obtained. Measure again before these contacts are used.",
    "high": "high: usable with caution. Watch the compliance limit, and compare at the next visit.",
    "low": "low: usable with caution. Compare at the next visit.",
}
"""What to do, by verdict; a normal one needs nothing."""


def announcement(test_ma: str, test_us: str, pairs: int) -> str:
    """Said before the measurement: it is itself a stimulation."""
    return (
        f"Measuring the impedance is itself a small stimulation: {test_ma} mA for {test_us} us, {pairs} pairs, far below what can be felt. "
        "It starts now and ends by itself."
    )


def changed_much(pair: str, before_ohm: int, now_ohm: int) -> str:
    """A pair that moved since the last session."""
    return f"{pair} changed from {before_ohm} to {now_ohm} ohm since the last session: check the lead before relying on it."
