"""Choosing a device: the last one by its serial number, the ports by their friendly names, the emulator's scenarios to practise with."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from rnprog.session.wording import tui as say
from rnprog.session.wording import tui_screens as words
from rnprog.tui.keys import keyed
from rnprog.tui.plain_input import PlainInput
from rnprog.tui.screens.frame import SafeScreen
from rnprog.tui.start import Remembered, recall
from rnprog.tui.state import Phase, State
from rnprog.tui.view_model import clean
from rnprog.tui.widgets.text import Text

if TYPE_CHECKING:
    from rnprog.device.ports import PortInfo

_LIST_S = 10
LOOK_AFTER_S = 0.1
"""The first picture goes first."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can be connected."""

    port: str
    title: str
    detail: str
    kind: str
    serial: str | None = None
    """The only serial number that will do."""


def look() -> tuple[Choice, ...]:
    """What is there. Opens no port; reads the disk and asks the emulator for its list, so it never runs in the screen's loop."""
    from rnprog.device.ports import list_serial_ports

    ports = list_serial_ports()
    return (*_last(recall(), ports), *(_port(each) for each in ports), *_scenarios())


def _last(known: Remembered, ports: list[PortInfo]) -> Iterable[Choice]:
    if not known.serial or not known.port:
        return
    there = "://" in known.port or any(each.url == known.port for each in ports)
    where = known.port if there else words.was_at(known.port)
    yield Choice(known.port, f"{known.model} {known.serial}", where, "last", known.serial)


def _port(info: PortInfo) -> Choice:
    usb = words.usb(info.vid, info.pid) if info.vid is not None and info.pid is not None else ""
    return Choice(
        info.url, info.description or words.SERIAL_PORT, f"{info.url}{usb}{f', {info.serial_number}' if info.serial_number else ''}", "port"
    )


def _scenarios() -> Iterable[Choice]:
    """The bundled emulator is asked as a program of its own: rnprog does not know its inside."""
    import subprocess

    found: list[dict[str, str]] = []
    try:
        asked = subprocess.run(
            [sys.executable, "-m", "device_emulator", "--list", "--json"], capture_output=True, text=True, timeout=_LIST_S, check=True
        )
        found = [each for each in json.loads(asked.stdout)["scenarios"] if each.get("kind") == "training"]
    except (OSError, ValueError, KeyError, subprocess.SubprocessError):
        found = [{"name": "healthy", "summary": words.HEALTHY}]
    for each in found:
        yield Choice(f"emu://?scenario={each['name']}", str(each["name"]), str(each["summary"]), "emulator")


def _steps() -> Content:
    """For a screen with room: what comes when."""
    lines = [Content.styled(words.STEPS_TITLE, "bold")]
    for name, what in words.STEPS:
        lines += [Content(""), Content.styled(keyed(name), "bold $ok"), Content(keyed(what))]
    return Content("\n").join(lines)


class ConnectScreen(SafeScreen):
    """Enter connects what is marked."""

    NAME = "connect"
    FROM_DEVICE = False
    AUTO_FOCUS = "#choices"

    def __init__(self) -> None:
        super().__init__()
        self.choices: tuple[Choice, ...] = ()

    def body(self) -> Iterable[Widget]:
        """Patient, then the list."""
        yield Text(Content.styled(words.CONNECT_TITLE, "bold"), classes="title")
        yield Text(say.RESEARCH, classes="hint")
        patient = PlainInput(placeholder=words.PATIENT_HINT, id="patient", max_length=40)
        yield Horizontal(Text(words.PATIENT_LABEL, classes="label"), patient, classes="field")
        with Horizontal(id="choose"):
            yield OptionList(id="choices", markup=False)
            yield Text(_steps(), id="steps")
        yield Text(words.LOOKING, id="looking", classes="hint")

    def on_mount(self) -> None:
        """Look around, and again when somebody comes back."""
        super().on_mount()
        patient = self.desk.start.patient
        if patient:
            self.query_one("#patient", Input).value = patient
        self.set_timer(LOOK_AFTER_S, self.look_around)

    def forget(self) -> None:
        """The code was the last patient's. One with which no implant was taken is left to be put right."""
        state, field = self.desk.state, self.query_one("#patient", Input)
        field.value = (state.another_patient if state.phase is Phase.CLOSED else None) or ""
        if field.value:
            field.focus()

    def look_around(self) -> None:
        """In a thread of its own: nothing of the device is touched."""
        self.run_worker(self._look, thread=True, group="ports")

    def _look(self) -> None:
        found = self.desk.looking()
        self.desk.call_from_thread(self.found, found)

    def found(self, choices: tuple[Choice, ...]) -> None:
        """Show them, in their kinds."""
        self.choices = choices
        listed = self.query_one("#choices", OptionList)
        listed.clear_options()
        kind = None
        for number, choice in enumerate(choices):
            if choice.kind != kind:
                kind = choice.kind
                listed.add_option(Option(Content.styled(words.HEADINGS[kind], "bold $quiet"), disabled=True))
            text = Content.assemble(("  " + clean(choice.title), "bold"), f"   {clean(choice.detail)}")
            listed.add_option(Option(text, id=str(number)))
        listed.highlighted = next((at for at in range(listed.option_count) if not listed.get_option_at_index(at).disabled), None)
        self.fill(self.desk.state)

    def fill(self, state: State) -> None:
        """While it connects, nothing else is chosen."""
        connecting = state.phase is Phase.CONNECTING
        self.query_one("#choices", OptionList).disabled = connecting
        self.query_one("#looking", Text).put(say.CONNECTING if connecting else keyed(self._how()))

    def _how(self) -> str:
        """How one is chosen, once it is known what there is."""
        if not self.choices:
            return words.LOOKING
        ports = any(choice.kind in ("port", "last") for choice in self.choices)
        return words.HOW_TO_CHOOSE if ports else f"{say.EMPTY_PORTS} {words.HOW_TO_CHOOSE}"

    def on_option_list_option_selected(self, selected: OptionList.OptionSelected) -> None:
        """Connect it. Connecting only reads."""
        if selected.option.id is not None:
            choice = self.choices[int(selected.option.id)]
            self.desk.connect(choice.port, serial=choice.serial, patient=self.query_one("#patient", Input).value.strip() or None)

    def main_action(self) -> None:
        """Look again."""
        self.look_around()
