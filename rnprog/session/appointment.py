"""The whole appointment, in order: leads, left, right, both together, program, schedule, summary. Owns the order and nothing of how it
looks.

A guide (a face) is told each step and asked what only a person can decide. Every step is a call into the rooms beside this file.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import combinations, pairwise

from rnprog.device.api import StoredProgram
from rnprog.session import bilateral, programs, sweep
from rnprog.session.archive import AFTER_BOTH, History
from rnprog.session.bilateral import Together
from rnprog.session.guide import Guide
from rnprog.session.implant import Implant, read_again, told
from rnprog.session.outcomes import Applied, Differs, Outcome, Refused, Unknown
from rnprog.session.particular import with_ramps_that_fit
from rnprog.session.priors import informed
from rnprog.session.programs import Proposal
from rnprog.session.renewal import BEFORE_A_STEP_MS, BEFORE_BOTH_MS, UNDER_WAY_MS, age_ms
from rnprog.session.session import Session
from rnprog.session.titrate import Method, Plan, Titrated, titrate
from rnprog.session.titration_notes import titrated_data
from rnprog.therapy.contacts import CONTACTS_OF, Electrodes, Side
from rnprog.therapy.envelope import TestSetup
from rnprog.therapy.impedance import Fresh, ImpedanceSweep, usable
from rnprog.therapy.program import Program, SideProgram
from rnprog.therapy.threshold import STANDARD, Profile, Rung, Scale
from rnprog.therapy.units import Hertz, Microseconds, Milliamps, Minutes, Seconds

SIDES = (Side.LEFT, Side.RIGHT)
MAX_ELECTRODE_CHOICES = 8
_BURST_RAMP_S = Seconds(Decimal("0.5"))


@dataclass(frozen=True, slots=True)
class Template:
    """What the appointment starts from: everything of a program but the amplitudes, and how a burst looks."""

    electrodes: dict[Side, Electrodes]
    pulse_width_us: Microseconds
    rate_hz: Hertz
    ramp_up_s: Seconds
    ramp_down_s: Seconds
    on_s: Seconds
    off_s: Seconds
    session_min: Minutes
    sessions_per_day: Decimal
    burst_s: Decimal = Decimal(2)
    burst_ramp_s: Seconds = _BURST_RAMP_S

    def setup(self, side: Side) -> TestSetup:
        """Test stimulation of one side."""
        return TestSetup(side, self.electrodes[side], self.pulse_width_us, self.rate_hz, self.burst_ramp_s, self.burst_ramp_s)

    def program(self, found: dict[Side, Titrated]) -> Program | None:
        """The program that the titrations propose; None when no side has a proposal."""
        parts = {
            side: SideProgram(result.plan.setup.electrodes, result.proposed_ma, result.plan.setup.pulse_width_us)
            for side, result in found.items()
            if result.proposed_ma is not None
        }
        if not parts:
            return None
        return Program(
            left=parts.get(Side.LEFT),
            right=parts.get(Side.RIGHT),
            rate_hz=self.rate_hz,
            ramp_up_s=self.ramp_up_s,
            ramp_down_s=self.ramp_down_s,
            on_s=self.on_s,
            off_s=self.off_s,
            session_min=self.session_min,
            sessions_per_day=self.sessions_per_day,
        )


@dataclass(frozen=True, slots=True)
class Search:
    """How thresholds are searched for."""

    method: Method = Method.ASSISTED
    profile: Profile = STANDARD
    answers: Scale = Scale.GRADE_FELT
    how_confirmed: str = "palpation"
    past: History | None = None
    """Earlier records that may serve as a beginning; None: none are used."""


@dataclass(slots=True)
class Report:
    """What was done. `unfinished` says why the appointment did not reach its end; None: it did."""

    sweep: ImpedanceSweep | None = None
    titrated: dict[Side, Titrated] = field(default_factory=dict)
    """`proposed_ma` is what the check of both sides left of it."""
    together: Together | None = None
    """None: both sides together were not checked, because one side alone has a proposal."""
    proposal: Proposal | None = None
    sent: bool = False
    """A program was sent to the implant: what became of it is in `stored`, or in `implant`."""
    stored: StoredProgram | None = None
    """The program that was written, as read back, when the appointment came to its end."""
    implant: Implant | None = None
    """What the implant holds, read again because the appointment ended after a program was sent; None: it was not read, nobody knows."""
    schedule_enabled: bool | None = None
    problem: Refused | Unknown | Differs | Titrated | None = None
    unfinished: str | None = None


def run(
    session: Session, template: Template, guide: Guide, *, slot: int = 0, method: Method = Method.ASSISTED, search: Search | None = None
) -> Report:
    """Lead through an appointment. `search` says more than `method` and goes before it. Ends early, with the reason in the report, when a
    step does not succeed. Trouble as `Session`."""
    search = search or Search(method)
    report = Report()
    guide.identified(session.status(), session.battery())
    guide.leads(session)
    measured = sweep.measure(session, SIDES)
    if not isinstance(measured, Applied):
        return _end(report, measured, "the leads could not be measured")
    report.sweep = measured.readback
    guide.measured(measured.readback)
    for side in (each for each in SIDES if each in session.capabilities.leads):
        if not _side(session, template, guide, side, search, report):
            return report
    if not _together(session, guide, report):
        return report
    program = template.program(report.titrated)
    if program is None:
        report.unfinished = "no side has a proposed amplitude, so no program was made. Titrate again, with other contacts or a longer pulse"
        return report
    return _program(session, guide, program, slot, report)


def _side(session: Session, template: Template, guide: Guide, side: Side, search: Search, report: Report) -> bool:
    setup = template.setup(side)
    for _ in range(MAX_ELECTRODE_CHOICES):
        if not _measured_again(session, guide, report, BEFORE_A_STEP_MS):
            return False
        electrodes = guide.electrodes(session, side, template.electrodes[side])
        if session.halted is not None:
            report.unfinished = str(session.halted.words)
            return False
        if electrodes is None:
            return True
        if not _measured_again(session, guide, report, BEFORE_A_STEP_MS):  # choosing may take long
            return False
        chosen = with_ramps_that_fit(replace(setup, electrodes=electrodes), session.capabilities)
        plan = Plan(chosen, search.method, template.burst_s, search.how_confirmed, search.profile, search.answers)
        if search.method is Method.ASSISTED:
            plan = informed(plan, session, search.past, report.titrated)
        guide.begins(plan)
        result = titrate(session, plan, guide.observer(session, side), guide.burst)
        report.titrated[side] = result
        refused = result.problem if isinstance(result.problem, Refused) and not result.problem.link_over else None
        if refused is not None and not result.titration.log and session.halted is None:
            guide.refused(side, refused)
            continue
        guide.titrated(result)
        if result.stop is not None or result.problem is not None:
            report.problem = result.problem or result
            report.unfinished = result.reason
            return False
        return True
    report.unfinished = f"no electrodes on the {side} side could be used"
    return False


def _together(session: Session, guide: Guide, report: Report) -> bool:
    """Both sides together, where both have an amplitude. False: the appointment ends here, and `report` says why."""
    found = {side: result for side, result in report.titrated.items() if result.proposed_ma is not None}
    if len(found) < len(SIDES):
        return True
    if not _measured_again(session, guide, report, BEFORE_BOTH_MS):
        return False
    guide.both(found[Side.LEFT], found[Side.RIGHT])
    together = bilateral.check(session, found, guide.observer(session, Side.LEFT), guide.burst)
    report.together = together
    guide.checked(together)
    if together.last is None:
        report.problem, report.unfinished = together.problem, together.reason
        return False
    for side, result in found.items():
        report.titrated[side] = bounded(session, result, share_of(together.last, side))
    return True


def bounded(session: Session, result: Titrated, tolerated_ma: Milliamps) -> Titrated:
    """What was tolerated on both sides together bounds each of them, and so does what was too strong meanwhile (decision 0012), which may
    lie below it; told once more in the record where it changes what was proposed."""
    ceiling = session.ceilings.binding(result.plan.setup)
    tolerated_ma = tolerated_ma if ceiling is None else min(tolerated_ma, ceiling.ceiling_ma)
    bounded = replace(result, proposed_ma=tolerated_ma, maximum_ma=min(result.maximum_ma or tolerated_ma, tolerated_ma))
    if bounded.proposed_ma != result.proposed_ma:
        session.note("titrated", titrated_data(bounded) | {"after": AFTER_BOTH})
    return bounded


def share_of(rung: Rung, side: Side) -> Milliamps:
    """One side's amplitude."""
    return rung.left_ma if side is Side.LEFT else rung.right_ma


