"""Verifying 20,000 profiles: against two checkers that know the JSON Schema only, against ourselves with a warm cache, and in memory.

The peers are no dependency of the project. They are looked for on the PATH and in build/peers, where this puts them:
    python3 -m venv build/peers && build/peers/bin/pip install -r bench/peers/profiles.txt
What is not found is left out, and said so. The files are in the system's page cache in all runs; a cold cache is an empty one of rnprog.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.processes import SCRIPT
from bench.timing import Figure, at_most, faster_by, pairwise
from rnprog.profile.json_schema import FILE as SCHEMA

ROOT = Path(__file__).parents[1]
PEERS = ROOT / "build" / "peers" / "bin"
FILES, FEWER, IN_A_FOLDER = 20_000, 2_000, 500
_ALL_RULES = f"verify {FILES} profiles, all rules"
_COLD = "page cache warm, rnprog's cache empty"


def figures(rounds: int) -> list[Figure]:
    """The table's lines. A turn takes seconds, so there are at most five, and two of the slowest peer."""
    turns = min(rounds, 5)
    with tempfile.TemporaryDirectory(prefix="rnb") as directory:
        place = Path(directory)
        tree, fewer = place / "tree", place / "fewer"
        make_tree(tree, FILES)
        make_tree(fewer, FEWER)
        return [*_peers(tree, place, turns), *_ourselves(tree, fewer, place, turns), _one_file(tree, place, rounds)]


def _peers(tree: Path, place: Path, turns: int) -> list[Figure]:
    found = []
    taplo, check_jsonschema = peer("taplo"), peer("check-jsonschema")
    if taplo:
        ours, other = verify(tree, place), Process([taplo, "check", "--schema", SCHEMA.as_uri(), f"{tree}/**/*.toml"], tree)
        measured = pairwise(ours, other, rounds=turns)
        found.append(at_most(_ALL_RULES, "taplo check --schema, cold", measured, 1, f"{_COLD}; {processor_time(ours, other)}"))
    if check_jsonschema:
        files = [str(path) for path in sorted(tree.rglob("*.toml"))]
        ours, other = verify(tree, place), Process([check_jsonschema, "--schemafile", str(SCHEMA), *files], tree)
        measured = pairwise(ours, other, rounds=min(turns, 2), warmup=0)
        found.append(faster_by(_ALL_RULES, "check-jsonschema, cold", measured, 10, f"{_COLD}; {processor_time(ours, other)}"))
    return found


def _ourselves(tree: Path, fewer: Path, place: Path, turns: int) -> list[Figure]:
    warm, cold, few = verify(tree, place, keep=True), verify(tree, place), verify(fewer, place)
    measured = pairwise(warm, cold, rounds=turns)
    times = pairwise(verify(tree, place), few, rounds=3)
    many_mb, few_mb = median(cold.peak_mb), median(few.peak_mb)
    note = f"the ratio is that of the largest process: {many_mb:.1f} MB and {few_mb:.1f} MB"
    return [
        faster_by(
            f"verify {FILES} profiles, warm cache", "the same, cold cache", measured, 3, f"all is read anew; {processor_time(warm, cold)}"
        ),
        at_most(f"verify: memory, {FILES} profiles", f"{FEWER} profiles", (times[0], times[1], many_mb / few_mb), 1.1, note),
    ]


def _one_file(tree: Path, place: Path, rounds: int) -> Figure:
    path = next(iter(sorted(tree.rglob("*.toml"))))
    one, help_page = Process([str(SCRIPT), "profile", "verify", str(path), "--no-cache"], place), Process([str(SCRIPT), "--help"], place)
    measured = pairwise(one, help_page, rounds=rounds)
    return at_most("verify one profile, cold", "rnprog --help", measured, 2, processor_time(one, help_page))


def make_tree(folder: Path, count: int) -> None:
    """Profiles as a clinic might have them: each with its own name, patient, doses, rate and sources, all of them good."""
    text = (ROOT / "profiles" / "standard-bilateral.toml").read_text(encoding="utf-8")
    text = text.partition("\n")[2]  # the first line leads editors to the schema, from where the file was
    chance = random.Random(1)
    for number in range(count):
        inside = folder / f"{number // IN_A_FOLDER:03}"
        inside.mkdir(parents=True, exist_ok=True)
        name = f"p{number:05}"
        made = text.replace('"standard-bilateral"', f'"{name}"')
        made = made.replace("[program]", f'[patient]\ncode = "P-{number:05}"\n\n[program]')
        source = f"session record 20260131T0915-RN1-{number:08}: titration"
        made = re.sub(r"(?m)^((?:left|right)\.(?:amplitude_ma|electrodes)) = .*", rf'\1 = "{source}"', made)
        made = re.sub(r"(?m)^amplitude_ma = .*", lambda _: f"amplitude_ma = {chance.randint(5, 30) / 10}", made)
        made = re.sub(r"(?m)^pulse_width_us = .*", lambda _: f"pulse_width_us = {chance.randint(100, 300)}", made)
        made = re.sub(r"(?m)^rate_hz = [0-9.]+", lambda _: f"rate_hz = {chance.randint(100, 400) / 10}", made)
        (inside / f"{name}.toml").write_text(made, encoding="utf-8")


class Process:
    """A command that can be timed. Others may use this computer too: the processor time says what it would have taken alone."""

    def __init__(self, command: list[str], place: Path, cache: Path | None = None, *, empty: bool = True) -> None:
        """`cache`: where rnprog keeps what it remembers; `empty`: emptied before each turn."""
        self._command, self._place, self._cache, self._empty = command, place, cache, empty
        self.cpu_s: list[float] = []
        self.peak_mb: list[float] = []
        """The largest process of each turn."""

    def __call__(self) -> float:
        """Seconds from start to exit. A process that finds something, or fails, is an error and no figure."""
        environment = os.environ if self._cache is None else {**os.environ, "XDG_CACHE_HOME": str(self._cache)}
        if self._cache is not None and self._empty:
            shutil.rmtree(self._cache, ignore_errors=True)
        began = perf_counter()
        null = subprocess.DEVNULL
        started = subprocess.Popen(self._command, cwd=self._place, env=environment, stdout=null, stderr=null)
        _, status, used = os.wait4(started.pid, 0)
        taken_s = perf_counter() - began
        started.returncode = os.waitstatus_to_exitcode(status)
        if started.returncode:
            raise RuntimeError(f"{self._command[0]} ended with {started.returncode}")
        self.cpu_s.append(used.ru_utime + used.ru_stime)
        self.peak_mb.append(used.ru_maxrss / 1024)
        return taken_s


def verify(folder: Path, place: Path, *, keep: bool = False) -> Process:
    """`rnprog profile verify`, with the cache that the last run left (`keep`) or with an empty one."""
    return Process([str(SCRIPT), "profile", "verify", str(folder)], place, place / ("warm" if keep else "cold"), empty=not keep)


def processor_time(ours: Process, reference: Process) -> str:
    """For a note."""
    return f"processor time {median(ours.cpu_s):.2f} s against {median(reference.cpu_s):.2f} s"


def peer(name: str) -> str | None:
    """Where a peer is; `None`, and a word about it, if it is not there."""
    found = shutil.which(name) or shutil.which(name, path=str(PEERS))
    if found is None:
        print(f"{name} is not here, so nothing is compared with it; bench/profiles.py says how to get it.", file=sys.stderr)
    return found
