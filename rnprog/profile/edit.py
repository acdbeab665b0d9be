"""Writing profiles as text that people read: comments, order, units in the keys. tomlkit stays in this file.

Numbers are written as they are, with the decimals of their step; what is written reads back as the same profile.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import tomlkit
from tomlkit.items import Item, Table

from rnprog.profile.fields import (
    DRAFT,
    IMPLANTED,
    MAX_AMPLITUDE,
    NUMBERS,
    ORIGIN,
    PROGRAM,
    SOURCED,
    STATE,
    THRESHOLDS,
    THRESHOLDS_KEY,
    VALIDATED,
    VALIDATION,
    lookup,
)
from rnprog.profile.findings import KeyPath
from rnprog.profile.model import Origin, Profile, Thresholds, Validation
from rnprog.profile.names import SCHEMA_LINE
from rnprog.profile.reading import SCHEMA
from rnprog.therapy.contacts import Side
from rnprog.therapy.parameters import Parameter
from rnprog.therapy.program import COMMON_PARAMETERS, ELECTRODES_KEY, SIDE_PARAMETERS
from rnprog.therapy.units import plain

_HEADER = (
    "A profile of rnprog: the settings of a program, where they come from and for which device.",
    "Research software; not a clinical recommendation. The unit of each number stands in its key.",
    "Check it with: rnprog profile verify FILE",
)
_ELECTRODES_COMMENT = "- cathode, + anode; contacts count from the tip"
_MAXIMUM_COMMENT = "the highest amplitude for this patient"
_ORIGIN_COMMENT = "What this was read from. Bring it up to date with: rnprog program rebase FILE"
_SOURCES_COMMENT = 'Where each clinical number comes from, or "unverified".'


def new_text(profile: Profile) -> str:
    """A commented TOML text of `profile`, ready to be saved and edited beside its schema (`store.place_schema`)."""
    document = tomlkit.document()
    for line in _HEADER:
        document.add(tomlkit.comment(line))
    document.add("schema", tomlkit.string(SCHEMA))
    about = {"name": profile.name, "title": profile.title, "class": IMPLANTED, "notes": profile.notes or None, "state": DRAFT}
    _add(document, "profile", _texts(**about))
    target = _texts(
        device_model=profile.device_model,
        lead_model=profile.lead_model,
        contact_area_cm2=plain(profile.contact_area_cm2),
        serial=profile.serial,
    )
    _add(document, "target", target)
    if profile.origin is not None:
        _add(document, ORIGIN, _origin(profile.origin))
    if profile.patient_code is not None:
        _add(document, "patient", _texts(code=profile.patient_code))
    _add(document, PROGRAM, _numbers((PROGRAM,), {p.key: profile.program.value(p) for p in COMMON_PARAMETERS}))
    for side in Side:
        table = _side(profile, side)
        if table is not None:
            _add(document, side.value, table)
    _add(document, "provenance", _provenance(profile))
    return with_schema_line(tomlkit.dumps(document))


def with_schema_line(text: str) -> str:
    """`text` with a first line that leads editors to the schema beside it, instead of one that led from elsewhere."""
    first, _, others = text.partition("\n")
    return SCHEMA_LINE + (others if first.startswith("#:schema") else text)


def changed_text(text: str, changes: Mapping[KeyPath, str | Decimal]) -> str:
    """`text`, a profile that reads well, with other values for entries that it has; comments, order and all else stay as they are,
    except that a validated profile becomes a draft again.

    Raises `KeyError` for an entry that the text does not have. The result is not judged: verify it.
    """
    document = tomlkit.parse(text)
    for path, value in changes.items():
        table = lookup(document, path[:-1])
        if not isinstance(table, dict) or path[-1] not in table:
            raise KeyError(".".join(path))
        if isinstance(value, str):
            table[path[-1]] = tomlkit.string(value)
        else:
            table[path[-1]] = _number(NUMBERS[path], value)
    _set_back(document)
    return tomlkit.dumps(document)


def rebased_text(text: str, origin: Origin) -> str:
    """`text`, a profile that has an origin, with this one in its place. All else stays as it is, except that a validated profile becomes a
    draft again: what was signed off was signed off on another basis. Raises `KeyError` when there is no origin.
    """
    document = tomlkit.parse(text)
    table = document.get(ORIGIN)
    if not isinstance(table, dict):
        raise KeyError(ORIGIN)
    for key, value in origin.as_dict().items():
        if value is not None:
            table[key] = tomlkit.item(value)
        else:
            table.pop(key, None)
    _set_back(document)
    return tomlkit.dumps(document)


def validated_text(text: str, validation: Validation) -> str:
    """`text` signed off: state and sign-off are replaced, all else stays as it is."""
    document = tomlkit.parse(text)
    state = lookup(document, STATE[:-1])
    if not isinstance(state, dict):
        raise KeyError(".".join(STATE))
    state[STATE[-1]] = tomlkit.string(VALIDATED)
    before = document.get(VALIDATION)
    table = before if isinstance(before, Table) else tomlkit.table()
    for key, value in validation.as_dict().items():
        table[key] = tomlkit.string(value)
    if table is not before:
        document.pop(VALIDATION, None)
        if not text.endswith("\n"):
            document.add(tomlkit.nl())
        _add(document, VALIDATION, table)
    return tomlkit.dumps(document)


def _set_back(document: tomlkit.TOMLDocument) -> None:
    """A draft again, without sign-off."""
    table = lookup(document, STATE[:-1])
    if isinstance(table, dict) and table.get(STATE[-1]) == VALIDATED:
        table[STATE[-1]] = tomlkit.string(DRAFT)
    if VALIDATION in document:
        document.remove(VALIDATION)


def _add(document: tomlkit.TOMLDocument, name: str, table: Table) -> None:
    document.add(tomlkit.nl())
    document.add(name, table)


def _texts(**texts: str | None) -> Table:
    table = tomlkit.table()
    for key, text in texts.items():
        if text is not None:
            table.add(key, tomlkit.string(text))
    return table


def _origin(origin: Origin) -> Table:
    table = tomlkit.table()
    table.add(tomlkit.comment(_ORIGIN_COMMENT))
    for key, value in origin.as_dict().items():
        if value is not None:
            table.add(key, tomlkit.item(value))
    return table


def _numbers(prefix: KeyPath, values: Mapping[str, Decimal]) -> Table:
    table = tomlkit.table()
    for key, value in values.items():
        table.add(key, _number(NUMBERS[(*prefix, key)], value))
    return table


def _number(parameter: Parameter, value: Decimal) -> Item:
    """The number with the decimals of its step, never rounded."""
    return tomlkit.value(parameter.show(value).removesuffix(f" {parameter.unit}"))


def _side(profile: Profile, side: Side) -> Table | None:
    part = profile.program.side(side)
    if part is None:
        return None
    table = tomlkit.table()
    table.add(ELECTRODES_KEY, tomlkit.string(str(part.electrodes)).comment(_ELECTRODES_COMMENT))
    for parameter in SIDE_PARAMETERS:
        table.add(parameter.key, _number(parameter, part.value(parameter)))
    highest_ma = profile.limits.highest_ma(side)
    if highest_ma is not None:
        table.add(MAX_AMPLITUDE.key, _number(MAX_AMPLITUDE, highest_ma).comment(_MAXIMUM_COMMENT))
    found = profile.thresholds.get(side)
    if found is not None:
        table.add(THRESHOLDS_KEY, _thresholds(found))
    return table


def _thresholds(found: Thresholds) -> Item:
    table = tomlkit.inline_table()
    for parameter, value in zip(THRESHOLDS, (found.perception_ma, found.motor_ma, found.discomfort_ma), strict=True):
        if value is not None:
            table.append(parameter.key, _number(parameter, value))
    return table


def _provenance(profile: Profile) -> Table:
    table = _texts(author=profile.author, created=profile.created, record=profile.record, mode=profile.mode)
    sources = tomlkit.table()
    sources.add(tomlkit.comment(_SOURCES_COMMENT))
    for place in SOURCED.values():
        source = profile.sources.get(".".join(place))
        if source is not None:
            sources.add(tomlkit.key(list(place)) if len(place) > 1 else place[0], tomlkit.string(source))
    table.add(tomlkit.nl())
    table.add("sources", sources)
    return table
