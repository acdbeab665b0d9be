"""The state banner: which kind of device, what is certain about its output, and how old that is. Docked at the top of everything."""

from __future__ import annotations

from decimal import Decimal

from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from rnprog.session.wording import tui_screens as say
from rnprog.tui import view_model as view
from rnprog.tui.glyphs import ASCII, glyphs
from rnprog.tui.state import Phase, State


class Banner(Widget, can_focus=False):
    """Filled by `show`."""

    DEFAULT_CSS = """
    Banner { dock: top; height: 2; width: 100%; background: $raised; color: $ink; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.state = State()
        self.now_s = 0.0

    def show(self, state: State, now_s: float) -> None:
        """What is known, at this moment. Drawn again only when its text has changed."""
        before = self.text()
        self.state, self.now_s = state, now_s
        if self.text() != before:
            self.refresh()

    def text(self) -> tuple[Content, Content]:
        """Its two lines."""
        badge, colour = view.who(self.state)
        identity = self.state.identity
        named = "" if identity is None else f"  {view.clean(identity.model)} {view.clean(identity.serial)}"
        charge = view.battery(self.state, self.now_s)
        charge = f"  {charge}" if charge else ""
        firmware = "" if identity is None else f"  {say.firmware(view.clean(identity.firmware))}"
        mark = f"bold $on-mark on ${colour}" if identity is not None else "$quiet"
        old = self.state.stale(self.now_s)
        read = "$stale" if old else "$quiet"
        first = Content.assemble((f" {badge} ", mark), (named, "bold"), (charge, read), (firmware, "$quiet"))
        busy = f"  {self.state.busy}" if self.state.busy else ""
        second = Content.assemble(
            " ",
            view.output(self.state, self.now_s).content("bold"),
            (_daily(self.state), read),
            " " if self.state.status is not None else "   ",
            view.read_age(self.state, self.now_s).content(),
            (busy, read),
        )
        return first, second

    def render(self) -> RenderResult:
        """Cut at the edge, never wrapped: the second line stays where it is."""
        width = max(self.size.width, 1)
        return Content("\n").join(line.truncate(width, ellipsis=glyphs() is not ASCII) for line in self.text())


def _daily(state: State) -> str:
    if state.status is None:
        return ""
    return f"  {say.SCHEDULE_ON if state.status.schedule_enabled else say.SCHEDULE_OFF},"  # of the same reading as the output


def states() -> list[tuple[str, Widget]]:
    """All of them."""
    from dataclasses import replace

    from rnprog.device.api import Output
    from rnprog.session.mode import Mode
    from rnprog.therapy.contacts import Side
    from rnprog.tui.samples import connected

    base = connected()
    assert base.status is not None
    on = replace(base.status, output=Output.TEST_ON, output_ma={Side.LEFT: Decimal("1.2"), Side.RIGHT: Decimal(0)})
    cases = [
        ("nothing connected", State(), 0.0),
        ("connecting", State(phase=Phase.CONNECTING), 0.0),
        ("emulator, off", base, 0.2),
        ("real device, off", replace(base, mode=Mode.DEVICE), 0.2),
        ("says it is an emulator", replace(base, mode=Mode.CLAIMED), 0.2),
        ("prepared", replace(base, status=replace(base.status, output=Output.ARMED, armed=(Side.LEFT,))), 0.2),
        ("on", replace(base, status=on), 0.2),
        ("silent: old", replace(base, status=on), 7.4),
        ("STOP sent", replace(base, status=on, stopping=True), 0.2),
        ("STOP not confirmed", replace(base, status=on, doubtful=True), 0.2),
        ("link lost", replace(base, phase=Phase.LOST), 12.0),
        ("closed", replace(base, phase=Phase.CLOSED), 12.0),
    ]
    found: list[tuple[str, Widget]] = []
    for name, state, now_s in cases:
        banner = Banner()
        banner.styles.dock = "none"
        banner.state, banner.now_s = state, now_s
        found.append((name, banner))
    return found


if __name__ == "__main__":
    from rnprog.tui.widgets.showcase import show_all

    show_all(states())
