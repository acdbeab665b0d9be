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

each_module = pytest.mark.parametrize("path", SOURCE, ids=str)
each_file = pytest.mark.parametrize("path", ALL_CODE, ids=str)


def test_the_packages_are_found() -> None:
    assert {path.parts[0] for path in SOURCE} == set(PACKAGES)


@each_module
def test_a_module_has_at_most_300_lines(path: Path) -> None:
    lines = len((ROOT / path).read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST, f"{path} has {lines} lines: which second subject does it have?"


def test_the_package_itself_is_empty() -> None:
    assert (ROOT / "rnprog/__init__.py").read_text(encoding="utf-8").strip() == ""


@pytest.mark.parametrize("package", PACKAGES)
def test_the_packages_are_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()


@each_module
def test_wire_and_medicine_meet_in_translate_only(path: Path) -> None:
    rooms = {".".join(each.module.split(".")[:2]) for each in imports(path)}
    if rooms >= {"rnprog.protocol", "rnprog.therapy"}:
        assert path.match("rnprog/device/*/translate*.py"), f"{path} imports both rnprog.protocol and rnprog.therapy"


def test_the_fast_path_loads_nothing_heavy() -> None:
    entry = Path("rnprog/entry.py")
    loaded = {each.module.split(".")[0] for each in imports_at_load(entry)}
    assert not loaded & {"dataclasses", "re", "rich", "serial", "typer", "typing"}, f"{entry} loads these: {sorted(loaded)}"


@each_module
def test_every_import_is_declared(path: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(need for extra in project["optional-dependencies"].values() for need in extra)]
    declared = {re.split(r"[^A-Za-z0-9-]", need)[0] for need in wanted}
    for name, line in imports(path):
        top = name.split(".")[0]
        known = top in sys.stdlib_module_names or top in PACKAGES
        assert known or NAME_ON_THE_INDEX.get(top, top.replace("_", "-")) in declared, f"{path}:{line} imports {top}"


@each_file
def test_no_error_is_swallowed(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.ExceptHandler):
            continue
        assert node.type is not None, f"{path}:{node.lineno}: name the exception"
        broad = {"Exception", "BaseException"} & {each.id for each in ast.walk(node.type) if isinstance(each, ast.Name)}
        silent = all(isinstance(each, ast.Pass) or _is_ellipsis(each) for each in node.body)
        assert not (broad and silent), f"{path}:{node.lineno}: every error is swallowed here"


@pytest.mark.parametrize("path", modules("tests"), ids=str)
def test_no_test_sleeps(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):  # a virtual clock's sleep is no sleep
            assert ast.unparse(node.func) not in {"sleep", "time.sleep", "asyncio.sleep"}, f"{path}:{node.lineno}: this test sleeps"


def _is_ellipsis(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is ...
