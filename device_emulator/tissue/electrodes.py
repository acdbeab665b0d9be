"""Contacts in tissue: access resistance, double layer, broken and shorted conductors. Pure arithmetic; knows no pulse source.

Per contact a resistance R in series with the capacitance C of the metal's double layer. At the end of a pulse of width W at constant
current I the voltage over a pair is I * (R1 + R2) + I * W / C1 + I * W / C2. Several contacts on one side act in parallel (exact while
their R * C are alike).

Numbers: contact-case and pairs come out at 400 to 1,500 ohm, the normal range for sacral leads (Urology Times, facts on which are
`unverified` for the multifidus). Double layer: 30 uF per cm2 of contact, `unverified`, an ordinary figure for platinum.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from random import Random

CASE = 8
CONTACTS = tuple(range(9))
CONTACT_AREA_CM2 = 0.1225
CASE_AREA_CM2 = 10.0
DOUBLE_LAYER_UF_PER_CM2 = 30.0
SHORT_OHM = 5.0
"""What is left between two conductors that touch."""

_CONTACT_OHM = (380.0, 620.0)
_CASE_OHM = (40.0, 80.0)


@dataclass(frozen=True, slots=True)
class Contact:
    """One electrode. `resistance_ohm` infinite: its conductor is broken."""

    resistance_ohm: float
    capacitance_uf: float


@dataclass(frozen=True, slots=True)
class Electrodes:
    """Nine contacts: 0-3 left, 4-7 right, 8 the case. `shorts`: groups of contacts whose conductors touch."""

    contacts: tuple[Contact, ...]
    shorts: tuple[frozenset[int], ...] = ()

    def load_ohm(self, cathodes: int, anodes: int, width_us: int) -> float:
        """Voltage over current at the end of a pulse; infinite without a path. Masks of contacts."""
        if any(group & self.members(cathodes) and group & self.members(anodes) for group in self.shorts):
            return SHORT_OHM
        return self._side_ohm(cathodes, width_us) + self._side_ohm(anodes, width_us)

    def shorted(self, cathodes: int, anodes: int) -> bool:
        """The current takes a short and reaches no tissue."""
        return any(group & self.members(cathodes) and group & self.members(anodes) for group in self.shorts)

    def live(self, mask: int) -> tuple[int, ...]:
        """Contacts of a mask through which current can flow."""
        return tuple(contact for contact in sorted(self.joined(mask)) if self.contacts[contact].resistance_ohm != inf)

    def joined(self, mask: int) -> frozenset[int]:
        """The contacts of a mask and all that are shorted to one of them."""
        found = self.members(mask)
        for group in self.shorts:
            if group & found:
                found |= group
        return found

    @staticmethod
    def members(mask: int) -> frozenset[int]:
        """Contacts named by a mask."""
        return frozenset(contact for contact in CONTACTS if mask & 1 << contact)

    def with_open(self, contact: int) -> Electrodes:
        """The same with one broken conductor."""
        changed = list(self.contacts)
        changed[contact] = replace(changed[contact], resistance_ohm=inf)
        return replace(self, contacts=tuple(changed))

    def with_short(self, first: int, second: int) -> Electrodes:
        """The same with two conductors touching."""
        return replace(self, shorts=(*self.shorts, frozenset((first, second))))

    def _side_ohm(self, mask: int, width_us: int) -> float:
        live = [self.contacts[contact] for contact in self.live(mask)]
        if not live:
            return inf
        resistance_ohm = 1 / sum(1 / contact.resistance_ohm for contact in live)
        return resistance_ohm + width_us / sum(contact.capacitance_uf for contact in live)


def healthy_electrodes(seed: int) -> Electrodes:
    """Contacts with the ordinary spread from one to the next; the same for the same seed."""
    chance = Random(f"electrodes {seed}")
    contacts = [Contact(round(chance.uniform(*_CONTACT_OHM), 1), CONTACT_AREA_CM2 * DOUBLE_LAYER_UF_PER_CM2) for _ in range(CASE)]
    case = Contact(round(chance.uniform(*_CASE_OHM), 1), CASE_AREA_CM2 * DOUBLE_LAYER_UF_PER_CM2)
    return Electrodes((*contacts, case))
