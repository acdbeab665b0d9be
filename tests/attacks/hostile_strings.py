"""Hostile texts through every door: arguments of every command, strings of a device, entries of profiles, lines of records, patient codes,
names of files, scripts of observers, the patient of the emulator. Nothing raw comes out, nothing but a documented exit code, and no cell
of an export is a formula.
"""

from __future__ import annotations

import copy
import csv
import hashlib
import io
import json
import os
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from device_emulator.scenarios import SCENARIOS, Scenario
from rnprog.commands.app import _load, command_line
from rnprog.commands.catalogue import COMMANDS
from rnprog.session.export import LARGEST_CELL
from rnprog.tui.screens.connect import Choice
from tests.attacks.common import ROOT, Broken, Result, over
from tests.attacks.hostile_screens import Visitor, walk
from tests.attacks.hostile_words import Ran, as_argument, files_are_plain, hostile, hostile_port, judged, run_apart, run_here

SHARE = 60
FULL = 10_000
APART = 20
"""One in so many runs is a process of its own."""

SCREENS_EVERY = 50
FIRST_ON_SCREEN = 25

DEPTH = "a/b/c/d/e"
"""Where commands run: `..` leads to nowhere but the place of the run."""
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
SEPARATORS = ",;|\t"
"""What a spreadsheet may take for the end of a cell without being told to by hand."""
_SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋−"
_NOT_SEEN = ' "\u3164\uffa0\u115f\u1160\u2800\u0300\u0301\ufe0f'
_FACES = ([], ["--json"], ["--plain"], ["--quiet"])


def run(runs: int, seed: int) -> Result:
    return over(runs, seed, case, row=_row)


def case(number: int) -> str:
    """One text through one door."""
    rng = Random(number)
    before = os.getcwd()
    root = Path(tempfile.mkdtemp(dir=os.environ["XDG_DATA_HOME"]))
    here = root / DEPTH
    here.mkdir(parents=True)
    os.chdir(here)
    try:
        visit = Visit(rng, here, apart=number % APART == 7)
        (screens if _row(number) == ON_SCREEN else DOORS[_row(number)])(visit)
        files_are_plain(here, visit.given, visit.said)
    finally:
        os.chdir(before)
    return _row(number)


def _row(number: int) -> str:
    return ON_SCREEN if number % SCREENS_EVERY == FIRST_ON_SCREEN else tuple(DOORS)[number % len(DOORS)]


class Visit:
    """One run of one command, in a folder of its own."""

    def __init__(self, rng: Random, here: Path, *, apart: bool) -> None:
        self.rng = rng
        self.here = here
        self.records = here / "records"
        self.given: set[Path] = set()
        """Files that rnprog did not make."""
        self.said: list[str] = []
        """Every word of every command line."""
        self._apart = apart

    def text(self, *, longest: int = 60_000) -> str:
        return hostile(self.rng, longest=longest)

    def port(self) -> str:
        """A text, or a port that is nearly right."""
        return hostile_port(self.rng) if self.rng.random() < 0.5 else self.text(longest=5_000)

    def rnprog(self, *words: str, faces: Sequence[list[str]] = _FACES) -> Ran:
        """Run and judge."""
        line = [*map(as_argument, words), *self.rng.choice(faces), "--no-input", "--record-dir", str(self.records)]
        self.said += line
        self.given |= set(self.here.rglob("*"))
        ran = run_apart(line) if self._apart else run_here(line)
        judged(ran, line, _valued())
        return ran


# arguments


@lru_cache(maxsize=1)
def _parameters() -> dict[str, tuple[tuple[str, bool], ...]]:
    """(name or option, required) of every command's parameters that take a value."""
    root = command_line()
    found = {}
    for each in COMMANDS:
        params: list[Any] = [
            param for param in _load(each.name, root).params if param.expose_value and not getattr(param, "is_flag", False)
        ]
        found[each.name] = tuple((param.opts[0] if param.opts[0].startswith("-") else "", param.required) for param in params)
    return found


@lru_cache(maxsize=1)
def _valued() -> frozenset[str]:
    """Every option that takes the next word."""
    return frozenset({*EVERYWHERE, *(option for params in _parameters().values() for option, _ in params if option)})


USUAL: dict[str, tuple[str, ...]] = {
    "titrate": ("--method", "ascending", "--observer", "simulated"),
    "session": ("--observer", "simulated"),
    "program write": ("--yes",),
    "program rebase": ("--yes",),
}
NEEDED = {"--side": "left", "--serial": "RN1-E0000000"}
EVERYWHERE = ("--port", "--record-dir", "--trace", "--bench")


