"""The manners of the source that import-linter cannot see."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

from tests.house.source import PACKAGES, ROOT, imports, imports_at_load, modules, tree

SOURCE = modules(*PACKAGES)
ALL_CODE = [*SOURCE, *modules("tests", "bench", "docs")]
LONGEST = 300
NAME_ON_THE_INDEX = {"serial": "pyserial"}


def test_the_packages_are_found() -> None:
    assert {path.parts[0] for path in SOURCE} == set(PACKAGES)


def test_a_module_has_at_most_300_lines() -> None:
    lines = {str(path): len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in SOURCE}
    assert {path: count for path, count in lines.items() if count > LONGEST} == {}, "which second subject do these have?"


def test_the_package_itself_is_empty() -> None:
    assert (ROOT / "rnprog/__init__.py").read_text(encoding="utf-8").strip() == ""


@pytest.mark.parametrize("package", PACKAGES)
def test_the_packages_are_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()


def test_wire_and_medicine_meet_in_translate_only() -> None:
    def rooms(path: Path) -> set[str]:
        return {".".join(each.module.split(".")[:2]) for each in imports(path)}

    meeting = [str(path) for path in SOURCE if rooms(path) >= {"rnprog.protocol", "rnprog.therapy"}]
    assert meeting, "somewhere they have to meet"
    assert [path for path in meeting if not Path(path).match("rnprog/device/*/translate*.py")] == []


def test_the_fast_path_loads_nothing_heavy() -> None:
    entry = Path("rnprog/entry.py")
    loaded = {each.module.split(".")[0] for each in imports_at_load(entry)}
    assert not loaded & {"dataclasses", "re", "rich", "serial", "typer", "typing"}, f"{entry} loads these: {sorted(loaded)}"


def test_every_import_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(need for extra in project["optional-dependencies"].values() for need in extra)]
    declared = {re.split(r"[^A-Za-z0-9-]", need)[0] for need in wanted}

    def known(name: str) -> bool:
        top = name.split(".")[0]
        return top in sys.stdlib_module_names or top in PACKAGES or NAME_ON_THE_INDEX.get(top, top.replace("_", "-")) in declared

    assert [f"{path}:{line} imports {name}" for path in SOURCE for name, line in imports(path) if not known(name)] == []


def test_no_error_is_swallowed() -> None:
    handlers = [(path, node) for path in ALL_CODE for node in ast.walk(tree(path)) if isinstance(node, ast.ExceptHandler)]
    assert [f"{path}:{node.lineno}: name the exception" for path, node in handlers if node.type is None] == []
    assert [f"{path}:{node.lineno}: every error is swallowed here" for path, node in handlers if _broad(node) and _silent(node)] == []


def test_no_test_sleeps() -> None:
    calls = [(path, node) for path in modules("tests") for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    # a virtual clock's sleep is no sleep
    sleeping = [f"{path}:{node.lineno}" for path, node in calls if ast.unparse(node.func) in {"sleep", "time.sleep", "asyncio.sleep"}]
    assert sleeping == []


def _broad(node: ast.ExceptHandler) -> bool:
    names = {each.id for each in ast.walk(node.type) if isinstance(each, ast.Name)} if node.type is not None else set()
    return bool(names & {"Exception", "BaseException"})


def _silent(node: ast.ExceptHandler) -> bool:
    return all(isinstance(each, ast.Pass) or _is_ellipsis(each) for each in node.body)


def _is_ellipsis(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is ...
