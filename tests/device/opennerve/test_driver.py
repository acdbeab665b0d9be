"""The OpenNerve driver and its guards, against the emulated firmware in each of its timings. What really flowed decides."""

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from device_emulator.opennerve.firmware import Timing
from device_emulator.opennerve.store import Store
from rnprog.device.api import DeviceFlag, Notice, Output
from rnprog.device.errors import DeviceRefused, LinkLost, NoAnswer, ReadBackDiffers, Superseded
from rnprog.device.notices import ROLES
from rnprog.device.opennerve.dialect import Dialect
from rnprog.device.opennerve.journal import Journal
from rnprog.protocol.opennerve.codes import Op, Role
from rnprog.therapy.contacts import Contact, Electrodes, Side
from rnprog.therapy.envelope import Ladder, Refusal
from rnprog.therapy.units import Milliamps
from tests.device.opennerve.bedside import PAIR, STATED, Bedside
from tests.device.opennerve.table import BLE, FAST, KEYS, TIMINGS, WIRED, device, sent, truth_of

D = Decimal
each_timing = pytest.mark.parametrize("timing", TIMINGS.values(), ids=TIMINGS)
LEFT = (Side.LEFT,)


def bedside(timing: Timing = FAST, role: Role = Role.ADMIN, dialect: Dialect = STATED, **values: float) -> Bedside:
    return Bedside(device(timing, **{"SP13": 5.0, "HP14": 110.0, **values}), role, dialect)


# connecting


@each_timing
def test_connecting_only_reads(timing: Timing) -> None:
    implant = device(timing)
    writes = implant.write_count
    bed = Bedside(implant)
    assert implant.write_count == writes
    assert set(bed.ops()) <= {Op.READ_HW, Op.READ_STIM, Op.MEASURE_BATTERY}
    assert bed.device.identity.serial == "YYLL0001" and bed.device.identity.model == "OpenNerve Gen2"
    assert bed.device.status().output is Output.NOT_TOLD, "it cannot be asked, so nothing is claimed"


def test_what_it_cannot_is_said_at_once() -> None:
    said = bedside(dialect=Dialect()).device.notices
    assert {Notice.NOT_TRIED, Notice.ROLE_ADMIN, Notice.LEAD_LEFT, Notice.RUN_ON, Notice.NO_AREA, Notice.NO_SCHEDULE} <= set(said)
    assert Notice.SLOW in bedside(WIRED).device.notices
    assert Notice.NO_AREA not in bedside().device.notices


def test_its_capabilities_are_those_of_the_document() -> None:
    can = bedside(SP13=3.0).device.capabilities
    assert (can.amplitude_ma.minimum, can.amplitude_ma.maximum, can.amplitude_ma.step) == (D("0.2"), D(3), D("0.1"))
    assert (can.pulse_width_us.minimum, can.pulse_width_us.maximum, can.pulse_width_us.step) == (D(100), D(1000), D(50))
    assert (can.lease_s, can.run_on_bound_s, can.has_live_amplitude) == (None, D(21), False)
    assert (can.impedance_test_ma, can.impedance_test_us) == (D("0.5"), D(500))
    assert can.sessions_per_day.maximum == 0 and can.leads == (Side.LEFT,)


def test_without_a_stated_contact_area_nothing_is_stimulated() -> None:
    bed = bedside(dialect=Dialect())
    bed.measure()
    setup = bed.setup()
    refused = bed.envelope.approve_amplitude(setup, Milliamps(D("0.2")), Ladder(Milliamps(D(0)), Milliamps(D(0))), bed.sweep, **bed.here)
    assert isinstance(refused, Refusal)


# impedance