def arguments(visit: Visit) -> None:
    """One value, or two, of one command."""
    rng = visit.rng
    name = rng.choice([each.name for each in COMMANDS if each.name not in ("demo", "stop")])
    params = _parameters()[name]
    bad = set(rng.sample(range(len(params)), min(len(params), rng.randint(1, 2)))) if params else set()
    words = [*name.split(), *USUAL.get(name, ()), "--port", "emu://"]
    for at, (option, required) in enumerate(params):
        if at in bad:
            words += [option, visit.text()] if option else [visit.text()]
        elif required:
            words += [option, NEEDED.get(option, "left")] if option else ["standard-bilateral"]
    visit.rnprog(*words)


def everywhere(visit: Visit) -> None:
    """A global option, or a word that is no command."""
    rng = visit.rng
    name = rng.choice(("status", "record list", "profile list", "impedance", "ports", "doctor", "stop", "stop"))
    match rng.randrange(4):
        case 0:
            visit.rnprog(*name.split(), "--port", visit.port())
        case 1:
            visit.rnprog(visit.text(), *name.split())
        case 2:
            visit.rnprog(*name.split(), visit.text())
        case _:
            visit.rnprog(*name.split(), "--port", "emu://", "--trace", visit.text(longest=300))


def port_from_outside(visit: Visit) -> None:
    """RNPROG_PORT."""
    value = as_argument(visit.port()).encode("utf-8", "surrogateescape")
    before = os.environb.get(b"RNPROG_PORT")
    os.environb[b"RNPROG_PORT"] = value
    try:
        visit.rnprog(visit.rng.choice(("status", "doctor", "impedance", "ports", "stop", "stop")))
    finally:
        os.environb.pop(b"RNPROG_PORT")
        if before is not None:
            os.environb[b"RNPROG_PORT"] = before


# what a device says


def device(visit: Visit) -> None:
    """Serial number and model of up to 16 bytes."""
    rng = visit.rng
    visit._apart = False  # the device lives in this process
    SCENARIOS["hostile"] = _hostile_device(visit)
    try:
        command = rng.choice(
            (["status"], ["impedance"], ["doctor"], ["program", "show"], ["program", "pull"], ["program", "diff", "standard-bilateral"])
        )
        visit.rnprog(*command, "--port", "emu://?scenario=hostile")
        visit.rnprog("record", "list")
    finally:
        del SCENARIOS["hostile"]


def _hostile_device(visit: Visit) -> Scenario:
    ascii_only = "".join(letter if ord(letter) < 128 else "\x1b" for letter in visit.text(longest=16))[:16]
    changes: dict[str, Any] = {"serial": ascii_only or "\x00"}
    if visit.rng.random() < 0.3:
        changes["model"] = ascii_only
    return replace(SCENARIOS["foreign-serial"], name="hostile", **changes)


def patient_of_the_emulator(visit: Visit) -> None:
    """A file that says who the emulator's patient is; its name is hostile too."""
    name = _plain_name(visit.text(longest=100), ".toml")
    path = visit.here / name
    path.write_text(f"[person]\ncohort = {_toml(visit.text(longest=2_000))}\n", encoding="utf-8", errors="surrogatepass")
    from urllib.parse import quote

    visit.rnprog("status", "--port", f"emu://?patient={quote(os.fsencode(path))}")


def patient_code(visit: Visit) -> None:
    visit.rnprog("session", "--observer", "simulated", "--port", "emu://", "--patient", visit.text())


def script(visit: Visit) -> None:
    """An observer's script: hostile lines, among good ones."""
    path = visit.here / "answers.txt"
    lines = [visit.rng.choice(("none", "felt", "clear", visit.text(longest=3_000))) for _ in range(visit.rng.randint(1, 6))]
    path.write_text("\n".join(lines), encoding="utf-8", errors="surrogatepass")
    visit.rnprog("titrate", "--side", "left", "--method", "ascending", "--observer", f"script:{path}", "--port", "emu://")


# files


def _toml(text: str) -> str:
    """As a TOML text; what TOML cannot hold is left raw, half of the time."""
    return json.dumps(text, ensure_ascii=True).replace("\\ud800", "?").replace("\\/", "/")


def _plain_name(text: str, suffix: str) -> str:
    """A file name that the system takes."""
    safe = (
        "".join(letter for letter in text if letter not in "/\x00" and not "\ud800" <= letter <= "\udfff")
        .encode()[:120]
        .decode("utf-8", "ignore")
    )
    return (safe.strip(".") or "x") + suffix


