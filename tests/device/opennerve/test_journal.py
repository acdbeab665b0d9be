"""What must be put back is on disk before it is changed, and outlives whoever changed it."""

import errno
import json
import os
from pathlib import Path

import pytest

from rnprog.device.errors import DeviceRefused
from rnprog.device.opennerve.journal import Entry, Journal
from rnprog.device.opennerve.kept import path_of
from tests.attacks.calls_of_the_system import struck

SERIAL = "YYLL0001"


def test_it_is_on_disk_at_once_and_found_by_the_next() -> None:
    journal = Journal(SERIAL)
    assert not journal.open
    journal.will_change("SP13", 20, 5)
    journal.will_change("SP02", 12, 2)
    journal.will_change("SP02", 12, 7)
    assert Journal(SERIAL).entries == {"SP13": Entry(20, [5]), "SP02": Entry(12, [2, 7])}
    assert path_of(SERIAL).stat().st_mode & 0o077 == 0 or path_of(SERIAL).parent.stat().st_mode & 0o077 == 0


def test_it_goes_through_no_link_and_leaves_nothing_half(tmp_path: Path) -> None:
    journal = Journal(SERIAL)
    journal.will_change("SP13", 20, 5)
    before, target = path_of(SERIAL).read_bytes(), tmp_path / "target"
    target.write_text("another file")
    path_of(SERIAL).with_suffix(".new").symlink_to(target)
    with pytest.raises(DeviceRefused), struck(full):
        journal.will_change("SP02", 12, 2)
    assert path_of(SERIAL).read_bytes() == before and not list(path_of(SERIAL).parent.glob(".*"))
    journal.will_change("SP02", 12, 2)
    assert target.read_text() == "another file" and path_of(SERIAL).read_bytes() != before


def full(call: str) -> None:
    if call == "write":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_the_first_value_is_the_one_that_is_put_back() -> None:
    journal = Journal(SERIAL)
    journal.will_change("SP02", 12, 2)
    journal.will_change("SP02", 2, 9)
    assert journal.entries["SP02"] == Entry(12, [2, 9])


def test_what_was_written_last_stands_last_though_it_was_written_before() -> None:
    journal = Journal(SERIAL)
    for steps in (9, 5, 9):
        journal.will_change("SP02", 12, steps)
    assert Journal(SERIAL).entries["SP02"] == Entry(12, [5, 9])


def test_when_everything_is_back_there_is_no_file() -> None:
    journal = Journal(SERIAL)
    for name in ("SP13", "SP02"):
        journal.will_change(name, 9, 5)
    journal.done("SP13")
    assert Journal(SERIAL).open
    journal.done("SP02")
    assert not journal.open and not path_of(SERIAL).exists()


def test_each_device_has_its_own() -> None:
    Journal(SERIAL).will_change("SP13", 20, 5)
    assert not Journal("OTHER001").open
    assert path_of("../../x") != path_of("..-..-x") and path_of("../../x").parent == path_of("a").parent


def test_nothing_is_changed_that_cannot_be_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(SERIAL)
    folder = path_of(SERIAL).parent
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("in the way")
    with pytest.raises(DeviceRefused, match="Nothing was changed"):
        journal.will_change("SP13", 20, 5)
    assert not journal.open


@pytest.mark.parametrize("text", ["", "[]", '{"entries": {"SP13": {}}}', '{"entries": {"SP13": {"before": "x", "ours": []}}}', "\udcff"])
def test_a_journal_that_cannot_be_read_stops_everything(text: str) -> None:
    path = path_of(SERIAL)
    path.parent.mkdir(parents=True)
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(DeviceRefused, match="Look at that file"):
        Journal(SERIAL)


def test_the_file_says_what_it_is() -> None:
    Journal(SERIAL).will_change("HP14", 11, 1)
    document = json.loads(Path(path_of(SERIAL)).read_text())
    assert "Do not delete" in document["notice"] and document["serial"] == SERIAL
