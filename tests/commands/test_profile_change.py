"""`rnprog profile validate|migrate|diff|explain|schema|from-session`: what is written, and that nothing else is touched."""

import difflib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from rnprog.commands.profile_from_record import Titrated, _found
from rnprog.profile.json_schema import FILE, written
from rnprog.profile.rules import RULES
from rnprog.session.observers import Report, Simulated, TooStrong
from rnprog.session.stimulation import Delivered
from rnprog.therapy.contacts import Side
from tests.commands.running import Cli, chained
from tests.profile.texts import GOOD, changed, put

COMMENTED = GOOD.replace("[left]", "# the side that hurts\n[left]   # since 2024").replace("rate_hz = 20.0", "rate_hz   =   20.0   # Hz")


def lines_changed(before: str, after: str) -> list[str]:
    told = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in told if line[0] in "+-" and line[:3] not in ("+++", "---")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return put(tmp_path, COMMENTED)


def test_validate_signs_off_and_touches_nothing_else(cli: Cli, path: Path) -> None:
    before = path.read_text()
    ran = cli("profile", "validate", str(path), "--by", "Dr Example")
    assert ran.code == 0 and "Dr Example" in ran.out
    assert cli("profile", "verify", str(path)).code == 0
    changes = lines_changed(before, path.read_text())
    assert changes[:2] == ['-state = "draft"', '+state = "validated"']
    assert [line.partition(" ")[0] for line in changes[2:]] == ["+", "+[validation]", "+by", "+on", "+limits", "+limits_digest", "+digest"]
    again = path.read_text()
    assert cli("profile", "validate", str(path), "--by", "Dr Other").code == 0
    assert lines_changed(again, path.read_text()) == ['-by = "Dr Example"', '+by = "Dr Other"']


def test_any_edit_makes_it_a_draft_again_but_a_comment_does_not(cli: Cli, path: Path) -> None:
    cli("profile", "validate", str(path), "--by", "Dr Example")
    signed = path.read_text()
    path.write_text(signed.replace("# the side that hurts", "# another comment").replace("= 2.5", "= 2.50"))
    assert cli("profile", "verify", str(path)).code == 0
    for old, new in (
        ("= 2.5", "= 2.4"),
        ("Both sides", "Both"),
        ('serial = "RN1-0042"', ""),
        ("P-017", "P-018"),
        ("A. Author", "B. Author"),
    ):
        path.write_text(signed.replace(old, new, 1))
        ran = cli("profile", "verify", str(path))
        assert ran.code == 1 and "RN604" in ran.out, new
        assert cli("profile", "show", str(path)).code == 0
    assert cli("profile", "validate", str(path), "--by", "Dr Example").code == 0
    assert cli("profile", "verify", str(path)).code == 0


def test_a_profile_that_breaks_a_rule_is_not_signed_off(cli: Cli, tmp_path: Path) -> None:
    path = put(tmp_path, changed(("= 2.5", "= 2.55")))
    before = path.read_bytes()
    ran = cli("profile", "validate", str(path), "--by", "Dr Example", "--json")
    assert (ran.code, ran.json["validated"]) == (1, False)
    assert {(each["rule"], each["kind"]) for each in ran.json["reasons"]} == {("RN206", "profile"), ("RN502", "profile")}
    assert all(each["rule"] in each["text"] for each in ran.json["reasons"])
    assert "RN206" in cli("profile", "validate", str(path), "--by", "Dr Example").err
    assert path.read_bytes() == before
    fine = put(tmp_path, GOOD)
    assert cli("profile", "validate", str(fine), "--by", "Dr\x07 Example").code == 2
    assert cli("profile", "validate", "standard-bilateral", "--by", "Dr Example").code == 2
    assert cli("profile", "validate", str(tmp_path / "none.toml")).code == 66


def test_the_results_of_an_emulator_are_not_signed_off(cli: Cli, record: Path, tmp_path: Path) -> None:
    """Nor a copy of them; a check in CI is served by verify."""
    ran = cli("profile", "from-session", record.stem, "--name", "anna", "--folder", str(tmp_path))
    assert ran.code == 0 and "cannot be signed off" in " ".join(ran.err.split()) and "validate" not in ran.err
    assert cli("profile", "new", "copy", "--from", str(tmp_path / "anna.toml"), "--folder", str(tmp_path), "--title", "Mine").code == 0
    for path in (tmp_path / "anna.toml", tmp_path / "copy.toml"):
        before = path.read_bytes()
        ran = cli("profile", "validate", str(path), "--by", "Dr Example", "--json")
        assert (ran.code, ran.json["validated"], ran.json["reasons"][0]["kind"]) == (79, False, "refused")
        assert "Titrate on the device" in " ".join(cli("profile", "validate", str(path), "--by", "Dr Example").err.split())
        assert path.read_bytes() == before
        assert cli("profile", "verify", str(path)).code == 0
        assert "EMULATOR: for training" in " ".join(cli("profile", "show", str(path)).out.split())
        assert cli("profile", "show", str(path), "--json").json["profile"]["mode"] == "emulator"


