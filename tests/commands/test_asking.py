"""Questions fit the terminal: no word and no set of electrodes is torn in two."""

import pytest

from rnprog.commands.asking import wrapped

QUESTION = "Left side: which electrodes? Enter for -L1+L2, or write another set, for example -L0+L1, -L1+L2+L3 or -L0-L1+L2, or skip\n>"


@pytest.mark.parametrize("columns", range(20, 90))
def test_words_and_electrode_sets_stay_whole_at_every_width(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    shown = wrapped(QUESTION)
    assert shown.split() == QUESTION.split()
    assert max(map(len, shown.splitlines())) < columns
    assert shown.endswith("\n>")


def test_indents_stay_and_empty_lines_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    assert wrapped("  0 none, f felt, x TOO STRONG\n\n>") == "  0 none, f felt, x\n  TOO STRONG\n\n>"
