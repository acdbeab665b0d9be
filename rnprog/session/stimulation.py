"""Test stimulation of one side: arm, deliver, answer, disarm. Each rise is approved, confirmed by somebody, and on disk before it is sent.

What may come next is decided by `therapy` (envelope, titration); what is delivered, by a person. Nothing here proposes.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from rnprog.device.api import DeviceStatus, Output
from rnprog.session import guards
from rnprog.session.burst_end import BurstEnd, made_free, release, wait_for_the_end, went_wrong
from rnprog.session.outcomes import Applied, Outcome, Reason, ReasonKind, Refused, Unknown, refused
from rnprog.session.record import amount
from rnprog.session.session import Session
from rnprog.session.wording import Words, safety
from rnprog.therapy.contacts import Side
from rnprog.therapy.envelope import ApprovedAmplitude, ApprovedSetup, Ladder, Refusal, TestSetup
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.threshold import Rung
from rnprog.therapy.titration import Answer, Titration, TitrationError
from rnprog.therapy.units import Milliamps

RISE_EVERY_S = 0.25
"""A set-point rises no faster than this (U6 of the fault list: a key that repeats counts once)."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A burst that is over, and what the device said afterwards."""

    side: Side
    amplitude_ma: Milliamps
    duration_s: Decimal
    status: DeviceStatus
    alert: Words | None = None
    """Set when the burst did not go as it should; the side is released then."""
    both: Rung | None = None
    """Set when both sides were given together; `amplitude_ma` is the left one's then."""


