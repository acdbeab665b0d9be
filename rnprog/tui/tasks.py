"""What the screens ask of the link thread, one function each. Each is a call into `session`; what came of it is told in events."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

from rnprog.profile.model import Profile
from rnprog.session import archive, bilateral, programs, sweep, triage
from rnprog.session.appointment import SIDES, bounded, share_of, usable_pairs
from rnprog.session.basis import Basis, basis_of, moved_to
from rnprog.session.outcomes import Applied, Outcome, Refused, StopConfirmed, StopOutcome
from rnprog.session.particular import with_ramps_that_fit
from rnprog.session.patient import Match, compare, not_this_patients, settle, store
from rnprog.session.places import record_directory
from rnprog.session.priors import earlier_records, informed
from rnprog.session.programs import Proposal
from rnprog.session.record import amount
from rnprog.session.renewal import BEFORE_A_STEP_MS, BEFORE_BOTH_MS, UNDER_WAY_MS, age_ms
from rnprog.session.resolve import Settled
from rnprog.session.session import Session
from rnprog.session.titrate import Plan, Titrated, titrate
from rnprog.session.wording import Words, safety
from rnprog.session.wording import basis as about_basis
from rnprog.session.wording import patient as of_patient
from rnprog.session.wording import tui as say
from rnprog.session.wording import tui_titration as words
from rnprog.therapy.contacts import Side
from rnprog.therapy.impedance import ImpedanceSweep
from rnprog.therapy.program import Program
from rnprog.tui import events as e
from rnprog.tui import side_events as of_side
from rnprog.tui.answering import Answers
from rnprog.tui.beats import Post
from rnprog.tui.link_worker import Task
from rnprog.tui.observer import Person
from rnprog.tui.reading import all_slots


def measure_leads(session: Session, post: Post) -> None:
    """Measure both leads, judge them against the past, note the advice."""
    _measured(session, post)


def _measured(session: Session, post: Post, older_than_ms: int = -1) -> bool:
    """The same, if the last measurement is older than this. False: it did not succeed, and that was told."""
    if older_than_ms >= 0 and (session.sweep is None or age_ms(session) <= older_than_ms):
        return True
    outcome = sweep.measure(session, tuple(side for side in SIDES if side in session.capabilities.leads))
    if not isinstance(outcome, Applied):
        _ended(session, post, "impedance", outcome)
        return False
    _tell_leads(session, post, outcome.readback)
    return True


def _tell_leads(session: Session, post: Post, found_now: ImpedanceSweep) -> None:
    caps, record = session.capabilities, session.record
    directory = record.path.parent if record is not None else record_directory(None)
    past = archive.history(directory, serial=session.serial, mode=str(session.mode), besides=record.path if record is not None else None)
    test = (amount(caps.impedance_test_ma), amount(caps.impedance_test_us))
    found = triage.judge(found_now.readings, past, test=test, now=datetime.now(UTC))
    triage.note(session, found)
    usable = {side: usable_pairs(session, side, neighbours=False) for side in SIDES}
    post(e.LeadsMeasured(found_now, found, usable, time.monotonic() - age_ms(session) / 1000))
    post(e.Polled(session.status(), None, time.monotonic()))


def titrate_side(plan: Plan, answers: Answers, found: Mapping[Side, Titrated]) -> Task:
    """Titrate one side, asking the person in front of the screen. `found`: what the other side came to."""

    def task(session: Session, post: Post) -> None:
        if not _measured(session, post, BEFORE_A_STEP_MS):
            return
        measured = session.sweep
        fit = replace(plan, setup=with_ramps_that_fit(plan.setup, session.capabilities))
        known = informed(fit, session, earlier_records(session), found)
        post(of_side.Began(known))
        person = Person(session, post, answers, known.settings)
        result = titrate(session, known, person, lambda burst: post(of_side.BurstDone(burst)))
        if session.sweep is not None and session.sweep is not measured:  # again, between two bursts
            _tell_leads(session, post, session.sweep)
        why = _cause(person, result.stop)
        post(of_side.SideDone(result if why is None else replace(result, reason=str(why))))
        if result.stop is not None:
            post(e.Stopped(result.stop, time.monotonic(), why))
        elif result.problem is not None and (not isinstance(result.problem, Refused) or result.problem.link_over):
            post(e.Ended(words.problem(str(plan.setup.side)), result.problem))
        if session.halted is None and session.pending is None:
            post(e.Polled(session.status(), None, time.monotonic()))

    return task


def check_together(found: Mapping[Side, Titrated], answers: Answers) -> Task:
    """Both sides together; what was tolerated bounds what each side came to."""

    def task(session: Session, post: Post) -> None:
        if not _measured(session, post, BEFORE_BOTH_MS):
            return
        post(of_side.BothBegan())
        person = Person(session, post, answers)
        together = bilateral.check(session, dict(found), person, lambda burst: post(of_side.BurstDone(burst)))
        last = together.last
        if last is None:  # not tolerated together, or not found out: nothing is proposed for both
            results = {side: replace(result, proposed_ma=None) for side, result in found.items()}
        else:
            results = {side: bounded(session, result, share_of(last, side)) for side, result in found.items()}
        post(of_side.BothDone(together, results))
        if together.stop is not None:
            post(e.Stopped(together.stop, time.monotonic(), _cause(person, together.stop)))
        elif together.problem is not None:
            post(e.Ended(words.BOTH_TOGETHER, together.problem))
        if session.halted is None and session.pending is None:
            post(e.Polled(session.status(), None, time.monotonic()))

    return task


def _cause(person: Person, stop: StopOutcome | None) -> Words | None:
    """Why it ended, where the device did it by itself and nothing that was read says more; None: somebody said STOP."""
    if not person.ended_by_itself or not isinstance(stop, StopConfirmed) or stop.found:
        return None
    return replace(safety.lease_ended(say.NO_CONTACT), stimulation=stop.words.stimulation, now=say.after_lease())


def reopen(session: Session, post: Post) -> None:
    """After STOP: a new link session, read only. Everything starts from 0 mA. What is open is settled; what is stored is read again."""
    session.reopen_link()
    post(e.Reopened())
    resolution = session.resolve()
    if resolution is not None:
        post(e.Settled(resolution))
    post(e.Polled(session.status(), session.battery(), time.monotonic()))
    post(e.ProgramsRead(all_slots(session), time.monotonic()))


def resolve(session: Session, post: Post) -> None:
    """Settle a command that was not answered, by a read."""
    resolution = session.resolve()
    if resolution is not None:
        if resolution.settled is Settled.ENDED:  # its link session is over: reads only, everything from 0 mA
            session.reopen_link()
            post(e.Reopened())
        post(e.Settled(resolution))
    post(e.Polled(session.status(), None, time.monotonic()))
    post(e.ProgramsRead(all_slots(session), time.monotonic()))


def read_programs(session: Session, post: Post) -> None:
    """Read every slot."""
    post(e.ProgramsRead(all_slots(session), time.monotonic()))


def propose(program: Program, slot: int, basis: Basis | None) -> Task:
    """What writing this program would mean, and whether it may be. `basis`: what the profile that it comes from was read from."""

    def task(session: Session, post: Post) -> None:
        proposal = programs.propose(session, program, programs.read_slot(session, slot), basis)
        approved = programs.approve(session, proposal)
        post(e.Proposed(proposal, approved if isinstance(approved, Refused) else None))

    return task


def use_profile(profile: Profile) -> Task:
    """The limits of a profile hold from now on, and its program is laid before the envelope. Not for another device or another patient
    than it is made for, and not when it is outdated."""

    def task(session: Session, post: Post) -> None:
        identity = session.device.identity
        if profile.device_model != identity.model or profile.serial not in (None, identity.serial):
            post(e.Told(say.not_for_this_device(profile.name, profile.serial or profile.device_model, identity.serial)))
            return
        another = not_this_patients(session, profile.name, profile.patient_code)
        if another is not None:
            post(e.Told(of_patient.not_taken(another.text)))
            return
        basis = basis_of(profile.name, profile.origin)
        old = programs.outdated(session, basis, profile.program, ways=False)
        if old is not None:
            post(e.Told(about_basis.outdated_on_screen(profile.name, " ".join(reason.text for reason in old.reasons))))
            return
        programs.hold_to(session, profile.limits, source=f"profile {profile.name}")
        post(e.ProfileTaken(profile.name, profile.program, profile.limits, basis))

    return task


def write(proposal: Proposal, confirmed_by: str) -> Task:
    """Write, read back, have the implant run it, enable the schedule."""

    def task(session: Session, post: Post) -> None:
        if not _measured(session, post, UNDER_WAY_MS):  # confirming may take long
            return
        written = programs.apply(session, proposal, confirmed_by=confirmed_by)
        if not isinstance(written, Applied):
            _ended(session, post, say.WRITE_PROGRAM, written)
            return
        active = programs.activate(session, written.readback, confirmed_by=confirmed_by)
        if not isinstance(active, Applied):
            _ended(session, post, say.ACTIVATE_SLOT, active)
            return
        schedule = programs.enable_schedule(session, True, confirmed_by=confirmed_by)
        if not isinstance(schedule, Applied):
            _ended(session, post, "schedule", schedule)
            return
        carry_fingerprint(session, post)
        post(e.ProgramsRead(all_slots(session), time.monotonic()))
        basis = moved_to(proposal.basis, active.readback, session.serial, date.today().isoformat())
        post(e.Wrote(active.readback, schedule.readback, basis))
        post(e.Polled(session.status(), None, time.monotonic()))

    return task


def carry_fingerprint(session: Session, post: Post) -> None:
    """With the program that was confirmed the implant takes the fingerprint of this patient's code, so that a mix-up is noticed."""
    code = session.record.opening.get("patient") if session.record is not None else None
    if not code or compare(session, str(code)) is Match.SAME:
        return
    stored = store(session, str(code), confirmed_by="with the program that was confirmed")
    if not isinstance(stored, Applied):
        _ended(session, post, say.FINGERPRINT, stored)


def settle_patient(typed: str) -> Task:
    """Go on with another patient's implant, if this is the end of its serial number; either is in the record."""

    def task(session: Session, post: Post) -> None:
        if settle(session, typed):
            post(e.PatientSettled())

    return task


def note(text: str) -> Task:
    """A note of the person, in the record."""

    def task(session: Session, post: Post) -> None:
        session.note("note", {"text": text})
        read_lines(session, post)

    return task


def read_past(session: Session, post: Post) -> None:
    """What earlier visits found."""
    record = session.record
    directory, besides = (record_directory(None), None) if record is None else (record.path.parent, record.path)
    post(e.PastRead(archive.history(directory, serial=session.serial, mode=str(session.mode), besides=besides)))


def read_lines(session: Session, post: Post) -> None:
    """What the record holds so far."""
    if session.record is not None:
        post(e.LinesRead(tuple(archive.lines(session.record.path))))


def _ended(session: Session, post: Post, what: str, outcome: Outcome[object]) -> None:
    assert not isinstance(outcome, Applied)  # callers have taken it away
    post(e.Ended(what, outcome))
    if session.pending is None and session.halted is None:
        post(e.Polled(session.status(), None, time.monotonic()))
