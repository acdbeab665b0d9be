"""An attack cut into pieces, over some processes. A module of its own, because a process that is started anew must find it by name."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.attacks.common import Result, attack, place

PIECES = 8
"""To each process, so that none waits long for another at the end."""


def run(name: str, runs: int, seed: int, jobs: int) -> Result:
    """An attack, over some processes."""
    if jobs <= 1 or runs < 2:
        return _piece(name, runs, seed)
    size = max(1, -(-runs // (jobs * PIECES)))
    pieces = [(name, min(size, runs - at), seed + at) for at in range(0, runs, size)]
    whole = Result()
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for piece in pool.map(_piece, *zip(*pieces, strict=True)):
            whole.join(piece)
    return whole


def _piece(name: str, runs: int, seed: int) -> Result:
    with place():
        result = attack(name).run(runs, seed)
        assert isinstance(result, Result)
        return result
