"""Each bad input: one clear sentence, a documented exit code, one JSON object, and nothing changed."""

import contextlib
import os
from pathlib import Path

import pytest

from rnprog.session.trouble import TroubleKind
from rnprog.session.wiring import Wish, connected
from rnprog.session.wording.connecting import ADVICE
from tests.commands.running import Cli

LINES = [
    ("no port", (), 69, "No port was named."),
    ("emulator misspelt", ("--port", "emu://?scenario=nope"), 2, "There is no scenario"),
    ("unknown scheme", ("--port", "ftp://x"), 2, "There is no port type ftp://"),
    ("no such port", ("--port", "/dev/there-is-none"), 69, "There is no port"),
    ("nobody at the socket", ("--port", "socket://127.0.0.1:1"), 69, "Nobody answers"),
    ("silent line", ("--port", "emu://?scenario=deaf"), 69, "No device answers"),
    ("junk on the line, or another speed", ("--port", "emu://?scenario=junk"), 76, "bytes that are no answer"),
    ("another device", ("--port", "emu://?scenario=other-device"), 76, "not a device that this rnprog can program"),
    ("no such host", ("--port", "socket://no-such-host.invalid:1"), 69, "cannot be opened: Name or service not known."),
    ("half a bracket", ("--port", "emu://["), 2, "cannot be understood: the brackets do not match."),
    ("half a bracket around a host", ("--port", "socket://[::1:7411"), 2, "write a host and a port from 1 to 65535"),
    ("a number that is no port", ("--port", "socket://127.0.0.1:99999"), 2, "write a host and a port from 1 to 65535"),
    ("a figure that is no digit", ("--port", "socket://127.0.0.1:\u00b2"), 2, "write a host and a port from 1 to 65535"),
    ("two dots", ("--port", "socket://a..b:7411"), 2, "a..b cannot be the name of a computer."),
    ("two dots elsewhere", ("--port", "rfc2217://a..b:7411"), 2, "a..b cannot be the name of a computer."),
    ("no option of a socket", ("--port", "socket://127.0.0.1:7411?logging=x"), 2, "stands no option of it."),
    ("no option of rfc2217", ("--port", "rfc2217://127.0.0.1:7411?x=y"), 2, "stands no option of it."),
    ("no option of a loop", ("--port", "loop://x?a=b"), 2, "stands no option of it."),
    ("no pattern", ("--port", "hwgrep://("), 2, "its pattern or an option is wrong."),
    ("no port that fits", ("--port", "hwgrep://no such port"), 69, "No port of this computer fits hwgrep://no such port."),
    ("unknown firmware", ("--port", "emu://?scenario=unknown-firmware"), 76, "protocol version"),
    ("bench that is not there", ("--port", "/dev/null", "--bench", "127.0.0.1:1"), 69, "/dev/null"),
]


@pytest.mark.parametrize(("words", "code", "says"), [case[1:] for case in LINES], ids=[case[0] for case in LINES])
@pytest.mark.parametrize("command", [("status",), ("impedance",), ("program", "show")], ids=" ".join)
def test_what_cannot_be_reached(cli: Cli, records: Path, command: tuple[str, ...], words: tuple[str, ...], code: int, says: str) -> None:
    ran, told = cli(*command, *words), cli(*command, *words, "--json")
    assert ran.code == told.code == told.json["code"] == code
    assert told.json["ok"] is False
    assert says in " ".join(ran.err.split())
    assert says in told.json["reasons"][0]["text"]
    assert "No stimulation was started or changed." in ran.err
    assert told.json["words"]["stimulation"] == "No stimulation was started or changed."
    assert ran.out == ""
    assert "Traceback" not in ran.err and "Errno" not in ran.err and "Put this right" not in ran.err
    assert not list(records.glob("*")) if records.exists() else True


def test_a_busy_port_names_its_holder(cli: Cli) -> None:
    with connected(Wish("emu://held", "test")):
        ran = cli("status", "--port", "emu://held")
    assert ran.code == 75
    assert f"process {os.getpid()}" in ran.err
    assert "rnprog stop" in ran.err


