"""A device kept by a process: its state file, its ground-truth file, its clock. What the ports and the server have in common.

Not locked against threads: who uses it from several threads locks around it.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from device_emulator.clock import VIRTUAL_START_UNIX_MS, WallClock, wall_unix_ms
from device_emulator.device import EmulatedDevice
from device_emulator.later import come_back
from device_emulator.origin import USUAL, Asked, Origin, differences, lasting
from device_emulator.saved import Saved
from device_emulator.scenarios import SCENARIOS, Scenario, scenario_named
from device_emulator.store import StateDiffers, StateError, Store
from device_emulator.tissue.person_file import patient_text
from device_emulator.truth import Change
from device_emulator.truth_file import TruthFile
from rnprog.protocol.fields import printable

TOLD = frozenset(("fault", "reset", "magnet", "remote", "flags", "battery"))
"""Bench commands that change what happens to the device."""
_ASKING = ("flags", "battery")
"""Those that only ask when they set nothing."""
SAVE_EVERY_S = 60.0
"""Clock and cell are saved at least this often (device time); the memory at once when it changes."""


class Host:
    """A device that is on, and what has to be written down about it."""

    def __init__(
        self,
        scenario: str | None,
        seed: int | None,
        *,
        virtual: bool,
        faults: str = "",
        state: Path | None = None,
        truth: Path | None = None,
        patient: str = "",
        months: int | None = None,
        name: str = "",
        later_days: int = 0,
        fault_seed: int | None = None,
    ) -> None:
        """`name`: of a device that is kept under one; `later_days`: so long after its last visit. A state file without a name is a device
        of its own wherever it lies: its serial number is drawn by chance, once. What is `None` or empty is as the state says, else the
        usual. StateError when state or truth file cannot be used (StateBusy: somebody has it; StateDiffers: it is another device),
        ValueError for a bad scenario, fault or patient file, and for a device that cannot come back."""
        self.virtual = virtual
        self._store = Store(state) if state is not None else None
        self._truth: TruthFile | None = None
        self._wall = WallClock()
        self._wall_start_s = self._start_s = 0.0
        """When the device went on: on the wall clock, and on the machine's monotonic clock (virtual: 0)."""
        self._early: list[Change] | None = []
        """What happened before that was known; `None`: it is."""
        try:
            saved = self._store.load() if self._store is not None else None
            if later_days:
                saved = _after(saved, later_days, scenario, state)
            if saved is not None and state is not None:
                _same(saved.origin, Asked(scenario, seed, months, patient_text(Path(patient)) if patient else ""), state)
            kept = saved.origin if saved is not None else Origin()
            start_unix_ms = max(VIRTUAL_START_UNIX_MS if virtual else wall_unix_ms(), saved.unix_ms if saved is not None else 0)
            if truth is not None:
                self._truth = TruthFile(truth)
            listener = self._note if self._truth is not None else None
            self.device = EmulatedDevice(
                scenario or kept.scenario,
                kept.seed if seed is None else seed,
                start_unix_ms=start_unix_ms,
                saved=saved,
                faults=faults,
                truth=listener,
                patient=patient,
                months=months,
                name=_made_under(name, self._store) or (f"{state.stem} {secrets.token_hex(16)}" if state is not None else ""),
                fault_seed=fault_seed,
            )
            self._wall_start_s = self._wall.now_s()
            self._start_s = 0.0 if virtual else self._wall.started_s + self._wall_start_s
            if self._truth is not None:
                self._truth.begin(self._head(faults, start_unix_ms))
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
        answer = self._told_bench(command) if command.get("cmd") in TOLD else self.device.bench(command)
        self.save()
        return answer

    def _told_bench(self, command: dict[str, object]) -> dict[str, object]:
        """A command that a replay has to repeat: into the ground truth, before the changes that came of it."""
        now_s, self._early = self.device.now_s, []
        answer = self.device.bench(command)
        early, self._early = self._early, None
        if self._truth is not None and answer["ok"] is True and ("set" in command or command["cmd"] not in _ASKING):
            self._truth.note(command, self._start_s + now_s, now_s)
        for change in early:
            self._tell(change)
        return answer

    def save(self) -> None:
        """Write the state when there is news. StateError when that or the ground truth fails: a device that cannot be told of is switched
        off."""
        if self._truth is not None and self._truth.failed is not None:
            self.device.rn1.core.power_down()
            raise self._truth.failed
        if self._store is None:
            return
        writes, now_s = self.device.write_count, self.device.now_s
        if writes != self._saved_writes or now_s - self._saved_s >= SAVE_EVERY_S:
            try:
                self._store.save(self.device.saved())
            except StateError:
                self.device.rn1.core.power_down()
                raise
            self._saved_writes, self._saved_s = writes, now_s

    def close(self) -> None:
        """Switch the device off: output ends, what is volatile is lost, the rest is saved. StateError when something could not be kept."""
        self.device.rn1.core.power_down()
        try:
            if self._store is not None:
                self._store.save(self.device.saved())
            if self._truth is not None and self._truth.failed is not None:
                raise self._truth.failed
        finally:
            self._release()

    def _head(self, faults: str, start_unix_ms: int) -> dict[str, object]:
        """What the ground truth says of a run before its changes."""
        device = self.device
        return {
            "serial": printable(device.rn1.identity.serial.encode("ascii")),
            "scenario": device.scenario.name,
            "seed": device.seed,
            "fault_seed": device.fault_seed,
            "visit": device.visits,
            "months": device.origin.months,
            "faults": faults,
            "clock": "virtual" if self.virtual else "wall",
            "device_unix_ms": start_unix_ms,
            "start_s": round(self._start_s, 6),
        }

    def _note(self, change: Change) -> None:
        if self._early is not None:
            self._early.append(change)
        else:
            self._tell(change)

    def _tell(self, change: Change) -> None:
        if self._truth is not None:
            self._truth.tell(change, self._start_s)

    def _release(self) -> None:
        if self._truth is not None:
            self._truth.close()
        if self._store is not None:
            self._store.close()


