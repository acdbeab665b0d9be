"""`rnprog profile`: the shelf on the command line."""

import json
from pathlib import Path

import pytest

from device_emulator.origin import Origin, serial_for
from rnprog.profile.json_schema import FILE
from rnprog.profile.store import place_schema
from tests.commands.running import Cli
from tests.profile.texts import GOOD, SKIN, changed, put


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


def test_show_does_not_vouch_for_a_profile_that_was_changed_after_its_sign_off(cli: Cli, tmp_path: Path) -> None:
    path = put(tmp_path)
    assert cli("profile", "validate", str(path), "--by", "Dr Q").code == 0
    assert "validated by Dr Q" in cli("profile", "show", str(path)).out
    told = cli("profile", "show", str(path), "--json").json
    assert (told["profile"]["state"], told["validation_holds"]) == ("validated", True)
    path.write_text(path.read_text().replace("amplitude_ma = 2.5", "amplitude_ma = 2.6"))
    shown = " ".join(cli("profile", "show", str(path)).out.split())
    assert "validated by" not in shown and "changed after Dr Q validated it" in shown and "a draft again" in shown
    told = cli("profile", "show", str(path), "--json").json
    assert (told["profile"]["state"], told["validation_holds"]) == ("draft", False)
    assert told["profile"]["validation"]["by"] == "Dr Q"


def test_the_same_for_the_other_class(cli: Cli, tmp_path: Path) -> None:
    path = put(tmp_path, SKIN.replace("sixty-days", "left-and-right"))
    assert cli("profile", "validate", str(path), "--by", "Dr Q").code == 0
    assert "does not hold" not in cli("profile", "show", str(path)).out
    path.write_text(path.read_text().replace("amplitude_ma = 1.0", "amplitude_ma = 1.1"))
    assert "does not hold" in cli("profile", "show", str(path)).out
    assert cli("profile", "show", str(path), "--json").json["validation_holds"] is False


def test_a_profile_that_only_says_it_was_validated_is_shown_as_a_draft(cli: Cli, tmp_path: Path) -> None:
    path = put(tmp_path, changed(('state = "draft"', 'state = "validated"')))
    assert cli("profile", "show", str(path), "--json").json["profile"]["state"] == "draft"


SCHEMA_LINE = "#:schema ./profile.schema.json"


def test_a_new_profile_leads_editors_to_the_schema_beside_it(cli: Cli, tmp_path: Path) -> None:
    for command in (("new", "trial"), ("new", "again", "--from", str(tmp_path / "trial.toml"))):
        path = Path(cli("profile", *command, "--folder", str(tmp_path), "--json").json["path"])
        assert path.read_text().splitlines()[0] == SCHEMA_LINE
        assert path.read_text().count("#:schema") == 1
        assert (path.parent / "profile.schema.json").read_bytes() == FILE.read_bytes()
        assert cli("profile", "verify", str(path)).code == 0


def test_so_does_one_that_was_brought_up_to_date_or_read_from_a_device(cli: Cli, tmp_path: Path) -> None:
    old, new, pulled = tmp_path / "old.toml", tmp_path / "new" / "made.toml", tmp_path / "pulled" / "made.toml"
    new.parent.mkdir(), pulled.parent.mkdir()
    text = GOOD.replace("profile/2", "profile/1").replace('class = "implanted"\n', "").replace('state = "draft"\n', "")
    old.write_text(f"#:schema ../elsewhere.json\n{text}")
    assert cli("profile", "migrate", str(old), str(new)).code == 0
    sure = ("--yes", "--serial", serial_for(Origin(), "clinic"))
    assert cli("--port", "emu://clinic", "program", "write", "standard-bilateral", *sure).code == 0
    assert cli("--port", "emu://clinic", "program", "pull", "--output", str(pulled)).code == 0
    for path in (new, pulled):
        assert path.read_text().splitlines()[0] == SCHEMA_LINE and path.read_text().count("#:schema") == 1
        assert (path.parent / "profile.schema.json").read_bytes() == FILE.read_bytes()


def test_a_schema_of_somebody_else_is_left_and_an_older_one_of_ours_is_not(tmp_path: Path) -> None:
    there = tmp_path / "profile.schema.json"
    there.write_text("{}")
    place_schema(tmp_path)
    assert there.read_text() == "{}"
    there.write_text('{"title": "rnprog profile"}')
    place_schema(tmp_path)
    assert there.read_bytes() == FILE.read_bytes()
    there.unlink()
    there.symlink_to(tmp_path / "nowhere")
    place_schema(tmp_path)
    assert there.is_symlink() and not (tmp_path / "nowhere").exists()
    place_schema(tmp_path / "no such folder")


@pytest.mark.parametrize("text", ["Dr \U000e0100x", "Dr \u202ex", "Dr\x07"], ids=ascii)
def test_a_new_profile_that_could_not_be_read_again_is_not_written(cli: Cli, tmp_path: Path, text: str) -> None:
    ran = cli("profile", "new", "anna", "--author", text, "--folder", str(tmp_path))
    assert ran.code == 2 and "No profile was written" in " ".join(ran.err.split())
    assert not list(tmp_path.glob("*.toml"))
