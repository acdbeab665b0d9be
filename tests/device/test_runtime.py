"""The runtime directory belongs to one person, and a port has one name."""

import os
from pathlib import Path

import pytest

from rnprog.device.runtime import canonical_port, is_shared, port_file, runtime_dir

SOCKET_PATH_MAX = 103
"""macOS: 104 bytes with the closing zero; Linux has 108."""


def test_the_directory_is_made_for_its_owner_alone() -> None:
    assert os.stat(runtime_dir()).st_mode & 0o777 == 0o700


def test_a_directory_that_others_can_enter_is_refused(runtime: Path) -> None:
    (runtime / "rnprog").mkdir()
    (runtime / "rnprog").chmod(0o755)
    with pytest.raises(PermissionError):
        runtime_dir()


def test_a_link_to_somewhere_else_is_refused(runtime: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (runtime / "rnprog").symlink_to(tmp_path)
    with pytest.raises(PermissionError):
        runtime_dir()


@pytest.mark.parametrize(
    "one, other",
    [
        ("EMU://bob", "emu://bob"),
        ("emu://bob?seed=3&clock=wall", "emu://bob"),
        ("emu://bob/", "emu://bob"),
        ("socket://127.0.0.1:7411?logging=debug", "socket://127.0.0.1:7411"),
        ("/dev/../dev/null", "/dev/null"),
        ("socket://localhost:7411", "socket://127.0.0.1:7411"),
        ("socket://LOCALHOST:7411/", "socket://[::1]:7411"),
        ("socket://127.1:7411", "socket://127.0.0.1:7411"),
        ("socket://0x7f000001:7411", "socket://localhost.:7411"),
        ("socket://[::ffff:127.0.0.1]:7411", "socket://127.0.0.1:7411"),
        ("socket://[::]:7411", "socket://0.0.0.0:7411"),
        ("socket://[0:0::1]:7411", "socket://127.8.8.8:7411"),
        ("socket://[::ffff:192.0.2.7]:7411", "socket://192.0.2.7:7411"),
        ("socket://[2001:DB8:0::7]:7411", "socket://[2001:db8::7]:7411"),
        ("rfc2217://[FE80:0::1%eth0]:7411", "rfc2217://[fe80::1%eth0]:7411"),
        ("socket://Programmer:7411", "socket://programmer:7411"),
        ("socket://127.0.0.1:07411", "socket://127.0.0.1:7411"),
        ("socket://nurse@127.0.0.1:7411", "socket://127.0.0.1:7411"),
        ("socket://127.0.0.1:7411/a#b", "socket://127.0.0.1:7411"),
        ("spy:///dev/null?all", "/dev/null"),
        ("SPY:///dev/../dev/null", "/dev/null"),
    ],
)
def test_one_port_has_one_name(one: str, other: str) -> None:
    assert canonical_port(one) == canonical_port(other)
    assert port_file(one, ".lock") == port_file(other, ".lock")


def test_a_link_to_a_port_is_that_port(tmp_path: Path) -> None:
    (tmp_path / "programmer").symlink_to("/dev/null")
    assert canonical_port(str(tmp_path / "programmer")) == "/dev/null"


def test_ports_that_only_look_alike_have_different_files() -> None:
    names = [
        "/dev/ttyUSB0",
        "/dev-ttyUSB0",
        "socket://dev:1",
        "socket://dev:2",
        "socket://192.0.2.7:1",
        "socket://[::c000:208]:1",
        "socket://[fe80::1]:1",
        "socket://[fe80::1%eth0]:1",
        "socket://[fe80::1%eth1]:1",
        "socket://[not an address]:1",
        "socket://dev:99999",
        "socket://dev:1x",
        "socket://[dev]:1",
        "socket://::1:1",
        "emu://LOCALHOST:1",
        "emu://a",
        "emu://b",
        "/dev/" + "x" * 99,
        "/dev/" + "x" * 98,
    ]
    assert len({port_file(name, ".lock") for name in names}) == len(names)


@pytest.mark.parametrize(
    "url, shared", [("emu://", False), ("emu://?seed=3", False), ("EMU://", False), ("emu://bob", True), ("/dev/x", True)]
)
def test_the_nameless_emulator_is_nobody_elses(url: str, shared: bool) -> None:
    assert is_shared(url) is shared


def test_a_stop_socket_fits_its_name_where_temporary_directories_are_long(monkeypatch: pytest.MonkeyPatch) -> None:
    apple = "/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T"
    inside = port_file("socket://" + "h" * 200 + ":7411", ".stop")
    assert len(f"{apple}/rnprog-501/{os.path.basename(inside)}") <= SOCKET_PATH_MAX
