"""What the session does itself, or asks first, where a device cannot: seen on an emulated OpenNerve, and on an RN-1 that tests strongly."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from device_emulator.opennerve.keys import write_keys
from rnprog.device.notices import Notice
from rnprog.session import sweep
from rnprog.session.outcomes import Applied, Refused, StopConfirmed, Unknown
from rnprog.session.particular import with_ramps_that_fit
from rnprog.session.session import Session
from rnprog.session.stimulation import Stimulation
from rnprog.session.stopping import Halted
from rnprog.session.trouble import Trouble
from rnprog.session.wording.devices import said, to_say
from rnprog.therapy.contacts import Electrodes, Side
from rnprog.therapy.envelope import TestSetup
from rnprog.therapy.titration import Answer
from rnprog.therapy.units import Hertz, Microseconds, Milliamps, Seconds
from tests.session.desk import Desk, applied, measured

D = Decimal
LEFT = (Side.LEFT,)
SETUP = TestSetup(Side.LEFT, Electrodes.parse("-L1+L2"), Microseconds(D(200)), Hertz(D(20)), Seconds(D(0)), Seconds(D(0)))


@pytest.fixture
def port(tmp_path: Path) -> str:
    write_keys(tmp_path / "keys")
    return f"opennerve+emu://?key={tmp_path}/keys/admin.txt&contact-cm2=0.1225&case-cm2=10&set=SP13:50,HP14:11"


@pytest.fixture
def session(desk: Desk, port: str) -> Iterator[Session]:
    with desk.open(port, run_on_accepted=True, test_accepted=True) as made:
        yield made


def implant(session: Session) -> Any:
    """The emulated device itself."""
    return session.device.link.port._line._host.device  # type: ignore[attr-defined]


def armed(session: Session) -> Stimulation:
    applied(sweep.measure(session, LEFT))
    stimulation = Stimulation(session, SETUP)
    applied(stimulation.arm())
    stimulation.titration = stimulation.titration.begin()
    return stimulation


def test_a_test_that_may_be_felt_needs_consent_and_nothing_is_sent_without(desk: Desk, port: str) -> None:
    with desk.open(port) as session:
        refused = sweep.measure(session, LEFT)
        assert isinstance(refused, Refused) and "--accept-test-pulse" in refused.reasons[0].text
        assert implant(session).truth.changes == []
    with desk.open(port, test_accepted=True) as session:
        assert len(applied(sweep.measure(session, (Side.LEFT, Side.RIGHT))).readings) == 10, "the lead it has, and no other"


def test_consent_has_a_limit(desk: Desk) -> None:
    with desk.open("emu://?faults=strong-impedance=500", test_accepted=True) as session:
        assert len(measured(session).readings) == 20
    with desk.open("emu://?faults=strong-impedance=1500", test_accepted=True) as session:
        refused = sweep.measure(session, LEFT)
        assert isinstance(refused, Refused) and "Do not use this device" in refused.reasons[0].text


def test_without_consent_to_the_run_on_nothing_is_prepared(desk: Desk, port: str) -> None:
    with desk.open(port, test_accepted=True) as session:
        applied(sweep.measure(session, LEFT))
        refused = Stimulation(session, SETUP).arm()
        assert isinstance(refused, Refused) and "21 s" in refused.reasons[0].text
        assert implant(session).store.number("HP14") == 110_000


def test_the_host_ends_the_burst_and_records_that_it_did(session: Session, desk: Desk) -> None:
    stimulation = armed(session)
    delivered = applied(stimulation.deliver(Milliamps(D("0.5")), D(2), confirmed_by="test"))
    assert delivered.alert is None and implant(session).stimulator.session is None
    asked = [line["data"]["what"] for line in desk.lines() if line["kind"] == "intent"]
    assert asked[-3:] == ["amplitude", "burst", "end burst"]
    on = [change for change in implant(session).truth.changes if change.cause in ("therapy-on", "stop")]
    assert 2.0 <= on[-1].t_s - on[-2].t_s <= 7.0, "up to 5 s longer than asked, as was said"


def test_a_burst_that_the_device_corrected_is_stopped_and_told(session: Session) -> None:
    stimulation = armed(session)
    once = session.device._core.talk.once  # type: ignore[attr-defined]

    def corrected(request: Any) -> Any:
        implant(session).store.values["SP13"] = 0.4
        return once(request)

    session.device._core.talk.once = corrected  # type: ignore[attr-defined]
    with pytest.raises(Halted) as halted:
        stimulation.deliver(Milliamps(D("0.5")), D(2), confirmed_by="test")
    outcome = halted.value.outcome
    assert isinstance(outcome, StopConfirmed)
    assert "ran with 0.4 mA and 200 us, and not with 0.5 mA" in outcome.words.happened
    assert "acknowledged the stop" in outcome.words.stimulation
    assert implant(session).stimulator.session is None


def test_an_unanswered_start_is_settled_by_stop_and_by_nothing_else(session: Session) -> None:
    stimulation = armed(session)
    once = session.device._core.talk.once  # type: ignore[attr-defined]

    def lost(request: Any) -> Any:
        session.bench.ask({"cmd": "fault", "spec": "drop-reply=ANY@1"})
        return once(request)

    session.device._core.talk.once = lost  # type: ignore[attr-defined]
    unknown = stimulation.deliver(Milliamps(D("0.5")), D(2), confirmed_by="test")
    assert isinstance(unknown, Unknown) and implant(session).stimulator.session is not None, "it does flow"
    with pytest.raises(Trouble):
        session.resolve()
    assert isinstance(stimulation.deliver(Milliamps(D("0.5")), D(2), confirmed_by="test"), Refused)
    assert isinstance(session.stop("test"), StopConfirmed)
    assert implant(session).stimulator.session is None


def test_after_a_stop_everything_is_put_back_and_it_goes_on_from_the_start(session: Session) -> None:
    before = dict(implant(session).store.values)
    stimulation = armed(session)
    applied(stimulation.deliver(Milliamps(D("0.5")), D(2), confirmed_by="test"))
    stimulation.answer(Answer.NONE, by="test")
    stopped = session.stop("test")
    assert isinstance(stopped, StopConfirmed) and stopped.schedule_enabled is None
    session.reopen_link()
    again = armed(session)
    assert isinstance(again.deliver(Milliamps(D("0.5")), D(2), confirmed_by="test"), Applied)
    applied(again.disarm())
    assert dict(implant(session).store.values) == before


@pytest.mark.parametrize(("wanted", "fits"), [("0.5", "1"), ("2.0", "2"), ("0", "0"), ("10", "10"), ("11.5", "11.5")])
def test_a_ramp_becomes_the_next_longer_one_and_never_a_shorter(session: Session, wanted: str, fits: str) -> None:
    found = with_ramps_that_fit(TestSetup(*_parts(), Seconds(D(wanted)), Seconds(D(wanted))), session.capabilities)
    assert (found.ramp_up_s, found.ramp_down_s) == (D(fits), D(fits))


def _parts() -> tuple[Any, ...]:
    return SETUP.side, SETUP.electrodes, SETUP.pulse_width_us, SETUP.rate_hz


def test_every_notice_has_words_that_end(session: Session) -> None:
    for notice in Notice:
        sentence = said(notice, session.capabilities)
        assert sentence.endswith(".") and len(sentence) < 360
    assert Notice.NOT_TRIED in to_say(session.device.notices, before_changing=False)
    assert set(to_say(session.device.notices, before_changing=True)) == set(session.device.notices)
