"""Before a side is titrated: which side, which contacts, which way. After it: what was found. Owns the choosing; judges no electrodes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Button

from rnprog.session.appointment import SIDES
from rnprog.session.outcomes import Differs, Unknown
from rnprog.session.renewal import BEFORE_A_STEP_MS, MINUTE_MS
from rnprog.session.standard import STANDARD, template_from
from rnprog.session.titrate import Method, Plan, Titrated
from rnprog.session.wording import impedance as impedance_words
from rnprog.session.wording import tui as say
from rnprog.session.wording import tui_titration as words
from rnprog.therapy.contacts import CONTACTS_OF, Contact, Electrodes, Side
from rnprog.therapy.parameters import PULSE_WIDTH, RATE
from rnprog.therapy.threshold import CAUTIOUS, PRECISE, QUICK
from rnprog.therapy.threshold import STANDARD as STANDARD_PRECISION
from rnprog.tui.keys import keyed
from rnprog.tui.screens.frame import screen_time
from rnprog.tui.state import State
from rnprog.tui.titrating import OPEN, Step
from rnprog.tui.view_model import clean, said
from rnprog.tui.widgets.lead_drawing import LeadDrawing
from rnprog.tui.widgets.pair_table import contact_values, pair_table
from rnprog.tui.widgets.text import Text
from rnprog.tui.widgets.thresholds import threshold_table

METHODS = {
    Method.ASSISTED: words.ASSISTED,
    Method.ASCENDING: words.ASCENDING,
    Method.MANUAL: words.MANUAL,
}


PRECISIONS = (STANDARD_PRECISION, PRECISE, QUICK, CAUTIOUS)
"""How exactly, and how carefully, the method assisted searches."""


class SideSetup(VerticalScroll, can_focus=False):
    """Keys l, r: the side; m: the way; p: how exactly; k opens the contacts for 0 to 3 and c: one press cathode, two anode, three off.

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
        self.side = Side.LEFT
        self.method = Method.ASSISTED
        self.precision = STANDARD_PRECISION
        self.picking = False
        """Whether signs turn contacts."""
        self._chosen: dict[Side, Electrodes] = dict(STANDARD.electrodes)
        self._touched: set[Side] = set()
        self._done: dict[Side, Titrated] = {}
        self._one_again = False  # a side was chosen by hand after both were done

    def chosen(self, side: Side) -> Electrodes:
        """The contacts of a side."""
        return self._chosen[side]

    def choose(self, side: Side, electrodes: Electrodes) -> None:
        """These, by hand."""
        self._touched.add(side)
        self._chosen[side] = electrodes

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
            drawing.set_class(side is not self.side, "-other")  # shown where there is room for both
            drawing.show({} if judged is None else contact_values(judged, side), self._chosen[side], old=old)
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
        self.query_one("#setup-pairs", Text).put("" if judged is None else pair_table(judged, self.side))

    def _label(self, state: State) -> str:
        """What F5 does."""
        if state.live and (state.halt is not None or state.doubtful):
            return words.F8_FIRST
        if measures_first(state):
            return words.MEASURE_FIRST
        return words.CHECK_BOTH if self.together_next else words.titrate_label(str(self.side))

    @property
    def together_next(self) -> bool:
        """Whether the check of both sides is what comes next: nobody asked for one of them again."""
        return self._both_done() and self._state.together is None and not self._one_again

    def _follow(self, state: State) -> None:
        """After a side is done the other one is next."""
        if state.notice is not None or any(each.step in OPEN for each in state.titrating.values()):
            self.picking = False
        for side in SIDES:
            result = state.side_of(side).result
            if result is None or result.proposed_ma is None or self._done.get(side) is result:
                continue
            self._done[side] = result
            self._one_again = False
            other = state.side_of(_other(side)).result
            if side is self.side and (other is None or other.proposed_ma is None):
                self.side = _other(side)
        if state.capabilities is not None and self.side not in state.capabilities.leads:
            self.side = next(iter(state.capabilities.leads))
        active = next((each.program for each in state.stored if each.active and each.program is not None), None)
        if active is not None:
            for side, electrodes in template_from(active).electrodes.items():
                if side not in self._touched:
                    self._chosen[side] = electrodes

    def _head(self) -> Content:
        parts = [Content.styled(f" {side.label} ", "bold $on-mark on $ok" if side is self.side else "$quiet") for side in SIDES]
        setup = STANDARD.setup(self.side)
        text = f"  {PULSE_WIDTH.show(setup.pulse_width_us)} {RATE.show(setup.rate_hz)} {STANDARD.burst_s} s"
        way = METHODS[self.method].format(precision=self.precision.name)
        return Content.assemble(*parts, "   ", (way, "bold"), (text, "$quiet"))

    def _both_done(self) -> bool:
        """Whether both sides have a proposed amplitude, and nothing is under way."""
        results = [self._state.side_of(side).result for side in SIDES]
        return self._state.ready and all(each is not None and each.proposed_ma is not None for each in results)

    def _words(self, state: State) -> Content:
        problem = self._chosen[self.side].problem(self.side)
        if problem is not None:
            return Content.assemble(("CAUTION  ", "bold $caution"), problem)
        if not state.live:
            return Content(say.NO_DEVICE)
        if state.halt is not None or state.doubtful:
            return Content.assemble(("CAUTION  ", "bold $caution"), keyed(say.DOUBTFUL_FIRST if state.doubtful else say.READ_FIRST))
        if state.sweep is None or state.judged is None:
            return Content.assemble(("CAUTION  ", "bold $caution"), keyed(words.NO_LEADS))
        if any("EQUALISED" in _title(state, number) for number in range(len(state.judged.advice))):
            return Content.assemble(("CAUTION  ", "bold $caution"), clean(impedance_words.equalised_before_bursts(str(self.side))))
        if self._chosen[self.side] not in state.usable.get(self.side, ()) and len(self._chosen[self.side].contacts) == 2:
            others = ", ".join(str(each) for each in state.usable.get(self.side, ())[:4])
            return Content.assemble(("CAUTION  ", "bold $caution"), words.not_usable(str(self._chosen[self.side]), others))
        minutes = int((screen_time(self.screen) - state.measured_at_s) // 60)
        if minutes * MINUTE_MS >= BEFORE_A_STEP_MS:
            return Content.assemble(("NOTE  ", "bold $caution"), keyed(words.old_leads(minutes)))
        if self._both_done():
            return Content(keyed(words.BOTH_DONE if state.together is None else words.BOTH_CHECKED))
        return Content("")

    def _results(self, state: State) -> Iterable[Content]:
        for side in SIDES:
            now = state.side_of(side)
            if now.result is not None:
                proposed = now.result.proposed_ma is not None
                mark = ("DONE  ", "bold $ok") if proposed else (f"{words.NO_PROPOSAL}  ", "bold $caution")
                yield Content.assemble((f"{side.label}  ", "bold"), mark, said(how_it_ended(now.result)))
            if now.last is not None and now.last is not now.result and now.step is Step.DONE:
                yield Content.assemble(
                    (f"{side.label}  ", "bold"), (f"{words.LAST_ATTEMPT}  ", "bold $caution"), said(how_it_ended(now.last))
                )
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
                self.side, self._one_again = Side.LEFT, True
            case "r" | "right":
                self.side, self._one_again = Side.RIGHT, True
            case "m":
                methods = list(METHODS)
                self.method = methods[(methods.index(self.method) + 1) % len(methods)]
            case "t" if self._both_done():
                self.post_message(self.Together())
            case "p":
                self.precision = PRECISIONS[(PRECISIONS.index(self.precision) + 1) % len(PRECISIONS)]
            case "0" | "1" | "2" | "3" if self.picking:
                self._turn(CONTACTS_OF[self.side][int(name)])
            case "c" if self.picking:
                self._turn(Contact.CASE)
            case _:
                return False
        self.show(self._state)
        return True

    def on_lead_drawing_picked(self, picked: LeadDrawing.Picked) -> None:
        """A contact was touched."""
        picked.stop()
        if self._state.notice is None:
            self._turn(picked.contact)
            self.show(self._state)

    def on_button_pressed(self, pressed: Button.Pressed) -> None:
        """Begin, by touch."""
        pressed.stop()
        self.post_message(self.Begin())

    def _turn(self, contact: Contact) -> None:
        """Off, cathode, anode, off."""
        now = self._chosen[self.side]
        self._touched.add(self.side)
        if contact in now.cathodes:
            self._chosen[self.side] = Electrodes(now.cathodes - {contact}, now.anodes | {contact})
        elif contact in now.anodes:
            self._chosen[self.side] = Electrodes(now.cathodes, now.anodes - {contact})
        else:
            self._chosen[self.side] = Electrodes(now.cathodes | {contact}, now.anodes)

    def plan(self, state: State) -> Plan | None:
        """What F5 would begin; None: nothing can be begun. Whether it may be is decided by the session."""
        electrodes = self._chosen[self.side]
        if not state.ready or state.sweep is None or electrodes.problem(self.side) is not None:
            return None
        active = next((each.program for each in state.stored if each.active and each.program is not None), None)
        template = STANDARD if active is None else template_from(active)
        return Plan(replace(template.setup(self.side), electrodes=electrodes), self.method, template.burst_s, profile=self.precision)


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
