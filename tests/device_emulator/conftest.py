"""A host that talks to an emulated device without a port: requests in, replies out, time by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from device_emulator.device import EmulatedDevice
from rnprog.protocol.connection import Answer, DeviceEvent, HostConnection, Incoming
from rnprog.protocol.image import ProgramImage, encode_image, image_crc
from rnprog.protocol.messages import (
    Activate,
    Arm,
    Commit,
    Heartbeat,
    Identify,
    OpenLink,
    OutputEvent,
    ReadStatus,
    Refused,
    Request,
    Stage,
    StatusReply,
    StopReply,
    Validate,
)
from rnprog.protocol.opcodes import Opcode


class Talk:
    """One conversation. `events` and `other` hold what came beside the answers."""

    def __init__(self, device: EmulatedDevice) -> None:
        self.device = device
        self.host = HostConnection()
        self.events: list[OutputEvent] = []
        self.other: list[Incoming] = []

    def open(self) -> Talk:
        self.ask(Identify())
        self.ask(OpenLink(7, 1004))
        return self

    def send(self, request: Request) -> list[object]:
        """Answers that came at once."""
        return self.sort(self.device.receive(self.host.send(request).data))

    def sort(self, data: bytes) -> list[object]:
        replies: list[object] = []
        for item in self.host.receive(data):
            if isinstance(item, Answer):
                replies.append(item.reply)
            elif isinstance(item, DeviceEvent):
                self.events.append(item.event)
            else:
                self.other.append(item)
        return replies

    def ask(self, request: Request, within_s: float = 0.5):
        """The one answer, waiting for it in virtual time; fails when there is none."""
        replies = self.send(request)
        end_s = self.device.now_s + within_s
        while not replies and self.device.now_s < end_s:
            replies = self.sort(self.device.advance(0.01))
        assert len(replies) == 1, replies
        return replies[0]

    def refused(self, request: Request) -> Refused:
        reply = self.ask(request)
        assert isinstance(reply, Refused), reply
        return reply

    def done(self, request: Request):
        reply = self.ask(request)
        assert not isinstance(reply, Refused), reply
        return reply

    def stop(self) -> StopReply:
        (reply,) = self.sort(self.device.receive(self.host.stop()))
        assert isinstance(reply, StopReply)
        return reply

    def status(self) -> StatusReply:
        reply = self.ask(ReadStatus())
        assert isinstance(reply, StatusReply)
        return reply

    def live(self, seconds: float) -> None:
        """Let time pass with a heartbeat every 0.2 s."""
        end_s = self.device.now_s + seconds
        while end_s - self.device.now_s > 1e-9:
            self.done(Heartbeat())
            self.wait(min(0.2, end_s - self.device.now_s))

    def wait(self, seconds: float) -> None:
        assert not self.sort(self.device.advance(seconds))

    def arm(self, channel: int = 0, **changes: int) -> Arm:
        shift = 4 * channel
        fields = {"cathodes": 2 << shift, "anodes": 4 << shift, "width_us": 214, "rate_mhz": 20_000, "ramp_up_ms": 0, "ramp_down_ms": 0}
        return Arm(channel, **{**fields, **changes})

    def store(self, image: ProgramImage, slot: int = 0, base_revision: int = 0, activate: bool = True) -> int:
        """Stage, validate, commit, activate; the CRC."""
        data = encode_image(image)
        crc = image_crc(data)
        self.done(Stage(slot, 0, len(data), data))
        self.done(Validate(slot, crc))
        self.done(Commit(slot, base_revision, crc))
        if activate:
            self.done(Activate(slot, crc))
        return crc

    def output_ua(self) -> list[float]:
        """Ground truth: what flows now on both channels."""
        flowing = [0.0, 0.0]
        for change in self.device.truth.changes:
            flowing[change.channel] = change.amplitude_ua + change.slope_ua_per_s * (self.device.now_s - change.t_s)
        return flowing


def program(**changes: int) -> ProgramImage:
    """A bilateral program that the device accepts."""
    values = {
        "format": 1,
        "channels": 3,
        "left_cathodes": 0x02,
        "left_anodes": 0x04,
        "left_amplitude_ua": 2_000,
        "left_width_us": 214,
        "right_cathodes": 0x20,
        "right_anodes": 0x40,
        "right_amplitude_ua": 1_500,
        "right_width_us": 214,
        "rate_mhz": 20_000,
        "ramp_up_ms": 2_000,
        "ramp_down_ms": 2_000,
        "on_ms": 10_000,
        "off_ms": 20_000,
        "session_s": 1_800,
        "sessions_per_day": 2,
    }
    return ProgramImage(**{**values, **changes})


@pytest.fixture
def talk() -> Callable[..., Talk]:
    """Make a conversation with a new device: `talk()`, `talk("left-open", faults="nak-stop")`."""

    def make(scenario: str = "healthy", seed: int = 0, *, opened: bool = True, **options) -> Talk:
        made = Talk(EmulatedDevice(scenario, seed, **options))
        return made.open() if opened else made

    return make


@pytest.fixture
def image() -> Callable[..., ProgramImage]:
    return program


@pytest.fixture
def opcodes() -> type[Opcode]:
    return Opcode
