"""An OpenNerve kept by a process, with the surface the ports and the server know: its clock, and bytes in real or virtual time."""

from __future__ import annotations

from device_emulator.clock import WallClock
from device_emulator.opennerve.device import OpenNerveDevice


class OpenNerveHost:
    """A device that is on. What it holds lives as long as the device object."""

    def __init__(self, device: OpenNerveDevice, *, virtual: bool) -> None:
        self.device = device
        self.virtual = virtual
        self._wall = WallClock()
        self._start_s = self._wall.now_s() - device.now_s

    def receive(self, data: bytes) -> bytes:
        """Bytes from the host; in wall time the device's time comes first."""
        early = b"" if self.virtual else self.catch_up()
        return early + self.device.receive(data)

    def advance(self, dt_s: float) -> bytes:
        """Let time pass."""
        return self.device.advance(dt_s)

    def catch_up(self) -> bytes:
        """Bring the device to real time."""
        return self.device.advance(max(0.0, self._wall.now_s() - self._start_s - self.device.now_s))

    def closed(self) -> None:
        """The host's end of the line was closed, now."""
        self.device.pass_time(0.0 if self.virtual else max(0.0, self._wall.now_s() - self._start_s - self.device.now_s))
        self.device.closed()

    def bench(self, command: dict[str, object]) -> dict[str, object]:
        """One bench command."""
        if not self.virtual:
            if command.get("cmd") == "advance":
                return {"ok": False, "error": "time is real here: it cannot be advanced"}
            self.device.pass_time(max(0.0, self._wall.now_s() - self._start_s - self.device.now_s))
        return self.device.bench(command)

    def save(self) -> None:
        """Nothing is kept in a file."""

    def close(self) -> None:
        """Switch the device off."""
        self.device.power_down()