class Stimulation:
    """One side, one set-up. Leave it through `disarm` or `Session.stop`."""

    def __init__(self, session: Session, setup: TestSetup, titration: Titration | None = None) -> None:
        self.session = session
        self.setup = setup
        session.ceilings.read(session.record, session.serial, str(session.mode))
        self.titration = session.ceilings.below(setup, titration or Titration())
        self._approved: ApprovedSetup | None = None
        self._device_reached_ma = Milliamps(Decimal(0))
        self._last_rise_s: float | None = None

    @property
    def side(self) -> Side:
        """The side."""
        return self.setup.side

    @property
    def ladder(self) -> Ladder:
        """Where the titration stands, as the envelope wants it."""
        last_ma = min(self.titration.last_delivered_ma, self._device_reached_ma)
        return Ladder(last_ma, self.titration.highest_tolerated_ma, self.titration.ceiling_ma)

    def arm(self) -> Outcome[TestSetup]:
        """Prepare the side at amplitude 0. Refused without a fresh impedance on these electrodes."""
        session = self.session
        if session.capabilities.lease_s is None and not session.run_on_accepted:
            return Refused((Reason(ReasonKind.ENVELOPE, safety.no_lease(session.off_within_s), "lease"),))
        approved = session.envelope.approve_setup(
            self.setup, session.sweep, serial=session.serial, link_session=session.link_session, now_ms=session.now_ms
        )
        if isinstance(approved, Refusal):
            return refused(approved)
        already = self.side in session.armed
        session.armed.add(self.side)  # before the bytes: whatever happens from here on, the way out stops it
        outcome = session.command("arm", setup_data(self.setup), lambda: session.device.arm(approved), setup_data)
        if isinstance(outcome, Refused) and not already:
            session.armed.discard(self.side)
        if isinstance(outcome, Applied):
            self._approved = approved
            self._device_reached_ma = Milliamps(Decimal(0))
            session.input_seen()
            session.heart.begin()
        return outcome

    def highest_allowed(self) -> Milliamps:
        """The largest amplitude the envelope would approve now, 0 when it would approve none."""
        return self._highest(self.ladder)

    def limit(self) -> Milliamps:
        """The most that charge, compliance, device, patient limit and ceiling allow, the small steps of the ladder apart; 0: nothing. The
        age of the impedance is left out: an old one withholds every burst, and says nothing about height."""
        top_ma, sweep = Milliamps(AMPLITUDE.maximum), self.session.sweep
        return self._highest(Ladder(top_ma, top_ma, self.titration.ceiling_ma), None if sweep is None else sweep.taken_at_ms)

    def _highest(self, ladder: Ladder, at_ms: int | None = None) -> Milliamps:
        session = self.session
        if self._approved is None:
            return Milliamps(Decimal(0))
        return session.envelope.highest_allowed(
            self._approved,
            ladder,
            session.sweep,
            serial=session.serial,
            link_session=session.link_session,
            now_ms=session.now_ms if at_ms is None else at_ms,
        )

    def deliver(
        self, amplitude_ma: Milliamps, duration_s: Decimal, *, confirmed_by: str, target_ma: Milliamps | None = None
    ) -> Outcome[Delivered]:
        """Set the amplitude and let it flow for `duration_s`. `confirmed_by`: the recorded action that this burst traces to. `target_ma`:
        an amplitude chosen before, which is brought up; without it a threshold is searched for, and nothing goes up after a contraction.

        Returns after the burst, with the heart beating all the while. Trouble (see `Session.tick`) when contact is lost within it.
        """
        approved = self.approve(amplitude_ma, duration_s, target_ma)
        if isinstance(approved, Refused):
            return approved
        held = self.set_to(approved, confirmed_by)
        return self._burst(amplitude_ma, duration_s, confirmed_by) if isinstance(held, Applied) else held

    def approve(self, amplitude_ma: Milliamps, duration_s: Decimal, target_ma: Milliamps | None = None) -> ApprovedAmplitude | Refused:
        """What the guards of titration, the envelope and the clock say to this burst now, every reason named. Sends nothing."""
        session = self.session
        session.input_seen()
        if self._approved is None:
            return _not_now("This side is not prepared. Prepare it first; it starts from 0 mA.", "setup")
        approved = session.envelope.approve_amplitude(
            self._approved,
            amplitude_ma,
            self.ladder,
            session.sweep,
            serial=session.serial,
            link_session=session.link_session,
            now_ms=session.now_ms,
        )
        refusal = isinstance(approved, Refusal)
        guarded = guards.reasons(self.titration, self.side, amplitude_ma, target_ma, refused=refusal)
        if isinstance(approved, Refusal):
            return Refused((*refused(approved).reasons, *guarded))
        if guarded:
            return Refused(guarded)
        try:
            self.titration.burst_given(amplitude_ma)
        except TitrationError as error:  # an answer is awaited, or it has not begun
            return _not_now(error.reason)
        if duration_s * 1000 % 1:
            return _not_now("A burst lasts a whole number of milliseconds. Nothing was sent; choose another length.")
        rising = amplitude_ma > self.ladder.last_delivered_ma
        if rising and self._last_rise_s is not None and session.clock.now_s() - self._last_rise_s < RISE_EVERY_S:
            return _not_now("That was faster than a step may follow a step. Nothing was sent; press once more.")
        return approved

    def set_to(self, approved: ApprovedAmplitude, confirmed_by: str) -> Outcome[Decimal]:
        """Set the amplitude; nothing flows yet."""
        session, amplitude_ma = self.session, approved.amplitude_ma
        now_s = session.clock.now_s()
        intent = {"side": str(self.side), "amplitude_ma": amount(amplitude_ma), "confirmed_by": confirmed_by}
        held = session.command("amplitude", intent, lambda: session.device.set_amplitude(approved), lambda ma: {"amplitude_ma": amount(ma)})
        if isinstance(held, Applied):
            self._last_rise_s = now_s
        return held

    def _burst(self, amplitude_ma: Milliamps, duration_s: Decimal, confirmed_by: str) -> Outcome[Delivered]:
        session = self.session
        how = {"amplitude_ma": amount(amplitude_ma), "duration_s": amount(duration_s)}
        intent = {"side": str(self.side), **how, "confirmed_by": confirmed_by}
        begun = session.command(
            "burst", intent, lambda: session.device.burst((self.side,), duration_s), lambda output: {"output": str(output)}
        )
        if isinstance(begun, Unknown):
            self.lost()  # it may have flowed: whatever comes next starts from 0 mA
        if not isinstance(begun, Applied):
            return begun
        self._last_rise_s = session.clock.now_s()  # when it flowed: on a slow line that is later than when it was set
        self.given(amplitude_ma)
        end = wait_for_the_end(session, (self.side,), duration_s)
        return Applied(self.over(amplitude_ma, duration_s, end))

    def given(self, amplitude_ma: Milliamps) -> None:
        """A burst has begun; from here on one that is cut off counts as given."""
        self.titration = self.titration.burst_given(amplitude_ma)
        self.session.ceilings.unanswered(self.side, self.setup, self.titration)

    def over(self, amplitude_ma: Milliamps, duration_s: Decimal, end: BurstEnd) -> Delivered:
        """A burst has ended like this. Released when it did not go as it should."""
        session, status = self.session, end.status
        alert = went_wrong(self.side, end)
        if alert is None:
            self._device_reached_ma = max(self._device_reached_ma, amplitude_ma)
        else:
            self._release(status)
            session.sweep = None  # something has changed: nothing goes on before the leads were measured again
        session.note("burst over", {"side": str(self.side), "output": str(status.output), "alert": alert.happened if alert else None})
        return Delivered(self.side, amplitude_ma, duration_s, status, alert)

    def _release(self, status: DeviceStatus) -> None:
        if status.output is Output.TEST_ON:
            self.session.stop("burst did not end", by_itself=True)
        elif self.side not in status.armed:
            self.session.armed.discard(self.side)
            if not self.session.armed:
                self.session.heart.end()
        else:
            made_free(self.session, (self.side,))
        self.lost()

    def answer(self, answer: Answer, *, by: str, elsewhere: bool = False, contraction: Answer | None = None) -> None:
        """Note what the last burst did; `elsewhere`: in the wrong place; `contraction`: rated besides discomfort. TitrationError when no
        burst waits for an answer; Trouble when it cannot be noted."""
        self.titration = self.titration.answered(answer, elsewhere=elsewhere, contraction=contraction)
        burst = self.titration.log[-1]
        self.session.ceilings.unanswered(self.side, self.setup, None)
        self.session.ceilings.keep(self.setup, self.titration, self.session.record)
        self.session.input_seen()
        noted = {"side": str(self.side), "amplitude_ma": amount(burst.amplitude_ma), "answer": str(answer), "by": by}
        besides = ({"where": "elsewhere"} if elsewhere else {}) | ({"contraction": str(contraction)} if contraction else {})
        self.session.note("answer", noted | besides)

    def besides(self, contraction: Answer, *, by: str) -> None:
        """Note what the muscle did in the last burst, which was too strong: said after that was noted. Errors as `answer`."""
        self.titration = self.titration.rated_besides(contraction)
        self.session.input_seen()
        amplitude_ma = amount(self.titration.log[-1].amplitude_ma)
        self.session.note("besides", {"side": str(self.side), "amplitude_ma": amplitude_ma, "contraction": str(contraction), "by": by})

    def stopped(self) -> None:
        """STOP has ended it; a burst that a person's STOP cut off counts as too strong."""
        self.titration = self.titration.stopped()
        self.session.ceilings.keep(self.setup, self.titration, self.session.record)
        self.lost()

    def undo(self, *, by: str) -> None:
        """Take the last answer back, to give another. TitrationError when there is none, or when it was discomfort."""
        self.titration = self.titration.undone()
        self.session.ceilings.unanswered(self.side, self.setup, self.titration)
        self.session.note("answer taken back", {"side": str(self.side), "by": by})

    def proceed(self, *, by: str) -> None:
        """After discomfort somebody agreed that bursts below the ceiling may follow. TitrationError when nothing is to be agreed to."""
        self.titration = self.titration.proceed()
        assert self.titration.ceiling_ma is not None  # discomfort set it
        self.session.input_seen()
        self.session.note("agreed to go on", {"side": str(self.side), "ceiling_ma": amount(self.titration.ceiling_ma), "by": by})

    def disarm(self) -> Outcome[Output]:
        """Set the side to 0 and release it; heartbeats end with the last armed side."""
        outcome = release(self.session, self.side)
        if isinstance(outcome, Applied):
            self.lost()
        return outcome

    def lost(self) -> None:
        """The side is no longer armed: whatever comes next starts from 0 mA."""
        self._approved = None
        self._device_reached_ma = Milliamps(Decimal(0))
        self.titration = self.titration.gap()
        self.session.ceilings.unanswered(self.side, self.setup, None)


def setup_data(setup: TestSetup) -> dict[str, object]:
    """A set-up for the record."""
    return {
        "side": str(setup.side),
        "electrodes": str(setup.electrodes),
        "pulse_width_us": amount(setup.pulse_width_us),
        "rate_hz": amount(setup.rate_hz),
        "ramp_up_s": amount(setup.ramp_up_s),
        "ramp_down_s": amount(setup.ramp_down_s),
    }


def _not_now(text: str, field: str = "") -> Refused:
    return Refused((Reason(ReasonKind.OVER, text, field),))
