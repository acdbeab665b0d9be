"""Whether a profile certainly breaks no rule, in a fraction of the time that it takes to say which one it breaks.

`Quick.good` never says yes to a file in which `verify` finds something (tests compare the two on thousands of files); a no means nothing
but "look closely". No rule is written here a second time: each is asked in its own room, and what it says about a value is remembered. For
charge, where every profile has its own value, `quiet` knows the largest one of which nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from decimal import Decimal
from operator import contains, getitem
from typing import TypeVar

from rnprog.profile.fields import CLASS, IMPLANTED, NUMBERS, STATE, THRESHOLDS, VALIDATED, VALIDATION
from rnprog.profile.findings import KeyPath
from rnprog.profile.forms import TEXTS, Fault
from rnprog.profile.layout import SCHEMA_KEY, SOURCES, Layout, SideAt, layout_of
from rnprog.profile.lines import Read, Reader, Shape, numbers_in_a_row
from rnprog.profile.names import code_problem, name_problem
from rnprog.profile.numbers import area_of, exact
from rnprog.profile.provenance import is_source
from rnprog.profile.quiet import alone, quiet_electrodes, quiet_pc, quiet_schedule, quiet_us
from rnprog.profile.reading import LARGEST_BYTES, SCHEMA
from rnprog.profile.reference import LEAD_AREAS_CM2, LIMITS_OF
from rnprog.profile.signing import digest_of, limits_digest
from rnprog.therapy.capabilities import Capabilities
from rnprog.therapy.contacts import Electrodes, Side

T = TypeVar("T")
Thresholds = tuple[Decimal | None, ...]
"""In the order of `THRESHOLDS`; `None`: not there."""

_MOST_KEPT = 2000
"""Of each kind of answer. What all files share is soon there again, and what each has for itself is not worth keeping."""
_UA_PER_MA = 1000


class _Memory:
    """What was answered before. It forgets all when it has grown large, so that a large tree costs no more memory than a small one."""

    def __init__(self) -> None:
        self._known: dict[Hashable, object] = {}

    def ask(self, question: Hashable, answer: Callable[[], T]) -> T:
        known: dict[Hashable, T] = self._known  # type: ignore[assignment]
        if question not in known:
            if len(known) >= _MOST_KEPT:
                known.clear()
            known[question] = answer()
        return known[question]


class _Numbers(dict[str, Decimal | None]):
    """What was written for one entry: the number, or `None` if something is said about it by itself."""

    def __init__(self, path: KeyPath, quick: Quick) -> None:
        super().__init__()
        self._path, self._quick = path, quick

    def __missing__(self, literal: str) -> Decimal | None:
        if len(self) >= _MOST_KEPT:
            self.clear()
        number = self[literal] = self._quick.number(self._path, literal)
        return number


class _Known:
    """A layout, and what was judged before of each of its places."""

    def __init__(self, layout: Layout, texts: dict[KeyPath, set[str]], numbers: dict[KeyPath, _Numbers]) -> None:
        self.layout = layout
        self.texts = tuple(texts[_kind(path)] for path in layout.text_paths)
        self.numbers = tuple(numbers[path] for path in layout.number_paths)


class Quick:
    """Judges one text after the other against the same limits."""

    def __init__(self, capabilities: Capabilities | None = None) -> None:
        """`capabilities` `None`: the limits that come with rnprog for each profile's device model."""
        self._given = capabilities
        self._reader = Reader(lambda shape: layout_of(shape) is not None)
        self._known: dict[Shape, _Known] = {}
        self._memory = _Memory()
        self._texts: dict[KeyPath, set[str]] = {path: set() for path in (*TEXTS, SCHEMA_KEY, SOURCES)}
        self._numbers = {path: _Numbers(path, self) for path in NUMBERS}
        self._limits: Capabilities | None = capabilities

    def good(self, text: str, stem: str | None) -> bool:
        """Whether `text`, from a file of this name without its ending, certainly breaks no rule."""
        if len(text) > LARGEST_BYTES:
            return False
        read = self._reader.read(text)
        if read is None:
            return False
        known = self._known.get(read.shape) or self._met(read.shape)
        layout, values = known.layout, read.values
        texts = layout.texts(values)
        limits = self._limits_for(texts[layout.model])
        if limits is None or (not all(map(contains, known.texts, texts)) and not _are_good(known.texts, layout.text_paths, texts)):
            return False
        if read.long_texts and not self._long_are_good(read):
            return False
        if not self._are_named(layout, values, stem) or not self._lead_is_good(texts[layout.lead], texts[layout.area], limits):
            return False
        literals = layout.numbers(values)
        found = list(map(getitem, known.numbers, literals))
        numbers = [number for number in found if number is not None]
        if len(numbers) < len(found) or (texts[layout.state] == VALIDATED) != layout.signed:
            return False
        longest_us = self._memory.ask(("us", literals[layout.rate]), lambda: quiet_us(numbers[layout.rate], limits))
        rows = self._rows(layout, values)
        if rows is None or not all([self._side_is_good(side, texts, numbers, rows, longest_us, limits) for side in layout.sides]):  # noqa: C419
            return False
        common = layout.schedule(literals)
        if not self._memory.ask(("schedule", common), lambda: quiet_schedule(dict(zip(layout.number_paths, numbers, strict=True)), limits)):
            return False
        return not layout.signed or self._still_signed(read, limits)

    def number(self, path: KeyPath, literal: str) -> Decimal | None:
        """A number as it is written, if nothing is said about it by itself."""
        value = exact(literal)
        limits = self._limits
        return value if limits is not None and isinstance(value, Decimal) and alone(path, value, limits) else None

    def _met(self, shape: Shape) -> _Known:
        layout = layout_of(shape)
        if layout is None:
            raise ValueError("the reader lets whole layouts pass only")
        if len(self._known) >= Reader.MOST_SHAPES:
            self._known.clear()
        known = self._known[shape] = _Known(layout, self._texts, self._numbers)
        return known

    def _limits_for(self, model: str) -> Capabilities | None:
        """The limits for this model; what was remembered about others is forgotten."""
        limits = self._given or LIMITS_OF.get(model)
        if limits is not self._limits:
            self._limits, self._memory = limits, _Memory()
            for numbers in self._numbers.values():
                numbers.clear()
        return limits if limits is not None and limits.model == model else None

    def _long_are_good(self, read: Read) -> bool:
        return self._memory.ask(("long", read.shape, *read.long_texts), lambda: all(_is_good(*entry) for entry in read.joined().items()))

    def _are_named(self, layout: Layout, values: Sequence[str], stem: str | None) -> bool:
        name = values[layout.name]
        if (stem is not None and name != stem) or name_problem(name) is not None:
            return False
        return layout.code is None or code_problem(values[layout.code]) is None

    def _lead_is_good(self, lead: str, area: str, limits: Capabilities) -> bool:
        return self._memory.ask(("area", lead, area), lambda: area_of(area) == limits.contact_area_cm2 == LEAD_AREAS_CM2.get(lead))

    def _rows(self, layout: Layout, values: Sequence[str]) -> dict[str, Thresholds] | None:
        """The thresholds in rows, by their side; `None` if something is said about one."""
        found: dict[str, Thresholds] = {}
        for path, row in zip(layout.row_paths, layout.rows(values), strict=True):
            thresholds = self._thresholds(path, row)
            if thresholds is None:
                return None
            found[path[0]] = thresholds
        return found

    def _thresholds(self, path: KeyPath, row: str) -> Thresholds | None:
        inside = numbers_in_a_row(row)
        if inside is None or inside.keys() - {each.key for each in THRESHOLDS}:
            return None
        numbers = {key: self._numbers[(*path, key)][literal] for key, literal in inside.items()}
        return None if None in numbers.values() else tuple(numbers.get(each.key) for each in THRESHOLDS)

    def _side_is_good(
        self,
        at: SideAt,
        texts: tuple[str, ...],
        numbers: list[Decimal],
        rows: dict[str, Thresholds],
        longest_us: int,
        limits: Capabilities,
    ) -> bool:
        amplitude_ma, width_us, highest_ma = numbers[at.amplitude_ma], numbers[at.width_us], numbers[at.highest_ma]
        electrodes = texts[at.electrodes]
        quiet = self._memory.ask(("pc", at.side, electrodes), lambda: _quiet_pc(at.side, electrodes, limits))
        if not 0 < amplitude_ma <= highest_ma or amplitude_ma * _UA_PER_MA * width_us > quiet or width_us > longest_us:
            return False
        perception, motor, discomfort = rows.get(at.side) or (None if place is None else numbers[place] for place in at.thresholds)
        if discomfort is None:
            return True
        return all(value is None or value <= discomfort for value in (perception, motor, highest_ma))

    def _still_signed(self, read: Read, limits: Capabilities) -> bool:
        texts, literals = read.texts(), read.numbers()
        if literals is None or texts[VALIDATION, "limits_digest"] != self._memory.ask("limits", lambda: limits_digest(limits)):
            return False
        content: list[tuple[KeyPath, str | Decimal]] = [(path, Decimal(literal)) for path, literal in literals.items()]
        content += ((path, text) for path, text in texts.items() if path[0] != VALIDATION and path != STATE)
        return texts[VALIDATION, "digest"] == digest_of(content)


