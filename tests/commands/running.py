"""Running the command line: in this process for speed, and as a process of its own where that is the point."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rnprog import entry


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object on stdout; fails when there is more or less than one."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


Cli = Callable[..., Ran]


def in_process(capsys: pytest.CaptureFixture[str], *words: str) -> Ran:
    capsys.readouterr()
    code = entry.main(list(words))
    out, err = capsys.readouterr()
    return Ran(code, out, err)


def as_process(*words: str, typed: str = "", prefix: Sequence[str] = ("-m", "rnprog")) -> Ran:
    ran = subprocess.run([sys.executable, *prefix, *words], input=typed, capture_output=True, text=True, timeout=60, check=False)
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def in_a_shell(line: str) -> Ran:
    """A shell's own redirections; `rnprog` stands for this rnprog."""
    line = line.replace("rnprog ", f"{sys.executable} -m rnprog ", 1)
    ran = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=60, check=False)
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def chained(rows: list[dict[str, Any]]) -> bytes:
    """Lines of a record whose chain is made anew: whole, whatever they say."""
    told: list[bytes] = []
    for row in rows:
        row["prev"] = hashlib.sha256(told[-1]).hexdigest() if told else row["prev"]
        told.append(json.dumps(row, sort_keys=True, separators=(",", ":")).encode("ascii"))
    return b"".join(row + b"\n" for row in told)


def own_directories(root: Path, short: Path) -> dict[str, str]:
    """An environment in which nothing of the user is read or written. `short`: a stop socket's path must fit 100 characters."""
    for name in ("state", "data", "config"):
        (root / name).mkdir()
    return {
        "XDG_STATE_HOME": str(root / "state"),
        "XDG_DATA_HOME": str(root / "data"),
        "XDG_CONFIG_HOME": str(root / "config"),
        "XDG_RUNTIME_DIR": str(short),
        "COLUMNS": "80",
        "TERM": "xterm-256color",
        "PYTHONWARNINGS": "error",
        "PATH": os.environ["PATH"],
    }
