"""A profile of the shelf that was read from the implant: taken while that stands, refused once the implant holds something else (U5)."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from rnprog.profile.edit import new_text
from rnprog.profile.library import find, shelf_dir
from rnprog.profile.model import Origin
from rnprog.profile.schema import load
from rnprog.session.basis import origin_of
from rnprog.tui.screens.dialogs import ConfirmSerial
from tests.tui.places import profile_taken
from tests.tui.stage import SIZES, Stage, stage

NAME = "a-first"
"""The first on the shelf."""


def read_from(it: Stage) -> Origin:
    return origin_of(it.session.device.stored(0), it.session.serial, "2026-01-31")


def shelved(origin: Origin) -> None:
    """A profile with this origin, the first on the shelf."""
    shelf_dir().mkdir(parents=True, exist_ok=True)
    text = new_text(replace(load(find("standard-bilateral")), name=NAME, origin=origin))
    (shelf_dir() / f"{NAME}.toml").write_text(text)


async def chosen(it: Stage) -> None:
    """The first profile on the shelf is chosen, and something is said about it."""
    await it.press("ctrl+p", *"prof", "enter")
    await it.until(lambda _: "VALID" in it.text())
    await it.press("enter")
    await it.until(lambda state: state.notice is not None)


async def wrote(it: Stage, revision: int) -> None:
    await it.press("f5")
    await it.settled()
    assert isinstance(it.app.screen, ConfirmSerial), it.text()
    await it.press(*it.session.serial[-4:], "enter")
    await it.until(lambda state: state.wrote is not None and state.wrote.revision == revision and state.busy is None)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_an_outdated_profile_is_not_taken_and_it_says_how_to_go_on(tmp_path: Path, size: tuple[int, int]) -> None:
    async def scene() -> None:
        async with stage(tmp_path, size=size) as it:
            await it.measured()
            shelved(replace(read_from(it), revision=3, checksum="0a1b2c3d"))
            await chosen(it)
            assert it.state.taken is None and it.state.limits is None
            said = it.words()
            assert "a-first is outdated. On 2026-01-31 it was read from slot 0, which held revision 3 (checksum 0a1b2c3d);" in said
            assert "that slot now holds no program (empty)." in said and "Nothing was sent; nothing was changed." in said
            assert "leave (F10): `rnprog program rebase a-first`" in said and "as the new basis." in said

    asyncio.run(scene())


def test_a_profile_is_taken_while_what_it_was_read_from_stands_and_its_own_writing_moves_the_basis_for_this_sitting(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path, size=(100, 30)) as it:
            await it.measured()
            shelved(read_from(it))
            await profile_taken(it)
            assert it.state.not_allowed is None, it.text()
            await wrote(it, 1)
            assert it.state.basis is not None and it.state.basis.origin.revision == 1
            await it.press("tab", "home", *["delete"] * 6, *"1.5")
            await it.until(lambda state: state.proposed is not None and state.busy is None)
            assert it.state.not_allowed is None, it.text()
            await wrote(it, 2)
            held = it.session.device.stored(0).program
            assert held is not None and held.left is not None and str(held.left.amplitude_ma) == "1.5"

    asyncio.run(scene())


def test_its_file_is_outdated_when_other_settings_were_written_in_the_same_sitting(tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage(tmp_path, size=(100, 30)) as it:
            await it.measured()
            shelved(read_from(it))
            await profile_taken(it)
            await it.press("tab", "home", *["delete"] * 6, *"1.5")
            await it.until(lambda state: state.proposed is not None and state.busy is None)
            await wrote(it, 1)
            before = it.state
            await chosen(it)
            assert "that slot now holds revision 1" in it.words()
            assert (it.state.taken, it.state.basis) == (before.taken, before.basis)

    asyncio.run(scene())
