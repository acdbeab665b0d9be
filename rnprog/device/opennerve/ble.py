"""A Bluetooth link to an OpenNerve as a port: the Nordic UART service over bleak (the extra `ble`). One frame is one write.

Only tried against the emulator behind a stand-in for bleak: neither pairing nor radio. The system has to have paired the device before.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from rnprog.device.errors import BadPort, PortError, PortMissing
from rnprog.protocol.opennerve.advert import NOTIFY_UUID, WRITE_UUID
from rnprog.protocol.opennerve.frames import LONGEST

T = TypeVar("T")

PREFIX = "ble:"
FIND_S = 15.0
"""An OpenNerve advertises all the while it is awake."""
CONNECT_S = 30.0
WRITE_S = 2.0
READ_SLICE_S = 0.01
_ATT_OVERHEAD = 3
NEEDED_MTU = LONGEST + _ATT_OVERHEAD


class BlePort:
    """An open port. PortMissing when nobody of this name advertises, PortError when it cannot be connected; nothing was sent then."""

    def __init__(self, name: str) -> None:
        try:
            from bleak import BleakClient, BleakScanner  # type: ignore[import-not-found,unused-ignore]
            from bleak.exc import BleakError  # type: ignore[import-not-found,unused-ignore]
        except ImportError as error:
            raise BadPort("Bluetooth needs an extra package: install rnprog[ble]. The wired port works without it.") from error
        self._errors: tuple[type[Exception], ...] = (BleakError, OSError, TimeoutError)
        self._buffer = bytearray()
        self._arrived = threading.Condition()
        self._lost = False
        self._client: Any = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="rnprog-ble", daemon=True)
        self._thread.start()
        try:
            self._client = self._wait(self._opened(BleakScanner, BleakClient, name), FIND_S + CONNECT_S)
        except self._errors as error:
            self._end()
            why = str(error) or "no answer in time"
            raise PortError(f"The device {name} cannot be connected over Bluetooth: {why}. Pair it with this computer first.") from error
        except PortMissing:
            self._end()
            raise

    @property
    def in_waiting(self) -> int:
        """Bytes that have arrived."""
        with self._arrived:
            return len(self._buffer)

    def read(self, size: int = 1, /) -> bytes:
        """Up to `size` bytes, waiting one read slice at most. OSError when the link is gone."""
        with self._arrived:
            if not self._buffer and not self._lost:
                self._arrived.wait(READ_SLICE_S)
            data = bytes(self._buffer[:size])
            del self._buffer[: len(data)]
            if not data and self._lost:
                raise OSError("the Bluetooth link is gone")
            return data

    def write(self, data: bytes, /) -> int:
        """One frame, whole. OSError when it cannot be written."""
        try:
            self._wait(self._client.write_gatt_char(WRITE_UUID, data, response=False), WRITE_S)
        except self._errors as error:
            raise OSError(f"the Bluetooth link failed: {error}") from error
        return len(data)

    def close(self) -> None:
        """Disconnect; harmless when closed."""
        client, self._client = self._client, None
        if client is not None:
            try:
                self._wait(client.disconnect(), WRITE_S)
            except self._errors:  # it is given up either way
                self._lost = True
            self._end()

    async def _opened(self, scanner: Any, client_class: Any, name: str) -> Any:
        found = await scanner.find_device_by_name(name, timeout=FIND_S)
        if found is None:
            raise PortMissing(f"No device called {name} advertises. If it sleeps, hold the magnet over it for 3 s and take it away.")
        client = client_class(found, disconnected_callback=self._gone, timeout=CONNECT_S)
        await client.connect()
        if client.mtu_size < NEEDED_MTU:
            await client.disconnect()
            raise OSError(f"the link carries {client.mtu_size} bytes at a time and {NEEDED_MTU} are needed")
        await client.start_notify(NOTIFY_UUID, self._take)
        return client

    def _take(self, _: object, data: bytearray) -> None:
        with self._arrived:
            self._buffer += data
            self._arrived.notify_all()

    def _gone(self, _: object) -> None:
        with self._arrived:
            self._lost = True
            self._arrived.notify_all()

    def _wait(self, what: Coroutine[Any, Any, T], within_s: float) -> T:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(within_s)

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WRITE_S)
        self._loop.close()
