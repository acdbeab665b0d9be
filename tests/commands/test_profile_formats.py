"""Findings in every format, with their places; what other programs read is checked by those programs' own readers."""

import io
import json
import signal
import subprocess
import sys
from pathlib import Path

import junitparser
import pytest

from rnprog.commands.profile_batch import Request, carry_out
from rnprog.profile.capabilities_json import STATUS_SCHEMA, capabilities_as_dict
from rnprog.profile.reference import RN1
from rnprog.profile.rules import RULES
from tests.commands.running import Cli, as_process
from tests.commands.sarif import faults
from tests.profile.texts import GOOD, changed, put, without

FORMATS = ("text", "json", "junit", "sarif", "github")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A good file, one with a warning, one with two errors, one that cannot be parsed."""
    root = tmp_path / "profiles"
    root.mkdir()
    put(root, name="good")
    put(root, without("thresholds_ma = {"), "warned")
    put(root, changed(("= 2.5", "= 2.55")), "wrong")
    (root / "broken.toml").write_text("= = =")
    return root


def test_junit(cli: Cli, tree: Path) -> None:
    ran = cli("profile", "verify", str(tree), "--format", "junit")
    assert ran.code == 65
    (suite,) = junitparser.JUnitXml.fromstring(ran.out.encode())
    assert (suite.tests, suite.failures, suite.errors) == (4, 2, 1)
    cases = {Path(case.name).stem: case for case in suite}
    assert cases["good"].is_passed and cases["warned"].is_passed
    assert "RN603" in cases["warned"].system_out
    assert {(type(each).__name__, each.type) for each in cases["wrong"].result} == {("Failure", "RN206"), ("Failure", "RN502")}
    assert [(type(each).__name__, each.type) for each in cases["broken"].result] == [("Error", "RN106")]
    assert cases["wrong"]._elem.get("line") == "30"
    assert cases["wrong"]._elem.get("file") == str(tree / "wrong.toml")


def test_sarif(cli: Cli, tree: Path) -> None:
    """Held against the published schema, and against what the standard says of each property that is used."""
    ran = cli("profile", "verify", str(tree), "--format", "sarif")
    written = json.loads(ran.out)
    assert faults(written) == []
    assert (ran.code, written["version"]) == (65, "2.1.0")
    (run,) = written["runs"]
    assert set(run) == {"tool", "columnKind", "results"}
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(RULES)
    assert [result["ruleId"] for result in run["results"]] == ["RN106", "RN603", "RN206", "RN502"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning")
        assert result["message"]["text"].endswith(".")
        (location,) = result["locations"]
        assert location["physicalLocation"]["region"]["startLine"] >= 1
        assert location["physicalLocation"]["region"]["startColumn"] >= 1
    told = [result["partialFingerprints"]["rnprogEntry/v1"] for result in run["results"]]
    assert len(set(told)) == len(told)
    assert json.loads(cli("profile", "verify", str(tree), "--format", "sarif").out) == written


def test_a_path_in_sarif_is_a_uri(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    put(tmp_path / ".", changed(("= 2.5", "= 2.55")), "a b#ü")
    (run,) = json.loads(cli("profile", "verify", "a b#ü.toml", "--format", "sarif").out)["runs"]
    assert {each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in run["results"]} == {"a%20b%23%C3%BC.toml"}


def test_github(cli: Cli, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    ran = cli("profile", "verify", str(tree))
    lines = ran.out.splitlines()
    assert lines[0].startswith(f"::error file={tree}/broken.toml,line=1,col=1,title=RN106::")
    assert lines[1].startswith(f"::warning file={tree}/warned.toml,line=") and "title=RN603::" in lines[1]
    assert lines[-1] == "4 files: 3 errors, 1 warning."
    assert "| RN206 |" in page.read_text() and "4 files: 3 errors" in page.read_text()
    assert cli("profile", "verify", str(tree), "--format", "text").out.splitlines()[0].startswith(f"{tree}/broken.toml:1:1: error RN106")


def test_a_file_name_cannot_forge_a_note(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a,line=1::x\n::error::y.toml").write_text("[")
    ran = cli("profile", "verify", str(tmp_path), "--format", "github")
    assert len(ran.out.splitlines()) == 2
    assert "a%2Cline=1%3A%3Ax?%3A%3Aerror%3A%3Ay.toml" in ran.out


def test_json_is_one_object_with_every_finding(cli: Cli, tree: Path) -> None:
    told = cli("profile", "verify", str(tree), "--json").json
    assert (told["schema"], told["ok"], told["code"]) == ("rnprog.profile-verify/1", False, 65)
    assert (told["files"], told["errors"], told["warnings"], len(told["findings"])) == (4, 3, 1, 4)
    assert told["reasons"] == [{"kind": "findings", "text": "3 errors in 2 of 4 files; each is in the findings."}]
    fine = cli("profile", "verify", str(tree / "good.toml"), "--json").json
    assert (fine["ok"], fine["findings"], "reasons" in fine) == (True, [], False)


@pytest.mark.parametrize("written", FORMATS)
def test_into_a_file(cli: Cli, tree: Path, tmp_path: Path, written: str) -> None:
    output = tmp_path / "findings"
    shown = cli("profile", "verify", str(tree), "--format", written)
    ran = cli("profile", "verify", str(tree), "--format", written, "--output", str(output))
    assert (ran.code, ran.out) == (65, "4 files: 3 errors, 1 warning.\n")
    assert output.read_text() == shown.out
    also = cli("profile", "verify", str(tree), "--format", written, "--output", str(output), "--json")
    assert also.json["errors"] == 3
    assert cli("profile", "verify", str(tree), "--format", written, "--output", str(tmp_path / "no" / "file")).code == 2


def test_quiet_leaves_warnings_out(cli: Cli, tree: Path) -> None:
    assert "RN603" in cli("profile", "verify", str(tree)).out
    assert "RN603" not in cli("profile", "verify", str(tree), "--quiet").out


QUICK = [
    [],
    ["--json"],
    ["--quiet"],
    ["--jobs", "2"],
    ["--jobs=1", "--no-cache"],
    ["--format", "json"],
    ["--format=github"],
    ["--format", "sarif"],
    ["--format=junit", "--quiet"],
    ["--format", "sarif", "--json"],
    ["--limits", "../device.json"],
    ["--limits=../device.json", "--format", "junit"],
]


@pytest.mark.parametrize("options", QUICK, ids=" ".join)
@pytest.mark.parametrize(
    "paths", [["good.toml"], ["."], ["good.toml", "missing.toml"], ["standard-bilateral"], ["no-such-name"]], ids=" ".join
)
def test_the_short_way_says_what_the_full_command_line_says(
    cli: Cli, tree: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], paths: list[str]
) -> None:
    monkeypatch.chdir(tree)
    (tree.parent / "device.json").write_text(json.dumps({"schema": STATUS_SCHEMA, "capabilities": capabilities_as_dict(RN1)}))
    short = cli_without_records(cli, "profile", "verify", *paths, *options)
    full = cli("profile", "verify", *paths, *options)
    assert short == (full.code, full.out)


def cli_without_records(cli: Cli, *words: str) -> tuple[int, str]:
    """Without the global option that the short way leaves to the full one."""

    from contextlib import redirect_stdout

    from rnprog.commands.profile_quickly import attempt

    caught = io.StringIO()
    with redirect_stdout(caught):
        code = attempt(list(words[2:]))
    assert code is not None
    return code, caught.getvalue()


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--help"],
        ["x.toml", "--limits", "no-such-file"],
        ["x.toml", "--limits"],
        ["x.toml", "--output", "f"],
        ["x.toml", "--jobs", "0"],
        ["x.toml", "--jobs", "many"],
        ["x.toml", "--format", "yaml"],
        ["x.toml", "--format"],
        ["x.toml", "--unknown"],
        ["--", "x.toml"],
    ],
    ids=" ".join,
)
def test_the_short_way_leaves_everything_else_alone(words: list[str]) -> None:
    from rnprog.commands.profile_quickly import attempt

    assert attempt(words) is None


def test_as_a_process_of_its_own(tree: Path) -> None:
    ran = as_process("profile", "verify", str(tree / "good.toml"))
    assert (ran.code, ran.out, ran.err) == (0, "1 file: 0 errors, 0 warnings.\n", "")
    ran = as_process("profile", "verify", str(tree))
    assert (ran.code, ran.err) == (65, "")


def test_the_short_way_loads_neither_typer_nor_pydantic(tree: Path) -> None:
    code = (
        "import sys; from rnprog.entry import main; "
        f"code = main(['profile', 'verify', {str(tree / 'good.toml')!r}, '--no-cache']); "
        "print(code, sorted({'typer', 'rich', 'pydantic', 'tomlkit', 'serial'} & set(sys.modules)))"
    )
    assert as_process(prefix=("-c", code)).out.splitlines()[-1] == "0 []"


@pytest.mark.parametrize("options", [[], ["--format=sarif"], ["--format=junit"], ["--json"]], ids=" ".join)
def test_neither_does_it_for_a_file_with_a_finding(tree: Path, options: list[str]) -> None:
    code = (
        "import sys; from rnprog.entry import main; "
        f"code = main(['profile', 'verify', {str(tree / 'wrong.toml')!r}, '--no-cache', *{options!r}]); "
        "print(code, sorted({'typer', 'rich', 'pydantic', 'tomlkit', 'serial', 'typing_extensions'} & set(sys.modules)))"
    )
    assert as_process(prefix=("-c", code)).out.splitlines()[-1] == "1 []"


def test_a_good_text_has_no_findings_in_any_format(cli: Cli, tmp_path: Path) -> None:
    path = put(tmp_path, GOOD)
    for written in FORMATS:
        assert cli("profile", "verify", str(path), "--format", written).code == 0


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_ends_it_and_its_workers(tmp_path: Path, jobs: str) -> None:
    """It stands still because nobody reads on; then it is interrupted. The pipe closes only when no worker holds it any more."""
    wrong = GOOD + "".join(f"k{number} = 1\n" for number in range(30))
    for number in range(300):
        put(tmp_path, wrong, f"p{number}")
    command = [sys.executable, "-m", "rnprog", "profile", "verify", str(tmp_path), "--jobs", jobs]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, restore_signals=True) as running:
        assert running.stdout is not None and running.stderr is not None
        assert running.stdout.read(1)
        running.send_signal(signal.SIGINT)
        said = running.stderr.read().decode()
        assert running.wait(timeout=30) == 130
    assert "Interrupted" in said and "Traceback" not in said


@pytest.mark.parametrize("columns", [40, 80])
def test_on_a_terminal_lines_fit_its_width(tree: Path, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    shown = Terminal()
    monkeypatch.chdir(tree)
    assert carry_out(Request(("wrong.toml",), remember=False), shown) == 1
    assert max(map(len, shown.getvalue().splitlines())) <= columns
    assert "Choose 2.5 mA or 2.6 mA." in " ".join(shown.getvalue().split())


@pytest.mark.parametrize("options", [["--format", "json"], ["--json"]], ids=" ".join)
def test_limits_that_cannot_be_read_are_told_in_json_too(cli: Cli, tree: Path, options: list[str]) -> None:
    (tree / "limits").write_text("no limits")
    for limits, code in (("missing", 66), ("limits", 65)):
        ran = cli("profile", "verify", str(tree), *options, "--limits", str(tree / limits))
        assert ran.code == ran.json["code"] == code and ran.json["ok"] is False and ran.json["reasons"]
