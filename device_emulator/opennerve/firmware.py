"""OpenNerve's firmware in time: which mode it is in, when it looks at the line, when an answer is out. Commands are in `commands.py`.

Production firmware on the wire alone: BLE-active looks every 50 ms and takes AUTH only; after AUTH it is connected and looks once a second;
at the third look it finds that nobody advertises, goes back to BLE-active and drops what waits. Therapy goes on meanwhile. BLE-active ends
after HP14 in sleep, and only that ends therapy: there is no dead-man. A session without a command for HP15 ends in sleep, too, unless
therapy runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import inf

from device_emulator.opennerve.bench_mode import BenchMode
from device_emulator.opennerve.commands import Commands
from device_emulator.opennerve.stimulator import TEST_US, Stimulator
from device_emulator.opennerve.store import Store
from device_emulator.truth import Why
from rnprog.protocol.opennerve.codes import Op, Role, State, Status
from rnprog.protocol.opennerve.frames import Request, Response, encode_response, split_requests

POLL_US, LOOK_US, LEAVE_US = 50_000, 1_000_000, 60_000
LOOKS_WIRED = 2
"""Looks at which a wired session without a Bluetooth peer still serves."""
BUSY_US = {Op.START_MANUAL: 1_000_000, Op.MEASURE_IMPEDANCE: 600_000, Op.READ_LOG: 600_000}
"""Beyond the look itself; seen as 2.0 s and 1.6 s in all."""
BENCH_US = 10_000
BUFFER = 255


class Link(StrEnum):
    """How the host is connected."""

    WIRED = "wired"
    """Production firmware on the UART, no Bluetooth peer: two commands for an AUTH."""
    BLE = "ble"
    """Bluetooth, or the UART beside a Bluetooth peer: a session that lasts."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Production timing, or none of it for tests: then every look is at once and a session lasts."""

    production: bool = True
    link: Link = Link.WIRED

    def us(self, time_us: int) -> int:
        return time_us if self.production else 0


