"""From older versions of the profile format to the newest, one version at a time. A new text is made; nothing old is overwritten.

Version 2 added the class of a profile; all profiles of version 1 are for implanted devices.
"""

from __future__ import annotations

import os

import tomlkit
from tomlkit.items import Table

from rnprog.profile.fields import IMPLANTED
from rnprog.profile.findings import refusal, shown
from rnprog.profile.reading import OLDER, SCHEMA, plain_tables


def migrated(text: str, origin: str | os.PathLike[str]) -> tuple[str, str]:
    """`text` in the newest version, with comments and order as they were, and the version it came from.

    Raises `ProfileError` if it is no TOML, no profile of an older version, or no profile at all. The result is not judged: verify it.
    """
    schema = plain_tables(text, origin).get("schema")
    if schema == SCHEMA:
        raise refusal("RN108", origin, f"This profile is of the newest version, {SCHEMA}, already. There is nothing to migrate.")
    if schema not in OLDER:
        said = f"This is no profile of a version that can be migrated, but {shown(schema)}. Those are: {', '.join(OLDER)}."
        raise refusal("RN108", origin, said)
    document = tomlkit.parse(text)
    document["schema"] = tomlkit.string(SCHEMA)
    table = document.get("profile")
    if not isinstance(table, dict):
        raise refusal("RN108", origin, "This profile has no table [profile]. Add it before it is migrated.")
    _insert_after(table, ("title", "name"), "class", IMPLANTED)
    return tomlkit.dumps(document), str(schema)


def _insert_after(table: dict[str, object], places: tuple[str, ...], key: str, value: str) -> None:
    """A new entry behind the first of `places` that is there, so that the difference is one line."""
    if key in table:
        return
    after = next((place for place in places if place in table), None)
    if after is None or not isinstance(table, Table):
        table[key] = value
        return
    table.value._insert_after(after, key, tomlkit.string(value))  # there is no public way to say where
