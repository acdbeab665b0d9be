"""What every driver in the registry owes, asked of all of them; what a device cannot do is read in its capabilities and nowhere else.

RN-1 owes more (a lease, slots with revisions, live amplitude): that is in contract.py. What really flowed decides.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from rnprog.device import registry
from rnprog.device.api import Output, Stimulator
from rnprog.device.errors import DeviceRefused, LinkLost, Superseded
from rnprog.device.notices import Notice
from rnprog.session.wording.devices import said
from rnprog.therapy.contacts import Side
from tests.device.every_driver import BEDS, PAIRS, Bed

D = Decimal
LEFT = (Side.LEFT,)


@pytest.fixture(params=BEDS)
def bed(request: pytest.FixtureRequest) -> Iterator[Bed]:
    with BEDS[request.param]() as made:
        yield made


def test_every_driver_of_the_registry_is_asked() -> None:
    models = {*registry.DRIVERS, *registry.NAMED_BY_PORT}
    assert {model for model in models if any(name.startswith(model) for name in BEDS)} == models


def test_it_is_a_stimulator_and_says_who_it_is(bed: Bed) -> None:
    device: Stimulator = bed.device
    assert device.identity.model in {*registry.DRIVERS, *registry.NAMED_BY_PORT}
    assert device.identity.serial and device.identity.protocol_known
    assert all(isinstance(notice, Notice) and said(notice, device.capabilities) for notice in device.notices)


def test_what_it_lacks_is_declared(bed: Bed) -> None:
    can, notices = bed.device.capabilities, set(bed.device.notices)
    assert (can.lease_s is None) == (Notice.RUN_ON in notices)
    assert can.ends_bursts == (Notice.HOST_TIMED not in notices)
    assert can.tells_output == (Notice.OUTPUT_NOT_TOLD not in notices)
    assert (can.sessions_per_day.maximum == 0) == (Notice.NO_SCHEDULE in notices)


def test_reading_changes_nothing(bed: Bed) -> None:
    before, changes = bed.writes, len(bed.truth.changes)
    bed.tape.clear()
    status = bed.device.status()
    assert status.armed == () and not any(status.output_ma.values())
    bed.device.battery()
    bed.device.clock_unix_s()
    bed.device.patient_key_hash()
    bed.device.line_health()
    for slot in range(bed.device.capabilities.slots):
        bed.device.stored(slot)
    bed.device.read_log("events", 1)
    assert bed.only_reads()
    assert (bed.writes, len(bed.truth.changes)) == (before, changes)


def test_output_is_never_called_off_without_a_reason(bed: Bed) -> None:
    found = bed.device.status().output
    assert found is (Output.OFF if bed.device.capabilities.tells_output else Output.NOT_TOLD)


def test_pairs_are_measured_in_the_order_asked_within_the_stated_bounds(bed: Bed) -> None:
    report = bed.device.measure(PAIRS)
    assert [(reading.first, reading.second) for reading in report.readings] == list(PAIRS)
    assert all(reading.impedance_ohm and 300 < reading.impedance_ohm < 2_000 for reading in report.readings)
    flowed = bed.truth.changes
    can = bed.device.capabilities
    assert (report.test_ma, report.test_us) == (can.impedance_test_ma, can.impedance_test_us)
    assert max(change["amplitude_ua"] for change in flowed) <= float(can.impedance_test_ma) * 1000
    assert {change["width_us"] for change in flowed} == {int(can.impedance_test_us)}
    bed.pass_time(0.3)
    assert bed.truth.off


def test_nothing_is_measured_while_something_is_armed(bed: Bed) -> None:
    bed.device.arm(bed.at.setup())
    with pytest.raises(DeviceRefused):
        bed.device.measure(PAIRS[:1])


def test_arming_and_setting_the_amplitude_let_nothing_flow(bed: Bed) -> None:
    setup = bed.at.setup()
    before = len(bed.truth.changes)
    assert bed.device.arm(setup) == setup.setup
    assert bed.device.set_amplitude(bed.at.amplitude(setup, "0.5")) == D("0.5")
    status = bed.device.status()
    assert status.armed == LEFT and status.setpoint_ma[Side.LEFT] == D("0.5")
    assert len(bed.truth.changes) == before


def test_a_burst_flows_at_the_set_point_and_is_over(bed: Bed) -> None:
    bed.started()
    before = len(bed.truth.changes)
    assert bed.device.burst(LEFT, D("0.4")) is Output.TEST_ON
    bed.pass_time(0.2)
    assert bed.truth.flowing()[0] == 500.0
    bed.pass_time(0.25)
    assert bed.device.end_burst(LEFT) is Output.ARMED
    assert bed.truth.off
    assert {change["amplitude_ua"] for change in bed.truth.changes[before:]} == {0.0, 500.0}
    assert bed.device.status().output is Output.ARMED
    assert bed.device.disarm(LEFT) is Output.OFF
    assert bed.device.status().armed == ()


def test_releasing_ends_a_burst(bed: Bed) -> None:
    bed.started()
    bed.device.burst(LEFT, D(5))
    assert bed.device.disarm(LEFT) is Output.OFF
    assert bed.truth.off


def test_a_heartbeat_starts_nothing(bed: Bed) -> None:
    bed.device.arm(bed.at.setup())
    before = len(bed.truth.changes)
    beat = bed.device.heartbeat()
    assert beat.output is not Output.TEST_ON and not any(beat.output_ma.values())
    assert len(bed.truth.changes) == before


def test_without_the_host_output_ends_within_the_bound_that_was_said(bed: Bed) -> None:
    bed.started()
    bed.device.burst(LEFT, D(5))
    lost_s = bed.truth.now_s
    bed.lose_the_link()
    bed.pass_time(float(bed.device.capabilities.run_on_bound_s) + 30)
    truth = bed.truth
    assert truth.off
    assert truth.last_on_s() - lost_s <= float(bed.device.capabilities.run_on_bound_s)


@pytest.mark.parametrize("state", ["off", "armed", "test on", "after stop"])
def test_stop_works_from_every_state(bed: Bed, state: str) -> None:
    if state in ("armed", "test on"):
        bed.started()
    if state == "test on":
        bed.device.burst(LEFT, D(5))
    if state == "after stop":
        bed.device.stop()
    stopped = bed.device.stop()
    assert stopped is not None and stopped.output is Output.OFF
    assert bed.device.status().output is Output.OFF and bed.device.status().armed == ()
    assert bed.truth.off


def test_after_stop_nothing_starts_before_the_link_is_opened_anew(bed: Bed) -> None:
    setup = bed.started()
    old = bed.device.status().link_session
    half = bed.at.amplitude(setup, "0.5")
    bed.device.stop()
    with pytest.raises(Superseded):
        bed.device.set_amplitude(half)
    bed.device.resume_link()
    assert bed.device.status().link_session != old
    with pytest.raises(DeviceRefused):
        bed.device.burst(LEFT, D("0.2"))
    assert bed.truth.off


def test_a_program_is_written_read_back_and_the_active_one(bed: Bed) -> None:
    approved = bed.program()
    stored = bed.device.write(approved)
    assert stored.program == approved.program and stored.problem is None
    assert bed.device.activate(stored).active
    again = bed.device.stored(0)
    assert again == replace(stored, active=True)
    assert bed.device.status().active_slot == 0


def test_a_test_leaves_the_stored_program_as_it_was(bed: Bed) -> None:
    stored = bed.device.write(bed.program())
    bed.started()
    bed.device.burst(LEFT, D("0.2"))
    bed.device.end_burst(LEFT)
    bed.device.disarm(LEFT)
    assert bed.device.stored(0) == stored


def test_a_preview_changes_nothing(bed: Bed) -> None:
    approved = bed.program()
    before = bed.writes
    bed.tape.clear()
    assert bed.device.preview(approved.program, approved.slot, approved.base_revision)
    assert bed.writes == before and bed.only_reads()


def test_activating_something_else_than_was_read_is_refused(bed: Bed) -> None:
    stored = bed.device.write(bed.program())
    with pytest.raises(DeviceRefused):
        bed.device.activate(replace(stored, crc=stored.crc ^ 1))


def test_a_slot_that_does_not_exist_is_refused(bed: Bed) -> None:
    with pytest.raises(DeviceRefused):
        bed.device.stored(bed.device.capabilities.slots)


def test_the_log_tells_numbered_rows_and_ends(bed: Bed) -> None:
    rows, cursor = [], 1
    while True:
        page = bed.device.read_log("events", cursor)
        rows += page.rows
        cursor = page.next_cursor
        if cursor > page.newest:
            break
    assert rows and [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert all(row.what for row in rows)
    assert bed.device.read_log("events", 1_000).rows == ()


def test_a_closed_device_is_lost_and_closing_again_is_harmless(bed: Bed) -> None:
    bed.device.close()
    bed.device.close()
    with pytest.raises(LinkLost):
        bed.device.status()
