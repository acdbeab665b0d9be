"""Records of earlier visits, written by the product's own writer with the clock of that day."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rnprog.session.record import Record, Times
from rnprog.therapy.contacts import CONTACTS_OF, Side

SERIAL = "RN1-E0000000"
TEST = ("0.2", "100")
SOUND = {f"{contact} to case": 500 + 40 * place for side in Side for place, contact in enumerate(CONTACTS_OF[side])} | {
    f"{first} to {second}": 1100 for side in Side for first in CONTACTS_OF[side] for second in CONTACTS_OF[side] if first < second
}
"""A whole sweep with nothing odd in it."""


class Visit:
    """One record, days ago. Every method writes lines as the product does; leaving the block closes it."""

    def __init__(self, directory: Path, days_ago: float = 0, *, serial: str = SERIAL, mode: str = "emulator") -> None:
        self.at = datetime.now(UTC) - timedelta(days=days_ago, seconds=1)
        opening = {"mode": mode, "model": "RN-1", "serial": serial, "command": "session", "patient": None}
        self.record = Record.create(directory, serial, lambda: Times(0, self.at, 0.0), actor="test", opening=opening)

    @property
    def path(self) -> Path:
        return self.record.path

    def __enter__(self) -> "Visit":
        return self

    def __exit__(self, *_: object) -> None:
        self.record.close({})

    def measured(self, ohms: Mapping[str, int | None], *, test: tuple[str, str] = TEST, verdict: str = "normal", **more: Any) -> "Visit":
        """An impedance measurement."""
        readings = [{"pair": pair, "impedance_ohm": ohm, "verdict": verdict if ohm is not None else "open"} for pair, ohm in ohms.items()]
        data = {"what": "impedance", "result": "applied", "test_ma": test[0], "test_us": test[1], "readings": readings}
        self.record.write("outcome", {**data, **more})
        return self

    def too_strong(self, amplitude_ma: str = "1.5", ceiling_ma: str = "1.3", *, cut_off: bool = False) -> "Visit":
        """A report of discomfort at 214 us on the usual pair of the left side."""
        data = {"electrodes": "-L1+L2", "pulse_width_us": "214", "too_strong_ma": amplitude_ma, "ceiling_ma": ceiling_ma}
        self.record.write("ceiling", {**data, "stopped_before_an_answer": cut_off})
        return self

    def titrated(
        self,
        motor_ma: str | None,
        *,
        side: str = "left",
        electrodes: str = "-L1+L2",
        ending: str = "threshold",
        given_ma: tuple[str, ...] = ("0.5", "2.4"),
        how: str = "palpation",
        width_us: str = "214",
        discomfort_ma: str | None = None,
        estimate_ma: str | None = None,
        elsewhere_ma: str | None = None,
    ) -> "Visit":
        """A titration from arming to its result."""
        arm = {"what": "arm", "result": "applied", "side": side, "electrodes": electrodes, "pulse_width_us": width_us, "rate_hz": "20"}
        self.record.write("outcome", arm)
        self.record.write("titration", {"side": side, "method": "ascending", "observer": "ask", "confirmed_by_means_of": how})
        for amplitude_ma in given_ma:
            self.record.write("answer", {"side": side, "amplitude_ma": amplitude_ma, "answer": "none", "by": "ask"})
        found = {"side": side, "ending": ending, "motor_ma": motor_ma, "discomfort_ma": discomfort_ma, "elsewhere_ma": elsewhere_ma}
        self.record.write("titrated", found | ({"estimate": {"median_ma": estimate_ma}} if estimate_ma is not None else {}))
        return self
