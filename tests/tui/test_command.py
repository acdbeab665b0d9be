"""`rnprog tui` before the screen is taken: what it refuses, and in which words. And in a terminal of its own: it draws and leaves."""

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rnprog.tui.quickly import attempt, understood
from tests.commands.running import in_process

if sys.platform != "win32":
    import fcntl
    import pty
    import struct
    import termios


def test_without_a_terminal_it_names_the_command_that_needs_none(capsys: pytest.CaptureFixture[str]) -> None:
    ran = in_process(capsys, "tui")
    assert ran.code == 2 and "`rnprog session`" in " ".join(ran.err.split())


@pytest.mark.parametrize("words", [("--json",), ("--no-input",), ("--theme", "pink")])
def test_what_makes_no_sense_is_a_usage_error(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    assert in_process(capsys, "tui", *words).code == 2


def test_a_plain_request_is_understood_without_the_command_line() -> None:
    assert understood(["--port", "emu://x", "--theme=light"]) == {"--port": "emu://x", "--theme": "light"}
    assert understood([]) == {}
    for words in (["--help"], ["--port"], ["--port", "--json"], ["--json"], ["--port=a", "--port=b"], ["overview"], ["--keys", "k.toml"]):
        assert understood(words) is None, words
    assert attempt([], str) is None, "no terminal here: the full command line says so"


HEAVY = ("pydantic", "tomlkit", "typer", "serial", "rnprog.session.session", "rnprog.device.link", "rnprog.protocol", "rnprog.profile")


def test_nothing_heavy_is_loaded_before_the_first_picture() -> None:
    """What an app needs to draw the choice of a device, in a process of its own."""
    script = f"import sys, rnprog.tui.quickly, rnprog.tui.running; print([name for name in {HEAVY!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
def test_in_a_terminal_a_signal_ends_it_with_a_closed_record(tmp_path: Path) -> None:
    """A process of its own on a pseudo-terminal of 80x24: the overview is drawn, and SIGTERM closes the record."""
    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    command = [sys.executable, "-m", "rnprog", "tui", "--port", "emu://?seed=1", "--record-dir", str(tmp_path)]
    running = subprocess.Popen(command, stdin=there, stdout=there, stderr=there, env={**os.environ, "TERM": "xterm-256color"})
    os.close(there)
    drawn = _until(here, b"F3, the leads", running)
    assert b"EMULATOR" in drawn and b"STOP" in drawn
    running.send_signal(signal.SIGTERM)
    _until(here, b"\x1b[?1049l", running)
    assert running.wait(20) == 128 + signal.SIGTERM
    os.close(here)
    (record,) = tmp_path.glob("*.jsonl")
    assert '"kind":"close"' in record.read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
def test_where_only_ascii_is_wanted_nothing_else_is_drawn() -> None:
    """Scroll bars and cut-off lines among it, which are not this program's own."""
    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 80, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "RNPROG_ASCII": "1"}
    running = subprocess.Popen([sys.executable, "-m", "rnprog", "tui"], stdin=there, stdout=there, stderr=there, env=environment)
    os.close(there)
    try:
        drawn = _until(here, b"left-open", running)
        assert not [byte for byte in drawn if byte > 127]
    finally:
        running.terminate()
        running.wait(20)
        os.close(here)


MOMENTS = {
    "before the app": "hook(running, 'RnprogApp')",
    "the app is made": "hook(app.RnprogApp, 'get_driver_class')",
    "before the terminal is taken": "hook(app.RnprogApp, 'run')",
    "the loop begins": "hook(app.RnprogApp, 'on_mount')",
    "the pulse begins": "hook(app.Pulse, 'begin')",
    "the first screen is put together": "hook(connect.ConnectScreen, 'body')",
    "the first screen is mounted": "hook(connect.ConnectScreen, 'on_mount')",
    "the screen is left": "hook(app.RnprogApp, 'on_unmount'); app.RnprogApp.on_ready = lambda self: self.exit(0)",
}
UNHEARD = ("before the app", "the app is made")
"""The system ends it then, which a shell calls 143, too: nothing was begun, no terminal taken."""
SCRIPT = """
import os, signal, sys
from rnprog.tui import app, running
from rnprog.tui.screens import connect
from rnprog.tui.start import Start

def hook(owner, name):
    before = getattr(owner, name)
    def first(*words):
        os.kill(os.getpid(), signal.SIGTERM)
        return before(*words)
    setattr(owner, name, first)

{moment}
sys.exit(running.run_tui(Start(remember=False)))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
@pytest.mark.parametrize("moment", MOMENTS)
def test_sigterm_at_any_moment_of_the_start_is_143_and_leaves_the_terminal_as_it_was(moment: str) -> None:
    """Once it came while the first screen was being put together, and was told as a fault of the program."""
    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    before = termios.tcgetattr(there)
    command = [sys.executable, "-c", SCRIPT.format(moment=MOMENTS[moment])]
    running = subprocess.Popen(command, stdin=there, stdout=there, stderr=there, env={**os.environ, "TERM": "xterm-256color"})
    drawn = _until(here, b"nothing more is drawn", running)
    code = running.wait(20)
    assert code == (-signal.SIGTERM if moment in UNHEARD else 128 + signal.SIGTERM), drawn
    assert termios.tcgetattr(there) == before and drawn.count(b"\x1b[?1049h") == drawn.count(b"\x1b[?1049l")
    assert b"send that file" not in drawn
    os.close(there)
    os.close(here)


GONE = """
import fcntl, sys, termios
from rnprog.tui import running
from rnprog.tui.app import RnprogApp
from rnprog.tui.start import Start

fcntl.ioctl(0, termios.TIOCSCTTY, 0)
before = RnprogApp.leave

def draw_and_leave(self, yes=True):
    for _ in range(100):  # as many pictures as a device that does not answer STOP leaves time for
        self._driver.write("x")
    before(self, yes)

RnprogApp.leave = draw_and_leave
sys.exit(running.run_tui(Start(remember=False)))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
@pytest.mark.parametrize("controls", [True, False], ids=["with SIGHUP", "without a signal"])
def test_a_terminal_that_is_closed_ends_the_program_and_holds_nobody_up_who_draws_on(controls: bool) -> None:
    """The thread that draws once died of it, and the loop waited for it for ever: the port stayed locked. And a terminal that does not
    control the program, as under setsid, is closed without a signal: nobody noticed for two minutes."""
    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color"}
    command = [sys.executable, "-c", GONE if controls else GONE.replace("fcntl.ioctl(0, termios.TIOCSCTTY, 0)", "")]
    running = subprocess.Popen(command, stdin=there, stdout=there, stderr=there, env=environment, start_new_session=True)
    os.close(there)
    try:
        _until(here, b"Connect a device", running)
        os.close(here)  # the system says SIGHUP, and SIGCONT behind it, where it says anything
        assert running.wait(20) == 128 + signal.SIGHUP
    finally:
        running.kill()


def _until(terminal: int, wanted: bytes, running: subprocess.Popen[bytes], timeout_s: float = 40.0) -> bytes:
    """What is drawn until `wanted` is."""
    seen, end_s = b"", time.monotonic() + timeout_s
    while wanted not in seen:
        assert time.monotonic() < end_s, seen[-2000:]
        ready, _, _ = select.select([terminal], [], [], 0.2)
        if ready:
            try:
                seen += os.read(terminal, 65_536)
            except OSError:  # its end was closed
                break
        elif running.poll() is not None:
            break
    return seen
