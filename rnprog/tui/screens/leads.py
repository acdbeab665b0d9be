"""The leads: drawn with their verdicts, every pair in a table, the trend, and the advice that needs a clinician's sign-off."""

from __future__ import annotations

from collections.abc import Iterable

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget

from rnprog.session.triage import Judged
from rnprog.session.wording import impedance as words
from rnprog.session.wording import trend as trend_words
from rnprog.session.wording import tui as say
from rnprog.session.wording import tui_screens as tells
from rnprog.therapy.contacts import Side
from rnprog.therapy.impedance import FRESH_FOR_MS
from rnprog.therapy.units import plain
from rnprog.tui import tasks
from rnprog.tui.keys import keyed
from rnprog.tui.link_worker import Priority
from rnprog.tui.screens.frame import SafeScreen, screen_time
from rnprog.tui.state import Phase, State
from rnprog.tui.view_model import age, clean, no_device, said
from rnprog.tui.widgets.lead_drawing import LeadDrawing
from rnprog.tui.widgets.pair_table import contact_values, pair_table
from rnprog.tui.widgets.text import Text


class LeadsScreen(SafeScreen):
    """F5 measures."""

    NAME = "leads"

    def body(self) -> Iterable[Widget]:
        """Drawings, advice, tables."""
        yield Text("", id="leads-head", classes="title")
        yield Vertical(LeadDrawing(Side.LEFT, id="left-lead"), LeadDrawing(Side.RIGHT, id="right-lead"), id="leads")
        yield Text("", id="advice")
        yield Horizontal(Vertical(Text("", id="left-pairs")), Vertical(Text("", id="right-pairs")), id="pairs")
        yield Text("", id="trend", classes="hint")

    def fill(self, state: State) -> None:
        """What was measured last, and whether it still counts."""
        judged = state.judged
        old = judged is not None and (state.sweep is None or self._too_old(state) or not state.live)
        self.query_one("#leads-head", Text).put(self._head(state, old=old))
        for side, name in ((Side.LEFT, "left"), (Side.RIGHT, "right")):
            plan = state.side_of(side).plan
            values = {} if judged is None else contact_values(judged, side)
            self.query_one(f"#{name}-lead", LeadDrawing).show(values, plan.setup.electrodes if plan else None, old=old)
            self.query_one(f"#{name}-pairs", Text).put("" if judged is None else pair_table(judged, side))
        self.query_one("#advice", Text).put("" if judged is None else advice(judged))
        self.query_one("#trend", Text).put(_trend(judged))

    def _too_old(self, state: State) -> bool:
        return (screen_time(self) - state.measured_at_s) * 1000 > FRESH_FOR_MS

    def _head(self, state: State, *, old: bool) -> Content:
        caps = state.capabilities
        if caps is None:  # the frame says what is missing
            return Content("")
        if state.busy == MEASURING:
            test = words.announcement(plain(caps.impedance_test_ma), plain(caps.impedance_test_us), 20)
            return Content.assemble(("MEASURING  ", "bold $running"), test)
        if state.live and (state.halt is not None or state.doubtful):
            return Content.assemble(("CAUTION  ", "bold $caution"), keyed(say.DOUBTFUL_FIRST if state.doubtful else say.READ_FIRST))
        if state.judged is None:
            return Content(keyed(say.LEADS_EMPTY) if state.live else no_device(state))
        if old:
            return Content.assemble(("OLD  ", "bold $caution"), _why_old(state))
        since_s = screen_time(self) - state.measured_at_s
        when = f"{age(since_s)} ago" if since_s >= JUST_NOW_S else tells.JUST_NOW
        keys = tells.AFTER_THE_SIDE if state.prepared else tells.LEADS_KEYS
        return Content.assemble("Measured ", (when, "bold"), (f". {keyed(keys)}", "$quiet"))

    def main_action(self) -> None:
        """Measure both leads. It is itself a small stimulation, and is said to be."""
        if self.desk.state.ready:
            self.desk.submit(Priority.MEASURE, MEASURING, tasks.measure_leads)
            self.query_one("#body").scroll_home(animate=False)  # what is said about it stands at the top


def _why_old(state: State) -> str:
    if state.phase is Phase.LOST:
        return say.LEADS_BEFORE_LOSS
    if state.phase is Phase.CLOSED:
        return say.LEADS_BEFORE_CLOSE
    return say.LEADS_BEFORE_STOP if state.sweep is None else say.LEADS_STALE


MEASURING = tells.MEASURING
JUST_NOW_S = 10


def advice(judged: Judged) -> Content:
    """What stands out, in words, with what to do and where it comes from."""
    lines: list[Content] = []
    for each in judged.advice:
        told = words.told(each, judged.instead(each), ends=judged.ends(each), thresholds_known=judged.thresholds_known)
        lines.append(Content.assemble((clean(told.title), "bold"), f"  {said(told.found)}"))
        lines.append(Content.assemble(("Likely  ", "$quiet"), said(told.likely)))
        lines.append(Content.assemble((f"{tells.DO_NOW}  ", "$quiet"), said(told.now)))
        lines.append(Content.styled(clean(told.source), "$quiet"))
    if not lines:
        return Content.styled(tells.QUIET_LEADS, "$quiet")
    return Content("\n").join([Content.styled(words.ADVICE_TITLE, "bold $caution"), *lines])


def _trend(judged: Judged | None) -> str:
    if judged is None:
        return ""
    return trend_words.baseline_note(judged.trends.values()) or words.NO_PAST
