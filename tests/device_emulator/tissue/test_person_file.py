"""A person from a file: what is read, and what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from device_emulator.tissue.person import person
from device_emulator.tissue.person_file import HOME, NERVE, read_person

FULL = """
[person]
cohort = "E"
subject = 7

[nerve]
motor_left_ma = 2.0
motor_right_ma = 3
sigma = 0.08
miss_rate = 0.02
false_alarm_rate = 0.01
discomfort_ratio = 1.7
perception_ratio = 0.7
fatigue_per_burst = 0.004
chronaxie_us = 200
wander = 0.0

[electrodes]
contact_area_cm2 = 0.06
access_ohm = [400, 410, 420, 430, 440, 450, 460, 470]
capsule_ohm = [80, 80, 80, 80, 80, 80, 80, 80]
open_contacts = ["L3"]
loose_contacts = ["R0"]
short_pairs = [["R1", "R2"]]
wet_sides = ["left"]
shift_left_mm = -6.0
shift_right_mm = 0.0

[home]
starts = "schedule"
start_share = 0.9
floor_share = 0.5
fall_months = 12
spread = 0
still_using_at_24 = 1.0
complete_share = 0.8
"""


def write(folder: Path, text: str, name: str = "someone.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_perception_follows_a_low_discomfort_and_may_not_be_said_above_it(tmp_path) -> None:
    someone = read_person(write(tmp_path, "[nerve]\ndiscomfort_ratio = 0.5\n"))
    assert someone.subject.perception_ratio == pytest.approx(0.475)
    with pytest.raises(ValueError, match=re.escape("perception_ratio 0.9 must be below discomfort_ratio 0.8: what hurts is felt")):
        read_person(write(tmp_path, "[nerve]\ndiscomfort_ratio = 0.8\nperception_ratio = 0.9\n"))


def test_every_key_is_read(tmp_path) -> None:
    someone = read_person(write(tmp_path, FULL))
    assert (someone.cohort, someone.index) == ("E", 7)
    assert someone.subject.motor_ma == (2.0, 3.0) and someone.subject.chronaxie_us == 200 and someone.subject.fatigue_per_burst == 0.004
    assert [site.access_ohm for site in someone.leads.sites[:8]] == [400, 410, 420, 430, 440, 450, 460, 470]
    assert someone.leads.sites[3].capsule_ohm == 80
    assert someone.leads.sites[3].capacitance_uf == pytest.approx(1.8) and someone.leads.sites[8].capacitance_uf == 300
    assert (someone.leads.open_contacts, someone.leads.loose_contacts, someone.leads.short_pairs) == ((3,), (4,), ((5, 6),))
    assert (someone.leads.wet_sides, someone.leads.shift_mm) == ((0,), (-6.0, 0.0))
    assert (someone.habits.starts, someone.habits.complete_share, someone.habits.spread) == ("schedule", 0.8, 0.0)
    named = {key for key in (*NERVE, *HOME) if re.search(rf"^{key} =", FULL, re.MULTILINE)}
    assert named == {*NERVE, *HOME}, "this test names every number there is"


def test_what_is_left_out_stays_as_it_was(tmp_path) -> None:
    assert read_person(write(tmp_path, "")) == person(0)
    assert read_person(write(tmp_path, '[person]\ncohort = "C"\nsubject = 3\n')) == person(3, "C")
    assert read_person(write(tmp_path, json.dumps({"nerve": {"sigma": 0.1}}), "someone.json")).subject.sigma == 0.1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[nerves]", "knows no 'nerves'; known are person, nerve, electrodes, home"),
        ("[nerve]\nmotor_ma = 2", "knows no 'motor_ma'; known are motor_left_ma"),
        ("[nerve]\nsigma = 'wide'", "sigma must be a number from 0.005 to 1"),
        ("[nerve]\nsigma = true", "sigma must be a number"),
        ("[nerve]\nsigma = nan", "sigma must be a number"),
        ("[nerve]\nmotor_left_ma = 0", "motor_left_ma must be a number from 0.05 to 50, not 0"),
        ("nerve = 3", r"\[nerve\] must be a table"),
        ("[person]\ncohort = 'Z'", "cohort is one of A, B, C, D, E"),
        ("[person]\nsubject = -1", "subject is a whole number"),
        ("[person]\nsubject = 1.5", "subject is a whole number"),
        ("[electrodes]\naccess_ohm = [500]", "lists the eight contacts"),
        ("[electrodes]\naccess_ohm = [0, 1, 1, 1, 1, 1, 1, 1]", "access_ohm must be a number from 1 to"),
        ("[electrodes]\nopen_contacts = ['L4']", "a contact is one of L0, L1"),
        ("[electrodes]\nopen_contacts = 'L1'", "must be a list"),
        ("[electrodes]\nopen_contacts = [[1]]", "a contact is one of"),
        ("[electrodes]\nshort_pairs = [['L1', 'L1']]", "pairs of different contacts"),
        ("[electrodes]\nshort_pairs = ['L1']", "pairs of different contacts"),
        ("[electrodes]\nwet_sides = ['both']", "a side is left or right"),
        ("[electrodes]\nwet_sides = [['left']]", "a side is left or right"),
        ("[electrodes]\nshift_left_mm = 100", "shift_left_mm must be a number from -60 to 60"),
        ("[home]\nstarts = 'never'", "starts is remote or schedule"),
        ("[home]\nstart_share = 1", "start_share must be a number from 0.02 to 0.98"),
        ("no toml", "is not understood"),
    ],
)
def test_what_is_unknown_or_senseless_is_refused(tmp_path, text, said) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ValueError, match=said) as caught:
        read_person(path)
    assert str(path) in str(caught.value)


def test_a_file_that_cannot_be_read_says_so(tmp_path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        read_person(tmp_path / "nobody.toml")
    with pytest.raises(ValueError, match="is not understood"):
        read_person(write(tmp_path, "[1]", "list.json"))
    with pytest.raises(ValueError, match="far too long"):
        read_person(write(tmp_path, "#" * 70_000))
    (tmp_path / "raw.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="is not understood"):
        read_person(tmp_path / "raw.toml")
