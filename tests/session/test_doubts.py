"""When a side is better ended than brought up higher: asked before each rise, and ended where no person answers."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from rnprog.session.doubts import SUSPECT_LEAD_MA, astray, better_ended
from rnprog.session.observers import Choice, Deliver, Elsewhere, Finish, Scripted, Simulated
from rnprog.session.titrate import Titrated
from rnprog.session.wording.doubts import next_step
from rnprog.therapy.contacts import Electrodes
from rnprog.therapy.titration import Answer, Titration
from tests.session.desk import D, Desk, ma, measured
from tests.session.test_assisted import Nurse, graded, noted, run

FLUID, MIGRATED = "emu://?scenario=connector-fluid", "emu://?scenario=migrated-lead"
ANXIOUS, CLAMPS = "emu://?scenario=anxious-patient", "emu://?scenario=device-clamps"


def log(*answers: tuple[str, Answer | Elsewhere]) -> Titration:
    titration = Titration().begin()
    for amplitude, answer in answers:
        given = titration.burst_given(ma(amplitude))
        titration = given.answered(answer.answer, elsewhere=True) if isinstance(answer, Elsewhere) else given.answered(answer)
    return titration


TWICE = log(("0.5", Answer.NONE), ("1.0", Elsewhere()), ("1.5", Elsewhere()))


@pytest.mark.parametrize(
    ("titration", "amplitude", "suspect", "doubtful"),
    [
        (TWICE, "2.0", False, True),
        (TWICE, "1.5", False, False),
        (log(("0.5", Answer.NONE), ("1.0", Elsewhere())), "1.5", False, False),
        (log(("2.0", Answer.NONE)), "2.5", True, True),
        (log(("2.0", Answer.NONE)), "2.5", False, False),
        (log(("1.5", Answer.NONE)), "2.0", True, False),
        (log(("1.5", Answer.FLICKER), ("2.0", Answer.NONE)), "2.5", True, False),
    ],
    ids=["twice, higher", "twice, the same", "once", "suspect lead", "sound lead", "suspect, still low", "suspect, but it contracted"],
)
def test_a_rise_is_asked_about_and_nothing_else(titration: Titration, amplitude: str, suspect: bool, doubtful: bool) -> None:
    said = better_ended(titration, D(amplitude), on_suspect_lead=suspect)
    assert bool(said) is doubtful
    assert not said or ("end this side" in said and f"{amplitude} mA" in said)


def test_only_the_lead_that_reads_astray_is_suspect(desk: Desk) -> None:
    with desk.open(FLUID) as session:
        assert not astray(session.sweep, Electrodes.parse("-L1+L2")), "nothing was measured yet"
        measured(session)
        assert astray(session.sweep, Electrodes.parse("-L1+L2")) and not astray(session.sweep, Electrodes.parse("-R1+R2"))
    with desk.open("emu://?scenario=left-open") as session:
        measured(session)
        assert not astray(session.sweep, Electrodes.parse("-L0+L1")), "an open contact passes nothing; it is refused elsewhere"


# by itself


def test_fluid_in_the_connector_does_not_climb_to_ten_milliamperes(desk: Desk) -> None:
    with desk.open(FLUID) as session:
        result = run(session, Simulated(session.bench))
    assert max(burst.amplitude_ma for burst in result.titration.log) <= SUSPECT_LEAD_MA
    assert result.ending == "aborted" and "More amplitude is not the answer on this lead" in result.reason
    no_number(result, desk)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_felt_in_the_wrong_place_twice_ends_the_search(desk: Desk, seed: int) -> None:
    with desk.open(f"{MIGRATED}&seed={seed}") as session:
        result = run(session, Simulated(session.bench))
    assert result.titration.log[-1].elsewhere and sum(burst.elsewhere for burst in result.titration.log) == 2
    assert "More amplitude seldom helps. Finish this side instead" in result.reason
    no_number(result, desk)


def test_an_anxious_patient_is_left_without_a_threshold_and_the_nurse_with_a_next_step(desk: Desk) -> None:
    with desk.open(ANXIOUS) as session:
        result = run(session, Simulated(session.bench))
    assert "believe the patient" in result.reason and "--profile cautious" in result.reason
    no_number(result, desk)


def test_a_device_that_clamps_leaves_no_threshold(desk: Desk) -> None:
    with desk.open(CLAMPS) as session:
        result = run(session, Simulated(session.bench))
    assert result.problem is not None
    no_number(result, desk)


def no_number(result: Titrated, desk: Desk) -> None:
    """Nothing that could be taken for a threshold, for the eye or in the record; the interval is kept."""
    assert not result.found and result.thresholds.motor_ma is None and result.estimate is not None
    assert str(result.estimate.median_ma) not in result.reason
    (ended,) = noted(desk, "titrated")
    assert ended["motor_ma"] is None and ended["estimate"] is not None and ended["ending"] != "threshold"


# asked


def test_a_person_may_go_higher_by_naming_it_and_is_asked_again(desk: Desk) -> None:
    choices: dict[int, Choice] = {4: Deliver(ma("1.7"), "nurse")}
    with desk.open() as session:
        nurse = Nurse([Answer.NONE, Elsewhere(), Elsewhere(), Elsewhere()], choices)
        result = run(session, nurse)
    fourth, fifth = nurse.offers[3:5]
    assert nurse.offers[2].proposal is not None, "once may be a slip"
    assert fourth.proposal is None and fourth.end_first and fourth.end_first in fourth.remarks
    assert fourth.highest_allowed_ma == D("1.9"), "0.5 mA above the last, as always"
    assert fifth.end_first, "each further rise is asked about"
    assert [burst.amplitude_ma for burst in result.titration.log][-1] == D("1.7")


def test_once_it_contracted_a_suspect_lead_is_searched_like_any_other(desk: Desk) -> None:
    with desk.open(FLUID) as session:
        nurse = Nurse(graded("none", "none", "none", "flicker", "none", "none", "none"))
        run(session, nurse)
    assert not [offer for offer in nurse.offers if offer.end_first]


def test_a_script_goes_higher_only_where_it_names_the_amplitude(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "answers"
    path.write_text("none\nelsewhere\nelsewhere\n1.7mA elsewhere\nnone\n")
    with desk.open() as session:
        result = run(session, Scripted(path, session.bench))
    assert [burst.amplitude_ma for burst in result.titration.log][3:] == [D("1.7")]
    assert "More amplitude seldom helps" in result.reason


def test_the_simulated_observer_gives_the_reason_as_its_own(desk: Desk) -> None:
    ends: list[Choice] = []

    class Told(Simulated):
        def choose(self, offer):  # type: ignore[no-untyped-def]
            ends.append(super().choose(offer))
            return ends[-1]

    with desk.open(FLUID) as session:
        run(session, Told(session.bench))
    assert isinstance(ends[-1], Finish) and "nothing contracted" in ends[-1].why


@pytest.mark.parametrize(
    ("titration", "suspect", "said"),
    [
        (TWICE, True, "another electrode pair may reach the muscle"),
        (log(("2.0", Answer.NONE)), True, "rnprog impedance"),
        (log(("0.5", Answer.NONE), ("1.0", Answer.DISCOMFORT)), False, "believe the patient"),
        (log(("0.5", Answer.NONE), ("1.0", Answer.CLEAR)), False, "Let the muscle rest"),
        (log(("0.5", Answer.NONE)), False, "longer pulse width"),
        (replace(log(("0.5", Answer.NONE)), earlier_ceiling_ma=ma("0.5")), False, "a longer pulse does not lift it"),
    ],
)
def test_what_to_do_now_after_a_search_in_vain(titration: Titration, suspect: bool, said: str) -> None:
    told = next_step(titration, wrong_place=titration is TWICE, on_suspect_lead=suspect)
    assert said in told and told.endswith(".") and not re.search(r"\bthreshold \d", told)
