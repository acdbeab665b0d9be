"""The titration benchmark in a few lines for the table of `make bench`: against the best usable peer, patient by patient in the same run.

Few patients, so the budgets are wider than what thousands show (docs/titration.md): by two standard errors.
"""

from __future__ import annotations

from bench.timing import Figure
from bench.titrating import decisions
from bench.titrating.methods import sessions
from bench.titrating.ours import ANSWERS
from bench.titrating.patients import SEED
from bench.titrating.peers import BEST_PEER
from bench.titrating.report import Line, line

PATIENTS = 400
DECISION_S = 0.001


def figures(rounds: int) -> list[Figure]:
    """Bursts, error and risk against the staircase, feeling against grades alone, and the processor time of a decision, least of nine."""
    del rounds  # patients take the place of turns
    peer, yes_no, grades, feeling = (_line(BEST_PEER, "yesno"), *(_line("rnprog", answers) for answers in ANSWERS))
    return [
        _against("titration, bursts", yes_no.bursts, peer.bursts, 1.03, "", "staircase, 6 reversals"),
        _against("titration, error", yes_no.error, peer.error, 1.10, "mA", "staircase, 6 reversals"),
        _against("titration, sessions with pain", yes_no.exceed, peer.exceed, 0.80, "%", "staircase, 6 reversals"),
        _against("the same with feeling, bursts", feeling.bursts, grades.bursts, 0.93, "", "grades alone"),
        _against("the same with feeling, error", feeling.error, grades.error, 1.10, "mA", "grades alone"),
        _against("the same with feeling, with pain", feeling.exceed, grades.exceed, 1.00, "%", "grades alone"),
        _against("titration, a decision, P99", decisions.p99_s(), DECISION_S, 1.0, "s", f"{1000 * DECISION_S:g} ms"),
    ]


def _line(method: str, answers: str) -> Line:
    return line("A", method, list(sessions(method, "A", PATIENTS, SEED, answers)), answers)


def _against(name: str, ours: float, reference: float, budget: float, unit: str, against: str) -> Figure:
    ratio = ours / reference if reference else float(ours > 0)
    return Figure(name, against, ours, reference, ratio, f"at most {budget:g}x", ratio <= budget, unit=unit)
