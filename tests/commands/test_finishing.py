"""An appointment that was cut short between writing and running: what it says to type is typed, and finishes it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.commands.running import Cli


@pytest.mark.parametrize("fault", ["drop-reply=COMMIT@1", "drop-reply=ACTIVATE@1"])
def test_what_is_said_to_be_typed_finishes_it(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    monkeypatch.chdir(tmp_path)
    port = f"emu://{fault.partition('=')[2].partition('@')[0].lower()}"
    cut = cli("demo", "--fast", "--port", f"{port}?faults={fault}")
    assert cut.code == 74
    serial = cli("status", "--port", port, "--json").json["device"]["serial"]
    commands = re.findall(r"`rnprog (.*?)`", " ".join(cut.err.split()).partition("What to do now")[2])
    assert [command.split()[1] for command in commands] == ["pull", "write"]
    for command in commands:
        more = ("--yes", "--serial", serial) if "write" in command else ()
        assert cli(*shlex.split(command), "--port", port, *more).code == 0
    now = cli("status", "--port", port, "--json").json
    assert now["active_slot"] == 0 and now["schedule_enabled"] is True
