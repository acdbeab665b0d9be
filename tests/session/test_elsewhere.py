"""Felt in the wrong place: from the observer to the record, and what is advised after a titration."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from rnprog.session import archive
from rnprog.session.observers import Elsewhere, Scripted, Simulated
from rnprog.session.outcomes import Refused
from rnprog.session.session import Session
from rnprog.session.titrate import Burst, Method, Plan, Titrated, titrate
from rnprog.session.triage import judge
from rnprog.therapy.contacts import Contact, Electrodes, Side
from rnprog.therapy.impedance import Verdict
from rnprog.therapy.titration import Answer
from rnprog.therapy.triage import Advice, Finding
from tests.session.desk import D, Desk, ma, measured, setup
from tests.session.past import SOUND, Visit

MIGRATED = "emu://?scenario=migrated-lead"


def run(session: Session, observer: object, side: Side = Side.LEFT, **changes: object) -> tuple[Titrated, list[Burst]]:
    if session.sweep is None:
        measured(session)
    bursts: list[Burst] = []
    plan = Plan(setup(side, **changes), Method.ASCENDING, D("0.3"))
    return titrate(session, plan, observer, bursts.append), bursts  # type: ignore[arg-type]


def advised(result: Titrated) -> tuple[Advice, ...]:
    assert result.judged is not None
    return result.judged.advice


def findings(result: Titrated) -> list[Finding]:
    return [advice.finding for advice in advised(result)]


def scripted(tmp_path: Path, session: Session, *lines: str) -> Scripted:
    path = tmp_path / "answers"
    path.write_text("\n".join(lines))
    return Scripted(path, session.bench)


@pytest.mark.parametrize("seed", range(4))
def test_a_migrated_lead_is_felt_elsewhere_and_named(desk: Desk, seed: int) -> None:
    """The trainee's complaint: normal impedance, the wrong region, and not a word about it."""
    with desk.open(f"{MIGRATED}&seed={seed}") as session:
        result, bursts = run(session, Simulated(session.bench))
    assert result.proposed_ma is None and result.thresholds.motor_ma is None
    assert result.titration.elsewhere_ma is not None
    assert findings(result) == [Finding.WRONG_PLACE]
    assert any(burst.elsewhere for burst in bursts)
    lines = desk.lines()
    places = [line["data"] for line in lines if line["kind"] == "answer" and line["data"].get("where") == "elsewhere"]
    assert len(places) == sum(burst.elsewhere for burst in result.titration.log) > 0
    assert {place["answer"] for place in places} <= {"felt", "discomfort"}
    (noted,) = [line["data"] for line in lines if line["kind"] == "triage"]
    assert noted["advice"][0]["finding"] == "felt in the wrong place" and noted["advice"][0]["elsewhere_ma"]
    (ended,) = [line["data"] for line in lines if line["kind"] == "titrated"]
    assert D(ended["elsewhere_ma"]) == result.titration.elsewhere_ma


def test_the_pairs_at_the_ends_of_a_lead_that_moved(desk: Desk) -> None:
    with desk.open(MIGRATED) as session:
        result, _ = run(session, Simulated(session.bench))
        assert result.judged is not None
        (advice,) = result.judged.advice
        assert [str(pair) for pair in result.judged.ends(advice)] == ["-L0+L1", "-L3+L2"]
        other, _ = run(session, Simulated(session.bench), electrodes=Electrodes.parse("-L3+L2"))
    assert other.thresholds.motor_ma is not None, "the lesson's own way to bridge the time"


def test_the_pair_that_was_titrated_is_not_offered_again(desk: Desk, tmp_path: Path) -> None:
    with desk.open() as session:
        result, _ = run(session, scripted(tmp_path, session, "elsewhere"), electrodes=Electrodes.parse("-L3+L2"))
        assert result.judged is not None
        assert [str(pair) for pair in result.judged.ends(result.judged.advice[0])] == ["-L0+L1"]


def test_a_healthy_lead_gets_no_advice(desk: Desk) -> None:
    with desk.open() as session:
        result, bursts = run(session, Simulated(session.bench))
    assert advised(result) == () and not any(burst.elsewhere for burst in bursts)
    assert not [line for line in desk.lines() if line["kind"] == "triage"]


def test_a_script_says_elsewhere_and_it_never_counts_as_a_contraction(desk: Desk, tmp_path: Path) -> None:
    with desk.open() as session:
        observer = scripted(tmp_path, session, "none", "elsewhere", "elsewhere", "0.9mA elsewhere")
        result, bursts = run(session, observer)
    assert [(burst.answer, burst.elsewhere) for burst in bursts] == [(Answer.NONE, False), *[(Answer.FELT, True)] * 3]
    assert (result.thresholds.motor_ma, result.proposed_ma, result.titration.elsewhere_ma) == (None, None, ma("0.9"))
    assert findings(result) == [Finding.WRONG_PLACE], "also when it was ended early"


