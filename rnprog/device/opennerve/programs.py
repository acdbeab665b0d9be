"""The one program of an OpenNerve: its parameters themselves. Written one by one, the amplitude parked first and written last."""

from __future__ import annotations

from rnprog.device.api import ApprovedProgram, FramePreview, Program, StoredProgram
from rnprog.device.errors import NoAnswer, ProtocolMismatch, ReadBackDiffers
from rnprog.device.opennerve import translate
from rnprog.device.opennerve.core import Core
from rnprog.device.opennerve.line import refuse
from rnprog.protocol.opennerve import payloads
from rnprog.protocol.opennerve.codes import Op
from rnprog.protocol.opennerve.frames import Request, encode_request

_SESSIONS = 6


class Programs:
    """Slot 0, always active, without a revision: whether it was changed is seen by its fingerprint."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def stored(self, slot: int) -> StoredProgram:
        """The parameters as a program; `problem` says why they make none."""
        _only_slot(slot)
        held = self._held()
        crc = translate.fingerprint(held)
        others = self._core.settings.alike("SP02", held["SP02"])
        try:
            found = translate.program(held, self._core.dialect)
            alike = tuple(translate.program({**held, "SP02": steps}, self._core.dialect) for steps in others)
            return StoredProgram(0, found, crc, 0, True, alike=alike)
        except ProtocolMismatch as error:
            return StoredProgram(0, None, crc, 0, True, str(error))

    def write(self, approved: ApprovedProgram) -> StoredProgram:
        """Write what differs, each read back. Cut off in between, the device holds the least amplitude. ReadBackDiffers when it then holds
        another program."""
        core = self._core
        _only_slot(approved.slot)
        core.ready("WRITE_PROGRAM")
        held = self._held()
        wanted = translate.program_steps(approved.program, core.dialect, held["start"])
        highest = core.settings.steps("SP13")
        if wanted["SP02"] > highest:
            text = f"At each start the device would lower the amplitude to {translate.amplitude(highest)} mA (SP13). Nothing was written."
            raise refuse(text, "WRITE_PROGRAM")
        names = {"stop": self._session_names()["stop"]}
        unsure = {"SP02"} if core.settings.alike("SP02", held["SP02"]) else set()
        changes = [name for name in ("stop", *translate.PROGRAM) if held[name] != wanted[name] or name in unsure]
        with core.steps("WRITE_PROGRAM"):
            if changes not in ([], ["SP02"]):
                core.settings.write("SP02", translate.PARK_STEPS)
                changes = [*(name for name in changes if name != "SP02"), "SP02"]
            for name in changes:
                core.settings.write(names.get(name, name), wanted[name])
            found = self.stored(0)
        core.did("WRITE_PROGRAM")
        if found.program != approved.program:
            read = f"{found.program} {found.problem or ''}"
            raise ReadBackDiffers("The device holds another program than was written.", written=str(approved.program), read=read)
        return found

    def activate(self, stored: StoredProgram) -> StoredProgram:
        """There is one program, and it is the active one: this only reads it. DeviceRefused when it is not the one that was read."""
        found = self.stored(stored.slot)
        if found.crc != stored.crc:
            raise refuse("The program is not the one that was read: read it again and look at the difference.", "ACTIVATE")
        return found

    def set_schedule(self, enabled: bool) -> bool:
        """Disarm the device's schedule. Arming it is refused: the device forgets it at a restart, and perhaps at its hourly self-test."""
        if enabled:
            raise refuse("The daily schedule of this device cannot be relied on: it forgets it. Nothing was sent.", "SCHEDULE_SET")
        request = Request(Op.END_SCHEDULED)
        if self._core.talk.change(request) is None:
            raise NoAnswer("The device did not answer (end schedule).", self._core.pending(request))
        return False

    def preview(self, program: Program) -> tuple[FramePreview, ...]:
        """The frames that would write all of a program. Sends nothing but reads of where its session begins."""
        names = self._session_names()
        steps = translate.program_steps(program, self._core.dialect, self._core.settings.steps(names["start"]))
        named = {names["stop"]: steps["stop"], **{identity: steps[identity] for identity in translate.PROGRAM}}
        return tuple(
            FramePreview("WRITE_STIM", {"id": identity, "steps": str(number)}, encode_request(payloads.write(identity, number)).hex())
            for identity, number in named.items()
        )

    def _held(self) -> dict[str, int]:
        """Everything a program is made of, in steps; the minutes of its session as `start` and `stop`. The patient's, not a test's."""
        core = self._core
        held = {identity: core.settings.patients(core.journal, identity) for identity in translate.PROGRAM}
        return {**held, **{name: self._core.settings.steps(identity) for name, identity in self._session_names().items()}}

    def _session_names(self) -> dict[str, str]:
        number = self._core.settings.steps("SP01")
        if not 1 <= number <= _SESSIONS:
            raise ProtocolMismatch(f"The device uses session {number}; it has 1 to {_SESSIONS}.")
        return {"start": f"ST{number}1", "stop": f"ST{number}2"}


def _only_slot(slot: int) -> None:
    if slot != 0:
        raise refuse(f"This device has one program, in slot 0; there is no slot {slot}.", "SLOT", "SLOT")
