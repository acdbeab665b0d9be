"""Every screen in the states in which it is met, from states made by hand: for snapshots and for the gallery in docs/tui.md."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from rnprog.device.api import Output, StoredProgram
from rnprog.profile.library import Shelved
from rnprog.profile.model import Profile
from rnprog.session.audit import Audit
from rnprog.session.outcomes import StopNotConfirmed, refused
from rnprog.session.programs import Proposal
from rnprog.session.titrate import Titrated
from rnprog.session.wording import safety, titration, tui
from rnprog.therapy.contacts import Electrodes, Side
from rnprog.therapy.envelope import PatientLimits, Refusal, SafetyEnvelope
from rnprog.therapy.impedance import ImpedanceSweep
from rnprog.therapy.program import Program, differences
from rnprog.therapy.units import Milliamps
from rnprog.tui import events as e
from rnprog.tui import samples
from rnprog.tui.after import after
from rnprog.tui.app import RnprogApp
from rnprog.tui.frames import Line
from rnprog.tui.screens import profiles
from rnprog.tui.screens.connect import Choice
from rnprog.tui.screens.dialogs import Confirm
from rnprog.tui.screens.frame import SafeScreen
from rnprog.tui.screens.leads import MEASURING
from rnprog.tui.start import Start
from rnprog.tui.state import Phase, State
from rnprog.tui.titrating import Step, Titrating
from rnprog.tui.widgets.pair_table import sample

NOW_S = 0.3
CHOICES = (
    Choice("/dev/ttyACM0", "RN-1 RN1-00001234", "/dev/ttyACM0", "last", "RN1-00001234"),
    Choice("/dev/ttyACM0", "RN-1 programmer cable", "/dev/ttyACM0, USB 1209:0001, RN1-00001234", "port"),
    Choice("emu://?scenario=healthy", "healthy", "everything works; ordinary impedances and thresholds", "emulator"),
    Choice("emu://?scenario=left-open", "left-open", "the conductor of contact L1 is broken: no current through it", "emulator"),
    Choice("emu://?scenario=migrated-lead", "migrated-lead", "the left lead has slipped 12 mm towards its tip", "emulator"),
)


def app(theme: str = "rnprog-dark", choices: tuple[Choice, ...] = CHOICES) -> RnprogApp:
    """Without a device; its clock stands still."""
    made = RnprogApp(Start(remember=False, theme=theme, warm=False))
    made.looking = lambda: choices
    made.now_s = lambda: NOW_S
    return made


def connected_event(serial: str, program: Program | None) -> e.Connected:
    """A device that was just read; with this program in its active slot, or with none."""
    base = samples.connected()
    assert base.mode is not None and base.identity is not None and base.capabilities is not None
    assert base.status is not None and base.battery is not None
    return e.Connected(
        port="emu://",
        mode=base.mode,
        identity=replace(base.identity, serial=serial),
        capabilities=base.capabilities,
        status=base.status,
        battery=base.battery,
        stored=() if program is None else (replace(base.stored[0], program=program),),
        beginning=base.beginning,
        last_visit=None,
        record=base.record,
        off_within_s="1",
        notices=(),
        not_possible=None,
        another_patient=None,
        at_s=NOW_S,
    )


def measured(base: State | None = None) -> State:
    """Both leads, one contact broken."""
    judged = sample()
    usable = {Side.LEFT: (Electrodes.parse("-L2+L3"), Electrodes.parse("-L3+L2")), Side.RIGHT: (Electrodes.parse("-R1+R2"),)}
    return replace(base or samples.connected(), judged=judged, sweep=ImpedanceSweep(judged.readings, "RN1-E0000001", 1, 0), usable=usable)


def proposed(amplitude_ma: str = "1.6") -> State:
    """A program over the one in slot 0, with a patient's limit of 2 mA."""
    base = measured()
    left = samples.program().left
    assert left is not None and base.capabilities is not None
    wanted = replace(
        samples.program(), left=replace(left, amplitude_ma=Milliamps(Decimal(amplitude_ma)), electrodes=Electrodes.parse("-L2+L3"))
    )
    limits = PatientLimits(Milliamps(Decimal("2.0")), Milliamps(Decimal("2.0")))
    now = {"serial": "RN1-E0000001", "link_session": 1, "now_ms": 10}
    envelope = SafetyEnvelope(base.capabilities, limits)
    review = envelope.check_program(wanted, base.sweep, **now)  # type: ignore[arg-type]
    held = base.stored[0]
    assert held.program is not None
    proposal = Proposal(0, held, wanted, review, differences(held.program, wanted))
    verdict = refused(Refusal(review.violations)) if review.violations else None
    return replace(base, taken=("anna", wanted), limits=limits, proposed=proposal, not_allowed=verdict)


