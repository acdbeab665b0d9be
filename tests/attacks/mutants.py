"""Do the tests notice when the product is wrong? Each mutant is one small change; a test that fails kills it.

    python -m tests.attacks.mutants --mutmut PATH [--rooms therapy protocol record] [--write]

Functions are changed by mutmut 3 (PATH: its executable, in an environment that holds this project's requirements too; it is not one of
them). It leaves the tables and constants of a module and the defaults of a class alone, so those are changed here. Every mutant lives in a
copy of the tree. A survivor that changes nothing anybody could see is listed in EQUIVALENT with the reason; any other is a find.
"""

from __future__ import annotations

import argparse
import ast
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.attacks import results
from tests.attacks.common import ROOT, Result

COPIED = ("rnprog", "device_emulator", "tests", "docs", "profiles", "bench", "pyproject.toml")
AS_LONG = 10
"""A mutant is given so many times what the sound tests take here, now; beyond that it hangs, and counts as killed."""


@dataclass(frozen=True)
class Room:
    """Modules, and the tests that have to notice."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


ROOMS = {
    "therapy": Room(
        tuple(f"rnprog/therapy/{name}.py" for name in ("envelope", "charge", "titration")),
        tuple(str(path.relative_to(ROOT)) for path in sorted((ROOT / "tests/therapy").rglob("test_*.py")) if path.stem != "test_evidence"),
    ),  # without the statistics of the search for a threshold, which take most of the time and look at another module
    "protocol": Room(("rnprog/protocol/reader.py", "rnprog/protocol/connection.py"), ("tests/protocol",)),
    "record": Room(
        ("rnprog/session/record.py", "rnprog/session/predecessors.py"),
        tuple(f"tests/session/test_{name}.py" for name in ("record", "record_clock_and_space", "audit", "archive")),
    ),
}

_ONE_CONTACT = "the number is only compared with 1, and the usual one is at least 1 either way"
_NO_POWER = "equal would need phase_pc**8 == 10**23 * area**4 (or **4 == 10**11 * area**2): odd powers of 2 on one side only"
_SIX_PLACES = "a whole number scaled by 10**-6 or 10**-3 is written without an exponent either way"
_NOT_A_NUMBER = "the capital letter only changes how nan and inf are written"
_FALSE = "None is as false as what stood there, and nobody asks which"
_FIRST_LINE = "a record is made with its first line, which names it anew"
_SINCE = "if before is None else (now.utc - before.utc).total_seconds() - (now.mono_ns - before.mono_ns) / 1e9"
EQUIVALENT: dict[tuple[str, str], str] = {
    ("charge", "contacts_in_parallel: int = 2) -> ChargeFigures:"): _ONE_CONTACT,
    ("charge", "if squared**4 >= 10**7 * area**4:"): _NO_POWER,
    ("charge", "return ChargeLevel.CAUTION if squared**2 > 10**3 * area**2 else ChargeLevel.ACCEPTABLE"): _NO_POWER,
    ("charge", "return format(Decimal(phase_pc).scaleb(-6), )"): _SIX_PLACES,
    ("charge", "return format(Decimal(amplitude_ua).scaleb(-3), )"): _SIX_PLACES,
    ("charge", 'return format(Decimal(phase_pc).scaleb(-6), "F")'): _NOT_A_NUMBER,
    ("charge", 'return format(Decimal(amplitude_ua).scaleb(-3), "F")'): _NOT_A_NUMBER,
    ("envelope", "while candidate is not None and candidate >= 0:"): "at 0 the answer is 0, as it is behind the loop",
    ("connection", "if self._next_event is not None and event.counter >= self._next_event:"): "adds 0 when they are equal",
    ("reader", "self._overrun = None"): _FALSE,
    ("reader", "if self._partial or len(chunk) >= MAX_ENCODED:"): "the longest chunk passes through the buffer and comes out the same",
    ("record", "allow_nan=None,"): _FALSE,
    ("record", f"return 1.0 {_SINCE}"): "the first line is no step either way: 1 s is less than CLOCK_STEP_S",
    ("record", "self.begun = None"): _FIRST_LINE,
    ("record", 'self.begun = "XXXX"'): _FIRST_LINE,
    ("record", ').encode("ASCII")'): "another name of the same encoding",
    ("record", 'return format(value, "F")'): _NOT_A_NUMBER,
    ("charge", "-> (1000000000 + 1)"): "a product of whole numbers is at most 900,000,000 or at least 900,000,001, not between",
    ("envelope", "field(init=False, repr=False, compare=False) -> True"): "derived from `patient`, which is compared already",
    ("record", "0123456789x'"): "the letter is in the set already",
    ("record", "-> 'O_NOFOLLOWx'"): "O_EXCL alone refuses a name that is a link",
    ("record", "-> 'O_CLOEXECx'"): "Python opens no handle that a child would inherit",
    ("record", 'getattr(os, "O_CLOEXEC", 0) -> (0 + 1)'): "only used where the system has no such flag",
}
"""(module, the end of the changed line): why nobody could tell."""

_MEANT = ": of these without effect"
_SEEN: set[tuple[str, str, str]] = set()
"""Module, changed line and reason of each that survived and is listed."""


def main() -> int:
    """Run, tell, judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.attacks.mutants", description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--mutmut", type=Path, help="the executable of mutmut; without it only tables and constants are changed")
    parser.add_argument("--rooms", nargs="+", choices=ROOMS, default=list(ROOMS))
    parser.add_argument("--write", action="store_true", help="store the figures beside those of the attacks")
    asked = parser.parse_args()
    return max(_room(name, asked.mutmut, write=asked.write) for name in asked.rooms)


