"""Two queues between the screen and whoever waits in the link thread. They know nothing of what is in them."""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING

from rnprog.therapy.titration import Answer

if TYPE_CHECKING:
    from rnprog.session.offers import Choice, Report


CONTRACTIONS = (Answer.NONE, Answer.FLICKER, Answer.CLEAR, Answer.STRONG)
"""What may be said of the muscle in a burst that was too strong."""


class Answers:
    """Where the screen puts what the person decided."""

    def __init__(self) -> None:
        self.choices: queue.Queue[tuple[int, Choice]] = queue.Queue()
        self.reports: queue.Queue[tuple[int, Report]] = queue.Queue()
