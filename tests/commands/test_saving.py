"""Files that somebody asked for: whole or not at all, never through a link, whichever command writes them."""

import errno
import os
import traceback
from contextlib import suppress
from pathlib import Path

import pytest

from rnprog.commands import context
from rnprog.commands.exits import Ended
from rnprog.commands.options import Options
from rnprog.commands.render import Face
from rnprog.commands.saving import save_text
from rnprog.session import crashes
from rnprog.session.crashes import keep_trace
from rnprog.tui.start import Remembered, recall, remember
from tests.attacks.calls_of_the_system import struck
from tests.commands.running import Cli

COMMANDS = {
    "profile schema": lambda folder: ("profile", "schema", "--output", str(folder / "schema.json")),
    "profile verify": lambda folder: ("profile", "verify", "standard-bilateral", "--output", str(folder / "report")),
    "program pull": lambda folder: ("--port", "emu://?scenario=therapy-running", "program", "pull", "--output", str(folder / "p.toml")),
}


def full(call: str) -> None:
    if call == "write":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("command", COMMANDS)
def test_on_a_full_disk_nothing_is_left_half(cli: Cli, tmp_path: Path, command: str) -> None:
    with struck(full):
        ran = cli(*COMMANDS[command](tmp_path), "--no-input")
    told = " ".join((ran.err + ran.out).split())  # lines are broken where the path is long
    assert ran.code == 2 and "cannot be written" in told and "No space" in told
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_written_is_synced_before_it_has_its_name(cli: Cli, tmp_path: Path, command: str) -> None:
    calls: list[str] = []
    with struck(calls.append):
        assert cli(*COMMANDS[command](tmp_path)).code in (0, 1)
    named = calls.index("link") if "link" in calls else len(calls) - 1 - calls[::-1].index("replace")
    assert "fsync" in calls[:named] and "fsync" in calls[named:], calls


def test_a_report_leaves_a_link_alone_and_an_old_one_stays_on_a_full_disk(cli: Cli, tmp_path: Path) -> None:
    """/dev/stdout is a link, too: who is root must not lose it."""
    report, target = tmp_path / "report", tmp_path / "target"
    target.write_text("another file")
    report.symlink_to(target)
    ran = cli(*COMMANDS["profile verify"](tmp_path))
    assert ran.code == 2 and "links are not followed" in " ".join((ran.err + ran.out).split())
    assert target.read_text() == "another file" and report.is_symlink()
    report.unlink()
    report.write_text("the old report")
    with struck(full):
        assert cli(*COMMANDS["profile verify"](tmp_path)).code == 2
    assert report.read_text() == "the old report"


def test_a_version_that_cannot_be_read_keeps_nobody_from_the_device(cli: Cli) -> None:
    def broken(call: str) -> None:
        if call == "open" and "version" in {frame.name for frame in traceback.extract_stack()}:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    with struck(broken):
        assert cli("status", "--port", "emu://").code == 0


def test_a_pipe_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Ended, match="no ordinary file"):
        save_text(tmp_path / "pipe", "text", replace=True)
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


def test_what_is_saved_is_not_called_unsaved_because_something_could_not_be_tidied_up(tmp_path: Path) -> None:
    def fails(call: str) -> None:
        if call == "unlink":
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    with struck(fails):
        save_text(tmp_path / "text", "new", replace=False)
    assert (tmp_path / "text").read_text() == "new"


def test_the_trace_of_a_bug_goes_through_no_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "trace"
    target.write_text("another file")
    link.symlink_to(target)
    face = Face(Options(None, False, False, False, True, tmp_path, link), "rnprog.test/1")
    assert context._keep_trace(face, ZeroDivisionError()) is None
    assert target.read_text() == "another file"
    link.unlink()
    assert context._keep_trace(face, ZeroDivisionError()) == str(link)
    assert "ZeroDivisionError" in link.read_text()


def test_each_bug_has_a_trace_of_its_own_for_nobody_else_to_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(crashes, "state_directory", lambda: tmp_path)
    places = {keep_trace(ZeroDivisionError(), "1"), keep_trace(KeyError("\udcff"), "1")}
    assert len(places) == 2
    for place in places:
        assert place is not None and Path(place).stat().st_mode & 0o777 == 0o600 and "Error" in Path(place).read_text()
    with struck(full):
        assert keep_trace(ZeroDivisionError(), "1") is None
    assert len(list((tmp_path / "crashes").iterdir())) == 2


def test_what_the_screen_remembers_goes_through_no_link(tmp_path: Path) -> None:
    remember(Remembered("RN1-1"))
    (file,) = Path(os.environ["XDG_STATE_HOME"], "rnprog").glob("*.json")
    target = tmp_path / "target"
    target.write_text("another file")
    file.with_suffix(".new").symlink_to(target)
    remember(Remembered("RN1-2"))
    assert target.read_text() == "another file" and recall().serial == "RN1-2"
    with suppress(OSError), struck(full):
        remember(Remembered("RN1-3"))
    assert recall().serial == "RN1-2"
