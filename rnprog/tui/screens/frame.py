"""What every screen and every dialog has: the banner, the way to the other screens, the notice, the body, and STOP. Owns their places.

STOP is two priority bindings of the app (F12, Ctrl+C) and the whole bar at the bottom; nothing may be mounted without it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from rnprog.session.wording import tui as say
from rnprog.session.wording import tui_screens as says
from rnprog.tui.keys import keyed
from rnprog.tui.state import Phase, State
from rnprog.tui.widgets.banner import Banner
from rnprog.tui.widgets.notice import NoticeBox
from rnprog.tui.widgets.stop_bar import StopBar
from rnprog.tui.widgets.text import OLD, Ages, Text

if TYPE_CHECKING:
    from rnprog.tui.app import RnprogApp

Result = TypeVar("Result")

WAYS: tuple[tuple[str, str, str], ...] = (
    ("F2", "Overview", "overview"),
    ("F3", "Leads", "leads"),
    ("F4", "Titration", "titration"),
    ("F6", "Program", "program"),
    ("F7", "Record", "record"),
)
"""Key, word, screen: the order of an appointment."""


WIDTHS = [(0, "-narrow"), (100, "-wide"), (140, "-huge")]
HEIGHTS = [(0, "-low"), (30, "-high"), (44, "-tall")]
"""From so many cells on a screen has this class, and no other of its row."""


def _sized(breakpoints: list[tuple[int, str]], cells: int) -> list[str]:
    return [name for least, name in breakpoints if cells >= least][-1:]


class Way(Static):
    """One word of the row below the banner; a touch goes there."""

    def __init__(self, key: str, word: str, target: str, *, here: bool) -> None:
        super().__init__(Content.assemble((keyed(key), "bold"), " ", word), classes="-here" if here else "", markup=False)
        self._target = target

    def on_click(self) -> None:
        """Go there."""
        app = cast("RnprogApp", self.app)
        if self._target.startswith("action:"):
            self.call_later(app.run_action, self._target.removeprefix("action:"))
        else:
            app.go(self._target)


class Ways(Horizontal):
    """The row."""

    def __init__(self, here: str) -> None:
        super().__init__()
        self._here = here

    def compose(self) -> ComposeResult:
        """The appointment in order, then help and everything else."""
        for key, word, target in WAYS:
            yield Way(key, word, target, here=target == self._here)
        yield Way("F1", "Help", "action:help", here=False)
        yield Way("^P", "More", "action:palette", here=False)


class SafeScreen(Screen[None]):
    """The frame around a screen. Subclasses give `NAME`, `body` and `fill`."""

    NAME: ClassVar[str] = ""
    FROM_DEVICE: ClassVar[bool] = True
    """Whether what stands here was read from a device, and is grey when that is old."""
    SCROLLS: ClassVar[str] = "#body"
    """What a page key moves."""
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pagedown", "scroll_body(1)", show=False),
        Binding("pageup", "scroll_body(-1)", show=False),
    ]

    put_together = False
    """Everything inside is there."""
    old = False
    """What stands here was read from a device that has not been heard since."""
    _visit = 0  # the connection to which everything belongs that this screen keeps

    def compose(self) -> ComposeResult:
        """Docked parts first."""
        self.add_class(*_sized(WIDTHS, self.app.size.width), *_sized(HEIGHTS, self.app.size.height))  # before anything is styled
        yield Banner()
        yield StopBar()
        with Vertical(id="frame"):
            yield Ways(self.NAME)
            yield NoticeBox()
            yield Text("", id="away")
            with VerticalScroll(id="body", can_focus=False):
                yield from self.body()

    @property
    def desk(self) -> RnprogApp:
        """The app, by its own type."""
        return cast("RnprogApp", self.app)

    def body(self) -> Iterable[Widget]:
        """What is this screen's own; nothing besides the frame unless a screen says so."""
        return ()

    def fill(self, state: State) -> None:
        """Show a state in the body. Nothing where the body is always the same."""

    def forget(self) -> None:
        """Another device is connected, perhaps another patient's: what this screen keeps beside the state goes."""

    def main_action(self) -> None:
        """F5: what this screen is for. Nothing where there is nothing to do."""

    def action_scroll_body(self, pages: int) -> None:
        """By a page."""
        body = self.query_one(self.SCROLLS)
        body.scroll_relative(y=pages * max(body.size.height - 2, 1), animate=False)

    def on_mount(self) -> None:
        """Show what is known."""
        keep_still(self)
        self.put_together = True
        self.show(self.desk.state)

    def on_screen_resume(self) -> None:
        """Back here: show what is known now."""
        self.show(self.desk.state)

    def show(self, state: State) -> None:
        """Everything anew. Called in the screen's own loop only."""
        if not stands(self):
            return
        if state.visit != self._visit:
            self._visit = state.visit
            self.forget()
        self._show_time(state)
        self.query_one(NoticeBox).show(state.notice)
        self._show_away(state)
        self.fill(state)

    def show_age(self, state: State) -> None:
        """Only what changes with time."""
        if stands(self):
            self._show_time(state)

    def _show_away(self, state: State) -> None:
        """Before anything is connected: what is missing, and what will stand here. What a lost or closed device has left stays."""
        away = self.NAME in says.WHAT_FOR and state.identity is None
        self.set_class(away, "-away")
        if away:
            title, what_for = says.WHAT_FOR[self.NAME]
            first = say.CONNECTING if state.phase is Phase.CONNECTING else keyed(say.NO_DEVICE)
            lines = (first, "", Content.styled(title, "bold $ok"), keyed(what_for))
            self.query_one("#away", Text).put(Content("\n").join(Content.assemble(line) for line in lines))

    def _show_time(self, state: State) -> None:
        show_frame(self, state)
        old = self.FROM_DEVICE and state.stale(screen_time(self))
        if old != self.old:
            self.old = old
            for each in self.query_one("#body").walk_children(Widget):
                if isinstance(each, Ages):
                    each.refresh()
                elif isinstance(each, Input | Button):
                    each.set_class(old, OLD)


