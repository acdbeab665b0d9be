"""Every sentence that a screen shows comes from session/wording: here no module of tui has one of its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import rnprog.session.wording
import rnprog.tui
from rnprog.session.wording.tui_keys import on_screen

ROOT = Path(rnprog.tui.__path__[0])
NOT_SHOWN = {"samples.py", "showcase.py"}
"""Made for pictures, and for whoever develops."""
STYLE = re.compile(r"(?:(?:bold|not|dim|reverse|underline|on|\$[\w-]*|[\d.]+%)\s*)+")
ALLOWED = {
    "the operator said stop",  # causes of a STOP, as the record keeps them
    "the program is closed",
    "STOP said again, by itself",
    "with the program that was confirmed",
}


def sentences(path: Path) -> Iterator[tuple[int, str]]:
    """String literals with a letter and a space that are neither docstring, style nor CSS, nor in a widget's sample states."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    hidden: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            hidden.add(node.value)
        elif (
            (isinstance(node, ast.FunctionDef) and node.name in ("states", "sample"))
            or (isinstance(node, ast.Assign) and any(isinstance(target, ast.Name) and target.id.endswith("CSS") for target in node.targets))
            or isinstance(node, ast.Assert)
        ):
            hidden |= set(ast.walk(node))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in hidden:
            text = node.value.strip()
            if re.search("[A-Za-z]", text) and " " in text and not STYLE.fullmatch(text) and text not in ALLOWED:
                yield node.lineno, text


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_has_no_sentence_of_its_own(path: Path) -> None:
    if path.name not in NOT_SHOWN:
        assert not [f"{path.name}:{line} {text}" for line, text in sentences(path)]


OF_THE_COMMAND_LINE = {"command_line.py", "comparing.py", "device_log.py", "tui_keys.py"}
"""Never shown by a screen; and where its words for commands are."""
COMMAND = re.compile(r"rnprog (?:titrate|impedance|status|program|stop|ports|log|record|session|doctor|demo|read|write|verify)\b")


@pytest.mark.parametrize("path", sorted(Path(rnprog.session.wording.__path__[0]).glob("*.py")), ids=lambda path: path.name)
def test_advice_names_keys_and_not_commands(path: Path) -> None:
    """As the screen says it, no sentence names a command; what has no key is said to be done on the command line."""
    if path.name in OF_THE_COMMAND_LINE:
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    parts = {part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in parts:
            text = node.value
        elif isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "left" for part in node.values)
        else:
            continue
        for found in COMMAND.finditer(told := on_screen(text)):
            around = told[max(found.start() - 60, 0) : found.end() + 60]
            assert "command line" in around, f"{path.name}: {around}"


def test_no_sentence_of_the_screen_is_left_unused() -> None:
    used = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py"))
    unused = []
    for path in Path(rnprog.session.wording.__path__[0]).glob("tui*.py"):
        text = path.read_text(encoding="utf-8")
        for node in ast.parse(text).body:
            name = node.name if isinstance(node, ast.FunctionDef) else _assigned(node)
            if name and not name.startswith("_") and not re.search(rf"\b{name}\b", used) and len(re.findall(rf"\b{name}\b", text)) < 2:
                unused.append(f"{path.name}: {name}")
    assert not unused


def _assigned(node: ast.stmt) -> str:
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target if isinstance(node, ast.AnnAssign) else None
    return target.id if isinstance(target, ast.Name) else ""
