"""Words about the implant's own logs: what an entry means, what is missing, whose clock it is.

The numbers are RN-1's (docs/protocol.md, 4.7). Entries of another form are told by what the device calls them, never left out.
"""

from __future__ import annotations

from datetime import UTC, datetime

from rnprog.device.api import LogRow
from rnprog.session.device_log import DAY_S, number

_CAUSES = {
    1: "lease expired: the programmer was not heard any more",
    2: "STOP",
    3: "the burst was over",
    4: "the side was released",
    5: "magnet",
    6: "patient's remote",
    7: "low battery",
    8: "over-temperature",
    9: "the device started anew",
    10: "ran its whole time",
    11: "programmer",
}
_RESETS = {0: "power on", 1: "its watchdog: report this device", 2: "its supply sagged"}
_STARTERS = {0: "by the schedule", 1: "with the patient's remote", 2: "by the programmer"}
_REFUSALS = {
    7: "it was busy with a test",
    13: "no program is active",
    17: "low battery",
    18: "on the charger",
    19: "over-temperature",
    20: "another session was running",
    21: "its memory failed: report this device",
}
_OUTPUTS = {0: "off", 1: "prepared", 2: "test stimulation on", 3: "measuring", 4: "therapy on"}
_CHANNELS = {1: "left", 2: "right", 3: "left and right"}

DEVICE_CLOCK = (
    "The log is the device's own word, by the device's own clock, which knows no time zone. It is no record of this computer, and nothing "
    "protects it against change."
)
ANOTHER_LOG = "A device with one log only shows everything there: rnprog log events."
WHAT_SHARE_IS = (
    "Share: delivered minutes of those that the active program asks for, from the first entry shown to now. An earlier program may have "
    "asked for more or less."
)


def reading(log: str) -> str:
    """Said before a log is read: it may take a while."""
    return f"Reading the {log} log of the device. It only reads; a long log may take a while."


def so_far(entries: int) -> str:
    """How far it has come."""
    return f"{entries} entries read so far."


def empty(log: str, days: int | None) -> str:
    """Nothing to show."""
    within = "" if days is None else f" of the last {'day' if days == 1 else f'{days} days'}"
    more = "Ask without --days for all it holds." if days is not None else ANOTHER_LOG
    return f"The {log} log of this device holds no entries{within}. {more}"


def gap(first: int, count: int) -> str:
    """Entries that are gone: said, so that nobody takes what is left for everything."""
    what = f"Entry {first} is" if count == 1 else f"Entries {first} to {first + count - 1} ({count}) are"
    return f"{what} lost: newer entries took their place. What happened then is not in what is shown."


def clock_set(times: int, last_s: int) -> str:
    """The device's clock was moved while the log was written."""
    often = "once" if times == 1 else f"{times} times"
    return f"The device's clock was set {often}, the last time to {moment(last_s)}. Times before and after that do not belong together."


def clock_went_back() -> str:
    """Times of entries fall, though no setting of the clock is in the log."""
    return "The times in this log go back in places: the device's clock was wrong or was set. The order of the entries is certain."


def asks(sessions_per_day: str, session_min: str, schedule_enabled: bool | None) -> str:
    """What the active program wants, and who starts it."""
    who = {
        True: "The schedule is on: sessions start by themselves.",
        False: "The schedule is off: no session starts by itself, the patient starts them with the remote.",
        None: "Whether the schedule is on, the device does not tell.",
    }[schedule_enabled]
    return f"The active program asks for {sessions_per_day} a day, {session_min} min each. {who}"


def asks_nothing(schedule_enabled: bool | None) -> str:
    """No share can be told."""
    starts = " The schedule is on." if schedule_enabled else ""
    return f"No active program says how much therapy is meant, so no share of it is shown.{starts}"


def pause(from_s: int, to_s: int) -> str:
    """The longest time without a session."""
    days = (to_s - from_s) // DAY_S
    how_long = f"{days} days" if days >= 2 else f"{(to_s - from_s) // 3600} hours"
    return f"Longest time without the beginning of a session: {how_long}, {day(from_s)} to {day(to_s)}."


