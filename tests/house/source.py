"""Reading the house's own source: which files there are, and what they import."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("rnprog", "device_emulator")


class Import(NamedTuple):
    module: str
    """Dotted and absolute; for `from a import b` it is `a.b`, which may be a module or a name in one."""
    line: int


def modules(*folders: str) -> list[Path]:
    """Every Python file below these folders of the repository, relative to it."""
    return sorted(path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), filename=str(path))


def imports(path: Path) -> Iterator[Import]:
    """All imports of a file, wherever in it they stand."""
    for node in ast.walk(tree(path)):
        yield from _named_by(node, path)


def imports_at_load(path: Path) -> Iterator[Import]:
    """The imports that loading the file carries out: not those in functions, nor those for type checkers only."""
    waiting: list[ast.AST] = list(tree(path).body)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting.extend(node.orelse)
            continue
        yield from _named_by(node, path)
        waiting.extend(ast.iter_child_nodes(node))


def _named_by(node: ast.AST, path: Path) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield Import(alias.name, node.lineno)
    elif isinstance(node, ast.ImportFrom):
        start = node.module or ""
        if node.level:
            package = path.with_suffix("").parts[: -node.level]
            start = ".".join((*package, start)) if start else ".".join(package)
        for alias in node.names:
            yield Import(f"{start}.{alias.name}", node.lineno)