def usable_pairs(session: Session, side: Side, *, neighbours: bool = True) -> tuple[Electrodes, ...]:
    """Pairs of a lead, either way round, that the last measurement allows: neighbouring ones, and behind them all others if wanted."""
    contacts = CONTACTS_OF[side]
    near = [*pairwise(contacts)]
    far = [] if neighbours else [each for each in combinations(contacts, 2) if each not in near]
    pairs = [pair for first, second in (*near, *far) for pair in ((first, second), (second, first))]
    found = (Electrodes(frozenset({cathode}), frozenset({anode})) for cathode, anode in pairs)
    return tuple(
        each
        for each in found
        if isinstance(usable(session.sweep, each, serial=session.serial, link_session=session.link_session, now_ms=session.now_ms), Fresh)
    )


def _measured_again(session: Session, guide: Guide, report: Report, older_than_ms: int) -> bool:
    """The leads once more, if the last measurement is older than this. False: that did not succeed, and `report` says why."""
    if age_ms(session) <= older_than_ms:
        return True
    guide.leads(session)
    measured = sweep.measure(session, SIDES)
    if not isinstance(measured, Applied):
        _end(report, measured, "the leads could not be measured again")
        return False
    report.sweep = measured.readback
    guide.measured(measured.readback)
    return True


