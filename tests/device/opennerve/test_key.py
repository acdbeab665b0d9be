"""The user's key: its own file, its owner's alone, and never told."""

import os
import traceback
from pathlib import Path

import pytest

from rnprog.device.errors import BadPort, PortDenied
from rnprog.device.opennerve.key import Key, load
from rnprog.protocol.opennerve import p256
from rnprog.protocol.opennerve.codes import Role
from tests.device.opennerve.table import KEYS, key_file


def test_a_key_signs_something_new_each_time(tmp_path: Path) -> None:
    key = load(key_file(tmp_path))
    first, second = key.signed(), key.signed()
    assert first.digest != second.digest
    for signed in (first, second):
        assert p256.verifies(p256.public_key(KEYS[Role.ADMIN]), signed.r, signed.s, signed.digest)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_file_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(PortDenied, match="Others can read") as told:
        load(key_file(tmp_path, mode=mode))
    assert "chmod 600" in told.value.advice


def test_a_file_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = key_file(tmp_path)
    monkeypatch.setattr(os, "getuid", lambda: 4_711)
    with pytest.raises(PortDenied):
        load(path)


@pytest.mark.parametrize("text", ["", "secret!" * 9, "ff" * 32, "12" * 31])
def test_a_file_without_a_key_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key.txt"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(BadPort) as refused:
        load(path)
    said = "".join(traceback.format_exception(refused.value))
    assert not text or text not in said


def test_no_file_and_no_regular_file(tmp_path: Path) -> None:
    with pytest.raises(BadPort, match="cannot be read"):
        load(tmp_path / "none")
    with pytest.raises(BadPort, match="is no file"):
        load(tmp_path)


def test_a_key_does_not_show_itself() -> None:
    key = Key(KEYS[Role.ADMIN])
    digits = f"{KEYS[Role.ADMIN]:x}"
    assert digits not in repr(key) and digits not in str(key) and str(KEYS[Role.ADMIN]) not in f"{key!r}{key}"