def test_the_results_of_a_device_are_signed_off(cli: Cli, record: Path, tmp_path: Path) -> None:
    rows = [json.loads(row) for row in record.read_bytes().splitlines()]
    rows[0]["data"]["mode"] = "device"
    record.write_bytes(chained(rows))
    assert cli("profile", "from-session", record.stem, "--name", "anna", "--folder", str(tmp_path)).code == 0
    path = tmp_path / "anna.toml"
    assert 'mode = "device"' in path.read_text()
    assert cli("profile", "validate", str(path), "--by", "Dr Example").code == 0
    assert cli("profile", "verify", str(path)).code == 0
    changed_by_hand = path.read_text().replace('mode = "device"', 'mode = "emulator"')
    path.write_text(changed_by_hand)
    ran = cli("profile", "verify", str(path))
    assert ran.code == 1 and "RN604" in ran.out and "RN607" in ran.out


def test_validate_keeps_windows_line_ends_and_permissions(cli: Cli, path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    path.chmod(0o640)
    assert cli("profile", "validate", str(path), "--by", "Dr Example").code == 0
    content = path.read_bytes()
    assert content.count(b"\n") == content.count(b"\r\n")
    assert path.stat().st_mode & 0o777 == 0o640
    assert cli("profile", "verify", str(path)).code == 0


def test_validated_against_the_limits_of_a_device(cli: Cli, path: Path, tmp_path: Path) -> None:
    limits = tmp_path / "device.json"
    status = cli("status", "--port", "emu://", "--json").json
    status["capabilities"]["amplitude_ma"]["maximum"] = "8"
    limits.write_text(json.dumps(status))
    assert cli("profile", "validate", str(path), "--by", "Dr Example", "--limits", str(limits)).code == 0
    assert cli("profile", "verify", str(path), "--limits", str(limits)).out == "1 file: 0 errors, 0 warnings.\n"
    ran = cli("profile", "verify", str(path))
    assert ran.code == 0 and "RN605" in ran.out


def test_migrate_writes_a_new_file_and_leaves_the_old(cli: Cli, tmp_path: Path) -> None:
    text = COMMENTED.replace('class = "implanted"\n', "").replace("profile/2", "profile/1")
    old, new = put(tmp_path, text, "old"), tmp_path / "new.toml"
    before = old.read_bytes()
    assert cli("profile", "verify", str(old)).code == 65
    assert cli("profile", "migrate", str(old), str(new)).code == 0
    assert old.read_bytes() == before
    assert lines_changed(old.read_text(), new.read_text()) == [
        '-schema = "rnprog.profile/1"',
        "+#:schema ./profile.schema.json",
        '+schema = "rnprog.profile/2"',
        '-name = "old"',
        '+name = "new"',
        '+class = "implanted"',
    ]
    assert cli("profile", "verify", str(new)).code == 0
    assert cli("profile", "migrate", str(old), str(new)).code == 2
    assert cli("profile", "migrate", str(new), str(tmp_path / "third.toml")).code == 65
    assert cli("profile", "migrate", str(old), str(tmp_path / "No Name.toml")).code == 2
    future = put(tmp_path, GOOD.replace("profile/2", "profile/7"), "future")
    assert cli("profile", "migrate", str(future), str(tmp_path / "third.toml")).code == 65
    assert not (tmp_path / "third.toml").exists()


def test_diff(cli: Cli, tmp_path: Path) -> None:
    mine, other = put(tmp_path, GOOD, "mine"), put(tmp_path, changed(("= 2.5", "= 2.6"), ('serial = "RN1-0042"\n', "")), "mine2")
    other.write_text(other.read_text().replace('"mine2"', '"mine"').replace("rate_hz = 20.0", "rate_hz = 20 # the same"))
    told = cli("profile", "diff", str(mine), str(other), "--json")
    assert told.code == 1
    assert [(each["path"], each["before"], each["after"]) for each in told.json["differences"]] == [
        ("target.serial", "RN1-0042", None),
        ("left.amplitude_ma", "2.5 mA", "2.6 mA"),
    ]
    assert "2.6 mA" in cli("profile", "diff", str(mine), str(other)).out
    assert cli("profile", "diff", str(mine), str(mine)).code == 0
    assert cli("profile", "diff", str(mine), str(tmp_path / "none.toml")).code == 66
    shown = cli("profile", "diff", str(mine), "percutaneous-60-days")
    assert shown.code == 1 and max(map(len, shown.out.splitlines())) <= 80


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_can_be_explained(cli: Cli, rule: str) -> None:
    told = cli("profile", "explain", rule.lower(), "--json").json
    assert told["rule"] == rule and told["text"].endswith(".") and told["advice"].endswith(".") and told["source"]


def test_explain_all_and_none(cli: Cli) -> None:
    ran = cli("profile", "explain")
    assert all(rule in ran.out for rule in RULES)
    assert max(map(len, ran.out.splitlines())) <= 80
    assert cli("profile", "explain", "RN999").code == 2


def test_the_schema_is_published_as_it_is_made(cli: Cli, tmp_path: Path) -> None:
    assert FILE.read_text() == written()
    output = tmp_path / "profile.schema.json"
    assert cli("profile", "schema", "--output", str(output)).code == 0
    assert cli("profile", "schema").out == output.read_text() == written()
    assert cli("profile", "schema", "--output", str(output)).code == 2
    assert "multipleOf" not in written()
    jsonschema.Draft202012Validator.check_schema(json.loads(written()))


@pytest.fixture
def record(demo_record: Path) -> Path:
    return demo_record


def test_from_session(cli: Cli, record: Path, tmp_path: Path) -> None:
    ran = cli("profile", "from-session", record.stem, "--name", "anna", "--folder", str(tmp_path), "--json")
    assert ran.code == 0
    made = ran.json["profile"]
    rows = [json.loads(line) for line in record.read_text().splitlines()]
    proposed = {row["data"]["side"]: row["data"] for row in rows if row["kind"] == "titrated"}
    for side in ("left", "right"):
        assert made["program"][side]["amplitude_ma"] == proposed[side]["proposed_ma"]
        assert made["max_amplitude_ma"][side] == proposed[side]["patient_maximum_ma"], "what was tolerated is the patient maximum"
        assert made["thresholds"][side]["motor_ma"] == proposed[side]["motor_ma"]
        assert record.stem in made["sources"][f"{side}.amplitude_ma"]
        assert made["sources"][f"{side}.max_amplitude_ma"] == f"session record {record.stem}: the most that was tolerated"
    assert (made["record"], made["serial"], made["state"]) == (record.stem, rows[0]["data"]["serial"], "draft")
    assert made["title"].startswith("EMULATOR")
    assert cli("profile", "verify", str(tmp_path / "anna.toml")).code == 0
    assert cli("profile", "from-session", record.stem, "--name", "anna", "--folder", str(tmp_path)).code == 2
    assert cli("profile", "from-session", record.stem, "--name", "../anna").code == 2


def found_in(*rows: tuple[str, dict[str, Any]]) -> tuple[dict[Side, Titrated], bool]:
    return _found([{"kind": kind, "data": data} for kind, data in rows])


def one_side(side: str, proposed_ma: str | None, **more: str | None) -> list[tuple[str, dict[str, Any]]]:
    electrodes = f"-{side[0].upper()}1+{side[0].upper()}2"
    armed = {"side": side, "what": "arm", "result": "applied", "electrodes": electrodes, "pulse_width_us": "214", "rate_hz": "20"}
    return [("outcome", armed), ("titrated", {"side": side, "proposed_ma": proposed_ma, "patient_maximum_ma": "3.0", **more})]


BOTH = [*one_side("left", "2.0"), *one_side("right", "2.4"), ("both sides", {"left_ma": "2.0", "right_ma": "2.4"})]
LOWER = ("both sides checked", {"ending": "reduced", "last": {"left_ma": "1.8", "right_ma": "2.1"}})
NONE_LEFT = ("both sides checked", {"ending": "too strong", "last": None})


def amplitudes(found: dict[Side, Titrated]) -> dict[str, tuple[str, str]]:
    return {side.value: (str(one.part.amplitude_ma), str(one.maximum_ma)) for side, one in found.items()}


def test_from_session_takes_what_both_sides_together_left() -> None:
    found, refused = found_in(*BOTH, LOWER)
    assert not refused and amplitudes(found) == {"left": ("1.8", "1.8"), "right": ("2.1", "2.1")}
    once_more = one_side("left", "1.8", after="both sides together")
    assert found_in(*BOTH, LOWER, *once_more)[1] is False


@pytest.mark.parametrize(
    "checked",
    [[NONE_LEFT], [], [("both sides checked", {"last": {"left_ma": "1.8"}})], [("both sides checked", {"last": "1.8"})]],
    ids=["too strong", "never ended", "one side only", "unreadable"],
)
def test_from_session_refuses_what_both_sides_together_did_not_tolerate(checked: list[tuple[str, dict[str, Any]]]) -> None:
    assert found_in(*BOTH, *checked)[1] is True
    again = one_side("left", None)
    assert found_in(*BOTH, *checked, *again)[1] is True, "a search in vain changes nothing"
    found, refused = found_in(*BOTH, *checked, *one_side("left", "1.5"))
    assert not refused and amplitudes(found)["left"][0] == "1.5", "a later titration makes the check void"


def test_one_side_needs_no_check_and_an_older_record_has_no_maximum() -> None:
    found, refused = found_in(*one_side("left", "2.0", patient_maximum_ma=None))
    assert not refused and amplitudes(found) == {"left": ("2.0", "None")}


def test_too_strong_together_makes_no_profile(cli: Cli, records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Simulated, "judge", too_strong_together(Simulated.judge))
    assert cli("demo", "--fast").code != 0
    (made,) = records.glob("*.jsonl")
    ran = cli("profile", "from-session", made.stem, "--name", "anna", "--folder", str(tmp_path))
    assert ran.code == 65 and "both sides together were too strong" in " ".join(ran.err.split())
    assert not (tmp_path / "anna.toml").exists()


def too_strong_together(judge: Callable[[Simulated, Delivered], Report]) -> Callable[[Simulated, Delivered], Report]:
    """A patient who tolerates either side and never both."""
    return lambda self, delivered: judge(self, delivered) if delivered.both is None else TooStrong(None)


def test_no_profile_is_made_from_a_record_that_was_changed(cli: Cli, record: Path, tmp_path: Path) -> None:
    record.write_text(
        record.read_text().replace('"proposed_ma": "', '"proposed_ma": "9', 1).replace('"proposed_ma":"', '"proposed_ma":"9', 1)
    )
    assert cli("profile", "from-session", str(record), "--name", "anna", "--folder", str(tmp_path)).code == 65
    assert cli("profile", "from-session", "nothing", "--name", "anna", "--folder", str(tmp_path)).code == 66
    assert list(tmp_path.glob("anna*")) == []


ODD = ["1e400000", "1e-400000", "9" * 4000, "0." + "0" * 4000 + "1", "sNaN", "NaN", "-1", "1e1", "", "\u0663", 10**4000, -1, True]


@pytest.mark.parametrize("key", ["proposed_ma", "patient_maximum_ma", "motor_ma", "pulse_width_us", "rate_hz", "left_ma"])
@pytest.mark.parametrize("odd", ODD, ids=lambda odd: str(odd)[:9] if isinstance(odd, str) else type(odd).__name__)
def test_a_number_that_nobody_can_give_makes_no_profile(cli: Cli, record: Path, tmp_path: Path, key: str, odd: object) -> None:
    """Of a record that is whole by its chain: somebody made it anew."""
    rows = [json.loads(row) for row in record.read_bytes().splitlines()]
    for row in rows:
        places = [row["data"], row["data"].get("last")] if row["kind"] in ("titrated", "outcome", "both sides checked") else []
        for place in places:
            if isinstance(place, dict) and key in place:
                place[key] = odd
    record.write_bytes(chained(rows))
    assert cli("record", "verify", record.stem).code == 0
    ran = cli("profile", "from-session", record.stem, "--name", "anna", "--folder", str(tmp_path))
    assert ran.code == 65 and record.stem in " ".join(ran.err.split()), ran.err
    assert "\x1b" not in ran.err and len(ran.err) < 1_000 and not (tmp_path / "anna.toml").exists()


def test_a_percutaneous_profile_is_shown_and_never_written(cli: Cli) -> None:
    ran = cli("profile", "show", "percutaneous-60-days")
    assert ran.code == 0 and "60 days" in ran.out and "has no such" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
    refused = cli("program", "write", "percutaneous-60-days", "--port", "emu://", "--yes", "--serial", "RN1-E0000000")
    assert refused.code == 65 and "percutaneous" in refused.err
