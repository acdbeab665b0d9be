"""How long something may take, told without seconds: a slow or busy computer is slow at the reference too."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import tomlkit

TURNS = 10
_SHELF = [path.read_text(encoding="utf-8") for path in sorted((Path(__file__).parents[1] / "profiles").glob("*.toml"))]


def shelves(action: Callable[[], object], most: float) -> float:
    """CPU time of an action, in the CPU time of parsing the bundled shelf once (some 11 KiB of plain TOML).

    An action within `most` runs once. Any other is measured again in turns with the reference, until it is within `most` or has had all
    its turns: other processes share the caches, so the quickest of each counts.
    """
    quickest_s, reference_s = _cpu_s(action), _first_s()
    for _ in range(TURNS):
        if quickest_s <= most * reference_s:
            break
        reference_s = _cpu_s(_read_shelf)
        quickest_s = min(quickest_s, _cpu_s(action))
    return quickest_s / reference_s


@lru_cache(maxsize=1)
def _first_s() -> float:
    return min(_cpu_s(_read_shelf) for _ in range(3))


def _read_shelf() -> None:
    for text in _SHELF:
        tomlkit.parse(text)


def _cpu_s(action: Callable[[], object]) -> float:
    begun_s = time.process_time()
    action()
    return time.process_time() - begun_s
