"""What was found of a screen that ends while nobody knows what STOP came to, and of one that nobody can see: each a test of its own, with
the screen on a terminal of its own, and with the emulator a process of its own, in real time."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.attacks import terminals
from tests.attacks.common import place
from tests.attacks.processes import Again, Emulator, emulator, exit_code, lines, own_environment, pass_time, start, wait_until

LEFT = b"\x1b[?1049l"
"""The screen is gone; what is drawn behind it stays on the terminal."""
ENDS_WITHIN_S = 8.0
OFF_UNSEEN_S = 1.4 + 0.4
"""`rnprog/tui/seen.py`, and room for a busy computer and for asking the device."""
SLOW_FOR_S = 5.0
F1, F10 = b"\x1bOP", b"\x1b[21~"
PREPARED, FLOWS = terminals.MOMENTS
TCP = ("--tcp", "127.0.0.1:0")
again = Again()


@dataclass(frozen=True)
class Pair:
    """A screen and a device."""

    device: Emulator
    programmer: Any
    terminal: terminals.Terminal
    root: Path

    @property
    def armed(self) -> bool:
        """By the device's own state."""
        return bool(self.device.bench({"cmd": "state"})["armed_channels"])

    def fault(self, spec: str) -> None:
        """From now on; empty: none."""
        assert self.device.bench({"cmd": "fault", "spec": spec})["ok"]

    def told(self, way: str) -> None:
        """To go."""
        if way == "closed terminal":
            self.terminal.close()
        else:
            os.kill(self.programmer.pid, getattr(signal, way))

    def ended(self) -> int | None:
        """Its exit code; None: it goes on for ever."""
        self.programmer.join(ENDS_WITHIN_S)
        return exit_code(self.programmer)

    def said(self) -> str:
        """What stands on the terminal when the screen is gone."""
        wait_until(lambda: LEFT in self.terminal.drawn, "the end of the screen")
        self.terminal.close()
        return " ".join(self.terminal.drawn[self.terminal.drawn.rfind(LEFT) :].decode(errors="replace").split())

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The lines of the record."""
        return [line["data"] for line in lines(self.root) if line["kind"] == kind]


@contextmanager
def _pair(*line: str, face: Callable[..., None] = terminals.at_a_terminal, words: tuple[str, ...] = ()) -> Iterator[Pair]:
    with place() as root:
        environment = {**own_environment(root / "of"), "TERM": "xterm-256color"}
        with emulator(root, environment, *(line or TCP)) as device, terminals.terminal() as terminal:
            said = ["--record-dir", str(root / "records"), "tui", *words, "--port", device.url]
            programmer = start(face, said, terminal.path, "", True, environment=environment)
            try:
                yield Pair(device, programmer, terminal, root)
            finally:
                programmer.kill()
                programmer.join(5)


@contextmanager
def _driven(moment: str, *line: str, face: Callable[..., None] = terminals.at_a_terminal, words: tuple[str, ...] = ()) -> Iterator[Pair]:
    with _pair(*line, face=face, words=words) as pair:
        terminals.driven("tui", moment, pair.device, pair.programmer, pair.terminal)
        yield pair


def _with_a_bug(words: list[str], path: str, broken: str, hears: bool) -> None:
    """The screen's pulse fails at SIGUSR2."""
    from rnprog.tui.pulse import Pulse

    real, told = Pulse._beat, []

    def beat(self: Pulse) -> None:
        if told:
            raise RuntimeError("a bug in the screen")
        real(self)

    Pulse._beat = beat  # type: ignore[method-assign]
    signal.signal(signal.SIGUSR2, lambda *_: told.append(True))
    terminals.at_a_terminal(words, path, broken, hears)


def test_a_bug_in_the_screen_while_the_device_refuses_stop_is_never_told_as_stopped() -> None:
    """It said "What this command had prepared was stopped", and 70, while the side stayed prepared."""

    def scene() -> None:
        with _driven(PREPARED, *TCP, "--faults", "no-lease", face=_with_a_bug, words=("--accept-run-on",)) as pair:
            pair.fault("nak-stop,no-lease")
            os.kill(pair.programmer.pid, signal.SIGUSR2)
            assert pair.ended() == 81
            assert pair.of("stop") and not any(stop["confirmed"] for stop in pair.of("stop"))
            said = pair.said()
            assert "STOP NOT CONFIRMED" in said and "The output may still be on" in said and "magnet" in said
            assert "a bug in the screen" in said and "was stopped" not in said

    again(scene)


def test_a_bug_in_the_screen_after_a_confirmed_stop_is_told_as_before() -> None:
    def scene() -> None:
        with _driven(PREPARED, face=_with_a_bug) as pair:
            os.kill(pair.programmer.pid, signal.SIGUSR2)
            assert pair.ended() == 70
            assert not pair.armed and "What this command had prepared was stopped" in pair.said()

    again(scene)


