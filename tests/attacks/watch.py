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
from rnprog.protocol.frames import Frame
from rnprog.protocol.reader import FrameReader
from rnprog.session.record import Record
from rnprog.session.session import Session
from rnprog.session.wiring import connected
from tests.attacks.moments import Executed, Moments
from tests.attacks.passing import Seen, Tamper, Tap
from tests.attacks.snapshots import Slot, Snapshot, slots
from tests.device.rig import Truth
from tests.session.desk import Desk, lines_of

AFTERWARDS_S = 3.0
"""How long the device is looked at after its programmer has gone."""


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
    first: Snapshot | None = None
    """The device when its port was opened first."""
    moments: Moments = field(default_factory=Moments)
    """The device at every word that counts."""
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
            with self.moments.kept(lambda record: record is not None and record is self.record):
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
        self.moments.look_at(self.host.device.rn1)  # type: ignore[union-attr]
        self.first_images = self.images()
        self.first = self.first or self.moments.now()
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

    def slots(self) -> dict[int, Slot]:
        """What every slot holds."""
        assert self.host is not None
        return slots(self.host.device.rn1)

    def images(self) -> dict[int, bytes]:
        """The image in every slot; b"damaged" for one that is."""
        return {slot: each.image for slot, each in self.slots().items()}

    def at(self, line: dict[str, Any]) -> Snapshot | None:
        """The device when this line of the record was about to be written; None: nobody looked."""
        return self.moments.at(line)

    @functools.cached_property
    def executed(self) -> list[Executed]:
        """What the device itself took up, in its order."""
        return self.moments.executed

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
            if not reader.pending or b"\x00" in data:
                begun_s[way] = at_s
            for item in reader.feed(data):
                if isinstance(item, Frame):
                    found.append(Seen(at_s, way == ">", item, acknowledged, lost))
            if reader.pending and at_s - begun_s[way] >= PARTIAL_S - 1e-9:
                reader.abandon()  # as the programmer does with a frame that has not ended when it looks
        return found

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
