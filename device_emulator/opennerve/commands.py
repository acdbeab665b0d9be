"""What OpenNerve's production commands do. Length first, then role, then the rest; knows no line and no timing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from device_emulator.opennerve.stimulator import Stimulator
from device_emulator.opennerve.store import Store
from device_emulator.truth import Why
from rnprog.protocol.errors import PayloadError
from rnprog.protocol.opennerve import p256, payloads
from rnprog.protocol.opennerve.codes import Op, Role, State, Status, allowed
from rnprog.protocol.opennerve.frames import Request, Response
from rnprog.protocol.opennerve.log_lines import LogLine
from rnprog.protocol.opennerve.payloads import Clock

LENGTHS: dict[Op, tuple[int, ...]] = {
    Op.AUTH: (106,),
    Op.WRITE_BLE: (7,),
    Op.SET_START_STATE: (2,),
    Op.START_SCHEDULED: (0, 1),
    Op.START_MANUAL: (0, 1),
    Op.READ_HW: (4,),
    Op.READ_STIM: (4,),
    Op.WRITE_HW: tuple(range(4, 69)),
    Op.WRITE_STIM: (4, 6),
    Op.READ_LOG: (7,),
    Op.WRITE_TIME: (6,),
}
"""Payload lengths that are taken; all other commands have none."""
START_STATES = {
    State.SLEEP: State.SLEEP,
    State.ACTIVE: State.BLE_ACTIVE,
    State.BLE_ACTIVE: State.BLE_ACTIVE,
    State.THERAPY: State.SLEEP,
    State.IMPEDANCE_TEST: State.SLEEP,
    State.BATTERY_TEST: State.SLEEP,
    State.BENCH: State.BENCH,
}
"""What SET_START_STATE takes, and where the emulated device is found after it."""
BATTERY_MV = (3_700, 3_680)


class Commands:
    """The handlers, and what they share."""

    def __init__(self, store: Store, stimulator: Stimulator, start_unix_ms: int) -> None:
        self.store, self.stimulator = store, stimulator
        self.battery_mv = BATTERY_MV
        self.sensing = False
        """A sensor streams: what needs the stimulator or the converter is refused."""
        self.scheduled = False
        """Armed; forgotten when the device restarts or sleeps."""
        self.leaves_for: State | None = None
        """Set by a command that ends the session: where the firmware goes."""
        self.now_us = 0
        self._clock_ms = start_unix_ms

    @property
    def unix_ms(self) -> int:
        """The device's clock."""
        return self._clock_ms + self.now_us // 1000

    def note(self, text: str, kind: str = "EV") -> None:
        """An entry in the log, now. The sub-second counts 256ths."""
        moment = datetime.fromtimestamp(self.unix_ms // 1000, UTC)
        clock = Clock(moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
        self.store.note(LogLine(clock, self.unix_ms % 1000 * 256 // 1000, kind, text))

    def authenticate(self, request: Request) -> Response:
        """The role of the first key, highest first, that made the signature."""
        if len(request.payload) not in LENGTHS[Op.AUTH]:
            return Response(request.op, Status.LENGTH)
        signed = payloads.signed_of(request.payload)
        keys = ((Role.ADMIN, self.store.admin_key), (Role.CLINICIAN, self.store.texts["HP09"]), (Role.PATIENT, self.store.texts["HP12"]))
        for role, key in keys:
            if p256.verifies(key, signed.r, signed.s, signed.digest):
                return Response(request.op, Status.OK, bytes((role,)))
        return Response(request.op, Status.INVALID, bytes((Role.NONE,)))

    def serve(self, request: Request, role: Role, now_us: int) -> Response:
        """The answer to a command of a session."""
        self.now_us = now_us
        handler = HANDLERS.get(request.op)
        if handler is None:
            return Response(request.op, Status.OPCODE)
        op = Op(request.op)
        if len(request.payload) not in LENGTHS.get(op, (0,)):
            return Response(op, Status.LENGTH)
        if not allowed(op, role):
            return Response(op, Status.USER_CLASS)
        found = handler(self, request.payload)
        return Response(op, Status.INVALID) if found is None else Response(op, Status.OK, found)

    def start_manual(self, payload: bytes) -> bytes | None:
        """Refused while the log holds a short circuit, and while a sensor streams. Ends a schedule."""
        if self.store.shorted or self.sensing:
            return None
        self.scheduled = False
        if self.stimulator.start(self.now_us):
            self.note("LSA")
        self.note("SS")
        return b""

    def stop_manual(self, payload: bytes) -> bytes:
        if self.stimulator.stop(self.now_us, Why.STOP):
            self.note("SE")
        return b""

    def measure(self, payload: bytes) -> bytes | None:
        return None if self.sensing else payloads.word(self.stimulator.measure(self.now_us))

    def battery(self, payload: bytes) -> bytes | None:
        return None if self.sensing else payloads.word(self.battery_mv[0]) + payloads.word(self.battery_mv[1])

    def read(self, payload: bytes) -> bytes | None:
        """A parameter by its id. That of the other kind does not exist for this command."""
        data = self.store.read(payload.decode("latin-1"))
        return None if data is None else payload + data

    def write(self, payload: bytes) -> bytes | None:
        return b"" if self.store.write(payload[:4].decode("latin-1"), payload[4:]) else None

    def read_ble(self, payload: bytes) -> bytes:
        return self.store.passkey + bytes((self.store.whitelist,))

    def write_ble(self, payload: bytes) -> bytes:
        self.store.passkey, self.store.whitelist = payload[:6], payload[6]
        return b""

    def arm_schedule(self, payload: bytes) -> bytes:
        self.scheduled = True
        return b""

    def end_schedule(self, payload: bytes) -> bytes:
        self.scheduled = False
        return b""

    def read_log(self, payload: bytes) -> bytes:
        return self.store.entry_after(payload)

    def erase_log(self, payload: bytes) -> bytes:
        self.store.log.clear()
        return b""

    def read_time(self, payload: bytes) -> bytes:
        moment = datetime.fromtimestamp(self.unix_ms // 1000, UTC)
        return bytes((moment.year - 2000, moment.month, moment.day, moment.hour, moment.minute, moment.second))

    def write_time(self, payload: bytes) -> bytes | None:
        try:
            clock = payloads.clock_of(payload)
            moment = datetime(clock.year, clock.month, clock.day, clock.hour, clock.minute, clock.second, tzinfo=UTC)
        except (PayloadError, ValueError):
            return None
        self._clock_ms = int(moment.timestamp()) * 1000 - self.now_us // 1000
        return b""

    def choose_state(self, payload: bytes) -> bytes | None:
        """Stored; the restart that follows goes there. What a start in therapy or in one of the tests does was not seen: here it ends in
        sleep, where those three come from by themselves."""
        number = payloads.one_word(payload)
        if number not in START_STATES:
            return None
        self.leaves_for = START_STATES[State(number)]
        return self._off()

    def shut_down(self, payload: bytes) -> bytes:
        self.leaves_for = State.SLEEP
        return self._off()

    def restart(self, payload: bytes) -> bytes:
        self.leaves_for = State.BLE_ACTIVE
        return self._off()

    def disconnect(self, payload: bytes) -> bytes:
        if self.stimulator.session is None:
            self.leaves_for = State.BLE_ACTIVE
        return b""

    def _off(self) -> bytes:
        self.scheduled = False
        self.stimulator.stop(self.now_us, Why.RESET)
        return b""


HANDLERS: dict[int, Callable[[Commands, bytes], bytes | None]] = {
    Op.READ_BLE: Commands.read_ble,
    Op.WRITE_BLE: Commands.write_ble,
    Op.SET_START_STATE: Commands.choose_state,
    Op.SHUTDOWN: Commands.shut_down,
    Op.REBOOT: Commands.restart,
    Op.BLE_DISCONNECT: Commands.disconnect,
    Op.START_SCHEDULED: Commands.arm_schedule,
    Op.END_SCHEDULED: Commands.end_schedule,
    Op.START_MANUAL: Commands.start_manual,
    Op.STOP_MANUAL: Commands.stop_manual,
    Op.MEASURE_IMPEDANCE: Commands.measure,
    Op.MEASURE_BATTERY: Commands.battery,
    Op.READ_HW: Commands.read,
    Op.WRITE_HW: Commands.write,
    Op.READ_STIM: Commands.read,
    Op.WRITE_STIM: Commands.write,
    Op.READ_LOG: Commands.read_log,
    Op.ERASE_LOG: Commands.erase_log,
    Op.READ_TIME: Commands.read_time,
    Op.WRITE_TIME: Commands.write_time,
}
