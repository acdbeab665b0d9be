"""Before a side is titrated: which side, which contacts, which way. After it: what was found. Owns the choosing; judges no electrodes."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Button

from rnprog.session.appointment import SIDES
from rnprog.session.outcomes import Differs, Unknown
from rnprog.session.renewal import BEFORE_A_STEP_MS, MINUTE_MS
from rnprog.session.titrate import Method, Plan, Titrated
from rnprog.session.wording import impedance as impedance_words
from rnprog.session.wording import tui as say
from rnprog.session.wording import tui_titration as words
from rnprog.therapy.contacts import CONTACTS_OF, Contact, Side
from rnprog.therapy.parameters import PULSE_WIDTH, RATE
from rnprog.tui.choosing import Choosing
from rnprog.tui.keys import keyed
from rnprog.tui.screens.frame import screen_time
from rnprog.tui.state import State
from rnprog.tui.titrating import Step
from rnprog.tui.view_model import clean, no_device, said
from rnprog.tui.widgets.lead_drawing import LeadDrawing
from rnprog.tui.widgets.pair_table import contact_values, pair_table
from rnprog.tui.widgets.text import Text
from rnprog.tui.widgets.thresholds import threshold_table

WAYS = {
    Method.ASSISTED: words.ASSISTED,
    Method.ASCENDING: words.ASCENDING,
    Method.MANUAL: words.MANUAL,
}


class SideSetup(VerticalScroll, can_focus=False):
    """Keys l, r: the side; m: the way; p: how exactly; h: how a contraction is confirmed; w: a longer pulse.

    k opens the contacts for 0 to 3 and c: one press cathode, two anode, three off.

    The same signs answer bursts, so they turn no contact before `k`, and nothing here takes a key while a message stands.
    """

    class Begin(Message):
        """The button was touched."""

    class Together(Message):
        """Both sides are to be checked together."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._state = State()
        self.forget()

    def forget(self) -> None:
        """As for a patient of whom nothing is known."""
        self.chosen = Choosing()
        """What would be titrated."""
        self.picking = False
        """Whether signs turn contacts."""
        self._done: dict[Side, Titrated] = {}
        self._one_again = False  # a side was chosen by hand after both were done

    def compose(self) -> ComposeResult:
        """From the choice of a side to what came of it."""
        yield Text("", id="setup-head")
        for side in SIDES:
            yield LeadDrawing(side, pickable=True, id=f"pick-{side}")
        yield Text("", id="setup-words")
        with Horizontal(id="setup-row"):
            begin = Button(id="begin")
            begin.can_focus = False  # for touch only: Enter and space repeat too easily
            yield begin
            yield Text("", id="setup-keys", classes="hint")
        yield Text("", id="setup-result")
        yield Text("", id="setup-thresholds")
        yield Text("", id="setup-pairs")

    def show(self, state: State) -> None:
        """What is chosen, and what was found so far."""
        self._state = state
        self._follow(state)
        judged = state.judged
        old = judged is not None and (state.sweep is None or not state.live)
        for side in SIDES:
            drawing = self.query_one(f"#pick-{side}", LeadDrawing)
            drawing.set_class(side is not self.chosen.side, "-other")  # shown where there is room for both
            drawing.show({} if judged is None else contact_values(judged, side), self.chosen.electrodes(side), old=old)
        self.query_one("#setup-head", Text).put(self._head())
        self.query_one("#setup-words", Text).put(self._words(state))
        begin = self.query_one("#begin", Button)
        begin.disabled = self.plan(state) is None and not measures_first(state)
        label = keyed(self._label(state))
        if str(begin.label) != label:
            begin.label = Content(label)
        self.query_one("#setup-keys", Text).put(words.PICKING_KEYS if self.picking else words.SETUP_KEYS)
        self.query_one("#setup-result", Text).put(Content("\n").join(self._results(state)))
        self.query_one("#setup-thresholds", Text).put(threshold_table(state))
        self.query_one("#setup-pairs", Text).put("" if judged is None else pair_table(judged, self.chosen.side))

    def _label(self, state: State) -> str:
        """What F5 does."""
        if state.live and (state.halt is not None or state.doubtful):
            return words.F8_FIRST
        if measures_first(state):
            return words.MEASURE_FIRST
        return words.CHECK_BOTH if self.together_next else words.titrate_label(str(self.chosen.side))

    @property
    def together_next(self) -> bool:
        """Whether the check of both sides is what comes next: no_device asked for one of them again."""
        return self._both_done() and self._state.together is None and not self._one_again

    def _follow(self, state: State) -> None:
        """After a side is done the other one is next."""
        if state.notice is not None or state.prepared:
            self.picking = False
        for side in SIDES:
            result = state.side_of(side).result
            if result is None or result.proposed_ma is None or self._done.get(side) is result:
                continue
            self._done[side] = result
            self._one_again = False
            other = state.side_of(_other(side)).result
            if side is self.chosen.side and (other is None or other.proposed_ma is None):
                self.chosen.side = _other(side)
        self.chosen.follow(state)

    def _head(self) -> Content:
        plan = self.chosen.plan()
        side, setup = plan.setup.side, plan.setup
        parts = [Content.styled(f" {each.label} ", "bold $on-mark on $ok" if each is side else "$quiet") for each in SIDES]
        way = WAYS[plan.method].format(precision=plan.profile.name)
        width, rest = PULSE_WIDTH.show(setup.pulse_width_us), f" {RATE.show(setup.rate_hz)} {plan.burst_s} s"
        told = words.confirmed_by(plan.how_confirmed)
        return Content.assemble(*parts, "   ", (way, "bold"), "  ", (width, "bold"), (rest, "$quiet"), "  ", (told, "bold"))

    def _both_done(self) -> bool:
        """Whether both sides have a proposed amplitude, and nothing is under way."""
        results = [self._state.side_of(side).result for side in SIDES]
        return self._state.ready and all(each is not None and each.proposed_ma is not None for each in results)

    def _words(self, state: State) -> Content:
        side, chosen = self.chosen.side, self.chosen.electrodes(self.chosen.side)
        problem = chosen.problem(side)
        if problem is not None:
            return Content.assemble(("CAUTION  ", "bold $caution"), problem)
        if not state.live:
            return Content(no_device(state))
        if state.halt is not None or state.doubtful:
            return Content.assemble(("CAUTION  ", "bold $caution"), keyed(say.DOUBTFUL_FIRST if state.doubtful else say.READ_FIRST))
        if state.sweep is None or state.judged is None:
            return Content.assemble(("CAUTION  ", "bold $caution"), keyed(words.NO_LEADS))
        if any("EQUALISED" in _title(state, number) for number in range(len(state.judged.advice))):
            return Content.assemble(("CAUTION  ", "bold $caution"), clean(impedance_words.equalised_before_bursts(str(side))))
        usable = state.usable.get(side, ())
        if chosen not in usable and len(chosen.contacts) == 2:
            return Content.assemble(
                ("CAUTION  ", "bold $caution"), words.not_usable(str(chosen), ", ".join(str(each) for each in usable[:4]))
            )
        minutes = int((screen_time(self.screen) - state.measured_at_s) // 60)
        if minutes * MINUTE_MS >= BEFORE_A_STEP_MS:
            return Content.assemble(("NOTE  ", "bold $caution"), keyed(words.old_leads(minutes)))
        if self._both_done():
            return Content(keyed(words.BOTH_DONE if state.together is None else words.BOTH_CHECKED))
        return Content("")

    def _results(self, state: State) -> Iterable[Content]:
        """The chosen side first: on a small screen what stands further down has to be scrolled to."""
        for side in sorted(SIDES, key=lambda each: each is not self.chosen.side):
            now = state.side_of(side)
            if now.result is not None:
                proposed = now.result.proposed_ma is not None
                mark = ("DONE  ", "bold $ok") if proposed else (f"{words.NO_PROPOSAL}  ", "bold $caution")
                yield Content.assemble((f"{side.label}  ", "bold"), mark, said(how_it_ended(now.result)))
            if now.last is not None and now.last is not now.result and now.step is Step.DONE:
                yield Content.assemble(
                    (f"{side.label}  ", "bold"), (f"{words.LAST_ATTEMPT}  ", "bold $caution"), said(how_it_ended(now.last))
                )
            if now.last is not None and now.last.bound and now.step is Step.DONE:
                yield Content.assemble((f"{side.label}  ", "bold"), (f"{words.LIMIT}  ", "bold $caution"), said(now.last.bound))
        if state.together is not None:
            yield Content.assemble(("Both  ", "bold"), said(state.together.reason))

    def press(self, name: str) -> bool:
        """Whether the key meant anything here. While a message stands none does: what it is about is looked at first."""
        if self._state.notice is not None:
            return False
        match name:
            case "k":
                self.picking = not self.picking
            case "l" | "left":
                self.chosen.side, self._one_again = Side.LEFT, True
            case "r" | "right":
                self.chosen.side, self._one_again = Side.RIGHT, True
            case "m":
                self.chosen.next_method()
            case "h":
                self.chosen.next_way_to_confirm()
            case "w":
                self.chosen.longer()
            case "t" if self._both_done():
                self.post_message(self.Together())
            case "p":
                self.chosen.next_precision()
            case "0" | "1" | "2" | "3" if self.picking:
                self.chosen.turn(CONTACTS_OF[self.chosen.side][int(name)])
            case "c" if self.picking:
                self.chosen.turn(Contact.CASE)
            case _:
                return False
        self.show(self._state)
        return True

    def on_lead_drawing_picked(self, picked: LeadDrawing.Picked) -> None:
        """A contact was touched."""
        picked.stop()
        if self._state.notice is None:
            self.chosen.turn(picked.contact)
            self.show(self._state)

    def on_button_pressed(self, pressed: Button.Pressed) -> None:
        """Begin, by touch."""
        pressed.stop()
        self.post_message(self.Begin())

    def plan(self, state: State) -> Plan | None:
        """What F5 would begin; None: nothing can be begun. Whether it may be is decided by the session."""
        plan = self.chosen.plan()
        begins = state.ready and state.sweep is not None and plan.setup.electrodes.problem(plan.setup.side) is None
        return plan if begins else None


def measures_first(state: State) -> bool:
    """Whether nothing is known of the leads, so that F5 measures them."""
    return state.ready and state.sweep is None


def _other(side: Side) -> Side:
    return Side.RIGHT if side is Side.LEFT else Side.LEFT


def how_it_ended(result: Titrated) -> str:
    """How it ended, in the past: what was true of the output and the schedule then may not be now."""
    if isinstance(result.problem, Unknown | Differs):
        return result.problem.words.happened
    return words.ENDED_BY_STOP if result.stop is not None else result.reason


def _title(state: State, number: int) -> str:
    assert state.judged is not None
    return state.judged.advice[number].finding.name
