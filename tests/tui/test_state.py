"""The reducer by itself: what each event makes of the state, without an app."""

from dataclasses import replace
from decimal import Decimal

from rnprog.device.api import Output
from rnprog.device.errors import Pending
from rnprog.session.outcomes import Reason, ReasonKind, Refused, StopConfirmed, StopNotConfirmed, Unknown
from rnprog.session.titrate import Titrated
from rnprog.session.wording import Words
from rnprog.session.wording.tui_titration import F8_ABOVE
from rnprog.therapy.contacts import Side
from rnprog.therapy.units import Milliamps
from rnprog.tui import events as e
from rnprog.tui import samples
from rnprog.tui import side_events as of_side
from rnprog.tui import view_model as view
from rnprog.tui.after import after
from rnprog.tui.burst import key_hint
from rnprog.tui.linking import nothing_to_stop
from rnprog.tui.screens.program import _named
from rnprog.tui.state import STALE_S, Call, Phase, State, Weight
from rnprog.tui.titrating import Step
from rnprog.tui.widgets.banner import Banner

D = Decimal
WORDS = Words("It happened.", "The output is off.", "Do this.")


def test_values_carry_their_age_and_grow_old() -> None:
    state = after(samples.connected(), e.Polled(samples.status(), None, 100.0))
    assert not state.stale(100.0 + STALE_S) and state.stale(100.1 + STALE_S)
    assert view.read_age(state, 100.3).text == "read 0.3 s ago"
    assert view.read_age(state, 112.0).text.startswith("OLD")
    assert view.output(state, 112.0).tone is view.Tone.STALE


def test_the_battery_has_an_age_of_its_own_and_the_schedule_that_of_the_state() -> None:
    state = after(samples.connected(), e.Polled(samples.status(), samples.connected().battery, 100.0))
    state = after(state, e.Polled(samples.status(), None, 160.0))
    banner = Banner()
    banner.state, banner.now_s = state, 160.4
    first, line = (each.plain for each in banner.text())
    assert "schedule on, read 0.4 s ago" in line and "battery 83 % (60 s)" in first
    banner.now_s = 400.0
    assert "battery 83 % (5 min)" in banner.text()[0].plain


def test_nothing_is_drawn_anew_where_only_the_age_has_changed() -> None:
    state = after(samples.connected(), e.Polled(samples.status(), None, 100.0))
    assert state.alike(after(state, e.Polled(replace(samples.status(), uptime_s=Decimal(99)), None, 100.1)))
    assert not state.alike(after(state, e.Polled(replace(samples.status(), output=Output.TEST_ON), None, 100.1)))
    assert not replace(state, unheard=True).alike(after(replace(state, unheard=True), e.Polled(samples.status(), None, 100.1)))


def test_a_lost_link_makes_everything_old_at_once() -> None:
    state = after(samples.offered(), e.Lost(WORDS))
    assert state.phase is Phase.LOST and state.stale(state.status_at_s)
    assert state.notice is not None and (state.notice.weight, state.notice.call) == (Weight.ALARM, Call.CONNECT)
    assert view.output(state, 0.0).text == "LINK LOST: OUTPUT UNKNOWN, TREAT AS ON"
    calm = after(samples.connected(), e.Lost(WORDS))
    assert calm.notice is not None and calm.notice.weight is Weight.UNKNOWN and not calm.notice.more
    assert view.output(calm, 0.0).text == "LINK LOST: OUTPUT UNKNOWN"


def test_a_link_that_is_lost_while_the_implant_runs_a_session_says_that_it_goes_on_and_what_ends_it() -> None:
    base = samples.connected()
    assert base.status is not None
    flowing = replace(base.status, output=Output.THERAPY_ON, output_ma={Side.LEFT: D("1.5"), Side.RIGHT: D(0)})
    lost = after(replace(base, status=flowing), e.Lost(WORDS))
    assert view.output(lost, 0.0).text == "LINK LOST: OUTPUT UNKNOWN, TREAT AS ON"
    assert lost.notice is not None and lost.notice.weight is Weight.ALARM
    assert "(left 1.5 mA): treat it as on" in lost.notice.more[0] and "remote or the magnet ends it" in lost.notice.more[0]


def test_a_silence_is_told_from_one_late_answer() -> None:
    late = after(after(samples.giving(), e.Polled(samples.status(), None, 100.0)), e.Unheard(True))
    assert late.stale(100.2) and not late.silent(100.2) and late.silent(100.6)
    assert not after(late, e.Polled(samples.status(), None, 100.6)).silent(100.7)


def test_a_stop_that_could_not_be_sent_is_said_over_whatever_stood_there() -> None:
    """After a lost link F12 changed nothing on the screen, and below the alarm stood that it stops at once."""
    lost = after(samples.giving(), e.Lost(WORDS))
    said = after(lost, nothing_to_stop(lost))
    assert said.notice is not None and (said.notice.weight, said.notice.call) == (Weight.ALARM, Call.CONNECT)
    assert said.notice.words.happened.startswith("STOP WAS NOT SENT: the link is lost") and "the magnet" in said.notice.words.now
    assert key_hint(lost.side_of(Side.LEFT)) == F8_ABOVE, "no key stops now"
    first = after(State(), nothing_to_stop(State()))
    assert first.notice is not None and first.notice.weight is Weight.CAUTION and "has started nothing" in first.notice.words.stimulation


