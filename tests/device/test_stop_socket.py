"""A door for STOP into the process that holds a port."""

import contextlib
import errno
import json
import os
import socket
import threading
from pathlib import Path

import pytest

from rnprog.device import stop_socket
from rnprog.device.errors import DeviceError
from rnprog.device.runtime import port_file
from rnprog.device.stop_socket import VISITORS, StopSocket, Tell
from tests.attacks.calls_of_the_system import struck

URL = "emu://door"


def knock(say: bytes = b"stop\n") -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as visitor:
        visitor.settimeout(5)
        visitor.connect(port_file(URL, ".stop"))
        visitor.sendall(say)
        answer = b""
        while part := visitor.recv(4096):
            answer += part
        return answer


def nothing(tell: Tell) -> None:
    tell({})


def test_a_line_gets_stop_carried_out_and_an_answer() -> None:
    stops: list[int] = []

    def stop(tell: Tell) -> None:
        stops.append(1)
        tell({"confirmed": True})

    door = StopSocket(URL, stop)
    try:
        assert json.loads(knock()) == {"confirmed": True}
        assert json.loads(knock()) == {"confirmed": True}
        assert len(stops) == 2
    finally:
        door.close()
        door.close()


def test_a_visitor_who_hangs_up_without_a_word_stops_nothing() -> None:
    stops: list[int] = []
    done = threading.Event()

    def stop(tell: Tell) -> None:
        stops.append(1)
        done.set()
        tell({})

    door = StopSocket(URL, stop)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as visitor:
            visitor.connect(port_file(URL, ".stop"))
        knock()
        assert done.wait(5)
        assert len(stops) == 1
    finally:
        door.close()


def test_a_visitor_who_does_not_wait_has_had_his_stop() -> None:
    done = threading.Event()

    def stop(tell: Tell) -> None:
        done.set()
        tell({"words": "x" * 100_000})

    door = StopSocket(URL, stop)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as visitor:
            visitor.connect(port_file(URL, ".stop"))
            visitor.sendall(b"stop\n")
        assert done.wait(5)
        assert json.loads(knock())["words"]
    finally:
        door.close()


def test_a_visitor_is_told_before_whatever_takes_its_time_afterwards() -> None:
    told, slow = threading.Event(), threading.Event()

    def stop(tell: Tell) -> None:
        tell({"confirmed": True})
        told.set()
        assert slow.wait(5)  # a disk that does not answer

    door = StopSocket(URL, stop)
    try:
        assert json.loads(knock()) == {"confirmed": True}
        assert told.wait(5)
    finally:
        slow.set()
        door.close()


def test_a_visitor_who_says_nothing_does_not_keep_the_next_one_waiting() -> None:
    stops: list[int] = []

    def stop(tell: Tell) -> None:
        stops.append(1)
        tell({})

    door = StopSocket(URL, stop)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as silent:
            silent.connect(port_file(URL, ".stop"))
            start = os.times().elapsed
            knock()
            assert os.times().elapsed - start <= 0.5
    finally:
        door.close()


@pytest.mark.parametrize("how_many", [4, VISITORS + 5])
def test_visitors_who_say_nothing_do_not_keep_a_stop_waiting(how_many: int) -> None:
    """Each had 0.3 s to himself, and `rnprog stop` behind four of them waited for more than a second."""
    door = StopSocket(URL, nothing)
    try:
        with contextlib.ExitStack() as silent:
            for _ in range(how_many):
                silent.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)).connect(port_file(URL, ".stop"))
            start = os.times().elapsed
            assert knock() == b"{}\n"
            assert os.times().elapsed - start <= 0.25
    finally:
        door.close()


def test_a_visitor_who_comes_to_speak_only_later_is_heard() -> None:
    door = StopSocket(URL, nothing)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as slow:
            slow.settimeout(5)
            slow.connect(port_file(URL, ".stop"))
            assert knock() == b"{}\n"
            slow.sendall(b"stop\n")
            assert slow.recv(64) == b"{}\n"
    finally:
        door.close()


@pytest.mark.parametrize(("limit", "value"), [("VISITORS", 2), ("PATIENCE_S", 0.0)])
def test_who_says_nothing_is_sent_away_in_the_end(monkeypatch: pytest.MonkeyPatch, limit: str, value: float) -> None:
    monkeypatch.setattr(stop_socket, limit, value)
    door = StopSocket(URL, nothing)
    try:
        with contextlib.ExitStack() as silent:
            visitors = [silent.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) for _ in range(3)]
            for visitor in visitors:
                visitor.settimeout(5)
                visitor.connect(port_file(URL, ".stop"))
            assert visitors[0].recv(1) == b"", "the first one is sent away"
    finally:
        door.close()


def test_the_door_is_gone_when_it_is_closed_and_closing_does_not_linger() -> None:
    door = StopSocket(URL, nothing)
    start = os.times().elapsed
    door.close()
    assert os.times().elapsed - start <= 0.15
    assert not Path(port_file(URL, ".stop")).exists()


def test_a_door_that_cannot_be_taken_away_is_closed_all_the_same() -> None:
    """What comes after it is the closing line of the record."""

    def fails(call: str) -> None:
        if call == "unlink":
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    door = StopSocket(URL, lambda tell: None)
    with struck(fails):
        door.close()
    assert Path(port_file(URL, ".stop")).exists()
    again = StopSocket(URL, lambda tell: None)
    again.close()
    assert not Path(port_file(URL, ".stop")).exists(), "the next holder replaces it"


def test_what_a_crashed_holder_left_behind_is_replaced() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(port_file(URL, ".stop"))
    door = StopSocket(URL, nothing)
    assert knock() == b"{}\n"
    door.close()


def test_the_nameless_emulator_has_no_door(runtime: Path) -> None:
    StopSocket("emu://", nothing).close()
    assert not list(runtime.iterdir())


def test_a_door_that_cannot_be_made_is_a_sentence_and_no_traceback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    with pytest.raises(DeviceError):
        StopSocket(URL, nothing)
