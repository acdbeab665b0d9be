"""The app: its keys, its screens, and the way from the link thread's events to what is shown. No port is touched in its loop.

STOP is bound twice with priority, F12 and Ctrl+C; the second has no id, so that no keymap can take it away. The loop itself keeps the
lease alive, twenty times a second, and nothing else does: when it hangs, the device ends its output.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType
from textual.screen import Screen

from rnprog.tui.answering import Answers
from rnprog.tui.frames import Frames
from rnprog.tui.from_link import FromLink
from rnprog.tui.glyphs import ASCII, glyphs
from rnprog.tui.keymap import check_stop
from rnprog.tui.keys import bindings, use_names
from rnprog.tui.leaving import Leaving
from rnprog.tui.pulse import Pulse
from rnprog.tui.screens.catalogue import LOAD_AFTER_S, SCREENS, load_all, warm_up
from rnprog.tui.screens.connect import Choice, look
from rnprog.tui.screens.frame import SafeModal, SafeScreen
from rnprog.tui.start import Remembered, Start, recall, remember
from rnprog.tui.state import Call, Phase, State
from rnprog.tui.stop_first import CAUSE, StopsFirst
from rnprog.tui.themes import COLOURS, DEFAULT, theme
from rnprog.tui.whose import Whose
from rnprog.tui.widgets.notice import NoticeBox
from rnprog.tui.widgets.stop_bar import StopBar

if TYPE_CHECKING:
    from rnprog.session.wiring import Wish
    from rnprog.tui import events as e
    from rnprog.tui.link_worker import Priority, Task


class RnprogApp(StopsFirst):
    """Start it with `running.run_tui`."""

    TITLE = "rnprog"
    CSS_PATH = "rnprog.tcss"
    ENABLE_COMMAND_PALETTE = False  # its screen has no STOP bar; ours has (screens/palette.py)
    BINDINGS: ClassVar[list[BindingType]] = bindings()
    SCREENS: ClassVar[dict[str, Callable[[], Screen[None]]]] = SCREENS

    def __init__(self, start: Start | None = None) -> None:
        super().__init__()
        self.start = start or Start()
        self.frames = Frames(self.start.trace)
        self.answers = Answers()
        self.looking: Callable[[], tuple[Choice, ...]] = look
        self.state = State()
        self.now_s: Callable[[], float] = time.monotonic
        self.pulse = Pulse(self)
        self.whose = Whose(self)
        self.leaving = Leaving(self)
        self._wish: Wish | None = None
        self._unhear: Callable[[], None] = lambda: None
        for name in COLOURS:
            self.register_theme(theme(name))
        wanted = self.start.theme or (recall().theme if self.start.remember else "")
        self.theme = wanted if wanted in COLOURS else DEFAULT
        self.set_keymap(self.start.keymap or {})
        self.set_class(glyphs() is ASCII, "-ascii")

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our names exist in any theme."""
        return COLOURS[DEFAULT]

    def set_keymap(self, keymap: Mapping[str, str]) -> None:
        """Other keys for the same actions. KeymapError, and the keys as they were, when STOP would lose one of its own."""
        check_stop(self._bindings, keymap)
        super().set_keymap(dict(keymap))
        use_names({action: key for action, key in keymap.items() if action != "stop"})

    # beginning and end

    def on_mount(self) -> None:
        """The pulse and the first screen. The link and all that it needs is loaded when a device is wanted."""
        self.pulse.begin()
        self._unhear = self.hear()
        self.push_screen("connect")
        self.set_timer(LOAD_AFTER_S, lambda: self.run_worker(load_all, thread=True, group="loading"))
        if self.start.port is not None:
            self.call_after_refresh(self.connect, self.start.port, patient=self.start.patient)

    def on_unmount(self) -> None:
        """Stop what is prepared, close the record, give the port free."""
        self.pulse.end()
        if self.worker is not None:
            self.worker.close()
        self._unhear()

    def connect(self, port: str, *, serial: str | None = None, patient: str | None = None) -> None:
        """Connect. It only reads."""
        if self.state.phase in (Phase.CONNECTING, Phase.CONNECTED) or self.state.busy is not None:
            return
        from rnprog.tui.linking import LinkWorker, wished

        if self.worker is None:
            self.worker = LinkWorker(self._post)
        self._wish = wished(self.start, port, serial, patient, self.frames.trace)
        self.worker.connect(self._wish)

    def submit(self, priority: Priority, what: str, task: Task) -> bool:
        """Queue a task for the link thread, unless it is at something already. Whether it was queued."""
        if self.worker is None or not self.state.live or self.state.busy is not None:
            return False
        self.worker.submit(priority, what, task)
        return True

    def _fatal_error(self) -> None:
        """Textual would print everything the program knew, and that may hold a patient's code. `running.py` says what has to be said."""
        self._close_messages_no_wait()

    # events

    def _post(self, event: e.Event) -> None:
        """Called by the link's threads. When this loop has ended, nobody is left to be told."""
        with suppress(RuntimeError):
            self.post_message(FromLink(event))

    def on_from_link(self, message: FromLink) -> None:
        """The next state, and everything that follows from it."""
        self.see(message.event)

    def see(self, event: e.Event) -> None:
        """Take an event in."""
        from rnprog.tui import events as e  # as below: what the first picture does not need is loaded behind it
        from rnprog.tui.after import after

        before, self.state = self.state, after(self.state, event)
        if isinstance(event, e.Polled | e.Beaten) and before.alike(self.state):
            self.show_age()
            return
        match event:
            case e.Connected():
                if self.start.remember:
                    remember(Remembered(event.identity.serial, event.identity.model, event.port, self.theme))
                self.go("overview")
                if self.start.warm:
                    self.run_worker(warm_up(self, lambda: self.worker is None or self.worker.armed), group="warm")
            case _:
                self.leaving.follow(event)
        if isinstance(event, e.Lost):  # first what is there in grey; then the message, for which everything is laid out anew
            self.show_age()
            self.call_after_refresh(self.show)
        else:
            self.show()
        self.whose.follow(event)

    def show(self) -> None:
        """Draw the state on every screen that is open."""
        for screen in self.safe_screens():
            screen.show(self.state)

    def show_age(self) -> None:
        """Draw what changes with time."""
        for screen in self.safe_screens():
            screen.show_age(self.state)

    def safe_screens(self) -> list[SafeScreen | SafeModal[Any]]:
        """Every screen and dialog that is open."""
        return [screen for screen in self.screen_stack if isinstance(screen, SafeScreen | SafeModal)]

    # keys

    def action_stop(self) -> None:
        """STOP, from anywhere."""
        if self.worker is not None and self.worker.connected:
            self.worker.stop(CAUSE)
            return
        from rnprog.tui.linking import nothing_to_stop

        self.see(nothing_to_stop(self.state))

    def on_stop_bar_pressed(self, message: StopBar.Pressed) -> None:
        """STOP, by touch."""
        message.stop()
        self.action_stop()

    def go(self, name: str) -> None:
        """To a screen; without a device, to the choice of one."""
        if len(self.screen_stack) > 2:  # a dialog is open: it is answered first
            return
        nothing = self.state.identity is None or self.state.phase is Phase.CLOSED
        wanted = "connect" if nothing and name == "overview" else name
        if isinstance(self.screen, SafeScreen) and wanted != self.screen.NAME and wanted in self.SCREENS:
            self.switch_screen(wanted)

    action_go = go  # by key

    def action_help(self) -> None:
        """The keys."""
        if isinstance(self.screen, SafeScreen):
            from rnprog.tui.screens.help import Help

            self.push_screen(Help())

    def action_palette(self) -> None:
        """Everything by name."""
        if isinstance(self.screen, SafeScreen):
            from rnprog.tui.screens.palette import Palette

            self.push_screen(Palette(), self._chosen)

    async def _chosen(self, action: str | None) -> None:
        if action:
            await self.run_action(action)

    def action_use_theme(self, name: str) -> None:
        """One of ours, and again the next time."""
        if name in COLOURS:
            self.theme = name
            if self.start.remember:
                remember(replace(recall(), theme=name))

    def action_another(self) -> None:
        """Choose another device, once this one is given free."""
        if self.state.phase in (Phase.CONNECTED, Phase.CONNECTING):
            self.go("record")
        elif isinstance(self.screen, SafeScreen) and self.screen.NAME != "connect":
            self.switch_screen("connect")

    def action_main(self) -> None:
        """F5 on the screen in front; in a dialog it does nothing."""
        if isinstance(self.screen, SafeScreen):
            self.screen.main_action()

    def action_answer(self) -> None:
        """F8: do what the message calls for."""
        if self.state.notice is not None and isinstance(self.screen, SafeScreen):
            self.answer(self.state.notice.call)

    def on_notice_box_answered(self, message: NoticeBox.Answered) -> None:
        """The same by touch."""
        message.stop()
        self.answer(message.call)

    def answer(self, call: Call) -> None:
        """What the message calls for."""
        match call:
            case Call.STOP_AGAIN:
                self.action_stop()
            case Call.REOPEN | Call.RESOLVE:
                from rnprog.tui.linking import answering

                answering(call, self.submit)
            case Call.CONNECT:
                if self._wish is not None:
                    self.connect(self._wish.port, serial=self._wish.serial, patient=self._wish.patient)
            case Call.NONE:
                self.dismiss_notice()

    def dismiss_notice(self) -> None:
        """Read and understood."""
        self.state = replace(self.state, notice=None)
        self.show()

    def action_leave(self) -> None:
        """Ask, stop first, close the record, end."""
        if not isinstance(self.screen, SafeModal):
            self.leaving.ask()

    def leave(self, yes: bool | None = True) -> None:
        """Stop first, close the record, end; an answer that is not yes does nothing."""
        if yes:
            self.leaving.begin()
