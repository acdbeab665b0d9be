"""The device's parameters as somebody who knows its quirks reads and writes them: each write is read back, and nothing is sent again
before a read has said that it was not carried out."""

from __future__ import annotations

from rnprog.device.errors import NoAnswer, ProtocolMismatch, ReadBackDiffers
from rnprog.device.opennerve.conversation import Conversation
from rnprog.device.opennerve.exact import Exact
from rnprog.device.opennerve.journal import Journal
from rnprog.protocol.errors import PayloadError
from rnprog.protocol.opennerve import payloads
from rnprog.protocol.opennerve.parameters import SETTINGS, STIMULATION, Parameter

TABLE: dict[str, Parameter] = {**STIMULATION, **SETTINGS}
TRIES = 2
ORDER = ("SP09", "SP10", "SP03", "SP04", "SP05", "SP06", "SP07", "SP08", "SP02", "SP13", "HP14")
"""In which settings are put back: how it flows first, how much after it, what bounds it last."""


class Settings:
    """Numbers are steps. What was written here is known better than what the device tells: it cuts off."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._written: dict[str, int] = {}
        self._exact: Exact | None = None

    def remember(self, exact: Exact) -> None:
        """What earlier processes have written to this device, and from now on this one, too."""
        self._exact = exact
        self._written = {**exact.steps, **self._written}

    def text(self, identity: str) -> bytes:
        """The bytes of a setting."""
        return self._data(identity)

    def steps(self, identity: str) -> int:
        """A parameter in steps. One that is told as it would be after what was written here is what was written."""
        told = self._told(identity)
        written = self._written.get(identity)
        return written if written is not None and TABLE[identity].holds(written, told) else told

    def alike(self, identity: str, steps: int) -> tuple[int, ...]:
        """What the device may hold as well, when it was read as these steps: it tells them alike, and nobody here has written them."""
        row = TABLE[identity]
        known = steps in row.cut or self._written.get(identity) == steps
        return () if known else tuple(each for each in row.told_alike(steps) if each != steps)

    def write(self, identity: str, steps: int) -> None:
        """Write and read back. ReadBackDiffers when the device took it and holds something else; NoAnswer when it does not take it."""
        row = TABLE[identity]
        if self._exact is not None:
            self._exact.note(identity, steps if len(row.told_alike(row.told(steps))) > 1 else None)
        for _ in range(TRIES):
            taken = self._conversation.change(payloads.write(identity, steps)) is not None
            told = self._told(identity)
            if row.holds(steps, told):
                self._written[identity] = steps
                return
            if taken:
                read, wanted = _shown(row, told), _shown(row, steps)
                raise ReadBackDiffers(f"The device holds {row.name} {read} instead of {wanted}.", written=wanted, read=read)
        raise NoAnswer(f"The device did not take {row.name}: it was read, and holds what it held.")

    def change(self, journal: Journal, identity: str, steps: int) -> None:
        """Write for a while: what it was is on disk before it is changed."""
        before = self.steps(identity)
        if before != steps:
            journal.will_change(identity, before, steps)
            self.write(identity, steps)

    def patients(self, journal: Journal | None, identity: str) -> int:
        """A parameter as it is when nothing is left of a test: what will be put back, as far as the device still holds what was written
        over it."""
        steps, entry = self.steps(identity), None if journal is None else journal.entries.get(identity)
        if entry is None:
            return steps
        row, told = TABLE[identity], TABLE[identity].told(steps)
        ours = any(row.holds(each, told) for each in (entry.before, *entry.ours)) or _corrected(row, told, entry.ours)
        return entry.before if ours else steps

    def put_back(self, journal: Journal, only: tuple[str, ...] = ORDER) -> tuple[str, ...]:
        """Put back what the journal says, as far as the device still holds what was written over it. The names of those that somebody or
        the device itself has changed since: they stay as they are, and are no longer in the journal."""
        foreign = []
        for identity in ORDER:
            entry = journal.entries.get(identity)
            if entry is None or identity not in only:
                continue
            row, told = TABLE[identity], self._told(identity)
            same = row.holds(entry.before, told)
            if same and any(row.holds(ours, told) and ours != entry.before for ours in entry.ours):
                self.write(identity, entry.before)  # 42 written over 43 is told alike
            elif not same:
                if any(row.holds(ours, told) for ours in entry.ours) or _corrected(row, told, entry.ours):
                    self.write(identity, entry.before)
                else:
                    foreign.append(row.name)
            journal.done(identity)
        return tuple(foreign)

    def _told(self, identity: str) -> int:
        try:
            return payloads.one_word(self._data(identity))
        except PayloadError as error:
            raise ProtocolMismatch(f"The device's answer about {identity} cannot be understood: {error}.") from error

    def _data(self, identity: str) -> bytes:
        try:
            return payloads.told_data(identity, self._conversation.read(payloads.read(identity)))
        except PayloadError as error:
            raise ProtocolMismatch(f"The device answered for something else: {error}.") from error


def _corrected(row: Parameter, told: int, ours: list[int]) -> bool:
    """Whether the device has itself lowered what was written, as it does at a start."""
    return row.id in ("SP02", "SP03") and bool(ours) and told < ours[-1]


def _shown(row: Parameter, steps: int) -> str:
    return f"{row.value(steps)} {row.unit}".strip()
