"""What was seen on both sides in one table, live: from the open titration while it runs, from its result afterwards."""

from __future__ import annotations

from decimal import Decimal

from textual.content import Content
from textual.widget import Widget

from rnprog.session.wording import tui_titration as say
from rnprog.therapy.contacts import Side
from rnprog.therapy.titration import Thresholds
from rnprog.tui.state import State
from rnprog.tui.titrating import OPEN, Titrating
from rnprog.tui.view_device import shown
from rnprog.tui.widgets.text import Text, columns, row


def threshold_table(state: State) -> Content:
    """A row a side, in mA: the lowest at which each was seen, and what is proposed. An estimate stands in the words, with its interval.

    While both are checked together: what each came to alone, and the answers of the check below.
    """
    rows = [row(*(Content.styled(name, "$quiet") for name in ("mA", "felt", "contracts", say.TOO_STRONG_HEAD, "proposed")))]
    both = state.side_of(Side.LEFT).together
    for side in Side:
        now = state.side_of(side)
        found = _thresholds(now.last_known)
        proposed = now.result.proposed_ma if now.result is not None else None
        name = Content.styled(side.label, "bold" if side is state.side and not both else "")
        cells = ("-", "-", "-") if found is None else (number(found.perception_ma), number(found.motor_ma), number(found.discomfort_ma))
        rows.append(row(name, *cells, Content.styled(number(proposed), "bold $ok" if proposed is not None else "$quiet")))
    table = columns(rows, right=frozenset(range(1, 5)))
    return Content("\n").join([table, _together(state.side_of(Side.LEFT))]) if both else table


def _together(now: Titrating) -> Content:
    """The answers of the check of both sides, at each share that was reached."""
    found = [(burst.delivered.both.share_percent, burst.answer) for burst in now.bursts if burst.delivered.both is not None]
    told = "   ".join(say.share_answered(share, str(answer)) for share, answer in found if share is not None)
    return Content.assemble((f"{say.BOTH_TOGETHER.capitalize()}   ", "bold"), told or say.NOTHING_YET)


def number(amplitude_ma: Decimal | None) -> str:
    """Without its unit, which stands above."""
    return shown(amplitude_ma).removesuffix(" mA")


def _thresholds(now: Titrating) -> Thresholds | None:
    if now.step in OPEN and not now.together:
        return now.offer.titration.thresholds() if now.offer is not None else None
    return now.result.titration.thresholds() if now.result is not None else None


def states() -> list[tuple[str, Widget]]:
    """Nothing yet, and one side under way."""
    from rnprog.tui import samples

    return [("nothing yet", Text(threshold_table(State()))), ("left under way", Text(threshold_table(samples.offered(5))))]


if __name__ == "__main__":
    from rnprog.tui.widgets.showcase import show_all

    show_all(states())