def _room(name: str, mutmut: Path | None, *, write: bool) -> int:
    """One room; 1 when a mutant survived."""
    begun_s, commit, result = time.monotonic(), results.commit_now(), Result()
    _SEEN.clear()
    with tempfile.TemporaryDirectory(prefix="rnmutants") as place:
        tree = _copied(Path(place) / "tree")
        if mutmut is not None:
            _functions(tree, ROOMS[name], mutmut, result)
        _tables(tree, ROOMS[name], result)
    result.document = _document(result)
    print(result.document)
    for find in result.finds:
        print(f"  SURVIVED {find.text}", flush=True)
    if write:
        total = sum(row.runs for row in result.rows if _MEANT not in row.what)
        results.store(f"mutants_{name}", result, runs=total, seed=0, seconds=time.monotonic() - begun_s, commit=commit)
        results.render()
    return 1 if result.finds else 0


def _copied(tree: Path) -> Path:
    tree.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__", "attacks", ".*"))
        else:
            shutil.copy(source, tree / name)
    project = (tree / "pyproject.toml").read_text(encoding="utf-8")
    (tree / "pyproject.toml").write_text(project.replace("[tool.pytest.ini_options]", '[tool.pytest.ini_options]\npythonpath = ["."]'))
    return tree


def _settle(result: Result, module: str, changed: str, said: str, *, survived: bool) -> None:
    """Count a mutant; `changed`: its line."""
    stem = Path(module).stem
    reason = next((why for (of, end), why in EQUIVALENT.items() if of == stem and changed.rstrip().endswith(end)), None)
    if survived and reason is None:
        result.found(0, f"{module}: {said}", module)
    else:
        result.row(module).runs += 1
        if survived:
            result.row(module + _MEANT).runs += 1
            _SEEN.add((stem, changed.strip().lstrip("+-").strip(), reason or ""))


def _document(result: Result) -> str:
    """How many of each module were killed, and which could not be."""
    lines = ["| module | mutants | killed | without effect | survived | killed of those with an effect |", "|---|---:|---:|---:|---:|---:|"]
    runs = {row.what: row for row in result.rows}
    for name, row in runs.items():
        if _MEANT in name:
            continue
        without = runs[name + _MEANT].runs if name + _MEANT in runs else 0
        killed = row.runs - row.finds - without
        share = 100 * killed / max(1, row.runs - without)
        lines.append(f"| `{name}` | {row.runs} | {killed} | {without} | {row.finds} | {share:.1f} % |")
    lines += ["", "Mutants without effect, and why nobody could tell:", "", "| module | the line as changed | why |", "|---|---|---|"]
    lines += [f"| `{module}` | `{line.replace('|', '/')}` | {why} |" for module, line, why in sorted(_SEEN)]
    return "\n".join(lines) + "\n"


# functions, by mutmut


