"""The command line of `bench/titration.py`. Owns options and output, no method and no figure."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Sequence

from bench.titrating import report
from bench.titrating.methods import EVERY, chosen, lacks, pairs, scales, sessions
from bench.titrating.ours import ANSWERS
from bench.titrating.patients import COHORTS, SEED, UNSEEN, Ended

ABOUT = """Titration methods on the same virtual patients, in one run. What these patients are is an assumption, see docs/titration.md.

--json: one object; `rows` has, for each cohort, method and kind of answers: bursts, mae_ma, p95_error_ma, overshoot_ma, exceed_discomfort
(sessions with any burst above the true level of discomfort), coverage (thresholds within the stated tolerance, of the sessions that found
one; null for methods that state nothing), decision_ms_p99 (processor time), and more. Shares are fractions from 0 to 1; what ends with
_se is a standard error; what ends with _confirmed includes the bursts at the therapy amplitude, which only rnprog has. `differences` are
paired, ours minus theirs, with a 95 % bootstrap interval."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print. 0; 2 for a wrong option."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    try:
        cohorts, answers, seeds = _cohorts(asked.cohort), _answers(asked.answers), [int(each) for each in asked.seed.split(",")]
        methods = chosen(asked.method or ["all"], variants=asked.variants)
    except ValueError as wrong:
        parser.error(str(wrong))
    if asked.subjects < 1:
        parser.error("--subjects must be 1 or more")
    methods = [each for each in methods if _present(each)]
    rows, differences = [], []
    if not asked.json:
        print(f"seed {asked.seed}, {asked.subjects} patients each\n{report.HEAD}")
    for cohort in cohorts:
        done: dict[tuple[str, str], list[Ended]] = {}
        for method in methods:
            for scale in scales(method, answers):
                found = [each for seed in seeds for each in sessions(method, cohort, asked.subjects, seed, scale)]
                done[method, scale] = found
                rows.append(report.line(cohort, method, found, scale))
                if not asked.json:
                    print(report.row(rows[-1]), flush=True)
        for ours, theirs in pairs(list(done)):
            differences.extend(report.differences(cohort, (ours, theirs), done[ours], done[theirs]))
    if asked.json:
        what = {"seeds": seeds, "subjects": asked.subjects, "python": platform.python_version()}
        print(json.dumps(report.as_object(what, rows, differences), indent=1))
    else:
        print("\n".join(["", *map(report.show, differences)]))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bench/titration.py", description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--cohort", default="A", help=f"one, several or a range of {''.join(COHORTS)}: A; A,C; A..E (A)")
    parser.add_argument(
        "--seed", default=str(SEED), help=f"population; several, with commas, are taken together ({SEED}, {UNSEEN}: tuned on)"
    )
    parser.add_argument("--subjects", type=int, default=2000, help="patients of each cohort and seed (2000; 15 to 60 s a row of rnprog)")
    parser.add_argument(
        "--method", action="append", metavar="NAME|all", help=f"may be repeated: all, or the beginning of: {'; '.join(EVERY)}"
    )
    parser.add_argument(
        "--answers", default="yesno", help=f"what rnprog is told: {', '.join(ANSWERS)}, several with commas, or all (yesno)"
    )
    parser.add_argument("--variants", action="store_true", help="with all: the other profiles and priors of rnprog too")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    return parser


def _cohorts(text: str) -> list[str]:
    """ "A", "AC", "A,C" or "A..E". ValueError: not that."""
    known = "".join(COHORTS)
    first, dots, last = text.strip().upper().partition("..")
    if not dots:
        names = list(first.replace(",", ""))
    elif first in COHORTS and last in COHORTS:
        names = list(known[known.index(first) : known.index(last) + 1])
    else:
        names = []
    if not names or not set(names) <= set(COHORTS):
        raise ValueError(f"--cohort {text}: give one, several or a range of {known}, as A, A,C or A..E")
    return names


def _answers(text: str) -> list[str]:
    names = list(ANSWERS) if text == "all" else text.split(",")
    if not set(names) <= set(ANSWERS):
        raise ValueError(f"--answers {text}: give {', '.join(ANSWERS)} or all")
    return names


def _present(method: str) -> bool:
    missing = lacks(method)
    if missing:
        print(f"{method} is left out: this Python has no {missing}. bench/peers/titration.txt says how to get it.", file=sys.stderr)
    return not missing