def profile(visit: Visit) -> None:
    """Some text entries of a profile."""
    rng = visit.rng
    text = _hostile_profile(visit)
    path = visit.here / rng.choice(("standard-bilateral.toml", _plain_name(visit.text(longest=60), ".toml")))
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    form = ["--format", rng.choice(("text", "json", "junit", "sarif", "github"))]
    visit.rnprog(
        *rng.choice(
            (
                ["profile", "show", str(path)],
                ["profile", "verify", str(path), *form],
                ["profile", "verify", str(visit.here), *form],
                ["profile", "diff", str(path), "standard-bilateral"],
                ["profile", "new", "mine", "--from", str(path), "--folder", str(visit.here)],
                ["profile", "validate", str(path), "--by", visit.text()],
                ["profile", "migrate", str(path), str(visit.here / "new.toml")],
                ["program", "diff", str(path), "--port", "emu://"],
                ["program", "write", str(path), "--yes", "--serial", "RN1-E0000000", "--dry-run", "--port", "emu://"],
            )
        )
    )


def _hostile_profile(visit: Visit) -> str:
    """One of the library, with some text entries replaced."""
    base = (ROOT / "profiles" / "standard-bilateral.toml").read_text(encoding="utf-8").split("\n")
    places = [at for at, line in enumerate(base) if ' = "' in line and not line.startswith("schema")]
    for at in visit.rng.sample(places, visit.rng.randint(1, 3)):
        base[at] = f"{base[at].partition(' = ')[0]} = {_toml(visit.text(longest=2_000))}"
    return "\n".join(base)


def record(visit: Visit) -> None:
    """A record whose texts are hostile, and whose chain is whole: somebody made it so."""
    path = _forged_record(visit)
    head = visit.text(longest=100)
    commands = (
        ["record", "list"],
        ["record", "show", path.stem],
        ["record", "show", path.stem],
        ["record", "verify", path.stem],
        ["record", "verify", path.stem, "--head", head],
        ["record", "export", path.stem, "--format", "json"],
        ["profile", "from-session", str(path), "--name", "mine", "--folder", str(visit.here)],
        ["impedance", "--port", "emu://"],
        ["session", "--observer", "simulated", "--port", "emu://"],
        ["titrate", "--side", "left", "--method", "ascending", "--observer", "simulated", "--port", "emu://"],
    )
    visit.rnprog(*visit.rng.choice(commands))


def table(visit: Visit) -> None:
    """The table that a spreadsheet opens, in a file and on standard output."""
    path = _forged_record(visit)
    out = visit.here / "table.csv"
    words = ("record", "export", path.stem, "--format", "csv")
    visit.rnprog(*words, "--output", str(out))
    if not out.exists():
        raise Broken("no table was written")
    written = out.read_bytes().decode("utf-8")
    ran = visit.rnprog(*words, faces=([], ["--plain"], ["--quiet"]))
    if ran.out != written:
        raise Broken(f"standard output is not the file: {ran.out[:200]!r}, {written[:200]!r}")
    plain_table(written, rows=len(path.read_bytes().splitlines()) + 1)


def plain_table(text: str, *, rows: int) -> None:
    """It reads as a table with a row for each line, and whatever separates its cells, none of them is a formula or holds anything raw."""
    csv.field_size_limit(len(text) + 1)  # separated otherwise, a cell may be as large as the whole
    found = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    if len(found) != rows or len({len(row) for row in found}) != 1:
        raise Broken(f"{len(found)} rows of {sorted({len(row) for row in found})} cells, not {rows} of as many cells each")
    for row in found[1:]:
        try:
            json.loads(row[-1] if 0 < len(row[-1]) < LARGEST_CELL else "{}")
        except ValueError as error:
            raise Broken(f"`more` is no JSON any more: {error}: {row[-1][:80]!r}") from error
    for separator in SEPARATORS:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            for cell in row:
                if cell.lstrip(_NOT_SEEN).startswith(tuple(_SIGNS)) and not _NUMBER.fullmatch(cell):
                    raise Broken(f"a formula where {separator!r} separates: {cell[:80]!r}")
                if separator == "," and not cell.isprintable():
                    raise Broken(f"raw text in a cell: {cell[:80]!r}")


# on the screen


