"""Test stimulation of one side: every rise is small, confirmed by somebody, and on disk; whatever goes wrong ends at OFF."""

from decimal import Decimal

import pytest

from rnprog.session import sweep
from rnprog.session.outcomes import Applied, ReasonKind, Refused, StopConfirmed, Unknown
from rnprog.session.session import Session
from rnprog.session.stimulation import Stimulation
from rnprog.session.stopping import Halted
from rnprog.therapy.contacts import Contact, Electrodes, Side
from rnprog.therapy.titration import Answer, TitrationError
from rnprog.therapy.units import Microseconds
from tests.session.desk import BOTH, Desk, applied, armed, faulty, give, given, ma, measured, setup, state, truth

D = Decimal


def kinds_of(refused: object) -> set[str]:
    assert isinstance(refused, Refused), refused
    return {str(reason.kind) for reason in refused.reasons}


# arming


def test_without_a_fresh_impedance_nothing_is_armed(session: Session, desk: Desk) -> None:
    desk.tape.clear()
    assert kinds_of(Stimulation(session, setup()).arm()) == {ReasonKind.ENVELOPE}
    assert not desk.tape.entries and session.armed == set()


def test_an_impedance_older_than_ten_minutes_is_not_fresh(session: Session) -> None:
    measured(session)
    session.clock.sleep(601)
    refused = Stimulation(session, setup()).arm()
    assert isinstance(refused, Refused) and "10 minutes" in refused.reasons[0].text


def test_an_open_contact_is_not_armed(desk: Desk) -> None:
    with desk.open("emu://?scenario=left-open") as session:
        measured(session)
        refused = Stimulation(session, setup()).arm()
        assert isinstance(refused, Refused) and "open" in refused.reasons[0].text
        applied(Stimulation(session, setup(Side.RIGHT)).arm())


def test_every_reason_is_named(session: Session) -> None:
    measured(session)
    wrong = setup(pulse_width_us=Microseconds(D(501)), electrodes=Electrodes(frozenset({Contact.L1}), frozenset()))
    refused = Stimulation(session, wrong).arm()
    assert isinstance(refused, Refused) and len(refused.reasons) >= 2


def test_an_armed_side_delivers_nothing(session: Session) -> None:
    before = None
    measured(session)
    before = len(truth(session).changes)
    armed(session)
    session.wait(5)
    assert len(truth(session).changes) == before
    assert state(session)["armed_channels"] == 1


# the ladder


@pytest.mark.parametrize("first", ["0.6", "1.0", "5.0", "10.0"])
def test_nothing_begins_above_half_a_milliampere(session: Session, first: str) -> None:
    stimulation = armed(session)
    assert kinds_of(give(stimulation, first)) == {ReasonKind.ENVELOPE}
    assert not truth(session).bursts()


def test_each_rise_is_at_most_half_a_milliampere_above_the_last_delivered_and_tolerated(session: Session) -> None:
    stimulation = armed(session)
    reached = D(0)
    for step in range(6):
        above = ma(str(reached + D("0.6")))
        assert isinstance(give(stimulation, str(above)), Refused)
        assert stimulation.highest_allowed() == reached + D("0.5")
        reached += D("0.5")
        session.clock.sleep(0.3)
        session.tick()
        given(stimulation, str(reached))
        assert truth(session).peaks_ua(0)[-1] == float(reached) * 1000, step


def test_a_burst_without_an_answer_allows_no_rise_and_no_second_burst(session: Session) -> None:
    """Pressed twice: the second is refused, and only one burst flowed."""
    stimulation = armed(session)
    applied(give(stimulation, "0.5"))
    session.wait(1)
    for amplitude in ("0.5", "0.4", "1.0"):
        assert isinstance(give(stimulation, amplitude), Refused)
    assert len(truth(session).bursts()) == 1
    stimulation.answer(Answer.NONE, by="the test")
    given(stimulation, "1.0")


def test_before_the_titration_has_begun_nothing_is_given(session: Session) -> None:
    measured(session)
    stimulation = Stimulation(session, setup())
    applied(stimulation.arm())
    assert isinstance(give(stimulation, "0.5"), Refused)
    assert not truth(session).bursts()


