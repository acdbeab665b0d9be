"""The pages of the fault book: what each switch of the emulator must lead to (docs/reliability.md says why). A table; it plays nothing."""

from __future__ import annotations

from dataclasses import dataclass

from device_emulator.faults import FAULTS
from tests.session.faultbook import (
    APPOINTMENT,
    BURST,
    CONNECTING,
    CONNECTING_IN_REAL_TIME,
    FIRST_ARM,
    FIRST_MEASUREMENT,
    LOG,
    STOP,
    Scene,
    Seen,
)


@dataclass(frozen=True)
class Page:
    """What must be seen in a scene. `spec` empty: the example of the switch."""

    scene: Scene
    ending: str
    says: str = ""
    signs: frozenset[str] = frozenset()
    spec: str = ""

    def missing(self, seen: Seen) -> list[str]:
        """What was not seen; empty: the page is met."""
        found = [] if seen.ending == self.ending else [f"ended as {seen.ending!r} ({seen.says}), not as {self.ending!r}"]
        found += [] if self.says in seen.says else [f"{self.says!r} is not said: {seen.says}"]
        return found + [f"no sign of {sign!r}: {sorted(seen.signs)}" for sign in sorted(self.signs - seen.signs)]


def _page(scene: Scene, ending: str, says: str = "", *signs: str, spec: str = "") -> Page:
    return Page(scene, ending, says, frozenset(signs), spec)


def _seen_in_both(*signs: str) -> tuple[Page, ...]:
    """It costs a repeated read or a stray, and nothing else: both go on to their end and the line's counters tell."""
    return _page(APPOINTMENT, "finished", "", "struck", *signs), _page(CONNECTING, "connected", "", "struck", *signs)


def _refused_by_the_device(says: str, *signs: str) -> tuple[Page, ...]:
    return _page(APPOINTMENT, "refused", says), _page(CONNECTING, "connected", "", *signs)


def _unanswered(command: str, *signs: str) -> Page:
    return _page(APPOINTMENT, "unknown", f"did not answer ({command})", *signs)


_NOT_CONFIRMED = ("stop not confirmed", "STOP NOT CONFIRMED: ")

