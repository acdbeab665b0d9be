"""The Bluetooth port against the emulated firmware behind a stand-in for bleak. Says nothing about pairing or radio."""

import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from device_emulator.opennerve.device import OpenNerveDevice
from rnprog.device.errors import BadPort, LinkLost, PortError, PortMissing
from rnprog.device.link import Link
from rnprog.device.opennerve.ble import NEEDED_MTU, BlePort
from rnprog.device.opennerve.conversation import Conversation
from rnprog.device.opennerve.key import Key
from rnprog.protocol.opennerve import payloads
from rnprog.protocol.opennerve.advert import NOTIFY_UUID, WRITE_UUID
from rnprog.protocol.opennerve.codes import Role
from tests.device.opennerve.table import FAST, KEYS, device


class BleakError(Exception):
    pass


class Air:
    """Who advertises, and what becomes of a connection."""

    def __init__(self, implant: OpenNerveDevice) -> None:
        self.implant = implant
        self.mtu = NEEDED_MTU
        self.refuses = False
        self.written: list[bytes] = []
        self.client: Any = None

    async def find_device_by_name(self, name: str, timeout: float) -> object:
        return self.implant if name == "CARSS" else None

    def connect_to(self, found: OpenNerveDevice, disconnected_callback: Callable[[Any], None], timeout: float) -> Any:
        self.client = Client(self, disconnected_callback)
        return self.client


class Client:
    def __init__(self, air: Air, gone: Callable[[Any], None]) -> None:
        self.air, self.gone = air, gone
        self.mtu_size = air.mtu

    async def connect(self) -> None:
        if self.air.refuses:
            raise BleakError("not paired")

    async def disconnect(self) -> None:
        self.gone(self)

    async def start_notify(self, uuid: str, callback: Callable[[Any, bytearray], None]) -> None:
        assert uuid == NOTIFY_UUID
        self.notify = callback

    async def write_gatt_char(self, uuid: str, data: bytes, response: bool) -> None:
        assert uuid == WRITE_UUID and not response
        if self.air.refuses:
            raise BleakError("out of reach")
        self.air.written.append(data)
        answer = self.air.implant.receive(data) + self.air.implant.advance(0.3)
        if answer:
            self.notify(self, bytearray(answer))


@pytest.fixture
def air(monkeypatch: pytest.MonkeyPatch) -> Iterator[Air]:
    made = Air(device(FAST))
    bleak, errors = types.ModuleType("bleak"), types.ModuleType("bleak.exc")
    bleak.BleakScanner, bleak.BleakClient, errors.BleakError = made, made.connect_to, BleakError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "bleak", bleak)
    monkeypatch.setitem(sys.modules, "bleak.exc", errors)
    yield made


def test_a_conversation_over_bluetooth(air: Air) -> None:
    link = Link("opennerve+ble:CARSS")
    try:
        talk = Conversation(link, Key(KEYS[Role.ADMIN]))
        assert talk.authenticate() is Role.ADMIN
        assert talk.read(payloads.read("SP02")) == b"SP02\x02\x00"
        assert [len(data) for data in air.written] == [110, 8], "one frame, one write"
    finally:
        link.close()
    link.close()


def test_a_link_that_drops_is_lost(air: Air) -> None:
    link = Link("opennerve+ble:CARSS")
    air.client.gone(None)
    with pytest.raises(LinkLost, match="Bluetooth link is gone"):
        link.read()
    link.close()


def test_a_write_that_fails_is_a_lost_link(air: Air) -> None:
    link = Link("opennerve+ble:CARSS")
    air.refuses = True
    with pytest.raises(LinkLost, match="out of reach"):
        link.write(b"\x00")
    link.close()


def test_nobody_of_that_name(air: Air) -> None:
    with pytest.raises(PortMissing, match="hold the magnet"):
        BlePort("OTHER")


@pytest.mark.parametrize(("refuses", "mtu", "words"), [(True, NEEDED_MTU, "not paired"), (False, 23, "23 bytes at a time")])
def test_a_connection_that_cannot_be_had(air: Air, refuses: bool, mtu: int, words: str) -> None:
    air.refuses, air.mtu = refuses, mtu
    with pytest.raises(PortError, match=words):
        BlePort("CARSS")


def test_without_the_extra_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bleak", None)
    with pytest.raises(BadPort, match=r"install rnprog\[ble\]"):
        Link("opennerve+ble:CARSS")
