"""One line of OpenNerve's log: `[20YY-MM-DDThh:mm:ssZ(uuu)]<TT>text`. A line that is none is shown as it is, never dropped."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rnprog.protocol.fields import printable
from rnprog.protocol.opennerve.payloads import Clock, clock_bytes

_LINE = re.compile(r"\[20(\d\d)-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z\((\d{3})\)\]<([A-Z]{2})>(.*)")
_LABEL_SIZE = 5

KINDS = {"EV": "event", "BA": "battery", "IM": "impedance", "PA": "parameter"}
EVENTS = {
    "PO": "power on",
    "ER": "battery low",
    "EOS": "end of service",
    "UF": "restarted by the watchdog",
    "MD": "magnet",
    "SC": "short circuit",
    "HI": "high impedance",
    "NI": "normal impedance",
    "LSA": "amplitude lowered to the highest safe one",
    "SS": "stimulation started",
    "SE": "stimulation ended",
    "BC": "Bluetooth connected",
    "BD": "Bluetooth disconnected",
    "SL": "sleep",
    "WK": "wake",
    "SD": "shutdown",
    "OC": "over-current",
}
"""Event labels. Their meaning is read from the letters and the places where the firmware writes them; only some were seen."""
SHORT_CIRCUIT = "SC"


@dataclass(frozen=True, slots=True)
class LogLine:
    """An entry. `kind` is EV, BA, IM or PA; `text` is without padding and line end."""

    clock: Clock
    subsecond: int
    """0 to 255 counts within the second."""
    kind: str
    text: str

    @property
    def stamp(self) -> bytes:
        """What READ_LOG has to be given to get the entry after this one."""
        return clock_bytes(self.clock) + bytes((self.subsecond,))


def parse_line(data: bytes) -> LogLine | None:
    """The entry in a line; None when it has another form."""
    found = _LINE.fullmatch(printable(data.rstrip(b"\r\n")))
    if found is None:
        return None
    year, month, day, hour, minute, second, subsecond = (int(part) for part in found.groups()[:7])
    if subsecond > 0xFF:
        return None
    return LogLine(Clock(2000 + year, month, day, hour, minute, second), subsecond, found[8], found[9].rstrip())


def format_line(line: LogLine) -> bytes:
    """The bytes of an entry, as the device keeps them."""
    clock = line.clock
    when = f"{clock.year:04}-{clock.month:02}-{clock.day:02}T{clock.hour:02}:{clock.minute:02}:{clock.second:02}Z({line.subsecond:03})"
    text = line.text.ljust(_LABEL_SIZE) if line.kind == "EV" else line.text
    return f"[{when}]<{line.kind}>{text}\r\n".encode("ascii")