class SafeModal(ModalScreen[Result]):
    """The frame around a dialog: the banner and STOP stay where they are. Subclasses give `body`."""

    DEFAULT_CSS = """
    SafeModal { align: center middle; background: $page 60%; }
    SafeModal > #dialog { width: 64; max-width: 95%; height: auto; max-height: 100%; padding: 0 2; background: $raised;
        border: round $ok; overflow-y: auto; }
    """

    put_together = False
    """Everything inside is there."""

    def compose(self) -> ComposeResult:
        """Docked parts first."""
        yield Banner()
        yield StopBar()
        with Vertical(id="dialog"):
            yield from self.body()

    @property
    def desk(self) -> RnprogApp:
        """The app, by its own type."""
        return cast("RnprogApp", self.app)

    def body(self) -> Iterable[Widget]:
        """What is this dialog's own; nothing unless it says so."""
        return ()

    def on_mount(self) -> None:
        """Show what is known."""
        keep_still(self)
        self.put_together = True
        self.show(self.desk.state)

    def show(self, state: State) -> None:
        """The frame."""
        if stands(self):
            show_frame(self, state)

    show_age = show


def keep_still(screen: Screen[Result]) -> None:
    """No cursor blinks: what moves on the screen means something."""
    for field in screen.query(Input):
        field.cursor_blink = False


def stands(screen: Screen[Result]) -> bool:
    """Whether it is put together, and not being taken apart."""
    parts = (StopBar, Banner, "#dialog" if isinstance(screen, SafeModal) else "#body")
    return bool(getattr(screen, "put_together", False)) and screen.is_running and all(bool(screen.query(part)) for part in parts)


def show_frame(screen: Screen[Result], state: State) -> None:
    """Banner and STOP bar, as they are now."""
    screen.query_one(Banner).show(state, screen_time(screen))
    screen.query_one(StopBar).stopping = state.stopping


def screen_time(screen: Screen[Result]) -> float:
    """The moment by which ages are told: the app's clock, where it has one of its own."""
    return cast("float", getattr(screen.app, "now_s", time.monotonic)())
