"""What can go wrong, as a table, and how a spec is read. Knows no device; what becomes of bytes is fault_line.py, of the device mishaps.py.

A spec is a list with commas: `drop-reply=SET_AMPLITUDE@2,drop-byte~0.02,unplug@40,nak-stop`. `=` gives the opcode or the amount, `@n` the
occasion at which it strikes (the first when left out), `~p` a chance for each occasion instead. Occasions are counted from the moment the
spec is set. An id of the fault catalogue (`L1` to `D18`) stands for the first fault that shows it. What happens depends on spec, seed and
what went before and on nothing else, so that a recorded seed can be replayed bit for bit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from rnprog.protocol.opcodes import Log, Opcode

LATE_S = 0.4
"""A late answer comes after the 250 ms a host waits."""
LINE_BAUD = 115_200
BABBLE_BYTES_PER_S = 1_000_000
ANY = "ANY"
_CONTACTS = "012345678"


class Way(StrEnum):
    """Direction of a byte."""

    REQUEST = "REQUEST"
    REPLY = "REPLY"


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One row of the table. `form`: what may stand behind the name, brackets around what may be left out."""

    name: str
    ids: str
    """Entries of the fault catalogue that it shows."""
    form: str
    summary: str
    example: str
    limit: str = ""
    """What it cannot show here, and why."""
    limited_on: tuple[str, ...] = ()
    """The kinds of line on which that holds: `pty`, `tcp`; none: on all, or on none alone."""
    nothing_there: bool = False
    """On these it does nothing at all."""

    @property
    def takes(self) -> str:
        """The word behind `=`; empty: none."""
        found = re.search(r"=([A-Z]+)", self.form)
        return found[1] if found else ""


_OP, _AT, _BYTE = "=OPCODE[@n|~p]", "[=OPCODE][@n]", "[=WAY][@n|~p]"
_PTY_OPEN = (
    "on a pseudo-terminal it does nothing: the other end cannot see that one is opened, and it has no DTR or break; "
    "emu:// boots at each open anyway"
)
_BAUD = "a pseudo-terminal has no speed: the bytes are garbled as a UART at that speed would read them"
_LOCK = "only the device's side of it; that the port is held is for the host to find"
_RENUMBER = "the path of a pseudo-terminal vanishes and does not come back; another device comes back on TCP and emu:// when plugged in"
_FULL = "over a PTY or TCP the system's own buffer fills first; emu:// has none and blocks at once"