@each_timing
def test_impedance_lowers_sp13_for_the_test_and_puts_everything_back(timing: Timing) -> None:
    bed = bedside(timing)
    before = bed.held
    report = bed.device.measure((PAIR, (Contact.L0, Contact.CASE), (Contact.L3, Contact.CASE)))
    assert all(reading.impedance_ohm and 200 < reading.impedance_ohm < 3_000 for reading in report.readings)
    flowed = {change["amplitude_ua"] for change in truth_of(bed.implant).changes}
    assert flowed == {0.0, 500.0}
    assert bed.held == before and not Journal("YYLL0001").open


def test_the_journal_is_on_disk_before_sp13_is_lowered(monkeypatch: pytest.MonkeyPatch) -> None:
    bed = bedside()
    seen = []
    write = bed.device._core.settings.write
    monkeypatch.setattr(
        bed.device._core.settings, "write", lambda name, steps: (seen.append(Journal("YYLL0001").entries.copy()), write(name, steps))
    )
    bed.device.measure((PAIR,))
    assert seen[0]["SP13"].before == 50 and seen[0]["SP13"].ours == [5]


@pytest.mark.parametrize("frames", range(0, 22, 3))
def test_killed_at_any_frame_of_a_measurement_the_next_one_puts_back(frames: int) -> None:
    bed = bedside()
    before = bed.held
    _killed_after(bed, frames, lambda: bed.device.measure((PAIR, (Contact.L0, Contact.CASE))))
    held = bed.held
    again = Bedside(bed.implant)
    assert bed.held == held, "connecting only reads"
    if Journal("YYLL0001").open:
        assert Notice.TO_PUT_BACK in again.device.notices
        assert DeviceFlag.TO_PUT_BACK in again.device.status().flags
    assert again.device.capabilities.amplitude_ma.maximum == D(5), "what a test holds down is not the device's limit"
    again.measure()
    assert bed.held == before and not Journal("YYLL0001").open


def _killed_after(bed: Bedside, frames: int, run: Any) -> None:
    """The process is gone in the moment in which it would write another frame: nothing of it runs any more."""
    left = [frames]
    write = bed.device.link.write

    def last_words(data: bytes, **how: Any) -> None:
        if not left[0]:
            raise SystemExit
        left[0] -= 1
        write(data, **how)

    bed.device.link.write = last_words
    with suppress(SystemExit):
        run()


def test_what_the_device_changed_itself_meanwhile_is_left_and_told() -> None:
    bed = bedside()
    _killed_after(bed, 4, lambda: bed.device.measure((PAIR,)))
    bed.implant.store.values["SP13"] = 1.2
    again = Bedside(bed.implant)
    with pytest.raises(ReadBackDiffers, match="highest safe amplitude"):
        again.measure()
    assert bed.held["SP13"] == 1_200
    again.measure()


def test_what_the_device_lowered_of_an_amplitude_that_was_written_twice_is_put_back() -> None:
    bed = bedside(SP02=2.0)
    setup = bed.setup()
    bed.device.arm(setup)
    for amplitude_ma in ("0.5", "0.4", "0.5"):
        bed.device.set_amplitude(bed.amplitude(setup, amplitude_ma, "0.5"))
    bed.implant.store.values["SP02"] = 0.3
    bed.device.disarm(LEFT)
    assert bed.held["SP02"] == 2_000


def test_a_factory_hp14_of_119_s_comes_back_as_the_110_s_it_is_told_as() -> None:
    bed = bedside(HP14=119.0)
    bed.armed()
    bed.device.disarm(LEFT)
    assert bed.held["HP14"] == 110_000


def test_an_open_contact_is_over_range_and_a_short_is_under_range() -> None:
    bed = bedside()
    bed.implant.set_faults("lead-open=0,lead-short=12")
    report = bed.device.measure((PAIR, (Contact.L0, Contact.CASE)))
    assert [(r.over_range, r.under_range) for r in report.readings] == [(False, True), (True, False)]


# test stimulation


