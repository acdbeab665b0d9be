"""An emulated OpenNerve behind a TCP port, served by a thread of this process: what other processes do to it is real, and starting it costs
nothing."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from device_emulator.opennerve.device import OpenNerveDevice
from device_emulator.opennerve.firmware import Timing
from device_emulator.opennerve.host import OpenNerveHost
from device_emulator.opennerve.keys import keyed_store
from device_emulator.opennerve.store import Store
from device_emulator.server import Server, TcpLine


class Watched(Store):
    """A store that says when SP13 is written, which is when a measurement begins: waited for rather than asked for, because asking would
    take the core from whoever is to begin it."""

    def watch(self) -> threading.Event:
        self.lowered = threading.Event()
        return self.lowered

    def write(self, identity: str, data: bytes) -> bool:
        taken = super().write(identity, data)
        if identity == "SP13":
            self.lowered.set()
        return taken


class Served:
    """`url`: where it is. `lowered`: SP13 was written."""

    def __init__(self, url: str, bench_address: tuple[str, int], lowered: threading.Event) -> None:
        self.url, self.lowered = url, lowered
        self._address = bench_address

    def ask(self, **command: Any) -> dict[str, Any]:
        """One command of its bench channel."""
        with socket.create_connection(self._address, timeout=20) as stream:
            stream.sendall(json.dumps(command).encode() + b"\n")
            return dict(json.loads(stream.makefile().readline()))

    @property
    def parameters(self) -> dict[str, int]:
        return dict(self.ask(cmd="state")["parameters"])


@contextmanager
def served(**values: float) -> Iterator[Served]:
    """Without timing, in real time. `values` in the device's own units."""
    keyed = keyed_store()
    store = Watched(values={**keyed.values, **values}, texts=keyed.texts, admin_key=keyed.admin_key)
    lowered = store.watch()
    listener, bench = socket.create_server(("127.0.0.1", 0)), socket.create_server(("127.0.0.1", 0))
    host = OpenNerveHost(OpenNerveDevice(store, timing=Timing(production=False)), virtual=False)
    line = TcpLine(listener)
    server = Server(host, line, bench)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield Served(line.name, bench.getsockname(), lowered)
    finally:
        server.stop()
        thread.join(20)
        server.close()
        host.close()
