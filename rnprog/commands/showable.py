"""What of a text may reach a screen. Everything that is shown passes here, so no escape, control character or forged line gets through."""

from __future__ import annotations


def safe(text: str) -> str:
    """`text` with "?" for control characters, escapes and marks that turn the direction of writing; line breaks stay."""
    return "".join(each if each.isprintable() or each == "\n" else "?" for each in text)


def one_line(text: str) -> str:
    """The same, and no line break either: a sentence or cell that quotes something cannot be made to look like two."""
    return safe(text).replace("\n", "?")
