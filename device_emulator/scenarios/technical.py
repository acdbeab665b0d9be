"""Scenarios for tests of the programmer: odd devices and odd lines. Nobody learns programming from them."""

from __future__ import annotations

from device_emulator.scenarios.model import Line, Scenario

TECHNICAL = (
    Scenario("charging", "the device is on its charger: stimulation is refused", day=True, charging=True, like="charging"),
    Scenario(
        "therapy-running",
        "a therapy session is running when the programmer connects",
        day=True,
        therapy_running=True,
        like="therapy-running",
    ),
    Scenario("foreign-serial", "the serial number holds terminal escapes and markup", serial="[/x]\x1b]0;own\x07\x1b[m"),
    Scenario("unknown-firmware", "the device speaks protocol version 9 and no other", version=9),
    Scenario("other-device", "the device answers, but its model is XN-7", model="XN-7"),
    Scenario("deaf", "nothing ever answers on this line", day=True, line=Line.DEAF, like="half-open"),
    Scenario("junk", "noise on the line, never an answer", day=True, line=Line.JUNK, like="babble"),
)
