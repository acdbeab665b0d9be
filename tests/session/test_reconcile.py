"""The reconciler finds whatever a record or a ground truth says that the other does not; nothing in a good appointment."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest

from device_emulator.truth import Change
from device_emulator.truth import pulses as emulators_pulses
from rnprog.session.appointment import run
from rnprog.session.ground_truth import change_of, pulses
from rnprog.session.outcomes import Applied, Differs
from rnprog.session.stopping import Halted
from rnprog.session.trouble import Trouble
from tests.device.rig import truth_of
from tests.session.desk import Desk, applied, armed, faulty, give, given, truth
from tests.session.reconcile import assert_reconciled, reconcile
from tests.session.test_appointment import Guide, burst_template

Changes = list[dict[str, Any]]
Both = tuple[Changes, Changes]
"""Truth and record."""


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Both:
    """What an appointment without any fault left: ramped bursts on both sides."""
    desk = Desk(tmp_path_factory.mktemp("good"))
    with desk.open() as session:
        assert run(session, burst_template(), Guide()).unfinished is None
        flowed = truth(session).changes
    return flowed, desk.lines()


def found(both: Both, *, lossless: bool = True) -> list[str]:
    return reconcile(*both, same_clock=True, lossless=lossless)


def test_a_good_appointment_is_explained(good: Both) -> None:
    assert_reconciled(*good, same_clock=True, lossless=True)
    assert_reconciled(*good, same_clock=False, lossless=False)


def test_pulses_are_read_as_the_emulator_means_them(good: Both) -> None:
    for channel in (0, 1):
        mine = [change for change in good[0] if change["channel"] == channel]
        meant = [(pulse.t_s, pulse.amplitude_ua) for pulse in emulators_pulses(Change(**change) for change in mine)]
        assert meant and meant == [(pulse.t_s, pulse.amplitude_ua) for pulse in pulses(map(change_of, mine))]


OUTPUT = ("impedance", "arm", "amplitude", "burst", "disarm")


def lines_about(good: Both, kind: str, *whats: str) -> Iterator[int]:
    for at, line in enumerate(good[1]):
        if line["kind"] == kind and (not whats or line["data"].get("what") in whats):
            yield at


@pytest.mark.parametrize("kind", ["intent", "outcome", "burst over"])
def test_each_line_about_output_that_is_missing_is_found(good: Both, kind: str) -> None:
    places = list(lines_about(good, kind, *(OUTPUT if kind != "burst over" else ())))
    assert places
    for at in places:
        changes, lines = good[0], [line for place, line in enumerate(good[1]) if place != at]
        assert found((changes, lines)), f"line {at} may be missing: {good[1][at]}"


@pytest.mark.parametrize("kind", ["intent", "outcome"])
@pytest.mark.parametrize(
    ("what", "field", "value"),
    [
        ("burst", "amplitude_ma", "0.4"),
        ("amplitude", "amplitude_ma", "0.4"),
        ("burst", "duration_s", "1.9"),
        ("burst", "side", None),
        ("amplitude", "side", None),
        ("arm", "pulse_width_us", "224"),
        ("arm", "rate_hz", "21"),
        ("arm", "ramp_up_s", "0.4"),
        ("arm", "ramp_down_s", "0.6"),
        ("arm", "side", None),
        ("impedance", "test_ma", "0.1"),
        ("impedance", "test_us", "90"),
    ],
)
def test_each_number_that_is_another_is_found(good: Both, kind: str, what: str, field: str, value: str | None) -> None:
    places = [at for at in lines_about(good, kind, what) if field in good[1][at]["data"]]
    for at in places:
        changed = deepcopy(good[1])
        data = changed[at]["data"]
        data[field] = value or ("right" if data[field] == "left" else "left")
        assert found((good[0], changed)), f"line {at} may say {field}={data[field]}"
    assert places or kind == "outcome"


def test_numbers_changed_in_every_line_alike_are_found(good: Both) -> None:
    """A record that is consistent with itself, and says something else than flowed."""
    for field, value in {"pulse_width_us": "224", "rate_hz": "19", "ramp_up_s": "0.3", "duration_s": "2.1", "amplitude_ma": "0.7"}.items():
        changed = deepcopy(good[1])
        for line in changed:
            if field in line["data"]:
                line["data"][field] = value
        assert found((good[0], changed)), f"every {field} may be {value}"


def test_a_burst_that_nobody_confirmed_is_found(good: Both) -> None:
    changed = deepcopy(good[1])
    changed[next(lines_about(good, "intent", "burst"))]["data"]["confirmed_by"] = ""
    assert any("nobody confirmed" in each for each in found((good[0], changed)))


@pytest.mark.parametrize("lossless", [True, False])
def test_a_burst_that_is_claimed_and_never_flowed_is_found(good: Both, lossless: bool) -> None:
    at = list(lines_about(good, "intent", "burst"))[-1]
    twice = [*good[1][: at + 4], *deepcopy(good[1][at - 2 : at + 4]), *good[1][at + 4 :]]
    assert found((good[0], twice), lossless=lossless)


def test_a_pair_that_is_claimed_and_never_measured_is_found(good: Both) -> None:
    changed = deepcopy(good[1])
    changed[next(lines_about(good, "intent", "impedance"))]["data"]["pairs"].append("R0-R1")
    assert found((good[0], changed))


def renumbered(changes: Changes) -> Changes:
    return [{**change, "number": number} for number, change in enumerate(changes, 1)]


def an_extra_burst(changes: Changes) -> Changes:
    opening = next(change for change in changes if change["cause"] == "burst")
    end = {**opening, "cause": "burst-done", "t_s": opening["t_s"] - 0.001, "slope_ua_per_s": 0.0}
    at = changes.index(opening)
    return [*changes[:at], {**opening, "t_s": opening["t_s"] - 0.02, "amplitude_ua": 100.0, "slope_ua_per_s": 0.0}, end, *changes[at:]]


def an_extra_measurement(changes: Changes) -> Changes:
    return [*changes[:2], *changes]


def altered(cause: str, name: str, add: float) -> Callable[[Changes], Changes]:
    def alter(changes: Changes) -> Changes:
        at = max(place for place, change in enumerate(changes) if change["cause"] == cause)
        return [{**change, name: change[name] + add} if place == at else change for place, change in enumerate(changes)]

    return alter


def without_last(*causes: str) -> Callable[[Changes], Changes]:
    def drop(changes: Changes) -> Changes:
        at = max(place for place, change in enumerate(changes) if change["cause"] in causes)
        return changes[:at] + changes[at + 1 :]

    return drop


def recaused(cause: str) -> Callable[[Changes], Changes]:
    def end(changes: Changes) -> Changes:
        at = max(place for place, change in enumerate(changes) if change["cause"] == "burst-done")
        return [{**change, "cause": cause} if place == at else change for place, change in enumerate(changes)]

    return end


WRONGS: dict[str, Callable[[Changes], Changes]] = {
    "a burst more": an_extra_burst,
    "a measurement more": an_extra_measurement,
    "a higher peak": altered("ramp", "amplitude_ua", 100.0),
    "a steeper rise": altered("burst", "slope_ua_per_s", 200.0),
    "a current at once": altered("burst", "amplitude_ua", 50.0),
    "a longer burst": altered("burst-done", "t_s", 0.1),
    "a shorter burst": altered("burst-done", "t_s", -0.1),
    "a wider pulse": altered("burst", "width_us", 10),
    "a faster rate": altered("burst", "rate_mhz", 1000),
    "the other side": altered("burst", "channel", -1),
    "an earlier burst": altered("burst", "t_s", -3.0),
    "a stronger measurement": altered("impedance", "amplitude_ua", 100.0),
    "a wider measurement": altered("impedance", "width_us", 10),
    "a longer measurement": altered("impedance-done", "t_s", 0.02),
    "a burst that goes on": without_last("burst-done"),
    "a plateau that stays away": without_last("ramp"),
    "a measurement less": lambda changes: changes[2:],
    **{f"an end by {cause} without a word": recaused(cause) for cause in ("stop", "reset", "lease-expired", "disarmed", "magnet")},
}


@pytest.mark.parametrize("what", WRONGS)
@pytest.mark.parametrize("lossless", [True, False])
def test_current_that_the_record_does_not_explain_is_found(good: Both, what: str, lossless: bool) -> None:
    wrong = renumbered(WRONGS[what](deepcopy(good[0])))
    assert wrong != good[0]
    assert found((wrong, good[1]), lossless=lossless)


def test_an_asserting_reader_names_what_it_found(good: Both) -> None:
    with pytest.raises(AssertionError, match="nobody meant this"):
        assert_reconciled(good[0], [line for line in good[1] if line["kind"] == "open"], same_clock=True, lossless=True)


# what ends a burst before its time, and what the record says of it


ENDINGS = {
    "reset": "reset-after=0.5",
    "lease-expired": "half-open=HEARTBEAT@1,nak-stop",
    "disarmed": "other-host=HEARTBEAT@2",
    "stop": "drop-reply=HEARTBEAT@2",
}
"""Each with a fault that leads to it."""


@pytest.mark.parametrize("cause", ENDINGS)
def test_a_burst_that_is_cut_off_is_explained_by_the_record(desk: Desk, cause: str) -> None:
    with contextlib.suppress(Trouble, Halted), desk.open() as session:
        bench = session.bench
        stimulation = armed(session)
        given(stimulation, "0.4")
        faulty(session, ENDINGS[cause])
        try:
            give(stimulation, "0.5", "2")
        finally:
            bench.ask({"cmd": "advance", "seconds": 3})
            flowed = truth_of(bench)
    assert flowed.changes[-1]["cause"] == cause, flowed.changes[-1]
    assert_reconciled(flowed.changes, desk.lines(), same_clock=True, lossless=False)
    mute = [line for line in desk.lines() if line["kind"] not in ("stop", "burst over", "outcome")]
    assert reconcile(flowed.changes, mute, same_clock=True, lossless=True)


def test_a_burst_belongs_to_the_command_of_its_time_and_not_to_one_before_that_did_nothing(desk: Desk) -> None:
    """Two commands alike, the first without effect: what flowed with the second is the second's."""
    with desk.open() as session:
        stimulation = armed(session)
        faulty(session, "no-effect=BURST@1")
        assert isinstance(give(stimulation, "0.3"), Differs)
        session.wait(1)
        assert isinstance(give(stimulation, "0.3"), Applied)
        flowed = truth(session).changes
    assert_reconciled(flowed, desk.lines(), same_clock=True, lossless=False)
    silent = [change for change in flowed if change["cause"].startswith("impedance")]
    assert reconcile(silent, desk.lines(), same_clock=True, lossless=False), "the second is still missed when nothing flows at all"


def test_nor_to_one_before_in_the_same_millisecond(desk: Desk) -> None:
    """No time passes between two commands of this clock: then what flowed tells whose it was."""
    with desk.open() as session:
        stimulation = armed(session)
        faulty(session, "no-effect=BURST@1")
        assert isinstance(give(stimulation, "0.4", "0.4"), Differs)
        applied(stimulation.disarm())
        applied(give(armed(session), "0.2", "0.1"))
        flowed = truth(session).changes
    assert_reconciled(flowed, desk.lines(), same_clock=True, lossless=False)
    (burst,) = [change for change in flowed if change["cause"] == "burst"]
    burst["amplitude_ua"] = 300.0
    assert reconcile(flowed, desk.lines(), same_clock=True, lossless=False), "what neither of them explains is still found"
