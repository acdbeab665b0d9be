"""An OpenNerve on a table: keys that are made here, sessions, and requests that wait for their answer in device time."""

from __future__ import annotations

import hashlib
from typing import Any

from device_emulator.opennerve.device import OpenNerveDevice
from device_emulator.opennerve.firmware import Link, Timing
from device_emulator.opennerve.store import Store
from rnprog.protocol.opennerve import p256, payloads
from rnprog.protocol.opennerve.codes import Op, Role
from rnprog.protocol.opennerve.frames import Request, Response, ResponseReader, encode_request

KEYS = {Role.ADMIN: 0xA11CE, Role.CLINICIAN: 0xC11, Role.PATIENT: 0xBA7}
FAST = Timing(production=False)
BLE = Timing(link=Link.BLE)
STEP_S = 0.01


def keyed(**values: float) -> Store:
    """A store with keys, and other values (in the device's own units) than the factory's."""
    store = Store(admin_key=p256.public_key(KEYS[Role.ADMIN]))
    store.texts["HP09"] = p256.public_key(KEYS[Role.CLINICIAN])
    store.texts["HP12"] = p256.public_key(KEYS[Role.PATIENT])
    store.values.update(values)
    return store


class Bed:
    """A device and the host's end of its line."""

    def __init__(self, store: Store | None = None, timing: Timing = FAST, **options: Any) -> None:
        self.device = OpenNerveDevice(store or keyed(), timing=timing, **options)
        self._reader = ResponseReader()

    def send(self, data: bytes, within_s: float = 5.0) -> list[Response]:
        """Write the bytes; everything that is answered in time."""
        found = self._reader.feed(self.device.receive(data))
        for _ in range(round(within_s / STEP_S)):
            found += self._reader.feed(self.device.advance(STEP_S))
        return found

    def ask(self, request: Request, within_s: float = 5.0) -> Response | None:
        """The first answer, as soon as it is there; None: silence."""
        self.device.receive(encode_request(request))
        for _ in range(round(within_s / STEP_S)):
            found = self._reader.feed(self.device.advance(STEP_S))
            if found:
                return found[0]
        return None

    def sure(self, request: Request) -> bytes:
        """The payload of an answer that has to be good."""
        answer = self.ask(request)
        assert answer is not None and answer.status == 0, answer
        return answer.payload

    def auth(self, role: Role = Role.ADMIN) -> Response | None:
        digest = hashlib.sha256(b"a visit").digest()
        return self.ask(payloads.auth(payloads.Signed(*p256.sign(KEYS[role], digest), digest)))

    def opened(self, role: Role = Role.ADMIN) -> Bed:
        """With a session that takes commands."""
        answer = self.auth(role)
        assert answer is not None and answer.payload == bytes((role,))
        self.device.advance(0.1)
        return self

    def steps(self, identity: str) -> int:
        return payloads.one_word(payloads.told_data(identity, self.sure(payloads.read(identity))))

    def write(self, identity: str, steps: int) -> int:
        """The status of a write."""
        answer = self.ask(payloads.write(identity, steps))
        assert answer is not None
        return answer.status

    @property
    def state(self) -> dict[str, Any]:
        return self.device.bench({"cmd": "state"})

    def start(self) -> None:
        self.sure(Request(Op.START_MANUAL))

    def stop(self) -> None:
        self.sure(Request(Op.STOP_MANUAL))