def screens(visit: Visit) -> None:
    """A shelf, records, a device, ports, a patient code and a note, all of them hostile, and all screens that show them."""
    rng = visit.rng
    shelf = visit.here / "data" / "rnprog" / "profiles"
    shelf.mkdir(parents=True)
    for _ in range(3):
        (shelf / _plain_name(visit.text(longest=60), ".toml")).write_text(_hostile_profile(visit), encoding="utf-8", errors="surrogatepass")
    _forged_record(visit)
    hostile_device = rng.random() < 0.5
    text = as_argument(visit.text(longest=2_000))
    visitor = Visitor(
        port="emu://?clock=virtual" + "&scenario=hostile" * hostile_device,
        record_dir=visit.records,
        patient=as_argument(visit.text(longest=200)) if rng.random() < 0.5 else "P-017",
        choices=tuple(Choice(text, visit.text(longest=200), visit.text(longest=200), kind) for kind in ("last", "port", "emulator")),
        wrong_port=text if rng.random() < 0.3 else "",
        pasted=visit.text(longest=300) + visit.text(longest=20),
    )
    visit.given |= set(visit.here.rglob("*"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(visit.here / "data"))
        if hostile_device:
            patch.setitem(SCENARIOS, "hostile", _hostile_device(visit))
        walk(visitor)


@lru_cache(maxsize=1)
def _real_record() -> tuple[str, tuple[dict[str, Any], ...]]:
    """Name and lines of the record of a whole appointment."""
    folder = Path(tempfile.mkdtemp(dir=os.environ["XDG_DATA_HOME"]))
    ran = run_here(["demo", "--fast", "--record-dir", str(folder)])
    if ran.code != 0:
        raise Broken(f"the demonstration ended with {ran.code}: {ran.err[-300:]}")
    (path,) = folder.glob("*.jsonl")
    return path.name, tuple(json.loads(row) for row in path.read_bytes().splitlines())


def _forged_record(visit: Visit) -> Path:
    """A real one with some texts replaced, and its chain made anew: what is strange about it are its texts alone."""
    rng = visit.rng
    name, lines = _real_record()
    told = copy.deepcopy(list(lines))
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for line in told:
        by_kind.setdefault(f"{line['kind']} {line['data'].get('what', '')}", []).append(line)
    for kind in rng.sample(sorted(by_kind), rng.randint(1, 6)):
        line = rng.choice(by_kind[kind])
        for _ in range(rng.randint(1, 3)):
            _poison(visit, line["data"] if line["data"] and rng.random() < 0.85 else line)
    if rng.random() < 0.3:
        _odd_amount(rng, told)
    rows: list[bytes] = []
    for number, line in enumerate(told):
        line |= {"seq": number, "session": lines[0]["session"], "prev": hashlib.sha256(rows[-1]).hexdigest() if rows else "0" * 64}
        line["data"] = line["data"] if isinstance(line["data"], dict) else {"data": line["data"]}
        rows.append(json.dumps(line, sort_keys=True, separators=(",", ":")).encode("ascii"))
    visit.records.mkdir(exist_ok=True)
    path = visit.records / name
    path.write_bytes(b"".join(row + b"\n" for row in rows))
    return path


ODD_AMOUNTS = (*("1e400000", "1e-400000", "9" * 4_000, "0." + "0" * 4_000 + "1", "1" * 13, "sNaN", "-0", "-1"), 10**400, -1, "NaN", "1e5")


def _odd_amount(rng: Random, told: list[dict[str, Any]]) -> None:
    """One amount, wherever it stands, becomes a number that nobody can give."""
    names = sorted({name for line in told for name in line["data"] if name.endswith(("_ma", "_us", "_hz", "_ohm", "_s"))})
    name, odd = rng.choice(names), rng.choice(ODD_AMOUNTS)
    for line in told:
        if isinstance(line["data"], dict) and name in line["data"]:
            line["data"][name] = odd


def _poison(visit: Visit, node: Any) -> None:
    """One leaf below becomes hostile, or one key."""
    rng = visit.rng
    while True:
        key = rng.choice(list(node) if isinstance(node, dict) else range(len(node)))
        if not isinstance(node[key], dict | list) or not node[key]:
            break
        node = node[key]
    text = visit.text(longest=rng.choice((30, 300, 3_000)))
    if isinstance(node, dict) and rng.random() < 0.1:
        node[text] = node.pop(key)
    else:
        node[key] = rng.choice((text, text, text, text, None, 10**30, [text], {text: 1}))


def raw_record(visit: Visit) -> None:
    """A file that is no record, or half of one, under any name."""
    visit.records.mkdir(exist_ok=True)
    path = visit.records / _plain_name(visit.text(longest=60), ".jsonl")
    path.write_bytes(visit.text().encode("utf-8", "surrogatepass") + visit.rng.choice((b"", b"\n", b'{"kind":"open","data":{}}\n')))
    command = visit.rng.choice((["list"], ["show", str(path)], ["verify", str(path)], ["export", str(path)], ["show"], ["verify"]))
    ran = visit.rnprog("record", *command)
    path.unlink()
    del ran


DOORS: dict[str, Callable[[Visit], None]] = {
    "argument of a command": arguments,
    "global option": everywhere,
    "RNPROG_PORT": port_from_outside,
    "strings of a device": device,
    "patient file of the emulator": patient_of_the_emulator,
    "patient code": patient_code,
    "script of an observer": script,
    "entries of a profile": profile,
    "lines of a record": record,
    "cells of a table": table,
    "file that is no record": raw_record,
}
ON_SCREEN = "screens"
"""Dearer than the others by far, and through it come the texts of many of them at once: one case in SCREENS_EVERY."""
