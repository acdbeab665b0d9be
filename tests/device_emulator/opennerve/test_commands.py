"""What the commands do: parameters and their quirks, silent corrections, the latched short circuit, log, clock, roles."""

import pytest

from device_emulator.opennerve.store import Store
from rnprog.protocol.opennerve import payloads
from rnprog.protocol.opennerve.codes import MAY, Op, Role, State, Status, allowed
from rnprog.protocol.opennerve.frames import Request
from rnprog.protocol.opennerve.log_lines import parse_line
from rnprog.protocol.opennerve.parameters import SETTINGS, STIMULATION
from rnprog.protocol.opennerve.payloads import Clock, word
from tests.device_emulator.opennerve.bed import Bed, keyed

LENGTH = {Op.WRITE_BLE: 7, Op.SET_START_STATE: 2, Op.READ_HW: 4, Op.READ_STIM: 4, Op.WRITE_HW: 4, Op.WRITE_STIM: 4, Op.READ_LOG: 7}
LENGTH |= {Op.WRITE_TIME: 6}


@pytest.mark.parametrize("row", [*STIMULATION.values(), *SETTINGS.values()], ids=lambda row: row.id)
def test_every_step_is_told_as_the_codec_says(row) -> None:  # type: ignore[no-untyped-def]
    store = Store()
    assert int.from_bytes(store.read(row.id) or b"", "little") == row.default_told
    for steps in row.wire_range:
        assert store.write(row.id, steps.to_bytes(2, "little"))
        assert int.from_bytes(store.read(row.id) or b"", "little") == row.told(steps)
    assert not store.write(row.id, (row.wire_range[-1] + 1).to_bytes(2, "little"))


def test_43_is_told_as_42() -> None:
    bed = Bed().opened()
    assert bed.write("SP02", 43) == Status.OK
    assert bed.steps("SP02") == 42


def test_out_of_range_and_unknown_parameters_are_refused_and_change_nothing() -> None:
    bed = Bed().opened()
    for identity, steps in (("SP02", 1), ("SP02", 51), ("SP13", 4), ("HP20", 1), ("SP99", 1)):
        assert bed.write(identity, steps) == Status.INVALID
    assert bed.steps("SP02") == 2
    answer = bed.ask(Request(Op.WRITE_STIM, b"SP02"))
    assert answer is not None and answer.status == Status.OK, "an id alone puts the factory value back"


def test_an_amplitude_above_the_highest_safe_one_is_lowered_in_silence() -> None:
    bed = Bed().opened()
    assert bed.write("SP02", 20) == Status.OK and bed.steps("SP02") == 20
    bed.start()
    assert bed.steps("SP02") == 5
    assert "LSA" in bed.state["log"]
    bed.device.advance(3)
    assert bed.state["output_ua"][0] == 500


def test_a_pulse_longer_than_half_the_period_is_shortened_in_silence() -> None:
    bed = Bed().opened()
    for identity, steps in (("SP03", 20), ("SP04", 1000)):
        assert bed.write(identity, steps) == Status.OK
    bed.start()
    assert bed.steps("SP03") == 10


def test_a_short_circuit_in_the_log_bars_every_start_until_the_log_is_erased() -> None:
    bed = Bed().opened()
    bed.device.bench({"cmd": "event", "label": "SC"})
    answer = bed.ask(Request(Op.START_MANUAL))
    assert answer is not None and answer.status == Status.INVALID
    bed.sure(Request(Op.ERASE_LOG))
    bed.start()
    assert bed.state["stimulating"]


def test_parameters_are_used_at_the_start_only() -> None:
    bed = Bed(keyed(SP13=5.0, SP05=0.0)).opened()
    bed.start()
    assert bed.write("SP02", 20) == Status.OK
    assert bed.state["output_ua"][0] == 200
    bed.stop()
    bed.start()
    assert bed.state["output_ua"][0] == 2_000


def test_the_impedance_test_drives_sp13_and_stops_therapy() -> None:
    bed = Bed().opened()
    bed.start()
    ohm = payloads.one_word(bed.sure(Request(Op.MEASURE_IMPEDANCE)))
    assert 200 < ohm < 3_000 and not bed.state["stimulating"]
    flowed = [change for change in bed.device.truth.changes if change.cause == "impedance" and change.amplitude_ua]
    assert [(change.amplitude_ua, change.width_us, change.rate_mhz) for change in flowed] == [(500.0, 500, 100_000)]
    assert bed.device.truth.changes[-1].amplitude_ua == 0


