"""An emulated OpenNerve on a table, and links to it. The device lives on when a link goes, as a real one does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from device_emulator.opennerve.device import OpenNerveDevice
from device_emulator.opennerve.firmware import Timing
from device_emulator.opennerve.host import OpenNerveHost
from device_emulator.port.line import EmuLine
from rnprog.device.link import Link
from rnprog.device.opennerve.conversation import Conversation
from rnprog.device.opennerve.key import Key
from rnprog.device.ports import READ_SLICE_S
from rnprog.protocol.opennerve.codes import Role
from rnprog.protocol.opennerve.frames import Request, split_requests
from tests.device.rig import Tape, Truth
from tests.device_emulator.opennerve.bed import BLE, FAST, KEYS, keyed

WIRED = Timing()
TIMINGS = {"no timing": FAST, "Bluetooth": BLE, "wired": WIRED}


class Port:
    """What a pyserial port is to a link."""

    def __init__(self, device: OpenNerveDevice) -> None:
        self._line = EmuLine(OpenNerveHost(device, virtual=True))  # type: ignore[arg-type]
        self.clock = self._line.clock

    @property
    def in_waiting(self) -> int:
        return self._line.waiting

    def read(self, size: int = 1, /) -> bytes:
        data = self._line.read(size, READ_SLICE_S)
        if not data and self._line.unplugged:
            raise OSError("the emulated cable is unplugged")
        return data

    def write(self, data: bytes, /) -> int:
        if self._line.unplugged:
            raise OSError("the emulated cable is unplugged")
        self._line.write(data)
        return len(data)

    def bench(self, command: dict[str, object]) -> dict[str, object]:
        return self._line.bench(command)

    def close(self) -> None:
        """The device stays on."""


def key_file(folder: Path, role: Role = Role.ADMIN, mode: int = 0o600) -> Path:
    """A key file as a user has one."""
    path = folder / f"{role.name.lower()}.txt"
    path.write_text(f"{KEYS[role]:064x}\n", encoding="ascii")
    os.chmod(path, mode)
    return path


def link_to(device: OpenNerveDevice, tape: Tape | None = None) -> Link:
    """A link whose other end is this device."""
    link = Link("emu://", trace=tape)
    link.port.close()
    port: Any = Port(device)
    link.port, link.clock, link._descriptor = port, port.clock, None
    return link


@contextmanager
def talking(device: OpenNerveDevice, role: Role = Role.ADMIN) -> Iterator[Conversation]:
    link = link_to(device, Tape())
    yield Conversation(link, Key(KEYS[role]))
    link.close()


def sent(tape: Tape) -> list[Request]:
    """The requests that were written, in order; those of AUTH are masked in the tape and left out."""
    return [request for _, way, data in tape.entries if way == ">" for request in split_requests(data)[0]]


def truth_of(device: OpenNerveDevice) -> Truth:
    answer: Any = device.bench({"cmd": "truth"})
    return Truth(answer["changes"], answer["now_s"])


def device(timing: Timing = FAST, **values: float) -> OpenNerveDevice:
    """With keys, and values (in the device's own units) other than the factory's."""
    return OpenNerveDevice(keyed(**values), timing=timing)
