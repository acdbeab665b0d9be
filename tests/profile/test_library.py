"""Names are found on the shelf and in the library; the library in this repository breaks no rule."""

from pathlib import Path

import pytest

from rnprog.profile.edit import new_text
from rnprog.profile.findings import ProfileError
from rnprog.profile.library import available, find, is_path, library_dir, shelf_dir
from rnprog.profile.names import code_problem, name_problem
from rnprog.profile.schema import load, parse
from rnprog.profile.verify import verify_paths
from tests.profile.texts import put

ROOT = Path(__file__).resolve().parents[2]


def test_in_the_repository_the_library_is_its_folder_of_profiles() -> None:
    assert library_dir() == ROOT / "profiles"


def test_the_library_breaks_no_rule_and_warns_of_nothing() -> None:
    report = verify_paths([library_dir()])
    assert {(Path(each.file).stem, each.rule) for each in report.findings} <= {("percutaneous-60-days", "RN306")}
    assert report.exit_code == 0
    assert len(report.files) == 6


@pytest.mark.parametrize("name", ["standard-bilateral", "low-output-start"])
def test_a_profile_of_the_library_is_honest_about_its_numbers(name: str, tmp_path: Path) -> None:
    profile = load(find(name, shelf=tmp_path))
    assert profile.name == name
    with_source = {entry for entry in profile.sources if entry not in profile.unverified}
    assert with_source == {"contact_area_cm2", "rate_hz", "session_min", "sessions_per_day"}
    assert parse(new_text(profile), "copy") == profile
    assert "not a prescription" in profile.notes


def test_the_shelf_comes_first(tmp_path: Path) -> None:
    shelf, library = tmp_path / "shelf", tmp_path / "library"
    shelf.mkdir()
    library.mkdir()
    in_library, both = put(library, name="one"), put(library, name="two")
    assert find("two", shelf=shelf, library=library) == both
    own = put(shelf, name="two")
    assert find("one", shelf=shelf, library=library) == in_library
    assert find("two", shelf=shelf, library=library) == own
    listed = [(each.name, each.path, each.from_library) for each in available(shelf=shelf, library=library)]
    assert listed == [("one", in_library, True), ("two", own, False)]


def test_what_is_no_profile_is_not_listed(tmp_path: Path) -> None:
    put(tmp_path, name="good"), put(tmp_path, name="Bad Name")
    (tmp_path / "readme.md").write_text("")
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "link.toml").symlink_to(tmp_path / "good.toml")
    assert [each.name for each in available(shelf=tmp_path / "none", library=tmp_path)] == ["good"]


@pytest.mark.parametrize("text", ["a.toml", "./a", "../a", "/etc/passwd", "a\\b", "x/y.toml"])
def test_a_path_is_taken_as_it_stands(text: str, tmp_path: Path) -> None:
    assert is_path(text)
    assert find(text, shelf=tmp_path) == Path(text)


@pytest.mark.parametrize("text", ["", "..", ".", "Standard", "a b", "a\0b", "con", "lpt1", "-a", "a" * 65, "é", "a\n", "\x1b[2J"])
def test_what_is_no_name_is_refused(text: str, tmp_path: Path) -> None:
    assert name_problem(text) is not None
    with pytest.raises(ProfileError) as caught:
        find(text, shelf=tmp_path)
    assert caught.value.findings[0].rule == "RN208"
    assert str(caught.value).isprintable()


def test_an_unknown_name_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="no profile called nobody") as caught:
        find("nobody", shelf=tmp_path)
    assert caught.value.exit_code == 66


@pytest.mark.parametrize("text", ["a", "0", "standard-bilateral", "a_b", "a" * 64, "com"])
def test_names(text: str) -> None:
    assert name_problem(text) is None


def test_codes_of_patients() -> None:
    assert code_problem("P-017") is None
    for text in ("", "Jane Doe", "P/17", "x" * 33, "-"):
        assert code_problem(text) is not None


def test_the_shelf_belongs_to_the_user() -> None:
    assert shelf_dir().name == "profiles"
    assert Path.home() in shelf_dir().parents or shelf_dir().is_absolute()