def written() -> State:
    base = proposed()
    assert base.proposed is not None
    stored = StoredProgram(0, base.proposed.program, 0x5D1C0FFE, 4, True)
    return replace(base, stored=(stored, *base.stored[1:]), wrote=stored, proposed=None)


LINES: tuple[dict[str, Any], ...] = tuple(
    {"utc": f"2026-11-25T10:{minute:02}:04.120+00:00", "kind": kind, "data": data}
    for minute, kind, data in (
        (15, "open", {"model": "RN-1", "serial": "RN1-E0000001", "mode": "emulator", "patient": "P-017"}),
        (16, "outcome", {"what": "impedance", "result": "applied"}),
        (18, "outcome", {"what": "arm", "result": "applied", "side": "left"}),
        (18, "answer", {"side": "left", "amplitude_ma": "0.5", "answer": "none"}),
        (19, "answer", {"side": "left", "amplitude_ma": "1.0", "answer": "felt"}),
        (19, "stop", {"cause": "the operator said stop", "confirmed": True, "words": "Stimulation was stopped (left)."}),
        (21, "note", {"text": "sat up between the sides"}),
    )
)


def profile() -> profiles.Read:
    program = samples.program()
    limits = PatientLimits(Milliamps(Decimal("2.0")), Milliamps(Decimal("2.0")))
    made = Profile(
        "anna", "Anna, six months", "", "draft", "RN-1", "RN-L4", Decimal("0.12"), None, None, "a clinician", "2026-11-25", program, limits
    )
    return profiles.Read("anna", made, ())


async def show(running: RnprogApp, pilot: Pilot[Any], state: State, screen: str, *keys: str) -> None:
    """This state on this screen, after these keys."""
    await pilot.pause()
    running.state = state
    if not isinstance(running.screen, SafeScreen) or screen != running.screen.NAME:
        running.switch_screen(screen)
    await pilot.pause()
    running.show()
    for key in keys:
        await pilot.press(key)
    await pilot.pause()


Scene = Callable[[RnprogApp, Pilot[Any]], Awaitable[None]]


def scene(state: State | Callable[[], State], screen: str, *keys: str) -> Scene:
    async def play(running: RnprogApp, pilot: Pilot[Any]) -> None:
        await show(running, pilot, state() if callable(state) else state, screen, *keys)

    return play


async def shelf(running: RnprogApp, pilot: Pilot[Any]) -> None:
    profiles.available = lambda: tuple(
        Shelved(name, Path(name), name != "anna") for name in ("anna", "low-output-start", "standard-bilateral")
    )  # type: ignore[assignment]
    profiles.read = lambda *_: profile()  # type: ignore[assignment]
    await show(running, pilot, samples.connected(), "profiles")
    await running.workers.wait_for_complete()
    await pilot.pause()
    await running.workers.wait_for_complete()
    await pilot.pause()


async def line(running: RnprogApp, pilot: Pilot[Any]) -> None:
    running.frames.count = 3
    running.frames._lines.extend(
        [
            Line(12.004, ">", "STATUS", "request, sequence 41, 0 bytes"),
            Line(12.011, "<", "STATUS", "reply, sequence 41, 58 bytes 002000ff0100010001000000"),
            Line(12.204, "<", "noise", "7 bytes"),
        ]
    )
    await show(running, pilot, samples.connected(), "frames")


async def leaving(running: RnprogApp, pilot: Pilot[Any]) -> None:
    """The question as the app asks it while a side is prepared; without a device it would not ask."""
    await show(running, pilot, measured(samples.offered()), "titration")
    running.push_screen(Confirm(tui.LEAVE_TITLE, tui.leave_question(on=True), "Leave"))
    await pilot.pause()


async def another_patient(running: RnprogApp, pilot: Pilot[Any]) -> None:
    """The implant that was connected carries the fingerprint of another patient code."""
    await pilot.pause()
    running.see(replace(connected_event("RN1-E0000001", samples.program()), another_patient="P-017"))
    await pilot.pause()


