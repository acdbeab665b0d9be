"""Commands that read a device: status, program show and diff and pull, ports, doctor."""

import json
from pathlib import Path

import pytest

from rnprog.profile.capabilities_json import capabilities_from_file
from rnprog.profile.reference import RN1
from tests.commands.running import Cli, Ran, as_process
from tests.device.rig import emulator

WIDTH = 80


def fits(ran: Ran) -> bool:
    return max(map(len, (ran.out + ran.err).splitlines())) <= WIDTH


def test_status_says_who_and_what(cli: Cli) -> None:
    ran = cli("status", "--port", "emu://")
    assert ran.code == 0
    assert "EMULATOR" in ran.err and "RN-1" in ran.err
    for word in ("Output", "OFF", "Battery", "80 %", "Schedule", "Active program", "Line", "clean", "Last impedance", "UNAUTHENTICATED"):
        assert word in ran.out
    assert fits(ran)


def test_what_is_not_proven_to_be_an_emulator_is_called_unauthenticated(cli: Cli) -> None:
    with emulator("--tcp", "127.0.0.1:0") as running:
        proven, claimed = cli("status", "--port", running.url), cli("status", "--port", running.port)
    assert "UNAUTHENTICATED" not in proven.err
    assert "UNAUTHENTICATED" in claimed.err and fits(claimed)


def test_status_as_json_serves_as_limits(cli: Cli, tmp_path: Path) -> None:
    ran = cli("status", "--port", "emu://", "--json")
    assert ran.json["ok"] is True
    assert ran.json["device"]["mode"] == "emulator"
    assert ran.json["device"]["authentication"] == "none"
    assert ran.json["output"] == "off"
    assert ran.json["battery"]["voltage_v"] == "3.9"
    file = tmp_path / "device.json"
    file.write_text(ran.out)
    assert capabilities_from_file(file) == RN1


def test_status_of_a_running_therapy_session(cli: Cli) -> None:
    ran = cli("status", "--port", "emu://?scenario=therapy-running")
    assert "THERAPY ON" in ran.out
    assert cli("status", "--port", "emu://?scenario=therapy-running", "--json").json["output"] == "therapy on"


@pytest.mark.parametrize(("scenario", "says"), [("low-battery", "LOW"), ("charging", "charging")])
def test_status_of_the_battery(cli: Cli, scenario: str, says: str) -> None:
    assert says in cli("status", "--port", f"emu://?scenario={scenario}").out


def test_status_shows_noise(cli: Cli) -> None:
    ran = cli("status", "--port", "emu://?faults=noise@20")
    assert ran.code == 0
    assert "bytes of noise" in ran.out
    assert cli("status", "--port", "emu://?faults=noise@20", "--json").json["line"]["noise_bytes"] > 0


def test_status_remembers_the_last_impedance(cli: Cli) -> None:
    assert "none on record" in cli("status", "--port", "emu://").out
    assert cli("impedance", "--port", "emu://").code == 0
    assert "20 pairs, all usable" in cli("status", "--port", "emu://").out
    assert len(cli("status", "--port", "emu://", "--json").json["last_impedance"]["verdicts"]) == 20


def test_quiet_and_plain(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli("status", "--port", "emu://", "-q").err == ""
    plain = cli("status", "--port", "emu://", "--plain").out
    assert "Output: OFF" in plain.splitlines()
    monkeypatch.setenv("ACCESSIBLE", "1")
    assert cli("status", "--port", "emu://").out == plain
    monkeypatch.delenv("ACCESSIBLE")
    monkeypatch.setenv("TERM", "dumb")
    assert cli("status", "--port", "emu://").out == plain


def test_program_show_and_diff_and_pull(cli: Cli, tmp_path: Path) -> None:
    port = ("--port", "emu://?scenario=therapy-running")
    shown = cli("program", "show", *port)
    assert "Slot 0, revision 1, ACTIVE" in shown.out and "Slot 1: empty" in shown.out
    assert fits(shown)
    slots = cli("program", "show", *port, "--json").json["slots"]
    assert [slot["active"] for slot in slots] == [True, False, False, False]
    assert slots[0]["program"]["left"]["amplitude_ma"] == "1.5"
    assert cli("program", "show", *port, "--slot", "9").code == 79

    differs = cli("program", "diff", "standard-bilateral", *port)
    assert differs.code == 1
    assert "1.5 mA" in differs.out and "2.0 mA" in differs.out
    assert fits(differs)
    told = cli("program", "diff", "standard-bilateral", *port, "--json")
    assert (told.code, told.json["ok"], told.json["same"]) == (1, False, False)

    file = tmp_path / "from-device.toml"
    assert cli("program", "pull", *port, "--output", str(file)).code == 0
    assert cli("profile", "verify", str(file)).code == 0
    assert cli("program", "diff", str(file), *port).code == 0
    again = cli("program", "pull", *port, "--output", str(file))
    assert again.code == 2
    assert "is there already" in again.err
    assert cli("program", "pull", *port).out.startswith("#:schema ./profile.schema.json\n# A profile of rnprog")
    assert cli("program", "pull", *port, "--json").json["profile"]["program"]["left"]["amplitude_ma"] == "1.5"


def test_nothing_to_pull_or_compare(cli: Cli) -> None:
    assert cli("program", "pull", "--port", "emu://").code == 66
    assert cli("program", "diff", "standard-bilateral", "--port", "emu://").code == 66
    assert cli("program", "diff", "standard-bilateral", "--port", "emu://", "--slot", "0").code == 1


def test_ports_names_the_emulator(cli: Cli) -> None:
    ran = cli("ports")
    assert ran.code == 0
    assert "emu://" in ran.err
    assert cli("ports", "--all", "--json").json["emulator"] == "emu://"


def test_doctor_on_the_emulator(cli: Cli, records: Path) -> None:
    ran = cli("doctor", "--port", "emu://")
    assert ran.code == 0
    assert "fail" not in ran.out
    assert "answers on emu:// (emulator)" in " ".join(ran.out.split())
    assert not records.exists(), "it leaves nothing behind"
    assert {check["mark"] for check in cli("doctor", "--port", "emu://", "--json").json["checks"]} == {"ok"}


def test_doctor_says_what_to_do(cli: Cli, tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.write_text("")
    ran = cli("doctor", "--port", "/dev/there-is-none", "--record-dir", str(taken))
    assert ran.code == 1
    assert "fail" in ran.out and "--record-dir" in ran.out and "rnprog ports" in ran.out
    told = cli("doctor", "--port", "/dev/there-is-none", "--record-dir", str(taken), "--json").json
    assert told["ok"] is False
    assert {reason["kind"] for reason in told["reasons"]} == {"records", "port file", "port"}


def test_the_trace_holds_every_frame_decoded(cli: Cli, tmp_path: Path) -> None:
    trace = tmp_path / "trace.txt"
    assert cli("status", "--port", "emu://", "--trace", str(trace)).code == 0
    text = trace.read_text()
    assert "IDENTIFY request" in text and "STATUS reply" in text
    assert cli("status", "--port", "emu://", "--trace", str(tmp_path)).code == 2


def test_as_processes(tmp_path: Path) -> None:
    ran = as_process("--port", "emu://", "--record-dir", str(tmp_path / "r"), "status", "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["ok"] is True
    assert "\x1b" not in ran.out + ran.err
