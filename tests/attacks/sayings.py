"""Whether what a terminal was told of the implant is true of it, by the emulator's ground truth."""

from __future__ import annotations

import re

from tests.attacks.common import Broken
from tests.attacks.watch import Watch

_AS_IT_WAS = re.compile(r"\b[Ww]hat the implant runs by itself was not changed\.")
_NOTHING_AT_ALL = re.compile(r"\b[Nn]o stimulation was started or changed\.")
_BY_ITSELF = ("foreign-commit", "therapy-running")
"""Faults that change what it runs, and nobody can know that."""


def is_true(w: Watch, said: str) -> None:
    """Nothing that was changed is said not to have been. `said`: all of it, in one line. Ask when the programmer is gone."""
    if w.first is None or any(name in w.spec for name in _BY_ITSELF):
        return
    now = w.moments.now()
    runs, ran = ((each.slots[each.active].image if each.active in each.slots else b"", each.scheduled) for each in (now, w.first))
    if (claim := _AS_IT_WAS.search(said)) is not None and runs != ran:
        raise Broken(f"it says {claim[0]!r}, and the implant runs something else than before")
    if (claim := _NOTHING_AT_ALL.search(said)) is not None and (runs != ran or now.slots != w.first.slots or w.tested.changes):
        raise Broken(f"it says {claim[0]!r}, and it was")