_ALL = (
    FaultKind("drop-byte", "L1", _BYTE, "the nth byte is lost, or each with a chance; REQUEST, REPLY or both ways", "drop-byte~0.02"),
    FaultKind("double-byte", "L2", _BYTE, "the nth byte comes twice, or each with a chance", "double-byte=REPLY@30"),
    FaultKind("duplicate-request", "L2", _OP, "the nth request of an opcode arrives twice", "duplicate-request=BURST@1"),
    FaultKind("duplicate-reply", "L2", _OP, "the nth answer to an opcode comes twice", "duplicate-reply=STATUS@1"),
    FaultKind(
        "reorder-request", "L3", _OP, "the nth request of an opcode is overtaken by the next request", "reorder-request=SET_AMPLITUDE@1"
    ),
    FaultKind("reorder-reply", "L3", _OP, "the nth answer to an opcode is overtaken by the next answer", "reorder-reply=STATUS@1"),
    FaultKind("flip-bit", "L4", _BYTE, "one bit of the nth byte is flipped, or of each with a chance", "flip-bit~0.001"),
    FaultKind("burst-error", "L4", _BYTE, "32 bits from the nth byte on are scrambled", "burst-error=REPLY@10"),
    FaultKind("corrupt-request", "L4", _OP, "one bit of the nth request of an opcode is flipped", "corrupt-request=ARM@1"),
    FaultKind("corrupt-reply", "L4", _OP, "one bit of the nth answer to an opcode is flipped", "corrupt-reply=STATUS@1"),
    FaultKind("partial-request", "L5", _OP, "half of the nth request of an opcode arrives, then silence", "partial-request=STATUS@1"),
    FaultKind("partial-reply", "L5", _OP, "half of the nth answer to an opcode comes, then silence", "partial-reply=STATUS@1"),
    FaultKind("trickle", "L5", "=SECONDS", "answers come byte by byte, that many seconds apart", "trickle=0.002"),
    FaultKind("late-reply", "L6", "=OPCODE[@n][~s]", "the nth answer to an opcode comes late (~seconds, 0.4)", "late-reply=STATUS@1~0.6"),
    FaultKind("delay", "L6", "=SECONDS", "every answer comes that many seconds later", "delay=0.05"),
    FaultKind("jitter", "L6", "=SECONDS", "every answer comes up to that many seconds later", "jitter=0.1"),
    FaultKind("wrong-reply", "L6", _OP, "the nth answer to an opcode is one to an earlier request", "wrong-reply=STATUS@1"),
    FaultKind("drop-reply", "L7", _OP, "the nth answer to an opcode is lost; the device did what was asked", "drop-reply=SET_AMPLITUDE@1"),
    FaultKind("drop-request", "L7", _OP, "the nth request of an opcode is lost on its way to the device", "drop-request=BURST@1"),
    FaultKind("stuck", "L8", _AT, "from the nth request on the device's end reads nothing: writes block", "stuck@5", _FULL, ("pty", "tcp")),
    FaultKind("unplug", "L9 L10 L11", _AT, "the cable is out from the nth request on; that one is still executed", "unplug=COMMIT@1"),
    FaultKind("unplug-after", "L9 L10", "=SECONDS", "the cable is out after that many seconds", "unplug-after=2.5"),
    FaultKind(
        "wrong-baud", "L12", "=NUMBER", "host and device have different baud rates (this one, 115,200)", "wrong-baud=57600", _BAUD, ("pty",)
    ),
    FaultKind("noise", "L12", "[@n]", "that many bytes of noise stand before every answer", "noise@20"),
    FaultKind("other-host", "L13", _AT, "another programmer opens a link session before the nth request", "other-host@5", _LOCK),
    FaultKind("steal", "L14", _OP, "another program reads a piece out of the nth answer to an opcode", "steal=STATUS@1"),
    FaultKind(
        "swap-device",
        "L15",
        _AT,
        "the cable is out from the nth request on, and then on another device",
        "swap-device@6",
        _RENUMBER,
        ("pty",),
    ),
    FaultKind(
        "babble",
        "L16",
        "[=NUMBER]",
        "junk without end, that many bytes per second (1,000,000), and 10 ms of it before every answer",
        "babble=200000",
    ),
    FaultKind("half-open", "L17", _AT, "from the nth request on nothing comes back; the device still hears", "half-open@5"),
    FaultKind("reset-on-open", "L18", "", "the device resets when its port is opened", "reset-on-open", _PTY_OPEN, ("pty",), True),
    FaultKind(
        "power-cut", "D1", _AT, "power fails at the nth page write from now, or from the first request of an opcode", "power-cut=COMMIT@3"
    ),
    FaultKind("reset", "D2", _AT, "a watchdog reset at the nth request, which is lost", "reset@12"),
    FaultKind("reset-after", "D2", "=SECONDS", "a watchdog reset after that many seconds", "reset-after=3"),
    FaultKind("foreign-commit", "D3", _AT, "every stored program was committed anew by somebody else", "foreign-commit=COMMIT@1"),
    FaultKind("serial-change", "D4", _AT, "from the nth request on the device has another serial number", "serial-change@8"),
    FaultKind("clock-skew", "D5", "=SECONDS", "the device's clock is that many seconds ahead (negative: behind)", "clock-skew=-7200"),
    FaultKind("low-battery", "D6", "", "the cell has 3,250 mV: stimulation is refused", "low-battery"),
    FaultKind("end-of-service", "D6", "", "the cell has 3,150 mV: end of service", "end-of-service"),
    FaultKind("battery", "D6", "=NUMBER", "the cell has that many millivolts", "battery=3350"),
    FaultKind("lead-open", "D7", "=CONTACTS", "the conductors of these contacts (0-3 L0-L3, 4-7 R0-R3, 8 case) are broken", "lead-open=1"),
    FaultKind("lead-short", "D7", "=CONTACTS", "the conductors of these contacts touch", "lead-short=12"),
    FaultKind(
        "impedance-jump", "D8", "=NUMBER[@n]", "from the nth request on all impedances are that many times as high", "impedance-jump=2@20"
    ),
    FaultKind("wild-telemetry", "D9", _OP, "every value in the nth answer to an opcode is out of its range", "wild-telemetry=BATTERY@1"),
    FaultKind("protocol-version", "D10", "=NUMBER", "the device speaks that protocol version and no other", "protocol-version=9"),
    FaultKind("nak-stop", "D11", "", "STOP is refused and does nothing", "nak-stop"),
    FaultKind("no-effect", "D12", _OP, "the nth command of an opcode is answered as done and does nothing", "no-effect=SET_AMPLITUDE@1"),
    FaultKind("quantise", "D13", "=NUMBER", "the device holds amplitudes in steps of that many uA, and does not say so", "quantise=500"),
    FaultKind("clamp", "D13", "=NUMBER", "the device holds no amplitude above that many uA, and does not say so", "clamp=1500"),
    FaultKind("therapy-running", "D14", "", "a therapy session is running", "therapy-running"),
    FaultKind("no-lease", "D15", "", "the device has no lease: test output runs on for up to 60 s", "no-lease"),
    FaultKind("strong-impedance", "D16", "=NUMBER", "the impedance test drives that many uA", "strong-impedance=1500"),
    FaultKind("full-log", "D17", "[=LOG]", "a log (EVENTS) has overflowed: entries are lost", "full-log=THERAPY"),
    FaultKind("lose-event", "D17", "[@n|~p]", "the nth event the device sends is lost", "lose-event@1"),
    FaultKind("charging", "D18", "", "the device is on its charger: stimulation is refused", "charging"),
    FaultKind("over-temperature", "D18", "", "the device is too warm: stimulation is refused", "over-temperature"),
)
FAULTS: dict[str, FaultKind] = {kind.name: kind for kind in _ALL}

