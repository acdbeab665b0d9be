"""Both streams: what reaches a terminal, and how."""

import io
import json
import sys
from decimal import Decimal

import pytest
from rich.text import Text

from rnprog.commands.exits import Ended, Exit, of_reasons, simply
from rnprog.commands.options import Options
from rnprog.commands.render import Face, Sheet, Tone, safe
from rnprog.session.outcomes import Reason, ReasonKind
from rnprog.session.trouble import TroubleKind
from rnprog.session.wording import Words


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def face(**changed: object) -> Face:
    given = {"port": None, "json": False, "plain": False, "quiet": False, "no_input": False, "record_dir": None, "trace": None, **changed}
    return Face(Options(**given), "rnprog.test/1")  # type: ignore[arg-type]


WORDS = Words("It happened.", "The output is off.", "Go on.")


def test_safe_keeps_letters_and_drops_controls() -> None:
    assert safe("[/x]\x1b]0;own\x07 Ω µ\n\u202e") == "[/x]?]0;own? Ω µ\n?"


def test_markup_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    face().show("[bold]not bold[/bold] :smile:", Sheet("[red]t[/red]", ("[b]a", ""), [("[/x]", "x")]), Text("a\x1b[31mb"))
    out = capsys.readouterr().out
    for text in ("[bold]not bold[/bold] :smile:", "[red]t[/red]", "[b]a", "[/x]", "a?[31mb"):
        assert text in out


@pytest.mark.parametrize(("no_color", "coloured"), [(None, True), ("", True), ("1", False)])
def test_no_color(monkeypatch: pytest.MonkeyPatch, no_color: str | None, coloured: bool) -> None:
    if no_color is not None:
        monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setenv("COLORTERM", "truecolor")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    face().words(WORDS, Tone.CAUTION)
    shown = terminal.getvalue()
    assert ("\x1b[38" in shown) is coloured
    assert "CAUTION" in shown, "never colour alone"


def test_three_parts_on_three_lines(capsys: pytest.CaptureFixture[str]) -> None:
    face().words(WORDS, Tone.UNKNOWN)
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "UNKNOWN"
    assert [line.split(":")[0] for line in said[1:]] == ["What happened", "Stimulation", "What to do now"]


def test_json_is_written_once_and_decimals_are_text(capsys: pytest.CaptureFixture[str]) -> None:
    one = face(json=True)
    one.show("never seen")
    one.data |= {"amplitude_ma": Decimal("2.50"), "flags": frozenset({"b", "a"})}
    one.finish(0)
    assert json.loads(capsys.readouterr().out) == {
        "schema": "rnprog.test/1",
        "ok": True,
        "code": 0,
        "amplitude_ma": "2.50",
        "flags": ["a", "b"],
    }


def test_an_ending_says_everything_in_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    one = face(json=True)
    one.ended(
        Ended(Exit.REFUSED, reasons=(Reason(ReasonKind.ENVELOPE, "Too much.", "amplitude_ma", "left", "9 mA", "3 mA", "patient profile"),))
    )
    one.finish(Exit.REFUSED)
    out, err = capsys.readouterr()
    assert json.loads(out)["reasons"] == [
        {
            "kind": "safety",
            "text": "Too much.",
            "field": "amplitude_ma",
            "side": "left",
            "value": "9 mA",
            "bound": "3 mA",
            "source": "patient profile",
        }
    ]
    assert err.splitlines() == ["REFUSED", "- Too much."]


def test_quiet_keeps_problems(capsys: pytest.CaptureFixture[str]) -> None:
    one = face(quiet=True)
    one.say("talk")
    one.words(WORDS)
    assert capsys.readouterr().err == ""
    one.say("mind the gap", Tone.CAUTION)
    one.ended(simply(Exit.MISSING, "There is none."))
    assert capsys.readouterr().err.splitlines() == ["CAUTION: mind the gap", "NOT DONE: There is none."]


@pytest.mark.parametrize("unit", ["%", "mA"])
def test_a_number_is_never_parted_from_its_unit(capsys: pytest.CaptureFixture[str], unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    for filling in range(20, 45):
        face().say(f"{'x' * filling} chance of 2 {unit}, by the model")
        assert f"2 {unit}, by" in " ".join(capsys.readouterr().err.split())
        face().say(f"{'x' * filling} chance of 2 {unit}")
        assert not [line for line in capsys.readouterr().err.splitlines() if line.startswith(unit)]


def test_plain_rows_name_their_columns(capsys: pytest.CaptureFixture[str]) -> None:
    face(plain=True).show(Sheet("Left lead", ("Pair", "Ohm", "Verdict"), [("L0 to case", "515", ("normal", Tone.OK))]))
    assert capsys.readouterr().out.splitlines() == ["Left lead", "L0 to case: Ohm 515, Verdict normal"]


def test_every_kind_of_trouble_and_reason_has_a_code() -> None:
    from rnprog.commands.exits import of_trouble
    from rnprog.session.trouble import Trouble

    assert {of_trouble(Trouble(kind, WORDS)) for kind in TroubleKind}
    for kind in ReasonKind:
        assert of_reasons((Reason(kind, "x"),)) in (Exit.REFUSED, Exit.DEVICE, Exit.RECORD, Exit.LINK)


def test_of_several_reasons_the_gravest_decides() -> None:
    reasons = tuple(Reason(kind, "x") for kind in (ReasonKind.ENVELOPE, ReasonKind.DEVICE, ReasonKind.RECORD))
    assert of_reasons(reasons) is Exit.RECORD
