"""An attack that finds nothing proves little until it is seen to find something: here each meets a product that was broken on purpose."""

from __future__ import annotations

import gc
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from textual.content import Content
from textual.widgets.option_list import Option

from device_emulator.firmware import output
from rnprog.commands import app, record_export, render, stop
from rnprog.commands.showable import safe
from rnprog.profile import reading
from rnprog.protocol import connection, endpoint, frames, reader
from rnprog.session import audit, audit_chain, export, record
from rnprog.session.predecessors import NO_PREDECESSOR, Predecessors
from rnprog.tui.plain_input import PlainInput
from rnprog.tui.screens import connect, profiles
from rnprog.tui.screens.connect import Choice
from rnprog.tui.widgets import banner, record_lines
from tests import pace
from tests.attacks import (
    forge_records,
    fuzz_firmware,
    fuzz_flood,
    fuzz_frames,
    fuzz_replay,
    hostile_strings,
    hostile_toml,
    kills,
    lease,
)
from tests.attacks.common import ROOT, Broken, Result, over, over_these, place
from tests.attacks.hostile_screens import Visitor, walk
from tests.attacks.hostile_words import SEEDS

Patch = pytest.MonkeyPatch


def found(result: Result, *rows: str) -> None:
    """Something was found, in these rows."""
    assert result.finds
    hit = {row.what for row in result.rows if row.finds}
    assert all(any(row in each for each in hit) for row in rows), hit


def test_a_checksum_that_is_not_looked_at(monkeypatch: Patch) -> None:
    monkeypatch.setattr(frames, "crc32", lambda body: frames._RESIDUE)
    found(fuzz_frames.run(6_000, 0), "device: 1 bit", "host: 2 bits", "device: burst")


def test_a_checksum_of_16_bits(monkeypatch: Patch) -> None:
    """One in 65,536 damaged frames passes then; the row of bursts shows it, because the expectation asks no checksum."""
    real = frames.crc32
    monkeypatch.setattr(frames, "crc32", lambda body: frames._RESIDUE if (real(body) ^ frames._RESIDUE) & 0xFF == 0 else 0)
    assert fuzz_frames.run(20_000, 0).finds


def test_a_gate_that_lets_repetitions_through(monkeypatch: Patch) -> None:
    real = endpoint.DeviceEndpoint._gated

    def gated(self: Any, frame: Any, kind: Any, execute: Any) -> bytes:
        self.last_sequence = 0
        return real(self, frame, kind, execute)

    monkeypatch.setattr(endpoint.DeviceEndpoint, "_gated", gated)
    found(fuzz_frames.run(6_000, 0), "device: replayed")
    fuzz_replay.stand.cache_clear()
    found(fuzz_replay.run(400, 1_000_000), "device: replay")
    fuzz_replay.stand.cache_clear()


def test_a_host_that_takes_any_answer(monkeypatch: Patch) -> None:
    monkeypatch.setattr(connection.HostConnection, "_expected", lambda self, frame: self.outstanding)
    found(fuzz_frames.run(6_000, 0), "host: replayed", "host: right checksum, wrong header")


def test_a_conversation_that_begins_like_the_last_one(monkeypatch: Patch) -> None:
    real = connection.HostConnection.__init__
    monkeypatch.setattr(connection.HostConnection, "__init__", lambda self, begin=0: real(self, 0))
    fuzz_replay.stand.cache_clear()
    found(fuzz_replay.run(2_000, 2_000_000), "host: IDENTIFY")
    fuzz_replay.stand.cache_clear()


def test_a_reader_that_hoards(monkeypatch: Patch) -> None:
    monkeypatch.setattr(reader, "MAX_ENCODED", 1 << 30)
    found(over_these([2], fuzz_flood.case, row="flood"), "flood")
    gc.collect()


def test_a_device_without_a_limit_of_steps(monkeypatch: Patch) -> None:
    assert hasattr(output, "Output")
    monkeypatch.setattr(fuzz_firmware, "STEP_UA", 100)
    found(fuzz_firmware.run(40, 0), "hosts")


@pytest.mark.parametrize(
    ("name", "instead", "rows"),
    [
        ("_wrong", lambda *words: [], ("line edited", "lines swapped", "line dropped")),
        ("_no_doubles", dict, ("no line",)),
        ("_plain", lambda text: text, ("no line",)),
    ],
)
def test_a_verifier_that_looks_away(monkeypatch: Patch, name: str, instead: Callable[..., Any], rows: tuple[str, ...]) -> None:
    forge_records.good.cache_clear()
    monkeypatch.setattr(audit, name, instead)
    found(forge_records.run(1_500, 0), *rows)


def test_a_verifier_that_compares_no_end_that_was_found_unclosed(monkeypatch: Patch) -> None:
    monkeypatch.setattr(audit_chain, "_found_unclosed", lambda named: {})
    found(forge_records.run(100, 0), "line behind an end that was found unclosed")


def test_a_case_of_the_forged_records_is_the_same_in_every_process() -> None:
    """A name left to chance was in every line: `--seed N --runs 1` replayed another record than the one that had been a find."""
    with place():
        once = [forge_records.good(block) for block in range(3)]
        forge_records.good.cache_clear()
        assert [forge_records.good(block) for block in range(3)] == once
    program = "import hashlib; from tests.attacks.common import place; from tests.attacks.forge_records import good\nwith place(): "
    program += "print(hashlib.sha256(b''.join(good(0))).hexdigest())"
    told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert told.stdout.strip() == hashlib.sha256(b"".join(once[0])).hexdigest()
    assert len({json.loads(rows[0])["session"] for rows in once}) == 3


