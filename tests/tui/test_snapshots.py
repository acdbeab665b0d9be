"""Pictures of every screen, dialog and state, in every theme and size. One zip of SVGs for each scene.

Three of the nine are drawn by default, so that each theme and each size is there; all nine with --soak. A picture that differs is a
question, not a mistake. When the difference is meant: `pytest tests/tui/test_snapshots.py --snapshot-update`.
What has to be true of every picture, whatever it shows, is tested here too: the contrast of each text that is really drawn.
"""

from __future__ import annotations

import asyncio
import io
import zipfile
from itertools import product
from typing import Any

import pytest
from rich.color import Color
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension
from textual.pilot import Pilot

from rnprog.tui.app import RnprogApp
from rnprog.tui.themes import COLOURS, contrast
from tests.tui.scenes import SCENES, app
from tests.tui.stage import SIZES, SMALL
from tests.tui.test_themes import LEAST

EVERY = tuple(product(COLOURS, SIZES))
SHARE = tuple(zip(COLOURS, SIZES, strict=True))
"""Each theme once, and each size."""
_DRAWN = set("─│┃└╭╮╰╯═╡╞░▊▎▔▁▃▅▂▄▆▇█▌▐ ")
"""Lines, bars and frames: no text."""


class Pictures(SingleFileSnapshotExtension):
    """Several SVGs as one zip; compared by what is in it."""

    file_extension = "zip"

    def serialize(self, data: dict[str, str], **_: Any) -> bytes:
        """The same pictures give the same bytes on this machine; another zlib may give others."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
            for name, text in data.items():
                file.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)
        return packed.getvalue()

    def matches(self, *, serialized_data: Any, snapshot_data: Any) -> bool:
        """Whether what was drawn is held, and looks the same there."""
        drawn, held = _unpacked(serialized_data), _unpacked(snapshot_data)
        return drawn == {name: held.get(name) for name in drawn} and len(held) == len(EVERY)


def _unpacked(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name).decode() for name in file.namelist()}


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(Pictures)


@pytest.mark.parametrize("name", SCENES)
def test_pictures(name: str, snapshot: SnapshotAssertion, request: pytest.FixtureRequest) -> None:
    pictures: dict[str, str] = {}
    all_of_them = request.config.getoption("--soak") or request.config.getoption("--snapshot-update")

    async def scene() -> None:
        running = app()
        async with running.run_test(size=SMALL) as pilot:
            await SCENES[name](running, pilot)
            for theme, size in EVERY if all_of_them else SHARE:
                await put(running, pilot, theme, size)
                label = f"{name} {theme.removeprefix('rnprog-')} {size[0]}x{size[1]}"
                pictures[f"{label}.svg"] = running.export_screenshot(title=label)
                for text, ratio in faint(running, LEAST[theme]):
                    pytest.fail(f"{label}: {text!r} has a contrast of {ratio:.1f}")

    asyncio.run(scene())
    assert pictures == snapshot


async def put(running: RnprogApp, pilot: Pilot[Any], theme: str, size: tuple[int, int]) -> None:
    """In this theme, at this size."""
    running.theme = theme
    if running.size != size:
        await pilot.resize_terminal(*size)
    running.show()
    await pilot.pause()
    await pilot.pause()


def faint(running: RnprogApp, least: float) -> list[tuple[str, float]]:
    """Texts that are really drawn, and too hard to read."""
    found = []
    for strip in running.screen._compositor.render_strips():
        for text, style, _ in strip:
            words = "".join(sign for sign in text if sign not in _DRAWN)
            if not words or style is None or style.color is None or style.bgcolor is None:
                continue
            ink, ground = _hex(style.color), _hex(style.bgcolor)
            if style.reverse:
                ink, ground = ground, ink
            if contrast(ink, ground) < least - 0.01:
                found.append((words, contrast(ink, ground)))
    return found


def _hex(colour: Color) -> str:
    return colour.get_truecolor().hex.upper()
