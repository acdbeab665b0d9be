"""An OpenNerve with its patient, behind a line: bytes in, bytes out, in device time. Joins firmware, tissue and faults; the ports use it.

The line is a UART: bytes take their time at 115,200 baud, and a silence of one character ends a burst.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from math import inf

from device_emulator.clock import VIRTUAL_START_UNIX_MS
from device_emulator.fault_body import FaultyLeads
from device_emulator.fault_line import FaultyLine, Trigger
from device_emulator.faults import ANY, kinds_of, parse_faults
from device_emulator.opennerve import bench
from device_emulator.opennerve.commands import Commands
from device_emulator.opennerve.firmware import Firmware, Timing
from device_emulator.opennerve.stimulator import Stimulator
from device_emulator.opennerve.store import Store
from device_emulator.tissue.patient import Patient
from device_emulator.tissue.person import person
from device_emulator.truth import Change, Truth, Why
from device_emulator.wire import Wire

CHARACTER_US = 87
MODEL = "OpenNerve Gen2"
EVERY = frozenset({"delay", "jitter", "babble", "unplug-after", "low-battery", "battery", "lead-open", "lead-short", "wrong-baud"})
"""Faults that hold all the time."""
BYTES = frozenset({"drop-byte", "double-byte", "flip-bit", "burst-error"})
AT_A_BURST = frozenset({"drop-request", "drop-reply", "corrupt-request", "corrupt-reply", "partial-request", "partial-reply"})
AT_A_BURST |= {"late-reply", "unplug", "stuck", "half-open"}
"""Faults counted in bursts from the host; of these, opcodes of RN-1 mean nothing here, so only ANY or none may be named."""


def check_faults(spec: str) -> None:
    """ValueError, in this device's own words, for a fault it cannot show. Opcodes are RN-1's and mean nothing here."""
    shows = EVERY | BYTES | AT_A_BURST
    for item in filter(None, map(str.strip, spec.split(","))):
        name, _, value = re.split(r"[@~]", item, maxsplit=1)[0].partition("=")
        if name in AT_A_BURST and value not in ("", ANY) and not value[0].isdigit():
            text = f"An OpenNerve cannot show the fault {item!r}: bursts are counted here, whatever they say."
            raise ValueError(f"{text} Write {name}={ANY}@2 for the second.")
        if name not in shows and not kinds_of(name):
            raise ValueError(f"An OpenNerve cannot show the fault {item!r}. It shows {', '.join(sorted(shows))}.")
    for fault in parse_faults(spec):
        if fault.name not in shows or fault.opcode is not None:
            raise ValueError(f"An OpenNerve cannot show the fault {fault.name!r} so. It shows {', '.join(sorted(shows))}.")


class OpenNerveDevice:
    """A device that is on. ValueError for a fault it cannot show."""

    def __init__(
        self,
        store: Store | None = None,
        seed: int = 0,
        *,
        timing: Timing | None = None,
        dvt: bool = False,
        faults: str = "",
        start_unix_ms: int = VIRTUAL_START_UNIX_MS,
        truth: Callable[[Change], None] | None = None,
    ) -> None:
        self.seed = seed
        self.store = store if store is not None else Store()
        self.truth = Truth(truth)
        self.patient = Patient(person(seed))
        self.patient.clock = lambda: self.now_s
        self.leads = FaultyLeads(self.patient)
        self.stimulator = Stimulator(self.store, self.leads, self.truth)
        self.commands = Commands(self.store, self.stimulator, start_unix_ms)
        self.firmware = Firmware(self.store, self.stimulator, self.commands, timing or Timing(), bench=dvt)
        self.commands.note("PO")
        self.unplugged = False
        self.stuck = False
        self._wire = Wire(seed)
        self._burst = bytearray()
        self._burst_end_us: float = inf
        self._pull_us: float = inf
        """When a fault pulls the cable."""
        self._remainder_us = 0.0
        self._spoilt: list[Trigger] = []
        self.set_faults(faults)

    @property
    def now_s(self) -> float:
        """Seconds since it was switched on."""
        return self.firmware.now_us / 1e6

    @property
    def write_count(self) -> int:
        """Writes of what outlives a restart."""
        return self.store.writes

    def receive(self, data: bytes) -> bytes:
        """The host sends bytes now; what it can read now."""
        if self.unplugged or self.stuck or not data:
            return self.take()
        now_us = self.firmware.now_us
        data = self.faults.bytes_in(data) if self.faults else data
        begins_us = max(now_us, self._burst_end_us - CHARACTER_US) if self._burst else now_us
        self._burst += data
        self._burst_end_us = begins_us + (len(data) + 1) * CHARACTER_US
        return self.take()

    def advance(self, dt_s: float) -> bytes:
        """Let time pass; what the host can read then. ValueError for a step back."""
        self.pass_time(dt_s)
        return self.take()

    def pass_time(self, dt_s: float) -> None:
        """As `advance`, keeping the bytes."""
        if dt_s < 0:
            raise ValueError(f"time does not go back: {dt_s} s")
        exact_us = dt_s * 1e6 + self._remainder_us
        self._remainder_us = exact_us - round(exact_us)
        target_us = self.firmware.now_us + max(0, round(exact_us))
        while (next_us := self._next_us()) <= target_us:
            self._to(int(next_us))
        self._to(target_us)

    def next_event_s(self) -> float | None:
        """Seconds to the next thing that happens by itself; None: nothing."""
        next_us = self._next_us()
        return None if next_us == inf else max(0.0, next_us - self.firmware.now_us) / 1e6

    def take(self) -> bytes:
        """What the host can read now, once."""
        data = bytes(self._wire.ready)
        self._wire.ready.clear()
        return b"" if self.unplugged else data

    def bench(self, command: dict[str, object]) -> dict[str, object]:
        """One command of the bench channel. Never raises."""
        return bench.run(self, command)

    def set_faults(self, spec: str) -> None:
        """Replace the faults; ValueError leaves the old ones."""
        check_faults(spec)
        found = FaultyLine(spec, self.seed)
        self.faults = found
        self.stuck = False
        self._wire.babble(self.firmware.now_us, found.babble_bytes_per_s)
        self.leads.open_mask = sum(1 << contact for trigger in found.of("lead-open") for contact in trigger.fault.contacts)
        self.leads.shorts = tuple(sum(1 << contact for contact in trigger.fault.contacts) for trigger in found.of("lead-short"))
        pulls = [self.firmware.now_us + round(trigger.fault.seconds * 1e6) for trigger in found.of("unplug-after")]
        self._pull_us = min(pulls, default=inf)
        if cell := found.first("battery"):
            self.commands.battery_mv = (round(cell.number), round(cell.number))
        elif found.first("low-battery"):
            self.commands.battery_mv = (3_250, 3_250)

    def opened(self) -> None:
        """A host has opened the port; it makes no difference."""

    def closed(self) -> None:
        """The host has closed the port, or is gone."""
        self.firmware.host_left()

    def power_down(self) -> None:
        """Switched off: output ends."""
        self.stimulator.stop(self.firmware.now_us, Why.RESET)

    def _next_us(self) -> float:
        wire_us = self._wire.next_us()
        return min(self.firmware.next_us(), self._burst_end_us, self._pull_us, inf if wire_us is None else wire_us)

    def _to(self, target_us: int) -> None:
        data = self.firmware.run_to(target_us)
        self.commands.now_us = self.truth.now_us = target_us
        self._send(data)
        if self._burst_end_us <= target_us:
            burst = bytes(self._burst)
            self._burst.clear()
            self._burst_end_us = inf
            self._hear(burst)
            self._send(self.firmware.run_to(target_us))
        if self._pull_us <= target_us:
            self._pull_us, self.unplugged = inf, True
        self._wire.ready += self.faults.bytes_out(self._wire.run(target_us)) if self.faults else self._wire.run(target_us)

    def _hear(self, burst: bytes) -> None:
        struck = [trigger for name in sorted(AT_A_BURST) for trigger in self.faults.of(name) if trigger.strikes()]
        names = {trigger.fault.name for trigger in struck}
        self._spoilt = [trigger for trigger in struck if trigger.fault.name.endswith("-reply")]
        if "corrupt-request" in names:
            burst = burst[:-1] + bytes((burst[-1] ^ 1,))
        if "partial-request" in names:
            burst = burst[: len(burst) // 2]
        if "drop-request" not in names:
            self.firmware.arrived(burst)
        self.stuck = self.stuck or "stuck" in names
        self.unplugged = self.unplugged or "unplug" in names

    def _send(self, data: bytes) -> None:
        if not data or any(trigger.reached for trigger in self.faults.of("half-open")):
            return
        spoilt, self._spoilt = self._spoilt, []
        names = {trigger.fault.name for trigger in spoilt}
        later_s = sum(trigger.fault.seconds for trigger in (*spoilt, *self.faults.of("delay")))
        later_s += sum(trigger.chance.uniform(0.0, trigger.fault.seconds) for trigger in self.faults.of("jitter"))
        if "drop-reply" in names:
            return
        if "corrupt-reply" in names:
            data = data[:-1] + bytes((data[-1] ^ 1,))
        if "partial-reply" in names:
            data = data[: len(data) // 2]
        if later_s:
            self._wire.later(self.firmware.now_us + round(later_s * 1e6), data)
        else:
            self._wire.ready += self.faults.bytes_out(data) if self.faults else data