@each_timing
def test_a_burst_from_arming_to_release(timing: Timing) -> None:
    bed = bedside(timing)
    before = bed.held
    setup = bed.armed("0.5")
    assert bed.held["HP14"] == 10_000 and not bed.on
    assert bed.device.status().armed == (Side.LEFT,)
    assert bed.device.burst(LEFT, D(2)) is Output.TEST_ON
    bed.pass_time(2)
    assert bed.on and truth_of(bed.implant).flowing()[0] == 500.0
    assert bed.device.end_burst(LEFT) is Output.ARMED
    assert not bed.on
    assert bed.device.disarm(LEFT) is Output.OFF
    assert bed.held == before
    on = [change for change in truth_of(bed.implant).changes if change["cause"] == "therapy-on"]
    assert [(change["amplitude_ua"], change["width_us"], change["rate_mhz"]) for change in on] == [(500.0, 200, 20_000)]
    assert setup.setup.electrodes == Electrodes.parse("-L1+L2")


def test_the_run_on_bound_is_set_before_any_amplitude_and_any_start() -> None:
    bed = bedside()
    bed.started("0.5")
    writes = [request.payload[:4] for request in sent(bed.tape) if request.op in (Op.WRITE_STIM, Op.WRITE_HW)]
    arming = writes[writes.index(b"HP14") :]
    assert b"SP02" not in writes[: writes.index(b"HP14")] and b"SP02" in arming
    assert bed.ops().index(Op.WRITE_HW) < bed.ops().index(Op.START_MANUAL)


@pytest.mark.parametrize("timing", [BLE, WIRED], ids=["Bluetooth", "wired"])
def test_a_lost_link_runs_on_for_no_longer_than_was_said(timing: Timing) -> None:
    bed = bedside(timing)
    bed.started("0.5")
    lost_s = bed.implant.now_s
    bed.implant.bench({"cmd": "disconnect"})
    bed.implant.advance(200)
    truth = truth_of(bed.implant)
    assert truth.off
    assert truth.last_on_s() - lost_s <= float(bed.device.capabilities.run_on_bound_s)


def test_a_host_that_hangs_while_bluetooth_stays_up_leaves_ten_seconds_in_310_and_no_end() -> None:
    """No lost link, so HP14 does not count; the train of the test set-up is all that bounds it."""
    bed = bedside(BLE)
    bed.started("0.5")
    bed.implant.advance(3_100)
    assert bed.on
    changes = [change for change in truth_of(bed.implant).changes if change["cause"].startswith("therapy-o")]
    trains = [(after["t_s"] - before["t_s"]) for before, after in pairwise(changes) if before["amplitude_ua"] and not after["amplitude_ua"]]
    assert len(trains) >= 10 and max(trains) == pytest.approx(10)
    begins = [change["t_s"] for change in changes if change["amplitude_ua"]]
    assert all(after - before == pytest.approx(310) for before, after in pairwise(begins))


def test_an_armed_device_is_kept_awake_while_somebody_thinks() -> None:
    bed = bedside(WIRED)
    bed.armed()
    for _ in range(300):
        bed.pass_time(0.2)
        bed.device.heartbeat()
    assert bed.device.burst(LEFT, D(1)) is Output.TEST_ON
    assert bed.device.end_burst(LEFT) is Output.ARMED


@pytest.mark.parametrize("fault", ["drop-reply=ANY@1", "drop-request=ANY@1"])
@each_timing
def test_an_unanswered_start_is_never_sent_again_and_stop_settles_it(timing: Timing, fault: str) -> None:
    bed = bedside(timing)
    bed.armed()
    bed.device._core.talk.make_room()
    bed.tape.clear()
    once = bed.device._core.talk.once

    def now(request: Any) -> Any:
        bed.implant.set_faults(fault)
        return once(request)

    bed.device._core.talk.once = now
    with pytest.raises(NoAnswer) as unknown:
        bed.device.burst(LEFT, D(2))
    assert unknown.value.pending is not None and unknown.value.pending.command == "START_MANUAL"
    with pytest.raises(NoAnswer, match="Say STOP"):
        bed.device.status()
    with pytest.raises(NoAnswer):
        bed.device.burst(LEFT, D(2))
    assert bed.ops().count(Op.START_MANUAL) == 1
    stopped = bed.device.stop()
    assert stopped is not None and stopped.output is Output.OFF and not stopped.tells_ended
    assert not bed.on and bed.device.status().output is Output.OFF


