"""What the tests of the floors device and session share: emulator processes, what was really sent, what really flowed, and a device that
answers strangely. Everything talks to the emulator; nothing here stands in for a Stimulator.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rnprog.device.bench import Bench
from rnprog.device.exchange import Exchange
from rnprog.device.link import Link
from rnprog.device.registry import connect
from rnprog.protocol.fields import pack, unpack
from rnprog.protocol.frames import Frame, encode_frame
from rnprog.protocol.messages import Message
from rnprog.protocol.opcodes import Flag, Opcode
from rnprog.protocol.reader import FrameReader

ROOT = Path(__file__).resolve().parents[2]
EPSILON_S = 2e-3
"""The device's answer and its ground truth are at most this far apart in time."""


# what was sent and received


@dataclass
class Tape:
    """Give it to a Link as its trace."""

    entries: list[tuple[float, str, bytes]] = field(default_factory=list)

    def __call__(self, at_s: float, way: str, data: bytes) -> None:
        self.entries.append((at_s, way, data))

    def frames(self, way: str = ">") -> list[tuple[float, Frame]]:
        """The whole frames that went one way, each with the time of its last byte."""
        reader = FrameReader()
        found = []
        for at_s, direction, data in self.entries:
            if direction == way:
                found += [(at_s, item) for item in reader.feed(data) if isinstance(item, Frame)]
        return found

    def opcodes(self, way: str = ">") -> list[Opcode]:
        return [Opcode(frame.opcode) for _, frame in self.frames(way)]

    def clear(self) -> None:
        self.entries.clear()


# what really flowed


@dataclass(frozen=True)
class Truth:
    """The ground truth of the emulator at one moment."""

    changes: list[dict[str, Any]]
    now_s: float

    def flowing(self, at_s: float | None = None) -> list[float]:
        """uA on both channels."""
        moment_s = self.now_s if at_s is None else at_s
        found = [0.0, 0.0]
        for change in self.changes:
            if change["t_s"] <= moment_s:
                found[change["channel"]] = change["amplitude_ua"] + change["slope_ua_per_s"] * (moment_s - change["t_s"])
        return found

    @property
    def off(self) -> bool:
        return self.flowing() == [0.0, 0.0]

    def last_on_s(self) -> float:
        """When current flowed last; 0: never."""
        latest = 0.0
        for channel in (0, 1):
            mine = [change for change in self.changes if change["channel"] == channel]
            for change, following in zip(mine, [*mine[1:], None], strict=False):
                if change["amplitude_ua"] or change["slope_ua_per_s"]:
                    latest = max(latest, self.now_s if following is None else following["t_s"])
        return latest

    def bursts(self, channel: int | None = None) -> list[dict[str, Any]]:
        return [c for c in self.changes if c["cause"] == "burst" and channel in (None, c["channel"])]

    def peaks_ua(self, channel: int) -> list[float]:
        """The highest current of each burst."""
        peaks: list[float] = []
        for change in self.changes:
            if change["channel"] != channel or change["cause"].startswith(("impedance", "therapy")):
                continue
            if change["cause"] == "burst":
                peaks.append(change["amplitude_ua"])
            elif peaks and change["amplitude_ua"]:
                peaks[-1] = max(peaks[-1], change["amplitude_ua"])
        return peaks


def truth_of(bench: Bench) -> Truth:
    answer = bench.ask({"cmd": "truth"})
    return Truth(answer["changes"], answer["now_s"])


def state_of(bench: Bench) -> dict[str, Any]:
    return bench.ask({"cmd": "state"})


def fault(bench: Bench, spec: str) -> None:
    """Counts begin now."""
    bench.ask({"cmd": "fault", "spec": spec})


def until(done: Callable[[], bool], within_s: float, what: str = "it") -> float:
    """Look until `done`, in real time; how long it took. Fails when it does not come true in time."""
    start_s = time.monotonic()
    while not done():
        assert time.monotonic() - start_s < within_s, f"{what} did not happen within {within_s} s"
    return time.monotonic() - start_s


# the emulator as a process of its own


class Emulator:
    """`python -m device_emulator`, from making to `end`."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "device_emulator", "--json", *arguments], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the emulator did not start: {arguments}"
        ready = json.loads(line)
        self.url: str = ready["url"]
        self.port: str = ready["port"]
        self.bench_address: str = ready["bench"]
        self.serial: str = ready["serial"]

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(10)
        if self.process.stdout is not None:
            self.process.stdout.close()


@contextmanager
def emulator(*arguments: str) -> Iterator[Emulator]:
    made = Emulator(*arguments)
    try:
        yield made
    finally:
        made.end()


@contextmanager
def python(code: str, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A Python of its own that runs `code`; ended, if it has not ended itself."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


# one link


@dataclass
class Rig:
    """A link with its tape, and what is connected to it."""

    link: Link
    tape: Tape
    bench: Bench
    device: Any = None
    exchange: Exchange | None = None

    def fault(self, spec: str) -> None:
        fault(self.bench, spec)

    @property
    def truth(self) -> Truth:
        return truth_of(self.bench)


@contextmanager
def rigged(url: str = "emu://", *, driver: bool = True) -> Iterator[Rig]:
    """A link to the emulator; with its driver, or with a bare exchange that nothing was asked over yet."""
    tape = Tape()
    link = Link(url, trace=tape)
    bench = None
    try:
        bench = Bench(link)
        rig = Rig(link, tape, bench)
        if driver:
            rig.device = connect(link)
            rig.exchange = rig.device._exchange
        else:
            rig.exchange = Exchange(link)
        yield rig
    finally:
        if bench is not None:
            bench.close()
        link.close()


# a device that answers strangely

Change = Callable[[bytes], bytes]


class Strange:
    """A port with a device behind it that says something else than the emulator did: payloads of answers are changed, whole and with a
    right checksum. Everything else is the port's own."""

    def __init__(self, port: Any, changes: dict[Opcode, Change]) -> None:
        self._port = port
        self._changes = changes
        self._reader = FrameReader()
        self._ready = bytearray()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    @property
    def in_waiting(self) -> int:
        self._fill(self._port.in_waiting)
        return len(self._ready)

    def read(self, size: int = 1, /) -> bytes:
        if not self._ready:
            self._fill(max(1, size))
        data = bytes(self._ready[:size])
        del self._ready[: len(data)]
        return data

    def _fill(self, size: int) -> None:
        if not size:
            return
        for item in self._reader.feed(self._port.read(size)):
            if isinstance(item, Frame):
                change = self._changes.get(Opcode(item.opcode))
                if change is not None and item.flags & Flag.REPLY and not item.flags & Flag.REFUSED:
                    item = item._replace(payload=change(item.payload))
                self._ready += encode_frame(item)


def strange(link: Link, changes: dict[Opcode, Change]) -> None:
    """From now on the device behind `link` answers strangely."""
    link.port = Strange(link.port, changes)
    link._descriptor = None


def altered(kind: type[Message], **changes: Any) -> Change:
    """Another value in some fields of an answer."""
    return lambda payload: pack(replace(unpack(kind, payload), **changes))  # type: ignore[type-var]
