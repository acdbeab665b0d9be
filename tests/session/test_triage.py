"""A sweep against records of earlier visits: which serve, and what is written down about it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rnprog.session import archive, sweep
from rnprog.session.archive import History, Measured
from rnprog.session.session import Session
from rnprog.session.triage import Judged, judge, note, unsteady
from rnprog.session.trouble import Trouble
from rnprog.therapy.contacts import CONTACTS_OF, Contact, Side
from rnprog.therapy.impedance import ImpedanceReading, Verdict
from rnprog.therapy.triage import Finding
from tests.session.desk import Desk, applied
from tests.session.past import SERIAL, SOUND, TEST, Visit


def readings(**changes: int | None) -> tuple[ImpedanceReading, ...]:
    """The sound sweep now, with changes by name: `L0_case`."""
    named = {name.replace(" to ", "_"): ohm for name, ohm in SOUND.items()} | changes
    return tuple(ImpedanceReading(*(Contact(each) for each in name.split("_")), ohm) for name, ohm in named.items())


def judged(directory: Path, now: tuple[ImpedanceReading, ...] | None = None, test: tuple[str, str] = TEST) -> Judged:
    past = archive.history(directory, serial=SERIAL, mode="emulator")
    return judge(now or readings(), past, test=test, now=datetime.now(UTC))


def findings(found: Judged) -> list[Finding]:
    return [advice.finding for advice in found.advice]


def visit(directory: Path, days_ago: float, **changes: int | None) -> None:
    ohms = SOUND | {name.replace("_", " to "): ohm for name, ohm in changes.items()}
    with Visit(directory, days_ago) as made:
        made.measured(ohms)


def test_without_a_past(tmp_path: Path) -> None:
    found = judged(tmp_path)
    assert (found.compared, found.passed_over, found.trends, found.thresholds_known) == (0, 0, {}, False)
    assert findings(found) == [Finding.NOTHING]
    assert set(found.verdicts) == {Verdict.NORMAL}


def test_a_year_of_visits(tmp_path: Path) -> None:
    for days_ago, ohm in ((400, 300), (300, 350), (200, 480), (100, 520), (30, 500)):
        visit(tmp_path, days_ago, L0_case=ohm)
    found = judged(tmp_path, readings(L0_case=651))
    baseline = found.trends[frozenset((Contact.L0, Contact.CASE))].baseline
    assert (baseline.impedance_ohm, baseline.visits, baseline.newest_days, baseline.oldest_days) == (500, 3, 30, 200)
    assert baseline.settled
    assert (found.compared, findings(found)) == (5, [Finding.ROSE])
    assert found.verdicts[0] is Verdict.DRIFTED
    assert findings(judged(tmp_path, readings(L0_case=650))) == [Finding.NOTHING]


def test_the_first_six_months_allow_more(tmp_path: Path) -> None:
    visit(tmp_path, 100)
    assert findings(judged(tmp_path, readings(L0_case=750))) == [Finding.NOTHING]
    assert findings(judged(tmp_path, readings(L0_case=751))) == [Finding.ROSE]


def test_another_test_pulse_is_not_compared(tmp_path: Path) -> None:
    visit(tmp_path, 100)
    found = judged(tmp_path, test=("0.2", "200"))
    assert (found.compared, found.passed_over, found.trends) == (0, 1, {})


def test_a_visit_ahead_of_the_clock_is_not_compared(tmp_path: Path) -> None:
    with Visit(tmp_path, -2) as made:
        made.measured(SOUND).titrated("2.4")
    found = judged(tmp_path)
    assert (found.compared, found.passed_over, found.trends) == (0, 1, {})


def test_pairs_that_nobody_knows_are_passed_over(tmp_path: Path) -> None:
    with Visit(tmp_path, 3) as made:
        made.measured({"L0 to case": 500, "L9 to case": 500, "": 500, "L0": 500, "L0 to L1 to L2": 500, "\x1b[2J": 500})
    assert list(judged(tmp_path).trends) == [frozenset((Contact.L0, Contact.CASE))]


def test_a_recorded_fault_is_no_baseline(tmp_path: Path) -> None:
    visit(tmp_path, 100, L1_case=None)
    with Visit(tmp_path, 50) as made:
        made.measured({"L0 to case": 500}).measured({"L1 to case": 700}, verdict="open")
    assert frozenset((Contact.L0, Contact.CASE)) in judged(tmp_path).trends
    assert judged(tmp_path).trends[frozenset((Contact.L1, Contact.CASE))].baseline.visits == 1, "the number, not the word, decides"


def test_a_contact_that_was_open_at_an_earlier_visit_does_not_pass_as_nothing(tmp_path: Path) -> None:
    visit(tmp_path, 12, L1_case=None, L0_L1=None, L1_L2=None, L1_L3=None)
    visit(tmp_path, 3)
    found = judged(tmp_path)
    assert findings(found) == [Finding.ONCE_OPEN]
    (advice,) = found.advice
    assert advice.contacts == (Contact.L1,) and advice.once[0].age_days == 12
    assert str(found.instead(advice)) == "-L2+L3", "neither the contact nor what lies beyond it"
    assert findings(judged(tmp_path, test=("0.2", "200"))) == [Finding.ONCE_OPEN], "open is open, whatever the pulse"


@pytest.mark.parametrize("mode", ["device", "says it is an emulator"])
def test_open_in_another_mode_or_too_long_ago_or_ahead_of_the_clock_does_not_count(tmp_path: Path, mode: str) -> None:
    visit(tmp_path, 184, L1_case=None)
    visit(tmp_path, -1, L1_case=None)
    with Visit(tmp_path, 5, mode=mode) as made:
        made.measured(SOUND | {"L1 to case": None})
    assert findings(judged(tmp_path)) == [Finding.NOTHING]
    visit(tmp_path, 183, L1_case=None)
    assert findings(judged(tmp_path)) == [Finding.ONCE_OPEN]


def test_a_lead_that_moved(tmp_path: Path) -> None:
    for days_ago, motor_ma in ((300, "2.2"), (200, "2.4"), (100, "2.6"), (0.5, "4.8")):
        with Visit(tmp_path, days_ago) as made:
            made.measured(SOUND).titrated(motor_ma)
    found = judged(tmp_path)
    assert findings(found) == [Finding.THRESHOLD_JUMPED]
    assert not found.thresholds_known, "of the right side nothing is known"
    assert judged(tmp_path, readings()[:4]).thresholds_known


@pytest.mark.parametrize(
    "newest",
    [
        {"motor_ma": "4.8", "ending": "stopped"},
        {"motor_ma": None, "ending": "too_many_bursts", "given_ma": ("6.0",)},
        {"motor_ma": None, "ending": "threshold", "given_ma": ("6.0",)},
        {"motor_ma": "4.8", "ending": "not_reachable"},
        {"motor_ma": "4.8", "electrodes": "+L1"},
        {"motor_ma": "4.8", "electrodes": "-R1+R2"},
        {"motor_ma": "4.8", "side": "middle"},
        {"motor_ma": "4.8", "how": "EMG"},
        {"motor_ma": "4.8", "width_us": "400"},
    ],
    ids=str,
)
def test_only_titrations_that_can_be_compared_are(tmp_path: Path, newest: dict[str, object]) -> None:
    for days_ago in (200, 100):
        with Visit(tmp_path, days_ago) as made:
            made.titrated("2.4")
    with Visit(tmp_path, 1) as made:
        made.titrated(**newest)  # type: ignore[arg-type]
    assert findings(judged(tmp_path)) == [Finding.NOTHING]


def test_a_titration_that_was_ended_because_it_was_felt_in_the_wrong_place_still_says_so(tmp_path: Path) -> None:
    with Visit(tmp_path, 100) as made:
        made.titrated("2.4")
    with Visit(tmp_path, 1) as made:
        made.titrated(None, ending="aborted", given_ma=("2.5",), elsewhere_ma="2.0")
    (advice,) = judged(tmp_path).advice
    assert advice.finding is Finding.WRONG_PLACE
    assert advice.threshold is not None and advice.threshold.visits == 1, "with the earlier threshold beside it"
    with Visit(tmp_path, 0.5) as made:
        made.titrated(None, ending="aborted", given_ma=("6.0",))
    assert findings(judged(tmp_path)) == [Finding.WRONG_PLACE], "ended early without a word on the place says nothing of the lead"


def test_a_contraction_that_was_lost(tmp_path: Path) -> None:
    with Visit(tmp_path, 100) as made:
        made.titrated("2.4")
    with Visit(tmp_path, 1) as made:
        made.titrated(None, ending="not_reachable", given_ma=("3.6",))
    assert findings(judged(tmp_path)) == [Finding.THRESHOLD_JUMPED]


@pytest.mark.parametrize(
    ("changes", "instead"),
    [
        ({"L1_case": None, "L0_L1": None, "L1_L2": None, "L1_L3": None}, "-L2+L3"),
        ({"L1_L2": 5}, "-L0+L3"),
        ({"L0_case": 9000, "L0_L1": 9000, "L0_L2": 9000, "L0_L3": 9000}, "-L1+L2"),
        ({"L1_L2": 5, "L0_case": 1600}, None),
    ],
)
def test_another_pair_is_named_that_has_nothing_odd(tmp_path: Path, changes: dict[str, int | None], instead: str | None) -> None:
    found = judged(tmp_path, readings(**changes))
    other = found.instead(found.advice[0])
    assert (None if other is None else str(other)) == instead


def test_there_is_no_other_pair_of_the_whole_system(tmp_path: Path) -> None:
    found = judged(tmp_path)
    assert found.instead(found.advice[0]) is None


def test_what_was_advised_is_in_the_record(desk: Desk) -> None:
    with desk.open("emu://?scenario=left-open") as session:
        measured = applied(sweep.measure(session, (Side.LEFT,)))
        note(session, judge(measured.readings, History((), (), ()), test=TEST, now=datetime.now(UTC)))
    line = next(line for line in desk.lines() if line["kind"] == "triage")
    assert line["data"]["compared_with"] == 0
    (advice,) = line["data"]["advice"]
    assert (advice["finding"], advice["side"], advice["contacts"]) == ("contact open", "left", ["L1"])
    assert advice["needs_clinician_sign_off"] is True


def test_without_a_record_there_is_no_advice(desk: Desk) -> None:
    with desk.open() as session:
        found = judge(applied(sweep.measure(session, (Side.LEFT,))).readings, History((), (), ()), test=TEST, now=datetime.now(UTC))
        lost(session)
        with pytest.raises(Trouble):
            note(session, found)


def lost(session: Session) -> None:
    assert session.record is not None
    session.record.lost = "The record cannot be written any more: the disk is full."


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        ("healthy", [Finding.NOTHING]),
        ("left-open", [Finding.CONTACT_OPEN]),
        ("right-short", [Finding.SHORT]),
        ("connector-fluid", [Finding.EQUALISED]),
        ("fractured-lead", [Finding.LEAD_OPEN]),
        ("intermittent-contact", [Finding.LOOSE]),
        ("six-month-visit", [Finding.NOTHING]),
    ],
)
def test_the_emulator_s_patients(desk: Desk, scenario: str, expected: list[Finding]) -> None:
    with desk.open("emu://") as healthy:
        sound = {reading.name: reading.impedance_ohm for reading in applied(sweep.measure(healthy, tuple(CONTACTS_OF))).readings}
    with desk.open(f"emu://?scenario={scenario}") as session:
        if session.serial != healthy.serial:
            with Visit(desk.record_dir, 1, serial=session.serial) as made:
                made.measured(sound)
        measured = applied(sweep.measure(session, tuple(CONTACTS_OF)))
        past = archive.history(desk.record_dir, serial=session.serial, mode="emulator", besides=session.record.path)  # type: ignore[union-attr]
    found = judge(measured.readings, past, test=TEST, now=datetime.now(UTC))
    assert found.compared == 1
    assert findings(found) == expected


def test_a_hundred_healthy_people_raise_no_alarm(desk: Desk) -> None:
    """False alarms of the equalised rule, and of the bands, on the emulator's spread of contacts."""
    for seed in range(100):
        with desk.open(f"emu://?seed={seed}", writes=False) as session:
            report = session.device.measure(sweep.pairs_of(tuple(CONTACTS_OF)))
        found = judge(report.readings, History((), (), ()), test=TEST, now=datetime.now(UTC))
        assert findings(found) == [Finding.NOTHING], seed


