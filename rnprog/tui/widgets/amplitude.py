"""The amplitude, as large as the screen allows, with the word for what it is: proposed, flowing now, just given, or nothing.

The word stands above the number, because a number without it could be anything.
"""

from __future__ import annotations

from decimal import Decimal

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget

from rnprog.tui.widgets.number import Number
from rnprog.tui.widgets.text import Text


class Amplitude(Vertical):
    """A word above a number."""

    DEFAULT_CSS = """
    Amplitude { height: auto; width: 100%; }
    Amplitude Horizontal { height: auto; }
    Amplitude Number { width: auto; color: $ink; }
    Amplitude .unit { width: auto; margin: 2 0 0 1; }
    Amplitude.-flowing Number { color: $running; text-style: bold; }
    Amplitude.-old Number, Amplitude.-old .unit { color: $stale; }
    """

    def __init__(self, value_ma: Decimal | None = None, word: Content | str = "", *, flowing: bool = False, old: bool = False) -> None:
        super().__init__()
        self._word = Text(word)
        self._digits = Number(_digits(value_ma))
        self.set_class(flowing, "-flowing")
        self.set_class(old, "-old")

    def compose(self) -> ComposeResult:
        """Word, digits, unit."""
        yield self._word
        with Horizontal():
            yield self._digits
            yield Text("mA", classes="unit")

    def show(self, value_ma: Decimal | None, word: Content, *, flowing: bool = False, old: bool = False) -> None:
        """This from now on."""
        self._word.put(word)
        wanted = _digits(value_ma)
        if self._digits.value != wanted:
            self._digits.update(wanted)
        self.set_class(flowing, "-flowing")
        self.set_class(old, "-old")

    @property
    def value(self) -> str:
        """The digits that are shown."""
        return self._digits.value


def _digits(value_ma: Decimal | None) -> str:
    return "-" if value_ma is None else f"{value_ma:.1f}"


def states() -> list[tuple[str, Widget]]:
    """All of them."""
    D = Decimal
    return [
        ("nothing", Amplitude(None, "nothing is proposed")),
        ("proposed", Amplitude(D("1.3"), "proposed")),
        ("flowing", Amplitude(D("1.3"), Content.styled("FLOWING NOW", "bold $running"), flowing=True)),
        ("old", Amplitude(D("1.3"), Content.styled("OLD", "$stale"), old=True)),
        ("large", Amplitude(D("10.0"), "proposed")),
    ]


if __name__ == "__main__":
    from rnprog.tui.widgets.showcase import show_all

    show_all(states())