def test_the_simulated_observer_tells_the_place(desk: Desk) -> None:
    with desk.open() as session:
        told = {"felt": True, "grade": 3, "discomfort": False, "elsewhere": True}
        observer = Simulated(_Told(told))  # type: ignore[arg-type]
        assert observer.judge(_Burst()) == Elsewhere()  # type: ignore[arg-type]
        told["discomfort"] = True
        assert observer.judge(_Burst()) == Elsewhere(Answer.DISCOMFORT)  # type: ignore[arg-type]
        assert session.armed == set()


class _Told:
    """A bench that gives one answer: what the tissue reports together is the tissue's business, what it counts as is the observer's."""

    there = True

    def __init__(self, answer: dict[str, object]) -> None:
        self._answer = answer

    def ask(self, command: dict[str, object]) -> dict[str, object]:
        return self._answer


class _Burst:
    side = Side.LEFT
    both = None


def test_a_jump_against_earlier_records_of_the_same_device(desk: Desk) -> None:
    for days_ago, motor_ma in ((200, "1.1"), (100, "1.2")):
        with Visit(desk.record_dir, days_ago) as made:
            made.measured(SOUND).titrated(motor_ma)
    with desk.open() as session:
        result, _ = run(session, Simulated(session.bench))
    (advice,) = advised(result)
    assert advice.finding is Finding.THRESHOLD_JUMPED and advice.threshold is not None
    assert (advice.threshold.before_ma, advice.threshold.visits) == (D("1.15"), 2)
    assert advice.threshold.earlier[0].on == made.at.date().isoformat()


@pytest.mark.parametrize(
    "other", [{"electrodes": "-L2+L3"}, {"width_us": "300"}, {"how": "EMG"}, {"side": "right", "electrodes": "-R1+R2"}], ids=str
)
def test_other_conditions_are_not_compared(desk: Desk, other: dict[str, str]) -> None:
    with Visit(desk.record_dir, 100) as made:
        made.titrated("1.1", **other)  # type: ignore[arg-type]
    with desk.open() as session:
        result, _ = run(session, Simulated(session.bench))
    assert advised(result) == ()


@pytest.mark.parametrize("identity", [{"mode": "device"}, {"serial": "RN1-E0000009"}], ids=str)
def test_real_and_emulated_devices_and_two_devices_never_mix(desk: Desk, identity: dict[str, str]) -> None:
    with Visit(desk.record_dir, 100, **identity) as made:  # type: ignore[arg-type]
        made.titrated("1.1")
    with desk.open() as session:
        result, _ = run(session, Simulated(session.bench))
    assert advised(result) == ()


def test_out_of_reach_with_normal_impedance_and_no_past(desk: Desk) -> None:
    with desk.open("emu://?scenario=high-threshold") as session:
        result, _ = run(session, Simulated(session.bench))
    assert findings(result) == [Finding.NOT_REACHED]
    assert advised(result)[0].threshold is None


def test_fluid_in_the_connector_comes_before_what_the_titration_says(desk: Desk) -> None:
    with desk.open("emu://?scenario=connector-fluid") as session:
        result, _ = run(session, Simulated(session.bench))
    assert findings(result) == [Finding.EQUALISED, Finding.TITRATION_AND_FAULT]


def test_electrodes_that_are_refused_name_their_fault(desk: Desk) -> None:
    with desk.open("emu://?scenario=left-open") as session:
        result, _ = run(session, Simulated(session.bench))
    assert isinstance(result.problem, Refused)
    assert findings(result) == [Finding.CONTACT_OPEN]


def test_after_a_stop_there_is_something_else_to_do_first(desk: Desk, tmp_path: Path) -> None:
    with desk.open() as session:
        result, _ = run(session, scripted(tmp_path, session, "elsewhere", "stop"))
    assert result.stop is not None and result.judged is None


def test_a_side_whose_lead_was_not_measured_is_not_judged(desk: Desk) -> None:
    with desk.open() as session:
        result = titrate(session, Plan(setup()), Simulated(session.bench), print)
    assert isinstance(result.problem, Refused) and result.judged is None


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("url", "first", "second"),
    [
        ("emu://?scenario=right-short", Contact.R1, Contact.R2),
        ("emu://?faults=lead-short%3D12", Contact.L1, Contact.L2),
        ("emu://?faults=lead-short%3D67", Contact.R2, Contact.R3),
    ],
)
def test_after_a_healthy_visit_no_reading_of_a_short_is_called_drifted(
    desk: Desk, tmp_path: Path, url: str, first: Contact, second: Contact, seed: int
) -> None:
    with desk.open(f"emu://?seed={seed}") as healthy:
        sound = {reading.name: reading.impedance_ohm for reading in measured(healthy).readings}
    with desk.open(f"{url}&seed={seed}") as session:
        now = measured(session)
    with Visit(tmp_path, 1, serial=session.serial) as made:
        made.measured(sound)
    past = archive.history(tmp_path, serial=session.serial, mode="emulator")
    found = judge(now.readings, past, test=("0.2", "100"), now=datetime.now(UTC))
    assert found.compared == 1
    verdicts = {reading.pair: verdict for reading, verdict in zip(now.readings, found.verdicts, strict=True)}
    assert verdicts[frozenset((first, second))] is Verdict.SHORT
    assert Verdict.DRIFTED not in verdicts.values()