@pytest.mark.parametrize("amplitude", ["0", "0.05", "0.55"])
def test_an_amplitude_that_is_no_step_is_refused_and_nothing_flows(session: Session, amplitude: str) -> None:
    stimulation = armed(session)
    assert isinstance(give(stimulation, amplitude), Refused)
    assert not truth(session).bursts()


@pytest.mark.parametrize("duration", ["0.3333", "0.0001"])
def test_a_burst_length_that_cannot_be_sent_is_refused(session: Session, duration: str) -> None:
    stimulation = armed(session)
    assert isinstance(give(stimulation, "0.5", duration), Refused)
    assert not truth(session).bursts()


@pytest.mark.parametrize("duration", ["0.05", "61"])
def test_a_burst_length_outside_the_devices_range_is_refused_by_it(session: Session, duration: str) -> None:
    stimulation = armed(session)
    refused = give(stimulation, "0.5", duration)
    assert kinds_of(refused) == {ReasonKind.DEVICE}
    assert not truth(session).bursts()


def test_a_key_that_repeats_counts_once(session: Session) -> None:
    stimulation = armed(session)
    given(stimulation, "0.1", duration_s="0.1")
    refused = give(stimulation, "0.2", "0.1")
    assert isinstance(refused, Refused) and "faster" in refused.reasons[0].text
    session.wait(0.2)
    given(stimulation, "0.2", duration_s="0.1")


def test_down_needs_no_steps_and_up_again_does(session: Session) -> None:
    stimulation = armed(session)
    for amplitude in ("0.5", "1.0", "1.5"):
        given(stimulation, amplitude)
        session.wait(0.3)
    given(stimulation, "0.2")
    assert stimulation.highest_allowed() == D("0.7")
    assert isinstance(give(stimulation, "1.5"), Refused)


def test_discomfort_sets_a_ceiling_that_never_rises(session: Session) -> None:
    stimulation = armed(session)
    for amplitude in ("0.5", "1.0"):
        given(stimulation, amplitude)
        session.wait(0.3)
    given(stimulation, "1.5", Answer.DISCOMFORT)
    stimulation.titration = stimulation.titration.proceed()
    session.wait(0.3)
    assert stimulation.highest_allowed() == D("1.3")
    assert isinstance(give(stimulation, "1.4"), Refused)
    given(stimulation, "1.3")


def test_every_rise_is_confirmed_by_somebody_and_recorded(session: Session, desk: Desk) -> None:
    stimulation = armed(session)
    given(stimulation, "0.3")
    session.wait(0.3)
    given(stimulation, "0.5")
    intents = [line["data"] for line in desk.lines() if line["kind"] == "intent" and line["data"]["what"] in ("amplitude", "burst")]
    assert [(i["what"], i["amplitude_ma"], i["confirmed_by"]) for i in intents] == [
        (what, amplitude, "the test") for amplitude in ("0.3", "0.5") for what in ("amplitude", "burst")
    ]
    answers = [line["data"] for line in desk.lines() if line["kind"] == "answer"]
    assert [(a["amplitude_ma"], a["answer"], a["by"]) for a in answers] == [("0.3", "felt", "the test"), ("0.5", "felt", "the test")]


def test_the_answer_to_nothing_is_an_error_and_changes_nothing(session: Session, desk: Desk) -> None:
    stimulation = armed(session)
    count = len(desk.lines())
    for wrong in (lambda: stimulation.answer(Answer.CLEAR, by="t"), lambda: stimulation.undo(by="t")):
        with pytest.raises(TitrationError):
            wrong()
    assert len(desk.lines()) == count


def test_an_answer_can_be_taken_back_but_not_discomfort(session: Session, desk: Desk) -> None:
    stimulation = armed(session)
    given(stimulation, "0.5", Answer.CLEAR)
    stimulation.undo(by="the test")
    assert desk.lines()[-1]["kind"] == "answer taken back"
    stimulation.answer(Answer.DISCOMFORT, by="the test")
    with pytest.raises(TitrationError):
        stimulation.undo(by="the test")


# what goes wrong in a burst


def test_a_stop_in_a_burst_counts_as_discomfort_for_the_ceiling(session: Session) -> None:
    stimulation = armed(session)
    given(stimulation, "0.5")
    session.wait(0.3)
    at_s = session.clock.now_s()
    session.stop_asked = lambda: session.clock.now_s() > at_s + 1
    with pytest.raises(Halted):
        give(stimulation, "1.0", "30")
    assert truth(session).off
    stopped = stimulation.titration.stopped()
    assert stopped.ceiling_ma == D("0.9")