class Firmware:
    """One device that is on. Bytes in at a time, bytes out when they are due. Time is in microseconds and moves by `run_to`."""

    def __init__(self, store: Store, stimulator: Stimulator, commands: Commands, timing: Timing, *, bench: bool = False) -> None:
        self.store, self.stimulator, self.commands, self.timing = store, stimulator, commands, timing
        self.bench_mode = BenchMode(stimulator)
        self.state = State.BENCH if bench else State.BLE_ACTIVE
        self.role = Role.NONE
        self.now_us = 0
        self._waiting = b""
        self._look_us: float = inf
        """When the line is looked at next."""
        self._looks = 0
        self._settled_us = 0
        """Until then a session that was just opened still answers 0xF3."""
        self._window_us = self._advertise(0)
        self._idle_us: float = inf
        """When a session without a command for so long (HP15) ends in sleep; not while therapy runs."""
        self._out: list[tuple[int, bytes]] = []

    def arrived(self, data: bytes) -> None:
        """A burst, ended by silence. One that still waits is overwritten; in sleep the UART is off."""
        if self.state is State.SLEEP:
            return
        if self.state is State.CONNECTED and self.now_us < self._settled_us:
            self._out += [(self.now_us, encode_response(Response(each.op, Status.USER_CLASS))) for each in split_requests(data)[0]]
            return
        self._waiting = data[:BUFFER]
        if self.state is State.BENCH or not self.timing.production:
            self._look_us = self.now_us
        elif self.state is State.BLE_ACTIVE:
            self._look_us = self.now_us + POLL_US

    def next_us(self) -> float:
        """When something happens by itself next."""
        due = min((at_us for at_us, _ in self._out), default=inf)
        return max(self.now_us, min(due, self._look_us, self._ends_us()))

    def run_to(self, target_us: int) -> bytes:
        """Let time pass; the bytes that leave until then."""
        data = b""
        while (next_us := self.next_us()) <= target_us:
            self.now_us = int(next_us)
            self._happen()
            data += self._due()
        self.now_us = max(self.now_us, target_us)
        return data + self._due()

    def magnet(self, held_s: float) -> bool:
        """A magnet held for so long and taken away: 2 to 6 s toggle sleep, from any state. Whether it did something."""
        if not self.store.number("HP22") <= held_s <= self.store.number("HP23"):
            return False
        self.commands.note("MD")
        if self.state is State.SLEEP:
            self.wake()
        else:
            self.sleep(Why.MAGNET)
        return True

    def wake(self) -> None:
        """Out of sleep, into BLE-active."""
        self.commands.note("WK")
        self._leave(State.BLE_ACTIVE)

    def sleep(self, why: Why) -> None:
        """Output off, UART off."""
        if self.stimulator.stop(self.now_us, why):
            self.commands.note("SE")
        self.commands.note("SL")
        self._leave(State.SLEEP)

    def disconnect(self) -> None:
        """The Bluetooth link drops: back to BLE-active, the role is forgotten, therapy goes on."""
        if self.state is State.CONNECTED:
            self._leave(State.BLE_ACTIVE)

    def host_left(self) -> None:
        """The host has closed its end. Over Bluetooth that drops the link, and without timing it counts as that; a UART does not notice."""
        if self.timing.link is Link.BLE or not self.timing.production:
            self.disconnect()

    def _ends_us(self) -> float:
        """When it falls asleep by itself."""
        if self.state is State.BLE_ACTIVE:
            return self._window_us
        return self._idle_us if self.state is State.CONNECTED and self.stimulator.session is None else inf

    def _leave(self, to: State) -> None:
        self.state, self.role = to, Role.NONE
        self._waiting, self._look_us = b"", inf
        self._window_us = self._advertise(self.now_us)

    def _idle(self, now_us: int) -> int:
        return now_us + self.store.number("HP15") * 1000

    def _advertise(self, now_us: int) -> int:
        return now_us + self.store.number("HP14") * 1000

    def _happen(self) -> None:
        if self._look_us <= self.now_us:
            self._look()
        elif self._ends_us() <= self.now_us:
            self.sleep(Why.THERAPY_STOPPED)

    def _due(self) -> bytes:
        ready = [data for at_us, data in self._out if at_us <= self.now_us]
        self._out = [(at_us, data) for at_us, data in self._out if at_us > self.now_us]
        return b"".join(ready)

    def _look(self) -> None:
        data, self._waiting = self._waiting, b""
        self._look_us = inf
        if self.state is State.CONNECTED and self.timing.production:
            self._looks += 1
            if self.timing.link is Link.WIRED and self._looks > LOOKS_WIRED:
                self._leave(State.BLE_ACTIVE)
                return
            self._look_us = self.now_us + LOOK_US
        requests, rest = split_requests(data)
        for request in requests:
            busy_us = self._busy_us(request)
            self._answer(self._serve(request), busy_us)
        if rest:
            self._answer(Response(rest[0], Status.CRC), 0)

    def _busy_us(self, request: Request) -> int:
        if self.state is State.BENCH:
            return BENCH_US
        known = request.op in Op._value2member_map_
        busy_us = self.timing.us(BUSY_US.get(Op(request.op), 0)) if known and self.state is State.CONNECTED else 0
        if request.op == Op.MEASURE_IMPEDANCE and self.state is State.CONNECTED:
            busy_us = max(busy_us, TEST_US)
        if busy_us and self._look_us != inf:
            self._look_us += busy_us
        return busy_us

    def _answer(self, response: Response, busy_us: int) -> None:
        self._out.append((self.now_us + busy_us, encode_response(response)))

    def _serve(self, request: Request) -> Response:
        if self.state is State.BENCH:
            return self.bench_mode.serve(request, self.now_us)
        if self.state is State.BLE_ACTIVE:
            return self._open(request)
        self._idle_us = self._idle(self.now_us)
        response = self.commands.serve(request, self.role, self.now_us)
        if self.commands.leaves_for is not None:
            state, self.commands.leaves_for = self.commands.leaves_for, None
            self._leave(state)
        return response

    def _open(self, request: Request) -> Response:
        if request.op != Op.AUTH:
            return Response(request.op, Status.USER_CLASS)
        response = self.commands.authenticate(request)
        if response.status == Status.OK:
            self.role = Role(response.payload[0])
            self._begin_session()
        return response

    def _begin_session(self) -> None:
        self.state, self._looks = State.CONNECTED, 0
        self._idle_us = self._idle(self.now_us)
        self._settled_us = self.now_us + self.timing.us(LEAVE_US)
        self._look_us = self.now_us + LOOK_US if self.timing.production else inf
