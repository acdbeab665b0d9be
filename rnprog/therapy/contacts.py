"""Leads, contacts and electrode sets. Owns how a set is written, read and judged by itself.

Two leads of four contacts, numbered from the tip (0 is distal), and the case of the generator. It must not know a
device's wire numbering nor any amplitude.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    LEFT = "left"
    RIGHT = "right"

    @property
    def label(self) -> str:
        """The side with a capital letter, to begin a sentence."""
        return self.value.capitalize()


class Contact(StrEnum):
    """Declared in the order in which sets are written: each lead from its tip, the case last."""

    L0 = "L0"
    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    R0 = "R0"
    R1 = "R1"
    R2 = "R2"
    R3 = "R3"
    CASE = "case"


CONTACTS_OF: dict[Side, tuple[Contact, ...]] = {
    Side.LEFT: (Contact.L0, Contact.L1, Contact.L2, Contact.L3),
    Side.RIGHT: (Contact.R0, Contact.R1, Contact.R2, Contact.R3),
}
_LEAD_OF: dict[Contact, Side] = {contact: side for side, contacts in CONTACTS_OF.items() for contact in contacts}
_ORDER: dict[Contact, int] = {contact: place for place, contact in enumerate(Contact)}
_BY_NAME: dict[str, Contact] = {contact.value.lower(): contact for contact in Contact}
_PART = re.compile(r"([+-])([A-Za-z0-9]{1,8})")
_EXAMPLE = "for example -L1+L2"


class ElectrodesError(ValueError):
    """An electrode set that cannot be read or used. `reason` is a sentence for the clinician."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def lead_of(contact: Contact) -> Side | None:
    """The lead that carries `contact`; `None` for the case."""
    return _LEAD_OF.get(contact)


def index_on_lead(contact: Contact) -> int | None:
    """0 (tip) to 3 for a contact on a lead; `None` for the case."""
    side = lead_of(contact)
    return None if side is None else CONTACTS_OF[side].index(contact)


def in_order(contacts: frozenset[Contact]) -> tuple[Contact, ...]:
    """Left before right, tip first, case last."""
    return tuple(sorted(contacts, key=_ORDER.__getitem__))


@dataclass(frozen=True, slots=True)
class Electrodes:
    """Which contacts are cathode (-) and which are anode (+).

    A set read from a device may be unusable; `problem` says so. `parse` returns usable sets only.
    """

    cathodes: frozenset[Contact]
    anodes: frozenset[Contact]

    @classmethod
    def parse(cls, text: object, side: Side | None = None) -> "Electrodes":
        """Read "-L1+L2", "-L1+case" or "-L1-L0+L2"; capitals do not matter, spaces are ignored.

        With `side`, contacts of the other lead are refused. Raises `ElectrodesError`.
        """
        if not isinstance(text, str) or not text.strip(" "):
            raise ElectrodesError(f"No electrodes were given. Write a cathode and an anode, {_EXAMPLE}.")
        compact = text.replace(" ", "")
        parts = _PART.findall(compact)
        if "".join(sign + name for sign, name in parts) != compact:
            raise ElectrodesError(f"These electrodes cannot be read. Write a sign before each contact, {_EXAMPLE}.")
        poles: dict[str, list[Contact]] = {"-": [], "+": []}
        for sign, name in parts:
            contact = _BY_NAME.get(name.lower())
            if contact is None:
                raise ElectrodesError(f"{name} is not a contact. Use L0 to L3, R0 to R3 or case.")
            if contact in poles[sign]:
                raise ElectrodesError(f"{contact} is named twice. Name each contact once.")
            poles[sign].append(contact)
        electrodes = cls(frozenset(poles["-"]), frozenset(poles["+"]))
        problem = electrodes.problem(side)
        if problem is not None:
            raise ElectrodesError(problem)
        return electrodes

    @property
    def contacts(self) -> tuple[Contact, ...]:
        """All contacts of the set, in order."""
        return in_order(self.cathodes | self.anodes)

    def problem(self, side: Side | None = None) -> str | None:
        """Why this set cannot be used (on `side`, if given), as a sentence; `None` if it can."""
        both = in_order(self.cathodes & self.anodes)
        leads = {lead for lead in map(lead_of, self.contacts) if lead is not None}
        if both:
            return f"{_listed(both)} cannot be cathode and anode at once. Choose one role for each contact."
        if not self.cathodes:
            return f"There is no cathode. Mark at least one contact with a minus sign, {_EXAMPLE}."
        if not self.anodes:
            return f"There is no anode. Mark at least one contact or the case with a plus sign, {_EXAMPLE}."
        if len(leads) > 1:
            return "These electrodes use both leads. Choose contacts of one lead, with or without the case."
        if side is not None and leads != {side}:
            strangers = tuple(contact for contact in self.contacts if lead_of(contact) not in (None, side))
            are = "is" if len(strangers) == 1 else "are"
            return f"{_listed(strangers)} {are} not on the {side} lead. Choose contacts of the {side} lead."
        return None

    def __str__(self) -> str:
        """Canonical form, cathodes first, each pole from the tip, for example "-L0-L1+L2"; "none" if empty."""
        written = [f"-{contact}" for contact in in_order(self.cathodes)]
        written += [f"+{contact}" for contact in in_order(self.anodes)]
        return "".join(written) or "none"


def _listed(contacts: tuple[Contact, ...]) -> str:
    return ", ".join(contacts)