def ended_early(causes: dict[int, int]) -> str:
    """Why sessions ended before their time. `causes`: how often each."""
    listed = ", ".join(f"{_cause(cause)} ({count})" for cause, count in sorted(causes.items(), key=lambda each: -each[1]))
    return f"Ended early: {listed}."


def not_started(reasons: dict[int | None, int]) -> str:
    """Why sessions were not started."""
    listed = ", ".join(f"{_refusal(reason)} ({count})" for reason, count in sorted(reasons.items(), key=lambda each: -each[1]))
    return f"Asked for and not started: {listed}."


def without_end(count: int) -> str:
    """Sessions whose minutes are not known."""
    which = "1 session has" if count == 1 else f"{count} sessions have"
    return f"{which} no end in the log (it runs now, or the device started anew meanwhile). Their minutes are not known and not counted."


def programs_ran(count: int) -> str:
    """More than the one that is active now."""
    return f"{count} different programs ran in this time: the share is of what the one active now asks for."


USE_MEANS = "Use that falls over the years is common, and no proof of a cause. Ask the patient; needs clinician sign-off."


def moment(unix_s: int) -> str:
    """A moment of the device's clock, to the minute."""
    return "time unknown" if unix_s <= 0 else f"{datetime.fromtimestamp(unix_s, UTC):%Y-%m-%d %H:%M}"


def day(unix_s: int) -> str:
    """A day of the device's clock."""
    return "unknown" if unix_s <= 0 else f"{datetime.fromtimestamp(unix_s, UTC):%Y-%m-%d}"


def event(row: LogRow) -> tuple[str, str]:
    """What happened, and the particulars; the second may be empty."""
    code, value, extra = (number(row, name) for name in ("code", "value", "extra"))
    if code is None or value is None or extra is None:
        return row.what, row.detail.get("text", "")
    side = _CHANNELS.get(number(row, "channels") or 0, "")
    match row.what:
        case "boot":
            return "Device started", f"{_RESETS.get(code, f'reason {code}')}; start number {value}"
        case "commit":
            return "Program written", f"slot {code}, revision {extra}"
        case "activate":
            return "Program chosen", f"slot {code}"
        case "armed":
            return "Test stimulation prepared", f"{side}, {code} us, {value / 1000:g} Hz"
        case "burst":
            return "Test burst", f"{_burst(value)} for {extra / 1000:g} s"
        case "output ended":
            return "Output ended", f"{_cause(code)}{f'; {side}' if side else ''}"
        case "clock set":
            return "Clock set", f"from {moment(value)} to {moment(extra)}"
        case "stop":
            return "STOP", f"the output was: {_OUTPUTS.get(code, f'state {code}')}"
        case "therapy start":
            return "Therapy began", _STARTERS.get(code, f"started by {code}")
        case "therapy end":
            return "Therapy ended", f"{_cause(code)}; {value // 60} of {extra // 60} min"
        case "therapy missed":
            return "Therapy not started", _refusal(code)
        case _:
            return row.what, f"code {code}, value {value}, extra {extra}"


def _burst(amplitudes: int) -> str:
    """`amplitudes`: tenths of a milliampere, left in the low half, right in the high one."""
    tenths = {"left": amplitudes & 0xFFFF, "right": amplitudes >> 16}
    return " and ".join(f"{side} {at // 10}.{at % 10} mA" for side, at in tenths.items() if at) or "0 mA"


def _cause(code: int) -> str:
    return _CAUSES.get(code, f"cause {code}")


def _refusal(code: int | None) -> str:
    return _REFUSALS.get(code or 0, f"reason {code}")


IMPEDANCE_MEANS = (
    "Measured by the device in ohm, each contact against the case. It serves as no baseline: its record is not protected. "
    "`rnprog impedance` measures now, and compares with the records of this computer."
)
