"""Verifying 20,000 profiles: against two checkers that know the JSON Schema only, against ourselves with a warm cache, and in memory.

The peers are no dependency of the project. They are looked for on the PATH and in build/peers, where this puts them:
    python3 -m venv build/peers && build/peers/bin/pip install -r bench/peers/profiles.txt
What is not found is left out, and said so. The files are in the system's page cache in all runs; a cold cache is an empty one of rnprog.
check-jsonschema takes minutes for such a tree: it is timed on 2,000 of the files and on one, and the rest is reckoned from these.
Each line is told on stderr as soon as it is known. On a computer that others use, the lines in processor time are the ones to believe.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.processes import SCRIPT
from bench.timing import Figure, at_most, faster_by, pairwise, row
from rnprog.profile.json_schema import FILE as SCHEMA

ROOT = Path(__file__).parents[1]
PEERS = ROOT / "build" / "peers" / "bin"
FILES, FEWER, SAMPLE, IN_A_FOLDER = 20_000, 5_000, 2_000, 500
MANY = 10 * FEWER
WITHIN_S = 100.0
"""A comparison begins no further turn after this; the first turn is always taken."""
_ALL_RULES = f"verify {FILES} profiles, all rules"
_COLD = "page cache warm, rnprog's cache empty"


def figures(rounds: int) -> list[Figure]:
    """The table's lines. A turn takes seconds, so there are at most five, and fewer on a slow computer."""
    found = []
    for figure in _measured(rounds):
        print(row(figure), f"[load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors]", file=sys.stderr, flush=True)
        found.append(figure)
    return found


def _measured(rounds: int) -> Iterator[Figure]:
    turns = min(rounds, 5)
    in_memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="rnb", dir=in_memory) as directory:
        place = Path(directory)
        tree = place / "tree"
        make_tree(tree, FILES)
        yield from _single_files(tree, place, rounds)
        yield from _peers(tree, place, turns)
        yield from _warm(tree, place, turns)
        yield _memory(tree, place)


def _peers(tree: Path, place: Path, turns: int) -> Iterator[Figure]:
    taplo, check_jsonschema = peer("taplo"), peer("check-jsonschema")
    if taplo:
        ours, other = verify([tree], place), Process([taplo, "check", "--schema", SCHEMA.as_uri(), f"{tree}/**/*.toml"], tree)
        measured = pairwise(ours, other, rounds=turns, within_s=WITHIN_S)
        yield at_most(_ALL_RULES, "taplo check --schema, cold", measured, 1, _COLD)
        yield at_most(_ALL_RULES, "the same in processor time", processor_time(ours.cpu_s, other.cpu_s), 1, _COLD)
    if check_jsonschema:
        files = [str(path) for path in sorted(tree.rglob("*.toml"))[:SAMPLE]]
        command = [check_jsonschema, "--schemafile", str(SCHEMA)]
        ours, reckoned = verify([tree], place), Reckoned(Process([*command, *files], tree), Process([*command, files[0]], tree))
        measured = pairwise(ours, reckoned, rounds=min(turns, 3), warmup=0, within_s=WITHIN_S)
        note = f"{_COLD}; check-jsonschema timed on {SAMPLE} files and on one, the rest reckoned"
        yield faster_by(_ALL_RULES, "check-jsonschema, cold", measured, 10, note)
        yield faster_by(_ALL_RULES, "the same in processor time", processor_time(ours.cpu_s, reckoned.cpu_s), 10, note)


def _warm(tree: Path, place: Path, turns: int) -> Iterator[Figure]:
    warm, cold = verify([tree], place, keep=True), verify([tree], place)
    measured = pairwise(warm, cold, rounds=turns, within_s=WITHIN_S)
    name = f"verify {FILES} profiles, warm cache"
    yield faster_by(name, "the same, cold cache", measured, 3, "all is read anew")
    yield faster_by(name, "the same in processor time", processor_time(warm.cpu_s, cold.cpu_s), 3, "all is read anew")


