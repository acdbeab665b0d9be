"""How it looks. Owns both streams, the styles and the one JSON object; decides nothing and knows no device.

stdout is the result, stderr is talk. Text from a device or a file is always `rich.text.Text`: markup is never applied to it.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, TextIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from rnprog.commands.exits import Ended, Exit
from rnprog.commands.options import Options
from rnprog.commands.output import delivered
from rnprog.commands.showable import one_line, safe
from rnprog.commands.way_out import WayOut
from rnprog.session.outcomes import Reason, StopNotConfirmed
from rnprog.session.wording import Words


class Tone(Enum):
    """Colours by meaning. The word always stands beside the colour."""

    OK = "OK"
    NOTE = "NOTE"
    CAUTION = "CAUTION"
    REFUSED = "REFUSED"
    FAILED = "NOT DONE"
    UNKNOWN = "UNKNOWN"
    ALARM = "ALARM"
    """Act now: STOP not confirmed."""


_STYLES = {
    "ok": "#56b4e9",
    "note": "none",
    "caution": "#f0e442",
    "refused": "#ff8a5b",
    "failed": "#ff8a5b",
    "unknown": "bold #f0e442",
    "alarm": "bold white on #b00020",
    "banner.ok": "bold #10141c on #56b4e9",
    "banner.caution": "bold #10141c on #f0e442",
    "heading": "bold",
    "faint": "dim",
}

_TONES = {
    Exit.FINDINGS: Tone.NOTE,
    Exit.UNREADABLE: Tone.FAILED,
    Exit.MISSING: Tone.FAILED,
    Exit.USAGE: Tone.FAILED,
    Exit.NO_DEVICE: Tone.FAILED,
    Exit.BUG: Tone.FAILED,
    Exit.RECORD: Tone.FAILED,
    Exit.BUSY: Tone.FAILED,
    Exit.DENIED: Tone.FAILED,
    Exit.CONFIG: Tone.FAILED,
    Exit.LINK: Tone.UNKNOWN,
    Exit.DIFFERS: Tone.CAUTION,
    Exit.STOP_NOT_CONFIRMED: Tone.ALARM,
    Exit.INTERRUPTED: Tone.NOTE,
    Exit.TERMINATED: Tone.NOTE,
    Exit.HANGUP: Tone.NOTE,
}
_LABELS = ("What happened", "Stimulation", "What to do now")


class _Console(Console):
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError

    def print(self, *parts: Any, **how: Any) -> None:
        """BrokenPipeError when nobody reads any more, Undelivered when it cannot be written."""
        with delivered():
            super().print(*parts, **how)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table, before it is decided how it looks. A cell may carry a tone."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[str | tuple[str, Tone]]]
    right: frozenset[int] = frozenset()
    """Columns aligned to the right: numbers."""


def settle_terminal() -> None:
    """An empty NO_COLOR is dropped: some libraries read it as set, others as not set (conventions 6.1)."""
    if os.environ.get("NO_COLOR") == "":
        del os.environ["NO_COLOR"]


class Face:
    """One command's streams. `data` becomes the JSON object."""

    def __init__(self, options: Options, schema: str) -> None:
        settle_terminal()
        self.options = options
        self.schema = schema
        self.data: dict[str, Any] = {}
        self.reasons: list[dict[str, str]] = []
        self.certain: StopNotConfirmed | Words | None = None
        """What an interruption has to say about the stimulation; None: the command has no part in any."""
        self.way_out = WayOut()
        self.plain = options.plain or bool(os.environ.get("ACCESSIBLE")) or os.environ.get("TERM") == "dumb"
        self._out = self._console(sys.stdout)
        self._err = self._console(sys.stderr)

    def _console(self, stream: TextIO) -> Console:
        colour = None if self.plain or not stream.isatty() else "auto"
        return _Console(file=stream, theme=Theme(_STYLES), highlight=False, markup=False, emoji=False, soft_wrap=False, color_system=colour)  # type: ignore[arg-type]

    @property
    def talks_to_a_person(self) -> bool:
        """Whether talk is read as it comes: stderr is a terminal, and nobody asked for quiet."""
        return self._err.is_terminal and not self.options.quiet

    # result

    def show(self, *parts: str | Text | Sheet) -> None:
        """The result, on stdout. Nothing when JSON was asked for."""
        for part in () if self.options.json else parts:
            self._put(self._out, part)

    def mark(self, word: str, tone: Tone, text: str) -> None:
        """A result line that begins with a word in its colour."""
        if not self.options.json:
            self._put(self._out, Text.assemble((f"{word:<5}", tone.name.lower()), "  ", one_line(text)))

    def raw(self, text: str) -> None:
        """Lines for other programs, on stdout, unwrapped: a file's text, or findings that begin with their place."""
        if not self.options.json:
            with delivered():
                sys.stdout.write(safe(text))

    def line(self, text: str) -> None:
        """One line for other programs; whatever it quotes, it stays one."""
        self.raw(f"{one_line(text)}\n")

    # talk

    def say(self, text: str | Text | Sheet, tone: Tone = Tone.NOTE) -> None:
        """Talk, on stderr. Nothing when quiet, unless it is more than a note."""
        if not (self.options.quiet and tone in (Tone.NOTE, Tone.OK)):
            self._put(self._err, text if tone is Tone.NOTE else self._toned(text, tone))

    def words(self, words: Words, tone: Tone = Tone.NOTE) -> None:
        """A message in its three parts, on stderr, with the word for its tone first."""
        if self.options.quiet and tone in (Tone.NOTE, Tone.OK):
            return
        if tone is not Tone.NOTE:
            self._put(self._err, Text(tone.value, style=tone.name.lower()))
        width = max(map(len, _LABELS)) + 2
        for label, part in zip(_LABELS, (words.happened, words.stimulation, words.now), strict=True):
            self._hanging(f"{label}:", part, width)

    def banner(self, text: str, who: str, tone: Tone) -> None:
        """Which kind of device answers: words and colour."""
        self._put(self._err, Text.assemble((f" {text} ", f"banner.{tone.name.lower()}"), "  ", one_line(who)))

    def refused(self, reasons: Iterable[Reason], tone: Tone = Tone.REFUSED, closing: str | None = None) -> None:
        """Every reason, one below the other."""
        if tone is not Tone.NOTE:
            self._put(self._err, Text(tone.value, style=tone.name.lower()))
        for reason in reasons:
            self._hanging("-", reason.text, 2)
        if closing:
            self._put(self._err, closing)

    def ended(self, ending: Ended) -> None:
        """An early end in words, and for the JSON object."""
        self.data.update(ending.data)
        tone = _TONES.get(ending.code, Tone.REFUSED)
        if ending.words is not None:
            self.data["words"] = ending.words.as_dict()
            self.reasons.append({"kind": ending.code.name.lower(), "text": ending.words.happened})
            self.words(ending.words, tone)
        if ending.sentence is not None:
            self.reasons.append({"kind": ending.code.name.lower(), "text": ending.sentence})
            self._put(self._err, self._toned(ending.sentence, tone))
        if ending.reasons:
            self.reasons.extend(reason_data(reason) for reason in ending.reasons)
            self.refused(ending.reasons, tone)

    def finish(self, code: int) -> None:
        """Write the JSON object, if one was asked for, and flush."""
        if self.options.json:
            answer: dict[str, Any] = {"schema": self.schema, "ok": code == 0, "code": int(code), **self.data}
            if code or self.reasons:
                answer["reasons"] = self.reasons
            sys.stdout.write(json.dumps(answer, ensure_ascii=True, default=plain_value) + "\n")
        sys.stdout.flush()

    # how

    def _hanging(self, label: str, text: str, width: int) -> None:
        if self.plain:
            self._put(self._err, f"{label} {one_line(text)}")
            return
        grid = Table.grid(padding=0)
        grid.add_column(width=width, style="heading")
        grid.add_column(overflow="fold")
        grid.add_row(Text(label), Text(one_line(text)))
        self._err.print(grid)

    def _toned(self, text: str | Text | Sheet, tone: Tone) -> str | Text | Sheet:
        if isinstance(text, str) and tone is not Tone.NOTE:
            return Text.assemble((tone.value, tone.name.lower()), ": ", one_line(text))
        return text

    def _put(self, console: Console, part: str | Text | Sheet) -> None:
        if isinstance(part, Sheet):
            self._sheet(console, part)
        elif self.plain:
            console.print(Text(safe(str(part))), soft_wrap=True)
        else:
            text = Text(safe(str(part))) if isinstance(part, str) or safe(part.plain) != part.plain else part
            for line in text.split("\n", allow_blank=True):
                for piece in _at_spaces(line, console.width):
                    console.print(piece, soft_wrap=True)

    def _sheet(self, console: Console, sheet: Sheet) -> None:
        if self.plain:
            self._lines(console, sheet)
            return
        if sheet.title:
            console.print(Text(one_line(sheet.title), style="heading"))
        console.print(_table(sheet))

    @staticmethod
    def _lines(console: Console, sheet: Sheet) -> None:
        """One line per row, each cell with its column's name: for screen readers and for `grep`."""
        if sheet.title:
            console.print(Text(one_line(sheet.title)), soft_wrap=True)
        for row in sheet.rows:
            first, *others = [one_line(cell if isinstance(cell, str) else cell[0]) for cell in row]
            named = [f"{one_line(name)} {cell}".strip() for name, cell in zip(sheet.columns[1:], others, strict=True) if cell]
            console.print(Text(f"{first}: {', '.join(named)}" if named else first), soft_wrap=True)


