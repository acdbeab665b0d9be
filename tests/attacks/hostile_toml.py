"""Files that are bombs, or say something of another kind than they must: profiles, limits, and the emulator's patients.

Each is refused or read in no more time than eight readings of the bundled shelf and with 64 MiB, only by the error that its reader
names, and what is said about it can be shown on any screen. A value of a wrong kind is refused, in a profile by the name of its entry.
"""

from __future__ import annotations

import os
import resource
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random

from device_emulator.tissue.person_file import read_person
from rnprog.profile.capabilities_json import LimitsError, capabilities_from_file
from rnprog.profile.findings import Finding, ProfileError
from rnprog.profile.schema import load
from rnprog.profile.verify import verify_file
from tests.attacks.common import ROOT, Broken, Result, over
from tests.pace import shelves

SHARE = 500
FULL = 20_000
MOST_SHELVES = 8.0
MEMORY_BYTES = 64 << 20

BASES = sorted((ROOT / "profiles").glob("*.toml"))
PERSON = """[person]
cohort = "A"
subject = 7

[nerve]
motor_left_ma = 2.5
miss_rate = 0.1

[electrodes]
contact_area_cm2 = 0.1225
access_ohm = [400, 400, 400, 400, 400, 400, 400, 400]
open_contacts = ["L1"]
short_pairs = [["R1", "R2"]]

[home]
starts = "remote"
start_share = 0.9
"""


def run(runs: int, seed: int) -> Result:
    return over(runs, seed, case, row=_row)


def case(number: int) -> str:
    """One file before its reader."""
    rng = Random(number)
    target, name = _what(number)
    hostile, refused = MUTATIONS[name](rng, target.base(rng)), ""
    if name == TRICKS and target.name == "profile":
        hostile, refused = trick(rng, target.base(rng))
    path = Path(tempfile.mkdtemp(dir=os.environ["XDG_DATA_HOME"])) / f"hostile{target.suffix}"
    path.write_bytes(hostile if isinstance(hostile, bytes) else hostile.encode("utf-8", "surrogatepass"))
    before_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    heard: list[str] = []
    took, said = shelves(lambda: heard.append(target.read(path)), MOST_SHELVES), heard[0]
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before_bytes
    path.unlink()
    path.parent.rmdir()
    if took > MOST_SHELVES:
        raise Broken(f"took {took:.1f} times what the whole shelf takes")
    if grown > MEMORY_BYTES:
        raise Broken(f"took {grown >> 20} MiB")
    bad = [letter for letter in said if not (letter.isprintable() or letter == "\n")]
    if bad:
        raise Broken(f"raw {bad[:5]!r} in {said[:200]!r}")
    if refused and not any(line.startswith("RN106 error") or (" error " in line and f" {refused} " in line) for line in said.split("\n")):
        raise Broken(f"{refused} is not refused by its name: {said[:300]!r}")
    return _row(number)


