"""Parsing: where options may stand, what a usage error looks like, completion."""

import pytest

from tests.commands.running import Cli, as_process, in_process


@pytest.mark.parametrize(
    "words",
    [
        ("--port", "emu://", "--json", "status"),
        ("status", "--port", "emu://", "--json"),
        ("--json", "status", "--port=emu://"),
        ("--port", "/dev/nothing", "status", "--json", "--port", "emu://"),
    ],
    ids=" ".join,
)
def test_global_options_stand_before_or_after(cli: Cli, words: tuple[str, ...]) -> None:
    ran = cli(*words)
    assert ran.code == 0
    assert ran.json["schema"] == "rnprog.status/1"


def test_the_port_may_come_from_the_environment_and_an_option_wins(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RNPROG_PORT", "emu://")
    assert cli("status").code == 0
    assert cli("--port", "/dev/there-is-none", "status").code == 69
    monkeypatch.setenv("RNPROG_PORT", "/dev/there-is-none")
    assert cli("--port", "emu://", "status").code == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("statu",), "No such command 'statu'. Did you mean 'status'?"),
        (("program", "shwo"), "Did you mean 'show'?"),
        (("status", "--nonsense"), "No such option: --nonsense"),
        (("impedance", "--lead", "middle"), "left"),
        (("program", "show", "--slot", "-1"), "--slot"),
        (("program", "write"), "PROFILE"),
        (("status", "extra"), "extra"),
    ],
    ids=lambda each: str(each)[:24],
)
def test_usage_errors(cli: Cli, words: tuple[str, ...], says: str) -> None:
    ran, told = cli(*words), cli(*words, "--json")
    assert ran.code == told.code == 2
    assert ran.out == ""
    assert says in ran.err
    assert "Try: rnprog" in ran.err and "--help" in ran.err
    assert "Traceback" not in ran.err
    assert told.json["schema"] == "rnprog.error/1"
    assert (told.json["ok"], told.json["code"]) == (False, 2)
    assert says in told.json["reasons"][0]["text"]


@pytest.mark.parametrize("words", [(), ("program",)], ids=["none", "group"])
def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    ran = in_process(capsys, *words)
    assert (ran.code, ran.out) == (2, "")
    assert "Usage: rnprog" in ran.err
    assert in_process(capsys, *words, "--json").json["code"] == 2


def test_completion_knows_commands_and_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_RNPROG_COMPLETE", "complete_bash")
    for typed, wanted in (
        ("rnprog st", "status"),
        ("rnprog program ", "write"),
        ("rnprog impedance --le", "--lead"),
        ("rnprog stop --js", "--json"),
    ):
        monkeypatch.setenv("COMP_WORDS", typed)
        monkeypatch.setenv("COMP_CWORD", str(len(typed.split(" ")) - 1))
        assert (
            wanted in as_process(prefix=("-c", "import sys; sys.argv[0] = 'rnprog'; from rnprog.entry import main; sys.exit(main())")).out
        )


def test_the_completion_script_is_shown_without_heavy_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a shell that is named: which shell runs this test is not the question."""
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    program = """
import sys
from rnprog.entry import main
try:
    main(["--show-completion", "bash"])
except SystemExit:
    pass
print(*sys.modules, file=sys.stderr)
"""
    ran = as_process(prefix=("-c", program))
    assert "_RNPROG_COMPLETE=complete_bash" in ran.out
    assert not set(ran.err.split()) & {"rich", "serial", "textual", "numpy", "tomlkit", "rnprog.session"}
