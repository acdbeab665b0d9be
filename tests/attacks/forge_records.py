"""Forged records against the verifier. Each forgery changes a good record in one known way; it has to be found, and the line named.

Who only edits the file is found by the chain. Who computes the chain anew is found by the noted head alone, which the report and the next
record hold: those rows say so, and check that without it nothing is claimed. What is added to a session that crashed is found by the record
that was begun after it, and by that alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from rnprog.session.audit import Audit, Unreadable, audit
from rnprog.session.audit_chain import chain
from rnprog.session.record import Record, Times
from rnprog.session.unclosed import put_right, unclosed
from tests.attacks.common import Broken, Result, over

SHARE = 4_000
FULL = 100_000
BLOCK = 250
"""Cases that forge the same record."""

Rows = list[bytes]
_KINDS = ("intent", "outcome", "answer", "note", "titrated")


@dataclass(frozen=True)
class Forged:
    """What somebody made of a record. `lines`: one of these has to be the first that is named."""

    content: bytes
    lines: tuple[int, ...]
    needs_head: bool = False
    """Without the noted head it cannot be told from a good record."""
    crashed: bytes | None = None
    """What lay there when the next record was begun, which found the session unclosed. None: no other record is looked at."""


def run(runs: int, seed: int) -> Result:
    return over(runs, seed, case, row=_name)


def case(number: int) -> str:
    """One forgery."""
    rng = Random(number)
    rows = good(number // BLOCK)
    head = hashlib.sha256(rows[-1]).hexdigest()
    forged = FORGERIES[_name(number)](rng, list(rows))
    session = str(json.loads(rows[0])["session"])
    if forged.crashed is not None:
        _found_by_the_next(rng, forged, session)
        return _name(number)
    if forged.content == _file(rows):
        return "changed nothing after all"
    found = _judged(forged.content, session, head)
    if found is not None:
        _named(found, forged)
    elif forged.content.count(b"\n") > 1:
        raise Broken("said to be no record at all: none of its lines is named")
    if forged.needs_head:
        alone = _judged(forged.content, session, None)
        if alone is None or not alone.good:
            raise Broken(f"without the head it was said to be found: {alone}")
    return _name(number)


def _name(number: int) -> str:
    return tuple(FORGERIES)[number % len(FORGERIES)]


def _judged(content: bytes, session: str, head: str | None) -> Audit | None:
    """In a file named as the record was. None: it was said to be no record at all. That names no line, and is right only where one line is
    all there is."""
    path = _place() / f"{session}.jsonl"
    path.write_bytes(content)
    try:
        return audit(path, head=head)
    except Unreadable as said:
        if not str(said).isprintable():
            raise Broken(f"raw text of the file: {str(said)!r}") from said
        return None


def _found_by_the_next(rng: Random, forged: Forged, session: str) -> None:
    """By itself the record looks whole; the one that was begun after it says where it ended."""
    folder = Path(tempfile.mkdtemp(dir=_place()))
    path = folder / f"{session}.jsonl"
    path.write_bytes(forged.crashed or b"")
    path.with_suffix(".reserve").touch()
    told = unclosed(folder)
    with _seeded(rng):
        moment = Times(1, datetime(2026, 1, 6, 9, tzinfo=UTC), 0.0)
        opening = {"mode": "emulator", "unclosed": [each.as_dict() for each in told]}
        after = Record.create(folder, "RN1-E0000002", lambda: moment, actor="nurse", opening=opening)
    put_right(folder, told)
    after.close({})
    paths = [path, after.path]
    if after.path in chain(paths).broken or chain(paths).moved or not audit(path).good:
        raise Broken(f"said of records that nobody touched: {chain(paths)}")
    path.write_bytes(forged.content)
    if not audit(path).good or after.path in chain(paths).broken:
        raise Broken(f"it was said to be found without the end that was told: {audit(path).faults[:1]}, {chain(paths).broken}")
    moved = chain(paths).moved
    if {each: fault.line for each, fault in moved.items()} != {path: forged.lines[0]}:
        raise Broken(f"not found, or not at line {forged.lines[0]} of it: {moved}")


def _named(found: Audit, forged: Forged) -> None:
    if found.good:
        raise Broken("not found")
    first = min(fault.line for fault in found.faults)
    if first not in forged.lines:
        raise Broken(f"line {first} is named first, not one of {forged.lines}: {found.faults[:3]}")
    for fault in found.faults:
        if not fault.text.isprintable() or not fault.text.isascii():
            raise Broken(f"raw text of the file: {fault.text!r}")


def _place() -> Path:
    """Inside the place of this run (`common.place`)."""
    return Path(os.environ["XDG_DATA_HOME"])


@contextmanager
def _seeded(rng: Random) -> Iterator[None]:
    """The part of a record's name that is left to chance comes from the case's own, so that the case is the same in every process."""
    real = secrets.token_hex

    def token_hex(nbytes: int | None = None) -> str:
        return rng.randbytes(nbytes or 0).hex()

    secrets.token_hex = token_hex
    try:
        yield
    finally:
        secrets.token_hex = real


@lru_cache(maxsize=2)
def good(block: int) -> tuple[bytes, ...]:
    """The lines of a record as the writer writes them: a predecessor, odd texts, a clock that was set."""
    rng = Random(f"record {block}")
    folder = Path(tempfile.mkdtemp(dir=_place()))
    moment = datetime(2026, 1, 5, 9, tzinfo=UTC)
    ticks = [0]

    def times() -> Times:
        ticks[0] += rng.randint(1, 10**9)
        return Times(ticks[0], moment + timedelta(microseconds=ticks[0] // 1000), ticks[0] / 1e9)

    for serial in ("RN1-E0000001", "RN1-E0000002"):
        with _seeded(rng):
            actor, opening = rng.choice(("nurse", "doctor")), {"mode": "emulator", "serial": serial}
            record = Record.create(folder, serial, times, actor=actor, opening=opening)
        for _ in range(rng.randint(3, 20)):
            record.write(rng.choice(_KINDS), _data(rng))
        record.close({"output_left": "off", "output_right": "off"})
    return tuple(record.path.read_bytes().split(b"\n")[:-1])


def _data(rng: Random) -> dict[str, Any]:
    value = rng.choice(("2.5", "off", "µ\x1b[31m\u202e", "line\nbreak", '{"seq":1}', "", "x" * 200))
    return {
        "what": rng.choice(("arm", "amplitude", "impedance")),
        "amplitude_ma": f"{rng.randint(0, 99) / 10}",
        "text": value,
        "n": rng.getrandbits(20),
    }


def _file(rows: Rows | tuple[bytes, ...]) -> bytes:
    return b"".join(row + b"\n" for row in rows)


def _line(row: bytes, **changes: Any) -> bytes:
    return json.dumps({**json.loads(row), **changes}, sort_keys=True, separators=(",", ":")).encode("ascii")


def _chained(rows: Rows, first: int) -> Rows:
    """Numbers and hashes computed anew from `first` (0: the first line) on, as the writer would."""
    done = rows[:first]
    for number, row in enumerate(rows[first:], first):
        prev = hashlib.sha256(done[-1]).hexdigest() if done else json.loads(row)["prev"]
        done.append(_line(row, seq=number, prev=prev))
    return done


def _edited(rng: Random, row: bytes) -> bytes:
    """Another content that is still a line."""
    told = json.loads(row)
    match rng.randrange(6):
        case 0:
            told["actor"] += "x"
        case 1:
            told["mono_ns"] += rng.choice((1, -1, 10**9))
        case 2:
            told["data"] = {**told["data"], "amplitude_ma": f"{rng.randint(100, 999) / 10}"}
        case 3:
            told["data"] = {**told["data"], "added": True}
        case 4:
            told["utc"] = told["utc"].replace("2026", "2025")
        case 5:
            told["link_s"] += "1"
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode("ascii")


def edited(rng: Random, rows: Rows) -> Forged:
    at = rng.randrange(len(rows) - 1)
    rows[at] = _edited(rng, rows[at])
    return Forged(_file(rows), (at + 2,))


def last_edited(rng: Random, rows: Rows) -> Forged:
    rows[-1] = _edited(rng, rows[-1])
    return Forged(_file(rows), (len(rows),), needs_head=True)


def respelt(rng: Random, rows: Rows) -> Forged:
    """The same values in other bytes."""
    at = rng.randrange(len(rows) - 1)
    told = json.loads(rows[at])
    spelt = (
        json.dumps(told, sort_keys=True),
        json.dumps(dict(reversed(list(told.items()))), separators=(",", ":")),
        rows[at].decode() + " ",
    )
    rows[at] = rng.choice(spelt).encode("ascii")
    return Forged(_file(rows), (at + 2,))


def byte_changed(rng: Random, rows: Rows) -> Forged:
    """Any byte of any line becomes any other."""
    at = rng.randrange(len(rows))
    row = bytearray(rows[at])
    place = rng.randrange(len(row))
    row[place] = rng.choice([value for value in (row[place] ^ 1 << rng.randrange(8), rng.getrandbits(8)) if value != 10] or [32])
    rows[at] = bytes(row)
    return Forged(_file(rows), (at + 1, at + 2) if at < len(rows) - 1 else (at + 1,))


def dropped(rng: Random, rows: Rows) -> Forged:
    at = rng.randrange(len(rows) - 1)
    del rows[at : at + rng.randint(1, len(rows) - 1 - at)]
    return Forged(_file(rows), (at + 1,))


def dropped_and_numbered(rng: Random, rows: Rows) -> Forged:
    """A line is taken out and the numbers are made good, the hashes are not."""
    at = rng.randrange(1, len(rows) - 1)
    del rows[at]
    rows[at:] = [_line(row, seq=number) for number, row in enumerate(rows[at:], at)]
    return Forged(_file(rows), (at + 1,))


def added(rng: Random, rows: Rows) -> Forged:
    """A line that fits the one before it: the one behind it does not follow any more."""
    at = rng.randrange(1, len(rows))
    fits = {"seq": at, "prev": hashlib.sha256(rows[at - 1]).hexdigest()}
    rows.insert(at, _line(_edited(rng, rows[at - 1]), **(fits if rng.random() < 0.6 else {})))
    return Forged(_file(rows), (at + 1, at + 2))


def doubled(rng: Random, rows: Rows) -> Forged:
    at = rng.randrange(len(rows))
    rows.insert(at, rows[at])
    return Forged(_file(rows), (at + 2,))


def swapped(rng: Random, rows: Rows) -> Forged:
    first, second = sorted(rng.sample(range(len(rows)), 2))
    rows[first], rows[second] = rows[second], rows[first]
    return Forged(_file(rows), (first + 1,))


def tail_cut(rng: Random, rows: Rows) -> Forged:
    kept = rng.randint(1, len(rows) - 1)
    return Forged(_file(rows[:kept]), (kept,), needs_head=True)


def torn(rng: Random, rows: Rows) -> Forged:
    content = _file(rows)
    last = len(rows[-1]) + 1
    return Forged(content[: -rng.randint(1, last - 1)], (len(rows) - 1, len(rows)))


def behind_the_end(rng: Random, rows: Rows) -> Forged:
    fits = {"seq": len(rows), "prev": hashlib.sha256(rows[-1]).hexdigest()}
    return Forged(_file([*rows, _line(rows[rng.randrange(len(rows))], **fits)]), (len(rows) + 1,))


def behind_an_unclosed_end(rng: Random, rows: Rows) -> Forged:
    """What crashed is made to end as if all had been well: the lines of another end, or those that it might have had."""
    kept = rng.randint(1, len(rows) - 1)
    added = rng.choice(
        (rows[kept:], [_line(rows[-1], kind="stop", data={"cause": "operator", "confirmed": True}), rows[-1]], [_edited(rng, rows[-1])])
    )
    return Forged(_file(_chained([*rows[:kept], *added], kept)), (kept + 1,), crashed=_file(rows[:kept]))


def rewritten(rng: Random, rows: Rows) -> Forged:
    """A line is edited, and everything after it computed anew."""
    at = rng.randrange(len(rows))
    rows[at] = _edited(rng, rows[at])
    return Forged(_file(_chained(rows, at)), (len(rows),), needs_head=True)


def dropped_and_rewritten(rng: Random, rows: Rows) -> Forged:
    at = rng.randrange(1, len(rows) - 1)
    del rows[at]
    return Forged(_file(_chained(rows, at)), (len(rows),), needs_head=True)


def added_and_rewritten(rng: Random, rows: Rows) -> Forged:
    at = rng.randrange(1, len(rows))
    while json.loads(rows[at - 1])["kind"] in ("open", "close") and at < len(rows) - 1:
        at += 1
    rows.insert(at, _edited(rng, rows[at - 1]))
    return Forged(_file(_chained(rows, at)), (len(rows),), needs_head=True)


def all_rewritten(rng: Random, rows: Rows) -> Forged:
    """Another appointment under the same name, wholly in order."""
    return Forged(_file(_chained([_edited(rng, row) for row in rows], 0)), (len(rows),), needs_head=True)


def of_another_record(rng: Random, rows: Rows) -> Forged:
    """A line of another session, numbered and chained to fit."""
    at = rng.randrange(1, len(rows) - 1)
    rows[at] = _line(rows[at], session="20260105T090000Z-RN1-E0000009-abcd", prev=hashlib.sha256(rows[at - 1]).hexdigest())
    return Forged(_file(_chained(rows, at + 1)), (at + 1,))


def no_line(rng: Random, rows: Rows) -> Forged:
    """What JSON or Python would take, and a record never holds."""
    at = rng.randrange(1, len(rows))
    whole = rows[at].decode()
    odd = (
        whole.replace(f'"seq":{at}', f'"seq":{at}.0'),
        whole.replace(f'"seq":{at}', '"seq":true'),
        whole.replace(f'"seq":{at}', f'"seq":{at},"seq":{at}'),
        whole.replace('"v":1', '"v":NaN'),
        whole.replace('"v":1', '"v":1e999'),
        whole.replace('"v":1', '"v":2'),
        whole.replace('"kind":', '"Kind":'),
        whole.replace('"kind":', '"\\u001b[31m\\u202e":'),
        "[" * 100_000,
        "9" * 5_000,
        "",
        "null",
        "\x1b]0;title\x07",
        '{"\x1b[31m":1}',
        whole.replace('"data":{', '"data":[{').replace("}", "}]"),
    )
    rows[at] = rng.choice(odd).encode("ascii")
    return Forged(_file(rows), (at + 1,))


def line_ends(rng: Random, rows: Rows) -> Forged:
    """As an editor of another system leaves a file."""
    content = _file(rows)
    changed = rng.choice((content.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + content, content.replace(b"\n", b"\n\n"), content + b"\n"))
    return Forged(changed, (1, 2) if changed != content + b"\n" else (len(rows) + 1,))


FORGERIES: dict[str, Callable[[Random, Rows], Forged]] = {
    "line edited": edited,
    "line spelt otherwise": respelt,
    "byte changed": byte_changed,
    "last line edited (noted head)": last_edited,
    "lines dropped": dropped,
    "line dropped, numbers made good": dropped_and_numbered,
    "line added": added,
    "line doubled": doubled,
    "lines swapped": swapped,
    "tail cut (noted head)": tail_cut,
    "torn": torn,
    "line behind the end": behind_the_end,
    "line behind an end that was found unclosed": behind_an_unclosed_end,
    "line of another record": of_another_record,
    "no line of a record": no_line,
    "line ends of another system": line_ends,
    "edited and computed anew (noted head)": rewritten,
    "dropped and computed anew (noted head)": dropped_and_rewritten,
    "added and computed anew (noted head)": added_and_rewritten,
    "all rewritten (noted head)": all_rewritten,
}
