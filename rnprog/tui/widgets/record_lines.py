"""A record's lines in words, newest last: what was wanted, what came of it, what was answered. The file itself is checked elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from textual.content import Content
from textual.widget import Widget

from rnprog.session.wording import patient
from rnprog.session.wording import tui_record as words
from rnprog.session.wording import tui_screens as say
from rnprog.tui.view_model import clean
from rnprog.tui.widgets.text import Text, columns, row

_LONGEST = 90
_SHORT = 48
_TONES = {"stop": "bold $caution", "answer": "$ok", "note": "bold", "close": "$quiet", "open": "$quiet"}


def lines_told(lines: Sequence[Mapping[str, Any]], most: int = 400) -> Content:
    """Time, kind, what. Intents are left out where their outcome follows: the outcome says the same and more."""
    shown = [line for line in lines if not words.silent(line)]
    again = _given_again(shown)
    rows = [
        row(Content.styled(_time(line), "$quiet"), Content.styled(_word(line), _TONES.get(_kind(line), "")), _what(line) + more)
        for line, more in list(zip(shown, again, strict=True))[-most:]
    ]
    return columns(rows)


def _given_again(lines: Sequence[Mapping[str, Any]]) -> list[str]:
    """For each line what is to be added: that it is the answer to a burst whose answer had been taken back."""
    found, taken = [], False
    for line in lines:
        corrects = taken and line.get("kind") == "answer"
        taken = line.get("kind") == say.TAKEN_BACK or (taken and not corrects)
        found.append(say.CORRECTED if corrects else "")
    return found


def _time(line: Mapping[str, Any]) -> str:
    return clean(line.get("utc", ""))[11:19]


def _kind(line: Mapping[str, Any]) -> str:
    return clean(line.get("kind", ""))[:20]


def _word(line: Mapping[str, Any]) -> str:
    data = line.get("data")
    return clean(words.word(_kind(line), data if isinstance(data, dict) else {}))[:20]


def _what(line: Mapping[str, Any]) -> str:
    data = line.get("data")
    if not isinstance(data, dict):
        return ""
    match line.get("kind"):
        case "open":
            text = say.opened(data.get("model"), data.get("serial"), data.get("mode"), data.get("patient"))
        case "answer":
            where = say.IN_THE_WRONG_PLACE if data.get("where") else ""
            text = f"{data.get('side')} {data.get('amplitude_ma')} mA: {data.get('answer')}{where}"
        case "besides":
            text = f"{data.get('side')} {data.get('amplitude_ma')} mA: {data.get('contraction')}"
        case "stop":
            text = f"{data.get('words')} ({data.get('cause')}{'' if data.get('confirmed') else say.NOT_CONFIRMED})"
        case "note":
            text = str(data.get("text"))
        case "patient":
            text = patient.settled(data.get("confirmed_by"))
        case "titrated":
            motor, proposed = data.get("motor_ma") or "-", data.get("proposed_ma") or "-"
            text = say.titrated(data.get("side"), data.get("ending"), motor, proposed)
        case "outcome":
            text = words.outcome(data)
        case "titration":
            text = words.titration(data)
        case "triage":
            text = words.advice(data)
        case "ceiling":
            text = words.ceiling(data)
        case words.BOTH_BEGUN | words.BOTH_CHECKED:
            text = words.both(data)
        case _:
            text = words.plainly(data)
    text = clean(text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def in_short_told(lines: Sequence[Mapping[str, Any]]) -> Content:
    """The appointment so far, for a screen that has room for it beside its lines."""
    if not lines:
        return Content("")
    rows = [row(Content.styled(label, "$quiet"), clean(text)[:_SHORT]) for label, text in words.in_short(lines)]
    return Content("\n").join([Content.styled(words.IN_SHORT, "bold"), columns(rows)])


def states() -> list[tuple[str, Widget]]:
    """Nothing, and a few lines."""

    def line(kind: str, **data: object) -> dict[str, Any]:
        return {"utc": "2026-11-25T10:15:04.120+00:00", "kind": kind, "data": data}

    lines = [
        line("open", model="RN-1", serial="RN1-E0000001", mode="emulator", patient="P-017"),
        line("outcome", what="arm", result="applied", side="left"),
        line("answer", side="left", amplitude_ma="1.0", answer="felt", by="ask"),
        line("stop", cause="the operator said stop", confirmed=True, words="Stimulation was stopped (left)."),
        line("note", text="sat up between the sides"),
    ]
    return [("nothing", Text(lines_told([]))), ("some lines", Text(lines_told(lines))), ("in short", Text(in_short_told(lines)))]


if __name__ == "__main__":
    from rnprog.tui.widgets.showcase import show_all

    show_all(states())
