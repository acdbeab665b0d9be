"""Whether a profile certainly breaks no rule, in a fraction of the time that it takes to say which one it breaks.

`Quick.good` never says yes to a file in which `verify` finds something (tests compare the two on thousands of files); a no means nothing
but "look closely". No rule is written here a second time: each is asked in its own room, and what it says about a value is remembered. For
charge, where every profile has its own value, `quiet` knows the largest one of which nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from decimal import Decimal
from typing import TypeVar

from rnprog.profile.fields import (
    AREA,
    CLASS,
    DRAFT,
    IMPLANTED,
    KEYS,
    NUMBERS,
    OPTIONAL,
    PERCUTANEOUS,
    PROGRAM,
    SOURCED,
    STATE,
    THRESHOLDS,
    THRESHOLDS_KEY,
    VALIDATED,
    VALIDATION,
)
from rnprog.profile.findings import KeyPath
from rnprog.profile.forms import TEXTS, Fault
from rnprog.profile.lines import Read, Reader, Shape
from rnprog.profile.numbers import area_of, exact
from rnprog.profile.provenance import is_source
from rnprog.profile.quiet import alone, quiet_electrodes, quiet_pc, quiet_schedule, quiet_us
from rnprog.profile.reading import LARGEST_BYTES, SCHEMA
from rnprog.profile.reference import LEAD_AREAS_CM2, LIMITS_OF
from rnprog.profile.signing import digest_of, limits_digest
from rnprog.therapy.capabilities import Capabilities
from rnprog.therapy.contacts import Electrodes, Side
from rnprog.therapy.program import COMMON_PARAMETERS, ELECTRODES_KEY

T = TypeVar("T")
Numbers = dict[KeyPath, Decimal]

_SOURCES: KeyPath = ("provenance", "sources")
_NAME: KeyPath = ("profile", "name")
_RATE: KeyPath = (PROGRAM, "rate_hz")
_SCHEDULE = tuple((PROGRAM, parameter.key) for parameter in COMMON_PARAMETERS if parameter.key != "rate_hz")
_ROWS = frozenset((side.value, THRESHOLDS_KEY) for side in Side)
_MOST_KEPT = 20_000
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


class Quick:
    """Judges one text after the other against the same limits."""

    def __init__(self, capabilities: Capabilities | None = None) -> None:
        """`capabilities` `None`: the limits that come with rnprog for each profile's device model."""
        self._given = capabilities
        self._reader = Reader(_fits)
        self._memory = _Memory()
        self._good_texts: set[tuple[KeyPath, str]] = set()
        self._values: dict[KeyPath, dict[str, Decimal | None]] = {path: {} for path in NUMBERS}
        self._limits: Capabilities | None = capabilities

    def good(self, text: str, stem: str | None) -> bool:
        """Whether `text`, from a file of this name without its ending, certainly breaks no rule."""
        if len(text) > LARGEST_BYTES:
            return False
        read = self._reader.read(text)
        if read is None:
            return False
        texts = read.texts()
        limits = self._limits_for(texts["target", "device_model"])
        if limits is None or not self._texts_are_good(texts, stem, limits):
            return False
        numbers = self._numbers(read, limits)
        if numbers is None or not all(self._side_is_good(side.value, texts, numbers, limits) for side in Side):
            return False
        schedule = tuple(numbers[path] for path in _SCHEDULE)
        if not self._memory.ask(("schedule", schedule), lambda: quiet_schedule(numbers, limits)):
            return False
        return texts[STATE] == DRAFT or _still_signed(texts, numbers, self._memory.ask("limits", lambda: limits_digest(limits)))

    def _limits_for(self, model: str) -> Capabilities | None:
        """The limits for this model; what was remembered about others is forgotten."""
        limits = self._given or LIMITS_OF.get(model)
        if limits is not self._limits:
            self._limits, self._memory = limits, _Memory()
            self._values = {path: {} for path in NUMBERS}
        return limits if limits is not None and limits.model == model else None

    def _texts_are_good(self, texts: dict[KeyPath, str], stem: str | None, limits: Capabilities) -> bool:
        if texts["schema",] != SCHEMA or (stem is not None and texts[_NAME] != stem) or texts[CLASS] != IMPLANTED:
            return False
        if (texts[STATE] == VALIDATED) != ((VALIDATION, "digest") in texts):
            return False
        lead, area = texts["target", "lead_model"], texts[AREA]
        if not self._memory.ask(("area", lead, area), lambda: area_of(area) == limits.contact_area_cm2 == LEAD_AREAS_CM2.get(lead)):
            return False
        known = self._good_texts
        return all(entry in known or self._is_good(*entry) for entry in texts.items())

    def _is_good(self, path: KeyPath, text: str) -> bool:
        of_all = (_SOURCES, text)  # what is a source of one entry is one of any
        if path[:2] == _SOURCES:
            good = of_all in self._good_texts or (_has_form(path, text) and is_source(text))
        else:
            good = path == ("schema",) or _has_form(path, text)
        if good:
            if len(self._good_texts) >= _MOST_KEPT:
                self._good_texts.clear()
            self._good_texts |= {(path, text), of_all} if path[:2] == _SOURCES else {(path, text)}
        return good

    def _numbers(self, read: Read, limits: Capabilities) -> Numbers | None:
        """Every number, if each is good by itself."""
        literals = read.numbers()
        if literals is None:
            return None
        numbers: Numbers = {}
        for path, literal in literals.items():
            known = self._values.get(path)
            if known is None:
                return None
            if literal not in known:
                if len(known) >= _MOST_KEPT:
                    known.clear()
                value = exact(literal)
                known[literal] = value if isinstance(value, Decimal) and alone(path, value, limits) else None
            number = known[literal]
            if number is None:
                return None
            numbers[path] = number
        return numbers

    def _side_is_good(self, side: str, texts: dict[KeyPath, str], numbers: Numbers, limits: Capabilities) -> bool:
        electrodes = texts.get((side, ELECTRODES_KEY))
        if electrodes is None:
            return True
        amplitude_ma, width_us = numbers[side, "amplitude_ma"], numbers[side, "pulse_width_us"]
        highest_ma = numbers[side, "max_amplitude_ma"]
        quiet = self._memory.ask(("pc", side, electrodes), lambda: _quiet_pc(side, electrodes, limits))
        rate_hz = numbers[_RATE]
        longest_us = self._memory.ask(("us", rate_hz), lambda: quiet_us(rate_hz, limits))
        if not 0 < amplitude_ma <= highest_ma or amplitude_ma * _UA_PER_MA * width_us > quiet or width_us > longest_us:
            return False
        perception, motor, discomfort = (numbers.get((side, THRESHOLDS_KEY, each.key)) for each in THRESHOLDS)
        if discomfort is None:
            return True
        return all(value is None or value <= discomfort for value in (perception, motor, highest_ma))


