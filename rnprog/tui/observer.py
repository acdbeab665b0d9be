"""The person in front of the screen as an observer: asked by messages, answered through a queue. Decides nothing about doses.

`choose` and `judge` run in the link thread. While they wait they let the session see that this thread still runs (`tick`), so that a
heartbeat that failed, a STOP and two minutes without input end the waiting. An answer carries the number of its question: a key that was
pressed before the question was there answers nothing.
"""

from __future__ import annotations

import itertools
import queue
import time
from decimal import Decimal
from typing import TypeVar

from rnprog.session.observers import Choice, Deliver, Hurts, Offer, Report, Stop
from rnprog.session.outcomes import Refused
from rnprog.session.session import Session
from rnprog.session.stimulation import Delivered
from rnprog.session.wording.tui_titration import ENDED_BY_ITSELF
from rnprog.therapy.threshold import curves
from rnprog.therapy.threshold.curves import RecruitmentPoint
from rnprog.therapy.threshold.profiles import Settings
from rnprog.therapy.titration import Answer, TitrationError
from rnprog.tui import events as e
from rnprog.tui import side_events as of_side
from rnprog.tui.answering import CONTRACTIONS, Answers
from rnprog.tui.beats import Post, poll_of

LOOK_S = 0.05
"""Between two looks while a question is open. The state is read as often as without one."""

HALF = 0.5

T = TypeVar("T")
_numbers = itertools.count(1)


class Person:
    """Asks with messages, waits for answers."""

    name = "ask"

    def __init__(self, session: Session, post: Post, answers: Answers, settings: Settings | None = None) -> None:
        """`settings`: of the model that expects responses; None: nothing is expected."""
        self._session = session
        self._post = post
        self._answers = answers
        self._settings = settings
        self._poll_every = round(poll_of(session) / LOOK_S)
        self.ended_by_itself = False
        """The device had ended the test stimulation before anybody asked for it."""

    def choose(self, offer: Offer) -> Choice:
        """Confirm the proposal, choose an amplitude, end, take back, or stop."""
        number = next(_numbers)
        self._post(of_side.Offered(number, offer, expected(offer, self._settings)))
        choice = self._wait(self._answers.choices, number)
        if isinstance(choice, Deliver):
            self._post(of_side.Giving(offer.side, choice.amplitude_ma))
        return choice

    def judge(self, delivered: Delivered) -> Report:
        """What the burst did."""
        number = next(_numbers)
        self._post(of_side.Asked(number, delivered))
        report = self._wait(self._answers.reports, number)
        return Hurts(lambda: self._besides(delivered)) if report is Answer.DISCOMFORT else report

    def _besides(self, delivered: Delivered) -> Answer | Stop | None:
        """What the muscle did in a burst that was too strong."""
        number = next(_numbers)
        self._post(of_side.Asked(number, delivered, besides=True))
        report = self._wait(self._answers.reports, number)
        return report if isinstance(report, Stop) or (isinstance(report, Answer) and report in CONTRACTIONS) else None

    def refused(self, refused: Refused) -> bool:
        """Say why, and ask again."""
        self._post(of_side.BurstRefused(refused))
        return True

    def _wait(self, answers: queue.Queue[tuple[int, T]], number: int) -> T | Stop:
        """The answer to this question; Stop when the device has ended the test stimulation by itself meanwhile."""
        looks = 0
        while True:
            self._session.tick()
            if looks % self._poll_every == 0 and self._ended_by_itself():
                return Stop(ENDED_BY_ITSELF)
            looks += 1
            try:
                to, answer = answers.get(timeout=LOOK_S)
            except queue.Empty:
                continue
            if to == number:
                return answer

    def _ended_by_itself(self) -> bool:
        """Read the state, tell it, and compare it with what this session has prepared."""
        status = self._session.status()
        self._post(e.Polled(status, None, time.monotonic()))
        self.ended_by_itself = bool(self._session.armed) and not status.armed
        return self.ended_by_itself


def expected(offer: Offer, settings: Settings | None) -> tuple[tuple[Decimal, Answer], ...]:
    """What the model expects at each amplitude, as points to draw: the strongest response with a chance of one half. Not doses."""
    if settings is None or offer.estimate is None or offer.both is not None:
        return ()
    try:
        found = curves(offer.titration, settings).recruitment
    except TitrationError:  # amplitudes finer than the model's
        return ()
    return tuple((Decimal(f"{point.level_ma:.1f}"), _likely(point)) for point in found)


def _likely(point: RecruitmentPoint) -> Answer:
    chances = (
        (point.discomfort, Answer.DISCOMFORT),
        (point.strong, Answer.STRONG),
        (point.clear, Answer.CLEAR),
        (point.contraction, Answer.FLICKER),
    )
    return next((answer for chance, answer in chances if chance >= HALF), Answer.NONE)
