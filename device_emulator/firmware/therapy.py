"""One therapy session: the duty cycle of a program over its session length. Needs no link and no lease. Knows no slot and no schedule.

Everything about it is worked out from the program and the time: what flows, what charge has left, which changes the ground truth gets.
So it costs as little over half an hour as over a second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from device_emulator.firmware.envelope import Envelope, gate
from device_emulator.firmware.image import Program, Side
from device_emulator.truth import Row, Why

Drivable = Callable[[int, int, int], float]
"""(cathodes, anodes, width_us) -> uA."""


class TherapySession:
    """Runs from its making until `end`. Off-phases belong to it: nothing flows, and the device is THERAPY_ON all the same."""

    def __init__(self, now_us: int, program: Program, drivable: Drivable) -> None:
        self.program = program
        self.start_us = now_us
        self.end_us = now_us + program.session_s * 1_000_000
        self.at_limit = 0
        self._ended: tuple[int, Why] | None = None
        """When and why, once it is over."""
        self._drivable = drivable
        off_us = program.off_ms * 1000
        self._on_us = program.on_ms * 1000 if off_us else self.end_us - now_us
        """Without an off-phase the whole session is one on-phase (docs/protocol.md, section 6)."""
        self._period_us = self._on_us + off_us
        self._shapes = self._drawn()
        self._flowing = [False, False]
        """By what was taken."""
        self._kept: list[Row] = []
        self._ahead = self._rows(now_us, Why.THERAPY_ON)
        self._next: Row | None = next(self._ahead, None)
        self._charged_us = now_us

    def delivered_s(self, now_us: int) -> int:
        """Whole seconds of the session that have run."""
        return (min(now_us, self.end_us) - self.start_us) // 1_000_000

    def value_ua(self, channel: int, now_us: int) -> float:
        """What flows on a channel now."""
        shape = self._shapes.get(channel)
        return 0.0 if shape is None or now_us >= self.end_us else shape[1].value_ua((now_us - self.start_us) % self._period_us)

    def charge_uc(self, from_us: int, to_us: int) -> float:
        """Charge that leaves both channels between two times, both phases of the pulses counted."""
        to_us = min(to_us, self.end_us)
        total = 0.0
        for side, shape in self._shapes.values():
            area_ua_s = self._area_ua_s(shape, to_us - self.start_us) - self._area_ua_s(shape, from_us - self.start_us)
            total += 2 * area_ua_s * self.program.rate_mhz / 1000 * side.width_us / 1e6
        return total

    def drawn_uc(self, now_us: int) -> float:
        """Charge since this was last asked."""
        charge_uc, self._charged_us = self.charge_uc(self._charged_us, now_us), now_us
        return charge_uc

    @property
    def over(self) -> bool:
        """Whether nothing follows."""
        return self._ended is not None

    @property
    def next_change_us(self) -> int | None:
        """When the next row comes; None: only the end is left."""
        return None if self._next is None else self._next[0]

    def take(self, to_us: int) -> Iterator[Row]:
        """Rows for the ground truth, up to and with `to_us`."""
        yield from self._kept
        self._kept.clear()
        if self._ended is not None:
            to_us = min(to_us, self._ended[0] - 1)
        while self._next is not None and self._next[0] <= to_us:
            row, self._next = self._next, next(self._ahead, None)
            self._flowing[row[1]] = row[6] is not Why.THERAPY_OFF
            yield row
        if self._ended is not None:
            self._next = None
            at_us, why = self._ended
            for channel, (side, _) in sorted(self._shapes.items()):
                if self._flowing[channel]:
                    self._flowing[channel] = False
                    yield at_us, channel, 0.0, 0.0, side.width_us, self.program.rate_mhz, why

    def reload(self, now_us: int) -> None:
        """The load has changed: other currents may be driven from now on."""
        self._kept = list(self.take(now_us))
        self._shapes = self._drawn()
        self._ahead = self._rows(now_us, Why.LOAD_CHANGED)
        self._next = next(self._ahead, None)

    def end(self, now_us: int, why: Why) -> None:
        """Output off at once."""
        self._ended = (now_us, why)

    def _drawn(self) -> dict[int, tuple[Side, Envelope]]:
        """The on-phase of each side, from 0."""
        program, shapes = self.program, {}
        for side in program.sides:
            drivable_ua = self._drivable(side.cathodes, side.anodes, side.width_us)
            up_us, down_us = program.ramp_up_ms * 1000, program.ramp_down_ms * 1000
            shape = gate(0, self._on_us, up_us, down_us, side.amplitude_ua, drivable_ua)
            shapes[side.channel] = side, shape
            if shape.at_limit:
                self.at_limit |= 1 << side.channel
        return shapes

    def _area_ua_s(self, shape: Envelope, elapsed_us: int) -> float:
        cycles, rest_us = divmod(elapsed_us, self._period_us)
        return cycles * shape.area_ua_s(0, self._on_us) + shape.area_ua_s(0, rest_us)

    def _rows(self, from_us: int, first: Why) -> Iterator[Row]:
        """All rows from a time on; `first` is why what flows at that time flows."""
        at_us = (from_us - self.start_us) % self._period_us
        on_us, end_us = from_us - at_us, self.end_us
        if at_us < self._on_us:
            for side, shape in self._shapes.values():
                yield self._row(from_us, side, shape, at_us, first)
        cycle = self._cycle()
        for row in cycle:
            if row[0] > at_us and on_us + row[0] < end_us:
                yield (on_us + row[0], *row[1:])
        while (on_us := on_us + self._period_us) < end_us:
            for begin_us, *rest in cycle:
                if on_us + begin_us < end_us:
                    yield (on_us + begin_us, *rest)  # type: ignore[misc]

    def _cycle(self) -> list[Row]:
        """The rows of one on-phase and of its end, counted from its beginning."""
        rows = []
        for side, shape in self._shapes.values():
            for at_us, _ in shape.points[:-1]:
                rows.append(self._row(at_us, side, shape, at_us, Why.RAMP if at_us else Why.THERAPY_ON))
            rows.append((self._on_us, side.channel, 0.0, 0.0, side.width_us, self.program.rate_mhz, Why.THERAPY_OFF))
        return sorted(rows, key=lambda row: row[0])

    def _row(self, told_us: int, side: Side, shape: Envelope, at_us: int, why: Why) -> Row:
        value_ua, slope_ua_per_s = round(shape.value_ua(at_us), 3), round(shape.slope_ua_per_s(at_us), 3)
        return told_us, side.channel, value_ua, slope_ua_per_s, side.width_us, self.program.rate_mhz, why
