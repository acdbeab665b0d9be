"""RN-1's driver: the contract on each port, and what it does when the device behind it is strange."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from rnprog.device.bench import Bench
from rnprog.device.errors import DeviceRefused, LinkLost, MeasuredTooStrongly, NoAnswer, ProtocolMismatch, ReadBackDiffers
from rnprog.device.link import Link
from rnprog.device.registry import connect
from rnprog.protocol import messages as m
from rnprog.protocol.image import image_crc
from rnprog.protocol.opcodes import Opcode
from rnprog.therapy.contacts import Side
from tests.device.contract import LEFT_PAIR, Bedside, StimulatorContract
from tests.device.rig import Emulator, Rig, Tape, altered, rigged, state_of, strange, until

D = Decimal


class Rn1Bedside(Bedside):
    def start_therapy(self) -> None:
        """No programmer's button does this yet; the schedule does, and a tester."""
        self.device._exchange.ask(m.StartTherapy())

    def begin_measuring(self) -> None:
        self.device.link.write(self.device._exchange.connection.send(m.MeasureImpedance((m.Pair(1, 2),) * 16)).data)
        until(lambda: state_of(self.bench)["output_state"] == "MEASURING", 5)


@pytest.fixture(scope="module", params=["emu", "tcp", "pty"])
def place(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where the device is: in this process, or behind one of the two ports of another."""
    if request.param == "emu":
        yield "emu://"
        return
    running = Emulator("--tcp", "127.0.0.1:0") if request.param == "tcp" else Emulator("--pty")
    yield running.url
    running.end()


def bedside(url: str) -> Iterator[Rn1Bedside]:
    tape = Tape()
    link = Link(url, trace=tape)
    try:
        bench = Bench(link)
        bed = Rn1Bedside(connect(link), bench, tape)
        yield bed
        if link.lost is None:
            bed.fault("")
            bed.device.stop()
        bench.close()
    finally:
        link.close()


@pytest.fixture
def bed(place: str) -> Iterator[Rn1Bedside]:
    yield from bedside(place)


class TestRn1(StimulatorContract):
    pass


@pytest.fixture
def odd() -> Iterator[Rn1Bedside]:
    """A device in this process, to be made strange."""
    yield from bedside("emu://")


def make_strange(bed: Bedside, opcode: Opcode, kind: type[m.Message], **changes: object) -> None:
    strange(bed.device.link, {opcode: altered(kind, **changes)})


def test_a_device_that_arms_something_else_differs(odd: Rn1Bedside) -> None:
    setup = odd.setup()
    make_strange(odd, Opcode.ARM, m.ArmReply, width_us=300)
    with pytest.raises(ReadBackDiffers) as differs:
        odd.device.arm(setup)
    assert "300" in differs.value.read and "214" in differs.value.written


def test_a_device_that_holds_another_amplitude_differs(odd: Rn1Bedside) -> None:
    setup = odd.setup()
    odd.device.arm(setup)
    make_strange(odd, Opcode.SET_AMPLITUDE, m.SetAmplitudeReply, amplitude_ua=600)
    with pytest.raises(ReadBackDiffers, match=r"0\.6 mA instead of 0\.5 mA"):
        odd.device.set_amplitude(odd.amplitude(setup, "0.5"))


def test_a_device_that_answers_for_the_other_side_differs(odd: Rn1Bedside) -> None:
    setup = odd.setup()
    odd.device.arm(setup)
    make_strange(odd, Opcode.SET_AMPLITUDE, m.SetAmplitudeReply, channel=1)
    with pytest.raises((ReadBackDiffers, ProtocolMismatch)):
        odd.device.set_amplitude(odd.amplitude(setup, "0.5"))


@pytest.mark.parametrize(
    "changes, step",
    [
        ({"armed_channels": 0}, "arm"),
        ({"left_setpoint_ua": 300}, "arm"),
        ({"left_setpoint_ua": 0}, "amplitude"),
        ({"output_state": 1}, "burst"),
        ({"armed_channels": 1}, "disarm"),
        ({"schedule_enabled": 0}, "schedule"),
    ],
)
def test_an_answer_without_an_effect_is_not_believed(odd: Rn1Bedside, changes: dict[str, int], step: str) -> None:
    """The device says done; its status says otherwise."""
    setup = odd.setup()
    half = odd.amplitude(setup, "0.5")
    steps = {
        "arm": lambda: odd.device.arm(setup),
        "amplitude": lambda: odd.device.set_amplitude(half),
        "burst": lambda: odd.device.burst((Side.LEFT,), D("0.4")),
        "disarm": lambda: odd.device.disarm((Side.LEFT,)),
        "schedule": lambda: odd.device.set_schedule(True),
    }
    for name, act in steps.items():
        if name == step:
            make_strange(odd, Opcode.STATUS, m.StatusReply, **changes)
            with pytest.raises(ReadBackDiffers):
                act()
            return
        act()


def test_a_device_that_measured_other_contacts_is_not_believed(odd: Rn1Bedside) -> None:
    make_strange(odd, Opcode.IMPEDANCE, m.MeasureImpedanceReply, readings=(m.PairReading(0, 3, 0, 100, 500),))
    with pytest.raises(NoAnswer, match="other contacts") as open_:
        odd.device.measure(LEFT_PAIR)
    assert open_.value.pending is not None and open_.value.pending.command == "IMPEDANCE", "it has measured: that is for a read to settle"


def test_a_measurement_tells_the_current_that_was_used(odd: Rn1Bedside) -> None:
    """What flowed through a person is what the answer says, not what the description promised."""
    make_strange(odd, Opcode.IMPEDANCE, m.MeasureImpedanceReply, test_current_ua=400)
    with pytest.raises(MeasuredTooStrongly) as strong:
        odd.device.measure(LEFT_PAIR)
    assert (strong.value.test_ma, strong.value.test_us, strong.value.pairs, strong.value.output) == (D("0.4"), D(100), 1, "off")


def test_an_unknown_output_state_is_never_shown_as_off(odd: Rn1Bedside) -> None:
    make_strange(odd, Opcode.STATUS, m.StatusReply, output_state=9)
    with pytest.raises(ProtocolMismatch):
        odd.device.status()


def test_a_slot_with_another_content_than_its_checksum_is_a_problem_and_no_program(odd: Rn1Bedside) -> None:
    odd.device.write(odd.program(0, 0))
    make_strange(odd, Opcode.SLOT_INFO, m.SlotInfoReply, crc=12345)
    stored = odd.device.stored(0)
    assert stored.program is None and "checksum" in (stored.problem or "")


def test_a_damaged_and_an_empty_slot_say_so(odd: Rn1Bedside) -> None:
    assert odd.device.stored(0).problem == "empty"
    odd.device.write(odd.program(0, 0))
    make_strange(odd, Opcode.SLOT_INFO, m.SlotInfoReply, state=2)
    stored = odd.device.stored(0)
    assert stored.program is None and stored.problem == "damaged"


def test_a_slot_that_claims_a_huge_length_ends(odd: Rn1Bedside) -> None:
    odd.device.write(odd.program(0, 0))
    make_strange(odd, Opcode.SLOT_INFO, m.SlotInfoReply, length=60_000)
    with pytest.raises((ProtocolMismatch, DeviceRefused)):
        odd.device.stored(0)


def test_a_slot_with_an_odd_session_length_is_a_problem_and_no_exception(odd: Rn1Bedside) -> None:
    """The programmer cannot write such a program; another one could."""
    odd.device.write(odd.program(0, 0))
    image = odd.device._slot_bytes(0, 48)
    changed = image[:44] + (90).to_bytes(2, "little") + image[46:]
    changes = {
        Opcode.SLOT_INFO: altered(m.SlotInfoReply, crc=image_crc(changed)),
        Opcode.SLOT_READ: altered(m.ReadSlotReply, data=changed),
    }
    strange(odd.device.link, changes)
    stored = odd.device.stored(0)
    assert stored.program is None and "90 s" in (stored.problem or "")


def test_a_slot_with_contacts_that_no_lead_has_is_a_problem(odd: Rn1Bedside) -> None:
    odd.device.write(odd.program(0, 0))
    image = odd.device._slot_bytes(0, 48)
    changed = image[:4] + b"\x00\x80" + image[6:]
    changes = {
        Opcode.SLOT_INFO: altered(m.SlotInfoReply, crc=image_crc(changed)),
        Opcode.SLOT_READ: altered(m.ReadSlotReply, data=changed),
    }
    strange(odd.device.link, changes)
    assert "no lead has" in (odd.device.stored(0).problem or "")


def test_a_device_that_begins_another_burst_differs(odd: Rn1Bedside) -> None:
    setup = odd.setup()
    odd.device.arm(setup)
    make_strange(odd, Opcode.BURST, m.BurstReply, duration_ms=60_000)
    with pytest.raises(ReadBackDiffers):
        odd.device.burst((Side.LEFT,), D("0.2"))


def test_a_device_that_does_not_let_go_differs(odd: Rn1Bedside) -> None:
    odd.device.arm(odd.setup())
    make_strange(odd, Opcode.DISARM, m.DisarmReply, armed_channels=1)
    with pytest.raises(ReadBackDiffers):
        odd.device.disarm((Side.LEFT,))


def test_a_schedule_that_does_not_take_differs(odd: Rn1Bedside) -> None:
    make_strange(odd, Opcode.SCHEDULE_SET, m.SetScheduleReply, enabled=0)
    with pytest.raises(ReadBackDiffers):
        odd.device.set_schedule(True)


def test_a_read_back_with_another_program_differs(odd: Rn1Bedside) -> None:
    approved = odd.program(0, 0)
    make_strange(odd, Opcode.SLOT_INFO, m.SlotInfoReply, revision=7)
    with pytest.raises(ReadBackDiffers):
        odd.device.write(approved)


@pytest.mark.parametrize("way", ["silence", "reset", "unplugged"])
def test_a_commit_that_cannot_be_read_back_stays_open(odd: Rn1Bedside, way: str) -> None:
    """It was sent and accepted, so it is neither refused nor done: the commit is what is pending."""
    approved = odd.program(0, 0)
    spec = {"silence": "half-open@4", "reset": "reset@4", "unplugged": "unplug@4"}[way]
    odd.fault(spec)
    with pytest.raises((NoAnswer, LinkLost)) as open_end:
        odd.device.write(approved)
    assert open_end.value.pending is not None and open_end.value.pending.command == "COMMIT"


def test_an_activation_that_cannot_be_read_back_stays_open(odd: Rn1Bedside) -> None:
    stored = odd.device.write(odd.program(0, 0))
    odd.fault("half-open@2")
    with pytest.raises(NoAnswer) as open_end:
        odd.device.activate(stored)
    assert open_end.value.pending is not None and open_end.value.pending.command == "ACTIVATE"


def test_an_activation_of_another_slot_differs(odd: Rn1Bedside) -> None:
    stored = odd.device.write(odd.program(0, 0))
    make_strange(odd, Opcode.STATUS, m.StatusReply, active_slot=3)
    with pytest.raises(ReadBackDiffers, match="slot 3"):
        odd.device.activate(stored)


def test_the_status_after_a_reset_is_read_outside_the_ended_session(odd: Rn1Bedside) -> None:
    """docs/protocol.md, 9.7, case C: refused STALE_LINK, then asked again without a session."""
    before = odd.device.status()
    odd.bench.ask({"cmd": "reset"})
    status = odd.device.status()
    assert status.boot_count == before.boot_count + 1 and status.link_session == 0
    odd.device.resume_link()
    assert odd.device.status().link_session != 0


@pytest.mark.parametrize("seed", range(6))
def test_one_damaged_frame_of_a_long_log_costs_a_repetition_and_no_entries(seed: int) -> None:
    """Wherever the damage falls: in the first frame, in the middle, in the last."""
    with rigged(f"emu://?seed={seed}") as rig:
        fill_log(rig)
        whole = rig.device.read_log("events", 1)
        rig.fault("corrupt-reply=LOG_READ@1")
        assert rig.device.read_log("events", 1) == whole
        assert len(whole.rows) > 100


def fill_log(rig: Rig) -> None:
    for _ in range(60):
        rig.device._exchange.ask(m.SetClock(1_767_603_600_000))
        rig.device._exchange.ask(m.SetClock(1_767_603_700_000))


def test_a_patient_key_that_is_not_there_is_none(odd: Rn1Bedside) -> None:
    assert odd.device.patient_key_hash() is None
    odd.device._exchange.ask(m.WritePatientKey(bytes(range(16))))
    assert odd.device.patient_key_hash() == bytes(range(16))
    assert odd.device.clock_unix_s() > 1_700_000_000


def test_disarming_both_sides_at_once(odd: Rn1Bedside) -> None:
    odd.device.arm(odd.setup())
    odd.device.arm(odd.setup(Side.RIGHT))
    odd.device.disarm((Side.LEFT, Side.RIGHT))
    assert odd.device.status().armed == ()
