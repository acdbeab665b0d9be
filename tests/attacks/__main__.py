"""`python -m tests.attacks NAME...|all [--runs N | --full] [--seed S] [--jobs J] [--write]`: run attacks, tell the finds, keep the figures.

Without --runs the share of `make test` is run, with --full what `make soak` runs. Each find is told with the one command that replays it.
Exit code 1 when there was one.
"""

from __future__ import annotations

import argparse
import os
import sys
import time

from tests.attacks import results
from tests.attacks.common import ATTACKS, attack, full_of
from tests.attacks.pieces import run


def main() -> int:
    """Run, tell, judge."""
    asked = _arguments()
    names = list(ATTACKS) if "all" in asked.names else asked.names
    bad = [name for name in names if not _one(name, asked)]
    if asked.write and not results.render():
        print(f"{results.PAGE} has no place for the table", file=sys.stderr)
        return 1
    return 1 if bad else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.attacks", description=__doc__)
    parser.add_argument("names", nargs="+", metavar="NAME", choices=[*ATTACKS, "all"], help=f"all, or of: {', '.join(ATTACKS)}")
    parser.add_argument("--runs", type=int, help="how many cases (the share of `make test`)")
    parser.add_argument("--full", action="store_true", help="as many cases as `make soak` runs")
    parser.add_argument("--seed", type=int, default=0, help="number of the first case (0)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (one to a core)")
    parser.add_argument("--write", action="store_true", help="store the figures and put them into docs/reliability.md")
    return parser.parse_args()


def _one(name: str, asked: argparse.Namespace) -> bool:
    """One attack; whether it found nothing."""
    module = attack(name)
    runs = asked.runs if asked.runs is not None else full_of(module) if asked.full else module.SHARE
    begun_s, commit = time.monotonic(), results.commit_now()
    result = run(name, runs, asked.seed, min(asked.jobs, getattr(module, "JOBS", asked.jobs)))
    seconds = time.monotonic() - begun_s
    if hasattr(module, "summary"):
        result = module.summary(result)
    print(f"{name}: {runs:,} cases from {asked.seed} in {seconds:.1f} s, {len(result.finds)} finds")
    for row in map(results.summed, result.rows):
        print(f"  {row['what']}: {row['runs']:,} runs, {row['finds']} finds {results._measured(row)}".rstrip())
    for find in result.finds[:20]:
        print(f"  FOUND {find.text}\n    python -m tests.attacks {name} --seed {find.number} --runs 1")
    if asked.write:
        print(f"  written to {results.store(name, result, runs=runs, seed=asked.seed, seconds=seconds, commit=commit)}")
    return not result.finds


if __name__ == "__main__":
    sys.exit(main())
