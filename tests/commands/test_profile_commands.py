"""`rnprog profile`: the shelf on the command line."""

import json
from pathlib import Path

from tests.commands.running import Cli


def test_list_shows_the_library_and_my_own(cli: Cli) -> None:
    assert cli("profile", "new", "anna", "--patient", "P-017", "--title", "Anna, first visit").code == 0
    ran = cli("profile", "list")
    assert "standard-bilateral" in ran.out and "Anna, first visit" in ran.out and "your own" in ran.out
    names = {each["name"]: each["library"] for each in cli("profile", "list", "--json").json["profiles"]}
    assert names["standard-bilateral"] is True
    assert names["anna"] is False


def test_new_is_valid_and_never_replaces(cli: Cli, tmp_path: Path) -> None:
    made = cli("profile", "new", "trial", "--folder", str(tmp_path), "--from", "low-output-start", "--json").json
    assert made["path"] == str(tmp_path / "trial.toml")
    assert cli("profile", "verify", made["path"]).code == 0
    before = Path(made["path"]).read_bytes()
    assert cli("profile", "new", "trial", "--folder", str(tmp_path)).code == 2
    assert Path(made["path"]).read_bytes() == before


def test_new_refuses_names_that_are_none(cli: Cli, tmp_path: Path) -> None:
    assert cli("profile", "new", "../evil", "--folder", str(tmp_path)).code == 2
    assert cli("profile", "new", "ok", "--patient", "Anna Smith!", "--folder", str(tmp_path)).code == 2
    assert list(tmp_path.glob("*.toml")) == []


def test_show(cli: Cli) -> None:
    ran = cli("profile", "show", "standard-bilateral")
    assert ran.code == 0
    assert "2.0 mA" in ran.out and "unverified" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
    assert cli("profile", "show", "standard-bilateral", "--json").json["profile"]["program"]["rate_hz"] == "20.0"


def test_verify_a_folder_with_every_kind_of_trouble(cli: Cli, tmp_path: Path) -> None:
    assert cli("profile", "new", "good", "--folder", str(tmp_path)).code == 0
    assert cli("profile", "verify", str(tmp_path)).code == 0
    wrong = tmp_path / "wrong.toml"
    wrong.write_text((tmp_path / "good.toml").read_text().replace("rate_hz = 20.0", "rate_hz = 900.0").replace('"good"', '"wrong"'))
    ran = cli("profile", "verify", str(tmp_path))
    assert ran.code == 1
    assert "wrong.toml:" in ran.out and "2 files" in ran.out
    assert cli("profile", "verify", str(tmp_path), str(tmp_path / "none.toml")).code == 66
    (tmp_path / "junk.toml").write_text("= = =")
    assert cli("profile", "verify", str(tmp_path), str(tmp_path / "none.toml")).code == 65


def test_verify_as_json_and_into_a_file(cli: Cli, tmp_path: Path) -> None:
    told = cli("profile", "verify", "standard-bilateral", "--format", "json").json
    assert told == cli("profile", "verify", "standard-bilateral", "--json").json
    assert (told["ok"], told["errors"]) == (True, 0)
    file = tmp_path / "findings.json"
    ran = cli("profile", "verify", str(tmp_path / "none.toml"), "--format", "json", "--output", str(file))
    assert ran.code == 66
    assert json.loads(file.read_text())["errors"] == 1
    assert cli("profile", "verify", "standard-bilateral", "--output", str(tmp_path / "no" / "file")).code == 2


def test_verify_against_the_limits_of_a_device(cli: Cli, tmp_path: Path) -> None:
    status = cli("status", "--port", "emu://", "--json").json
    limits = tmp_path / "device.json"
    limits.write_text(json.dumps(status))
    assert cli("profile", "verify", "standard-bilateral", "--limits", str(limits)).code == 0
    status["capabilities"]["amplitude_ma"]["maximum"] = "1"
    limits.write_text(json.dumps(status))
    assert cli("profile", "verify", "standard-bilateral", "--limits", str(limits)).code == 1
    limits.write_text("{}")
    assert cli("profile", "verify", "standard-bilateral", "--limits", str(limits)).code == 65
    assert cli("profile", "verify", "standard-bilateral", "--limits", str(tmp_path / "none")).code == 66