_BREAKS = re.compile(r" (?!(?:%|mA)(?!\w))")


def _at_spaces(line: Text, width: int) -> Iterable[Text]:
    """A line in pieces that fit, broken at spaces only: a long path stays whole, so that it can be copied; a number keeps its unit."""
    offsets, start, at = [], 0, 0
    for word in _BREAKS.split(line.plain):
        if at > start and at + len(word) - start > width:
            offsets.append(at)
            start = at
        at += len(word) + 1
    pieces = line.divide(offsets)
    for piece in pieces:
        piece.rstrip()
    return pieces


def _table(sheet: Sheet) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, name in enumerate(sheet.columns):
        table.add_column(Text(one_line(name)), justify="right" if number in sheet.right else "left", overflow="fold")
    if not any(sheet.columns):
        table.show_header = False
        table.box = None
    for row in sheet.rows:
        cells = (cell if isinstance(cell, tuple) else (cell, Tone.NOTE) for cell in row)
        table.add_row(*(Text(one_line(text), style=tone.name.lower()) for text, tone in cells))
    return table


def reason_data(reason: Reason) -> dict[str, str]:
    """A reason for JSON; what means nothing is left out."""
    return {key: str(value) for key, value in asdict(reason).items() if value}


def plain_value(value: object) -> object:
    """What JSON has no type for: decimals as text, sets as lists."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, frozenset | set):
        return sorted(str(each) for each in value)
    return str(value)
