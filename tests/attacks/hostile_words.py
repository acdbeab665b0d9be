"""Hostile texts, and what the command line made of one. Knows no command."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from random import Random

from rnprog import entry
from tests.attacks.common import ROOT, Broken

CODES = frozenset({0, 1, 2, 65, 66, 69, 73, 74, 75, 76, 77, 78, 79, 80, 81})
"""Every documented way out that a text may lead to; 70 is a bug, and a signal did not happen."""

FORGED = "OFF-is-confirmed"
"""What a line would say that a text has forged."""

SEEDS = (
    *(
        "\x1b[31m",
        "\x1b]0;title\x07",
        "\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\",
        "\x1bP+q544e\x1b\\",
        "\x1b[2J",
        "\x9b31m",
        "\x07",
        "\x08" * 5,
    ),
    *("\x00", "\r", "\n", "\t", "\x7f", "\x0b\x0c", "\x85", "\u2028", "\u2029", f"x\n{FORGED}", f"\n{FORGED}", "ok\rBAD"),
    *("\u202e", "\u2066x\u2069", "\u200b", "\u200d", "\ufeff", "\u00ad", "\U000e0041", "\ud800", "\udcff", "\udc80x", "a\u0300\u0301" * 20),
    *(
        "[/x]",
        "[/]",
        "[bold]x",
        "[link=http://x]y",
        "[[",
        "]",
        "[@click=app.quit]x",
        ":smile:",
        "{x}",
        "{0}",
        "{0.__class__}",
        "%s%n",
        "$HOME",
        "`id`",
    ),
    *(
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "=cmd|' /C calc'!A0",
        "\t=1",
        "\r=1",
        "＝1",
        "'=1",
        '"=1',
        ",=1",
        ";=1",
        "x;=1+1;y",
        "x|=1",
        'x;""=1',
        " =1+1",
        "\u3164=1",
        "＋1",
        "x;－1",
        "-",
        "--",
        "--json",
        "-h",
        "@file",
    ),
    *(
        "../x",
        "../../x",
        "..\\x",
        "x/../..",
        "./",
        "~",
        "~root",
        "CON",
        "nul",
        "aux.toml",
        "COM1",
        "x.toml ",
        ".toml",
        ".hidden",
        "a" * 64,
        "a" * 65,
    ),
    *(
        "a" * 255,
        "a" * 256,
        "a" * 4_097,
        "x" * 60_000,
        "é" * 200,
        "٣",
        "２.５mA",
        "2.5",
        "2500",
        "2.5A",
        "1e3mA",
        "nan",
        "inf",
        "-0",
        "9" * 5_000,
        "1e400000",
        "1e-400000",
        "-1",
    ),
    *(
        "2.5mA",
        "-L1+L2",
        "-L1",
        "+L1",
        "-L9+L1",
        "L1",
        "script:",
        "script:/",
        "script:none",
        "emu://",
        "emu://x?y",
        "emu://?seed=x",
        "emu://?scenario=",
    ),
    *(
        "",
        " ",
        "true",
        "null",
        "{}",
        "[]",
        '"',
        "'",
        "\\",
        "<script>",
        "'; DROP",
        "\ufffd",
        "𝔁",
        "🦴",
        "‮gnp.exe",
        "०",
        "None",
        "0x10",
        "1_0",
    ),
)
_LETTERS = "abz09-_./\\ =+@[]{}:%$\x1b\x07\x00\x9b\r\n\t\u202e\u200b\u2028\ud800é🦴"


def hostile(rng: Random, *, longest: int = 60_000) -> str:
    """One text: known bad, known bad in something harmless, or letters by chance."""
    match rng.randrange(4):
        case 0:
            text = rng.choice(SEEDS)
        case 1:
            text = f"{rng.choice(('RN1', 'standard', 'a', ''))}{rng.choice(SEEDS)}{rng.choice(('', 'z', '.toml', 'mA'))}"
        case 2:
            text = rng.choice(SEEDS) + rng.choice(SEEDS)
        case _:
            text = "".join(rng.choice(_LETTERS) for _ in range(rng.randint(1, 40)))
    return text[:longest]


_SCHEMES = (
    "socket://",
    "SOCKET://",
    "rfc2217://",
    "loop://",
    "spy://",
    "hwgrep://",
    "emu://",
    "opennerve+serial:",
    "opennerve+socket://",
    "",
)
_HOSTS = (
    "127.0.0.1",
    "127.1",
    "localhost",
    "[::1]",
    "[::1",
    "::1",
    "a..b",
    ".",
    "",
    "x@127.0.0.1",
    "[",
    "h" * 300,
    "ü" * 60,
    "(",
    "x&n=x",
    "x&q",
)
_PORTS = ("1", "01", "", "²", "٣", "-1", "0", "65536", "99999", "9" * 5_000, "1x", " 1", "1 ", "1\x00", "1\n")
_BEHIND = (
    "",
    "",
    "/",
    "/x",
    "?",
    "?x",
    "?logging=x",
    "?logging=debug",
    "?a=b&c",
    "?bench=",
    "?bench=127.0.0.1:²",
    "#x",
    "?key=/dev/null",
    "?%00",
)


def hostile_port(rng: Random) -> str:
    """The name of a port that is nearly right. No host in it is outside this computer."""
    port = rng.choice(_PORTS)
    return f"{rng.choice(_SCHEMES)}{rng.choice(_HOSTS)}{':' * bool(port)}{port}{rng.choice(_BEHIND)}"


@dataclass(frozen=True)
class Ran:
    """What a run of the command line left."""

    code: int
    out: str
    err: str


def run_here(words: list[str]) -> Ran:
    """In this process. Whatever comes out of it but an exit code is the caller's find."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n", write_through=True)
    err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace", newline="\n", write_through=True)
    before, sys.stdin = sys.stdin, io.StringIO("")
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = entry.main(words)
    finally:
        sys.stdin = before
    return Ran(code, *(each.buffer.getvalue().decode("utf-8") for each in (out, err)))  # type: ignore[attr-defined]


