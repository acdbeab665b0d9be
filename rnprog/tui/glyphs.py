"""The signs in use, and what stands for them where a terminal cannot draw them. Owns the choice; a word always stands beside a sign."""

from __future__ import annotations

import locale
import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set. Every sign is one cell wide."""

    off: str
    prepared: str
    on: str
    lost: str
    stop: str
    ok: str
    watch: str
    fault: str
    unknown: str
    wire: str
    left_edge: str
    right_edge: str
    top: tuple[str, str, str]
    bottom: tuple[str, str, str]
    emulator: str
    device: str
    axis: str
    corner: str
    floor: str
    full: str
    empty: str
    mark: str
    minus: str
    ohm: str
    dot: str
    span: str
    median: str


UNICODE = Glyphs(
    off="○",
    prepared="◐",
    on="▶",
    lost="✕",
    stop="■",
    ok="●",
    watch="◆",
    fault="▲",
    unknown="?",
    wire="═",
    left_edge="╡",
    right_edge="╞",
    top=("╭", "─", "╮"),
    bottom=("╰", "─", "╯"),
    emulator="░",
    device="█",
    axis="│",
    corner="└",
    floor="─",
    full="█",
    empty="░",
    mark="┃",
    minus="−",
    ohm="Ω",
    dot="·",
    span="━",
    median="┻",
)
ASCII = Glyphs(
    off="o",
    prepared="~",
    on=">",
    lost="X",
    stop="#",
    ok="*",
    watch="!",
    fault="^",
    unknown="?",
    wire="=",
    left_edge="[",
    right_edge="]",
    top=("+", "-", "+"),
    bottom=("+", "-", "+"),
    emulator=":",
    device="#",
    axis="|",
    corner="+",
    floor="-",
    full="#",
    empty=".",
    mark="|",
    minus="-",
    ohm="ohm",
    dot=":",
    span="=",
    median="^",
)


def choose() -> Glyphs:
    """ASCII where the terminal's encoding is not UTF-8, or where RNPROG_ASCII asks for it."""
    plain = bool(os.environ.get("RNPROG_ASCII")) or "UTF" not in locale.getpreferredencoding(False).upper().replace("-", "")
    return ASCII if plain else UNICODE


_chosen = choose()


def glyphs() -> Glyphs:
    """The set in use."""
    return _chosen


def use(chosen: Glyphs) -> None:
    """Use another set from now on."""
    global _chosen
    _chosen = chosen
