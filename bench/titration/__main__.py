"""`python -m bench.titration [--patients N] [--seed S] [--cohorts ABCDE] [--json] [METHOD ...]`: every method on every cohort."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator

from bench.titration import report
from bench.titration.ours import OURS, session
from bench.titration.patients import COHORTS, SEED, UNSEEN, Couch, Ended, ended, patient
from bench.titration.peers import BEST_PEER, PEERS

PAIRED = (
    ("rnprog yes/no", BEST_PEER),
    ("rnprog yes/no, risk 6 %", BEST_PEER),
    ("rnprog grades", BEST_PEER),
    ("rnprog grades and feeling", BEST_PEER),
    ("rnprog grades and feeling", "rnprog grades"),
    ("rnprog grades and feeling", "rnprog grades, aim of feeling"),
    ("rnprog grades and feeling", "rnprog yes/no"),
)


def sessions(method: str, cohort: str, patients: int, seed: int, *, timed: bool = False) -> Iterator[Ended]:
    """One method, patient by patient."""
    for index in range(patients):
        who = patient(cohort, index, seed)
        if method in PEERS:
            couch = Couch(who, index, seed)
            yield ended(couch, PEERS[method](couch))
        else:
            yield session(OURS[method], who, index, seed, timed=timed)


def main() -> None:
    """Run, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.titration", description="Titration methods on virtual patients (assumptions).")
    parser.add_argument("--patients", type=int, default=2000, help="patients of each cohort (2000; about 15 s a method of rnprog)")
    parser.add_argument("--seed", type=int, default=SEED, help=f"population ({SEED}, on which the method was settled; {UNSEEN} never was)")
    parser.add_argument("--cohorts", default="A", help=f"which of {''.join(COHORTS)} (A)")
    parser.add_argument("methods", nargs="*", metavar="METHOD", help="only these, named as in the table (all)")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    asked = parser.parse_args()
    lines, paired = [], []
    if not asked.json:
        print(f"seed {asked.seed}, {asked.patients} patients\n{report.HEAD}")
    for cohort in asked.cohorts:
        done: dict[str, list[Ended]] = {}
        for method in (*PEERS, *OURS):
            if not asked.methods or method in asked.methods:
                done[method] = list(sessions(method, cohort, asked.patients, asked.seed, timed=True))
                lines.append(report.line(cohort, method, done[method]))
                if not asked.json:
                    print(report.row(lines[-1]), flush=True)
        for ours, theirs in PAIRED:
            if ours in done and theirs in done:
                paired.extend(report.differences(cohort, (ours, theirs), done[ours], done[theirs]))
    if asked.json:
        print(json.dumps(report.as_object(lines, paired), indent=1))
    else:
        print("\n".join(["", *map(report.show, paired)]))


if __name__ == "__main__":
    main()
