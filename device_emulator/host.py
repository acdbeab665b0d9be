"""A device kept by a process: its state file, its ground-truth file, its clock. What the ports and the server have in common.

Not locked against threads: who uses it from several threads locks around it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

from device_emulator.clock import VIRTUAL_START_UNIX_MS, WallClock, wall_unix_ms
from device_emulator.device import EmulatedDevice
from device_emulator.store import StateError, Store
from device_emulator.truth import Change, json_line

SAVE_EVERY_S = 60.0
"""Clock and cell are saved at least this often (device time); the memory at once when it changes."""


class Host:
    """A device that is on, and what has to be written down about it."""

    def __init__(
        self,
        scenario: str,
        seed: int,
        *,
        virtual: bool,
        faults: str = "",
        state: Path | None = None,
        truth: Path | None = None,
        patient: str = "",
        months: int | None = None,
    ) -> None:
        """StateError when state or truth file cannot be used (StateBusy: somebody has it), ValueError for a bad scenario, fault or patient
        file."""
        self.virtual = virtual
        self._store = Store(state) if state is not None else None
        self._truth: TextIO | None = None
        self._wall = WallClock()
        self._wall_start_s = self._start_s = 0.0
        """When the device went on: on the wall clock, and on the machine's monotonic clock (virtual: 0)."""
        self._early: list[Change] | None = []
        """What happened before that was known; `None`: it is."""
        try:
            saved = self._store.load() if self._store is not None else None
            start_unix_ms = wall_unix_ms()
            if virtual:
                start_unix_ms = max(VIRTUAL_START_UNIX_MS, saved.unix_ms) if saved is not None else VIRTUAL_START_UNIX_MS
            if truth is not None:
                self._truth = _open_truth(truth)
            listener = self._note if self._truth is not None else None
            self.device = EmulatedDevice(
                scenario, seed, start_unix_ms=start_unix_ms, saved=saved, faults=faults, truth=listener, patient=patient, months=months
            )
            self._wall_start_s = self._wall.now_s()
            self._start_s = 0.0 if virtual else self._wall.started_s + self._wall_start_s
            for change in self._early or ():
                self._tell(change)
            self._early = None
            self._saved_writes, self._saved_s = -1, 0.0
            self.save()
        except BaseException:
            self._release()
            raise

    def receive(self, data: bytes) -> bytes:
        """Bytes from the host; in wall time the device's time comes first."""
        early = b"" if self.virtual else self.catch_up()
        answer = self.device.receive(data)
        self.save()
        return early + answer

    def advance(self, dt_s: float) -> bytes:
        data = self.device.advance(dt_s)
        self.save()
        return data

    def catch_up(self) -> bytes:
        """Bring the device to real time."""
        return self.advance(max(0.0, self._wall.now_s() - self._wall_start_s - self.device.now_s))

    def bench(self, command: dict[str, object]) -> dict[str, object]:
        """One bench command. Bytes that come of it wait in the device's `take`."""
        if not self.virtual:
            if command.get("cmd") == "advance":
                return {"ok": False, "error": "time is real here: it cannot be advanced"}
            self.device.pass_time(max(0.0, self._wall.now_s() - self._wall_start_s - self.device.now_s))
        answer = self.device.bench(command)
        self.save()
        return answer

    def save(self) -> None:
        """Write the state when there is news. StateError when that fails."""
        if self._store is None:
            return
        writes, now_s = self.device.write_count, self.device.now_s
        if writes != self._saved_writes or now_s - self._saved_s >= SAVE_EVERY_S:
            self._store.save(self.device.saved())
            self._saved_writes, self._saved_s = writes, now_s

    def close(self) -> None:
        """Switch the device off: output ends, what is volatile is lost, the rest is saved."""
        self.device.rn1.core.power_down()
        try:
            if self._store is not None:
                self._store.save(self.device.saved())
        finally:
            self._release()

    def _note(self, change: Change) -> None:
        if self._early is not None:
            self._early.append(change)
        else:
            self._tell(change)

    def _tell(self, change: Change) -> None:
        if self._truth is not None:
            self._truth.write(json_line(change, self._start_s))

    def _release(self) -> None:
        if self._truth is not None:
            self._truth.close()
            self._truth = None
        if self._store is not None:
            self._store.close()


def _open_truth(path: Path) -> TextIO:
    try:
        return path.open("a", encoding="utf-8", buffering=1)
    except OSError as error:
        raise StateError(f"The ground truth cannot be written to {path}: {error.strerror}.") from error
