"""The keys of the app. STOP is bound twice with priority; the second has no id, so that no keymap can take it away."""

from __future__ import annotations

from textual.binding import Binding, BindingType

BINDINGS: list[BindingType] = [
    Binding("f12", "stop", "STOP", show=False, priority=True, id="stop"),
    Binding("ctrl+c", "stop", "STOP", show=False, priority=True),
    Binding("ctrl+q", "leave", "Leave", show=False, priority=True),
    Binding("f10", "leave", "Leave", show=False, id="leave"),
    Binding("f2", "go('overview')", "Overview", show=False, id="overview"),
    Binding("f3", "go('leads')", "Leads", show=False, id="leads"),
    Binding("f4", "go('titration')", "Titration", show=False, id="titration"),
    Binding("f6", "go('program')", "Program", show=False, id="program"),
    Binding("f7", "go('record')", "Record", show=False, id="record"),
    Binding("f5", "main", "Do it", show=False, id="main"),
    Binding("f8", "answer", "Answer the message", show=False, id="answer"),
    Binding("f1", "help", "Help", show=False, id="help"),
    Binding("ctrl+p", "palette", "More", show=False, id="palette"),
]