def test_of_a_stop_that_could_not_be_sent_nothing_is_said_that_is_not_known() -> None:
    second = State(phase=Phase.CONNECTING, visit=1)
    words = after(second, nothing_to_stop(second)).notice
    assert words is not None and "none was since" not in words.words.happened, "another device was connected before"
    alarmed = after(replace(samples.giving(), visit=1), e.Stopped(StopNotConfirmed(WORDS, "1"), 5.0))
    closed = after(alarmed, e.Closed(None, None))
    said = after(closed, nothing_to_stop(closed))
    assert said.notice is not None and said.notice.weight is Weight.ALARM and "STOP WAS NOT SENT" in said.notice.words.happened
    calm = after(replace(samples.connected(), visit=1), e.Closed(None, None))
    told = after(calm, nothing_to_stop(calm)).notice
    assert told is not None and told.weight is Weight.CAUTION and "was off when it was read last" in told.words.stimulation


def test_a_reconnection_that_fails_does_not_hide_that_a_session_goes_on() -> None:
    base = samples.connected()
    assert base.status is not None
    lost = after(replace(base, status=replace(base.status, output=Output.THERAPY_ON)), e.Lost(WORDS))
    failed = after(lost, e.NotConnected(WORDS))
    assert failed.notice is not None and len(failed.notice.more) == 2 and "therapy session" in failed.notice.more[0]
    again = after(failed, e.NotConnected(WORDS))
    assert again.notice is not None and len(again.notice.more) == 2, "and is told once"


def test_of_a_profile_and_a_titration_the_newer_one_is_what_the_program_is_made_from() -> None:
    taken = after(samples.offered(), e.ProfileTaken("anna", samples.program(), None, None))
    assert taken.taken is not None
    log = samples.titration(5)
    found = Titrated(samples.plan(), "threshold", log.thresholds(), Milliamps(D("1.6")), "A reason.", log)
    assert after(taken, of_side.SideDone(replace(found, proposed_ma=None))).taken is not None, "nothing was found"
    done = after(taken, of_side.SideDone(found))
    assert done.taken is None
    again = after(done, e.ProfileTaken("anna", samples.program(), None, None))
    assert again.taken is not None and "NOT from what was titrated" in _named(again)
    assert after(again, e.ProfileLeft()).taken is None


def test_off_is_claimed_after_a_confirmed_stop_only() -> None:
    on = samples.giving()
    confirmed = after(on, e.Stopped(StopConfirmed(WORDS, ("left",), True), 5.0))
    assert view.output(confirmed, 5.0).text == "OUTPUT OFF" and not confirmed.doubtful
    assert confirmed.side_of(Side.LEFT).step is Step.DONE
    doubtful = after(on, e.Stopped(StopNotConfirmed(WORDS, "1"), 5.0))
    assert view.output(doubtful, 5.0).text == "OUTPUT UNKNOWN: TREAT AS ON"
    assert doubtful.notice is not None and (doubtful.notice.weight, doubtful.notice.call) == (Weight.ALARM, Call.STOP_AGAIN)


def test_an_unanswered_command_calls_for_a_read() -> None:
    state = after(samples.offered(), e.Ended("burst", Unknown(Pending("BURST", 1, 3, 4), WORDS)))
    assert state.doubtful and state.notice is not None and state.notice.call is Call.RESOLVE
    assert after(state, e.Told(WORDS)).notice == state.notice, "a smaller message does not take its place"


def test_a_refusal_names_every_reason() -> None:
    reasons = tuple(Reason(ReasonKind.ENVELOPE, text) for text in ("One.", "Two."))
    state = after(samples.connected(), e.Ended("write program", Refused(reasons)))
    assert state.notice is not None and "One." in state.notice.words.happened and state.notice.more == ("Two.",)
    assert not state.doubtful


def test_a_passing_message_goes_when_the_device_answers() -> None:
    state = after(samples.connected(), e.Told(WORDS, passing=True))
    assert state.notice is not None
    assert after(state, e.Polled(samples.status(), None, 1.0)).notice is None


def test_a_heartbeat_is_a_reading_too() -> None:
    from rnprog.device.api import Beat

    status = samples.status()
    beat = Beat(
        status.lease_remaining_s,
        Output.TEST_ON,
        {Side.LEFT: status.output_ma[Side.LEFT], Side.RIGHT: status.output_ma[Side.RIGHT]},
        frozenset(),
    )
    state = after(samples.connected(), e.Beaten(beat, 9.0))
    assert state.status is not None and state.status.output is Output.TEST_ON and state.status_at_s == 9.0
    assert after(State(), e.Beaten(beat, 9.0)) == State()


def test_three_kinds_of_device_differ_in_words_shape_and_colour() -> None:
    from rnprog.session.mode import Mode

    badges = [view.who(replace(samples.connected(), mode=mode)) for mode in Mode]
    assert len({badge for badge, _ in badges}) == 3
    assert {colour for _, colour in badges} == {"emulator", "device"}
    assert "REAL DEVICE" in dict(badges) or any("REAL DEVICE" in badge for badge, _ in badges)
    assert all("TREATED AS REAL" in badge for badge, colour in badges if "SAYS" in badge and colour == "device")
