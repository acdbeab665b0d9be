"""The link: whole writes, and the truth about a port that is gone."""

import os
import pty
import threading
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnprog.device.errors import LinkLost, PortBusy, PortMissing
from rnprog.device.link import Link
from rnprog.device.lock import PortLock
from rnprog.device.ports import WRITE_TIMEOUT_S
from rnprog.device.registry import connect
from tests.device.rig import Rig, Tape, emulator, until


@pytest.fixture
def unread() -> Iterator[str]:
    """A pseudo-terminal that nobody reads."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    yield os.ttyname(slave)
    os.close(slave)
    os.close(master)


def test_a_port_that_cannot_be_opened_is_not_locked() -> None:
    for _ in range(2):
        with pytest.raises(PortMissing):
            Link("/dev/rnprog-none")
    PortLock("/dev/rnprog-none").release()


def test_a_closed_link_gives_the_port_free() -> None:
    first = Link("emu://bob")
    with pytest.raises(PortBusy):
        Link("emu://bob")
    first.close()
    first.close()
    Link("emu://bob").close()


def test_a_closed_link_is_lost(unread: str) -> None:
    """Its descriptor may belong to another file by now: nothing is read from it, nothing written to it."""
    for url in ("emu://", unread):
        link = Link(url)
        descriptor = link._descriptor
        link.close()
        if descriptor is not None:
            other = os.open("/proc/version", os.O_RDONLY)
            if other != descriptor:
                os.dup2(other, descriptor)
        with pytest.raises(LinkLost):
            link.read()
        with pytest.raises(LinkLost):
            link.write(b"x")
        if descriptor is not None:
            os.close(descriptor)
            if other != descriptor:
                os.close(other)


def test_an_unplugged_cable_is_a_lost_link_and_stays_one(rig: Rig) -> None:
    rig.bench.ask({"cmd": "flags", "set": {"unplugged": True}})
    with pytest.raises(LinkLost):
        rig.link.write(b"\x00")
    rig.bench.ask({"cmd": "flags", "set": {"unplugged": False}})
    for use in (rig.link.read, lambda: rig.link.write(b"\x00")):
        with pytest.raises(LinkLost, match=r"emu://"):
            use()


@pytest.mark.parametrize("kind", ["--pty", "--tcp"])
def test_an_emulator_that_ends_is_a_lost_link_within_250_ms(kind: str) -> None:
    with emulator(kind, *(["127.0.0.1:0"] if kind == "--tcp" else [])) as running:
        link = Link(running.port)
        try:
            assert link.read() == b""
            running.process.kill()
            running.process.wait(10)

            def lost() -> bool:
                try:
                    link.read()
                except LinkLost:
                    return True
                return False

            assert until(lost, 5, "the loss of the link") <= 0.25
            assert link.lost is not None
        finally:
            link.close()


def test_a_peer_that_does_not_read_is_an_alarm_within_half_a_second(unread: str) -> None:
    link = Link(unread)
    try:
        start_s = link.clock.now_s()
        with pytest.raises(LinkLost):
            while True:
                before_s = link.clock.now_s()
                link.write(bytes(4096))
        assert link.clock.now_s() - before_s <= 0.5
        assert link.clock.now_s() - start_s >= WRITE_TIMEOUT_S
    finally:
        link.close()


def test_stop_does_not_wait_twice_for_a_peer_that_does_not_read(unread: str) -> None:
    """One thread hangs in a write; STOP, waiting behind it, is told at once that the link is gone."""
    link = Link(unread)
    took_s: list[float] = []

    def hang() -> None:
        with pytest.raises(LinkLost):
            while True:
                link.write(bytes(4096))

    other = threading.Thread(target=hang)
    try:
        other.start()
        until(link._writing.locked, 5)
        start_s = link.clock.now_s()
        with pytest.raises(LinkLost):
            while True:
                link.write(b"STOP")
        took_s.append(link.clock.now_s() - start_s)
    finally:
        other.join()
        link.close()
    assert took_s[0] <= 0.6


def test_what_passes_is_on_the_trace(rig: Rig) -> None:
    rig.tape.clear()
    rig.device.battery()
    ways = [way for _, way, _ in rig.tape.entries]
    assert ways[0] == ">" and "<" in ways[1:]
    assert [at_s for at_s, _, _ in rig.tape.entries] == sorted(at_s for at_s, _, _ in rig.tape.entries)


def test_a_bench_address_is_no_part_of_the_port() -> None:
    with emulator("--tcp", "127.0.0.1:0") as running:
        link = Link(running.url, trace=Tape())
        assert (link.url, link.bench_address) == (running.port, running.bench_address)
        link.close()


def test_the_lock_file_is_the_owners_alone(runtime: Path) -> None:
    link = Link("emu://bob")
    (file,) = (runtime / "rnprog").glob("*.lock")
    assert file.stat().st_mode & 0o777 == 0o600
    link.close()


@pytest.mark.parametrize("kind", ["--pty", "--tcp"])
def test_a_look_finds_an_emulator_that_has_ended_and_takes_no_byte(kind: str) -> None:
    with emulator(kind, *(["127.0.0.1:0"] if kind == "--tcp" else [])) as running:
        tape = Tape()
        link = Link(running.port, trace=tape)
        try:
            device = connect(link)
            tape.clear()
            for _ in range(3):
                link.look()
            assert not tape.entries and device.battery() is not None
            running.process.kill()
            running.process.wait(10)
            tape.clear()

            def lost() -> bool:
                try:
                    link.look()
                except LinkLost:
                    return True
                return False

            until(lost, 5, "the loss of the link")
            assert link.lost is not None and link.unheard(0.0, 1.0) and not tape.entries, "nothing was asked for it"
        finally:
            link.close()


def test_a_look_leaves_what_has_arrived(rig: Rig) -> None:
    """And an unplugged cable is found by it as by a read."""
    rig.link.look()
    assert rig.device.battery() is not None
    rig.bench.ask({"cmd": "flags", "set": {"unplugged": True}})
    with pytest.raises(LinkLost):
        rig.link.look()
    with pytest.raises(LinkLost):
        rig.link.look()
