"""A lead as it lies: four contacts from the tip to the plug, each with its number, its verdict in a word, a sign, a colour, and its role.

Contacts can be picked by touch where `pickable` is set; what a pick means is decided by whoever hears the message.
"""

from __future__ import annotations

from collections.abc import Mapping

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from rnprog.session.wording import tui_screens as say
from rnprog.therapy.contacts import CONTACTS_OF, Contact, Electrodes, Side
from rnprog.therapy.impedance import Verdict
from rnprog.tui import view_device as view
from rnprog.tui.glyphs import glyphs
from rnprog.tui.widgets.text import Ages

WIDTH = 12
"""Cells a contact takes, the wire behind it included."""
BOX = 9
GAP = WIDTH - BOX
EDGES = 16
"""Cells beside the contacts: the wire and the case, the margin."""


class LeadDrawing(Ages, Widget, can_focus=False):
    """One side. `ohms` without an entry: not measured."""

    DEFAULT_CSS = "LeadDrawing { width: 1fr; height: 6; color: $ink; } LeadDrawing.-old { color: $stale; }"

    class Picked(Message):
        """A contact was touched."""

        def __init__(self, contact: Contact) -> None:
            super().__init__()
            self.contact = contact

    def __init__(self, side: Side, *, pickable: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self.side = side
        self.pickable = pickable
        self.ohms: Mapping[Contact, tuple[str, Verdict]] = {}
        self.electrodes: Electrodes | None = None
        self.old = False

    def show(self, ohms: Mapping[Contact, tuple[str, Verdict]], electrodes: Electrodes | None, *, old: bool = False) -> None:
        """What was measured, and which contacts are used."""
        if (ohms, electrodes, old) != (self.ohms, self.electrodes, self.old):
            self.ohms, self.electrodes, self.old = ohms, electrodes, old
            self.set_class(old, "-old")
            self.refresh()

    def render(self) -> RenderResult:
        """Six lines: name, box (three), value, verdict."""
        contacts = CONTACTS_OF[self.side]
        g = glyphs()
        case = Contact.CASE
        head = Content.assemble((f"{self.side.label} lead", "bold"), (say.TIP_LEFT, "$quiet"))
        if self.electrodes is not None:
            head = Content.assemble((f"{self.side.label} lead", "bold"), f"   {self.electrodes}", (say.CATHODE_ANODE, "$quiet"))
        tail = f"{g.wire * 2} case{self._role(case)}" if self.electrodes is not None and self._role(case) else f"{g.wire * 4}"
        lines = [head, self._line(contacts, self._top), self._line(contacts, self._middle, tail), self._line(contacts, self._bottom)]
        lines += [self._line(contacts, self._value), self._line(contacts, self._verdict)]
        return self.aged(Content("\n").join(lines))

    @property
    def _step(self) -> int:
        """Cells from one contact to the next: as far as there is room, up to twice the usual."""
        return min(2 * WIDTH, max(WIDTH, (self.size.width - EDGES) // len(CONTACTS_OF[self.side])))

    @property
    def _box(self) -> int:
        return self._step - GAP

    def _line(self, contacts: tuple[Contact, ...], part: object, tail: str = "") -> Content:
        assert callable(part)
        return Content.assemble(" ", *(part(contact) for contact in contacts), tail)

    def _style(self, contact: Contact) -> str:
        if contact not in self.ohms:
            return "$quiet"
        return "$stale" if self.old else str(view.verdict(self.ohms[contact][1]).tone)

    def _role(self, contact: Contact) -> str:
        used = self.electrodes
        if used is None:
            return ""
        return glyphs().minus if contact in used.cathodes else "+" if contact in used.anodes else ""

    def _top(self, contact: Contact) -> Content:
        left, line, right = glyphs().top
        return Content.styled(f"{left}{line * (self._box - 2)}{right}".ljust(self._step), self._style(contact))

    def _middle(self, contact: Contact) -> Content:
        g = glyphs()
        role = self._role(contact)
        inner = f"{contact} {role}".strip().center(self._box - 2)
        used = "bold reverse" if role else "bold"
        style = self._style(contact)
        last = contact is CONTACTS_OF[self.side][-1]
        wire = "" if last else g.wire * GAP
        return Content.assemble((g.left_edge, style), (inner, f"{used} {style}"), (g.right_edge, style), (wire, "$quiet"))

    def _bottom(self, contact: Contact) -> Content:
        left, line, right = glyphs().bottom
        return Content.styled(f"{left}{line * (self._box - 2)}{right}".ljust(self._step), self._style(contact))

    def _value(self, contact: Contact) -> Content:
        text = f"{self.ohms[contact][0]}" if contact in self.ohms else "-"
        return Content.styled(text.center(self._box).ljust(self._step), "$stale" if self.old else "$ink")

    def _verdict(self, contact: Contact) -> Content:
        if contact not in self.ohms:
            return Content.styled("unknown".center(self._box).ljust(self._step), "$quiet")
        said = view.verdict(self.ohms[contact][1])
        return Content.styled(f"{said.sign} {said.text}"[: self._step - 1].center(self._box).ljust(self._step), self._style(contact))

    def on_click(self, click: events.Click) -> None:
        """The contact below the touch."""
        at = (click.x - 1) // self._step
        if self.pickable and 0 <= at < len(CONTACTS_OF[self.side]) and 1 <= click.y <= 5:
            self.post_message(self.Picked(CONTACTS_OF[self.side][at]))


def states() -> list[tuple[str, Widget]]:
    """All of them."""
    left = CONTACTS_OF[Side.LEFT]
    healthy = {contact: (f"{780 + 30 * at} {glyphs().ohm}", Verdict.NORMAL) for at, contact in enumerate(left)}
    odd = dict(
        zip(left, [("over range", Verdict.OPEN), ("212", Verdict.LOW), ("2100", Verdict.DRIFTED), ("640", Verdict.EQUALISED)], strict=True)
    )
    broken = dict(
        zip(left, [("under range", Verdict.SHORT), ("none", Verdict.UNKNOWN), ("1900", Verdict.HIGH), ("800", Verdict.NORMAL)], strict=True)
    )
    usual = Electrodes.parse("-L1+L2")
    cases = [
        ("not measured", {}, None, False),
        ("healthy, in use", healthy, usual, False),
        ("open, low, drifted, equalised", odd, usual, False),
        ("short, unknown, high", broken, Electrodes.parse("-L3+case"), False),
        ("old", healthy, usual, True),
    ]
    found: list[tuple[str, Widget]] = []
    for name, ohms, electrodes, old in cases:
        drawing = LeadDrawing(Side.LEFT)
        drawing.show(ohms, electrodes, old=old)
        found.append((name, drawing))
    return found


if __name__ == "__main__":
    from rnprog.tui.widgets.showcase import show_all

    show_all(states())