def open_the_left_lead(session: Session) -> None:
    """A conductor breaks after it was measured."""
    device = session.device.link.port._line._host.device
    device.patient.electrodes = device.patient.electrodes.with_open(1)


def test_at_the_compliance_limit_there_is_an_alert_and_the_side_is_released(session: Session) -> None:
    stimulation = armed(session)
    given(stimulation, "0.5")
    session.wait(0.3)
    open_the_left_lead(session)
    delivered = applied(give(stimulation, "0.6"))
    assert delivered.alert is not None and "could not drive" in delivered.alert.happened
    assert state(session)["armed_channels"] == 0 and session.armed == set() and not session.heart.on
    assert truth(session).off
    assert isinstance(give(stimulation, "0.5"), Refused)


def test_a_release_that_fails_after_an_alert_is_not_called_off(session: Session) -> None:
    stimulation = armed(session)
    open_the_left_lead(session)
    faulty(session, "drop-reply=DISARM@1")
    with pytest.raises(Halted) as halted:
        give(stimulation, "0.5")
    assert isinstance(halted.value.outcome, StopConfirmed), "STOP made sure"
    assert state(session)["armed_channels"] == 0


def test_a_release_that_fails_and_a_stop_that_is_refused_are_alarmed(session: Session) -> None:
    stimulation = armed(session)
    open_the_left_lead(session)
    faulty(session, "drop-reply=DISARM@1,nak-stop")
    with pytest.raises(Halted) as halted:
        give(stimulation, "0.5")
    assert "may still be on" in str(halted.value)


def test_output_that_the_device_ended_by_itself_is_an_alert_and_the_side_is_gone(session: Session) -> None:
    stimulation = armed(session)
    session.bench.ask({"cmd": "battery", "set": {"percent": 5}})
    ending = give(stimulation, "0.5")
    if isinstance(ending, Applied):
        assert ending.readback.alert is not None
    assert session.armed == set() or isinstance(ending, Refused | Unknown)
    assert truth(session).off


def test_overheating_in_a_burst_is_an_alert(session: Session) -> None:
    stimulation = armed(session)
    done: list[int] = []

    def heat() -> bool:
        if session.clock.now_s() > 1 and not done:
            done.append(1)
            session.bench.ask({"cmd": "flags", "set": {"over_temperature": True}})
        return False

    session.stop_asked = heat
    delivered = applied(give(stimulation, "0.5", "5"))
    assert delivered.alert is not None and truth(session).off
    assert session.armed == set() and not session.heart.on


def test_a_cable_that_is_pulled_in_a_burst_is_alarmed_and_off_within_a_second(session: Session) -> None:
    stimulation = armed(session)
    faulty(session, "unplug@7")
    with pytest.raises(Halted, match="within 1 s"):
        give(stimulation, "0.5", "30")
    pulled_s = session.clock.now_s()
    session.bench.ask({"cmd": "advance", "seconds": 2})
    assert truth(session).off
    assert truth(session).last_on_s() - pulled_s <= 1.0


# both sides


def test_two_sides_are_kept_apart(session: Session) -> None:
    left, right = armed(session), armed(session, Side.RIGHT)
    given(left, "0.5")
    assert isinstance(give(right, "1.0"), Refused)
    given(right, "0.4")
    applied(left.disarm())
    assert session.armed == {Side.RIGHT} and session.heart.on
    applied(right.disarm())
    assert session.armed == set() and not session.heart.on
    assert truth(session).peaks_ua(0) == [500.0] and truth(session).peaks_ua(1) == [400.0]


def test_after_release_it_begins_at_zero_again(session: Session) -> None:
    stimulation = armed(session)
    for amplitude in ("0.5", "1.0"):
        given(stimulation, amplitude)
        session.wait(0.3)
    applied(stimulation.disarm())
    applied(stimulation.arm())
    session.wait(0.3)
    assert isinstance(give(stimulation, "1.0"), Refused)
    given(stimulation, "0.5")


def test_measuring_is_refused_while_a_side_is_armed(session: Session) -> None:
    armed(session)
    assert kinds_of(sweep.measure(session, BOTH)) == {ReasonKind.DEVICE}
    assert session.sweep is not None