def _memory(tree: Path, place: Path) -> Figure:
    """The largest process of each run, itself told by a small one (`peak`)."""
    more = place / "more"
    make_tree(more, MANY - FILES, first=FILES)
    few = verify(sorted(tree.iterdir())[: FEWER // IN_A_FOLDER], place)
    many = verify([tree, more], place)
    many_mb, few_mb = many.peak_mb(), few.peak_mb()
    note = f"the largest process of each run; {_COLD}"
    measured = (many_mb, few_mb, many_mb / few_mb)
    return at_most(f"verify: memory, {MANY} profiles", f"{FEWER} profiles", measured, 1.1, note, unit="MB")


def _single_files(tree: Path, place: Path, rounds: int) -> Iterator[Figure]:
    good = next(iter(sorted(tree.rglob("*.toml"))))
    bad = place / good.name
    bad.write_text(re.sub(r"(?m)^amplitude_ma = .*", "amplitude_ma = 2.55", good.read_text(encoding="utf-8")), encoding="utf-8")
    for name, path, options in (
        ("verify one profile, cold", good, ()),
        ("verify one with findings", bad, ()),
        ("verify one with findings, SARIF", bad, ("--format", "sarif")),
    ):
        one = Process([str(SCRIPT), "profile", "verify", str(path), "--no-cache", *options], place, code=int(path is bad))
        help_page = Process([str(SCRIPT), "--help"], place)
        measured = pairwise(one, help_page, rounds=rounds, within_s=WITHIN_S / 4)
        used = processor_time(one.cpu_s, help_page.cpu_s)
        yield at_most(name, "rnprog --help", measured, 2, f"processor time {used[0]:.2f} s against {used[1]:.2f} s")


def make_tree(folder: Path, count: int, first: int = 0) -> None:
    """Profiles as a clinic might have them: each with its own name, patient, doses, rate and sources, all of them good."""
    text = (ROOT / "profiles" / "standard-bilateral.toml").read_text(encoding="utf-8")
    text = text.partition("\n")[2]  # the first line leads editors to the schema, from where the file was
    chance = random.Random(first + 1)
    for number in range(first, first + count):
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

    LIMIT_S = 300.0

    def __init__(self, command: list[str], place: Path, cache: Path | None = None, *, empty: bool = True, code: int = 0) -> None:
        """`cache`: where rnprog keeps what it remembers; `empty`: emptied before each turn; `code`: how it has to end."""
        self._command, self._place, self._cache, self._empty, self._code = command, place, cache, empty, code
        self.cpu_s: list[float] = []

    def __call__(self) -> float:
        """Seconds from start to exit. A process that ends otherwise than it should is an error and no figure."""
        before = os.times()
        taken_s = self._run(self._command)
        after = os.times()
        self.cpu_s.append(after.children_user + after.children_system - before.children_user - before.children_system)
        return taken_s

    def peak_mb(self) -> float:
        """The size of its largest process, in a turn of its own."""
        told = self._place / "peak"
        self._run([sys.executable, "-I", "-S", str(Path(__file__).with_name("peak.py")), str(told), *self._command])
        return int(told.read_text(encoding="ascii")) / 1024

    def _run(self, command: list[str]) -> float:
        environment = os.environ if self._cache is None else {**os.environ, "XDG_CACHE_HOME": str(self._cache)}
        if self._cache is not None and self._empty:
            shutil.rmtree(self._cache, ignore_errors=True)
        null = subprocess.DEVNULL
        began = perf_counter()
        ran = subprocess.run(command, cwd=self._place, env=environment, stdout=null, stderr=null, timeout=self.LIMIT_S, check=False)
        taken_s = perf_counter() - began
        if ran.returncode != self._code:
            raise RuntimeError(f"{command[0]} ended with {ran.returncode}")
        return taken_s


class Reckoned:
    """What a peer would take for all files: a turn on some of them and a turn on one give the time for each."""

    def __init__(self, some: Process, one: Process) -> None:
        self._some, self._one = some, one
        self.cpu_s: list[float] = []

    def __call__(self) -> float:
        """Seconds."""
        some_s, one_s = self._some(), self._one()
        self.cpu_s.append(self._of_all(self._some.cpu_s[-1], self._one.cpu_s[-1]))
        return self._of_all(some_s, one_s)

    @staticmethod
    def _of_all(some_s: float, one_s: float) -> float:
        return one_s + (FILES - 1) * (some_s - one_s) / (SAMPLE - 1)


def verify(folders: list[Path], place: Path, *, keep: bool = False) -> Process:
    """`rnprog profile verify`, with the cache that the last run left (`keep`) or with an empty one."""
    command = [str(SCRIPT), "profile", "verify", *map(str, folders)]
    return Process(command, place, place / ("warm" if keep else "cold"), empty=not keep)


def processor_time(ours_s: list[float], reference_s: list[float]) -> tuple[float, float, float]:
    """Medians, and the median of the ratios, of what was used in the turns that were timed."""
    return median(ours_s), median(reference_s), median(ours / other for ours, other in zip(ours_s, reference_s, strict=True))


def peer(name: str) -> str | None:
    """Where a peer is; `None`, and a word about it, if it is not there."""
    found = shutil.which(name) or shutil.which(name, path=str(PEERS))
    if found is None:
        print(f"{name} is not here, so nothing is compared with it; bench/profiles.py says how to get it.", file=sys.stderr)
    return found
