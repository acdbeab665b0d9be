"""What is offered next in a titration, and when it is over. Owns the order search, proposal, confirmation; it delivers nothing.

The search itself is medicine's (`therapy.ascending`, `therapy.threshold`). The log is the only memory of the search, so the method may
change at any burst; kept here besides are the amplitude that is being confirmed and where its confirmation began.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from rnprog.session.doubts import astray, better_ended, wrong_place
from rnprog.session.offers import Offer
from rnprog.session.stimulation import Stimulation
from rnprog.session.titrated import Method, Plan, Titrated
from rnprog.session.trials import Trial, Trials
from rnprog.session.wording import assisted as words
from rnprog.session.wording import doubts
from rnprog.session.wording import titration as lead_words
from rnprog.therapy import ascending, threshold
from rnprog.therapy.ascending import Next
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.threshold import (
    Confirm,
    Confirmation,
    Estimate,
    Nothing,
    Scale,
    Screened,
    Verdict,
    confirm,
    next_step,
    outdone,
    patient_maximum,
    propose,
)
from rnprog.therapy.threshold.amplitude import LEAST_PROBABILITY
from rnprog.therapy.threshold.evidence import evidence
from rnprog.therapy.threshold.guards import limits
from rnprog.therapy.threshold.search import REPORTS_TO_END, estimate_of, posterior_of
from rnprog.therapy.titration import Answer, State, Thresholds, Titration, TitrationError
from rnprog.therapy.units import Milliamps

MAX_PROPOSALS = 4
"""So many amplitudes are proposed for one side, each from a longer log, before it is left to a clinician. `unverified`."""

ENDINGS = {
    threshold.Outcome.THRESHOLD: "threshold",
    threshold.Outcome.NOT_REACHABLE: "not_reachable",
    threshold.Outcome.STOPPED: "stopped",
    threshold.Outcome.TOO_MANY_BURSTS: "too_many_bursts",
    threshold.Outcome.ABORTED: "aborted",
    threshold.Outcome.WORSE: "worse",
}
"""The outcomes as records and JSON name them, the same for every method."""


def known(titration: Titration, plan: Plan) -> Estimate | None:
    """The threshold as far as this log tells, however its amplitudes were chosen. None: nothing was rated, or amplitudes too fine."""
    try:
        rated = any(each.seen is not None for each in evidence(titration, plan.answers))
        return estimate_of(posterior_of(titration, plan.settings), plan.settings.rules) if rated else None
    except TitrationError:
        return None


@dataclass(slots=True)
class Course:
    """One side's titration as it goes."""

    plan: Plan
    stimulation: Stimulation
    method: Method = field(init=False)
    _trials: Trials = field(default_factory=Trials)
    _stands: Confirmation | None = None
    _allowed_ma: Milliamps = field(init=False)
    """What the envelope would approve, asked once for each offer."""
    _suspect: bool = field(init=False)
    """Whether the lead was measured to lead current astray."""
    _before: tuple[str, ...] = field(init=False)
    """What was too strong on these electrodes before this titration, in words; said with the first offer."""
    _limit_ma: Milliamps | None = None
    """The same without the ladder, asked with each proposal."""

    def __post_init__(self) -> None:
        self.method = self.plan.method
        self._allowed_ma = self.stimulation.highest_allowed()
        self._suspect = astray(self.stimulation.session.sweep, self.plan.setup.electrodes)
        self._before = _too_strong_before(self.stimulation)

    def following(self) -> Offer | Titrated:
        """What to ask the observer next; or how the side ended by itself."""
        titration = self.stimulation.titration
        self._allowed_ma = self.stimulation.highest_allowed()
        if self.method is Method.ASCENDING:
            step = ascending.next_step(titration, self._allowed_ma)
            return self._offer(step, target_ma=_chosen(titration, step)) if isinstance(step, Next) else self._by_levels(step)
        if self.method is Method.MANUAL:
            return self._offer(None, agree=self._agree())
        return self._confirming(self._trials.current) if self._trials.current is not None else self._searching()

    def switched(self, method: Method) -> None:
        """Go on with another method, on the same log."""
        self.method, self._stands = method, None
        if self._trials.current is not None:
            self._trials = self._trials.failed(len(self.stimulation.titration.log), missed=False)

    def taken_back(self) -> None:
        """An answer was taken back: one that belonged to the search reopens it, and an amplitude that failed by it is on trial again."""
        self._trials = self._trials.taken_back(len(self.stimulation.titration.log))

    def finished(self) -> Titrated:
        """Ended by a person, or at the bound of bursts, with what is known."""
        titration = self.stimulation.titration
        if titration.state in (State.STEPPING, State.BACKING_OFF):
            self.stimulation.titration = titration = titration.finished()
        self._allowed_ma = self.stimulation.highest_allowed()
        if self.method is Method.ASSISTED:
            found = next_step(titration, self._allowed_ma, self.plan.settings)
            assert isinstance(found, threshold.Finished)  # a finished titration proposes nothing more
            return self._ended(found)
        ended = ascending.next_step(titration, self._allowed_ma)
        assert isinstance(ended, ascending.Finished)
        return self._by_levels(ended)

    # offers

    def _searching(self) -> Offer | Titrated:
        titration = self.stimulation.titration
        step = next_step(titration, self._allowed_ma, self.plan.settings)
        if isinstance(step, Confirm):
            return self._offer(None, agree=step)
        if isinstance(step, threshold.Next):
            if (better := outdone(titration, self.plan.settings, self.plan.rivals)) is not None:
                return self._worse(*better)
            remarks = (words.DISAGREES,) if step.disagrees else ()
            return self._offer(Next(step.amplitude_ma, words.reason(step, self.plan.settings, titration)), remarks=remarks)
        if step.outcome is not threshold.Outcome.THRESHOLD or not self.plan.to_therapy:
            return self._ended(step)
        if titration.state is State.BACKING_OFF:
            return self._offer(None, agree=self._agree())
        proposed = len(self._trials.all)
        if proposed >= MAX_PROPOSALS:
            return replace(self._ended(step), reason=f"{words.finished(step, titration)} {words.none_confirmed(proposed)}")
        self._limit_ma = self.stimulation.limit()
        limit_ma, settings = self._limit_ma, self.plan.settings
        rejected_ma = self._trials.rejected_ma
        proposal = propose(titration, limit_ma, settings, rejected_ma=rejected_ma, least_probability=LEAST_PROBABILITY)
        if isinstance(proposal, Nothing):
            return replace(self._ended(step), reason=f"{words.finished(step, titration)} {words.nothing(proposal)}")
        self._trials = self._trials.proposed(proposal, len(titration.log))
        return self._confirming(
            self._trials.all[-1], (words.finished(step, titration), words.proposal(proposal, titration.thresholds().discomfort_ma))
        )

    def _confirming(self, trial: Trial, remarks: tuple[str, ...] = ()) -> Offer | Titrated:
        target = trial.proposal
        if self.stimulation.titration.state is State.BACKING_OFF:
            return self._offer(None, agree=self._agree())
        stands = confirm(
            self.stimulation.titration,
            target.amplitude_ma,
            self.plan.settings,
            since=trial.since,
            highest_allowed=self._allowed_ma,
        )
        self._stands = stands
        if stands.verdict is Verdict.REJECTED:
            self._trials = self._trials.failed(len(self.stimulation.titration.log), missed=bool(stands.missed))
            following = self._searching()
            return replace(following, remarks=(words.rejected(target), *following.remarks)) if isinstance(following, Offer) else following
        if stands.next_ma is None:
            return self.finished()
        proposal = Next(stands.next_ma, words.confirming(target, stands, stands.next_ma))
        return self._offer(proposal, target_ma=target.amplitude_ma, remarks=remarks)

    def _offer(
        self,
        proposal: Next | None,
        *,
        agree: Confirm | None = None,
        target_ma: Milliamps | None = None,
        remarks: tuple[str, ...] = (),
    ) -> Offer:
        titration = self.stimulation.titration
        if not titration.log:
            remarks = (*self._before, *remarks)
        if titration.log and titration.log[-1].elsewhere and titration.elsewhere_ma is not None:
            said = doubts.elsewhere(titration.elsewhere_ma) if wrong_place(titration) else doubts.elsewhere_once(titration.elsewhere_ma)
            remarks = (*remarks, said)
        bounds = limits(titration, self._allowed_ma, target_ma=target_ma)
        end_first = ""
        if proposal is not None and self.method is Method.ASSISTED:
            end_first = better_ended(titration, proposal.amplitude_ma, on_suspect_lead=self._suspect)
        return Offer(
            self.plan.setup.side,
            None if end_first else proposal,
            min(bound_ma for _, bound_ma in bounds),
            titration,
            method=self.method,
            estimate=known(titration, self.plan),
            end_first=end_first,
            agree=agree,
            target_ma=target_ma,
            remarks=(*remarks, end_first) if end_first else remarks,
        )

    def _agree(self) -> Confirm | None:
        """What is to be agreed to after discomfort; None without one."""
        titration = self.stimulation.titration
        if titration.state is not State.BACKING_OFF or titration.ceiling_ma is None:
            return None
        reports = sum(burst.answer is Answer.DISCOMFORT for burst in titration.log)
        estimate = estimate_of(posterior_of(titration, self.plan.settings), self.plan.settings.rules)
        return Confirm(titration.ceiling_ma, reports, reports >= REPORTS_TO_END, estimate)

    # endings

    def _by_levels(self, ended: ascending.Finished) -> Titrated:
        titration = self.stimulation.titration
        return Titrated(
            self.plan,
            str(ended.outcome),
            ended.thresholds,
            ended.proposed_amplitude_ma,
            ended.reason,
            titration,
            estimate=known(titration, self.plan),
        )

    def _ended(self, found: threshold.Finished) -> Titrated:
        """The method's own ending; with a therapy amplitude where bursts confirmed one."""
        titration, trial, stands = self.stimulation.titration, self._trials.current, self._stands
        limit_ma = self.stimulation.limit() if self._limit_ma is None else self._limit_ma
        if trial is not None:  # the search had come to its end before, whatever the bursts since then make of the estimate
            found = replace(found, outcome=threshold.Outcome.THRESHOLD)
        ended = Titrated(
            self.plan,
            ENDINGS[found.outcome],
            _thresholds(titration, found),
            None,
            self._told(found),
            titration,
            estimate=known(titration, self.plan),
            finished=found,
            limit_ma=limit_ma,
        )
        if trial is None or stands is None:
            return ended
        target = trial.proposal
        ended = replace(ended, proposal=target, confirmation=stands)
        if stands.verdict is not Verdict.CONFIRMED:
            return replace(ended, reason=f"{ended.reason} {words.not_confirmed(target, stands)}")
        maximum_ma = patient_maximum(titration, limit_ma)
        reason = f"{self._told(found)} {words.confirmed(target, stands, maximum_ma, graded=self.plan.answers is not Scale.YES_NO)}"
        return replace(ended, proposed_ma=target.amplitude_ma, reason=reason, maximum_ma=maximum_ma)

    def _worse(self, than: Screened, chance: float) -> Titrated:
        """A pair that is clearly worse than one screened before is not looked at further."""
        ended = self.finished()
        assert ended.finished is not None  # the method assisted always has one
        found = replace(ended.finished, outcome=threshold.Outcome.WORSE)
        reason = f"{words.finished(found, ended.titration)} {words.outdone(than, chance)}"
        return replace(ended, ending=ENDINGS[found.outcome], finished=found, reason=reason)

    def _told(self, found: threshold.Finished) -> str:
        """How the search ended and what to do now."""
        titration = self.stimulation.titration
        said = words.finished(found, titration)
        if found.outcome is threshold.Outcome.THRESHOLD:
            return said
        return f"{said} {doubts.next_step(titration, wrong_place=wrong_place(titration), on_suspect_lead=self._suspect)}"


