"""Contacts in tissue at one moment: resistance, double layer, broken and shorted conductors, a wet connector. Pure arithmetic.

Per contact a resistance R in series with the capacitance C of the metal's double layer. At the end of a pulse of width W at constant
current I the voltage over a pair is I * (R1 + R2) + I * W / C1 + I * W / C2. Several contacts on one side act in parallel (exact while
their R * C are alike). How R changes over the months is leads.py.

A wet connector: each conductor of the lead also reaches a pool of fluid over FLUID_OHM, so that current takes the pool instead of the
tissue and all readings of that lead come out low and alike (the commonest abnormal finding in sacral revisions: PubMed 16979724).

Double layer: 30 uF per cm2 of contact, `unverified`, an ordinary figure for platinum.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import inf

CASE = 8
CONTACTS = tuple(range(9))
CONTACT_AREA_CM2 = 0.1225
CASE_AREA_CM2 = 10.0
DOUBLE_LAYER_UF_PER_CM2 = 30.0
SHORT_OHM = 5.0
"""What is left between two conductors that touch."""
FLUID_OHM = 75.0
"""From one conductor of a wet connector to the pool of fluid; `unverified`, chosen so that readings come out low and alike."""

_NOTHING_A = 1e-9
"""Below this current at 1 V there is no path."""


@dataclass(frozen=True, slots=True)
class Contact:
    """One electrode. `resistance_ohm` infinite: its conductor is broken."""

    resistance_ohm: float
    capacitance_uf: float


@dataclass(frozen=True, slots=True)
class Path:
    """Current through an electrode set: what the generator sees, and how much of it passes the tissue at the cathode."""

    load_ohm: float
    tissue_share: float


@dataclass(frozen=True, slots=True)
class Electrodes:
    """Nine contacts: 0-3 left, 4-7 right, 8 the case. `shorts`: groups of contacts whose conductors touch, no contact in two of them;
    `wet`: of those in one pool."""

    contacts: tuple[Contact, ...]
    shorts: tuple[frozenset[int], ...] = ()
    wet: tuple[frozenset[int], ...] = ()

    def __post_init__(self) -> None:
        """Conductors that touch one after the other are one conductor."""
        object.__setattr__(self, "shorts", connected(self.shorts))

    def load_ohm(self, cathodes: int, anodes: int, width_us: int) -> float:
        """Voltage over current at the end of a pulse; infinite without a path. Masks of contacts."""
        return self.path(cathodes, anodes, width_us).load_ohm

    def path(self, cathodes: int, anodes: int, width_us: int) -> Path:
        """As `load_ohm`, and the share of the current that reaches the tissue."""
        if self.shorted(cathodes, anodes):
            return Path(SHORT_OHM, 0.0)
        driven = self.joined(cathodes) | self.joined(anodes)
        if any(pool & driven for pool in self.wet):
            return self._wet_path(cathodes, anodes, width_us)
        ohm = self._side_ohm(cathodes, width_us) + self._side_ohm(anodes, width_us)
        return Path(ohm, 0.0 if ohm == inf else 1.0)

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

    def with_fluid(self, side: int) -> Electrodes:
        """The same with fluid in the connector of one lead."""
        return replace(self, wet=(*self.wet, frozenset(range(4 * side, 4 * side + 4))))

    def _side_ohm(self, mask: int, width_us: int) -> float:
        live = [self.contacts[contact] for contact in self.live(mask)]
        if not live:
            return inf
        resistance_ohm = 1 / sum(1 / contact.resistance_ohm for contact in live)
        return resistance_ohm + width_us / sum(contact.capacitance_uf for contact in live)

    def _wet_path(self, cathodes: int, anodes: int, width_us: int) -> Path:
        """Kirchhoff at the tissue and at each pool, with the anodes at 1 V and the cathodes at 0 V."""
        low, high = self.joined(cathodes), self.joined(anodes)
        tissue_s = [_siemens(contact, width_us) for contact in self.contacts]
        nodes = 1 + len(self.wet)
        matrix = [[0.0] * nodes for _ in range(nodes)]
        feed = [0.0] * nodes
        for contact, siemens in enumerate(tissue_s):
            pools = [1 + at for at, pool in enumerate(self.wet) if contact in pool]
            if contact in low or contact in high:
                volts = 1.0 if contact in high else 0.0
                for node, to_node_s in ((0, siemens), *((pool, 1 / FLUID_OHM) for pool in pools)):
                    matrix[node][node] += to_node_s
                    feed[node] += to_node_s * volts
            elif siemens > 0:
                for pool in pools:  # a contact that is not driven joins tissue and pool
                    bridge_s = 1 / (1 / siemens + FLUID_OHM)
                    for here, there in ((0, pool), (pool, 0)):
                        matrix[here][here] += bridge_s
                        matrix[here][there] -= bridge_s
        volts_at = _solved(matrix, feed)
        through_tissue_a = sum(volts_at[0] * tissue_s[contact] for contact in low)
        wet_low = [(contact, 1 + at) for at, pool in enumerate(self.wet) for contact in low & pool]
        total_a = through_tissue_a + sum(volts_at[pool] / FLUID_OHM for _, pool in wet_low)
        return Path(1 / total_a, through_tissue_a / total_a) if total_a > _NOTHING_A else Path(inf, 0.0)


def connected(groups: Iterable[frozenset[int]]) -> tuple[frozenset[int], ...]:
    """The same groups, with those that share a member made one, whatever their order."""
    found: list[frozenset[int]] = []
    for group in groups:
        apart = [other for other in found if not other & group]
        found = [*apart, group.union(*(other for other in found if other & group))]
    return tuple(found)


def _siemens(contact: Contact, width_us: int) -> float:
    if contact.resistance_ohm == inf:
        return 0.0
    return 1 / (contact.resistance_ohm + width_us / contact.capacitance_uf)


def _solved(matrix: list[list[float]], feed: list[float]) -> list[float]:
    """Gauss for a matrix that is diagonally dominant. A node that nothing reaches stands at 0."""
    size = len(feed)
    rows = [[*row, value] for row, value in zip(matrix, feed, strict=True)]
    for at in range(size):
        if rows[at][at] <= 0.0:
            rows[at][at] = 1.0
        for below in range(at + 1, size):
            share = rows[below][at] / rows[at][at]
            rows[below] = [value - share * above for value, above in zip(rows[below], rows[at], strict=True)]
    found = [0.0] * size
    for at in reversed(range(size)):
        found[at] = (rows[at][size] - sum(rows[at][right] * found[right] for right in range(at + 1, size))) / rows[at][at]
    return found
