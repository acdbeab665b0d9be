"""A profile is saved whole or not at all, and nothing is replaced unasked."""

import os
from pathlib import Path

import pytest

from rnprog.profile.store import AlreadyThere, StoreError, claim_name, save
from tests.profile.texts import GOOD


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_profile_is_saved_in_a_new_folder(tmp_path: Path) -> None:
    path = save(tmp_path / "shelf" / "own", "left-and-right", GOOD)
    assert path == tmp_path / "shelf" / "own" / "left-and-right.toml"
    assert path.read_text(encoding="utf-8") == GOOD
    assert listed(path.parent) == ["left-and-right.toml"]
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.stat().st_nlink == 1


def test_nothing_is_replaced_unasked(tmp_path: Path) -> None:
    save(tmp_path, "a", "old")
    with pytest.raises(AlreadyThere, match="left as it is"):
        save(tmp_path, "a", "new")
    assert (tmp_path / "a.toml").read_text() == "old"
    assert save(tmp_path, "a", "new", replace=True).read_text() == "new"
    assert listed(tmp_path) == ["a.toml"]


def test_a_link_is_neither_followed_nor_taken_for_a_free_name(tmp_path: Path) -> None:
    target, shelf = tmp_path / "target", tmp_path / "shelf"
    shelf.mkdir()
    (shelf / "a.toml").symlink_to(target)
    with pytest.raises(AlreadyThere):
        save(shelf, "a", "new")
    target.write_text("untouched")
    with pytest.raises(StoreError, match="links are not followed"):
        save(shelf, "a", "new", replace=True)
    assert target.read_text() == "untouched"
    assert (shelf / "a.toml").is_symlink()


def test_a_second_name_of_the_same_file_keeps_its_text(tmp_path: Path) -> None:
    path = save(tmp_path, "a", "old")
    os.link(path, tmp_path / "other")
    save(tmp_path, "a", "new", replace=True)
    assert (tmp_path / "other").read_text() == "old"


@pytest.mark.parametrize("name", ["", "..", "../a", "a/b", "A", "con", "a\0", "a" * 65])
def test_a_name_is_never_a_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError, match="not saved"):
        save(tmp_path / "shelf", name, GOOD)
    assert listed(tmp_path) == []


def test_what_could_not_be_read_again_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="16 KiB"):
        save(tmp_path, "a", "#" * 20_000)
    assert listed(tmp_path) == []


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError):
        save(tmp_path / "file", "a", GOOD)
    with pytest.raises(StoreError, match="Nothing was changed"):
        save(tmp_path / "file" / "inner", "a", GOOD)
    (tmp_path / "a.toml").mkdir()
    with pytest.raises(StoreError):
        save(tmp_path, "a", GOOD, replace=True)
    assert listed(tmp_path) == ["a.toml", "file"]


def test_without_hard_links_the_name_is_claimed_first(tmp_path: Path) -> None:
    temporary, path = tmp_path / "temporary", tmp_path / "a.toml"
    temporary.write_text("new")
    claim_name(temporary, path)
    assert path.read_text() == "new"
    temporary.write_text("newer")
    with pytest.raises(FileExistsError):
        claim_name(temporary, path)
    assert path.read_text() == "new"
