"""`python -m bench [NAME ...] [--rounds N] [--json]`: the table, or one JSON object. Exit code 1 when a budget is not kept."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Callable
from dataclasses import asdict

from bench import codec, emulator, processes, profiles, roundtrip, tui
from bench.timing import Figure, table
from bench.titrating import figures as titration

SUBJECTS: dict[str, Callable[[int], list[Figure]]] = {
    "start": processes.figures,
    "codec": codec.figures,
    "roundtrip": roundtrip.figures,
    "emulator": emulator.figures,
    "profiles": profiles.figures,
    "titration": titration.figures,
    "tui": tui.figures,
}


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Speed as ratios against a reference measured in the same run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(SUBJECTS)} (all)")
    parser.add_argument("--rounds", type=int, default=15, help="turns of ours and the reference (15)")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    asked = parser.parse_args()
    unknown = set(asked.names) - SUBJECTS.keys()
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}; known: {', '.join(SUBJECTS)}")
    figures = [figure for name in asked.names or SUBJECTS for figure in SUBJECTS[name](asked.rounds)]
    if asked.json:
        print(
            json.dumps({"schema": "rnprog.bench/1", "python": platform.python_version(), "figures": [asdict(f) for f in figures]}, indent=1)
        )
    else:
        print(f"Python {platform.python_version()}, {platform.machine()}, medians of {asked.rounds} turns; ratios are medians of pairs\n")
        print(table(figures))
    return 0 if all(figure.kept for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
