"""`rnprog profile new` without a name asks; an empty line takes what is offered, and nothing is written before the last answer."""

import io
import json
from pathlib import Path

import pytest

from tests.commands.running import Cli


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_everything_is_asked(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "Anna Smith", "anna", "", "a name!", "P-017", "RN1-0042", "Dr Example")
    ran = cli("profile", "new", "--folder", str(tmp_path), "--json")
    assert ran.code == 0
    made = ran.json["profile"]
    assert [made[key] for key in ("name", "title", "patient_code", "serial", "author")] == [
        "anna",
        "Anna",
        "P-017",
        "RN1-0042",
        "Dr Example",
    ]
    assert max(map(len, ran.err.splitlines())) <= 80
    assert cli("profile", "verify", str(tmp_path / "anna.toml")).code == 0


def test_enter_takes_what_is_offered(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "ben", "", "", "", "")
    made = cli("profile", "new", "--folder", str(tmp_path), "--from", "bench", "--json").json["profile"]
    assert (made["patient_code"], made["serial"], made["author"], made["title"]) == (None, None, "rnprog project", "Ben")


def test_an_input_that_ends_writes_nothing(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "anna", "Title")
    assert cli("profile", "new", "--folder", str(tmp_path)).code == 2
    assert list(tmp_path.glob("*.toml")) == []


def test_no_input_and_no_name_is_a_usage_error(cli: Cli) -> None:
    ran = cli("profile", "new", "--no-input", "--json")
    assert ran.code == 2 and json.loads(ran.out)["ok"] is False
