"""A field for one line of text. What was pasted into it, or put there from outside, is drawn as it is sent on: nothing unprintable."""

from __future__ import annotations

from textual.widgets import Input

from rnprog.tui.view_model import clean


class PlainInput(Input):
    """Textual's own would hand a pasted character to the terminal as it stands: an escape of one byte, a mark that turns the writing."""

    def validate_value(self, value: str) -> str:
        """As long as it was, so the cursor stays where it is."""
        return clean(value)