def test_stop_after_a_kill_in_a_burst_does_not_say_that_nothing_was_running() -> None:
    bed = bedside()
    bed.started("0.5")
    again = Bedside(bed.implant)  # the process that started it is gone
    assert bed.on
    stopped = again.device.stop()
    assert stopped is not None and not bed.on
    assert not stopped.tells_ended, "whether this STOP has ended anything cannot be asked"
    again.device.resume_link()
    later = again.device.stop()
    assert later is not None and later.tells_ended and later.ended == (), (
        "the device has acknowledged a stop, and nothing was started since"
    )


def test_a_start_that_the_device_corrected_in_silence_is_told() -> None:
    bed = bedside()
    bed.started("0.5")
    bed.device.end_burst(LEFT)
    bed.implant.store.values["SP13"] = 0.5
    bed.device._core.setpoint_steps = 8
    bed.implant.store.values["SP02"] = 0.8
    bed.device.burst(LEFT, D(1))
    with pytest.raises(ReadBackDiffers, match=r"ran with 0\.5 mA and 200 us, and not with 0\.8 mA"):
        bed.device.end_burst(LEFT)
    assert not bed.on
    with pytest.raises(DeviceRefused):
        bed.device.burst(LEFT, D(1))


def test_an_amplitude_above_sp13_is_refused_before_it_would_be_lowered() -> None:
    bed = bedside()
    setup = bed.setup()
    bed.device.arm(setup)
    approved = bed.amplitude(setup, "0.9", "0.5")
    bed.implant.store.values["SP13"] = 0.5
    bed.device._core.settings._written.clear()
    with pytest.raises(DeviceRefused, match="SP13"):
        bed.device.set_amplitude(approved)


def test_43_steps_are_told_as_42_and_are_no_difference() -> None:
    bed = bedside()
    setup = bed.setup()
    bed.device.arm(setup)
    assert bed.device.set_amplitude(bed.amplitude(setup, "4.3", "3.9")) == D("4.3")
    assert bed.device.burst(LEFT, D(1)) is Output.TEST_ON
    assert bed.device.end_burst(LEFT) is Output.ARMED
    assert bed.held["SP02"] == 4_300


def test_a_write_that_is_lost_is_read_before_it_is_sent_again() -> None:
    bed = bedside(BLE)
    setup = bed.setup()
    bed.device.arm(setup)
    approved = bed.amplitude(setup, "0.4")
    bed.tape.clear()
    bed.implant.set_faults("drop-request=ANY@3")
    assert bed.device.set_amplitude(approved) == D("0.4")
    names = [(Op(request.op), request.payload[:4]) for request in sent(bed.tape)]
    first, second = (at for at, each in enumerate(names) if each == (Op.WRITE_STIM, b"SP02"))
    assert (Op.READ_STIM, b"SP02") in names[first + 1 : second]
    assert bed.held["SP02"] == 400


def test_a_write_the_device_does_not_keep_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    bed = bedside()
    setup = bed.setup()
    bed.device.arm(setup)
    monkeypatch.setattr(Store, "write", lambda *_: True)
    with pytest.raises(ReadBackDiffers, match="instead of 400 uA"):
        bed.device.set_amplitude(bed.amplitude(setup, "0.4"))


