"""What a spec of faults does to the device itself: cell, leads, memory, identity, manners. What it does to the line is fault_line.py.

Everything that is set is taken back when the spec goes, except what has happened: a reset, a commit, an entry in a log.
"""

from __future__ import annotations

from dataclasses import replace

from device_emulator.fault_body import FaultyLeads
from device_emulator.fault_line import FaultyLine
from device_emulator.firmware.core import START_PROGRAMMER, Core
from device_emulator.firmware.identity import CAPABILITIES, Identity, serial_of
from device_emulator.firmware.image import Program, Side, build_image, parse_image
from device_emulator.firmware.refusal import Refusal
from device_emulator.firmware.rn1 import Rn1
from device_emulator.full_log import fill
from device_emulator.pretend import pretended
from rnprog.protocol.endpoint import Outcome
from rnprog.protocol.fields import pack
from rnprog.protocol.frames import encode_parts
from rnprog.protocol.messages import Commit, CommitReply, OpenLink, Refused, Request, SetAmplitude
from rnprog.protocol.opcodes import FieldId, Opcode, RefusalCode, SlotState

LOW_MV, END_OF_SERVICE_MV = 3_250, 3_150
RUN_ON_MS = 60_000
"""How long a device without a lease may run on: its longest burst."""
_GRID_UA = 100
_MISFITS = ("nak-stop", "no-effect", "quantise", "clamp")

RUNNING = Program(
    (Side(0, 0b0010, 0b0100, 1_500, 214), Side(1, 0b0010_0000, 0b0100_0000, 1_500, 214)), 20_000, 2_000, 2_000, 10_000, 20_000, 1_800, 2, 0
)


def run_therapy(core: Core) -> None:
    """A session of an ordinary program is running. Nothing happens when the device is not fit for it."""
    if core.session is None:
        core.stores.programs.install(0, build_image(RUNNING))
        core.stores.settings.change(active_slot=0)
        try:
            core.start_session(START_PROGRAMMER)
        except Refusal:
            return