@pytest.mark.parametrize("way", [*(pytest.param(way, marks=pytest.mark.soak) for way in ("SIGTERM", "SIGHUP")), "closed terminal"])
def test_a_screen_that_is_told_to_go_while_the_device_is_silent_goes(way: str) -> None:
    """It stayed for ever: without a window, with the port locked, deaf to every further signal."""

    def scene() -> None:
        with _driven(PREPARED) as pair:
            pair.fault("half-open")
            pair.told(way)
            assert pair.ended() == 81
            assert [stop["confirmed"] for stop in pair.of("stop")][:1] == [False] and pair.of("close")
            if way != "closed terminal":
                said = pair.said()
                assert "STOP NOT CONFIRMED" in said and "may still be on" in said and "say STOP again" in said

    again(scene)


def test_a_screen_that_had_nothing_prepared_goes_too_while_the_device_is_silent() -> None:
    def scene() -> None:
        with _pair() as pair:
            wait_until(lambda: pair.device.bench({"cmd": "state"})["link_session"], "a link")
            wait_until(lambda: b"F3, the leads" in pair.terminal.drawn, "the overview")
            pair.fault("half-open")
            pair.told("closed terminal")
            assert pair.ended() == 81

    again(scene)


def test_a_screen_that_is_told_to_go_after_the_link_was_lost_says_that_stop_was_not_confirmed() -> None:
    """It ended with 143, which says that STOP was confirmed, and without a word."""

    def scene() -> None:
        with _driven(PREPARED, "--pty") as pair:
            pair.device.bench({"cmd": "flags", "set": {"unplugged": True}})
            wait_until(lambda: pair.of("close"), "the end of the session")
            assert [stop["confirmed"] for stop in pair.of("stop")] == [False, False]  # said once more on the way out
            pair.told("SIGTERM")
            assert pair.ended() == 81
            said = pair.said()
            assert "STOP NOT CONFIRMED" in said and "may still be on" in said

    again(scene)


def test_a_person_who_leaves_after_the_link_was_lost_leaves_the_same_words_behind() -> None:
    """It ended with 0."""

    def scene() -> None:
        with _driven(PREPARED, "--pty") as pair:
            pair.device.bench({"cmd": "flags", "set": {"unplugged": True}})
            wait_until(lambda: pair.of("close") and b"LINK LOST" in pair.terminal.drawn, "a lost link on the screen")
            pair.terminal.press(F10)
            wait_until(lambda: b"Leaving does not change that" in pair.terminal.drawn, "the question")
            pair.terminal.press(b"\t\r")
            assert pair.ended() == 81
            assert "STOP NOT CONFIRMED" in pair.said()

    again(scene)


def test_a_screen_that_is_told_to_go_just_as_the_link_is_lost_says_so_too() -> None:
    def scene() -> None:
        with _driven(FLOWS, "--pty") as pair:
            pair.device.bench({"cmd": "flags", "set": {"unplugged": True}})
            pair.told("SIGTERM")
            assert pair.ended() == 81
            assert "STOP NOT CONFIRMED" in pair.said()

    again(scene)


@pytest.mark.parametrize("moment", [PREPARED, pytest.param(FLOWS, marks=pytest.mark.soak)])
def test_a_screen_that_nobody_can_see_keeps_nothing_prepared_and_can_be_told_to_go(moment: str) -> None:
    """Its terminal took nothing any more: the loop went on for 12 s, as long as there was room for pictures, and so did the heart."""

    def scene() -> None:
        with _driven(moment) as pair:
            pair.terminal.held = True
            at_s = time.monotonic()
            wait_until(lambda: not pair.armed, "off", 10.0)
            assert time.monotonic() - at_s < OFF_UNSEEN_S
            pair.told("SIGTERM")
            assert pair.ended() == 128 + signal.SIGTERM and pair.of("close")

    again(scene)


def test_a_screen_whose_terminal_stands_still_can_be_told_to_go() -> None:
    """A confirmed STOP was in the record, and the program went on for as long as that terminal was open. This one answers nothing."""

    def scene() -> None:
        with _pair() as pair:
            pair.terminal.answers = False
            terminals.driven("tui", PREPARED, pair.device, pair.programmer, pair.terminal)
            pair.terminal.held = True
            wait_until(lambda: not pair.armed, "off, for want of room", 15.0)
            pair.told("SIGTERM")
            assert pair.ended() == 128 + signal.SIGTERM and pair.of("close")

    again(scene)


@pytest.mark.parametrize(("slow", "answers"), [(5000, True), pytest.param(200, False, marks=pytest.mark.soak)])
def test_a_screen_on_a_slow_terminal_keeps_a_side_prepared(slow: int, answers: bool) -> None:
    """100 KB/s, with the help open, which draws 36 KB/s; and, where nothing is answered, 4 KB/s, through which a whole picture takes
    seconds."""

    def scene() -> None:
        with _pair() as pair:
            pair.terminal.answers = answers
            terminals.driven("tui", PREPARED, pair.device, pair.programmer, pair.terminal)
            pair.terminal.slow = slow
            pair.terminal.press(F1)
            end_s = time.monotonic() + SLOW_FOR_S
            while time.monotonic() < end_s:
                assert pair.armed
                pass_time(0.05)
            pair.told("SIGTERM")
            assert pair.ended() == 128 + signal.SIGTERM

    again(scene)
