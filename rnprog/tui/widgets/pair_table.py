"""Every pair of a lead: what it reads, what that means, what it used to read."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from rnprog.session.triage import Judged
from rnprog.session.wording import trend as trend_words
from rnprog.therapy.contacts import CONTACTS_OF, Contact, Side
from rnprog.therapy.impedance import Verdict
from rnprog.tui import view_device as view
from rnprog.tui.glyphs import glyphs
from rnprog.tui.widgets.text import Text, columns, row


def pair_table(judged: Judged, side: Side) -> Content:
    """A row a pair; the head says what the columns are."""
    contacts = set(CONTACTS_OF[side])
    head = row(*(Content.styled(name, "$quiet") for name in (f"{side.label} pairs", "Ohm", "Verdict", "Usual", "Change")))
    rows = [head]
    for reading, found in zip(judged.readings, judged.verdicts, strict=True):
        if not reading.pair & contacts:
            continue
        said = view.verdict(found)
        trend = judged.trends.get(reading.pair)
        usual = "-" if trend is None else str(trend.baseline.impedance_ohm)
        change = Content("-") if trend is None else Content.styled(trend_words.change(trend), "$caution" if trend.drifted else "$ink")
        rows.append(row(reading.name, trend_words.value(reading), said.content(), usual, change))
    return columns(rows, right=frozenset((1, 3, 4)))


def contact_values(judged: Judged, side: Side) -> dict[Contact, tuple[str, Verdict]]:
    """Each contact of a lead against the case: value and verdict."""
    found: dict[Contact, tuple[str, Verdict]] = {}
    for reading, verdict in zip(judged.readings, judged.verdicts, strict=True):
        if Contact.CASE in reading.pair:
            for contact in reading.pair & set(CONTACTS_OF[side]):
                ohm = f" {glyphs().ohm}" if reading.impedance_ohm is not None else ""
                found[contact] = (f"{trend_words.value(reading)}{ohm}", verdict)
    return found


def sample() -> Judged:
    """Readings of one healthy lead and one with a broken conductor, judged without a past."""
    from datetime import UTC, datetime
    from itertools import combinations

    from rnprog.session.archive import History
    from rnprog.session.triage import judge
    from rnprog.therapy.impedance import ImpedanceReading

    readings = []
    for side in Side:
        contacts = CONTACTS_OF[side]
        for at, contact in enumerate(contacts):
            broken = contact is Contact.L1
            readings.append(ImpedanceReading(contact, Contact.CASE, None if broken else 720 + 60 * at, over_range=broken))
        for one, other in combinations(contacts, 2):
            broken = Contact.L1 in (one, other)
            readings.append(ImpedanceReading(one, other, None if broken else 1010 + 40 * contacts.index(other), over_range=broken))
    return judge(tuple(readings), History((), (), ()), test=("0.2", "100"), now=datetime(2026, 11, 25, tzinfo=UTC))


def states() -> list[tuple[str, Widget]]:
    """Both leads of the sample."""
    return [(f"{side} lead", Text(pair_table(sample(), side))) for side in Side]


if __name__ == "__main__":
    from rnprog.tui.widgets.showcase import show_all

    show_all(states())