def _quiet_pc(side: str, electrodes: str, limits: Capabilities) -> int:
    """-1 for electrodes about which something is said. Only asked for sets that can be read."""
    parsed = Electrodes.parse(electrodes, Side(side))
    return quiet_pc(Side(side), parsed, limits) if quiet_electrodes(Side(side), parsed, limits) else -1


def _has_form(path: KeyPath, text: str) -> bool:
    try:
        TEXTS[path](text)
    except Fault:
        return False
    return True


def _still_signed(texts: dict[KeyPath, str], numbers: Numbers, limits: str) -> bool:
    if texts[VALIDATION, "limits_digest"] != limits:
        return False
    content: list[tuple[KeyPath, str | Decimal]] = [*numbers.items()]
    content += ((path, text) for path, text in texts.items() if path[0] != VALIDATION and path != STATE)
    return texts[VALIDATION, "digest"] == digest_of(content)


def _fits(shape: Shape) -> bool:
    """Whether a shape has every entry that an implanted profile needs, none that it does not know, and a source for each clinical one."""
    present = shape.present
    known = {(*table, key) for table, keys in KEYS.items() for key in keys}
    if present - known or any(PERCUTANEOUS in path for path in present):
        return False
    needed = {path for path in known if path not in OPTIONAL and path[:-1] in (*present, ()) and path[:2] != _SOURCES}
    needed |= {_SOURCES, (PROGRAM,), AREA}
    if needed - present or not {("left",), ("right",)} & present:
        return False
    if any((entry in present) != ((*_SOURCES, *place) in present) for entry, place in SOURCED.items()):
        return False
    texts = {*(path for path, _ in shape.texts), *shape.long_texts}
    numbers = {path for path, _ in shape.numbers}
    rows = {path for path, _ in shape.rows}
    return texts <= {*TEXTS, ("schema",)} and numbers <= NUMBERS.keys() and rows <= _ROWS and _one_line_each(shape)


def _one_line_each(shape: Shape) -> bool:
    """Only notes and sources may have several lines; the schema and names are then plain texts."""
    return all(path == ("profile", "notes") or path[:2] == _SOURCES for path in shape.long_texts)
