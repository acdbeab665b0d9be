"""Where RN-1's wire and medicine meet: uA and mA, masks and contacts, images and programs. Exact in both directions, or an error.

Units are multiplied, never rounded; a value the wire cannot hold exactly raises UnitError. Values a device holds outside any envelope
are translated as they are (reading is total); only bytes that are no program at all raise ProtocolMismatch.
"""

from __future__ import annotations

from decimal import Decimal

from rnprog.device.api import Battery, Beat, CommandTrace, DeviceFlag, DeviceStatus, Identity, Output
from rnprog.device.errors import ProtocolMismatch
from rnprog.protocol.messages import (
    Arm,
    ArmReply,
    BatteryReply,
    Burst,
    CapabilitiesReply,
    HeartbeatReply,
    IdentifyReply,
    PairReading,
    SetAmplitude,
    StatusReply,
)
from rnprog.protocol.opcodes import (
    NO_SLOT,
    VERSION,
    BatteryFlag,
    ImpedanceFlag,
    Opcode,
    OutputState,
    RefusalCode,
    StatusFlag,
)
from rnprog.therapy.capabilities import Capabilities
from rnprog.therapy.contacts import Contact, Electrodes, Side
from rnprog.therapy.envelope import TestSetup
from rnprog.therapy.grid import Range
from rnprog.therapy.impedance import ImpedanceReading
from rnprog.therapy.units import Hertz, Microseconds, Milliamps, Minutes, Seconds, to_integer

_CONTACTS = tuple(Contact)
"""In the order of the wire: L0-L3, R0-R3, case."""
_SIDES = (Side.LEFT, Side.RIGHT)
_OUTPUTS = {state: Output[state.name] for state in OutputState}
_FLAGS = {bit: DeviceFlag[bit.name] for bit in StatusFlag if bit.name}
_CM2 = Decimal("1e-8")
"""cm2 per um2."""


def milliamps(amplitude_ua: int) -> Milliamps:
    """uA on the wire to mA."""
    return Milliamps(Decimal(amplitude_ua) / 1000)


def seconds(ms: int) -> Seconds:
    """ms on the wire to s."""
    return Seconds(Decimal(ms) / 1000)


def channel_of(side: Side) -> int:
    """0 left, 1 right."""
    return _SIDES.index(side)


def channels_mask(sides: tuple[Side, ...]) -> int:
    """Bit 0 left, bit 1 right."""
    return sum(1 << channel_of(side) for side in set(sides))


def sides_of(mask: int) -> tuple[Side, ...]:
    """The sides of a channel mask."""
    return tuple(side for side in _SIDES if mask & 1 << channel_of(side))


def contact_number(contact: Contact) -> int:
    """0-7, 8 the case."""
    return _CONTACTS.index(contact)


def contact_mask(contacts: frozenset[Contact]) -> int:
    """One bit per contact."""
    return sum(1 << contact_number(contact) for contact in contacts)


def contacts_of(mask: int) -> frozenset[Contact]:
    """The contacts of a mask; bits beyond the case are ProtocolMismatch."""
    if mask >> len(_CONTACTS):
        raise ProtocolMismatch(f"The device names contacts that no lead has (mask 0x{mask:04x}).")
    return frozenset(contact for contact in _CONTACTS if mask & 1 << contact_number(contact))


def identity(reply: IdentifyReply) -> Identity:
    """Who it says it is."""
    return Identity(
        model=reply.model,
        serial=reply.serial,
        firmware=f"{reply.firmware_major}.{reply.firmware_minor}.{reply.firmware_patch}",
        hardware=reply.hardware,
        boot_count=reply.boot_count,
        claims_emulator=bool(reply.flags & 1),
        protocol_known=reply.version_min <= VERSION <= reply.version_max,
    )


