"""From a file to a table of plain values, safely. Owns the limits against hostile files and every RN1xx finding.

Whatever a file holds, it is read within the limits or `ProfileError` comes out, never another exception (reliability M7, M8, M10).
It must not know what a profile means beyond its first line, `schema`.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from pathlib import Path

from rnprog.profile.findings import Finding, ProfileError, about_file, refusal, shown, shown_path
from rnprog.profile.numbers import exact
from rnprog.profile.positions import deepest_opening, long_number, scan, without_texts
from rnprog.profile.rules import RULES
from rnprog.profile.unseen import unseen

SCHEMA = "rnprog.profile/2"
OLDER = ("rnprog.profile/1",)
"""Versions that `profile migrate` brings up to date."""
LARGEST_BYTES = 16 * 1024
MOST_PER_LINE = {".": 16, "[": 8, "{": 8}
"""A key of thousands of dotted parts costs the TOML reader seconds and gigabytes (CPython gh-149231), so a size limit is not enough."""
_DEEPEST = 16

_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_AT_LINE = re.compile(r" ?\(at (?:line (\d+), column (\d+)|end of document)\)$")
_REPEATED = ("Cannot overwrite", "Cannot declare", "Cannot redefine", "Cannot mutate")


def read_text(path: Path) -> str:
    """The text of a profile file, with plain line feeds. Raises `ProfileError` (RN101 to RN104)."""
    content = _read_bytes(path)
    if len(content) > LARGEST_BYTES:
        raise refusal("RN103", path, "This file is larger than 16 KiB, which no profile is. Check that it is the right file.")
    if content.startswith(b"\xef\xbb\xbf"):
        raise refusal("RN104", path, "This file begins with a byte order mark. Save it as UTF-8 without it.", line=1, column=1)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        text = "This file is not UTF-8 text from here on. Save it as UTF-8, or check that it is the right file."
        raise refusal("RN104", path, text, line=line, column=1) from error
    return plain_lines(text)


def plain_lines(text: str) -> str:
    """`text` with a plain line feed at the end of each line."""
    return text.replace("\r\n", "\n")


def read_tables(text: str, origin: str | os.PathLike[str]) -> dict[str, object]:
    """The tables of a profile text (plain line feeds) of the version known here. Raises `ProfileError` (RN103, RN105 to RN108, RN110)."""
    tables = plain_tables(text, origin)
    _check_schema(tables, text, origin)
    return tables


def plain_tables(text: str, origin: str | os.PathLike[str]) -> dict[str, object]:
    """The same for a text of any version. Raises `ProfileError` (RN103, RN105 to RN107, RN110).

    A number with a point or an exponent becomes a `Decimal` or an `OddNumber`, never a `float`.
    """
    if len(text) > LARGEST_BYTES:
        raise refusal("RN103", origin, "This text is larger than 16 KiB, which no profile is. Check that it is the right one.")
    hidden = list(unseen(text))
    if hidden:
        said = "Here stands a character that is not seen, or that turns the text around: {}. Remove it."
        raise ProfileError(about_file("RN110", origin, said.format(name), line=line, column=column) for line, column, name in hidden)
    line = _overloaded_line(text)
    if line is not None:
        text = "This line has more dots or brackets than any profile needs. Check that it is the right file."
        raise refusal("RN105", origin, text, line=line, column=1)
    try:
        tables: dict[str, object] = tomllib.loads(text, parse_float=exact)
    except tomllib.TOMLDecodeError as error:
        raise _unparsable(text, origin, str(error)) from error
    except RecursionError as error:
        line, column = deepest_opening(text, _DEEPEST)
        said = f"Here brackets stand in brackets more than {_DEEPEST} deep. Check that it is the right file."
        raise refusal("RN105", origin, said, line=line, column=column) from error
    except ValueError as error:
        line, column = long_number(text)
        said = "This number has thousands of digits and cannot be read. Correct it."
        raise refusal("RN106", origin, said, line=line, column=column) from error
    return tables


def _read_bytes(path: Path) -> bytes:
    """At most one byte more than a profile may have."""
    try:
        before = os.lstat(path)
        if stat.S_ISLNK(before.st_mode):
            raise refusal("RN102", path, "This is a link to another file; links are not followed. Name the file itself.")
        _check_ordinary(before, path)
        handle = os.open(path, _OPEN_FLAGS)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise refusal("RN101", path, f"There is no file {shown_path(path)}. Check the name.") from error
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    try:
        with os.fdopen(handle, "rb") as file:
            _check_ordinary(os.fstat(file.fileno()), path)
            return file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise _unreadable(path, error) from error


def _check_ordinary(status: os.stat_result, path: Path) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise refusal("RN102", path, "This is a folder, not a profile. Name a file in it.")
    if not stat.S_ISREG(status.st_mode):
        raise refusal("RN102", path, "This is not an ordinary file (a device or a pipe). Name a profile file.")


def _unreadable(path: Path, error: OSError | ValueError) -> ProfileError:
    why = error.strerror if isinstance(error, OSError) and error.strerror else "its name cannot be used"
    return refusal("RN102", path, f"This file cannot be read: {why}. Check its name and permissions.")


def _overloaded_line(text: str) -> int | None:
    """The first line, counted from 1, with more dots or brackets than any profile has; texts and comments are looked at only if needed."""
    if not _overloaded(text):
        return None
    return _overloaded(without_texts(text))


def _overloaded(text: str) -> int | None:
    for number, line in enumerate(text.split("\n"), 1):
        if any(line.count(sign) > most for sign, most in MOST_PER_LINE.items()):
            return number
    return None


def _unparsable(text: str, origin: str | os.PathLike[str], message: str) -> ProfileError:
    """Words and places for a text that the TOML reader refused with `message`."""
    if message.startswith(_REPEATED):
        repeated = _repeated(text, origin)
        if repeated:
            return ProfileError(repeated)
    match = _AT_LINE.search(message)
    lines = text.split("\n")
    line, column = (int(match[1]), int(match[2])) if match and match[1] else (len(lines), len(lines[-1]) + 1)
    said = message[: match.start()] if match else message
    rule = "RN107" if message.startswith(_REPEATED) else "RN106"
    sentence = f"This is not correct TOML: {shown(said)}. Correct this line or the one before it."
    return refusal(rule, origin, sentence, line=line, column=column)


def _repeated(text: str, origin: str | os.PathLike[str]) -> list[Finding]:
    places, rule = scan(text), RULES["RN107"]
    found = []
    for path, place in places.repeated:
        name, first = shown(".".join(path)), places.nearest(path).line
        said = f"{name} is already there, in line {first}. Keep one of the two."
        found.append(Finding(rule.id, rule.severity, shown_path(origin), place.line, place.column, name, said, rule.source))
    return found


def _check_schema(tables: dict[str, object], text: str, origin: str | os.PathLike[str]) -> None:
    schema = tables.get("schema")
    if schema == SCHEMA:
        return
    place = scan(text).nearest(("schema",))
    if isinstance(schema, str) and schema.startswith("rnprog.profile/"):
        advice = "Bring it up to date: rnprog profile migrate." if schema in OLDER else "Use the rnprog that made it."
        said = f"This profile is of the version {shown(schema)}, and this rnprog knows {SCHEMA} only. {advice}"
    else:
        said = f'This is not a profile: a profile begins with schema = "{SCHEMA}". Check that it is the right file.'
    raise refusal("RN108", origin, said, line=place.line, column=place.value_column)