def test_two_measurements_of_one_day_that_do_not_agree_are_found() -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    earlier = {"L0 to L1": 900, "L0 to L2": None, "L0 to L3": 900, "L1 to L2": None}
    readings = (
        ImpedanceReading(Contact.L0, Contact.L1, None, True, False),
        ImpedanceReading(Contact.L0, Contact.L2, 1000),
        ImpedanceReading(Contact.L0, Contact.L3, 1340),
        ImpedanceReading(Contact.L1, Contact.L2, None, True, False),
        ImpedanceReading(Contact.L2, Contact.L3, 700),
    )

    def seen(at: datetime, ohm: dict[str, int | None] = earlier, test: tuple[str, str] = TEST) -> list[tuple[str, int | None]]:
        past = History((Measured("", Path("x"), ohm, {}, test, at),), (), ())
        return [(each.reading.name, each.before_ohm) for each in unsteady(readings, past, test=TEST, now=now)]

    assert seen(now - timedelta(hours=2)) == [("L0 to L1", 900), ("L0 to L2", None)]
    assert seen(now - timedelta(hours=2), {"L0 to L3": 893}) == [("L0 to L3", 893)]
    assert seen(now - timedelta(hours=2), {"L0 to L3": 894}) == []
    assert seen(now - timedelta(days=2)) == [] == seen(now + timedelta(hours=1)), "another day, and a clock that is ahead"
    assert seen(now - timedelta(hours=2), test=("0.1", "100")) == [], "another test pulse"