def test_a_short_circuit_in_the_log_is_explained_with_its_way_out() -> None:
    bed = bedside()
    bed.armed()
    bed.implant.bench({"cmd": "event", "label": "SC"})
    with pytest.raises(DeviceRefused, match=r"log holds a short circuit.*erase the device's log") as refused:
        bed.device.burst(LEFT, D(1))
    assert refused.value.reason == "SAID" and not bed.on
    assert bed.device.status().output is not Output.TEST_ON


def test_a_start_that_is_refused_because_it_is_busy_says_so() -> None:
    bed = bedside()
    bed.armed()
    bed.implant.bench({"cmd": "flags", "set": {"sensing": True}})
    with pytest.raises(DeviceRefused, match="shows no short circuit: it may be busy measuring"):
        bed.device.burst(LEFT, D(1))
    assert not bed.on


def test_nothing_starts_unprepared_at_zero_or_on_the_other_side() -> None:
    bed = bedside()
    for sides in (LEFT, (Side.RIGHT,)):
        with pytest.raises(DeviceRefused):
            bed.device.burst(sides, D(1))
    setup = bed.setup()
    bed.device.arm(setup)
    assert bed.device.set_amplitude(bed.amplitude(setup, "0")) == 0
    with pytest.raises(DeviceRefused, match="above 0 mA"):
        bed.device.burst(LEFT, D(1))
    assert Op.START_MANUAL not in bed.ops()


def test_the_amplitude_does_not_move_while_it_flows() -> None:
    bed = bedside()
    setup = bed.armed("0.5")
    bed.device.burst(LEFT, D(2))
    with pytest.raises(DeviceRefused, match="between bursts only"):
        bed.device.set_amplitude(bed.amplitude(setup, "0.6", "0.5"))
    with pytest.raises(DeviceRefused, match="End it first"):
        bed.device.measure((PAIR,))


@each_timing
def test_stop_ends_it_and_nothing_goes_on_before_the_link_is_opened_anew(timing: Timing) -> None:
    bed = bedside(timing)
    before = bed.held
    bed.started("0.5")
    old = bed.here["link_session"]
    stopped = bed.device.stop()
    assert stopped is not None and stopped.ended == LEFT and not bed.on
    assert bed.device.status().output is Output.OFF
    with pytest.raises(Superseded):
        bed.device.burst(LEFT, D(1))
    bed.device.resume_link()
    assert bed.here["link_session"] != old
    with pytest.raises(DeviceRefused):
        bed.device.burst(LEFT, D(1))
    bed.device.close()
    assert bed.held == before, "closing puts the stored program back"


def test_closing_while_it_flows_ends_it_and_puts_back() -> None:
    bed = bedside()
    before = bed.held
    bed.started("0.5")
    bed.device.close()
    assert not bed.on and bed.held == before
    bed.device.close()
    with pytest.raises(LinkLost):
        bed.device.status()


def test_a_stop_that_nobody_acknowledges_is_not_confirmed() -> None:
    bed = bedside(WIRED)
    bed.started("0.5")
    bed.implant.bench({"cmd": "magnet"})
    assert bed.device.stop() is None
    assert bed.device._core.output is Output.NOT_TOLD


# roles


def test_a_clinicians_key_reads_the_program_and_changes_nothing() -> None:
    approved = bedside().program()
    bed = bedside(role=Role.CLINICIAN)
    with pytest.raises(DeviceRefused, match="needs the Admin's key"):
        bed.device.write(approved)
    assert Op.WRITE_STIM not in bed.ops()
    can = bed.device.capabilities
    assert can.has_program_store and not can.has_impedance
    assert Notice.ROLE_CLINICIAN in bed.device.notices
    assert bed.device.battery().voltage_v is None and bed.device.stored(0).program is not None
    for refused in (lambda: bed.device.measure((PAIR,)), lambda: bed.device.disarm(LEFT), bed.device.stop):
        with pytest.raises(DeviceRefused, match="Admin"):
            refused()
    assert not set(bed.ops()) & {Op.START_MANUAL, Op.STOP_MANUAL, Op.MEASURE_IMPEDANCE}


