"""The reconciler as tests use it: changes as the bench channel tells them, and an assertion.

The judging is rnprog's own (`rnprog/session/reconcile.py`). That it misses nothing, and reads pulses as the emulator does, is shown in
`test_reconcile.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from rnprog.session import reconcile as judge
from rnprog.session.ground_truth import Change, change_of
from rnprog.session.reconcile_record import Line


def reconcile(truth_changes: Iterable[dict[str, Any]], record_lines: list[Line], *, same_clock: bool, lossless: bool) -> list[str]:
    """What is not explained; empty: everything is."""
    changes = [_change(tuple(change.items())) for change in truth_changes]
    return judge.reconcile(changes, record_lines, same_clock=same_clock, lossless=lossless)


@lru_cache(maxsize=4096)
def _change(told: tuple[tuple[str, Any], ...]) -> Change:
    """The same few hundred changes are held against hundreds of records."""
    return change_of(dict(told))


def assert_reconciled(truth_changes: Iterable[dict[str, Any]], record_lines: list[Line], *, same_clock: bool, lossless: bool) -> None:
    """Fails with everything that is not explained."""
    found = reconcile(truth_changes, record_lines, same_clock=same_clock, lossless=lossless)
    assert not found, "\n".join(found)
