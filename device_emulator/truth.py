"""Ground truth: every change of what leaves the electrodes, in order. Written by the device, read by nobody on the device's side.

Between two records of a channel the current is a straight line: `amplitude_ua` at `t_s`, rising by `slope_ua_per_s`. The next record of the
channel ends the line. This is the physical current after the compliance limit, not the set-point. The first pulse begins when the output
opens (burst, impedance, therapy-on), each next one a period later; the train goes on through ramps and changes until the output closes.

A therapy session hands in its score and is written out when somebody looks, or as it runs when somebody listens: a year of therapy that
nobody reads costs nothing.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Protocol


class Why(StrEnum):
    """What made the current change."""

    BURST = "burst"
    RAMP = "ramp"
    SET_AMPLITUDE = "set-amplitude"
    BURST_DONE = "burst-done"
    DISARMED = "disarmed"
    LEASE_EXPIRED = "lease-expired"
    STOP = "stop"
    RESET = "reset"
    IMPEDANCE = "impedance"
    IMPEDANCE_DONE = "impedance-done"
    THERAPY_ON = "therapy-on"
    THERAPY_OFF = "therapy-off"
    SESSION_COMPLETE = "session-complete"
    THERAPY_STOPPED = "therapy-stopped"
    MAGNET = "magnet"
    PATIENT_REMOTE = "patient-remote"
    LOW_BATTERY = "low-battery"
    OVER_TEMPERATURE = "over-temperature"
    LOAD_CHANGED = "load-changed"


SIDES = ("left", "right")

Row = tuple[int, int, float, float, int, int, Why]
"""at_us, channel, amplitude_ua, slope_ua_per_s, width_us, rate_mhz, why."""


class Score(Protocol):
    """Changes that can be worked out from a plan."""

    @property
    def over(self) -> bool:
        """Whether nothing can follow what is still to be taken."""

    def take(self, to_us: int) -> Iterable[Row]:
        """The rows up to and with `to_us` that were not taken yet."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of output. `channel`: 0 left, 1 right. `amplitude_ua`: current of a pulse, 0: nothing flows."""

    number: int
    t_s: float
    channel: int
    amplitude_ua: float
    slope_ua_per_s: float
    width_us: int
    rate_mhz: int
    cause: str


class Truth:
    """Append-only. `listener` sees each change as it is written."""

    def __init__(self, listener: Callable[[Change], None] | None = None) -> None:
        self.listener = listener
        self.now_us = 0
        """How far the device has come; a score is written out up to here."""
        self._written: list[Change] = []
        self._waiting: deque[Row | Score] = deque()

    @property
    def changes(self) -> list[Change]:
        """All of them, up to now."""
        self.write_out()
        return self._written

    def write(self, now_us: int, channel: int, amplitude_ua: float, slope_ua_per_s: float, width_us: int, rate_mhz: int, why: Why) -> None:
        """Note that from `now_us` on `amplitude_ua` flows on the channel."""
        self._waiting.append((now_us, channel, amplitude_ua, slope_ua_per_s, width_us, rate_mhz, why))
        if self.listener is not None:
            self.write_out()

    def later(self, score: Score) -> None:
        """What the score holds comes next. Nothing else may be written until the score is over."""
        self._waiting.append(score)

    def write_out(self) -> None:
        """Turn into changes what is known until now."""
        while self._waiting:
            item = self._waiting[0]
            if isinstance(item, tuple):
                self._put(item)
            else:
                over = item.over
                for row in item.take(self.now_us):
                    self._put(row)
                if not over:
                    return
            self._waiting.popleft()

    def since(self, number: int) -> list[Change]:
        """All changes numbered above `number`."""
        return self.changes[max(0, number) :]

    def _put(self, row: Row) -> None:
        at_us, channel, amplitude_ua, slope_ua_per_s, width_us, rate_mhz, why = row
        number, amplitude_ua, slope_ua_per_s = len(self._written) + 1, round(amplitude_ua, 3), round(slope_ua_per_s, 3)
        change = Change(number, at_us / 1e6, channel, amplitude_ua, slope_ua_per_s, width_us, rate_mhz, why.value)
        self._written.append(change)
        if self.listener is not None:
            self.listener(change)


OPENS = frozenset((Why.BURST, Why.IMPEDANCE, Why.THERAPY_ON))
STAYS = frozenset((Why.RAMP, Why.SET_AMPLITUDE, Why.LOAD_CHANGED))


@dataclass(frozen=True, slots=True)
class Pulse:
    """One biphasic pulse. `t_s`: when its first phase begins."""

    t_s: float
    channel: int
    amplitude_ua: float
    width_us: int


def pulses(changes: Iterable[Change]) -> Iterator[Pulse]:
    """Every pulse that the changes speak of, channel by channel in the order of time; a channel still open ends with its last change."""
    before: dict[int, tuple[Change, int]] = {}
    """By channel: the change that holds, and when the train began, in us."""
    for change in changes:
        now_us = round(change.t_s * 1e6)
        last, train_us = before.pop(change.channel, (None, now_us))
        if last is not None:
            yield from _train(last, train_us, now_us)
        if change.cause in OPENS:
            before[change.channel] = change, now_us
        elif change.cause in STAYS and last is not None:
            before[change.channel] = change, train_us


def _train(change: Change, train_us: int, until_us: int) -> Iterator[Pulse]:
    """The pulses of a train from a change on, up to a time."""
    from_us = round(change.t_s * 1e6)
    index = -(-(from_us - train_us) * change.rate_mhz // 1_000_000_000)
    while (at_us := train_us + index * 1_000_000_000 / change.rate_mhz) < until_us:
        amplitude_ua = change.amplitude_ua + change.slope_ua_per_s * (at_us - from_us) / 1e6
        yield Pulse(at_us / 1e6, change.channel, amplitude_ua, change.width_us)
        index += 1


def json_line(change: Change, start_s: float = 0.0, run: int = 1) -> str:
    """One line of JSON Lines, with its newline. `t_s`: on the clock that showed `start_s` when the device went on; `device_s`: since then.
    `run`: which of the file's runs it belongs to.
    Milliamperes beside microamperes and hertz beside millihertz, for readers who think in them."""
    record = {
        "run": run,
        **asdict(change),
        "t_s": round(start_s + change.t_s, 6),
        "device_s": change.t_s,
        "side": SIDES[change.channel],
        "amplitude_ma": round(change.amplitude_ua / 1000, 6),
        "rate_hz": change.rate_mhz / 1000,
    }
    return json.dumps(record, separators=(",", ":")) + "\n"