def capabilities(model: str, reply: CapabilitiesReply) -> Capabilities:
    """Ranges in the units of medicine. ProtocolMismatch for a description that cannot be right."""
    try:
        return _capabilities(model, reply)
    except ValueError as error:  # what `therapy` says of ranges and numbers that contradict each other
        raise ProtocolMismatch(str(error)) from error


def _capabilities(model: str, r: CapabilitiesReply) -> Capabilities:
    return Capabilities(
        model=model,
        amplitude_ma=Range(Decimal(0), milliamps(r.amplitude_max_ua), milliamps(r.amplitude_step_ua)),
        pulse_width_us=Range(Decimal(r.width_min_us), Decimal(r.width_max_us), Decimal(r.width_step_us)),
        rate_hz=Range(seconds(r.rate_min_mhz), seconds(r.rate_max_mhz), seconds(r.rate_step_mhz)),
        ramp_s=Range(Decimal(0), seconds(r.ramp_max_ms), seconds(r.ramp_step_ms)),
        on_s=Range(seconds(r.on_min_ms), seconds(r.on_max_ms), seconds(r.on_step_ms)),
        off_s=Range(Decimal(0), seconds(r.off_max_ms), seconds(r.off_step_ms)),
        session_min=Range(minutes(r.session_min_s), minutes(r.session_max_s), minutes(r.session_step_s)),
        sessions_per_day=Range(Decimal(0), Decimal(r.sessions_per_day_max), Decimal(1)),
        step_limit_ma=milliamps(r.step_limit_ua),
        leads=_SIDES[: r.leads],
        contacts_per_lead=r.contacts_per_lead,
        contact_area_cm2=r.contact_area_um2 * _CM2,
        case_area_cm2=r.case_area_um2 * _CM2,
        compliance_v=Decimal(r.compliance_mv) / 1000,
        interphase_gap_us=r.interphase_gap_us,
        charge_density_limit_uc_cm2=Decimal(r.density_limit_nc_cm2) / 1000,
        slots=r.slots,
        lease_s=seconds(r.lease_ms) if r.lease_ms else None,
        run_on_bound_s=seconds(r.run_on_bound_ms),
        impedance_test_ma=milliamps(r.impedance_current_ua),
        impedance_test_us=Decimal(r.impedance_width_us),
        impedance_min_ohm=r.impedance_min_ohm,
        impedance_max_ohm=r.impedance_max_ohm,
    )


def minutes(session_s: int) -> Minutes:
    """Seconds on the wire to whole minutes; ProtocolMismatch for anything else."""
    if session_s % 60:
        raise ProtocolMismatch(f"The device holds a session length of {session_s} s, which is not a whole number of minutes.")
    return Minutes(Decimal(session_s) / 60)


def status(reply: StatusReply) -> DeviceStatus:
    """A reading of the state. ProtocolMismatch for an output state this version does not know."""
    active = None if reply.active_slot == NO_SLOT else reply.active_slot
    return DeviceStatus(
        output=output(reply.output_state),
        armed=sides_of(reply.armed_channels),
        setpoint_ma={Side.LEFT: milliamps(reply.left_setpoint_ua), Side.RIGHT: milliamps(reply.right_setpoint_ua)},
        output_ma={Side.LEFT: milliamps(reply.left_output_ua), Side.RIGHT: milliamps(reply.right_output_ua)},
        lease_remaining_s=seconds(reply.lease_remaining_ms),
        flags=flags(reply.flags),
        active_slot=active,
        active_crc=None if active is None else reply.active_crc,
        active_revision=None if active is None else reply.active_revision,
        schedule_enabled=bool(reply.schedule_enabled),
        dropped_events=reply.dropped_events,
        uptime_s=seconds(reply.uptime_ms),
        boot_count=reply.boot_count,
        link_session=reply.link_session,
        last_command=_trace(reply),
    )


