"""Files and trees: everything is looked at, one bad file never hides the others, the worst decides the exit code."""

import os
from pathlib import Path

import pytest

from rnprog.profile.findings import ProfileError
from rnprog.profile.verify import load_verified, verify_file, verify_paths
from tests.profile.texts import GOOD, changed, put, without


def test_a_good_tree(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    put(tmp_path, name="b"), put(tmp_path, name="a"), put(inner, name="c")
    (tmp_path / "readme.md").write_text("no profile")
    report = verify_paths([tmp_path])
    assert [Path(file).name for file in report.files] == ["a.toml", "b.toml", "c.toml"]
    assert (report.findings, report.exit_code) == ((), 0)


def test_the_worst_decides_and_all_are_looked_at(tmp_path: Path) -> None:
    paths = [tmp_path / "missing.toml", put(tmp_path, changed(("= 2.5", "= 2.55")), "odd"), put(tmp_path, name="good")]
    assert verify_paths(paths[2:]).exit_code == 0
    assert verify_paths(paths[1:]).exit_code == 1
    report = verify_paths(paths)
    assert report.exit_code == 66
    assert len(report.files) == 3
    assert {finding.rule for finding in report.findings} == {"RN101", "RN206", "RN502"}
    assert verify_paths([*paths, put(tmp_path, "[", "broken")]).exit_code == 65


def test_warnings_alone_are_valid(tmp_path: Path) -> None:
    report = verify_paths([put(tmp_path, without("thresholds_ma = {"))])
    assert report.exit_code == 0
    assert (len(report.errors), len(report.warnings)) == (0, 1)


def test_the_file_is_called_like_its_profile(tmp_path: Path) -> None:
    path = tmp_path / "other.toml"
    path.write_text(GOOD)
    (found,) = verify_file(path)
    assert (found.rule, found.field, found.exit_code) == ("RN409", "profile.name", 0)
    assert verify_file(put(tmp_path)) == []


def test_a_folder_without_profiles_is_a_finding(tmp_path: Path) -> None:
    hidden = tmp_path / ".git"
    hidden.mkdir()
    put(hidden)
    report = verify_paths([tmp_path])
    assert [finding.rule for finding in report.findings] == ["RN109"]
    assert report.exit_code == 66


def test_links_in_a_tree_are_not_followed(tmp_path: Path) -> None:
    tree, elsewhere = tmp_path / "tree", tmp_path / "elsewhere"
    tree.mkdir()
    elsewhere.mkdir()
    put(tree), put(elsewhere, changed(("= 2.5", "= 9.9")), "secret")
    (tree / "loop").symlink_to(tree)
    (tree / "away").symlink_to(elsewhere)
    assert verify_paths([tree]).findings == ()
    (tree / "link.toml").symlink_to(elsewhere / "secret.toml")
    assert [finding.rule for finding in verify_paths([tree]).findings] == ["RN102"]
    assert [finding.rule for finding in verify_paths([tree / "away"]).findings] == ["RN102"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_closed_folder_is_a_finding(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    put(tmp_path)
    report = verify_paths([tmp_path])
    closed.chmod(0o700)
    assert [finding.rule for finding in report.findings] == ["RN102"]


def test_odd_file_names_are_shown_safely(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[2J.toml"
    path.write_text("[")
    report = verify_paths([tmp_path])
    assert report.files[0].endswith("a?[2J.toml")
    assert report.findings[0].file == report.files[0]


def test_findings_as_json(tmp_path: Path) -> None:
    path = put(tmp_path, changed(("= 2.5", "= 2.55")))
    written = verify_file(path)[0].as_dict()
    assert written == {
        "rule": "RN206",
        "severity": "error",
        "file": path.as_posix(),
        "line": 30,
        "column": 16,
        "field": "left.amplitude_ma",
        "text": "Left amplitude 2.55 mA is not a step of 0.1 mA, the limit of rnprog. Choose 2.5 mA or 2.6 mA.",
        "source": "RN-1 reference design, not a clinical recommendation",
    }


def test_a_profile_is_loaded_only_if_it_breaks_no_rule(tmp_path: Path) -> None:
    assert load_verified(put(tmp_path, without("thresholds_ma = {"))).name == "left-and-right"
    with pytest.raises(ProfileError, match="not a step"):
        load_verified(put(tmp_path, changed(("= 2.5", "= 2.55"))))
    with pytest.raises(ProfileError, match="no file"):
        load_verified(tmp_path / "missing.toml")


def test_the_name_of_a_file_is_said_in_its_own_letters(tmp_path: Path) -> None:
    path = put(tmp_path).rename(tmp_path / "größe-日本.toml")
    (found,) = verify_file(path)
    assert "its file größe-日本.toml." in found.text
    path = path.rename(tmp_path / "a\u202e\x1bb.toml")
    (found,) = verify_file(path)
    assert "its file a??b.toml." in found.text
    path = path.rename(tmp_path / f"{'ü' * 60}.toml")
    (found,) = verify_file(path)
    assert f"its file {'ü' * 40}....toml." in found.text
