"""The state file: round trip, lock, and that a damaged one is left alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from device_emulator.origin import Origin
from device_emulator.saved import Saved
from device_emulator.store import StateBusy, StateError, Store, _checksum, _decode, _encode, home_of, state_file

SAVED = Saved(
    "RN1-E0000005", bytes(range(256)) * 8, 1_767_603_600_000, 0.5, 1_767_000_000_000, Origin("left-open", 5, 3, '{"nerve": {"sigma": 0.1}}')
)
WRITTEN = _encode(SAVED)


def test_round_trip(tmp_path) -> None:
    store = Store(home_of(tmp_path / "deep" / "a.json"))
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
        lambda data: data.replace(b"state/2", b"state/3"),
        lambda data: data.replace(b'"sha256": "', b'"sha256": "0'),
        lambda data: data.replace(b'"battery_fraction": 0.5', b'"battery_fraction": NaN'),
        lambda data: data.replace(b'"serial": "RN1-E0000005"', b'"serial": 5'),
        lambda data: data.replace(b'"unix_ms": 17', b'"unix_ms": 18'),
        lambda data: data.replace(b'"seed": 5', b'"seed": 6'),
        lambda data: data.replace(b'"serial": ', b'"more": 1, "serial": '),
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
    assert aside.stat().st_mode & 0o077 == 0, "as private as the state itself"
    assert aside.read_bytes() == harmed and aside.name in str(caught.value), "kept under a second name too"
    with pytest.raises(StateError):
        store.load()
    assert len(list(tmp_path.glob("a.json.damaged-*"))) == 1
    store.close()


@given(place=st.integers(min_value=0), bit=st.integers(0, 7))
@example(place=0, bit=0)
def test_no_flipped_bit_is_taken_for_the_truth(place, bit) -> None:
    flipped = bytearray(WRITTEN)
    flipped[place % len(WRITTEN)] ^= 1 << bit
    try:
        assert _decode(bytes(flipped)) == SAVED
    except (ValueError, KeyError, TypeError):
        return


def test_no_changed_byte_is_taken_for_the_truth() -> None:
    """Every byte, once: a refusal, or the same content (a blank that became another)."""
    same = 0
    for place in range(len(WRITTEN)):
        try:
            assert _decode(WRITTEN[:place] + bytes([WRITTEN[place] ^ 0x2A]) + WRITTEN[place + 1 :]) == SAVED
            same += 1
        except (ValueError, KeyError, TypeError):
            continue
    assert same <= WRITTEN.count(b" ") + WRITTEN.count(b"\n"), "only blanks"


def test_a_file_of_the_older_form_is_refused_as_such(tmp_path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"format": "rnprog-emulator-state/1", "serial": "RN1-E0000005"}')
    before = path.read_bytes()
    store = Store(path)
    with pytest.raises(StateError, match="older form"):
        store.load()
    assert path.read_bytes() == before and not list(tmp_path.glob("*.damaged-*"))
    store.close()


def test_a_directory_that_is_missing_is_not_made(tmp_path) -> None:
    with pytest.raises(StateError, match=r"there is no directory .*deep\. Make it"):
        Store(tmp_path / "deep" / "a.json")
    assert not (tmp_path / "deep").exists()


def test_a_save_that_fails_leaves_the_old_file(tmp_path) -> None:
    path = tmp_path / "a.json"
    store = Store(path)
    store.save(SAVED)
    (tmp_path / "a.json.tmp").mkdir()
    with pytest.raises(StateError):
        store.save(Saved("RN1-X", b"", 1, 0.1))
    assert store.load() == SAVED
    store.close()


def test_a_file_that_counts_no_visits_is_read_as_before_the_first() -> None:
    document = json.loads(WRITTEN)
    del document["visits"], document["sha256"]
    assert _decode(json.dumps({**document, "sha256": _checksum(document)}).encode()).visits == 0
    for wrong in (-1, True, "2", None):
        told = {**document, "visits": wrong}
        with pytest.raises(ValueError, match="visits"):
            _decode(json.dumps({**told, "sha256": _checksum(told)}).encode())
