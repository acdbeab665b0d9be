"""The console script. Owns the fast path of `rnprog stop`: STOP leaves before anything heavy is loaded. All else is `commands`.

A plain `profile verify` and a plain `tui` are spared the full command line too: a file is verified, and a screen drawn, faster than that
is loaded.

Until the bytes are out, only `os`, `sys` and C modules are imported here (a test looks): no Typer, rich, pyserial, dataclasses, enum, re,
typing. The order: the stop socket of the process that holds the port; else the port itself, opened without a lock, because whoever holds
it must not keep STOP out.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

STOP_FRAME = b"\x00\x02\x01\x02\x10\x01\x01\x01\x01\x01\x01\x01\x01\tSTOP\xb6\xc2\xe6\x8a\x00"
"""The constant STOP (docs/protocol.md); a test compares it with `protocol.connection.STOP_FRAME`."""

HOLDER_S = 1.0
"""A holder that has not answered by then may hang: the port itself is tried. Its test stimulation then ends by its lease."""
SLOW_HOLDER_S = 14.0
"""The same for a device on which STOP takes seconds; its door is called `.slow.stop`."""
KNOCK_S = 0.2
"""A local socket that takes longer belongs to a process that hangs."""

_WITH_VALUE = {"--port": "port", "--record-dir": "record_dir", "--trace": "trace", "--bench": "bench"}
_SWITCHES = {"--json": "json", "--quiet": "quiet", "-q": "quiet", "--plain": "plain", "--no-input": "no_input"}


def main(argv: list[str] | None = None) -> int:
    """Run rnprog; returns the exit code. Without `argv` this is a process of its own, and its last act."""
    _have_streams()
    alone = argv is None
    code = _run(list(sys.argv[1:] if argv is None else argv), alone)
    if alone:
        _hear_no_more()
    return code


def _hear_no_more() -> None:
    """The exit code is settled: Ctrl-C while the interpreter ends must not take its place."""
    import signal

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


class Heard:
    """Ctrl-C, SIGTERM and SIGHUP during `rnprog stop`. The first one cuts it off, loudly, as long as its ending is not known; no other is
    heard, nor any from then on. One that was to be ignored (nohup) is."""

    def __init__(self) -> None:
        self._earlier: list[tuple[int, Any]] = []
        self._deaf = False

    def listen(self) -> None:
        """From now on. Changes nothing outside of the main thread."""
        import _signal  # type: ignore[import-not-found]  # `signal` itself is not in C

        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(_signal, name, None)
            if number is None or _signal.getsignal(number) == _signal.SIG_IGN:
                continue
            try:
                self._earlier.append((number, _signal.signal(number, self._arrived)))
            except ValueError:
                return

    def no_more(self) -> None:
        """The ending is known."""
        self._deaf = True

    def give_back(self) -> None:
        """Who heard them before hears them again."""
        import _signal

        for number, handler in self._earlier:
            _signal.signal(number, handler)

    def _arrived(self, number: int, frame: Any) -> None:
        if not self._deaf:
            self._deaf = True
            raise KeyboardInterrupt


def _run(words: list[str], alone: bool) -> int:
    completing = "_RNPROG_COMPLETE" in os.environ
    command, given = _understood(words)
    if command == "stop" and not completing:
        return stop_now(given, alone)
    if command == "--version" and not completing:
        return _version(as_json=bool(given.get("json")))
    if words[:2] == ["profile", "verify"] and not completing:
        from rnprog.commands.profile_quickly import attempt

        code = attempt(words[2:])
        if code is not None:
            return code
    if words[:1] == ["tui"] and not completing:
        from rnprog.commands.version import version
        from rnprog.tui.quickly import attempt as attempt_tui

        code = attempt_tui(words[1:], version)
        if code is not None:
            return code
    from rnprog.commands.app import main as full

    return full(words, lambda given: stop_now(given, alone))


def _have_streams() -> None:
    """A stream that was closed by whoever started this (`>&-`) leads nowhere, and no port gets its number."""
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY), encoding="utf-8", closefd=False)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8", closefd=False))


def _understood(words: list[str]) -> tuple[str | None, dict[str, str]]:
    """`stop` or `--version` with its options, when the words say nothing else; (None, {}) leaves them to the full command line."""
    command = None
    given: dict[str, str] = {}
    at = 0
    while at < len(words):
        word = words[at]
        name, equals, value = word.partition("=")
        if word in _SWITCHES:
            given[_SWITCHES[word]] = "yes"
        elif name in _WITH_VALUE and equals:
            given[_WITH_VALUE[name]] = value
        elif word in _WITH_VALUE and at + 1 < len(words):
            at += 1
            given[_WITH_VALUE[word]] = words[at]
        elif word in ("stop", "--version", "-V") and command is None:
            command = "--version" if word == "-V" else word
        else:
            return None, {}
        at += 1
    return command, given


def _version(*, as_json: bool) -> int:
    from rnprog.commands.version import SAYS, version

    if as_json:
        import json

        print(json.dumps({"schema": "rnprog.version/1", "ok": True, "code": 0, "version": version(), "notice": SAYS}))
    else:
        print(f"rnprog {version()}: {SAYS}")
    return 0


def stop_now(given: dict[str, str], alone: bool = False) -> int:
    """STOP; the exit code. `given`: port (else RNPROG_PORT, else every port that a running rnprog holds), json, quiet, record_dir, trace.
    `alone`: this process ends with it, so that no signal is heard after its ending, either.

    STOP is sent first, everything else comes after.
    """
    heard = Heard()
    try:
        heard.listen()
        return _stop(given, heard)
    except KeyboardInterrupt:
        from rnprog.commands import stop

        return stop.interrupted("json" in given)
    finally:
        if not alone:
            heard.give_back()


def _stop(given: dict[str, str], heard: Heard) -> int:
    from rnprog.device import bare

    port = given.get("port") or os.environ.get("RNPROG_PORT") or None
    if port and bare.is_plain(port):
        port = port.partition("?")[0]  # a bench channel is no part of a port's name
    if port and port.lower().startswith("hwgrep://"):
        port = bare.found(port)
    answers = _ask_holders(port)
    answered = any(line for _, line in answers)
    handle, problem = None, None
    if port and not answered and bare.is_plain(port):
        try:
            handle = bare.opened(port)
            bare.send(handle, STOP_FRAME)
        except OSError as error:
            problem = error
    from rnprog.commands import stop

    asked = stop.Asked(port, "json" in given, "quiet" in given, given.get("record_dir"), given.get("trace"), heard.no_more)
    if handle is not None and problem is None:
        return stop.confirm(asked, handle, answers)
    if answers:
        return stop.told_by_holders(asked, answers)
    if problem is not None:
        return stop.could_not_send(asked, problem)
    return stop.by_link(asked)


def _ask_holders(port: str | None) -> list[tuple[str, bytes]]:
    """STOP to the processes that hold the port (any port, without one): the door of each, and the line that came back.

    An empty line: somebody is behind the door, and does not answer in time. A door that nobody is behind any more is left out.
    """
    from time import monotonic

    from rnprog.device.runtime import is_shared, other_port_files, other_runtime_dirs, port_file, runtime_dir

    try:
        if port:
            endings = (".stop", ".slow.stop") if is_shared(port) else ()
            doors = [path for ending in endings for path in (port_file(port, ending), *other_port_files(port, ending))]
        else:
            doors = [door for folder in (runtime_dir(), *other_runtime_dirs()) for door in _doors_in(folder)]
    except OSError:
        return []
    visitors = [(door, visitor) for door in doors if (visitor := _knock(door)) is not None]  # all have STOP before any is waited for
    start = monotonic()
    return [(door, _hear(visitor, start + (SLOW_HOLDER_S if door.endswith(".slow.stop") else HOLDER_S))) for door, visitor in visitors]


def _doors_in(folder: str) -> list[str]:
    """None in a folder that is gone meanwhile: it keeps nobody from the doors of another."""
    try:
        return [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(".stop")]
    except OSError:
        return []


def _knock(door: str) -> Any:
    """A socket through which STOP was sent; None when nobody is behind the door."""
    try:
        import _socket
    except ImportError:
        return None
    if not hasattr(_socket, "AF_UNIX"):
        return None
    visitor = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    visitor.settimeout(KNOCK_S)
    try:
        visitor.connect(door)
        visitor.send(b"stop\n")
    except (FileNotFoundError, ConnectionRefusedError):
        visitor.close()
        return None
    except OSError:  # somebody is there, and not well: nothing will be heard
        pass
    return visitor


def _hear(visitor: Any, until: float) -> bytes:
    """The line that comes back; empty when there is none in time."""
    from time import monotonic

    line = b""
    try:
        while not line.endswith(b"\n"):
            visitor.settimeout(max(0.001, until - monotonic()))
            part = visitor.recv(4096)
            if not part:
                return b""
            line += part
    except OSError:
        return b""
    finally:
        visitor.close()
    return line


if __name__ == "__main__":
    sys.exit(main())