BOOK: dict[str, tuple[Page, ...]] = {
    "drop-byte": (
        _page(APPOINTMENT, "trouble: link", "did not answer (status)", "noise", "repeated", "struck"),
        _page(CONNECTING, "trouble: mismatch", "sends bytes that are no answer"),
    ),
    "double-byte": _seen_in_both("noise", "repeated"),
    "duplicate-request": (_page(APPOINTMENT, "finished", "", "strays", "struck"),),
    "duplicate-reply": _seen_in_both("strays"),
    "reorder-request": (_unanswered("amplitude", "strays", "struck"),),
    "reorder-reply": _seen_in_both("strays", "repeated"),
    "flip-bit": (_unanswered("impedance", "noise", "struck"), _page(CONNECTING, "connected", "", "noise", "repeated", "struck")),
    "burst-error": _seen_in_both("noise", "repeated"),
    "corrupt-request": (_unanswered("arm", "struck"),),
    "corrupt-reply": _seen_in_both("noise", "repeated"),
    "partial-request": _seen_in_both("repeated"),
    "partial-reply": _seen_in_both("noise", "repeated"),
    "trickle": (_unanswered("impedance", "noise"), _page(CONNECTING, "trouble: no device", "did not answer (capabilities)")),
    "late-reply": _seen_in_both("strays", "repeated"),
    # Within the 250 ms that are waited a late answer is an answer: only the clock tells, and nothing else may change.
    "delay": (_page(APPOINTMENT, "finished", "", "slow answers"), _page(CONNECTING, "connected", "", "slow answers")),
    "jitter": (_page(APPOINTMENT, "finished", "", "slow answers"), _page(CONNECTING, "connected", "", "slow answers")),
    "wrong-reply": _seen_in_both("strays", "repeated"),
    "drop-reply": (_unanswered("amplitude", "struck"),),
    "drop-request": (_unanswered("burst", "struck"),),
    "stuck": (
        _page(APPOINTMENT, "unknown", "Write timeout", "struck"),
        _page(CONNECTING, "trouble: link", "Write timeout"),
        _page(BURST, *_NOT_CONFIRMED, "struck", spec="stuck=HEARTBEAT@2"),
    ),
    "unplug": (
        _page(APPOINTMENT, "unknown", "the program was sent: The link was lost", "struck", "afterwards link"),
        _page(BURST, *_NOT_CONFIRMED, "struck", spec="unplug=HEARTBEAT@2"),
    ),
    "unplug-after": (
        _page(APPOINTMENT, "trouble: link", "the emulated cable is unplugged"),
        _page(BURST, *_NOT_CONFIRMED, spec="unplug-after=1"),
    ),
    "wrong-baud": (
        _page(APPOINTMENT, "trouble: link", "did not answer (status)", "repeated"),
        _page(CONNECTING, "trouble: no device", "No device answers"),
    ),
    "noise": (_page(APPOINTMENT, "finished", "", "noise"), _page(CONNECTING, "connected", "", "noise")),
    "other-host": (
        _page(APPOINTMENT, "refused", "it has restarted, another programmer has connected, or STOP was said elsewhere", "struck"),
        _page(CONNECTING, "trouble: link", "another programmer has connected, or the device has restarted"),
        _page(BURST, "trouble: link", "another programmer has connected", "struck", spec="other-host=HEARTBEAT@2"),
    ),
    "steal": _seen_in_both("noise", "repeated"),
    "swap-device": (_page(APPOINTMENT, "unknown", "The link was lost", "struck", "afterwards link"),),
    "babble": (
        _page(APPOINTMENT, "trouble: link", "did not answer (status)", "noise"),
        _page(CONNECTING, "trouble: mismatch", "sends bytes that are no answer"),
        _page(BURST, "unknown", "did not answer (amplitude)", "noise", spec="babble"),
    ),
    "half-open": (
        _unanswered("arm", "struck"),
        _page(CONNECTING, "trouble: link", "did not answer (status)"),
        _page(BURST, *_NOT_CONFIRMED, "struck", spec="half-open=HEARTBEAT@2"),
    ),
    "reset-on-open": (_page(CONNECTING, "connected", "", "boot 2"),),
    "power-cut": (_unanswered("write program", "boot 2"),),
    "reset": (
        _page(APPOINTMENT, "unfinished", "The device has restarted by itself", "struck", "boot 2"),
        _page(BURST, "trouble: link", "The device has restarted by itself", "struck", spec="reset=HEARTBEAT@2"),
    ),
    "reset-after": (
        _page(APPOINTMENT, "trouble: link", "The device has restarted by itself"),
        _page(BURST, "trouble: link", "The device has restarted by itself", spec="reset-after=1"),
    ),
    "foreign-commit": (_page(APPOINTMENT, "refused", "changed by somebody else", "struck"),),
    "serial-change": (
        _page(APPOINTMENT, "unknown", "Another device answers on this port", "struck", "afterwards wrong device"),
        _page(BURST, "stop not confirmed", "STOP NOT CONFIRMED: Another device answers", "struck", spec="serial-change=HEARTBEAT@2"),
    ),
    "clock-skew": (_page(CONNECTING_IN_REAL_TIME, "connected", "", "the clock is wrong"),),
    "low-battery": _refused_by_the_device("battery is too low (3250 mV", "low battery", "3.25 V"),
    "end-of-service": _refused_by_the_device("battery is too low (3150 mV", "end of service", "3.15 V"),
    "battery": _refused_by_the_device("battery is too low (3350 mV", "3.35 V"),
    "lead-open": (_page(APPOINTMENT, "unfinished", "no electrodes on the left side could be used", "verdict open"),),
    "lead-short": (_page(APPOINTMENT, "unfinished", "no electrodes on the left side could be used", "verdict short"),),
    # Nothing measures while current flows: a jump shows when it takes the output to its limit.
    "impedance-jump": (_page(BURST, "alert", "Measure the leads again: `rnprog impedance`", "struck", spec="impedance-jump=30@3"),),
    "wild-telemetry": (
        _page(APPOINTMENT, "trouble: mismatch", "255 %, which cannot be. The link is in order: the device sent this.", "struck"),
        _page(CONNECTING, "trouble: mismatch", "If it stays, do not go on with this device, and report it.", "struck"),
        _page(BURST, "unknown", "answer makes no sense (amplitude)", "struck", spec="wild-telemetry=STATUS@1"),
        _page(BURST, "trouble: link", "Contact with the device was interrupted", "struck", spec="wild-telemetry=HEARTBEAT@1"),
    ),
    "protocol-version": (
        _page(APPOINTMENT, "trouble: refused", "its protocol is newer or older than this rnprog knows"),
        _page(CONNECTING, "trouble: mismatch", "a protocol version that this rnprog does not know"),
    ),
    "nak-stop": (_page(STOP, "stop not confirmed", "the device answered, and refused it"),),
    "no-effect": (
        _page(APPOINTMENT, "differs", "holds 0.5 mA, and holds 0 mA", "struck"),
        _page(APPOINTMENT, "differs", "did not begin the burst", "struck", spec="no-effect=BURST@1"),
    ),
    "quantise": (_page(APPOINTMENT, "differs", "holds 2.5 mA instead of 2.3 mA"),),
    "clamp": (_page(APPOINTMENT, "differs", "holds 1.5 mA instead of 2.0 mA"),),
    "therapy-running": _refused_by_the_device("a therapy session is running", "therapy on"),
    "no-lease": (_page(FIRST_ARM, "refused", "does not end test stimulation by itself"),),
    "strong-impedance": (
        _page(FIRST_MEASUREMENT, "refused", "measures impedance with 1.5 mA"),
        _page(APPOINTMENT, "differs", "8 pairs were driven with 1.5 mA, 100 us; the device had declared 0.2 mA"),
    ),
    "full-log": (
        _page(CONNECTING, "connected", "", "log entries lost", "entries lost"),
        _page(LOG, "read", "", "a gap in the page", spec="full-log=EVENTS"),
    ),
    "lose-event": (_page(APPOINTMENT, "finished", "", "events missed", "struck", spec="lose-event@2"),),
    "charging": _refused_by_the_device("it is being charged", "charging"),
    "over-temperature": _refused_by_the_device("it is too warm", "over-temperature"),
}


def spec_of(name: str, page: Page) -> str:
    """What is set in the emulator."""
    return page.spec or FAULTS[name].example
