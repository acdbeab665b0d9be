"""Words of the record screen: what each line of a record means, from its own names. For a reader; the file itself is the proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_UNITS = {"_ma": " mA", "_us": " us", "_hz": " Hz", "_ohm": " Ohm", "_percent": " %", "_min": " min", "_s": " s"}
_KINDS = {
    "triage": "advice",
    "ceiling": "limit of today",
    "besides": "the muscle",
    "open": "begun",
    "close": "closed",
    "both sides checked": "both sides",
    "burst over": "burst",
}
_OUTCOMES = {"impedance": "measured", "arm": "prepared", "disarm": "released", "write program": "program", "activate slot": "program"}
IN_SHORT = "In short"
BOTH_BEGUN, BOTH_CHECKED = "both sides", "both sides checked"
"""Kinds of lines, as records have them."""


def word(kind: str, data: Mapping[str, Any]) -> str:
    """The line's own word, short."""
    what = str(data.get("what", ""))
    return _OUTCOMES.get(what, what) if kind == "outcome" else _KINDS.get(kind, kind)


def silent(line: Mapping[str, Any]) -> bool:
    """Whether a line says nothing that another one does not say."""
    data = line.get("data")
    kind = line.get("kind")
    return kind == "intent" or (kind == "burst over" and isinstance(data, dict) and not data.get("alert"))


def outcome(data: Mapping[str, Any]) -> str:
    """What a command came to."""
    if data.get("result") != "applied":
        extra = [f"{data[key]}" for key in ("side", "amplitude_ma", "output", "slot", "reason") if data.get(key) not in (None, "")]
        return ", ".join([f"{data.get('result')}", *extra])
    match data.get("what"):
        case "impedance":
            return _measured(data.get("readings"))
        case "arm":
            known = ((data.get("electrodes"), ""), (data.get("pulse_width_us"), " us"), (data.get("rate_hz"), " Hz"))
            return ", ".join([f"{data.get('side')} side at 0 mA", *(f"{value}{unit}" for value, unit in known if value)])
        case "amplitude":
            return f"set to {data.get('amplitude_ma')} mA"
        case "burst":
            return f"begun, output {data.get('output')}"
        case "disarm":
            return f"output {data.get('output')}"
        case "write program":
            return f"written into slot {data.get('slot')} and read back, checksum {data.get('crc')}"
        case "activate slot":
            return f"slot {data.get('slot')} is what the implant runs"
        case "schedule":
            return "daily sessions on" if data.get("enabled") else "daily sessions off"
        case _:
            return plainly({key: value for key, value in data.items() if key not in ("what", "result")}) or "done"


def _measured(readings: object) -> str:
    if not isinstance(readings, list):
        return "done"
    odd = [f"{each.get('pair')} {each.get('verdict')}" for each in readings if isinstance(each, dict) and each.get("verdict") != "normal"]
    more = f" and {len(odd) - 3} more" if len(odd) > 3 else ""
    return f"{len(readings)} pairs of contacts, {', '.join(odd[:3]) + more if odd else 'all normal'}"


def titration(data: Mapping[str, Any]) -> str:
    """A side's titration begins."""
    return (
        f"{data.get('side')} side, {data.get('method')}, precision {data.get('profile')}, confirmed by {data.get('confirmed_by_means_of')}"
    )


def advice(data: Mapping[str, Any]) -> str:
    """What stood out in a measurement."""
    found = data.get("advice")
    names = [str(each.get("finding")) for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    return f"{', '.join(names) or 'nothing found'}; compared with {data.get('compared_with', 0)} earlier measurements"


def ceiling(data: Mapping[str, Any]) -> str:
    """What was too strong, and what that bounds."""
    what = "was stopped before an answer" if data.get("stopped_before_an_answer") is True else "was too strong"
    return f"{data.get('too_strong_ma')} mA {what} on {data.get('electrodes')}: at most {data.get('ceiling_ma')} mA there"


def both(data: Mapping[str, Any]) -> str:
    """Both sides together: what is to be checked, or what it came to."""
    last = data.get("last") if "ending" in data else data
    amounts = f"left {last.get('left_ma')} mA, right {last.get('right_ma')} mA" if isinstance(last, Mapping) else "no amplitude for both"
    return f"{data['ending']}: {amounts}" if "ending" in data else f"checked together, up to {amounts}"


def plainly(data: Mapping[str, Any]) -> str:
    """Anything else: its names in words, with their units."""
    return ", ".join(_named(key, value) for key, value in data.items() if isinstance(value, str | int) and value not in ("", None))


def _named(key: str, value: object) -> str:
    for ending, unit in _UNITS.items():
        if key.endswith(ending):
            return f"{key.removesuffix(ending).replace('_', ' ')} {value}{unit}"
    shown = {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
    return f"{key.replace('_', ' ')} {shown}"


def _times(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def in_short(lines: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """The appointment so far: label and text."""
    found = [(str(line.get("kind")), line["data"]) for line in lines if isinstance(line.get("data"), dict)]
    done = [data for kind, data in found if kind == "outcome" and data.get("result") == "applied"]
    rows = [("Leads", _times(sum(data.get("what") == "impedance" for data in done), "measurement"))]
    rows += [("Bursts", str(sum(data.get("what") == "burst" for data in done)))]
    for side in ("left", "right"):
        ended = [data for kind, data in found if kind == "titrated" and data.get("side") == side]
        if ended:
            proposed = f"{ended[-1]['proposed_ma']} mA" if ended[-1].get("proposed_ma") else "no amplitude"
            rows.append((side.capitalize(), f"{proposed}, contraction {ended[-1].get('motor_ma') or '-'} mA ({ended[-1].get('ending')})"))
    rows += [("Together", both(data)) for kind, data in found if kind == "both sides checked"][-1:]
    rows += [("Program", outcome(data)) for data in done if data.get("what") == "write program"][-1:]
    stops = [data for kind, data in found if kind == "stop"]
    rows.append(
        ("STOP", f"{_times(len(stops), 'time')}, {sum(bool(data.get('confirmed')) for data in stops)} confirmed" if stops else "not said")
    )
    notes = [str(data.get("text")) for kind, data in found if kind == "note"]
    return [*rows, *(("Note", text) for text in notes[-5:])]