def run_apart(words: list[str]) -> Ran:
    """As a process of its own; raw bytes of the words arrive as they would from a shell."""
    raw = [os.fsencode(sys.executable), b"-m", b"rnprog", *(word.encode("utf-8", "surrogateescape") for word in words)]
    ran = subprocess.run(
        raw, input=b"", capture_output=True, timeout=60, check=False, cwd=os.getcwd(), env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    return Ran(ran.returncode, ran.stdout.decode("utf-8"), ran.stderr.decode("utf-8"))


def as_argument(text: str) -> str:
    """What can stand in an argument or in the environment at all: no NUL, and of halves of letters only those that stand for raw bytes."""
    whole = "".join("\udcff" if "\ud800" <= letter <= "\udc7f" or "\udd00" <= letter <= "\udfff" else letter for letter in text)
    return whole.replace("\x00", "\x01")


def judged(ran: Ran, words: list[str], valued: frozenset[str] = frozenset()) -> None:
    """Nothing raw, a documented code, and one JSON object where it was asked for. `valued`: options that take the next word."""
    short = [word[:60] for word in words]
    if ran.code not in CODES:
        raise Broken(f"exit code {ran.code} of {short!r}: {ran.err[-300:]!r}")
    if "Traceback" in ran.err:
        raise Broken(f"a traceback of {short!r}: {ran.err[-300:]!r}")
    for name, text in (("stdout", ran.out), ("stderr", ran.err)):
        text = re.sub(r"(?m)^\t+", "", text) if "junit" in words else text  # XML is indented
        bad = next((letter for letter in text if not (letter.isprintable() or letter in "\n\r")), None)
        bad = bad or ("\r" if "\r" in text.replace("\r\n", "") else None)
        if bad is not None:
            at = text.index(bad)
            raise Broken(f"raw {bad!r} on {name} of {short!r}: {text[max(0, at - 60) : at + 20]!r}")
        if re.search(rf"(?m)(^|x\s*)\n\s*{FORGED}", text) or text.startswith(FORGED):
            raise Broken(f"a forged line on {name} of {short!r}: {text[:300]!r}")
    if _asks_for_json(words, valued) and not {"--help", "-h", "--version", "-V"} & set(words):
        try:
            told = json.loads(ran.out)
        except ValueError as error:
            raise Broken(f"no JSON on stdout of {short!r}: {ran.out[:200]!r}") from error
        if not isinstance(told, dict) or "schema" not in told:
            raise Broken(f"no object with a schema on stdout of {short!r}")


def _asks_for_json(words: list[str], valued: frozenset[str]) -> bool:
    """Whether --json is an option in this line, and no text that became the value of one."""
    return any(word == "--json" and words[at - 1] not in valued for at, word in enumerate(words))


def files_are_plain(root: Path, given: set[Path], said: list[str]) -> None:
    """Every file that rnprog made here, beside those that were `given` or called so in what was `said`, has a plain name and content."""
    for path in set(root.rglob("*")) - given:
        if not path.name.isprintable() and not any(path.name in word for word in said):
            raise Broken(f"a file is called {path.name!r}")
        if path.suffix == ".jsonl" and path.is_file():
            bad = set(path.read_bytes()) - set(range(0x20, 0x7F)) - {0x0A}
            if bad:
                raise Broken(f"raw {sorted(bad)[:5]} in the record {path.name}")
