"""What the hostile files and texts found once, each as its own small test. Finds on the wire are in tests/protocol."""

from pathlib import Path

import pytest

from device_emulator.tissue.person_file import read_person
from rnprog.profile.capabilities_json import LimitsError, capabilities_from_file
from tests.attacks.common import ROOT
from tests.attacks.hostile_words import run_here
from tests.pace import shelves

Patch = pytest.MonkeyPatch


def test_a_patient_file_with_one_key_of_thousands_of_parts_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "person.toml"
    path.write_text(".".join("a" * 8_000) + " = 1\n")

    def refused() -> None:
        with pytest.raises(ValueError, match="more dots than any number or name needs"):
            read_person(path)

    assert shelves(refused, 8.0) <= 8.0


def test_a_patient_file_without_an_end_is_not_read_to_its_end() -> None:
    with pytest.raises(ValueError, match="far too long"):
        read_person(Path("/dev/zero"))


def test_what_is_said_about_a_patient_file_has_an_end(tmp_path: Path) -> None:
    path = tmp_path / "person.toml"
    path.write_text(f'[person]\ncohort = "{"x" * 10_000}"\n')
    with pytest.raises(ValueError) as refused:
        read_person(path)
    assert len(str(refused.value)) < 1_000


def test_limits_with_thousands_of_keys_are_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "limits.json"
    path.write_text("{" + ",".join(f'"k{number}":1' for number in range(20_000)) + "}")

    def refused() -> None:
        with pytest.raises(LimitsError):
            capabilities_from_file(path)

    assert shelves(refused, 20.0) <= 20.0
    path.write_text('{"k1":1,"k2":1,"k1":2}')
    with pytest.raises(LimitsError, match="k1 stands twice"):
        capabilities_from_file(path)


@pytest.mark.parametrize("mark", ["\u200b", "\u202e", "\x1b[31m", "\x9b"])
@pytest.mark.parametrize("words", [["record", "list", "{}"], ["{}"], ["status", "--{}"], ["titrate", "--side", "{}"]])
def test_a_wrong_word_is_not_shown_raw(words: list[str], mark: str) -> None:
    ran = run_here([word.format(f"a{mark}b") for word in words])
    assert ran.code == 2
    assert mark not in ran.out + ran.err


@pytest.mark.parametrize("face", [[], ["--plain"], ["--quiet"]])
@pytest.mark.parametrize("words", [["status", "--port", "{}"], ["record", "show", "{}.jsonl"], ["profile", "show", "{}.toml"]])
def test_a_name_with_a_line_break_does_not_become_a_line_of_its_own(words: list[str], face: list[str]) -> None:
    ran = run_here([*(word.format("x\nSTOP is confirmed") for word in words), *face])
    assert ran.code in (65, 66, 69)
    assert not any(line.strip().startswith("STOP is confirmed") for line in (ran.out + ran.err).split("\n"))


@pytest.mark.parametrize("option", ["--title", "--author", "--serial", "--patient"])
def test_bytes_that_are_no_text_do_not_end_in_a_bug(option: str, tmp_path: Path) -> None:
    """As a shell hands over what was not typed in UTF-8."""
    ran = run_here(["profile", "new", "mine", "--folder", str(tmp_path), option, "M\udcfcller"])
    assert ran.code in (2, 65, 73, 78), ran.err
    assert not list(tmp_path.iterdir())


def test_a_name_that_is_no_text_does_not_sign_off_a_profile(tmp_path: Path) -> None:
    path = tmp_path / "standard-bilateral.toml"
    path.write_bytes((ROOT / "profiles" / "standard-bilateral.toml").read_bytes())
    before = path.read_bytes()
    ran = run_here(["profile", "validate", str(path), "--by", "M\udcfcller"])
    assert ran.code in (1, 2, 65, 73, 78), ran.err
    assert path.read_bytes() == before


@pytest.mark.parametrize("port", ["/dev/x\nSTOP is confirmed", "/dev/\x1b[2J", "/dev/\u202e", "/dev/\udcff"])
@pytest.mark.parametrize("face", [[], ["--quiet"], ["--json"]])
def test_a_stop_that_could_not_be_sent_says_so_whatever_its_port_is_called(port: str, face: list[str]) -> None:
    ran = run_here(["stop", "--port", port, *face])
    assert ran.code == 69
    assert ran.out.count("\n") == 1 and "STOP WAS NOT SENT" in ran.out
    assert all(letter.isprintable() or letter == "\n" for letter in ran.out + ran.err)


@pytest.mark.parametrize("words", [["record", "export"], ["record", "show"], ["record", "verify"], ["record", "reconcile", "truth"]])
def test_a_record_whose_name_is_longer_than_any_file_is_not_there(words: list[str]) -> None:
    ran = run_here([*words, "RN1" + "x" * 60_000])
    assert ran.code == 66, ran.err


@pytest.mark.parametrize("name", ["a" * 256, "x\x00y"])
@pytest.mark.parametrize("output", [[], ["--output", "found.txt"]])
def test_a_profile_whose_name_no_file_can_have_is_a_finding(name: str, output: list[str], tmp_path: Path, monkeypatch: Patch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run_here(["profile", "verify", name, *output])
    said = (tmp_path / "found.txt").read_text() if output else ran.out
    assert ran.code == 66 and "RN102" in said


@pytest.mark.parametrize("words", [["record", "verify", "{}"], ["record", "verify", "--all", "--record-dir", "{folder}"]])
def test_a_record_whose_name_has_a_line_break_stays_on_its_line(words: list[str], tmp_path: Path) -> None:
    path = tmp_path / "x\nSTOP is confirmed.jsonl"
    path.write_text('{"kind":"open"}\nnone\n')
    ran = run_here([word.format(path, folder=tmp_path) for word in words])
    assert "not a line of a record" in ran.out
    assert not any(line.strip().startswith("STOP is confirmed") for line in (ran.out + ran.err).split("\n"))