def test_no_permission_for_a_port(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    import serial

    def denied(*words: object, **options: object) -> None:
        raise serial.SerialException(13, "Permission denied")

    monkeypatch.setattr(serial, "serial_for_url", denied)
    ran = cli("status", "--port", "/dev/ttyS0")
    assert ran.code == 77
    assert "No permission" in ran.err


@pytest.mark.parametrize(
    "command", [("impedance",), ("program", "write", "standard-bilateral", "--yes", "--serial", "RN1-E0000000")], ids=" ".join
)
def test_a_record_directory_that_cannot_be_written_starts_nothing(cli: Cli, tmp_path: Path, command: tuple[str, ...]) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file where a folder should be")
    ran = cli(*command, "--port", "emu://", "--record-dir", str(taken))
    assert ran.code == 73
    assert "Nothing was started." in ran.err
    assert "--record-dir" in ran.err
    assert cli(*command, "--port", "emu://", "--record-dir", str(taken), "--json").json["reasons"][0]["kind"] == "record"


@pytest.mark.parametrize("command", [("status",), ("impedance",), ("program", "show"), ("doctor",)], ids=" ".join)
@pytest.mark.parametrize("face", [(), ("--plain",), ("--json",)], ids=["tables", "plain", "json"])
def test_escapes_and_markup_in_a_serial_number_reach_no_terminal(cli: Cli, command: tuple[str, ...], face: tuple[str, ...]) -> None:
    ran = cli(*command, "--port", "emu://?scenario=foreign-serial", *face)
    assert ran.code in (0, 1, 69, 76)
    assert all(letter.isprintable() or letter == "\n" for letter in ran.out + ran.err)
    assert "Traceback" not in ran.err


def test_a_profile_that_is_not_there_or_no_profile(cli: Cli, tmp_path: Path) -> None:
    junk = tmp_path / "junk.toml"
    junk.write_text("this is = = not TOML")
    for words in (("program", "write"), ("program", "diff"), ("profile", "show")):
        port = () if words[0] == "profile" else ("--port", "emu://")
        more = ("--yes", "--serial", "x") if words[1] == "write" else ()
        assert cli(*words, "no-such-profile", *port, *more).code == 66
        assert cli(*words, str(tmp_path / "none.toml"), *port, *more).code == 66
        assert cli(*words, str(junk), *port, *more, "--json").json["code"] == 65


def test_every_kind_of_trouble_has_its_own_advice() -> None:
    assert set(ADVICE) == set(TroubleKind)
    assert len(set(ADVICE.values())) == len(ADVICE)


@pytest.mark.parametrize(
    ("port", "advice"),
    [
        ("/dev/there-is-none", "switched on and connected"),
        ("ftp://x", "Write the port's name again"),
        ("emu://?scenario=other-device", "leads to the right device"),
    ],
)
def test_what_to_do_now_depends_on_what_happened(cli: Cli, port: str, advice: str) -> None:
    assert advice in cli("status", "--port", port, "--json").json["words"]["now"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("titrate", "--side", "middle"), "'middle' is not one of 'left', 'right'."),
        (("session", "--slot", "-1"), "It must be 0 or more."),
        (("program", "show", "--slot", "x"), "It must be a whole number."),
        (("titrate", "--side", "left", "--burst", "0.5ms"), "Write it in seconds, with the unit: 1s to 10s."),
    ],
)
def test_usage_errors_use_nobodys_inner_words(cli: Cli, words: tuple[str, ...], says: str) -> None:
    ran = cli(*words, "--port", "emu://")
    assert ran.code == 2 and says in ran.err
    assert "Value error" not in ran.err and "Input should" not in ran.err


def test_capital_letters_are_no_mistake(cli: Cli) -> None:
    ran = cli("titrate", "--side", "LEFT", "--method", "Ascending", "--observer", "simulated", "--port", "emu://", "--json")
    assert (ran.code, ran.json["side"]) == (0, "left")


def test_a_trace_into_a_pipe_waits_for_nobody(cli: Cli, tmp_path: Path) -> None:
    """One that nobody reads is refused; one that is full is given up, and the command goes on."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    ran = cli("status", "--port", "emu://", "--trace", str(pipe))
    assert ran.code == 2 and "it is a pipe that nobody reads" in " ".join(ran.err.split())
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, bytes(4096))
    ran = cli("status", "--port", "emu://", "--trace", str(pipe))
    assert ran.code == 0 and "is not complete" in ran.err
    for handle in (reader, writer):
        os.close(handle)


def test_a_trace_is_its_owners_alone_and_never_written_through_a_link(cli: Cli, tmp_path: Path) -> None:
    trace, link = tmp_path / "trace.txt", tmp_path / "link.txt"
    assert cli("status", "--port", "emu://", "--trace", str(trace)).code == 0
    assert trace.stat().st_mode & 0o777 == 0o600 and "IDENTIFY" in trace.read_text()
    link.symlink_to(tmp_path / "elsewhere")
    ran = cli("status", "--port", "emu://", "--trace", str(link))
    assert ran.code == 2 and "links are not followed" in " ".join(ran.err.split()) and not (tmp_path / "elsewhere").exists()


def test_an_emulator_that_is_another_one_is_not_told_to_be_switched_on(cli: Cli) -> None:
    assert cli("status", "--port", "emu://alice").code == 0
    ran = cli("status", "--port", "emu://alice?seed=3")
    said = " ".join(ran.err.split())
    assert ran.code == 69 and "was made with seed 0; you asked for seed 3" in said
    assert "switched on" not in said and "This is the emulator" in said


def test_a_sentence_begins_with_a_capital_letter_and_a_port_is_named_as_it_is_written(cli: Cli) -> None:
    assert "What happened: The connection to" in " ".join(cli("status", "--port", "emu://?faults=unplug@3").err.split())
    with connected(Wish("emu://held", "test")):
        assert "What happened: emu://held is in use" in " ".join(cli("status", "--port", "emu://held").err.split())
