"""Titration of one side on one screen: set up, offer, burst, answer. Owns which key means what when; proposes and approves nothing.

A burst is given by F5 and answered by a sign of its own, so that no key that repeats, and nothing that is pasted, gives two bursts; going
on after something was too strong has a key of its own, too. The
plus and minus keys move what is wanted, never what flows. An answer carries the number of its question.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from textual import events
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, ContentSwitcher

from rnprog.session.observers import Choice, Deliver, Finish, Proceed, TooStrong, Undo
from rnprog.session.observers import Report as ReportOf
from rnprog.session.titrate import Plan
from rnprog.session.wording import tui as say
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.titration import Answer, Titration
from rnprog.therapy.units import Milliamps
from rnprog.tui import tasks
from rnprog.tui.link_worker import Priority
from rnprog.tui.screens.dialogs import Confirm
from rnprog.tui.screens.frame import SafeScreen, screen_time
from rnprog.tui.screens.side_setup import SideSetup
from rnprog.tui.state import State
from rnprog.tui.titrating import OPEN, Step, Titrating
from rnprog.tui.view_model import Tone, shown
from rnprog.tui.widgets.amplitude import Amplitude
from rnprog.tui.widgets.answers import KEYS, Answers
from rnprog.tui.widgets.curve import Curve, Point
from rnprog.tui.widgets.offer import told_offer
from rnprog.tui.widgets.text import Text
from rnprog.tui.widgets.thresholds import threshold_table

STEP_MA = AMPLITUDE.step


class TitrationScreen(SafeScreen):
    """F5 prepares a side, then gives one burst after the other."""

    NAME = "titration"

    def __init__(self) -> None:
        super().__init__()
        self.wanted_ma: Decimal | None = None
        """The amplitude that F5 would give; None: none is chosen."""
        self._offer = 0  # the number of the offer that `wanted_ma` belongs to
        self._answered = 0  # the number of the last question that was answered from here
        self._too_strong = False  # it hurt; what did the muscle do besides?

    def body(self) -> Iterable[Widget]:
        """The side's set-up, or its bursts; the thresholds of both sides stay."""
        with ContentSwitcher(initial="setup", id="parts"):
            yield SideSetup(id="setup")
            with Vertical(id="running"):
                with Horizontal(id="upper"):
                    with Vertical(id="now"):
                        yield Amplitude()
                        yield Text("", id="why")
                        give = Button("F5", id="give")
                        give.can_focus = False  # for touch only: Enter and space repeat too easily
                        yield give
                    with Vertical(id="seen"):
                        yield Curve()
                        yield Text("", id="thresholds")
                yield Answers()
                yield Text("", id="keys", classes="hint")

    # what is shown

    def fill(self, state: State) -> None:
        """The side that is being titrated, or the choice of one."""
        now = self._now(state)
        running = now is not None and now.step in OPEN
        self.query_one("#parts", ContentSwitcher).current = "running" if running else "setup"
        self.query_one(SideSetup).show(state)
        if now is None or not running:
            self._too_strong = False
            return
        if now.number != self._offer and now.offer is not None and now.step is Step.OFFERED:
            self._offer = now.number
            self.wanted_ma = _first_wanted(now)
        self._show_now(state, now)
        asked = now.step is Step.ASKED and now.number != self._answered
        self.query_one(Answers).show(asked=asked)
        self.query_one("#thresholds", Text).put(threshold_table(state))
        log = now.offer.titration if now.offer is not None else Titration()
        self.query_one(Curve).show(points(log), self._shown_ma(now), log.ceiling_ma)
        self.query_one("#keys", Text).put(self._keys(now))

    def forget(self) -> None:
        """The last patient's side."""
        self.wanted_ma = None
        self._offer = self._answered = 0
        self._too_strong = False
        self.query_one(SideSetup).forget()

    def _now(self, state: State) -> Titrating | None:
        return None if state.side is None else state.side_of(state.side)

    def _shown_ma(self, now: Titrating) -> Decimal | None:
        match now.step:
            case Step.GIVING:
                return now.giving_ma
            case Step.ASKED:
                return now.delivered.amplitude_ma if now.delivered is not None else None
            case Step.OFFERED:
                return self.wanted_ma
            case _:
                return None

    def _show_now(self, state: State, now: Titrating) -> None:
        old = state.stale(screen_time(self))
        word, flowing = self._word(state, now)
        self.query_one(Amplitude).show(self._shown_ma(now), word, flowing=flowing, old=old)
        self.query_one("#why", Text).put(told_offer(now, too_strong=self._too_strong))
        give = self.query_one("#give", Button)
        ready = now.step is Step.OFFERED and now.number != self._answered
        agree = ready and now.offer is not None and now.offer.agree is not None
        give.disabled = not ready or (self.wanted_ma is None and not agree)
        give.label = Content(_give_label(now, self.wanted_ma, agree=agree))

    def _word(self, state: State, now: Titrating) -> tuple[Content, bool]:
        side = state.side.label.upper() if state.side is not None else ""
        if now.offer is not None and now.offer.both is not None:
            side = "BOTH SIDES"
        match now.step:
            case Step.STARTING:
                return Content.styled(f"{side}  preparing at 0 mA", Tone.QUIET), False
            case Step.GIVING:
                return Content.assemble((f"{side}  ", "bold"), ("FLOWING NOW", f"bold {Tone.RUNNING}")), True
            case Step.ASKED:
                return Content.assemble((f"{side}  ", "bold"), ("GIVEN, AND OFF AGAIN", f"bold {Tone.OK}")), False
            case _:
                own = now.offer is not None and now.offer.proposal is not None and now.offer.proposal.amplitude_ma == self.wanted_ma
                return Content.assemble((f"{side}  ", "bold"), ("PROPOSED" if own else "YOUR CHOICE", f"bold {Tone.CAUTION}")), False

    def _keys(self, now: Titrating) -> str:
        if now.step is Step.ASKED:
            return "What did it do? Press one sign, or touch it."
        if now.step is not Step.OFFERED or now.offer is None:
            return "F12 or Ctrl+C stops at once."
        if now.offer.agree is not None:
            return "c the patient agrees: go on below it   F9 finish this side"
        undo = "   b take the answer back" if now.offer.titration.log else ""
        return f"+ - another, at most {shown(now.offer.highest_allowed_ma)}{undo}   F9 finish this side"

    # what is done

    def main_action(self) -> None:
        """F5: prepare the side, or give the burst that is wanted."""
        state = self.desk.state
        now = self._now(state)
        if now is None or now.step not in OPEN:
            self._begin(state)
        elif now.step is Step.OFFERED and now.offer is not None and now.offer.agree is None and self.wanted_ma is not None:
            self._choose(now, Deliver(Milliamps(self.wanted_ma), "F5, pressed by the operator"))

    def _begin(self, state: State) -> None:
        plan = self.query_one(SideSetup).plan(state)
        if plan is None:
            return
        before = state.side_of(plan.setup.side).result
        if before is None or before.proposed_ma is None:
            self._titrate(plan)
            return
        question = say.repeat_question(str(plan.setup.side), shown(before.proposed_ma))
        self.desk.push_screen(
            Confirm(say.REPEAT_TITLE, question, say.REPEAT_YES), lambda yes: self._titrate(plan) if yes and self.desk.state.ready else None
        )

    def _titrate(self, plan: Plan) -> None:
        state = self.desk.state
        found = {side: each.result for side, each in state.titrating.items() if each.result is not None}
        self._offer = self._answered = 0
        self.desk.submit(Priority.THERAPY, f"titrating the {plan.setup.side} side", tasks.titrate_side(plan, self.desk.answers, found))

    def on_button_pressed(self, pressed: Button.Pressed) -> None:
        """The same as F5, or c, by touch."""
        pressed.stop()
        if pressed.button.id == "give" and not self._press("c"):
            self.main_action()

    def on_side_setup_together(self) -> None:
        """Both sides together, at 80, 90 and 100 % of what each came to."""
        state = self.desk.state
        found = {
            side: result for side, each in state.titrating.items() if (result := each.result) is not None and result.proposed_ma is not None
        }
        self._offer = self._answered = 0
        self.desk.submit(Priority.THERAPY, "checking both sides together", tasks.check_together(found, self.desk.answers))

    def on_side_setup_begin(self) -> None:
        """The same as F5, by touch."""
        self.main_action()

    def on_answers_given(self, given: Answers.Given) -> None:
        """By touch."""
        self._press(given.choice.key)

    def on_key(self, key: events.Key) -> None:
        """One sign, in the state in which it means something."""
        name = key.character or key.key
        if self._press(name) or self._press(key.key):
            key.stop()

    def _press(self, name: str) -> bool:
        """Whether it meant anything."""
        now = self._now(self.desk.state)
        if now is None or now.step not in OPEN:
            return self.query_one(SideSetup).press(name)
        if now.step is Step.ASKED:
            return self._answer(now, name)
        if now.step is not Step.OFFERED or now.offer is None:
            return False
        match name:
            case "+" | "up":
                return self._move(now, STEP_MA)
            case "-" | "down":
                return self._move(now, -STEP_MA)
            case "c" if now.offer.agree is not None:
                self._choose(now, Proceed("c, pressed by the operator after asking the patient"))
            case "b" if now.offer.titration.log:
                self._choose(now, Undo())
            case "f9":
                self._choose(now, Finish("F9, pressed by the operator"))
            case _:
                return False
        return True

    def _move(self, now: Titrating, by_ma: Decimal) -> bool:
        """Another amplitude is wanted. What is allowed is not offered to be exceeded here, and is judged again before anything is sent."""
        offer = now.offer
        if offer is None or offer.agree is not None or offer.both is not None:
            return False
        wanted = (self.wanted_ma or Decimal(0)) + by_ma
        if STEP_MA <= wanted <= offer.highest_allowed_ma:
            self.wanted_ma = wanted
            self.fill(self.desk.state)
        return True

    def _answer(self, now: Titrating, name: str) -> bool:
        choice = KEYS.get(name)
        if choice is None or now.number == self._answered:
            return False
        report: ReportOf = choice.report
        if self._too_strong:
            report = TooStrong(report if isinstance(report, Answer) and report in _CONTRACTIONS else None)
        elif report is Answer.DISCOMFORT:
            self._too_strong = True
            self.fill(self.desk.state)
            return True
        self._too_strong = False
        self._answered = now.number
        self.desk.answers.reports.put((now.number, report))
        self.fill(self.desk.state)
        return True

    def _choose(self, now: Titrating, choice: Choice) -> None:
        if now.number == self._answered:
            return
        self._answered = now.number
        self.desk.answers.choices.put((now.number, choice))
        self.fill(self.desk.state)


_CONTRACTIONS = (Answer.NONE, Answer.FLICKER, Answer.CLEAR, Answer.STRONG)


def _first_wanted(now: Titrating) -> Decimal | None:
    """What is proposed; without a proposal the last amplitude, or the first step."""
    offer = now.offer
    if offer is None or offer.agree is not None:
        return None
    if offer.proposal is not None:
        return offer.proposal.amplitude_ma
    last = offer.titration.last_delivered_ma or STEP_MA
    return last if last <= offer.highest_allowed_ma else (offer.highest_allowed_ma or None)


def _give_label(now: Titrating, wanted_ma: Decimal | None, *, agree: bool) -> str:
    if now.step is Step.GIVING:
        return "flowing"
    if now.step is Step.ASKED:
        return "answer first"
    if agree and now.offer is not None and now.offer.agree is not None:
        return f"c  Go on below {shown(now.offer.agree.ceiling_ma)}"
    return f"F5  Give {shown(wanted_ma)}" if wanted_ma is not None else "F5"


def points(titration: Titration) -> tuple[Point, ...]:
    """Every answered burst."""
    return tuple(Point(burst.amplitude_ma, burst.answer, burst.elsewhere) for burst in titration.log if burst.answer is not None)