@pytest.mark.parametrize(("fault", "low", "high"), [("lead-open=0", 5_500, 5_500), ("lead-short=01", 0, 20)])
def test_an_open_circuit_saturates_and_a_short_reads_next_to_nothing(fault: str, low: int, high: int) -> None:
    bed = Bed(faults=fault).opened()
    assert low <= payloads.one_word(bed.sure(Request(Op.MEASURE_IMPEDANCE))) <= high


def test_the_log_is_walked_entry_by_entry() -> None:
    bed = Bed().opened()
    for label in ("MD", "WK", "UF"):
        bed.device.advance(0.5)
        bed.device.bench({"cmd": "event", "label": label})
    stamp, found = payloads.FIRST_ENTRY, []
    while data := bed.sure(payloads.read_log(stamp)):
        line = parse_line(data)
        assert line is not None
        found.append(line.text)
        stamp = line.stamp
    assert found == ["PO", "MD", "WK", "UF"]


def test_the_clock_is_set_and_told() -> None:
    bed = Bed().opened()
    assert bed.ask(payloads.write_clock(Clock(2030, 2, 28, 23, 59, 50))) is not None
    bed.device.advance(15)
    told = payloads.clock_of(bed.sure(Request(Op.READ_TIME)))
    assert (told.month, told.day) == (3, 1)
    answer = bed.ask(Request(Op.WRITE_TIME, bytes((30, 2, 30, 0, 0, 0))))
    assert answer is not None and answer.status == Status.INVALID


@pytest.mark.parametrize("role", [Role.ADMIN, Role.CLINICIAN, Role.PATIENT])
def test_each_role_may_do_what_the_codec_says(role: Role) -> None:
    assert MAY[role]
    for op in set(Op) - {Op.AUTH}:
        bed = Bed().opened(role)
        answer = bed.ask(Request(op, bytes(LENGTH.get(op, 0))))
        assert answer is not None
        assert (answer.status == Status.USER_CLASS) is not allowed(op, role), op.name


def test_a_wrong_length_is_told_before_a_wrong_role() -> None:
    bed = Bed().opened(Role.PATIENT)
    answer = bed.ask(Request(Op.MEASURE_IMPEDANCE, b"\x00"))
    assert answer is not None and answer.status == Status.LENGTH
    answer = bed.ask(Request(0xB2, bytes(9)))
    assert answer is not None and answer.status == Status.OPCODE


def test_a_restart_ends_therapy_and_the_session() -> None:
    bed = Bed().opened()
    bed.start()
    bed.sure(Request(Op.REBOOT))
    assert not bed.state["stimulating"]
    answer = bed.ask(payloads.read("SP02"))
    assert answer is not None and answer.status == Status.USER_CLASS


def test_the_patient_feels_what_was_given() -> None:
    bed = Bed(keyed(SP13=5.0, SP02=4.0, SP05=0.0, SP04=20.0)).opened()
    assert bed.device.bench({"cmd": "feel", "side": "left"})["burst"] == 0
    bed.start()
    bed.device.advance(2)
    bed.stop()
    told = bed.device.bench({"cmd": "feel", "side": "left"})
    assert (told["burst"], told["delivered_ua"]) == (1, 4_000) and told["felt"] is True


@pytest.mark.parametrize("state", [State.SLEEP, State.ACTIVE, State.BLE_ACTIVE, State.THERAPY, State.IMPEDANCE_TEST, State.BATTERY_TEST])
def test_every_published_start_state_is_taken(state: State) -> None:
    bed = Bed().opened()
    bed.sure(Request(Op.SET_START_STATE, word(state)))
    assert bed.state["output_state"] in ("SLEEP", "BLE_ACTIVE") and not bed.state["stimulating"]


def test_busy_with_a_sensor_it_refuses_what_needs_the_stimulator() -> None:
    bed = Bed().opened()
    bed.device.bench({"cmd": "flags", "set": {"sensing": True}})
    for op in (Op.START_MANUAL, Op.MEASURE_IMPEDANCE, Op.MEASURE_BATTERY):
        answer = bed.ask(Request(op))
        assert answer is not None and answer.status == Status.INVALID
    bed.device.bench({"cmd": "flags", "set": {"sensing": False}})
    bed.sure(Request(Op.MEASURE_BATTERY))