def through(door: str, most: int) -> Result:
    """Some hostile texts through one door, in this process."""
    numbers = range(len(hostile_strings.DOORS) * most)
    here = [number for number in numbers if hostile_strings._row(number) == door and number % hostile_strings.APART != 7]
    return over_these(here, hostile_strings.case, row=hostile_strings._row)


@pytest.mark.parametrize("door", ["lines of a record", "entries of a profile", "global option"])
def test_a_screen_without_a_filter(monkeypatch: Patch, door: str) -> None:
    for module, name in ((render, "safe"), (render, "one_line"), (app, "safe"), (stop, "one_line")):
        monkeypatch.setattr(module, name, lambda text: text)
    found(through(door, 60), door)


@pytest.mark.parametrize(
    ("places", "name", "instead"),
    [
        ((connect, banner.view, profiles, record_lines), "clean", str),
        ((PlainInput,), "validate_value", lambda self, value: value),
    ],
)
def test_screens_that_show_what_they_are_given(monkeypatch: Patch, places: tuple[object, ...], name: str, instead: object) -> None:
    for shown in places:
        monkeypatch.setattr(shown, name, instead)
    found(on_screens(3), hostile_strings.ON_SCREEN)


@pytest.mark.parametrize("text", ["[/x]", "[link=http://x]y", "[@click=app.quit]x"])
def test_screens_that_apply_markup(monkeypatch: Patch, tmp_path: Path, text: str) -> None:
    monkeypatch.setattr(connect, "Option", lambda text, **how: Option(Content.from_markup(text.plain), **how))
    with pytest.raises(Broken, match=r"the screen ended|markup became a link"):
        walk(Visitor("emu://?clock=virtual", tmp_path, "", (Choice("x", text, "y", "port"),), "", "x"))


def on_screens(most: int) -> Result:
    """Some of the cases on the screen, until one finds something."""
    result = Result()
    every, first = hostile_strings.SCREENS_EVERY, hostile_strings.FIRST_ON_SCREEN
    for number in range(first, first + every * most, every):
        if not result.finds:
            result.join(over_these([number], hostile_strings.case, row=hostile_strings._row))
    return result


@pytest.mark.parametrize(
    ("place", "name", "instead"), [(export, "_SIGNS", ""), (record_export, "write_file", lambda text: sys.stdout.write(safe(text)))]
)
def test_a_table_with_formulas_or_one_spoiled_on_its_way_out(monkeypatch: Patch, place: ModuleType, name: str, instead: object) -> None:
    monkeypatch.setattr(place, name, instead)
    found(through("cells of a table", 60), "cells of a table")


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("_SEPARATORS", re.compile("(\x00)")),
        ("_UNSEEN", ""),
        ("normalize", lambda form, text: text),
        ("category", lambda letter: ""),
    ],
)
def test_a_table_whose_formulas_are_hidden(monkeypatch: Patch, name: str, instead: object) -> None:
    """Each kind of text that a spreadsheet may take for a formula is among the hostile ones, and seen."""
    texts = (*SEEDS, "\u0301=1")
    told = [{"seq": -1, "actor": each, "kind": each, "data": {"what": each, each: [each, {each: -1}]}} for each in texts]
    hostile_strings.plain_table(export.as_csv(told), rows=len(texts) + 1)
    monkeypatch.setattr(export, name, instead)
    with pytest.raises(Broken, match="a formula"):
        hostile_strings.plain_table(export.as_csv(told), rows=len(texts) + 1)


def test_a_profile_reader_that_counts_no_dots(monkeypatch: Patch) -> None:
    monkeypatch.setattr(reading, "_overloaded_line", lambda text: None)
    monkeypatch.setattr(pace, "TURNS", 1)  # what is too slow by far need not be measured ten times
    monkeypatch.setitem(hostile_toml.MUTATIONS, "key of many parts", lambda rng, text: ".".join("a" * 5_000) + " = 1\n")
    found(over_these([1], hostile_toml.case, row=hostile_toml._row), "profile: key of many parts")


def test_a_record_that_follows_from_none(monkeypatch: Patch) -> None:
    kills.calls_in()
    monkeypatch.setattr(record, "predecessors", lambda directory: Predecessors(NO_PREDECESSOR, {}))
    found(kills.run(2, 0), "appointment")


def test_enough_of_the_kills_are_kill_9() -> None:
    meant = [kills._meaning(number) for number in range(kills.full())]
    struck = [how for kind, call, how in meant if call < kills.calls_in()[kind]]
    assert struck.count("SIGKILL") >= 2_000
    assert {f"{how} at a call of: {kind}" for kind in kills.KINDS for how in kills.hows(kind)} == {kills._row(*each) for each in meant}
    assert sum(lease.ENDS[number % 4] != "frozen face" for number in range(lease.FULL)) >= 1_000


def test_over_counts_what_it_was_asked_for() -> None:
    def case(number: int) -> str:
        if number == 3:
            raise ValueError("three")
        return "good"

    told = over(5, 1, case, row="bad")
    assert [(row.what, row.runs, row.finds) for row in told.rows] == [("good", 4, 0), ("bad", 1, 1)]
    assert [(find.number, find.text.split(" (")[0]) for find in told.finds] == [(3, "ValueError: three")]
