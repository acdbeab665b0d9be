"""The state file: round trip, lock, and that a damaged one is left alone."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from device_emulator.saved import Saved
from device_emulator.store import StateBusy, StateError, Store, state_file

SAVED = Saved("RN1-E0000005", bytes(range(256)) * 8, 1_767_603_600_000, 0.5)


def test_round_trip(tmp_path) -> None:
    store = Store(tmp_path / "deep" / "a.json")
    assert store.load() is None
    store.save(SAVED)
    assert store.load() == SAVED
    store.close()
    store.close()


def test_names(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("RNPROG_STATE_DIR", str(tmp_path))
    assert state_file("clinic-1") == tmp_path / "emulator" / "clinic-1.json"
    for name in ("", "../a", "A", "-a", "a/b", "a\x00", "x" * 65, "a.b"):
        with pytest.raises(ValueError, match="no name"):
            state_file(name)


def test_the_second_is_told_who_has_it(tmp_path) -> None:
    store = Store(tmp_path / "a.json")
    with pytest.raises(StateBusy) as caught:
        Store(tmp_path / "a.json")
    assert caught.value.pid == os.getpid() and str(os.getpid()) in str(caught.value)
    store.close()
    Store(tmp_path / "a.json").close()


def test_the_lock_ends_with_its_process(tmp_path) -> None:
    path = tmp_path / "a.json"
    code = (
        f"from pathlib import Path; from device_emulator.store import Store; s = Store(Path({str(path)!r})); "
        "print('held', flush=True); input()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None and child.stdout.readline() == b"held\n"
        with pytest.raises(StateBusy) as caught:
            Store(path)
        assert caught.value.pid == child.pid
        child.kill()
        child.wait()
    Store(path).close()


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-40],
        lambda data: b"",
        lambda data: data.replace(b"state/1", b"state/2"),
        lambda data: data.replace(b'"memory_crc32": ', b'"memory_crc32": 1'),
        lambda data: data.replace(b'"battery_fraction": 0.5', b'"battery_fraction": NaN'),
        lambda data: data.replace(b'"serial": "RN1-E0000005"', b'"serial": 5'),
        lambda data: b"[" * 100_000,
        lambda data: b"\xff\xfe",
    ],
)
def test_a_damaged_file_is_refused_and_left_alone(tmp_path, damage) -> None:
    path = tmp_path / "a.json"
    store = Store(path)
    store.save(SAVED)
    harmed = damage(path.read_bytes())
    path.write_bytes(harmed)
    with pytest.raises(StateError) as caught:
        store.load()
    assert str(path) in str(caught.value) and path.read_bytes() == harmed
    (aside,) = tmp_path.glob("a.json.damaged-*")
    assert aside.read_bytes() == harmed and aside.name in str(caught.value), "kept under a second name too"
    with pytest.raises(StateError):
        store.load()
    assert len(list(tmp_path.glob("a.json.damaged-*"))) == 1
    store.close()


def test_a_save_that_fails_leaves_the_old_file(tmp_path) -> None:
    path = tmp_path / "a.json"
    store = Store(path)
    store.save(SAVED)
    (tmp_path / "a.json.tmp").mkdir()
    with pytest.raises(StateError):
        store.save(Saved("RN1-X", b"", 1, 0.1))
    assert store.load() == SAVED
    store.close()