def _trace(reply: StatusReply) -> CommandTrace:
    opcode, result = reply.last_command_opcode, reply.last_command_result
    command = Opcode(opcode).name if opcode in Opcode._value2member_map_ else "none" if not opcode else f"opcode {opcode}"
    known = result in RefusalCode._value2member_map_
    return CommandTrace(reply.last_command_sequence, command, RefusalCode(result).name.lower() if known else f"code {result}")


def output(state: int) -> Output:
    """The output state; ProtocolMismatch when unknown, because an unknown state must not be shown as OFF."""
    if state not in OutputState._value2member_map_:
        raise ProtocolMismatch(f"The device reports an output state that this version does not know ({state}).")
    return _OUTPUTS[OutputState(state)]


def flags(bits: int) -> frozenset[DeviceFlag]:
    """Flags by name; bits without a name are ignored, as the document asks."""
    return frozenset(flag for bit, flag in _FLAGS.items() if bits & bit)


def battery(reply: BatteryReply) -> Battery:
    """Battery now. ProtocolMismatch for a charge that cannot be: whatever else stands beside it is not to be believed either."""
    if reply.percent > 100:
        raise ProtocolMismatch(f"The device tells a battery charge of {reply.percent} %, which cannot be.")
    return Battery(
        voltage_v=Decimal(reply.voltage_mv) / 1000,
        percent=reply.percent,
        charging=bool(reply.flags & BatteryFlag.CHARGING),
        low=bool(reply.flags & BatteryFlag.LOW),
        end_of_service=bool(reply.flags & BatteryFlag.END_OF_SERVICE),
    )


def beat(reply: HeartbeatReply) -> Beat:
    """Answer to a heartbeat."""
    return Beat(
        lease_remaining_s=seconds(reply.lease_remaining_ms),
        output=output(reply.output_state),
        output_ma={Side.LEFT: milliamps(reply.left_output_ua), Side.RIGHT: milliamps(reply.right_output_ua)},
        flags=flags(reply.flags),
    )


def reading(pair: PairReading) -> ImpedanceReading:
    """One measured pair. Over range has no value, whatever the number on the wire."""
    over = bool(pair.flags & ImpedanceFlag.OVER_RANGE)
    return ImpedanceReading(
        first=_CONTACTS[pair.first],
        second=_CONTACTS[pair.second],
        impedance_ohm=None if over else pair.impedance_ohm,
        over_range=over,
        under_range=bool(pair.flags & ImpedanceFlag.UNDER_RANGE),
    )


def arm(setup: TestSetup) -> Arm:
    """The ARM request of a test set-up."""
    return Arm(
        channel=channel_of(setup.side),
        cathodes=contact_mask(setup.electrodes.cathodes),
        anodes=contact_mask(setup.electrodes.anodes),
        width_us=to_integer(setup.pulse_width_us, 1),
        rate_mhz=to_integer(setup.rate_hz, 1000),
        ramp_up_ms=to_integer(setup.ramp_up_s, 1000),
        ramp_down_ms=to_integer(setup.ramp_down_s, 1000),
    )


def set_amplitude(side: Side, amplitude_ma: Milliamps) -> SetAmplitude:
    """The SET_AMPLITUDE request of a side."""
    return SetAmplitude(channel_of(side), to_integer(amplitude_ma, 1000))


def burst(sides: tuple[Side, ...], duration_s: Decimal) -> Burst:
    """The BURST request for some sides."""
    return Burst(channels_mask(sides), to_integer(duration_s, 1000))


def setup_held(reply: ArmReply) -> TestSetup:
    """What the device holds after ARM."""
    return TestSetup(
        side=_SIDES[reply.channel],
        electrodes=Electrodes(contacts_of(reply.cathodes), contacts_of(reply.anodes)),
        pulse_width_us=Microseconds(Decimal(reply.width_us)),
        rate_hz=Hertz(seconds(reply.rate_mhz)),
        ramp_up_s=seconds(reply.ramp_up_ms),
        ramp_down_s=seconds(reply.ramp_down_ms),
    )
