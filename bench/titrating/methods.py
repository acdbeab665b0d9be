"""Which methods there are, by name, and one method's sessions. Owns names and the choice among them, no method."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec

from bench.titrating import entropy
from bench.titrating.ours import ANSWERS, OURS, session
from bench.titrating.patients import Couch, Ended, ended, patient
from bench.titrating.peers import BEST_PEER, PEERS

OTHERS: dict[str, Callable[[Couch], float]] = {**PEERS, **entropy.PEERS}
FEW = {name: 200 for name in OTHERS if name.startswith("questplus")}
"""Slow methods run on the first of the patients only."""
ALL = (*OTHERS, "rnprog")
EVERY = (*OTHERS, *OURS)
PAIRS = (("rnprog", "grade+felt", "rnprog", "grade"), ("rnprog", "grade+felt", "rnprog, aim of feeling", "grade"))


def chosen(wanted: Sequence[str], *, variants: bool = False) -> list[str]:
    """The methods meant by names: a whole name, the beginning of some ("staircase"), or "all". ValueError: there is none."""
    found: list[str] = []
    for want in wanted:
        name = want.strip().casefold()
        exact = [each for each in EVERY if each.casefold() == name]
        fits = [each for each in OTHERS if name and each.casefold().startswith(name)]
        if name == "all":
            found.extend(EVERY if variants else ALL)
        elif exact or fits:
            found.extend(exact or fits)
        else:
            raise ValueError(f"no such method: {want}; there are: all; {'; '.join(EVERY)}")
    return [each for each in EVERY if each in found]


def lacks(method: str) -> str:
    """The package that a method needs and this Python does not have; empty: none."""
    needed = entropy.NEEDS.get(method, "")
    return needed if needed and find_spec(needed) is None else ""


def scales(method: str, answers: Sequence[str]) -> Sequence[str]:
    """With which answers a method is run: all others know yes and no only."""
    return answers if method in OURS else ("yesno",)


def sessions(method: str, cohort: str, subjects: int, seed: int, answers: str = "yesno") -> Iterator[Ended]:
    """One method, patient by patient."""
    for index in range(min(subjects, FEW.get(method, subjects))):
        who = patient(cohort, index, seed)
        if method in OTHERS:
            couch = Couch(who, index, seed)
            estimate = OTHERS[method](couch)
            yield ended(couch, estimate)
        else:
            yield session(OURS[method], who, index, seed, ANSWERS[answers])


def pairs(keys: Sequence[tuple[str, str]]) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    """Which of these (method, answers) are compared patient by patient: ours with the best peer, feeling with grades alone."""
    wanted = [((method, answers), (BEST_PEER, "yesno")) for method, answers in keys if method in OURS]
    wanted += [((ours, with_), (theirs, by)) for ours, with_, theirs, by in PAIRS]
    return [(ours, theirs) for ours, theirs in wanted if ours in keys and theirs in keys]
