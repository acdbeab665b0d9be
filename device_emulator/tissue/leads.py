"""Leads over the months: how contact resistance settles after implantation, and what is broken, loose, wet or displaced. Pure.

Per contact R(t) = access * (1 + unrest(t)) + capsule * (1 - exp(-t / TAU)), t in days from implantation:
- access: the bulk of the tissue; capsule: the sheath that grows round the lead;
- unrest: two sines of seeded phase whose height falls as exp(-t / TAU): large fluctuation at first, little by six months.

What is published: 1,764 DBS leads, large fluctuation, then mostly stable by about six months, about 1 kohm (PMC5876470). DBS, not
multifidus. TAU and all ohms are set to look like that and to stay inside the sacral band of bands.py at all times: `unverified`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from math import exp, inf, pi, sin
from random import Random

from device_emulator.tissue.electrodes import (
    CASE,
    CASE_AREA_CM2,
    CONTACT_AREA_CM2,
    DOUBLE_LAYER_UF_PER_CM2,
    Contact,
    Electrodes,
)

ACTIVATION_DAY = 14
"""Days from implantation to activation (ReActiv8-A and -B: PMC8456956, neurotechreports)."""
TAU_DAYS = 45.0
UNREST = 0.08
"""Height of the fluctuation at implantation, as a share of access."""
LOOSE_US = 250_000
"""An intermittent conductor keeps its state for this long; this and the share of open time are `unverified`."""
LOOSE_OPEN_SHARE = 0.4

_CONTACT_OHM = (380.0, 620.0)
_CASE_OHM = (40.0, 80.0)
_ACCESS, _CAPSULE = 0.94, 0.2245
_PERIODS_DAYS = (9.0, 23.0)


@dataclass(frozen=True, slots=True)
class Site:
    """One contact in its surroundings. The case has no capsule worth the name: it is large."""

    access_ohm: float
    capsule_ohm: float = 0.0
    capacitance_uf: float = CONTACT_AREA_CM2 * DOUBLE_LAYER_UF_PER_CM2
    phases: tuple[float, float] | None = None
    """Of the two sines; `None`: no unrest."""

    def resistance_ohm(self, age_days: float) -> float:
        """At `age_days` after implantation; infinite stays infinite."""
        if self.access_ohm == inf:
            return inf
        fading = exp(-max(0.0, age_days) / TAU_DAYS)
        unrest = 0.0
        if self.phases is not None:
            waves = sum(sin(2 * pi * age_days / period + phase) for period, phase in zip(_PERIODS_DAYS, self.phases, strict=True))
            unrest = UNREST * fading * waves / 2
        return self.access_ohm * (1 + unrest) + self.capsule_ohm * (1 - fading)


@dataclass(frozen=True, slots=True)
class Leads:
    """Both leads and the case for as long as the implant lives. Contacts are numbered as in electrodes.py; sides 0 left, 1 right."""

    sites: tuple[Site, ...]
    open_contacts: tuple[int, ...] = ()
    short_pairs: tuple[tuple[int, int], ...] = ()
    loose_contacts: tuple[int, ...] = ()
    """Conductors that break and touch again."""
    wet_sides: tuple[int, ...] = ()
    shift_mm: tuple[float, float] = (0.0, 0.0)
    """How far each lead has slipped along itself; below 0 towards its tip."""
    seed: int = 0
    visit: int = 0
    """Of which day the chance of loose conductors is; another day, another chance."""

    def at(self, age_days: int, t_s: float) -> Electrodes:
        """The electrodes on a day, at a moment of the emulation (which matters only to loose conductors)."""
        electrodes = _settled(self, age_days)
        for contact in self.loose_contacts:
            if self.is_loose_now(contact, t_s):
                electrodes = electrodes.with_open(contact)
        return electrodes

    def is_loose_now(self, contact: int, t_s: float) -> bool:
        """Whether an intermittent conductor is open in this moment."""
        day = f" {self.visit}" if self.visit else ""
        return Random(f"loose {self.seed} {contact} {int(t_s * 1e6 + 0.5) // LOOSE_US}{day}").random() < LOOSE_OPEN_SHARE


@lru_cache(maxsize=256)
def _settled(leads: Leads, age_days: int) -> Electrodes:
    contacts = tuple(Contact(round(site.resistance_ohm(age_days), 1), site.capacitance_uf) for site in leads.sites)
    electrodes = Electrodes(contacts)
    for contact in leads.open_contacts:
        electrodes = electrodes.with_open(contact)
    for first, second in leads.short_pairs:
        electrodes = electrodes.with_short(first, second)
    for side in leads.wet_sides:
        electrodes = electrodes.with_fluid(side)
    return electrodes


def healthy_leads(seed: int) -> Leads:
    """Leads with the ordinary spread from one contact to the next; the same for the same seed."""
    chance = Random(f"electrodes {seed}")
    drawn = [chance.uniform(*_CONTACT_OHM) for _ in range(CASE)]
    case_ohm = round(chance.uniform(*_CASE_OHM), 1)
    phases = [(chance.uniform(0, 2 * pi), chance.uniform(0, 2 * pi)) for _ in range(CASE)]
    sites = [Site(_ACCESS * ohm, _CAPSULE * ohm, phases=pair) for ohm, pair in zip(drawn, phases, strict=True)]
    return Leads((*sites, Site(case_ohm, capacitance_uf=CASE_AREA_CM2 * DOUBLE_LAYER_UF_PER_CM2)), seed=seed)


def with_area(leads: Leads, contact_area_cm2: float) -> Leads:
    """The same with contacts of another size: the double layer follows, the resistance is given apart."""
    capacitance_uf = contact_area_cm2 * DOUBLE_LAYER_UF_PER_CM2
    return replace(leads, sites=(*(replace(site, capacitance_uf=capacitance_uf) for site in leads.sites[:CASE]), leads.sites[CASE]))


def with_ohms(leads: Leads, access_ohm: list[float], capsule_ohm: list[float]) -> Leads:
    """The same with other resistances at the eight contacts; an empty list leaves them."""
    sites = list(leads.sites)
    for contact, ohm in enumerate(access_ohm):
        sites[contact] = replace(sites[contact], access_ohm=ohm)
    for contact, ohm in enumerate(capsule_ohm):
        sites[contact] = replace(sites[contact], capsule_ohm=ohm)
    return replace(leads, sites=tuple(sites))


def healthy_electrodes(seed: int, age_days: int = ACTIVATION_DAY) -> Electrodes:
    """Healthy leads on one day, the day of activation unless said otherwise."""
    return healthy_leads(seed).at(age_days, 0.0)
