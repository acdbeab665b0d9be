"""U5 of the fault list: a profile that was read from a device is refused once its program was changed there, until it is rebased."""

import io
import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from device_emulator.opennerve.keys import write_keys
from device_emulator.origin import Origin, serial_for
from rnprog.commands import program_rebase
from rnprog.profile.edit import new_text
from rnprog.profile.library import find
from rnprog.profile.schema import load
from tests.commands.running import Cli
from tests.commands.test_opennerve import url

SERIAL = serial_for(Origin(), "clinic")
SURE = ("--yes", "--serial", SERIAL)
PORT = ("--port", "emu://clinic")


@pytest.fixture
def old(cli: Cli, tmp_path: Path) -> Path:
    """Read from slot 0, which the implant runs, at revision 1."""
    write(cli, "standard-bilateral")
    path = tmp_path / "old.toml"
    assert cli("program", "pull", *PORT, "--output", str(path)).code == 0
    return path


def write(cli: Cli, profile: str, *words: str, slot: int = 0) -> None:
    assert cli("program", "write", profile, *PORT, *SURE, "--slot", str(slot), *words).code == 0


def slot(cli: Cli, number: int = 0) -> dict[str, object]:
    (found,) = cli("program", "show", *PORT, "--slot", str(number), "--json").json["slots"]
    assert isinstance(found, dict)
    return found


def edited(path: Path) -> Path:
    text = path.read_text()
    assert text.count("\namplitude_ma = 2.0") == 2
    path.write_text(text.replace("\namplitude_ma = 2.0", "\namplitude_ma = 1.8"))
    return path


def flat(text: str) -> str:
    return " ".join(text.split())


# what it was read from


def test_what_was_pulled_says_what_it_was_read_from(cli: Cli, old: Path) -> None:
    found, held = load(old).origin, slot(cli)
    assert found is not None
    assert (found.serial, found.slot, found.active, found.revision, found.checksum) == (SERIAL, 0, True, 1, held["crc"])
    shown = cli("profile", "show", str(old))
    assert f"Read from slot 0 of {SERIAL}, then the active slot, with revision 1 (checksum {held['crc']})" in flat(shown.out)
    assert cli("profile", "show", str(old), "--json").json["profile"]["origin"] == found.as_dict()
    assert cli("profile", "show", "standard-bilateral", "--json").json["profile"]["origin"] is None
    assert cli("profile", "verify", str(old)).code == 0


def test_as_long_as_nothing_changed_it_may_be_edited_and_written(cli: Cli, old: Path) -> None:
    ran = cli("program", "write", str(edited(old)), *PORT, *SURE, "--slot", "0")
    assert ran.code == 0 and slot(cli)["revision"] == 2
    assert "may be written again unchanged" in flat(ran.err) and "program rebase" in flat(ran.err)


# once it was changed there


