"""The shelf: profiles by name, each verified when it is marked and again whenever its file changes. F5 lays one before the envelope."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from rnprog.profile.findings import Finding, ProfileError
from rnprog.profile.library import Shelved, available
from rnprog.profile.model import Profile
from rnprog.profile.rules import Severity
from rnprog.profile.schema import load
from rnprog.profile.verify import verify_file
from rnprog.session.wording import tui as say
from rnprog.session.wording import tui_screens as tells
from rnprog.therapy.capabilities import Capabilities
from rnprog.tui import tasks
from rnprog.tui.keys import keyed
from rnprog.tui.link_worker import Priority
from rnprog.tui.screens.frame import SafeScreen
from rnprog.tui.state import State
from rnprog.tui.view_model import clean
from rnprog.tui.widgets.program_rows import FIELDS, text_of
from rnprog.tui.widgets.text import Text, columns, row

LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class Read:
    """A profile as its file says it now. `profile` None: it cannot be used at all."""

    name: str
    profile: Profile | None
    findings: tuple[Finding, ...]

    @property
    def good(self) -> bool:
        """No rule is broken."""
        return self.profile is not None and not any(each.severity is Severity.ERROR for each in self.findings)


def read(shelved: Shelved, capabilities: Capabilities | None) -> Read:
    """Its file, verified under the limits of the connected device; None: those that come with rnprog. Never raises for anything in it."""
    findings = tuple(verify_file(shelved.path, capabilities))
    try:
        return Read(shelved.name, load(shelved.path), findings)
    except ProfileError as error:
        return Read(shelved.name, None, findings or error.findings)


class ProfilesScreen(SafeScreen):
    """F5 takes the marked one to the program screen."""

    NAME = "profiles"
    FROM_DEVICE = False
    AUTO_FOCUS = "#profile-list"

    def __init__(self) -> None:
        super().__init__()
        self.shelf: tuple[Shelved, ...] = ()
        self.found: Read | None = None

    def body(self) -> Iterable[Widget]:
        """Names on the left, the profile on the right."""
        yield Text(keyed(tells.PROFILES_HINT), classes="hint")
        with Horizontal(id="profiles"):
            yield OptionList(id="profile-list", markup=False)
            with VerticalScroll(id="profile-text", can_focus=False):
                yield Text("", id="profile")

    def on_mount(self) -> None:
        """Look at the shelf, and go on looking at the marked file."""
        super().on_mount()
        self.run_worker(self._list, thread=True, group="shelf")
        self.set_interval(LOOK_S, self._look_again)

    def _list(self) -> None:
        shelf = available()
        self.desk.call_from_thread(self._listed, shelf)

    def _listed(self, shelf: tuple[Shelved, ...]) -> None:
        self.shelf = shelf
        if not self._stands:
            return
        listed = self.query_one("#profile-list", OptionList)
        listed.clear_options()
        for each in shelf:
            listed.add_option(Option(Content.assemble(clean(each.name), "  library" if each.from_library else ""), id=each.name))
        if shelf:
            listed.highlighted = 0
        else:
            self.query_one("#profile", Text).put(say.PROFILES_EMPTY)

    def on_option_list_option_highlighted(self, marked: OptionList.OptionHighlighted) -> None:
        """Read it."""
        self._read(marked.option.id)

    @property
    def _stands(self) -> bool:
        """Whether its parts are there: a file is read on a thread, and the screen may have been left, or not be drawn yet."""
        return bool(self.query("#profile-list")) and bool(self.query("#profile"))

    def _look_again(self) -> None:
        if not self._stands:
            return
        marked = self.query_one("#profile-list", OptionList).highlighted
        if self.is_current and marked is not None and marked < len(self.shelf):
            self._read(self.shelf[marked].name)

    def _read(self, name: str | None) -> None:
        shelved = next((each for each in self.shelf if each.name == name), None)
        if shelved is not None:
            limits = self.desk.state.capabilities
            self.run_worker(lambda: self.desk.call_from_thread(self.show_profile, read(shelved, limits)), thread=True, group="shelf")

    def show_profile(self, found: Read) -> None:
        """What the file says, and what is wrong with it."""
        if found != self.found and self._stands:
            self.found = found
            self.query_one("#profile", Text).put(told(found))

    def fill(self, state: State) -> None:
        """Nothing here follows from the device."""

    def on_option_list_option_selected(self) -> None:
        """Enter is the same as F5."""
        self.main_action()

    def main_action(self) -> None:
        """Take it, when it breaks no rule."""
        found = self.found
        if found is not None and found.good and found.profile is not None:
            if self.desk.submit(Priority.MEASURE, "", tasks.use_profile(found.profile)):
                self.desk.go("program")


def told(found: Read) -> Content:
    """Title, verdict, findings, settings."""
    errors = [each for each in found.findings if each.severity is Severity.ERROR]
    profile = found.profile
    title = clean(profile.title) if profile is not None else clean(found.name)
    mark = ("VALID  ", "bold $ok") if found.good else (f"{len(errors)} ERRORS  ", "bold $refused")
    lines = [Content.styled(title, "bold"), Content.assemble(mark, f"{len(found.findings) - len(errors)} warnings")]
    for each in found.findings:
        tone = "$refused" if each.severity is Severity.ERROR else "$caution"
        place = f"line {each.line} " if each.line else ""
        lines.append(Content.assemble((f"{each.rule} ", f"bold {tone}"), (place, "$quiet"), clean(each.text)))
    if profile is not None:
        limits = ", ".join(f"{side} {text}" for side, text in _limits(profile))
        facts = [
            row("State", profile.state),
            row("For", f"{clean(profile.device_model)} {clean(profile.serial or 'any')}"),
            row(tells.AT_MOST_LABEL, limits),
        ]
        lines += [
            Content(""),
            columns(facts),
            Content(""),
            columns([row(field.label, text_of(profile.program, field)) for field in FIELDS]),
        ]
    return Content("\n").join(lines)


def _limits(profile: Profile) -> Iterable[tuple[str, str]]:
    from rnprog.therapy.contacts import Side
    from rnprog.tui.view_device import shown

    for side in Side:
        if profile.program.side(side) is not None:
            yield str(side), shown(profile.limits.highest_ma(side))
