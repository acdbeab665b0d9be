"""What there is to say about a percutaneous profile: RN205, RN206, RN3xx, RN403, RN406, RN508. There are no limits of such a device."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from rnprog.profile import percutaneous as pns
from rnprog.profile.fields import AREA, CLASS, NUMBERS, label_of, lookup
from rnprog.profile.findings import Problem
from rnprog.profile.numbers import area_of, plain_number
from rnprog.therapy.capabilities import Capabilities
from rnprog.therapy.contacts import Side
from rnprog.therapy.findings import Caution
from rnprog.therapy.parameters import Parameter
from rnprog.therapy.units import Microseconds, Milliamps


def percutaneous_problems(tables: dict[str, object], capabilities: Capabilities | None) -> Iterator[Problem]:
    """All that can be said without a device. Entries that cannot be read are left out; the format names them."""
    if capabilities is not None:
        said = "These limits are those of an implanted device, and this profile is for a percutaneous one. Verify it without them."
        yield Problem("RN508", CLASS, said)
    for path, parameter in NUMBERS.items():
        value = plain_number(lookup(tables, path)) if path[0] == pns.TABLE else None
        if value is not None:
            yield from _range_problems(path, parameter, value)
    sides = [side for side in Side if isinstance(lookup(tables, (pns.TABLE, side.value)), dict)]
    if not sides and isinstance(tables.get(pns.TABLE), dict):
        yield Problem("RN406", (pns.TABLE,), "The profile stimulates neither side. Set up at least one side.")
    area_cm2 = area_of(lookup(tables, AREA))
    if area_cm2 is None and sides and lookup(tables, AREA) is None:
        said = 'Charge density was not judged: the contact area of the lead is not known. Add contact_area_cm2 = "..." to [target].'
        yield Problem("RN306", AREA, said)
    for side in sides:
        yield from _side_problems(tables, side, area_cm2)


def _range_problems(path: tuple[str, ...], parameter: Parameter, value: Decimal) -> Iterator[Problem]:
    for found in parameter.range.problems(value, parameter.unit):
        rule = "RN206" if found.bound.startswith("steps") else "RN205"
        text = f"{label_of(path)} {parameter.show(value)} {found.text}, the limit of rnprog. {found.advice}"
        yield Problem(rule, path, text, parameter.source)


def _side_problems(tables: dict[str, object], side: Side, area_cm2: Decimal | None) -> Iterator[Problem]:
    where = (pns.TABLE, side.value)
    amplitude_ma, width_us, highest_ma = (plain_number(lookup(tables, (*where, each.key))) for each in pns.OF_SIDE)
    if amplitude_ma is None:
        return
    if highest_ma is not None and amplitude_ma > highest_ma:
        shown, highest = pns.AMPLITUDE.show(amplitude_ma), pns.AMPLITUDE.show(highest_ma)
        text = f"{side.label} amplitude {shown} is above {highest}, the limit of the patient profile. Choose {highest} or less."
        yield Problem("RN403", (*where, pns.AMPLITUDE.key), text)
    if width_us is None or area_cm2 is None:
        return
    for found in pns.charge_problems(side, Milliamps(amplitude_ma), Microseconds(width_us), area_cm2):
        rules = ("RN305", "RN304") if isinstance(found, Caution) else ("RN302", "RN301")
        yield Problem(rules[0] if found.bound.startswith("k ") else rules[1], (*where, pns.AMPLITUDE.key), found.sentence)