def _what(number: int) -> tuple[Target, str]:
    names = tuple(MUTATIONS)
    return TARGETS[number // len(names) % len(TARGETS)], names[number % len(names)]


def _row(number: int) -> str:
    target, name = _what(number)
    return f"{target.name}: {name}"


# readers


@dataclass(frozen=True)
class Target:
    """A kind of file. `read` gives everything that was said about one, and raises for what its reader must not raise."""

    name: str
    suffix: str
    base: Callable[[Random], str]
    read: Callable[[Path], str]


def _profile(path: Path) -> str:
    findings = verify_file(path)
    try:
        load(path)
    except ProfileError as error:
        findings = [*findings, *error.findings]
    else:
        if any(finding.exit_code in (65, 66) for finding in findings):
            raise Broken(f"loaded, although verification cannot read it: {findings}")
    return "\n".join(map(_said, findings))


def _said(finding: Finding) -> str:
    return f"{finding.rule} {finding.severity} {finding.line} {finding.column} {finding.field} {finding.text} {finding.source}"


def _person(path: Path) -> str:
    try:
        read_person(path)
    except ValueError as error:
        return str(error)
    return ""


def _limits(path: Path) -> str:
    try:
        capabilities_from_file(path)
    except LimitsError as error:
        return str(error)
    return ""


@lru_cache(maxsize=1)
def _profiles() -> tuple[str, ...]:
    return tuple(path.read_text(encoding="utf-8") for path in BASES)


def _as_json(rng: Random) -> str:
    return '{"schema": "rnprog.status/1", "capabilities": {"model": "RN-1", "slots": 4, "amplitude_ma": {"minimum": 0.0}}}'


TARGETS = (
    Target("profile", ".toml", lambda rng: rng.choice(_profiles()), _profile),
    Target("patient of the emulator", ".toml", lambda rng: PERSON, _person),
    Target("limits", ".json", _as_json, _limits),
)


# files


Text = str | bytes
LITERALS = (
    *("true", "false", "nan", "+nan", "inf", "-inf", "-0", "-0.0", "1e30", "1e-30", "1e99999", "0x10", "0o17", "0b1", "1_000", "1__0"),
    *("9" * 400, "9" * 4_000, "9" * 4_400, "0." + "1" * 4_000, "1" + "0" * 30, "2026-01-31", "2026-01-31T10:00:00Z", "10:00:00"),
    *('"2.5"', "'2.5 mA'", "[]", "[2.5]", "{}", "{ a = 1 }", '""', '"""x"""', '"\\u0000"', '"\\u202e\\u200b"', '"[/x]"', '"=1+1"', "٣"),
)


def _entries(text: str) -> list[int]:
    return [number for number, line in enumerate(text.split("\n")) if " = " in line]


TRICKS = "value of another kind"
NEVER = tuple(each for each in LITERALS if each not in ("0x10", "0o17", "0b1", "1_000", "1e30", "1e-30"))
"""No dose and no time can be written like this, whatever the entry."""


def trick(rng: Random, text: str) -> tuple[Text, str]:
    """A dose or time of a profile has a value of another kind; its dotted name, by which it is refused unless it is no TOML (RN106)."""
    lines = text.split("\n")
    numbers = [at for at in _entries(text) if lines[at].partition(" = ")[2][:1].isdigit()]
    at = rng.choice(numbers)
    table = next(line.strip("[]") for line in reversed(lines[:at]) if line.startswith("["))
    key = lines[at].partition(" ")[0]
    lines[at] = f"{key} = {rng.choice(NEVER)}"
    return "\n".join(lines), f"{table}.{key}"


def literal(rng: Random, text: str) -> Text:
    """An entry has a value of another kind."""
    lines = text.split("\n")
    at = rng.choice(_entries(text) or [0])
    lines[at] = lines[at].partition("=")[0] + "= " + rng.choice(LITERALS)
    return "\n".join(lines)


def dotted(rng: Random, text: str) -> Text:
    """One key of thousands of parts (CPython gh-149231), of any size up to the largest file that is read, and beyond."""
    size = rng.choice((15, 16, 17, 1_000, 8_000, 16_000, 32_000, 64_000, 100_000))
    key = ".".join("a" * 1 for _ in range(size // 2))
    return rng.choice((f"{key} = 1\n", f"[{key}]\n", f"x = {{ {key} = 1 }}\n", text + f"\n{key} = 1\n", f"[[{key}]]\n"))


def many_dotted(rng: Random, text: str) -> Text:
    """Many keys, each with as many parts as are let through."""
    parts = rng.choice((4, 15, 16, 17))
    return "\n".join(".".join(f"k{number}" for _ in range(parts)) + " = 1" for number in range(rng.choice((50, 200, 2_000))))


def nested(rng: Random, text: str) -> Text:
    depth = rng.choice((7, 8, 9, 100, 500, 1_000, 5_000, 50_000))
    inside = rng.choice(("[", "{a=", "[{a="))
    close = {"[": "]", "{a=": "}", "[{a=": "}]"}[inside]
    lines = rng.choice(("", "\n"))
    return "a = " + (inside + (lines if inside == "[" else "")) * depth + "1" + close * depth


def many_tables(rng: Random, text: str) -> Text:
    count = rng.choice((100, 1_000, 3_000))
    return "\n".join(rng.choice((f"[t{n}.a]", "[[a]]", f"[a.b{n}]", f"[a.b.c.d.e.f.g.h{n}]")) for n in range(count))


def long_line(rng: Random, text: str) -> Text:
    size = rng.choice((16_000, 16_385, 65_000, 1_000_000))
    return rng.choice(
        ("# " + "x" * size, 'a = "' + "x" * size + '"', "x" * size, "a" * size + " = 1", "a = " + "1" * size, " " * size + text)
    )


def doubled(rng: Random, text: str) -> Text:
    lines = text.split("\n")
    at = rng.choice(_entries(text) or [0])
    return "\n".join([*lines[: at + 1], *[lines[at]] * rng.choice((1, 2, 200)), *lines[at + 1 :]])


def unknown(rng: Random, text: str) -> Text:
    """An entry that no such file has; its name is hostile too."""
    names = ("serial", '"\\u001b[31m"', '"[/x]"', '"=cmd"', '""', "a" * 5_000, '"\\u202e"', "__class__", "é", '"a\\nb"', "'../x'")
    lines = text.split("\n")
    lines.insert(rng.choice(_entries(text) or [0]), rng.choice(names) + " = 1")
    return "\n".join(lines)


def encoded(rng: Random, text: str) -> Text:
    content = text.encode()
    return rng.choice(
        (
            b"\xef\xbb\xbf" + content,
            text.replace("\n", "\r\n").encode(),
            text.replace("\n", "\r").encode(),
            text.encode("utf-16"),
            text.encode("utf-32-be"),
            content[:100] + b"\x00" + content[100:],
            content[:100] + b"\xff\xfe" + content[100:],
            content[:200] + b"\xc0\x80" + content[200:],
            content + b"\xed\xa0\x80",
            content + b"\x1a",
            b"",
            b"\x00" * 5_000,
            text.replace("=", "＝").encode(),
            text.replace(" = ", "\u00a0=\u2003").encode(),
        )
    )


def bytes_changed(rng: Random, text: str) -> Text:
    content = bytearray(text.encode())
    for _ in range(rng.choice((1, 2, 8, 64))):
        at = rng.randrange(len(content))
        content[at : at + rng.randint(0, 2)] = rng.randbytes(rng.randint(0, 3))
    return bytes(content)


def tokens(rng: Random, text: str) -> Text:
    """Pieces of the language, in no order."""
    pieces = (
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        "=",
        ".",
        ",",
        '"',
        "'",
        '"""',
        "'''",
        "#",
        "\n",
        "\\",
        "a",
        "1",
        " ",
        "left",
        "e9",
        "-",
        "\\u",
        ":",
    )
    return "".join(rng.choice(pieces) for _ in range(rng.choice((10, 100, 2_000, 10_000))))


def escapes(rng: Random, text: str) -> Text:
    """Texts that are hostile where they are shown."""
    hostile = rng.choice(
        ("\\u001b]0;x\\u0007", "\\u009b31m", "\\u202e", "\\u200b", "[/x]", "[bold]", "=1+1", "@SUM(A1)", "\\n\\nerror: x", "\\u0000")
    )
    lines = text.split("\n")
    at = rng.choice([number for number in _entries(text) if '"' in lines[number]] or [0])
    lines[at] = lines[at].partition("=")[0] + f'= "{hostile * rng.choice((1, 50))}"'
    return "\n".join(lines)


def deep_json(rng: Random, text: str) -> Text:
    """The same bombs in the other language."""
    depth = rng.choice((100, 900, 1_100, 7_000, 100_000))
    number = rng.choice(("NaN", "Infinity", "-Infinity", "1e999", "9" * 4_500, "-0", "true", "null"))
    keys = ",".join(f'"k{n}":1' for n in range(rng.choice((10, 1_000, 10_000))))
    return rng.choice(
        ("[" * depth, '{"a":' * depth + "1" + "}" * depth, f'{{"capabilities": {number}}}', "{" + keys + "}", '{"a":1,"a":2}')
    )


MUTATIONS: dict[str, Callable[[Random, str], Text]] = {
    TRICKS: literal,
    "key of many parts": dotted,
    "many keys of many parts": many_dotted,
    "nested": nested,
    "many tables": many_tables,
    "long line": long_line,
    "entry twice": doubled,
    "unknown entry": unknown,
    "encoding": encoded,
    "bytes changed": bytes_changed,
    "tokens": tokens,
    "escapes": escapes,
    "JSON": deep_json,
}