def test_an_older_program_is_not_written_over_a_newer_one(cli: Cli, old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(old.parent)
    write(cli, "low-output-start")
    newer = slot(cli)
    for words in ((*SURE, "--slot", "0"), (*SURE, "--slot", "2"), SURE, ("--dry-run",)):
        ran = cli("program", "write", old.name, *PORT, *words)
        said = flat(ran.err)
        assert ran.code == 79
        assert "it was read from slot 0, which held revision 1 (checksum " in said and "that slot now holds revision 2 (checksum " in said
        assert "Nothing was written." in said and "`rnprog program rebase old.toml`" in said and "small stimulation" not in said
        assert "`rnprog program diff old.toml`" in said and "`rnprog program pull --output NEW.toml`" in said
        assert "Traceback" not in ran.err and not ran.out
    assert (slot(cli), slot(cli, 2)["problem"]) == (newer, "empty")
    assert cli("program", "diff", str(old), *PORT).code == 1


def test_the_refusal_as_json(cli: Cli, old: Path) -> None:
    write(cli, "low-output-start")
    told = cli("program", "write", str(old), *PORT, *SURE, "--json").json
    assert (told["ok"], told["code"]) == (False, 79)
    (reason,) = told["reasons"]
    assert (reason["kind"], reason["field"]) == ("stale", "revision")
    assert reason["value"].startswith("revision 2 (checksum ") and reason["bound"].startswith("revision 1 (checksum ")


def test_nor_is_the_newer_one_put_aside_when_it_stands_in_another_slot(cli: Cli, old: Path) -> None:
    write(cli, "low-output-start", slot=1)
    ran = cli("program", "write", str(old), *PORT, *SURE)
    assert ran.code == 79 and "it now runs slot 1" in flat(ran.err)
    assert slot(cli, 1)["active"] is True


def test_the_same_file_may_be_written_again_and_again(cli: Cli, old: Path) -> None:
    edited(old)
    for _ in range(3):
        write(cli, str(old))
    assert slot(cli)["revision"] == 2
    path = edited_again(old)
    assert cli("program", "write", str(path), *PORT, *SURE, "--slot", "0").code == 79, "its own writing counts as a change"


def edited_again(path: Path) -> Path:
    path.write_text(path.read_text().replace("\namplitude_ma = 1.8", "\namplitude_ma = 1.7"))
    return path


def test_a_profile_by_hand_is_as_before(cli: Cli) -> None:
    for profile in ("standard-bilateral", "low-output-start", "standard-bilateral"):
        write(cli, profile)
    assert slot(cli)["revision"] == 3


def test_a_comparison_says_that_the_profile_is_outdated(cli: Cli, old: Path) -> None:
    before = cli("program", "diff", str(old), *PORT, "--json")
    assert (before.code, before.json["outdated"]) == (0, False)
    write(cli, "low-output-start")
    ran = cli("program", "diff", str(old), *PORT)
    assert ran.code == 1 and "is outdated" in flat(ran.err)
    assert cli("program", "diff", str(old), *PORT, "--json").json["outdated"] is True


def test_of_another_implant_it_is_refused_and_the_way_is_a_profile_for_that_one(cli: Cli, old: Path) -> None:
    text = old.read_text().replace(f'\nserial = "{SERIAL}"\n\n[origin]', "\n\n[origin]")
    old.write_text(text)
    other = ("--port", "emu://ward")
    serial = serial_for(Origin(), "ward")
    ran = cli("program", "write", str(old), *other, "--yes", "--serial", serial)
    assert ran.code == 79
    assert f"was read from the implant {SERIAL} on " in flat(ran.err) and f"and this is {serial}." in flat(ran.err)
    told = cli("program", "write", str(old), *other, "--yes", "--serial", serial, "--json").json
    assert [(reason["kind"], reason["field"]) for reason in told["reasons"]] == [("identity", "serial")]
    assert cli("program", "rebase", str(old), *other, "--yes", "--serial", serial).code == 79
    assert cli("profile", "new", "ward", "--from", str(old), "--serial", serial, "--folder", str(old.parent)).code == 0
    assert load(old.parent / "ward.toml").origin is None
    assert cli("program", "write", str(old.parent / "ward.toml"), *other, "--yes", "--serial", serial).code == 0
    assert old.read_text() == text


def test_a_copy_for_the_same_implant_is_as_old_as_what_it_was_copied_from(cli: Cli, old: Path) -> None:
    assert cli("profile", "new", "copy", "--from", str(old), "--folder", str(old.parent)).code == 0
    write(cli, "low-output-start")
    assert cli("program", "write", str(old.parent / "copy.toml"), *PORT, *SURE).code == 79


def test_no_appointment_starts_from_an_outdated_profile(cli: Cli, old: Path, records: Path) -> None:
    write(cli, "low-output-start")
    ran = cli("session", *PORT, "--start", str(old), "--observer", "simulated")
    assert ran.code == 79 and "is outdated" in flat(ran.err)
    newest = max(records.glob("*.jsonl"), key=lambda path: path.stat().st_mtime_ns)
    assert not any(json.loads(line)["data"].get("what") == "impedance" for line in newest.read_text().splitlines())


# put on a new basis


def test_a_rebase_shows_the_difference_and_changes_the_origin_alone(cli: Cli, old: Path) -> None:
    old.write_text(edited(old).read_text().replace("[left]", "# mind the left side\n[left]"))
    write(cli, "low-output-start")
    before = old.read_text().splitlines()
    ran = cli("program", "rebase", str(old), *PORT, *SURE)
    assert ran.code == 0 and "0.5 mA" in ran.out and "1.8 mA" in ran.out and "Its settings were not changed." in flat(ran.out)
    assert max(map(len, ran.out.replace(str(old), "").splitlines())) <= 80
    different = [new for was, new in zip(before, old.read_text().splitlines(), strict=True) if was != new]
    assert [line.partition(" ")[0] for line in different] == ["revision", "checksum"]
    assert cli("program", "rebase", str(old), *PORT, *SURE).code == 0 and old.read_text().splitlines() != before
    write(cli, str(old))
    assert slot(cli)["revision"] == 3


def test_a_rebase_as_json(cli: Cli, old: Path) -> None:
    write(cli, "low-output-start")
    told = cli("program", "rebase", str(old), *PORT, *SURE, "--json").json
    assert (told["schema"], told["ok"], told["rebased"], told["same"]) == ("rnprog.program-rebase/1", True, True, False)
    assert (told["before"]["revision"], told["origin"]["revision"], told["slot"]) == (1, 2, 0)
    assert {"path", "label", "device", "profile"} == set(told["differences"][0])
    again = cli("program", "rebase", str(old), *PORT, *SURE, "--json").json
    assert (again["rebased"], again["origin"]) == (False, told["origin"])


def test_a_rebase_follows_the_implant_to_the_slot_that_it_runs_now(cli: Cli, old: Path) -> None:
    write(cli, "low-output-start", slot=1)
    assert cli("program", "rebase", str(old), *PORT, *SURE).code == 0
    found = load(old).origin
    assert found is not None and (found.slot, found.active, found.revision) == (1, True, 1)
    write(cli, str(old), slot=1)
    assert cli("program", "rebase", str(old), *PORT, *SURE, "--slot", "0").code == 0
    found = load(old).origin
    assert found is not None and (found.slot, found.active) == (0, False)
    assert cli("program", "rebase", str(old), *PORT, *SURE, "--slot", "9").code == 79


def test_a_rebase_on_an_empty_slot_says_so(cli: Cli, old: Path) -> None:
    ran = cli("program", "rebase", str(old), *PORT, *SURE, "--slot", "3")
    assert ran.code == 0 and "Slot 3 holds no program: empty." in ran.out
    assert cli("program", "write", str(old), *PORT, *SURE, "--slot", "3").code == 0


@pytest.mark.parametrize("answer", ["", "\n", "y\n", "yes\n", SERIAL + "\n"], ids=repr)
def test_anything_but_the_last_four_characters_leaves_the_file(cli: Cli, old: Path, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    write(cli, "low-output-start")
    text = old.read_text()
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    ran = cli("program", "rebase", str(old), *PORT)
    assert ran.code == 79 and "The file was not changed." in ran.err and old.read_text() == text
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{SERIAL[-4:]}\n"))
    assert cli("program", "rebase", str(old), *PORT).code == 0 and old.read_text() != text


def test_a_rebase_asks_as_a_write_does(cli: Cli, old: Path) -> None:
    assert cli("program", "rebase", str(old), *PORT, "--yes").code == 2
    assert cli("program", "rebase", str(old), *PORT, "--no-input").code == 2
    assert cli("program", "rebase", str(old), *PORT, "--yes", "--serial", "RN1-OTHER").code == 79
    assert cli("program", "rebase", "standard-bilateral", *PORT, *SURE).code == 2
    assert cli("program", "rebase", str(old.parent / "none.toml"), *PORT, *SURE).code == 66


def test_what_an_emulator_holds_is_not_signed_off(cli: Cli, old: Path) -> None:
    assert cli("profile", "show", str(old), "--json").json["profile"]["mode"] == "emulator"
    assert cli("profile", "validate", str(old), "--by", "A. Author").code == 79
    assert load(old).state == "draft"


def test_a_rebase_makes_a_draft_of_what_was_signed_off(cli: Cli, old: Path) -> None:
    old.write_text(old.read_text().replace('mode = "emulator"', 'mode = "device"'))
    assert cli("profile", "validate", str(old), "--by", "A. Author").code == 0
    write(cli, "low-output-start")
    ran = cli("program", "rebase", str(old), *PORT, *SURE)
    assert ran.code == 0 and "it is a draft again" in flat(ran.err)
    assert load(old).state == "draft" and cli("profile", "verify", str(old)).code == 0


def test_a_rebase_follows_no_link(cli: Cli, old: Path) -> None:
    write(cli, "low-output-start")
    text, link = old.read_text(), old.parent / "link.toml"
    link.symlink_to(old)
    assert cli("program", "rebase", str(link), *PORT, *SURE).code == 66
    assert old.read_text() == text and link.is_symlink()


def test_a_file_that_is_edited_while_the_question_stands_is_left_alone(cli: Cli, old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(cli, "low-output-start")
    monkeypatch.setattr(program_rebase, "typed_serial", while_asked(lambda: edited(old)))
    ran = cli("program", "rebase", str(old), *PORT)
    assert ran.code == 79 and "was changed while the question stood" in flat(ran.err)
    found = load(old)
    assert found.origin is not None and found.origin.revision == 1 and "amplitude_ma = 1.8" in old.read_text()


def while_asked(happens: Callable[[], object]) -> Callable[[str, str], bool]:
    """An answer that takes its time."""

    def answer(serial: str, question: str) -> bool:
        happens()
        return True

    return answer


def test_line_ends_and_rights_stay(cli: Cli, old: Path) -> None:
    old.write_bytes(old.read_bytes().replace(b"\n", b"\r\n"))
    os.chmod(old, 0o640)
    write(cli, "low-output-start")
    assert cli("program", "rebase", str(old), *PORT, *SURE).code == 0
    assert old.read_bytes().count(b"\r\n") == old.read_bytes().count(b"\n") and old.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("was", "value"),
    [
        ("revision = 1", "revision = true"),
        ("revision = 1", "revision = nan"),
        ("revision = 1", f"revision = {'9' * 40}"),
        ("slot = 0", "slot = -1"),
        ("active = true", "active = 1"),
        (f'serial = "{SERIAL}"\nslot', 'serial = "../../etc"\nslot'),
        ('checksum = "', 'checksum = "zz'),
    ],
)
def test_what_cannot_be_read_is_neither_written_nor_put_on_a_new_basis(cli: Cli, old: Path, was: str, value: str) -> None:
    text = old.read_text()
    assert text.count(was) == 1
    old.write_text(text.replace(was, value))
    for command in ("write", "rebase", "diff"):
        ran = cli("program", command, str(old), *PORT, *(SURE if command != "diff" else ()))
        assert ran.code == 65 and "origin." in ran.err and "Traceback" not in ran.err
    assert cli("profile", "verify", str(old)).code == 1
    assert slot(cli)["revision"] == 1


def test_where_a_device_counts_no_revision_the_checksum_decides(cli: Cli, tmp_path: Path) -> None:
    write_keys(tmp_path / "keys")
    ports = [url(tmp_path / "keys", set=f"SP13:50,SP02:{steps},SP03:4,SP04:20,SP08:2,SP09:2,SP10:3", timing="none") for steps in (28, 26)]
    pulled = tmp_path / "pulled.toml"
    assert cli("--port", ports[0], "program", "pull", "--output", str(pulled)).code == 0
    found = load(pulled).origin
    assert found is not None and (found.serial, found.slot, found.active, found.revision) == ("YYLL0001", 0, True, 0)
    pulled.write_text(pulled.read_text().replace("\namplitude_ma = 2.8", "\namplitude_ma = 2.7"))
    words = ("program", "write", str(pulled), "--slot", "0", "--dry-run")
    assert cli("--port", ports[0], *words).code == 0
    ran = cli("--port", ports[1], *words)
    assert ran.code == 79 and "which held a program with the checksum " in flat(ran.err) and "revision" not in ran.err
    assert cli("--port", ports[1], "program", "rebase", str(pulled), "--yes", "--serial", "YYLL0001").code == 0
    assert cli("--port", ports[1], *words).code == 0


# whom it is for


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"patient_code": "P-018"}, "is made for patient code P-018, and this appointment is for P-017."),
        ({"serial": "RN1-00001234"}, "is for the device RN1-00001234, and this is"),
    ],
    ids=["another patient", "another device"],
)
def test_no_appointment_starts_from_a_profile_of_somebody_else(
    cli: Cli, tmp_path: Path, records: Path, changes: dict[str, str], told: str
) -> None:
    """Its limits would hold for the patient on the couch."""
    other = tmp_path / "other.toml"
    other.write_text(new_text(replace(load(find("standard-bilateral")), name="other", **changes)))
    ran = cli("session", *PORT, "--start", str(other), "--patient", "P-017", "--observer", "simulated")
    assert ran.code == 79 and told in flat(ran.err)
    (record,) = records.glob("*.jsonl")
    assert not any(json.loads(line)["kind"] == "intent" for line in record.read_text().splitlines())