def test_a_patients_key_reads_nothing() -> None:
    bed = bedside(role=Role.PATIENT)
    assert not bed.device.capabilities.has_program_store
    assert bed.device.status().active_slot is None
    with pytest.raises(DeviceRefused, match="patient's"):
        bed.device.stored(0)
    assert bed.ops() == []


# the program


@each_timing
def test_a_program_is_written_and_read_back(timing: Timing) -> None:
    bed = bedside(timing)
    approved = bed.program()
    stored = bed.device.write(approved)
    assert stored.program == approved.program and stored.active and stored.problem is None
    assert bed.device.activate(stored) == stored
    assert bed.device.stored(0) == stored
    assert (bed.held["SP02"], bed.held["SP03"], bed.held["SP09"], bed.held["SP10"]) == (1_500, 200, 2, 3)


@pytest.mark.parametrize("frames", range(10, 34, 4))
def test_cut_off_while_it_is_written_it_holds_the_least_amplitude(frames: int) -> None:
    bed = bedside(SP02=3.0)
    before = bed.held
    approved = bed.program("4.0")
    _killed_after(bed, frames, lambda: bed.device.write(approved))
    held = bed.held
    names = ("SP09", "SP10", "SP03", "SP04", "SP08")
    half = {held[name] == before[name] for name in names} == {True, False}
    assert held["SP02"] == 200 if half else held["SP02"] in (200, 3_000, 4_000)


def test_the_preview_is_what_would_be_sent() -> None:
    bed = bedside()
    approved = bed.program()
    bed.device.stored(0)
    previews = bed.device.preview(approved.program, 0, 0)
    bed.tape.clear()
    bed.device.write(approved)
    shown = [bytes.fromhex(preview.wire_hex) for preview in previews]
    out = [data for _, way, data in bed.tape.entries if way == ">" and data[0] == Op.WRITE_STIM]
    assert out[-1] == shown[-1], "the amplitude comes last"
    parked = [data for data in out if data not in shown]
    assert [data[2:8] for data in parked] in ([], [b"SP02\x02\x00"])
    assert {preview.fields["id"] for preview in previews} >= {"SP02", "SP09", "SP10"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sessions_per_day": D(2)}, "no daily schedule"),
        ({"left": None}, "has that side and no other"),
        ({"session_min": D(1_000)}, "after midnight"),
        ({"rate_hz": D("12.5")}, "cannot hold pulse frequency 12.5"),
    ],
)
def test_a_program_it_cannot_hold_is_refused_with_nothing_sent(changes: dict[str, Any], words: str) -> None:
    bed = bedside()
    approved = bed.program()
    object.__setattr__(approved, "program", replace(approved.program, **changes))
    before = bed.held
    with pytest.raises(DeviceRefused, match=words):
        bed.device.write(approved)
    assert bed.held == before


def test_two_contacts_on_one_pole_are_refused() -> None:
    bed = bedside()
    approved = bed.program()
    assert approved.program.left is not None
    left = replace(approved.program.left, electrodes=Electrodes.parse("-L0-L1+L2"))
    with pytest.raises(DeviceRefused, match="one contact on each pole"):
        bed.device.preview(replace(approved.program, left=left), 0, 0)


def test_a_program_that_makes_no_sense_is_shown_and_not_hidden() -> None:
    bed = bedside(ST31=600.0, ST32=590.0)
    stored = bed.device.stored(0)
    assert stored.program is None and stored.problem is not None and "ends before it begins" in stored.problem


def test_activating_something_else_than_was_read_and_other_slots_are_refused() -> None:
    bed = bedside()
    stored = bed.device.stored(0)
    with pytest.raises(DeviceRefused, match="read it again"):
        bed.device.activate(replace(stored, crc=stored.crc ^ 1))
    with pytest.raises(DeviceRefused, match="no slot 1"):
        bed.device.stored(1)