def _quiet_pc(side: str, electrodes: str, limits: Capabilities) -> int:
    """-1 for electrodes about which something is said. Only asked for sets that can be read."""
    parsed = Electrodes.parse(electrodes, Side(side))
    return quiet_pc(Side(side), parsed, limits) if quiet_electrodes(Side(side), parsed, limits) else -1


def _kind(path: KeyPath) -> KeyPath:
    """What is a source of one entry is one of any."""
    return SOURCES if path[:2] == SOURCES else path


def _are_good(known: Iterable[set[str]], paths: Iterable[KeyPath], texts: Iterable[str]) -> bool:
    """Whether each text has its form, and is what its place asks for. `known`: those that were good before, for each place."""
    for good, path, text in zip(known, paths, texts, strict=True):
        if text in good:
            continue
        if not _is_good(path, text):
            return False
        if len(good) >= _MOST_KEPT:
            good.clear()
        good.add(text)
    return True


def _is_good(path: KeyPath, text: str) -> bool:
    if path == SCHEMA_KEY:
        return text == SCHEMA
    if path == CLASS:
        return text == IMPLANTED
    return _has_form(path, text) and (path[:2] != SOURCES or is_source(text))


def _has_form(path: KeyPath, text: str) -> bool:
    try:
        TEXTS[path](text)
    except Fault:
        return False
    return True