def _program(session: Session, guide: Guide, program: Program, slot: int, report: Report) -> Report:
    if not _measured_again(session, guide, report, BEFORE_A_STEP_MS):
        return report
    report.proposal = programs.propose(session, program, programs.read_slot(session, slot))
    refused = programs.approve(session, report.proposal)
    if isinstance(refused, Refused):
        return _end(report, refused, "the program is not allowed")
    confirmed_by = guide.confirms(session, report.proposal)
    if session.halted is not None:
        report.unfinished = f"the program was not written: {session.halted.words}"
        return report
    if confirmed_by is None:
        report.unfinished = "the program was not confirmed, so it was not written"
        return report
    if not _measured_again(session, guide, report, UNDER_WAY_MS):  # confirming may take long
        return report
    written = programs.apply(session, report.proposal, confirmed_by=confirmed_by)
    if isinstance(written, Refused):
        return _end(report, written, "the program was not written")
    report.sent = True
    if not isinstance(written, Applied):
        return _end_after_sending(session, report, written, "the program was sent")
    active = programs.activate(session, written.readback, confirmed_by=confirmed_by)
    if not isinstance(active, Applied):
        return _end_after_sending(session, report, active, "the program was written, and the implant was to be switched to it")
    if session.capabilities.sessions_per_day.maximum:  # a device without a daily schedule is not asked for one
        schedule = programs.enable_schedule(session, True, confirmed_by=confirmed_by)
        if not isinstance(schedule, Applied):
            return _end_after_sending(session, report, schedule, "the program was written, and the daily schedule was to be enabled")
        report.schedule_enabled = schedule.readback
    report.stored = active.readback
    guide.wrote(active.readback)
    return report


def _end_after_sending(session: Session, report: Report, outcome: Outcome[object], what: str) -> Report:
    """It ended with a program on its way: what the implant holds is read, not guessed."""
    assert isinstance(outcome, Refused | Unknown | Differs) and report.proposal is not None  # it was made before
    report.implant = held = read_again(session, report.proposal)
    report.problem = told(outcome, held)
    if isinstance(outcome, Refused):
        said = " ".join((outcome.reasons[0].text, *([held.sentence] if held is not None else [])))
    else:
        said = outcome.words.happened
    report.unfinished = f"{what}: {said}"
    return report


def _end(report: Report, outcome: Outcome[object], what: str) -> Report:
    assert isinstance(outcome, Refused | Unknown | Differs)  # callers have taken Applied away
    reason = outcome.reasons[0].text if isinstance(outcome, Refused) else str(outcome.words)
    report.problem, report.unfinished = outcome, f"{what}: {reason}"
    return report