async def left_alone(running: RnprogApp, pilot: Pilot[Any]) -> None:
    """It was given free."""
    await another_patient(running, pilot)
    running.see(e.Closed(None, None))
    await pilot.pause()


def unknown() -> State:
    from rnprog.device.errors import Pending
    from rnprog.session.outcomes import Unknown

    words = safety.unknown("burst", "1", armed=True)
    return after(measured(samples.giving()), e.Ended("burst", Unknown(Pending("BURST", 1, 3, 4), words)))


def done(base: State | None = None) -> State:
    """The left side has an amplitude, and its search was ended for the right one."""
    log = samples.titration(5)
    saw = log.thresholds()
    left = Titrated(samples.plan(), "threshold", saw, Milliamps(Decimal("1.6")), "Threshold found after 9 bursts.", log)
    right = Titrated(samples.plan(Side.RIGHT), "stopped", saw, None, "Ended.", log, bound=LIMIT)
    ended = {
        Side.LEFT: Titrating(Step.DONE, left.plan, result=left, last=left),
        Side.RIGHT: Titrating(Step.DONE, right.plan, result=right, last=right),
    }
    return replace(base or measured(), side=Side.RIGHT, titrating=ended)


LIMIT = titration.bound("-R1+R2", Decimal("1.5"), Decimal(214), Decimal("1.3"), cut_off=True)


def alarm() -> State:
    words = safety.stop_not_confirmed("the device did not answer.", "1")
    return after(samples.giving(), e.Stopped(StopNotConfirmed(words, "1"), NOW_S))


def lost() -> State:
    return after(samples.giving(), e.Lost(safety.link_lost("the cable is out.", "1", armed=True)))


def closed() -> State:
    base = replace(samples.connected(), lines=LINES)
    audit = Audit("20261125T101500Z-RN1-E0000001-7f3a.jsonl", "x", 71, "4f1c22a09b7de310", True, True, ())
    return after(base, e.Closed(base.record, audit))


SCENES: dict[str, Scene] = {
    "away": scene(State(), "titration"),
    "connect": scene(State(), "connect"),
    "connecting": scene(State(phase=Phase.CONNECTING), "connect"),
    "another-patient": another_patient,
    "another-patient-left": left_alone,
    "overview": scene(samples.connected, "overview"),
    "leads-empty": scene(samples.connected, "leads"),
    "leads-measuring": scene(lambda: replace(samples.connected(), busy=MEASURING), "leads"),
    "leads": scene(measured, "leads"),
    "titration-setup": scene(measured, "titration", "r"),
    "titration-done": scene(done, "titration", "r"),
    "titration-again": scene(done, "titration", "l", "f5"),
    "titration-offered": scene(lambda: measured(samples.offered()), "titration"),
    "titration-flowing": scene(lambda: measured(samples.giving()), "titration"),
    "titration-asked": scene(lambda: measured(samples.asked()), "titration"),
    "program-empty": scene(lambda: replace(samples.connected(), stored=()), "program"),
    "program": scene(proposed, "program"),
    "program-refused": scene(lambda: proposed("2.4"), "program"),
    "program-written": scene(written, "program"),
    "program-confirm": scene(proposed, "program", "f5"),
    "record": scene(lambda: replace(samples.connected(), lines=LINES), "record"),
    "record-close": scene(lambda: replace(samples.connected(), lines=LINES), "record", "f5"),
    "leave": leaving,
    "record-closed": scene(closed, "record"),
    "profiles": shelf,
    "frames": line,
    "help": scene(samples.connected, "overview", "f1"),
    "palette": scene(samples.connected, "overview", "ctrl+p"),
    "unknown": scene(unknown, "titration"),
    "alarm": scene(alarm, "titration"),
    "lost": scene(lost, "overview"),
    "titration-lost": scene(
        lambda: after(measured(samples.giving()), e.Lost(safety.link_lost("the cable is out.", "1", armed=True))), "titration"
    ),
    "therapy": scene(lambda: _therapy(), "overview"),
}


def _therapy() -> State:
    base = samples.connected()
    assert base.status is not None
    return replace(
        base, status=replace(base.status, output=Output.THERAPY_ON, output_ma={Side.LEFT: Decimal("1.5"), Side.RIGHT: Decimal("1.8")})
    )
