"""Where the numbers come from: RN6xx. Every clinical entry names its source or says `unverified`; it judges no number."""

from __future__ import annotations

from collections.abc import Iterator

from rnprog.profile.fields import SOURCED, label_of, lookup
from rnprog.profile.findings import Problem, shown
from rnprog.profile.model import UNVERIFIED

_PLACE_HOLDERS = frozenset(("", "?", "-", "todo", "tbd", "tbc", "xxx", "unknown", "none", "n/a", "na", "source"))


def is_source(text: str) -> bool:
    """Whether a text may be a source: neither empty nor a place-holder."""
    return text.strip(" .\n").casefold() not in _PLACE_HOLDERS


def provenance_problems(tables: dict[str, object]) -> Iterator[Problem]:
    """Missing, empty and idle sources. Sources that are no texts are left to the format."""
    for entry, place in SOURCED.items():
        where = ("provenance", "sources", *place)
        present, source = lookup(tables, entry) is not None, lookup(tables, where)
        if present and source is None:
            key = ".".join(place)
            text = f'There is no source for {label_of(entry)}. Write {key} = "..." in [provenance.sources]: the source, or "{UNVERIFIED}".'
            yield Problem("RN601", entry, text)
        elif isinstance(source, str) and not is_source(source):
            text = f'{label_of(entry)}: "{shown(source)}" is not a source. Write where the value comes from, or "{UNVERIFIED}".'
            yield Problem("RN602", where, text)
        elif source is not None and not present:
            text = f"There is a source for {label_of(entry)}, but the profile does not have this entry. Remove the source or add the entry."
            yield Problem("RN603", where, text)
