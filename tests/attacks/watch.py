"""A bedside at which everything is seen: each frame with what lay on the disk when it passed; the device lives on when its port closes.

Owns the gathering of evidence; what it must satisfy is in `invariants.py`. A `Tamper` may sit on the line between programmer and emulator.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import serial

from device_emulator.host import Host
from rnprog.device import link
from rnprog.device.exchange import PARTIAL_S
from rnprog.protocol.errors import PayloadError
from rnprog.protocol.fields import unpack
from rnprog.protocol.frames import Frame
from rnprog.protocol.messages import REPLIES, REQUESTS, Reply
from rnprog.protocol.opcodes import Flag, Opcode, RequestClass, SlotState
from rnprog.protocol.reader import FrameReader
from rnprog.session.record import Record
from rnprog.session.session import Session
from rnprog.session.wiring import connected
from tests.device.rig import Truth
from tests.session.desk import Desk, lines_of

COMMANDS = {opcode for opcode, kind in REQUESTS.items() if kind.CLASS is RequestClass.COMMAND}
EPS_S = 2e-3
"""Times of record, frames and ground truth are at most this far apart."""
AFTERWARDS_S = 3.0
"""How long the device is looked at after its programmer has gone."""


@dataclass(frozen=True)
class Seen:
    """A frame that passed. `acknowledged`: how many lines of the record were safe on the disk then; `lost`: the record was lost by then."""

    at_s: float
    sent: bool
    frame: Frame
    acknowledged: int
    lost: bool = False

    @property
    def opcode(self) -> int:
        return self.frame.opcode

    @property
    def answers(self) -> bool:
        """The device said yes to a request of this opcode."""
        return not self.sent and bool(self.frame.flags & Flag.REPLY) and not self.frame.flags & Flag.REFUSED

    def reply(self) -> Reply | None:
        """The answer's content; None when it has none that makes sense."""
        try:
            return unpack(REPLIES[Opcode(self.frame.opcode)], self.frame.payload)
        except PayloadError:
            return None