def _made_under(name: str, store: Store | None) -> str:
    """A name that is made again after its state was removed is another device: its records do not go on from the old one's."""
    return f"{name} made {store.makings + 1}" if name and store is not None and store.makings else name


def _after(saved: Saved | None, days: int, scenario: str | None, path: Path | None) -> Saved:
    """The device after the time between two visits; ValueError when there was no first one."""
    if path is None:
        raise ValueError("Only a device that is kept can come back later: give it a name (emu://NAME) or a state file (--state FILE).")
    if saved is None:
        raise ValueError(
            f"The emulated device {path.stem} has not been here yet, so it cannot come back later. Open it once without that; what lies "
            "behind a new device is said with months."
        )
    return come_back(saved, days, scenario)


def _same(made: Origin, asked: Asked, path: Path) -> None:
    """StateDiffers when somebody else is asked for than the state holds."""
    if not (found := differences(made, asked)):
        return
    held, wanted = (" and ".join(words) for words in zip(*found, strict=True))
    hint = _hint(made, scenario_named(asked.scenario)) if asked.scenario is not None else ""
    raise StateDiffers(
        f"The emulated device {path.stem} was made with {held}; you asked for {wanted}{hint}. Leave that out to open it as it is; for "
        f"another device choose another name, or remove the state file {path}."
    )


def _hint(made: Origin, scenario: Scenario) -> str:
    """What can be done instead of naming this scenario, in brackets; empty: nothing."""
    if scenario.day and lasting(scenario) != made.scenario:
        return f" (what {scenario.name} is about can be set with faults instead: faults={scenario.as_faults})"
    if scenario.event and scenario.name != made.scenario:
        if made.scenario == USUAL:
            return f" ({scenario.name} can happen between two visits: say how much later this one is, such as later=6mo)"
        if SCENARIOS[made.scenario].event:
            return " (only one thing can happen to a device)"
    return ""
