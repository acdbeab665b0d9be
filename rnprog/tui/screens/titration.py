"""Titration of one side on one screen: set up, offer, burst, answer. Owns which key means what when; proposes and approves nothing.

A burst is given by F5 and answered by a sign of its own, so that no key that repeats, and nothing that is pasted, gives two bursts; going
on after something was too strong has a key of its own, too. The
plus and minus keys move what is wanted, never what flows. An answer carries the number of its question.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from textual import events
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, ContentSwitcher

from rnprog.session.observers import Choice, Deliver, Finish, Proceed, Undo
from rnprog.session.titrate import Plan
from rnprog.session.wording import tui_titration as say
from rnprog.session.wording.tui_screens import MEASURING
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.titration import Answer, Titration
from rnprog.therapy.units import Milliamps
from rnprog.tui import tasks
from rnprog.tui.answering import CONTRACTIONS
from rnprog.tui.burst import estimate_of, first_wanted, give_label, key_hint, large_ma, points, rung_of, told_step
from rnprog.tui.keys import keyed
from rnprog.tui.link_worker import Priority
from rnprog.tui.screens.dialogs import Confirm
from rnprog.tui.screens.frame import SafeScreen, screen_time
from rnprog.tui.screens.side_setup import SideSetup, measures_first
from rnprog.tui.state import State
from rnprog.tui.titrating import OPEN, Step, Titrating
from rnprog.tui.view_device import shown
from rnprog.tui.widgets.amplitude import Amplitude
from rnprog.tui.widgets.answers import KEYS, Answers
from rnprog.tui.widgets.curve import Curve
from rnprog.tui.widgets.offer import told_offer
from rnprog.tui.widgets.text import Text
from rnprog.tui.widgets.thresholds import threshold_table

STEP_MA = AMPLITUDE.step
MOST_LOOKS = 10
"""Drawings that are waited for, at most, before a side is prepared."""


class TitrationScreen(SafeScreen):
    """F5 prepares a side, then gives one burst after the other."""

    NAME = "titration"
    SCROLLS = "SideSetup"

    def __init__(self) -> None:
        super().__init__()
        self.wanted_ma: Decimal | None = None
        """The amplitude that F5 would give; None: none is chosen."""
        self._offer = 0  # the number of the offer that `wanted_ma` belongs to
        self._answered = 0  # the number of the last question that was answered from here
        self._starting: Plan | None = None  # the side whose place on the screen is drawn before it is prepared

    def body(self) -> Iterable[Widget]:
        """The side's set-up, or its bursts; the thresholds of both sides stay."""
        with ContentSwitcher(initial="setup", id="parts"):
            yield SideSetup(id="setup")
            with Vertical(id="running"):
                with Horizontal(id="upper"):
                    with Vertical(id="now"):
                        yield Amplitude()
                        yield Text("", id="why")
                        give = Button(id="give")
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
        if (now is not None and now.step in OPEN) or not state.ready:
            self._starting = None
        if self._starting is not None:
            now = Titrating(Step.STARTING, self._starting)
        cut = now is not None and now.cut is not None and (state.doubtful or not state.live)
        running = now is not None and (now.step in OPEN or cut)
        self.query_one("#parts", ContentSwitcher).current = "running" if running else "setup"
        self.query_one(SideSetup).show(state)
        if now is None or not running:
            return
        if now.number != self._offer and now.offer is not None and now.step is Step.OFFERED:
            self._offer = now.number
            self.wanted_ma = first_wanted(now, STEP_MA)
        self._show_now(state, now)
        asked = now.step is Step.ASKED and now.number != self._answered
        self.query_one(Answers).show(asked=asked)
        self.query_one("#thresholds", Text).put(threshold_table(state))
        log = now.offer.titration if now.offer is not None else Titration()
        alone = () if rung_of(now) is not None else points(log)  # the curve is one side's
        self.query_one(Curve).show(alone, large_ma(now, self.wanted_ma), log.ceiling_ma, now.expected, estimate_of(now))
        self.query_one("#keys", Text).put(keyed(key_hint(now)))

    def forget(self) -> None:
        """The last patient's side."""
        self.wanted_ma = None
        self._offer = self._answered = 0
        self._starting = None
        self.query_one(SideSetup).forget()

    def _now(self, state: State) -> Titrating | None:
        return None if state.side is None else state.side_of(state.side)

    def _show_now(self, state: State, now: Titrating) -> None:
        old = state.stale(screen_time(self)) or now.cut is not None
        silent = now.step is Step.GIVING and state.silent(screen_time(self))  # as after a lost link: it may flow still
        word, flowing = told_step(state, replace(now, cut=Step.GIVING) if silent else now, self.wanted_ma)
        self.query_one(Amplitude).show(large_ma(now, self.wanted_ma), word, flowing=flowing, old=old)
        unknown = silent or now.cut is not None
        self.query_one("#why", Text).put(Content(say.OUTPUT_NOT_KNOWN) if unknown else told_offer(now))
        give = self.query_one("#give", Button)
        ready = now.step is Step.OFFERED and now.number != self._answered
        agree = ready and now.offer is not None and now.offer.agree is not None
        give.disabled = not ready or (self.wanted_ma is None and not agree)
        label = Content(say.NOTHING_HEARD if silent else give_label(now, self.wanted_ma, agree=agree))
        if str(give.label) != label.plain:
            give.label = label

    # what is done

    def main_action(self) -> None:
        """F5: what is next: measure, prepare the side, give the burst that is wanted, check both sides together."""
        state = self.desk.state
        now = self._now(state)
        if now is None or now.step not in OPEN:
            self._begin(state)
        elif now.step is Step.OFFERED and now.offer is not None and now.offer.agree is None and self.wanted_ma is not None:
            self._choose(now, Deliver(Milliamps(self.wanted_ma), keyed(say.GIVEN_BY)))

    def _begin(self, state: State) -> None:
        setup = self.query_one(SideSetup)
        if measures_first(state):
            self.desk.submit(Priority.MEASURE, MEASURING, tasks.measure_leads)
            return
        if setup.together_next and state.notice is None:
            self.on_side_setup_together()
            return
        plan = setup.plan(state)
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
        """Its place is drawn first, and only then the side is prepared: the first drawing takes longer than a heartbeat may wait."""
        if self._starting is None:
            self._starting = plan
            self._offer = self._answered = 0
            self.fill(self.desk.state)
            self.call_after_refresh(self._prepare, plan)

    def _prepare(self, plan: Plan, looks: int = 0) -> None:
        if self.is_current and not self.query_one(Amplitude).size and looks < MOST_LOOKS:
            self.call_after_refresh(self._prepare, plan, looks + 1)  # not drawn yet
            return
        state = self.desk.state
        found = {side: each.result for side, each in state.titrating.items() if each.result is not None}
        task = tasks.titrate_side(plan, self.desk.answers, found)
        if not state.ready or not self.desk.submit(Priority.THERAPY, say.titrating(str(plan.setup.side)), task):
            self._starting = None
            self.fill(state)

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
        self.desk.submit(Priority.THERAPY, say.CHECKING_BOTH, tasks.check_together(found, self.desk.answers))

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
                self._choose(now, Proceed(say.AGREED_BY))
            case "b" if now.offer.titration.log:
                self._choose(now, Undo())
            case "f9":
                self._choose(now, Finish(say.FINISHED_BY))
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
        if now.besides and choice.report not in (*CONTRACTIONS, Answer.UNSURE):
            return False  # a key that was held says nothing more than it has said
        self._answered = now.number
        self.desk.answers.reports.put((now.number, choice.report))
        self.fill(self.desk.state)
        return True

    def _choose(self, now: Titrating, choice: Choice) -> None:
        if now.number == self._answered:
            return
        self._answered = now.number
        self.desk.answers.choices.put((now.number, choice))
        self.fill(self.desk.state)
