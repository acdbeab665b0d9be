"""The fault book: for each switch of the emulator, in which scene it is met and what the programmer must show then.

A scene plays with a device and says what was seen; a page says what must be among it. A page that a healthy device would also fulfil
proves nothing: `test_every_fault.py` plays each scene without the fault as well and requires that the page is not met.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rnprog.protocol.opcodes import Opcode
from rnprog.session import sweep
from rnprog.session.appointment import Report, run
from rnprog.session.outcomes import Applied, Differs, Refused, StopConfirmed, StopNotConfirmed, Unknown
from rnprog.session.session import Session
from rnprog.session.stimulation import Stimulation
from rnprog.session.stopping import Halted
from rnprog.session.trouble import Trouble
from tests.device.rig import Tape, truth_of
from tests.session.desk import BOTH, Desk, armed, faulty, give, given, measured, setup, state
from tests.session.test_appointment import TEMPLATE, Guide

SLOW_S = 0.03
"""A healthy device in virtual time answers at once."""


@dataclass
class Seen:
    """What a scene came to. `ending`: a word of `_ending`, or the kind of trouble; `says`: what was said with it."""

    ending: str = "nothing"
    says: str = ""
    signs: set[str] = field(default_factory=set)
    report: Report | None = None
    changes: list[dict[str, Any]] = field(default_factory=list)
    """Ground truth, three seconds after the scene."""
    armed_at_end: int | None = None
    """None: the connection was not made."""

    def end(self, ending: str, says: object) -> None:
        self.ending, self.says = ending, str(says)


Act = Callable[[Session, str, Seen], None]
"""What is done in a session under a fault. It ends where it ends: Trouble and Halted belong to what is seen."""


def _ending(seen: Seen, outcome: object) -> None:
    """The ending of a therapy command in one word, and its text."""
    match outcome:
        case Refused(reasons):
            seen.end("refused", reasons[0].text)
        case Unknown(_, words):
            seen.end("unknown", words)
        case Differs(words, _, _):
            seen.end("differs", words)
        case StopNotConfirmed():
            seen.end("stop not confirmed", outcome.words)
        case StopConfirmed():
            seen.end("stop confirmed", outcome.words)
        case Applied():
            seen.end("applied", "")
        case _:
            seen.end("finished", "")


def _look(session: Session, seen: Seen) -> None:
    """What the line and the emulator say, before the fault is taken away."""
    line = session.device.line_health()
    counts = {
        "noise": line.noise_frames,
        "strays": line.stray_frames,
        "repeated": line.repeated_reads,
        "events missed": line.events_missed,
        "struck": sum(session.bench.ask({"cmd": "faults"})["struck"].values()),
    }
    seen.signs |= {name for name, count in counts.items() if count}


def _status(session: Session, seen: Seen) -> None:
    status = session.status()
    seen.signs |= {str(flag) for flag in status.flags} | {str(status.output), f"boot {status.boot_count}"}
    if status.dropped_events:
        seen.signs.add("entries lost")


@dataclass(frozen=True)
class Scene:
    """A device, what is done with it, and when the fault begins."""

    act: Act
    url: str = "emu://"
    from_the_start: bool = False
    """The device was so before the port was opened; otherwise the scene itself sets the fault."""

    def play(self, desk: Desk, spec: str) -> Seen:
        """What is seen, up to three seconds after it."""
        seen = Seen()
        mark = "&" if "?" in self.url else "?"
        url = f"{self.url}{mark}faults={spec}" if self.from_the_start else self.url
        try:
            with desk.open(url) as session:
                bench = session.bench
                try:
                    self.act(session, spec, seen)
                finally:
                    _look(session, seen)
                    bench.ask({"cmd": "fault", "spec": ""})
                    if session.clock.virtual:
                        bench.ask({"cmd": "advance", "seconds": 3})
                    seen.changes, seen.armed_at_end = truth_of(bench).changes, state(session)["armed_channels"]
                    if _slowest_s(desk.tape) > SLOW_S:
                        seen.signs.add("slow answers")
        except Trouble as trouble:
            seen.end(f"trouble: {trouble.kind}", trouble)
            assert trouble.words.happened.endswith(".") and trouble.words.now
        except Halted as halted:
            _ending(seen, halted.outcome)
        _read_record(desk, seen)
        return seen


def _read_record(desk: Desk, seen: Seen) -> None:
    """What the record says of the leads."""
    for line in desk.lines() if desk.records() else ():
        if line["kind"] == "outcome" and line["data"]["what"] == "impedance" and line["data"]["result"] == "applied":
            seen.signs |= {f"verdict {reading['verdict']}" for reading in line["data"]["readings"]}
            seen.signs.add(f"measured with {line['data']['test_ma']} mA")


def _slowest_s(tape: Tape) -> float:
    """The longest time between a question and its answer, but for measurements, which take their time."""
    asked = {
        (frame.opcode, frame.sequence, frame.link_session): at_s for at_s, frame in tape.frames(">") if frame.opcode != Opcode.IMPEDANCE
    }
    answers = [(at_s, (frame.opcode, frame.sequence, frame.link_session)) for at_s, frame in tape.frames("<")]
    return max((at_s - asked[which] for at_s, which in answers if which in asked), default=0.0)


# acts


def _appointment(session: Session, spec: str, seen: Seen) -> None:
    measured(session)
    faulty(session, spec)
    report = run(session, TEMPLATE, Guide())
    seen.report = report
    _ending(seen, report.problem)
    if report.unfinished is not None:
        seen.end("unfinished" if seen.ending == "finished" else seen.ending, report.unfinished)
    _look(session, seen)
    faulty(session, "")
    try:
        _status(session, seen)
    except Trouble as trouble:  # the cable is out, or another device is on it
        seen.signs.add(f"afterwards {trouble.kind}")
        return
    if report.unfinished is None:
        _holds_what_is_claimed(session, report)


def _holds_what_is_claimed(session: Session, report: Report) -> None:
    """An appointment that calls itself finished left exactly what it says in the implant."""
    status = session.status()
    assert report.stored is not None and report.schedule_enabled
    assert (status.active_slot, status.active_crc) == (report.stored.slot, report.stored.crc)
    assert status.schedule_enabled


def _connected(session: Session, spec: str, seen: Seen) -> None:
    _status(session, seen)
    battery = session.battery()
    seen.signs |= {f"{battery.voltage_v} V"} | ({"the clock is wrong"} if session.beginning.clock_is_wrong else set())
    seen.end("connected", "")


def _measured(session: Session, spec: str, seen: Seen) -> None:
    _ending(seen, sweep.measure(session, BOTH))


def _armed(session: Session, spec: str, seen: Seen) -> None:
    measured(session)
    _ending(seen, Stimulation(session, setup()).arm())


def _burst(session: Session, spec: str, seen: Seen) -> None:
    stimulation = armed(session)
    given(stimulation, "0.4")
    faulty(session, spec)
    outcome = give(stimulation, "0.5", "2")
    _ending(seen, outcome)
    if isinstance(outcome, Applied) and outcome.readback.alert is not None:
        seen.end("alert", outcome.readback.alert)


def _stop(session: Session, spec: str, seen: Seen) -> None:
    armed(session)
    faulty(session, spec)
    _ending(seen, session.stop("the test"))


def _log(session: Session, spec: str, seen: Seen) -> None:
    armed(session)
    faulty(session, spec)
    page = session.device.read_log("events", 1)
    seen.end("read", "")
    seen.signs |= {"a gap in the page"} if page.lost else set()


# scenes

APPOINTMENT = Scene(_appointment)
"""From measured leads on, a whole appointment."""
CONNECTING = Scene(_connected, from_the_start=True)
CONNECTING_IN_REAL_TIME = Scene(_connected, "emu://?clock=wall", from_the_start=True)
"""The device's clock can be compared with this computer's."""
FIRST_MEASUREMENT = Scene(_measured, from_the_start=True)
FIRST_ARM = Scene(_armed, from_the_start=True)
BURST = Scene(_burst)
"""Two seconds of output; the fault is set before its set-point is moved."""
STOP = Scene(_stop)
"""A side is armed, and STOP is said."""
LOG = Scene(_log)
