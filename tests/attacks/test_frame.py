"""The frame around the attacks: what is a find, what is counted, and that the page shows what was stored and nothing else."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.attacks import __main__ as command_line
from tests.attacks import results
from tests.attacks.common import ATTACKS, Broken, Result, Shot, attack, full_of, over, spread


def case(number: int) -> str | Shot:
    if number == 3:
        raise Broken("it is on", shot=Shot("left on", 1_200.0, "ms"))
    if number == 4:
        raise ZeroDivisionError("a bug")
    return Shot("timed", float(number), "ms") if number % 2 else "plain"


def test_whatever_a_case_raises_is_a_find_with_the_number_that_replays_it() -> None:
    result = over(6, 0, case, row="elsewhere")
    assert [(row.what, row.runs, row.finds) for row in result.rows] == [
        ("plain", 2, 0),
        ("timed", 2, 0),
        ("left on", 1, 1),
        ("elsewhere", 1, 1),
    ]
    assert [find.number for find in result.finds] == [3, 4]
    assert "it is on" in result.finds[0].text and "tests/attacks/test_frame.py" in result.finds[1].text


def test_pieces_come_to_the_same_as_the_whole() -> None:
    joined = Result()
    for seed in (0, 2, 4):
        joined.join(over(2, seed, case, row="elsewhere"))
    whole = over(6, 0, case, row="elsewhere")
    assert {row.what: (row.runs, row.finds, row.values) for row in joined.rows} == {
        row.what: (row.runs, row.finds, row.values) for row in whole.rows
    }
    assert joined.finds == whole.finds


def test_the_page_shows_what_was_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{results.BEGIN}\nold figures\n{results.END}\nafter\n", encoding="utf-8")
    monkeypatch.setattr(results, "PAGE", page)
    monkeypatch.setattr(results, "FOLDER", tmp_path / "results")
    results.store(ATTACKS[0], over(6, 0, case, row="elsewhere"), runs=6, seed=0, seconds=1.25, commit="abc1234")
    assert results.render()
    text = page.read_text(encoding="utf-8")
    assert "| `frames` | timed | 2 | 0 | median 3, p99 5, most 5 ms |" in text
    assert "| `frames` | left on | 1 | 1 | median 1200, p99 1200, most 1200 ms |" in text, "what fails is measured too"
    assert text.startswith("before\n") and text.endswith("after\n") and "old figures" not in text


def test_a_page_without_its_marks_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "PAGE", tmp_path / "none.md")
    assert not results.render()


def test_the_documents_page_has_a_place_for_the_table() -> None:
    page = results.PAGE.read_text(encoding="utf-8")
    assert page.count(results.BEGIN) == page.count(results.END) == 1


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_says_how_much_it_runs(name: str) -> None:
    module = attack(name)
    assert module.SHARE > 0
    if name not in ("calls", "kills_apart"):  # which count in real time
        assert full_of(module) > module.SHARE


@pytest.mark.parametrize("whole", [1, 7, 524, 1_000, 9_001])
def test_a_few_cases_lie_evenly_over_the_whole_and_all_are_met_once(whole: int) -> None:
    assert sorted(spread(number, whole) for number in range(whole)) == list(range(whole))
    few = sorted(spread(number, whole) for number in range(20))
    gaps = [after - before for before, after in itertools.pairwise([0, *few, whole])]
    assert whole < 40 or max(gaps) < whole / 7


def test_a_find_ends_the_command_with_1_and_tells_how_to_replay_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["attacks", "frames", "--runs", "6"])
    monkeypatch.setattr(command_line, "run", lambda name, runs, seed, jobs: over(runs, seed, case, row="elsewhere"))
    assert command_line.main() == 1
    assert "python -m tests.attacks frames --seed 3 --runs 1" in capsys.readouterr().out
