"""In what two profiles differ: entry by entry, whatever their class. Numbers are compared as numbers, comments and order not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from rnprog.profile.fields import NUMBERS, SOURCED, label_of
from rnprog.profile.findings import KeyPath
from rnprog.profile.signing import entries
from rnprog.therapy.units import plain

_ENTRY_OF = {("provenance", "sources", *place): entry for entry, place in SOURCED.items()}


@dataclass(frozen=True, slots=True)
class Change:
    """One entry in which they differ."""

    path: KeyPath
    label: str
    before: str | None
    """`None`: the first profile does not have the entry."""
    after: str | None
    """`None`: the second profile does not have the entry."""

    def as_dict(self) -> dict[str, str | None]:
        """For JSON."""
        return {"path": ".".join(self.path), "label": self.label, "before": self.before, "after": self.after}


def changes(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[Change, ...]:
    """From the tables of one profile to those of another, in the order of the first. Empty exactly if they say the same."""
    old, new = dict(entries(before)), dict(entries(after))
    paths = [*old, *(path for path in new if path not in old)]
    return tuple(
        Change(path, _label(path), _shown(path, old.get(path)), _shown(path, new.get(path)))
        for path in paths
        if old.get(path) != new.get(path)
    )


def _label(path: KeyPath) -> str:
    entry = _ENTRY_OF.get(path)
    return label_of(path) if entry is None else f"Source of {label_of(entry)}"


def _shown(path: KeyPath, value: str | Decimal | None) -> str | None:
    if isinstance(value, Decimal):
        return NUMBERS[path].show(value) if path in NUMBERS else plain(value)
    return value