SECONDS_MAX = 86_400.0
_SPAN_S = 10 * 366 * SECONDS_MAX
_BOUNDS: dict[str, tuple[float, float]] = {
    "clock-skew": (-_SPAN_S, _SPAN_S),
    "trickle": (0.0, 1.0),
    "wrong-baud": (50, 4_000_000),
    "babble": (1, 10_000_000),
    "battery": (0, 5_000),
    "impedance-jump": (0.001, 1_000_000),
    "protocol-version": (0, 255),
    "quantise": (100, 10_000),
    "clamp": (0, 10_000),
    "strong-impedance": (1, 65_535),
}
"""Least and greatest value of a fault's number, in its own unit; seconds that are not named here: 0 to SECONDS_MAX."""
_NOISE_MAX = 65_536

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_ITEM = re.compile(
    r"(?P<name>[A-Za-z][A-Za-z0-9-]*)(?:=(?P<value>[A-Z_]+|-?\d+(?:\.\d+)?))?(?:@(?P<count>\d{1,9}))?(?:~(?P<rate>\d+(?:\.\d+)?))?"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One item of a spec."""

    kind: FaultKind
    opcode: Opcode | None = None
    """`None`: any."""
    way: Way | None = None
    """`None`: both."""
    count: int = 1
    chance: float | None = None
    """`None`: at the occasion `count`."""
    seconds: float = 0.0
    number: float = 0.0
    contacts: tuple[int, ...] = ()
    log: Log = Log.EVENTS

    @property
    def name(self) -> str:
        return self.kind.name


def parse_faults(spec: str) -> tuple[Fault, ...]:
    """The faults of a spec; an empty spec has none. ValueError says what is wrong and lists the known ones."""
    return tuple(_parse_item(item.strip()) for item in spec.split(",") if item.strip())


def limited_on(spec: str, line: str) -> list[FaultKind]:
    """Those of a spec that show less than they say, or nothing, on a kind of line (`pty`, `tcp`)."""
    found = dict.fromkeys(fault.kind.name for fault in parse_faults(spec) if line in fault.kind.limited_on)
    return [FAULTS[name] for name in found]


def kinds_of(identifier: str) -> list[FaultKind]:
    """The faults that show an entry of the catalogue."""
    return [kind for kind in _ALL if identifier in kind.ids.split()]


def _parse_item(item: str) -> Fault:
    shown = kinds_of(item)
    if shown:
        return _parse_item(shown[0].example)
    name = _NAME.match(item)
    kind = FAULTS.get(name[0]) if name else None
    if kind is None:
        raise ValueError(f"There is no fault {item!r}. Known are {', '.join(FAULTS)}; for example {FAULTS['drop-reply'].example}.")
    wrong = ValueError(f"There is a fault {kind.name}, but it is not written {item!r}. {_manual(kind)}")
    if (found := _ITEM.fullmatch(item)) is None:
        raise wrong
    value, count, rate = found["value"], int(found["count"] or 1), found["rate"]
    if (found["count"] and "@n" not in kind.form) or count < 1 or (rate and "~" not in kind.form):
        raise wrong
    if (kind.name == "noise" and count > _NOISE_MAX) or ("~s" in kind.form and float(rate or 0) > SECONDS_MAX):
        raise wrong
    chance = float(rate) if rate and "~p" in kind.form else None
    if chance is not None and (found["count"] or not 0 < chance <= 1):
        raise wrong
    plain = Fault(kind, count=count, chance=chance, seconds=float(rate or LATE_S) if "~s" in kind.form else 0.0)
    if value is None:
        if kind.takes == "OPCODE" and not (chance or "[=" in kind.form):
            raise ValueError(f"The fault {item!r} names no opcode. Known are {ANY}, {', '.join(Opcode.__members__)}.")
        if kind.takes and "[=" not in kind.form and not chance:
            raise wrong
        return plain
    return _with_value(plain, value, item, wrong)


def _with_value(plain: Fault, value: str, item: str, wrong: ValueError) -> Fault:
    kind, count, chance, seconds = plain.kind, plain.count, plain.chance, plain.seconds
    digits = value[-1].isdigit()
    match kind.takes:
        case "OPCODE" if value == ANY:
            return plain
        case "OPCODE" if value in Opcode.__members__:
            return Fault(kind, Opcode[value], count=count, chance=chance, seconds=seconds)
        case "OPCODE":
            raise ValueError(f"The fault {item!r} names no opcode. Known are {ANY}, {', '.join(Opcode.__members__)}.")
        case "WAY" if value in Way.__members__:
            return Fault(kind, way=Way[value], count=count, chance=chance)
        case "SECONDS" if digits and _within(kind, float(value)):
            return Fault(kind, seconds=float(value))
        case "NUMBER" if digits and _within(kind, float(value)):
            return Fault(kind, number=float(value), count=count)
        case "CONTACTS" if set(value) <= set(_CONTACTS) and (len(value) > 1 or kind.name == "lead-open"):
            return Fault(kind, contacts=tuple(map(int, value)))
        case "LOG" if value in Log.__members__:
            return Fault(kind, log=Log[value])
    raise wrong


def _limits(kind: FaultKind) -> tuple[float, float]:
    return _BOUNDS.get(kind.name, (0.0, SECONDS_MAX))


def _within(kind: FaultKind, number: float) -> bool:
    low, high = _limits(kind)
    return low <= number <= high


def _manual(kind: FaultKind) -> str:
    """How a fault is written: its form, what each sign in it may be, and an example."""
    terms = []
    if kind.takes in ("SECONDS", "NUMBER"):
        low, high = _limits(kind)
        terms.append(f"{kind.takes} is a number from {low:,.10g} to {high:,.10g}")
    if kind.takes == "OPCODE":
        terms.append(f"OPCODE is {ANY} or a command such as STATUS")
    if kind.takes == "CONTACTS":
        terms.append(f"CONTACTS are digits from 0 to 8{'' if kind.name == 'lead-open' else ', at least two'}")
    if kind.takes in ("WAY", "LOG"):
        terms.append(f"{kind.takes} is {' or '.join(Way if kind.takes == 'WAY' else Log.__members__)}")
    if "@n" in kind.form:
        terms.append(f"n is a whole number from 1{f' to {_NOISE_MAX:,}' if kind.name == 'noise' else ''}")
    if "~p" in kind.form:
        terms.append("p is a chance above 0, at most 1")
    if "~s" in kind.form:
        terms.append(f"s are seconds from 0 to {SECONDS_MAX:,.10g}")
    if "[" in kind.form:
        terms.append("what stands in brackets may be left out")
    told = f" ({'; '.join(terms)}); for example {kind.example}" if terms else ", and nothing behind it"
    meant = f" NUMBER: {kind.summary}." if kind.takes == "NUMBER" else ""
    return f"Its form is {kind.name}{kind.form}{told}.{meant}"
