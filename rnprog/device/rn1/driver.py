"""RN-1's driver: each promise of `Stimulator` as exchanges on the wire, each write read back. Units are translated in `translate.py`."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from rnprog.device.api import (
    ApprovedAmplitude,
    ApprovedProgram,
    ApprovedSetup,
    Battery,
    Beat,
    Contact,
    DeviceStatus,
    FramePreview,
    Identity,
    ImpedanceReport,
    LineHealth,
    LogPage,
    Notice,
    Output,
    Program,
    Side,
    Stopped,
    StoredProgram,
    TestSetup,
)
from rnprog.device.errors import DeviceRefused, LinkLost, NoAnswer, ProtocolMismatch, ReadBackDiffers, Superseded, WrongDevice
from rnprog.device.exchange import GLANCE_S, Exchange
from rnprog.device.link import Link
from rnprog.device.rn1 import impedance, logs, translate, translate_program
from rnprog.device.rn1.readback import differs
from rnprog.device.rn1.steps import CHUNK_BYTES, write_steps
from rnprog.protocol import messages as m
from rnprog.protocol.errors import PayloadError
from rnprog.protocol.fields import pack
from rnprog.protocol.frames import Frame, encode_frame
from rnprog.protocol.image import decode_image, encode_image, image_crc
from rnprog.protocol.messages import Request
from rnprog.protocol.opcodes import MAX_PAYLOAD, RefusalCode, SlotState

MODEL = "RN-1"
LOG_FRAMES = 16


class Rn1:
    """A connected RN-1. Made by `device.registry.connect`, which has read the identity."""

    def __init__(self, link: Link, exchange: Exchange, identity: Identity) -> None:
        self.link = link
        self.identity = identity
        self.notices: tuple[Notice, ...] = ()
        self.last_status: DeviceStatus | None = None
        self._exchange = exchange
        self.capabilities = translate.capabilities(identity.model, self._opened(m.ReadCapabilities()))

    def resume_link(self) -> None:
        """Open a new link session. Reads only; a session that another programmer holds ends with it."""
        self._opened(m.ReadStatus())

    def _opened(self, read: Request) -> Any:
        """The answer to a read in a new link session. The line may double LINK_OPEN, and the device then has one session more than its
        answer said; it is opened once more (docs/protocol.md, section 3)."""
        self._open()
        try:
            return self._exchange.ask(read)
        except DeviceRefused as error:
            if error.reason != RefusalCode.STALE_LINK.name:
                raise
        self._open()
        return self._exchange.ask(read)

    def _open(self) -> None:
        nonce = secrets.randbits(32)
        reply = self._exchange.ask(m.OpenLink(nonce, MAX_PAYLOAD))
        if reply.nonce != nonce:
            raise ProtocolMismatch("The device answered the opening of the link with another number than it was sent.")
        self._exchange.boot_count = reply.boot_count

    def status(self, *, glance: bool = False) -> DeviceStatus:
        """As `Stimulator.status`; in the link session when there is one."""
        try:
            reply = self._exchange.ask(m.ReadStatus(), once_within_s=GLANCE_S if glance else None)
        except DeviceRefused as error:
            if error.reason != RefusalCode.STALE_LINK.name:
                raise
            reply = self._exchange.ask(m.ReadStatus())  # now outside any session (docs/protocol.md, 9.7, case C)
        self.last_status = translate.status(reply)
        return self.last_status

    def battery(self) -> Battery:
        """Read the battery."""
        return translate.battery(self._exchange.ask(m.ReadBattery()))

    def clock_unix_s(self) -> Decimal:
        """Read the device's clock, seconds since 1970 UTC."""
        reply: m.ReadClockReply = self._exchange.ask(m.ReadClock())
        return Decimal(reply.unix_ms) / 1000

    def patient_key_hash(self) -> bytes | None:
        """The stored hash of the patient key; None when the device holds none."""
        reply: m.ReadPatientKeyReply = self._exchange.ask(m.ReadPatientKey())
        return reply.key_hash if any(reply.key_hash) else None

    def set_patient_key_hash(self, key_hash: bytes) -> bytes:
        """Store the hash of the patient key, read back. ReadBackDiffers when the device holds another one."""
        self._exchange.ask(m.WritePatientKey(key_hash))
        with self._reading_back():
            held = self.patient_key_hash() or b""
        if held != key_hash:
            raise ReadBackDiffers("The device holds another patient fingerprint than it was sent.", written=key_hash.hex(), read=held.hex())
        return held

    def measure(self, pairs: tuple[tuple[Contact, Contact], ...]) -> ImpedanceReport:
        """Measure pairs, at most 16 to a request, each request ending by itself in well under a second. MeasuredTooStrongly after the
        first request that drove more than the device declares."""
        return impedance.measure(self._exchange, self.capabilities, self.status, pairs)

    def arm(self, approved: ApprovedSetup) -> TestSetup:
        """Prepare a side at amplitude 0. ReadBackDiffers when the device holds another set-up than it was sent."""
        reply: m.ArmReply = self._exchange.ask(translate.arm(approved.setup))
        with self._reading_back():
            held = translate.setup_held(reply)
        if held != approved.setup:
            raise ReadBackDiffers("The device prepared other settings than it was sent.", written=str(approved.setup), read=str(held))
        status = self._read_back()
        if held.side not in status.armed or status.setpoint_ma[held.side]:
            read = f"armed {status.armed}, {status.setpoint_ma[held.side]} mA"
            raise self._differs("The device did not prepare the side at 0 mA.", status, str(approved.setup), read)
        return held

    def set_amplitude(self, approved: ApprovedAmplitude) -> Decimal:
        """Move the set-point; the mA the device holds. ReadBackDiffers when that is not what was sent."""
        reply: m.SetAmplitudeReply = self._exchange.ask(translate.set_amplitude(approved.setup.setup.side, approved.amplitude_ma))
        held = translate.milliamps(reply.amplitude_ua)
        if held != approved.amplitude_ma or reply.channel != translate.channel_of(approved.setup.setup.side):
            raise ReadBackDiffers(
                f"The device holds {held} mA instead of {approved.amplitude_ma} mA.",
                written=str(approved.amplitude_ma),
                read=str(held),
            )
        status = self._read_back()
        read = status.setpoint_ma[approved.setup.setup.side]
        if read != held:
            raise self._differs(f"The device answered that it holds {held} mA, and holds {read} mA.", status, str(held), str(read))
        return held

    def burst(self, sides: tuple[Side, ...], duration_s: Decimal) -> Output:
        """Let the set-points flow for a while; the output state right after the start."""
        asked = translate.burst(sides, duration_s)
        self._exchange.events.clear()
        reply: m.BurstReply = self._exchange.ask(asked)
        if (reply.channels, reply.duration_ms) != (asked.channels, asked.duration_ms):
            raise ReadBackDiffers("The device began another burst than it was asked for.", written=str(asked), read=str(reply))
        status = self._read_back()
        if status.output is not Output.TEST_ON and not self._exchange.burst_done:  # on a slow line it may be over already, and has said so
            raise self._differs("The device did not begin the burst.", status, str(asked), str(status.output))
        with self._reading_back():
            return translate.output(reply.output_state)

    def end_burst(self, sides: tuple[Side, ...]) -> Output:
        """It ends its bursts by itself: this only reads the output."""
        return self.status().output

    def disarm(self, sides: tuple[Side, ...]) -> Output:
        """Set sides to 0 and release them."""
        mask = translate.channels_mask(sides)
        reply: m.DisarmReply = self._exchange.ask(m.Disarm(mask))
        if reply.armed_channels & mask:
            raise ReadBackDiffers("The device did not release the side.", written="released", read=str(reply))
        still = set(self._read_back().armed) & set(sides)
        if still:
            raise ReadBackDiffers("The device did not release the side.", written="released", read=f"armed: {', '.join(sorted(still))}")
        with self._reading_back():
            return translate.output(reply.output_state)

    def heartbeat(self) -> Beat:
        """Renew the lease."""
        return translate.beat(self._exchange.ask(m.Heartbeat()))

    def stop(self) -> Stopped | None:
        """STOP, ahead of everything; None when it was not answered in 0.8 s, DeviceRefused when it was answered with refusals only."""
        reply = self._exchange.stop()
        if reply is None:
            return None
        ended = translate.sides_of(reply.ended_channels)
        return Stopped(translate.output(reply.output_state), ended, tells_ended=self._exchange.stops_sent == 1)

    def stored(self, slot: int) -> StoredProgram:
        """Read a slot and check its bytes against its CRC. Never fails for a strange program; `problem` says what is strange."""
        info: m.SlotInfoReply = self._exchange.ask(m.ReadSlotInfo(slot))
        active = bool(info.active)
        if info.state != SlotState.VALID:
            problem = "empty" if info.state == SlotState.EMPTY else "damaged"
            return StoredProgram(slot, None, info.crc, info.revision, active, problem)
        data = self._slot_bytes(slot, info.length)
        if image_crc(data) != info.crc:
            return StoredProgram(slot, None, info.crc, info.revision, active, "its bytes do not match its checksum")
        try:
            program = translate_program.program(decode_image(data))
        except (PayloadError, ProtocolMismatch) as error:
            return StoredProgram(slot, None, info.crc, info.revision, active, str(error))
        return StoredProgram(slot, program, info.crc, info.revision, active)

    def _slot_bytes(self, slot: int, length: int) -> bytes:
        data = b""
        while len(data) < length:
            wanted = min(CHUNK_BYTES, length - len(data))
            reply: m.ReadSlotReply = self._exchange.ask(m.ReadSlot(slot, len(data), wanted))
            if reply.offset != len(data) or len(reply.data) != wanted:
                raise ProtocolMismatch("The device sent another part of the program than it was asked for.")
            data += reply.data
        return data

    def write(self, approved: ApprovedProgram) -> StoredProgram:
        """Stage, validate, commit, read back. ReadBackDiffers when the slot then holds something else."""
        for step in write_steps(encode_image(translate_program.image(approved.program)), approved.slot, approved.base_revision):
            self._exchange.ask(step)
        with self._reading_back():
            held = self.stored(approved.slot)
        if held.program != approved.program or held.revision != approved.base_revision + 1:
            raise ReadBackDiffers(
                f"Slot {approved.slot} holds something else than what was written.",
                written=f"{approved.program} revision {approved.base_revision + 1}",
                read=f"{held.program} revision {held.revision} {held.problem or ''}",
            )
        return held

    def activate(self, stored: StoredProgram) -> StoredProgram:
        """Choose the slot the implant runs, by the CRC that was read from it; the slot as read then. ReadBackDiffers otherwise."""
        self._exchange.ask(m.Activate(stored.slot, stored.crc))
        status = self._read_back()
        if (status.active_slot, status.active_crc) != (stored.slot, stored.crc):
            raise ReadBackDiffers(
                f"The device runs slot {status.active_slot} instead of slot {stored.slot}.",
                written=f"slot {stored.slot} crc {stored.crc:08x}",
                read=f"slot {status.active_slot} crc {status.active_crc or 0:08x}",
            )
        with self._reading_back():
            return self.stored(stored.slot)

    def _differs(self, text: str, status: DeviceStatus, written: str, read: str) -> ReadBackDiffers:
        return differs(text, self._exchange.last_command, status, written=written, read=read)

    def _read_back(self) -> DeviceStatus:
        """What the device holds after a command: an answer alone may be a word without an effect."""
        with self._reading_back():
            return self.status()

    @contextmanager
    def _reading_back(self) -> Iterator[None]:
        """When the read that should confirm a command fails, the command stays open, to be settled by a later read."""
        try:
            yield
        except (NoAnswer, DeviceRefused, ProtocolMismatch) as error:
            raise NoAnswer(f"What the device holds now could not be read back. {error}", self._exchange.last_command) from error
        except (LinkLost, Superseded, WrongDevice) as error:
            raise type(error)(str(error), self._exchange.last_command) from error

    def set_schedule(self, enabled: bool) -> bool:
        """Enable or disable the scheduled sessions; what the device holds."""
        reply: m.SetScheduleReply = self._exchange.ask(m.SetSchedule(int(enabled)))
        if bool(reply.enabled) != enabled or self._read_back().schedule_enabled != enabled:
            raise ReadBackDiffers("The device holds the schedule otherwise.", written=f"enabled {enabled}", read=f"enabled {not enabled}")
        return enabled

    def preview(self, program: Program, slot: int, base_revision: int) -> tuple[FramePreview, ...]:
        """The frames `write` would send, with the numbers of this link session. Sends nothing, so it needs no approval."""
        connection = self._exchange.connection
        steps = write_steps(encode_image(translate_program.image(program)), slot, base_revision)
        previews = []
        for ahead, step in enumerate(steps, 1):
            sequence = connection.last_sequence + ahead
            frame = Frame(step.OPCODE, pack(step), 0, connection.device_id, connection.link_session, sequence)
            fields = {name: value.hex() if isinstance(value, bytes) else str(value) for name, value in m.fields_of(step).items()}
            previews.append(FramePreview(step.OPCODE.name, fields, encode_frame(frame).hex()))
        return tuple(previews)

    def read_log(self, log: str, cursor: int) -> LogPage:
        """Entries of `therapy`, `events` or `impedance` from a cursor on, as many as one request brings."""
        request = m.ReadLog(logs.NUMBERS[log], LOG_FRAMES, cursor)
        noise = self._exchange.counters.noise_frames
        replies = self._exchange.ask_many(request)
        if self._exchange.counters.noise_frames != noise and not logs.whole(replies, cursor):
            replies = self._exchange.ask_many(request)  # one of its frames was damaged on the way
        return logs.page(replies, cursor)

    def line_health(self) -> LineHealth:
        """Counters of this end of the line."""
        seen = self._exchange.counters
        missed = self._exchange.connection.events_missed
        return LineHealth(seen.noise_frames, seen.noise_bytes, seen.stray_frames, seen.repeated_reads, missed)

    def close(self) -> None:
        """Close the port."""
        self.link.close()
