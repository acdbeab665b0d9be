"""What a person is told line by line, and the table at the end: no threshold without its interval, no correction in silence."""

from dataclasses import replace
from decimal import Decimal as D

from rnprog.commands.guiding import Narrator
from rnprog.commands.summary import estimates, titrated_data, titrated_sheet
from rnprog.device.api import DeviceStatus
from rnprog.session.stimulation import Delivered
from rnprog.session.titrate import Burst, Method, Plan, Titrated
from rnprog.session.wording.assisted import merged
from rnprog.therapy.contacts import Side
from rnprog.therapy.threshold import Estimate, Finished, Outcome, Settings
from rnprog.therapy.titration import Answer, Thresholds, Titration
from tests.session.desk import ma, setup

KNOWN = Estimate(D("2.21"), D("2.08"), D("2.42"), D("0.12"), 0.9)
BY_LEVELS = Titrated(Plan(setup()), "threshold", Thresholds(ma("0.9"), ma("2.3"), None), ma("2.4"), "found", Titration(), estimate=KNOWN)
BY_MODEL = replace(BY_LEVELS, plan=Plan(setup(), Method.ASSISTED), finished=Finished(Outcome.THRESHOLD, KNOWN, 9, 4, Settings()))


def test_the_table_gives_the_interval_beside_a_threshold_and_calls_another_level_what_it_is() -> None:
    rows = [titrated_sheet({Side.LEFT: each}).rows[0][3] for each in (BY_MODEL, BY_LEVELS)]
    assert rows == ["2.3 mA (2.08-2.42)", "2.3 mA, clear"]
    assert titrated_sheet({Side.LEFT: replace(BY_MODEL, thresholds=Thresholds(None, None, None))}).rows[0][3] == "-"


def test_the_data_say_what_the_number_means() -> None:
    model, levels = titrated_data(BY_MODEL), titrated_data(BY_LEVELS)
    assert (model["motor_interval_ma"], model["motor_definition"]) == ([D("2.08"), D("2.42")], "any contraction in half of the bursts")
    assert (levels["motor_interval_ma"], levels["motor_definition"]) == (None, "clear contraction in 2 of 3 bursts")


def test_what_a_probability_assumes_is_said_once_where_one_is_stated() -> None:
    said = estimates({Side.LEFT: BY_MODEL, Side.RIGHT: BY_MODEL})
    assert [each.startswith("The probability assumes an examiner who misses at most 15 %") for each in said] == [False, False, True]
    assert titrated_data(BY_MODEL)["probability_assumes"] == said[-1]
    missing = replace(BY_MODEL, ending="aborted", estimate=None)
    assert estimates({Side.LEFT: missing}) == [] and titrated_data(missing)["probability_assumes"] is None


def burst(answer: Answer, *, corrected: bool = False) -> Burst:
    status: DeviceStatus = None  # type: ignore[assignment]  # nobody asks for it here
    return Burst(1, Delivered(Side.LEFT, ma("1.2"), D(2), status), answer, None, corrected=corrected)


def test_a_correction_is_told_and_is_no_burst_of_its_own() -> None:
    said: list[str] = []
    narrator = Narrator(said.append, asks=True)
    for each in (burst(Answer.NONE), burst(Answer.FLICKER, corrected=True), burst(Answer.NONE)):
        narrator.burst(each)
    assert [each.split() for each in said] == [
        ["1", "1.2", "mA", "nothing"],
        ["1", "1.2", "mA", "flicker,", "corrected"],
        ["2", "1.2", "mA", "nothing"],
    ]


def test_one_limit_is_said_once_with_every_rule_that_sets_it() -> None:
    why = ("above the last delivered amplitude", "above the last", "above the highest tolerated amplitude")
    reasons = [(f"Left amplitude 3.0 mA is above 0.5 mA, {each}.", "left", "3.0 mA", f"at most 0.5 mA, {each}", "ladder") for each in why]
    other = ("Nothing above 1.3 mA.", "left", "3.0 mA", "1.3 mA", "titration rule")
    right = ("Right amplitude 3.0 mA is above 0.5 mA.", "right", "3.0 mA", "at most 0.5 mA", "ladder")
    plain = ("That was faster than a step may follow a step.", "", "", "", "")
    assert merged([*reasons, other, right, plain, plain]) == [
        f"{reasons[0][0]} The same limit: above the last (ladder); above the highest tolerated amplitude (ladder).",
        other[0],
        right[0],
        plain[0],
    ]