def test_the_schedule_can_be_ended_and_not_begun() -> None:
    bed = bedside()
    bed.implant.commands.scheduled = True
    assert bed.device.set_schedule(False) is False
    assert bed.implant.commands.scheduled is False
    with pytest.raises(DeviceRefused, match="cannot be relied on"):
        bed.device.set_schedule(True)


def test_a_lead_on_the_right_is_a_lead_on_the_right() -> None:
    bed = bedside(dialect=replace(STATED, lead="right"))
    program = bed.device.stored(0).program
    assert program is not None and program.left is None and program.right is not None
    assert str(program.right.electrodes) == "-R0+R1"


# log, battery, line


def test_the_log_is_told_in_words() -> None:
    bed = bedside()
    bed.started("0.5")
    bed.device.end_burst(LEFT)
    rows, cursor = [], 1
    while True:
        page = bed.device.read_log("events", cursor)
        rows += page.rows
        cursor = page.next_cursor
        if cursor > page.newest:
            break
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert rows[0].what == "power on" and "stimulation started" in {row.what for row in rows}
    assert bed.device.read_log("therapy", 1).rows == ()


def test_its_battery_is_the_emulators() -> None:
    bed = bedside()
    bed.implant.set_faults("battery=3350")
    assert (bed.device.battery().voltage_v, bed.device.battery().percent, bed.device.battery().low) == (D("3.35"), None, False)
    bed.implant.set_faults("low-battery")
    assert bed.device.battery().low and not bed.device.battery().end_of_service


def test_its_battery_is_judged_by_its_own_settings() -> None:
    bed = bedside(HP26=3.6, HP27=3.4)
    for cell_mv, low, ended in ((3_650, False, False), (3_600, True, False), (3_400, True, True)):
        bed.implant.set_faults(f"battery={cell_mv}")
        found = bed.device.battery()
        assert (found.low, found.end_of_service) == (low, ended)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.CLINICIAN, Role.PATIENT])
def test_a_wrong_key_in_a_session_that_is_open_is_never_called_that_roles_key(role: Role, monkeypatch: pytest.MonkeyPatch) -> None:
    first = bedside(BLE, role)
    monkeypatch.setitem(KEYS, role, 4_711)
    notices = set(Bedside(first.implant, role).device.notices)
    assert Notice[f"OPEN_{role.name}"] in notices and Notice[f"ROLE_{role.name}"] not in notices
    assert notices & set(ROLES) == {Notice[f"OPEN_{role.name}"]}, "the record's opening names this"


def test_after_a_crash_the_program_is_the_patients_and_not_the_tests() -> None:
    bed = bedside(SP02=2.0)
    before = bed.device.stored(0)
    bed.started("0.5")
    bed.implant.bench({"cmd": "disconnect"})
    again = Bedside(bed.implant)
    assert bed.held["SP02"] == 500, "the test's"
    assert again.device.stored(0) == before
    assert Notice.TO_PUT_BACK in again.device.notices


def test_after_a_crash_what_somebody_else_wrote_over_the_test_is_shown() -> None:
    bed = bedside(SP02=2.0)
    bed.armed("0.5")
    bed.implant.store.write("SP02", (9).to_bytes(2, "little"))
    program = Bedside(bed.implant).device.stored(0).program
    assert program is not None and program.left is not None and program.left.amplitude_ma == D("0.9")


def test_after_a_crash_a_program_is_written_at_the_first_attempt() -> None:
    """Read, measured (which puts back what the test left), read again: nobody has changed it."""
    bed = bedside(SP02=2.0)
    bed.armed("0.5")
    again = Bedside(bed.implant)
    base = again.device.stored(0)
    approved = again.program("1.5")
    now = again.device.stored(0)
    assert (now.crc, now.revision) == (base.crc, base.revision)
    assert again.device.write(approved).program == approved.program
