"""One holder per port, named to whoever comes second, and gone with its process however that ends."""

import errno
import os
from pathlib import Path

import pytest
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from rnprog.device.errors import DeviceError, PortBusy, PortDenied
from rnprog.device.link import Link
from rnprog.device.lock import PortLock
from rnprog.device.runtime import other_runtime_dirs, port_file
from tests.attacks.calls_of_the_system import struck
from tests.device.rig import python

URL = "emu://locked"
HOLDER = "import sys\nfrom rnprog.device.lock import PortLock\nheld = PortLock(sys.argv[1])\nprint('held', flush=True)\nsys.stdin.read()"


def test_the_second_opener_is_told_the_pid_of_the_first() -> None:
    with python(HOLDER, URL) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        with pytest.raises(PortBusy, match=f"process {holder.pid}") as busy:
            PortLock(URL)
        assert busy.value.holder_pid == holder.pid
        assert "rnprog stop" in str(busy.value)


def test_a_killed_holder_holds_nothing() -> None:
    with python(HOLDER, URL) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        holder.kill()
        holder.wait(10)
    PortLock(URL).release()


def test_another_name_of_the_same_port_is_locked_too() -> None:
    first = PortLock("EMU://locked?seed=3")
    with pytest.raises(PortBusy):
        PortLock(URL)
    first.release()


@pytest.mark.parametrize("other", ["spy://{path}", "spy://{path}?all", "hwgrep://{path}$"])
def test_whatever_leads_to_the_same_device_is_locked(other: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second programmer that looked on through spy:// ended the stimulation of the first one, and neither was told of the other."""
    here, there = os.openpty()
    path = os.ttyname(there)
    monkeypatch.setattr(list_ports, "comports", lambda include_links=False: [ListPortInfo(path)])
    url = other.format(path=path)
    for first, second in ((path, url), (url, path)):
        link = Link(first)
        with pytest.raises(PortBusy, match=f"process {os.getpid()}"):
            Link(second)
        link.close()
    os.close(here)
    os.close(there)


def test_a_holder_with_another_environment_is_found(runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From cron, by su: there is no XDG_RUNTIME_DIR there, and the lock lies elsewhere."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    with python(HOLDER, URL) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
        with pytest.raises(PortBusy, match=f"process {holder.pid}"):
            PortLock(URL)
        holder.kill()
        holder.wait(10)
    PortLock(URL).release()


def test_what_others_can_write_is_no_lock_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    (tmp_path / f"rnprog-{os.getuid()}").mkdir(mode=0o700)
    (tmp_path / f"rnprog-{os.getuid()}").chmod(0o777)
    assert not [path for path in other_runtime_dirs() if path.startswith(str(tmp_path))]
    PortLock(URL).release()


@pytest.mark.parametrize("left", [b"", b"4711\n", b"\xff\x00 not a pid" * 9])
def test_a_file_that_was_left_behind_is_harmless(left: bytes) -> None:
    Path(port_file(URL, ".lock")).write_bytes(left)
    lock = PortLock(URL)
    assert Path(port_file(URL, ".lock")).read_text() == f"{os.getpid()}\n{URL}\n"
    lock.release()
    lock.release()


def test_a_holder_without_a_readable_pid_is_another_program() -> None:
    lock = PortLock(URL)
    Path(port_file(URL, ".lock")).write_text("?")
    with pytest.raises(PortBusy, match="another program") as busy:
        PortLock(URL)
    assert busy.value.holder_pid is None
    lock.release()


def test_the_nameless_emulator_needs_no_lock(runtime: Path) -> None:
    PortLock("emu://").release()
    assert not list(runtime.iterdir())


def test_a_runtime_directory_of_somebody_else_is_a_sentence_and_no_traceback(runtime: Path) -> None:
    (runtime / "rnprog").mkdir(mode=0o755)
    (runtime / "rnprog").chmod(0o755)
    with pytest.raises(DeviceError, match="rnprog"):
        PortLock(URL)


def test_a_link_in_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("keep me")
    os.symlink(victim, port_file(URL, ".lock"))
    with pytest.raises(DeviceError):
        PortLock(URL)
    assert victim.read_text() == "keep me"


@pytest.mark.parametrize("call", ["ftruncate", "write", "flock"])
def test_a_full_or_broken_runtime_directory_is_a_sentence_and_leaves_the_port_free(call: str) -> None:
    def fails(name: str) -> None:
        if name == call:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with struck(fails), pytest.raises(PortDenied, match="cannot be locked against a second programmer: No space left on device"):
        PortLock(URL)
    PortLock(URL).release()
