"""STOP does not wait for the screen's loop: it hangs here on purpose, and the key comes through a real terminal, or a signal comes."""

import asyncio
import os
import signal
import threading
from pathlib import Path

import pytest

from rnprog.session.audit import audit
from rnprog.tui.screens.connect import ConnectScreen
from rnprog.tui.screens.dialogs import Confirm
from rnprog.tui.state import Call, Phase
from rnprog.tui.stop_first import SIGNALS
from tests.tui.terminal import KEYS, PASTE, Terminal, terminal

LONG_S = 30.0
"""Until a test that fails gives up. Virtual time: the device ends nothing by itself meanwhile."""


def hang_until_stop(it: Terminal) -> None:
    """The loop does nothing else. Called in it; returns when STOP went out or the wait was in vain, with the device OFF by its own word."""
    assert it.stop_sent.wait(LONG_S), "no STOP, while the loop hangs"
    worker = it.app.worker
    assert worker is not None and worker._session is not None
    worker._stopper.wait(LONG_S)
    assert it.device()["output_state"] == "OFF" and it.device()["armed_channels"] == 0
    assert not it.app.state.stopping and it.app.state.halt is None, "the loop knows nothing of it yet"


@pytest.mark.parametrize(("key", "over"), [("f12", ()), ("ctrl+c", ()), ("f12", ("f10",)), ("ctrl+c", ("f10",))])
def test_a_key_stops_while_the_loop_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, over: tuple[str, ...]) -> None:
    """Over the screen and over a dialog; it is said once, and nothing else comes of the key."""

    async def scene() -> None:
        async with terminal(tmp_path, monkeypatch) as it:
            await it.titrating()
            it.type(*over)
            await it.until(lambda _: isinstance(it.app.screen, Confirm) is bool(over))
            assert it.device()["armed_channels"]
            it.type(key)
            hang_until_stop(it)
            await it.until(lambda state: state.notice is not None and state.notice.call is Call.REOPEN and state.busy is None)
            assert isinstance(it.app.screen, Confirm) is bool(over)
            assert not it.app.state.stopping

    asyncio.run(scene())
    (record,) = tmp_path.glob("*.jsonl")
    assert record.read_text().count('"kind":"stop"') == 1


@pytest.mark.parametrize("name", SIGNALS)
def test_a_signal_stops_while_the_loop_hangs_and_the_program_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    before = signal.getsignal(getattr(signal, name))

    async def scene() -> None:
        async with terminal(tmp_path, monkeypatch) as it:
            await it.titrating()
            os.kill(os.getpid(), getattr(signal, name))
            hang_until_stop(it)
            await it.until(lambda state: state.phase is Phase.CLOSED)

    asyncio.run(scene())
    assert signal.getsignal(getattr(signal, name)) is before
    (record,) = tmp_path.glob("*.jsonl")
    found = audit(record)
    assert found.good and found.closed and record.read_text().count('"kind":"stop"') == 1


def test_a_paste_with_the_bytes_of_the_keys_is_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        async with terminal(tmp_path, monkeypatch) as it:
            await it.titrating()
            it.send(PASTE % (b"a" + KEYS["ctrl+c"] + b"b"))
            it.type("f10")
            await it.until(lambda _: isinstance(it.app.screen, Confirm))
            assert it.device()["armed_channels"] and not it.stop_sent.is_set()
            it.type("ctrl+c")
            hang_until_stop(it)

    asyncio.run(scene())


def test_a_program_that_was_frozen_goes_on_with_one_thread_that_reads_keys_and_one_that_draws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGCONT without a suspension before it once began a second pair, and each key went to one of the two by chance."""

    def threads() -> list[str]:
        return sorted(each.name for each in threading.enumerate() if each.name in ("textual-input", "textual-output"))

    async def scene() -> None:
        async with terminal(tmp_path, monkeypatch) as it:
            await it.titrating()
            os.kill(os.getpid(), signal.SIGCONT)
            await it.until(lambda _: threads() == ["textual-input", "textual-output"])
            it.type("f12")
            hang_until_stop(it)

    asyncio.run(scene())


def test_without_a_device_a_signal_ends_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        async with terminal(tmp_path, monkeypatch, None) as it:
            await it.until(lambda _: any(isinstance(screen, ConnectScreen) and screen.put_together for screen in it.app.screen_stack))
            os.kill(os.getpid(), signal.SIGTERM)
            await it.until(lambda _: not it.app.is_running)
            assert it.app._exception is None and it.app.return_code == 0, it.app._exception

    asyncio.run(scene())
