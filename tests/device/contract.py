"""What every driver owes: one suite for all drivers and ports. A driver's test makes a `Bedside` on each of its ports and inherits this.

The device behind it is the emulator, whose ground truth decides what really happened.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from decimal import Decimal
from itertools import combinations, product
from typing import Any

import pytest

from rnprog.device.api import Output, Stimulator
from rnprog.device.bench import Bench
from rnprog.device.errors import DeviceRefused, LinkLost, Superseded
from rnprog.protocol.messages import REQUESTS
from rnprog.protocol.opcodes import RequestClass
from rnprog.therapy.contacts import CONTACTS_OF, Contact, Electrodes, Side
from rnprog.therapy.envelope import ApprovedAmplitude, ApprovedProgram, ApprovedSetup, Ladder, SafetyEnvelope, TestSetup
from rnprog.therapy.impedance import ImpedanceSweep
from rnprog.therapy.program import Program, SideProgram
from rnprog.therapy.units import Hertz, Microseconds, Milliamps, Minutes, Seconds
from tests.device.rig import Tape, Truth, fault, state_of, truth_of, until

D = Decimal
LEFT_PAIR = ((Contact.L1, Contact.L2),)


class Bedside(ABC):
    """A connected device, what was said to it, and what the emulator knows."""

    def __init__(self, device: Any, bench: Bench, tape: Tape) -> None:
        self.device: Any = device
        self.bench = bench
        self.tape = tape
        self.envelope = SafetyEnvelope(device.capabilities)
        self.sweep: ImpedanceSweep | None = None

    @property
    def link_session(self) -> int:
        return int(self.device.status().link_session)

    @property
    def here(self) -> dict[str, Any]:
        return {"serial": self.device.identity.serial, "link_session": self.link_session, "now_ms": 1_000}

    @property
    def truth(self) -> Truth:
        return truth_of(self.bench)

    def fault(self, spec: str) -> None:
        fault(self.bench, spec)

    def measure(self) -> ImpedanceSweep:
        """What the electrodes of this file need: 20 ms a pair are long in real time."""
        report = self.device.measure((*LEFT_PAIR, (Contact.R1, Contact.R2), (Contact.R1, Contact.CASE)))
        self.sweep = ImpedanceSweep(report.readings, self.device.identity.serial, self.link_session, 500)
        return self.sweep

    def setup(self, side: Side = Side.LEFT, **changes: Any) -> ApprovedSetup:
        electrodes = Electrodes.parse("-L1+L2" if side is Side.LEFT else "-R1+R2")
        wanted = TestSetup(side, electrodes, Microseconds(D(214)), Hertz(D(20)), Seconds(D(0)), Seconds(D(0)))
        approved = self.envelope.approve_setup(replace(wanted, **changes), self.sweep or self.measure(), **self.here)
        assert isinstance(approved, ApprovedSetup), approved
        return approved

    def amplitude(self, setup: ApprovedSetup, amplitude_ma: str, last_ma: str = "0") -> ApprovedAmplitude:
        ladder = Ladder(Milliamps(D(last_ma)), Milliamps(D(last_ma)))
        approved = self.envelope.approve_amplitude(setup, Milliamps(D(amplitude_ma)), ladder, self.sweep, **self.here)
        assert isinstance(approved, ApprovedAmplitude), approved
        return approved

    def program(self, slot: int, base_revision: int, **changes: Any) -> ApprovedProgram:
        left = SideProgram(Electrodes.parse("-L1+L2"), Milliamps(D("1.5")), Microseconds(D(214)))
        right = SideProgram(Electrodes.parse("-R1+case"), Milliamps(D("2.0")), Microseconds(D(200)))
        times = (Seconds(D(2)), Seconds(D(2)), Seconds(D(10)), Seconds(D(20)), Minutes(D(30)))
        program = replace(Program(left, right, Hertz(D("12.5")), *times, D(2)), **changes)
        approved = self.envelope.approve(program, slot=slot, base_revision=base_revision, sweep=self.sweep or self.measure(), **self.here)
        assert isinstance(approved, ApprovedProgram), approved
        return approved

    @abstractmethod
    def begin_measuring(self) -> None:
        """Send the request to measure a pair on the left, and do not wait for its end."""

    @abstractmethod
    def start_therapy(self) -> None:
        """Start a session of the active program."""

    def pass_time(self, dt_s: float) -> None:
        """Virtual: at once. Wall: until the emulator has lived through it."""
        clock = self.device.link.clock
        if clock.virtual:
            clock.sleep(dt_s)
        else:
            end_s = clock.now_s() + dt_s
            until(lambda: clock.now_s() >= end_s, dt_s + 5)

    def started(self, side: Side = Side.LEFT, duration_s: str = "0.4") -> None:
        """Armed, 0.5 mA, and flowing."""
        setup = self.setup(side)
        self.device.arm(setup)
        self.device.set_amplitude(self.amplitude(setup, "0.5"))
        self.device.burst((side,), D(duration_s))


class StimulatorContract:
    """Inherit it, and provide the fixture `bed`."""

    # reading

    def test_it_says_who_it_is(self, bed: Bedside) -> None:
        who = bed.device.identity
        hello = bed.bench.ask({"cmd": "hello"})
        assert (who.model, who.serial) == (hello["model"], hello["serial"])
        assert who.claims_emulator and who.protocol_known and who.boot_count >= 1

    def test_its_capabilities_are_those_of_the_document(self, bed: Bedside) -> None:
        can = bed.device.capabilities
        assert (can.amplitude_ma.maximum, can.amplitude_ma.step, can.step_limit_ma) == (D(10), D("0.1"), D("0.5"))
        assert (can.rate_hz.minimum, can.rate_hz.maximum, can.rate_hz.step) == (D(1), D(50), D("0.1"))
        assert (can.contact_area_cm2, can.compliance_v, can.slots) == (D("0.1225"), D(9), 4)
        assert (can.lease_s, can.run_on_bound_s) == (D("0.8"), D(1))
        assert (can.impedance_test_ma, can.impedance_test_us) == (D("0.2"), D(100))

    def test_reading_changes_nothing(self, bed: Bedside) -> None:
        before = state_of(bed.bench)
        bed.tape.clear()
        for _ in range(2):
            assert bed.device.status().output is Output.OFF
            bed.device.battery()
            bed.device.patient_key_hash()
            bed.device.line_health()
            for slot in range(bed.device.capabilities.slots):
                bed.device.stored(slot)
            for log in ("therapy", "events", "impedance"):
                bed.device.read_log(log, 1)
        classes = {REQUESTS[opcode].CLASS for opcode in bed.tape.opcodes()}
        assert classes <= {RequestClass.OPEN, RequestClass.READ}
        after = state_of(bed.bench)
        unchanged = ("output_state", "armed_channels", "boot_count", "link_session", "memory_writes", "changes")
        assert {name: after[name] for name in unchanged} == {name: before[name] for name in unchanged}

    def test_its_battery_is_the_emulators(self, bed: Bedside) -> None:
        bed.bench.ask({"cmd": "battery", "set": {"percent": 60}})
        battery = bed.device.battery()
        bed.bench.ask({"cmd": "battery", "set": {"percent": 80}})
        assert abs(battery.percent - 60) <= 1
        assert D(3) < battery.voltage_v < D(5) and not battery.charging

    def test_its_status_is_the_emulators(self, bed: Bedside) -> None:
        status, state = bed.device.status(), state_of(bed.bench)
        assert (status.boot_count, status.link_session) == (state["boot_count"], state["link_session"])
        assert status.setpoint_ma == status.output_ma == {Side.LEFT: D(0), Side.RIGHT: D(0)}
        assert status.armed == () and status.lease_remaining_s == 0

    # impedance

    def test_pairs_are_measured_in_the_order_asked_and_within_the_stated_bounds(self, bed: Bedside) -> None:
        pairs = tuple(combinations(CONTACTS_OF[Side.RIGHT], 2)) + tuple(product(CONTACTS_OF[Side.LEFT], (Contact.CASE,))) * 3
        before = len(bed.truth.changes)
        report = bed.device.measure(pairs)
        assert [(r.first, r.second) for r in report.readings] == list(pairs)
        assert all(r.impedance_ohm is not None and 300 < r.impedance_ohm < 1_600 for r in report.readings)
        flowed = bed.truth.changes[before:]
        assert max(change["amplitude_ua"] for change in flowed) <= float(report.test_ma) * 1000
        assert {change["width_us"] for change in flowed} == {int(report.test_us)}
        assert bed.truth.off

    def test_nothing_is_measured_while_something_is_armed(self, bed: Bedside) -> None:
        bed.device.arm(bed.setup())
        with pytest.raises(DeviceRefused):
            bed.device.measure(LEFT_PAIR)

    # test stimulation

    def test_arming_lets_nothing_flow(self, bed: Bedside) -> None:
        setup = bed.setup(Side.RIGHT)
        before = len(bed.truth.changes)
        assert bed.device.arm(setup) == setup.setup
        status = bed.device.status()
        assert (status.output, status.armed) == (Output.ARMED, (Side.RIGHT,))
        assert 0 < status.lease_remaining_s <= D("0.8")
        assert len(bed.truth.changes) == before

    def test_a_burst_flows_at_the_set_point_and_ends_by_itself(self, bed: Bedside) -> None:
        setup = bed.setup()
        bed.device.arm(setup)
        before = len(bed.truth.changes)
        assert bed.device.set_amplitude(bed.amplitude(setup, "0.5")) == D("0.5")
        assert bed.device.burst((Side.LEFT,), D("0.2")) is Output.TEST_ON
        bed.pass_time(0.25)
        assert bed.device.status().output is Output.ARMED
        flowed = bed.truth.changes[before:]
        assert [(c["channel"], c["amplitude_ua"], c["cause"]) for c in flowed] == [(0, 500.0, "burst"), (0, 0.0, "burst-done")]
        assert flowed[1]["t_s"] - flowed[0]["t_s"] == pytest.approx(0.2, abs=1e-3)
        assert flowed[0]["width_us"] == 214 and flowed[0]["rate_mhz"] == 20_000
        assert bed.device.disarm((Side.LEFT,)) is Output.OFF

    def test_the_set_point_may_move_while_it_flows(self, bed: Bedside) -> None:
        setup = bed.setup()
        bed.device.arm(setup)
        bed.device.set_amplitude(bed.amplitude(setup, "0.3"))
        bed.device.burst((Side.LEFT,), D("0.4"))
        bed.device.set_amplitude(bed.amplitude(setup, "0.5", "0.3"))
        assert bed.device.status().setpoint_ma[Side.LEFT] == D("0.5")
        assert bed.truth.flowing()[0] == 500.0

    def test_a_step_beyond_the_devices_own_limit_is_refused_and_changes_nothing(self, bed: Bedside) -> None:
        setup = bed.setup()
        bed.device.arm(setup)
        with pytest.raises(DeviceRefused) as refused:
            bed.device.set_amplitude(bed.amplitude(setup, "0.9", "0.5"))
        assert (refused.value.reason, refused.value.limit, refused.value.value) == ("STEP_TOO_LARGE", 500, 900)
        assert bed.device.status().setpoint_ma[Side.LEFT] == 0

    def test_disarming_ends_a_burst_at_once(self, bed: Bedside) -> None:
        bed.started(duration_s="5")
        assert bed.truth.flowing()[0] == 500.0
        assert bed.device.disarm((Side.LEFT,)) is Output.OFF
        assert bed.truth.off and bed.device.status().armed == ()

    def test_a_heartbeat_renews_the_lease(self, bed: Bedside) -> None:
        bed.device.arm(bed.setup())
        bed.pass_time(0.3)
        beat = bed.device.heartbeat()
        assert beat.lease_remaining_s > D("0.75") and beat.output is Output.ARMED

    def test_without_heartbeats_output_ends_with_the_lease(self, bed: Bedside) -> None:
        bed.started(duration_s="5")
        armed_s = bed.truth.bursts()[-1]["t_s"]
        bed.pass_time(0.9)
        truth = bed.truth
        assert truth.off
        assert truth.last_on_s() - armed_s <= 0.81
        assert truth.changes[-1]["cause"] == "lease-expired"

    # STOP, from every state

    @pytest.mark.parametrize("state", ["off", "armed", "test on", "both on", "measuring", "therapy on", "after stop"])
    def test_stop_works_from_every_state(self, bed: Bedside, state: str) -> None:
        ended: tuple[Side, ...] = ()
        match state:
            case "armed":
                bed.device.arm(bed.setup())
                ended = (Side.LEFT,)
            case "test on":
                bed.started(duration_s="5")
                ended = (Side.LEFT,)
            case "both on":
                left, right = bed.setup(), bed.setup(Side.RIGHT)
                for setup in (left, right):
                    bed.device.arm(setup)
                    bed.device.set_amplitude(bed.amplitude(setup, "0.5"))
                bed.device.burst((Side.LEFT, Side.RIGHT), D(5))
                ended = (Side.LEFT, Side.RIGHT)
            case "measuring":
                bed.begin_measuring()
                ended = (Side.LEFT,)
            case "therapy on":
                self.therapy(bed)
                ended = (Side.LEFT, Side.RIGHT)
            case "after stop":
                bed.device.stop()
        stopped = bed.device.stop()
        assert stopped is not None
        assert stopped.output is Output.OFF and stopped.ended == ended
        assert bed.device.status().output is Output.OFF
        assert bed.truth.off and state_of(bed.bench)["armed_channels"] == 0

    @staticmethod
    def therapy(bed: Bedside) -> None:
        held = bed.device.stored(1)
        stored = bed.device.write(bed.program(1, held.revision))
        bed.device.activate(stored)
        bed.start_therapy()
        assert bed.device.status().output is Output.THERAPY_ON

    def test_what_was_sent_before_a_stop_does_nothing_after_it(self, bed: Bedside) -> None:
        setup = bed.setup()
        bed.device.arm(setup)
        old, half = bed.link_session, bed.amplitude(setup, "0.5")
        bed.device.stop()
        with pytest.raises(Superseded):
            bed.device.set_amplitude(half)
        bed.device.resume_link()
        assert bed.link_session != old
        with pytest.raises(DeviceRefused):
            bed.device.burst((Side.LEFT,), D("0.2"))
        assert bed.truth.off

    def test_a_stop_leaves_schedule_and_programs_as_they_were(self, bed: Bedside) -> None:
        held = bed.device.stored(2)
        stored = bed.device.write(bed.program(2, held.revision))
        bed.device.activate(stored)
        assert bed.device.set_schedule(True) is True
        bed.device.stop()
        status = bed.device.status()
        assert status.schedule_enabled and status.active_slot == 2
        bed.device.resume_link()
        assert bed.device.stored(2).program == stored.program
        assert bed.device.set_schedule(False) is False

    # programs

    def test_a_program_is_written_read_back_and_activated(self, bed: Bedside) -> None:
        held = bed.device.stored(3)
        approved = bed.program(3, held.revision)
        stored = bed.device.write(approved)
        assert stored.program == approved.program and stored.problem is None
        assert stored.revision == held.revision + 1
        bed.device.activate(stored)
        again = bed.device.stored(3)
        assert again.active and again == replace(stored, active=True)
        status = bed.device.status()
        assert (status.active_slot, status.active_crc, status.active_revision) == (3, stored.crc, stored.revision)

    def test_the_preview_is_what_is_sent(self, bed: Bedside) -> None:
        approved = bed.program(0, bed.device.stored(0).revision)
        bed.tape.clear()
        previews = bed.device.preview(approved.program, approved.slot, approved.base_revision)
        assert not bed.tape.entries, "a preview sends nothing"
        bed.device.write(approved)
        sent = b"".join(data for _, way, data in bed.tape.entries if way == ">")
        assert sent.startswith(b"".join(bytes.fromhex(preview.wire_hex) for preview in previews))
        assert [preview.command for preview in previews] == [opcode.name for opcode in bed.tape.opcodes()][: len(previews)]
        assert "COMMIT" in {preview.command for preview in previews}

    def test_a_write_over_an_older_revision_is_refused_and_changes_nothing(self, bed: Bedside) -> None:
        first = bed.device.stored(0)
        stored = bed.device.write(bed.program(0, first.revision))
        with pytest.raises(DeviceRefused) as refused:
            bed.device.write(bed.program(0, first.revision, rate_hz=Hertz(D(30))))
        assert refused.value.reason == "STALE_REVISION"
        assert bed.device.stored(0).program == stored.program

    def test_activating_something_else_than_was_read_is_refused(self, bed: Bedside) -> None:
        stored = bed.device.write(bed.program(0, bed.device.stored(0).revision))
        before = bed.device.status()
        with pytest.raises(DeviceRefused):
            bed.device.activate(replace(stored, crc=stored.crc ^ 1))
        assert bed.device.status().active_slot == before.active_slot

    def test_a_slot_that_does_not_exist_is_refused(self, bed: Bedside) -> None:
        with pytest.raises(DeviceRefused):
            bed.device.stored(bed.device.capabilities.slots)

    # logs

    def test_the_logs_tell_what_was_done(self, bed: Bedside) -> None:
        bed.started(duration_s="0.1")
        bed.pass_time(0.15)
        bed.device.disarm((Side.LEFT,))
        rows = []
        cursor = 1
        while True:
            page = bed.device.read_log("events", cursor)
            rows += page.rows
            cursor = page.next_cursor
            if cursor > page.newest:
                break
        assert [row.number for row in rows] == list(range(1, len(rows) + 1))
        assert {"boot", "armed", "burst", "output ended"} <= {row.what for row in rows}
        assert page.lost == 0

    def test_a_log_read_beyond_its_end_is_empty(self, bed: Bedside) -> None:
        page = bed.device.read_log("events", 1_000_000)
        assert page.rows == () and page.lost == 0

    # the end

    def test_a_closed_device_is_lost_and_closing_again_is_harmless(self, bed: Bedside) -> None:
        device: Stimulator = bed.device
        device.close()
        device.close()
        with pytest.raises(LinkLost):
            device.status()