class Mishaps:
    """The faults of one device."""

    def __init__(self, rn1: Rn1, leads: FaultyLeads, seed: int) -> None:
        self._rn1 = rn1
        self._leads = leads
        self._seed = seed
        self._own: Identity = rn1.identity
        self._line = FaultyLine("")
        self.skew_ms = 0
        """Of the clock."""

    def set(self, line: FaultyLine) -> None:
        """These faults from now on, and no others."""
        before, self._line = self._line, line
        rn1, around, core = self._rn1, self._rn1.around, self._rn1.core
        rn1.memory.cut_at = None
        version = line.first("protocol-version")
        number = 1 if version is None else min(255, int(version.number))
        renamed = rn1.identity.serial if line.of("serial-change") or line.of("swap-device") else self._own.serial
        own_versions = (self._own.version_min, self._own.version_max)
        low, high = own_versions if version is None else (number, number)
        rn1.rename(replace(self._own, serial=renamed, version_min=low, version_max=high))
        self._capabilities()
        cell = line.first("battery")
        stuck = ((LOW_MV, "low-battery"), (END_OF_SERVICE_MV, "end-of-service"))
        around.battery.stuck_mv = int(cell.number) if cell else next((mv for mv, name in stuck if line.of(name)), None)
        if bool(line.of("charging")) != bool(before.of("charging")):
            around.battery.charging = bool(line.of("charging"))
        if bool(line.of("over-temperature")) != bool(before.of("over-temperature")):
            around.over_temperature = bool(line.of("over-temperature"))
        self._clock()
        self._wires()
        if (full := line.first("full-log")) is not None and before.first("full-log") != full:
            fill(core, full.log)
        if line.of("therapy-running") and not before.of("therapy-running"):
            run_therapy(core)
        rn1.misfit = self._misfit if any(line.of(name) for name in _MISFITS) else None
        for trigger in line.of("power-cut"):
            if trigger.fault.opcode is None:
                rn1.memory.cut_at = rn1.memory.write_count + trigger.fault.count - 1

    def before(self, opcode: int) -> bool:
        """A request is about to arrive; whether the device resets instead."""
        line, rn1 = self._line, self._rn1
        for trigger in line.of("power-cut"):
            if trigger.fault.opcode == opcode and not trigger.seen:
                trigger.seen = 1
                rn1.memory.cut_at = rn1.memory.write_count + trigger.fault.count - 1
        if line.happens("other-host", opcode):
            rn1.receive(encode_parts(Opcode.LINK_OPEN, pack(OpenLink(0x0DD, 1_004)), 0, 0, 0, 1))
        if line.happens("foreign-commit", opcode):
            self._commit_all()
        if line.happens("serial-change", opcode):
            self.rename()
        if jump := line.happens("impedance-jump", opcode):
            self._leads.factor = jump.number
            rn1.core.reload()
        return line.happens("reset", opcode) is not None

    def rename(self) -> None:
        """Another device is on the line, or this one says so."""
        self._rn1.rename(replace(self._rn1.identity, serial=serial_of(self._seed + 5_000_001)))

    def _capabilities(self) -> None:
        can, line, core = CAPABILITIES, self._line, self._rn1.core
        if line.of("no-lease"):
            can = replace(can, lease_ms=0, run_on_bound_ms=RUN_ON_MS)
        if (strong := line.first("strong-impedance")) is not None:
            can = replace(can, impedance_current_ua=min(65_535, int(strong.number)))
        self._rn1.around.can = can
        core.output.admit(core.now_us, can)

    def _clock(self) -> None:
        skew_ms = round(1000 * sum(trigger.fault.seconds for trigger in self._line.of("clock-skew")))
        if skew_ms != self.skew_ms:
            self._rn1.around.start_unix_ms += skew_ms - self.skew_ms
            self.skew_ms = skew_ms
            self._rn1.core.plan_schedule()

    def _wires(self) -> None:
        leads, line = self._leads, self._line
        before = (leads.open_mask, leads.shorts, leads.factor)
        leads.open_mask = 0
        for trigger in line.of("lead-open"):
            leads.open_mask |= _mask(trigger.fault.contacts)
        leads.shorts = tuple(_mask(trigger.fault.contacts) for trigger in line.of("lead-short"))
        leads.factor = 1.0
        if before != (leads.open_mask, leads.shorts, leads.factor):
            self._rn1.core.reload()

    def _commit_all(self) -> None:
        programs, memory = self._rn1.core.stores.programs, self._rn1.memory
        cut_at, memory.cut_at = memory.cut_at, None
        held = [slot for slot in range(CAPABILITIES.slots) if programs.stored(slot).state is SlotState.VALID]
        for slot in held:
            programs.install(slot, programs.stored(slot).image)
        if not held:
            programs.install(0, build_image(RUNNING))
        memory.cut_at = cut_at
        self._rn1.core.plan_schedule()

    def _misfit(self, rn1: Rn1, request: Request) -> Outcome:
        """A request as this device takes it."""
        line = self._line
        if request.OPCODE is Opcode.STOP and line.of("nak-stop"):
            return Refused(RefusalCode.BUSY, FieldId.NONE, 0, 0)
        if line.happens("no-effect", request.OPCODE) and (claimed := pretended(rn1.core, request)) is not None:
            return claimed
        if isinstance(request, SetAmplitude):
            request = replace(request, amplitude_ua=self._held_ua(request.amplitude_ua))
        outcome = rn1.execute(request)
        if isinstance(request, Commit) and isinstance(outcome, CommitReply):
            self._bend(rn1.core, request.slot)
        return outcome

    def _bend(self, core: Core, slot: int) -> None:
        """The slot holds other amplitudes than were committed."""
        stored = core.stores.programs.stored(slot)
        program = parse_image(stored.image)
        sides = tuple(replace(side, amplitude_ua=self._held_ua(side.amplitude_ua)) for side in program.sides)
        if sides != program.sides:
            core.stores.programs.install(slot, build_image(replace(program, sides=sides)), stored.revision)

    def _held_ua(self, amplitude_ua: int) -> int:
        for trigger in self._line.of("quantise"):
            step_ua = max(_GRID_UA, int(trigger.fault.number) // _GRID_UA * _GRID_UA)
            amplitude_ua = (amplitude_ua + step_ua // 2) // step_ua * step_ua
        for trigger in self._line.of("clamp"):
            amplitude_ua = min(amplitude_ua, int(trigger.fault.number) // _GRID_UA * _GRID_UA)
        return amplitude_ua


def _mask(contacts: tuple[int, ...]) -> int:
    return sum(1 << contact for contact in set(contacts))