class Tamper:
    """Around a port. This one changes nothing; it knows what really arrived at the device, and when."""

    def __init__(self, port: Any) -> None:
        self._port = port
        self.arrived: list[tuple[float, bytes]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    @property
    def in_waiting(self) -> int:
        return int(self._port.in_waiting)

    def read(self, size: int = 1, /) -> bytes:
        return bytes(self._port.read(size))

    def write(self, data: bytes, /) -> int | None:
        return self.deliver(data)

    def deliver(self, data: bytes) -> int:
        """Bytes reach the device."""
        self.arrived.append((self._port.clock.now_s(), bytes(data)))
        return int(self._port.write(data))

    def close(self) -> None:
        self._port.close()


class Tap:
    """The programmer's end of the line: what it really wrote and read. `before` may strike."""

    def __init__(self, port: Any, note: Callable[[float, str, bytes], None], before: Callable[[str, bytes], None]) -> None:
        self._port, self._note, self._before = port, note, before

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    @property
    def in_waiting(self) -> int:
        self._before("port.in_waiting", b"")
        return int(self._port.in_waiting)

    def read(self, size: int = 1, /) -> bytes:
        self._before("port.read", b"")
        data = bytes(self._port.read(size))
        if data:
            self._note(self._port.clock.now_s(), "<", data)
        return data

    def write(self, data: bytes, /) -> int | None:
        self._before("port.write", data)
        written = self._port.write(data)
        self._note(self._port.clock.now_s(), ">", data)
        return int(written)

    def close(self) -> None:
        self._before("port.close", b"")
        self._port.close()


@dataclass
class Watch:
    """One bedside, one session."""

    root: Path
    tamper: Callable[[Any], Tamper] = Tamper
    spec: str = ""
    """The faults that were set, for what an invariant has to know about them."""
    before: Callable[[str, bytes], None] = lambda call, data: None
    """Called before each call of the port, with what is about to be written."""
    port: Tamper | None = None
    host: Host | None = None
    session: Session | None = None
    record: Record | None = None
    gone_s: float | None = None
    """When the programmer left the port."""
    first_images: dict[int, bytes] = field(default_factory=dict)
    _passed: list[tuple[float, str, bytes, int, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.desk = Desk(self.root)

    @contextmanager
    def open(self, port: str = "emu://", **wishes: Any) -> Iterator[Session]:
        """A session, watched from its first byte."""
        with self.on_the_line(), connected(self.desk.wish(port, trace=None, **wishes)) as session:
            self.attend(session)
            yield session

    def attend(self, session: Session) -> None:
        """This is the session; its record is the one that counts."""
        self.session, self.record = session, session.record

    @contextmanager
    def on_the_line(self) -> Iterator[None]:
        """Every port that is opened meanwhile is tampered with and watched."""
        real, real_open = link.open_port, serial.serial_for_url

        def opens(*values: Any, **named: Any) -> Any:
            self.before("port.open", b"")
            return real_open(*values, **named)

        link.open_port, serial.serial_for_url = lambda url: self._opened(real(url)), opens  # type: ignore[assignment]
        try:
            yield
        finally:
            link.open_port, serial.serial_for_url = real, real_open

    def faults(self, spec: str) -> None:
        """Set faults of the emulator; counting begins now."""
        assert self.host is not None
        self.host.device.set_faults(spec)
        self.spec = ",".join(filter(None, (self.spec, spec)))

    def _opened(self, port: Any) -> Tap:
        self.host = port._line._host
        self.host.close = self._left  # type: ignore[method-assign, union-attr]  # the device goes on without its programmer
        self.first_images = self.images()
        self.port = self.tamper(port)
        return Tap(self.port, self._note, lambda call, data: self.before(call, data))

    def _left(self) -> None:
        self.gone_s = self.gone_s or self.now_s

    def _note(self, at_s: float, way: str, data: bytes) -> None:
        record = self.record
        self._passed.append((at_s, way, data, record.lines if record is not None else 0, record is not None and record.lost is not None))

    @property
    def now_s(self) -> float:
        """Device time."""
        assert self.host is not None
        return self.host.device.now_s

    def afterwards(self, dt_s: float = AFTERWARDS_S) -> None:
        """The programmer is gone; the device lives on for a while."""
        assert self.host is not None
        self._left()
        self.host.device.pass_time(dt_s)

    @property
    def therapy_runs(self) -> bool:
        """A therapy session of the implant's own."""
        return self.host is not None and self.host.device.rn1.core.session is not None

    def images(self) -> dict[int, bytes]:
        """What every slot holds; b"damaged" for one that is."""
        assert self.host is not None
        programs = self.host.device.rn1.core.stores.programs
        held = {slot: programs.stored(slot) for slot in range(4)}
        return {slot: b"damaged" if each.state is SlotState.DAMAGED else each.image for slot, each in held.items()}

    @functools.cached_property
    def truth(self) -> Truth:
        """All that flowed. Ask when nothing more can come."""
        return self.truth_now()

    def truth_now(self) -> Truth:
        """What has flowed up to now."""
        assert self.host is not None
        return Truth([asdict(change) for change in self.host.device.truth.changes], self.now_s)

    @functools.cached_property
    def tested(self) -> Truth:
        """Test stimulation only: what is neither therapy, which is the implant's own, nor a measurement."""
        opened: dict[int, str] = {}
        ours = []
        for change in self.truth.changes:
            if change["cause"] in ("burst", "therapy-on", "impedance"):
                opened[change["channel"]] = change["cause"]
            if opened.get(change["channel"]) == "burst":
                ours.append(change)
        return Truth(ours, self.truth.now_s)

    @property
    def bytes_read(self) -> int:
        """How many bytes the programmer has read."""
        return sum(len(data) for _, way, data, *_ in self._passed if way == "<")

    @functools.cached_property
    def frames(self) -> list[Seen]:
        """All whole frames in their order."""
        readers = {">": FrameReader(), "<": FrameReader()}
        begun_s = {">": 0.0, "<": 0.0}
        found = []
        for at_s, way, data, acknowledged, lost in self._passed:
            reader = readers[way]
            if reader.pending and at_s - begun_s[way] >= PARTIAL_S - 1e-9:
                reader.abandon()  # as the programmer does with a frame that does not end
            if not reader.pending or b"\x00" in data:
                begun_s[way] = at_s
            for item in reader.feed(data):
                if isinstance(item, Frame):
                    found.append(Seen(at_s, way == ">", item, acknowledged, lost))
        return found

    @functools.cached_property
    def arrived(self) -> list[tuple[float, Frame]]:
        """What reached the device, frame by frame."""
        reader = FrameReader()
        assert self.port is not None
        return [(at_s, item) for at_s, data in self.port.arrived for item in reader.feed(data) if isinstance(item, Frame)]

    @functools.cached_property
    def lines(self) -> list[dict[str, Any]]:
        """The record as it lies on the disk; empty when there is none."""
        if self.record is None or not self.record.path.is_file():
            return []
        return lines_of(self.record.path) if self.record.lost is None else self.whole_lines()

    def whole_lines(self) -> list[dict[str, Any]]:
        """As many lines of the file as were acknowledged."""
        import json

        assert self.record is not None
        return [json.loads(row) for row in self.record.path.read_bytes().split(b"\n")[: self.record.lines]]