def _functions(tree: Path, room: Room, mutmut: Path, result: Result) -> None:
    listed = {"source_paths": ["rnprog"], "only_mutate": room.modules, "also_copy": ("device_emulator", "docs", "profiles", "bench")}
    listed |= {"pytest_add_cli_args_test_selection": room.tests, "pytest_add_cli_args": ("-p", "no:cacheprovider")}
    lists = "".join(f"{key}=\n  " + "\n  ".join(each) + "\n" for key, each in listed.items())
    config = f"[mutmut]\nuse_git_change_detection=false\n{lists}"
    (tree / "setup.cfg").write_text(config, encoding="utf-8")
    (tree / "mutants").mkdir()  # on the path before it is filled: what was once looked for in vain is not looked for again
    env = {**os.environ, "PYTHONPATH": str(tree / "mutants")}
    subprocess.run([mutmut, "run", "--max-children", "1"], cwd=tree, env=env, check=True, stdout=subprocess.DEVNULL)
    told = subprocess.run([mutmut, "results", "--all", "true"], cwd=tree, env=env, check=True, capture_output=True, text=True).stdout
    for line in told.splitlines():
        name, _, verdict = line.strip().rpartition(": ")
        if not name:
            continue
        module = next(each for each in room.modules if name.startswith(each.removesuffix(".py").replace("/", ".") + "."))
        if verdict in ("killed", "caught by type check"):
            _settle(result, module, "", "", survived=False)
            continue
        shown = subprocess.run([mutmut, "show", name], cwd=tree, env=env, check=True, capture_output=True, text=True).stdout
        changed = [each for each in shown.splitlines() if each[:1] in "+-" and each[:3] not in ("+++", "---")]
        _settle(result, module, changed[-1] if changed else "", f"{verdict}: {' '.join(changed)}", survived=True)


# tables and constants


def _tables(tree: Path, room: Room, result: Result) -> None:
    for module in room.modules:
        path = tree / module
        source = path.read_text(encoding="utf-8")
        near = f"tests/{path.parent.name}/test_{path.stem}.py"
        begun_s = time.monotonic()
        if not _passes(tree, room.tests, None):
            raise SystemExit(f"the tests of {module} fail before anything is changed")
        within_s = AS_LONG * (time.monotonic() - begun_s)
        for changed, said in _changed(source):
            path.write_text(changed, encoding="utf-8")
            _settle(result, module, said, said, survived=_passes(tree, (near,), within_s) and _passes(tree, room.tests, within_s))
        path.write_text(source, encoding="utf-8")


def _passes(tree: Path, tests: tuple[str, ...], within_s: float | None) -> bool:
    """Whether all tests pass, in that time; the first that does not ends it."""
    words = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    env = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return subprocess.run(words, cwd=tree, env=env, check=False, capture_output=True, timeout=within_s).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def _changed(source: str) -> Iterator[tuple[str, str]]:
    """The source with one constant, default or entry of a table changed, and the changed line."""
    for node in _outside_functions(ast.parse(source)):
        if isinstance(node, ast.Constant) and (instead := _instead(node)) is not None:
            yield _replaced(source, node, instead)
        elif isinstance(node, ast.Dict) and len(node.values) > 1:
            for value, other in zip(node.values, [*node.values[1:], node.values[0]], strict=True):
                text = ast.get_source_segment(source, other)
                if text is not None and text != ast.get_source_segment(source, value):
                    yield _replaced(source, value, text)


def _outside_functions(tree: ast.Module) -> Iterator[ast.AST]:
    """What is assigned in the module and in its classes, but for the list of its names."""
    for statement in tree.body:
        for inner in statement.body if isinstance(statement, ast.ClassDef) else [statement]:
            if isinstance(inner, ast.Assign | ast.AnnAssign) and inner.value is not None and "__all__" not in ast.unparse(inner):
                yield from ast.walk(inner.value)


def _instead(node: ast.Constant) -> str | None:
    value = node.value
    if isinstance(value, bool):
        return str(not value)
    if isinstance(value, int):
        return f"({value} + 1)"
    if isinstance(value, str) and value:
        return repr(_next_number(value) or value + "x")
    return None


def _next_number(text: str) -> str | None:
    """For the text of a decimal number, one unit of its last place more."""
    digits = text.replace(".", "", 1)
    return f"{text[:-1]}{(int(text[-1]) + 1) % 10}" if digits.isdigit() else None


def _replaced(source: str, node: ast.expr, instead: str) -> tuple[str, str]:
    lines = source.splitlines(keepends=True)
    assert node.end_lineno is not None and node.end_col_offset is not None
    head = "".join(lines[: node.lineno - 1]) + lines[node.lineno - 1].encode()[: node.col_offset].decode()
    tail = lines[node.end_lineno - 1].encode()[node.end_col_offset :].decode() + "".join(lines[node.end_lineno :])
    at = node.lineno - 1
    return head + instead + tail, f"line {node.lineno}: {lines[at].strip()} -> {instead}"


if __name__ == "__main__":
    sys.exit(main())
