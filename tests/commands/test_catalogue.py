"""The catalogue and the commands say the same; every help fits 80 columns and begins with examples."""

import inspect
from importlib import import_module

import pytest

from rnprog.commands.catalogue import COMMANDS, GROUPS, Entry, schema_of
from tests.commands.running import Cli

NAMES = [entry.name for entry in COMMANDS]
each_entry = pytest.mark.parametrize("entry", COMMANDS, ids=NAMES)


def test_names_are_unique_and_groups_have_commands() -> None:
    assert len(set(NAMES)) == len(NAMES)
    for group in GROUPS:
        assert any(name.startswith(f"{group.name} ") for name in NAMES)


@each_entry
def test_the_one_liner_is_the_docstrings_first_line(entry: Entry) -> None:
    module, _, function = entry.where.partition(":")
    document = inspect.getdoc(getattr(import_module(module), function))
    assert document is not None
    assert document.splitlines()[0] == entry.help


@pytest.mark.parametrize("name", ["", *(group.name for group in GROUPS), *NAMES])
def test_help_fits_80_columns_and_begins_with_examples(cli: Cli, name: str) -> None:
    ran = cli(*name.split(), "--help")
    assert ran.code == 0
    assert ran.err == ""
    assert max(map(len, ran.out.splitlines())) <= 80
    assert "<bool>" not in ran.out
    if name not in {group.name for group in GROUPS}:
        assert ran.out.startswith("Examples:\n  rnprog ") or ran.out.startswith("Examples:\n  RNPROG_PORT")
    assert cli(*name.split(), "-h").out == ran.out


@each_entry
def test_every_command_takes_the_global_options(cli: Cli, entry: Entry) -> None:
    text = " ".join(cli(*entry.name.split(), "--help").out.split())
    for option in ("--port URL", "--json", "--plain", "--quiet", "--no-input", "--record-dir DIR", "--trace FILE", "--bench HOST:PORT"):
        assert option in text


def test_schemas() -> None:
    assert schema_of("program write") == "rnprog.program-write/1"
