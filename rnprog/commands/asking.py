"""Asking a person, line by line, while the heart goes on beating. Owns the keyboard; decides nothing about doses.

A thread reads lines, so that the asking side never blocks: it shows the session that the face is alive, and sees STOP at any time. On a
terminal, what was typed before a question does not answer it: keys that repeat or are mashed confirm nothing. `s` is STOP everywhere.
"""

from __future__ import annotations

import contextlib
import queue
import shutil
import sys
import textwrap
import threading
from collections.abc import Callable
from typing import TextIO

STOP_WORDS = ("s", "stop")
_LOOK_S = 0.05


def wrapped(text: str) -> str:
    """`text` in lines that fit the terminal, broken at spaces only: a word or a set of electrodes is never torn. Indents stay."""
    width = shutil.get_terminal_size().columns - 1
    lines = []
    for line in text.split("\n"):
        indent = line[: len(line) - len(line.lstrip(" "))]
        parts = textwrap.wrap(
            line, width, initial_indent="", subsequent_indent=indent, break_long_words=False, break_on_hyphens=False, drop_whitespace=True
        )
        lines += parts or [line]
    return "\n".join(lines)


class StopTyped(Exception):
    """The person typed STOP, or the input ended while a question was open."""


class Lines:
    """Lines typed by a person. `alive` is called at least every 0.05 s while a question is open, and may raise."""

    def __init__(self, talk: TextIO, alive: Callable[[], None], source: TextIO | None = None) -> None:
        self._talk = talk
        self._alive = alive
        self._source = source or sys.stdin
        self._at_terminal = self._source.isatty()  # asked once: one that was closed meanwhile is none any more
        self._waiting: queue.Queue[str | None] = queue.Queue()
        self._ended = False
        threading.Thread(target=self._read, name="rnprog-keyboard", daemon=True).start()

    def ask(self, question: str, answers: Callable[[str], bool], hint: str) -> str:
        """Ask until an answer fits; `hint` is said when one does not. StopTyped on `s`, and at the end of the input."""
        if self._at_terminal:
            self._forget_typed_ahead()
        self._say(question)
        while True:
            typed = self._next()
            if typed.lower() in STOP_WORDS:
                raise StopTyped(f"typed {typed}")
            if answers(typed):
                return typed
            self._say(hint)

    def stop_typed(self) -> bool:
        """Whether STOP was typed since anybody looked, or the terminal closed; other lines typed meanwhile are dropped on a terminal."""
        if not self._at_terminal:
            return False
        stop = self._ended
        while not self._waiting.empty():
            typed = self._waiting.get_nowait()
            self._ended = self._ended or typed is None
            stop = stop or typed is None or typed.lower() in STOP_WORDS
        return stop

    def _forget_typed_ahead(self) -> None:
        if self.stop_typed():
            raise StopTyped("typed s")

    def _next(self) -> str:
        if self._ended:
            raise StopTyped("the input has ended")
        while True:
            self._alive()
            try:
                typed = self._waiting.get(timeout=_LOOK_S)
            except queue.Empty:
                continue
            if typed is None:
                self._ended = True
                raise StopTyped("the input has ended")
            return typed

    def _say(self, text: str) -> None:
        self._talk.write(wrapped(text) + " ")
        self._talk.flush()

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # closed under the reader: the input has ended
            for line in self._source:
                self._waiting.put(line.strip()[:200])
        self._waiting.put(None)
