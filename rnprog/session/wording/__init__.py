"""Every sentence a clinician reads, in three parts: what happened, what is certain about the stimulation, what to do now."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """One message. Plain text; no part is ever empty."""

    happened: str
    stimulation: str
    now: str

    def __str__(self) -> str:
        return f"{self.happened} {self.stimulation} {self.now}"

    def as_dict(self) -> dict[str, str]:
        """For JSON."""
        return {"happened": self.happened, "stimulation": self.stimulation, "now": self.now}


def sentence(text: str) -> str:
    """`text` with a full stop, unless it ends a sentence already."""
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else text + "."