def _too_strong_before(stimulation: Stimulation) -> tuple[str, ...]:
    ceilings, setup = stimulation.session.ceilings, stimulation.setup
    binding, earlier = ceilings.binding(setup), ceilings.earlier(setup)
    if binding is not None:
        cut_off, where = binding.cut_off, binding.record
        return (lead_words.too_strong_before(binding.amplitude_ma, binding.ceiling_ma, cut_off=cut_off, where=where),)
    if earlier is not None and earlier.at is not None:
        return (lead_words.too_strong_on(earlier.amplitude_ma, on=earlier.at.date().isoformat(), where=earlier.record),)
    return ()


def _chosen(titration: Titration, step: Next) -> Milliamps | None:
    """The method ascending looks for a clear contraction, so a flicker is not yet its "yes": after one it goes on to the step it chose, and
    no further. After a clear or strong contraction it never goes up, as no method does."""
    rated = [burst.answer for burst in titration.log if burst.grade is not None]
    return step.amplitude_ma if rated and rated[-1] is Answer.FLICKER else None


def _thresholds(titration: Titration, found: threshold.Finished) -> Thresholds:
    """As the log shows them; contraction by the estimate: the lowest step of the device at or above it."""
    motor = None
    if found.outcome is threshold.Outcome.THRESHOLD:
        estimate_ma = found.estimate.median_ma
        motor = AMPLITUDE.range.at_or_below(estimate_ma)
        if motor is None or motor < estimate_ma:
            motor = AMPLITUDE.range.above(estimate_ma)
    return replace(titration.thresholds(), motor_ma=None if motor is None else Milliamps(motor))
