"""The command line on an OpenNerve with production timing: what works is done end to end, what does not is said, keys are kept."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from device_emulator.opennerve.keys import KEYS, write_keys
from rnprog.commands.guiding import Demo
from rnprog.entry import HOLDER_S
from rnprog.protocol.opennerve.codes import Role
from rnprog.session.appointment import run
from rnprog.session.standard import STANDARD
from rnprog.session.wiring import Wish, connected
from rnprog.therapy.contacts import Contact, Side
from rnprog.therapy.units import Microseconds
from tests.commands.running import Cli
from tests.commands.served import Served, served

CONSENT = ("--accept-test-pulse", "--accept-run-on")
PROFILE = """
schema = "rnprog.profile/2"
[profile]
name = "one-lead"
title = "One lead"
class = "implanted"
state = "draft"
[target]
device_model = "OpenNerve Gen2"
lead_model = "RN-1 reference lead"
contact_area_cm2 = "0.1225"
[program]
rate_hz = 20.0
ramp_up_s = 2.0
ramp_down_s = 2.0
on_s = 10
off_s = 20
session_min = 30
sessions_per_day = 0
[left]
electrodes = "-L1+L2"
amplitude_ma = 2.8
pulse_width_us = 200
max_amplitude_ma = 3.0
[provenance]
author = "test"
created = "2026-01-31"
[provenance.sources]
contact_area_cm2 = "unverified"
rate_hz = "unverified"
ramp_up_s = "unverified"
ramp_down_s = "unverified"
on_s = "unverified"
off_s = "unverified"
session_min = "unverified"
sessions_per_day = "unverified"
left.electrodes = "unverified"
left.amplitude_ma = "unverified"
left.pulse_width_us = "unverified"
left.max_amplitude_ma = "unverified"
"""


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    write_keys(folder)
    return folder


def url(keys: Path, role: Role = Role.ADMIN, where: str = "emu://", **more: str) -> str:
    said = {"key": str(keys / f"{role.name.lower()}.txt"), "contact-cm2": "0.1225", "case-cm2": "10", "set": "SP13:50", **more}
    if where != "emu://":
        del said["set"]
    mark = "&" if "?" in where else "?"
    return f"opennerve+{where}{mark}" + "&".join(f"{name}={value}" for name, value in said.items())


@pytest.fixture
def port(keys: Path) -> str:
    return url(keys)


def test_status_tells_what_it_is_and_that_it_was_never_tried(cli: Cli, port: str) -> None:
    ran = cli("--port", port, "status")
    assert ran.code == 0
    said = " ".join(ran.err.split())
    assert "OpenNerve Gen2 YYLL0001" in said and "Never tried on this hardware" in said and "not affiliated" in said
    assert "Your key is the Admin's" in said
    assert "NOT TOLD BY THE DEVICE" in ran.out and "within 21 s" in ran.out
    document = cli("--port", port, "status", "--json").json
    assert document["uptime_s"] is None and document["schedule_enabled"] is None and document["battery"]["percent"] is None
    assert any("No dead-man" in notice for notice in document["device"]["notices"])


def test_impedance_needs_consent_to_a_test_that_may_be_felt(cli: Cli, port: str) -> None:
    refused = cli("--port", port, "impedance")
    assert refused.code == 79 and "--accept-test-pulse" in refused.err
    ran = cli("--port", port, "impedance", "--accept-test-pulse")
    assert ran.code == 0
    assert "L0 to case" in ran.out and "Right lead" not in ran.out


def test_titration_needs_consent_to_the_run_on(cli: Cli, port: str) -> None:
    words = ("titrate", "--side", "left", "--observer", "simulated", "--pulse-width", "200us", "--accept-test-pulse")
    ran = cli("--port", port, *words)
    assert ran.code == 79 and "--accept-run-on" in ran.err and "21 s" in ran.err


WRITES = (
    ("impedance",),
    ("titrate", "--side", "left", "--observer", "simulated", "--pulse-width", "200us"),
    ("session", "--observer", "simulated"),
)


@pytest.mark.parametrize("words", WRITES, ids=lambda words: words[0])
@pytest.mark.parametrize("who", ["clinician", "patient", "bench", "no consent"])
def test_what_cannot_be_is_refused_before_it_is_announced_and_recorded(
    cli: Cli, keys: Path, records: Path, words: tuple[str, ...], who: str
) -> None:
    role = {"clinician": Role.CLINICIAN, "patient": Role.PATIENT}.get(who, Role.ADMIN)
    port = url(keys, role, timing="none", **({"dvt": "1"} if who == "bench" else {}))
    consent = () if who == "no consent" else CONSENT[:1] if words[0] == "impedance" else CONSENT
    ran = cli("--port", port, *words, *consent)
    assert ran.code == (79 if who == "no consent" else 76), ran.err
    assert "Measuring" not in ran.err and "starts now" not in ran.err
    assert list(records.glob("*")) == []


def test_a_titration_from_end_to_end_in_production_timing(cli: Cli, port: str, records: Path) -> None:
    ran = cli("--port", port, "titrate", "--side", "left", "--observer", "simulated", "--pulse-width", "200us", *CONSENT, "--json")
    assert ran.code == 0, ran.err
    assert "about 13 minutes" in " ".join(ran.err.split()), "said before it begins"
    assert ran.json["proposed_ma"] is not None and ran.json["motor_ma"] is not None
    (record,) = records.glob("*.jsonl")
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    assert {"end burst", "burst", "amplitude", "arm", "disarm"} <= {line["data"].get("what") for line in lines}
    assert lines[0]["data"]["authentication"] == "role admin"
    assert f"{KEYS[Role.ADMIN]:064x}" not in record.read_text()


def test_a_pulse_width_it_does_not_have_is_refused_with_what_it_has(cli: Cli, port: str) -> None:
    ran = cli("--port", port, "titrate", "--side", "left", "--observer", "simulated", *CONSENT)
    assert ran.code == 79 and "200 us or 250 us" in " ".join(ran.err.split())


def test_a_program_is_written_read_back_shown_and_compared(cli: Cli, keys: Path, tmp_path: Path) -> None:
    profile = tmp_path / "one-lead.toml"
    profile.write_text(PROFILE)
    with_limits = tmp_path / "device.json"
    port = url(keys)
    with_limits.write_text(cli("--port", port, "status", "--json").out)
    verified = cli("profile", "verify", str(profile), "--limits", str(with_limits))
    assert verified.code == 0, verified.out + verified.err
    dry = cli("--port", port, "program", "write", str(profile), "--slot", "0", "--dry-run", "--json")
    assert dry.code == 0 and {frame["fields"]["id"] for frame in dry.json["frames"]} >= {"SP02", "SP09"}
    words = ("program", "write", str(profile), "--slot", "0", "--yes", "--serial", "YYLL0001", "--accept-test-pulse", "--json")
    ran = cli("--port", port, *words)
    assert ran.code == 0, ran.out + ran.err
    assert ran.json["stored"]["program"]["left"]["amplitude_ma"] == "2.8"
    holds_it = url(keys, set="SP13:50,SP02:28,SP03:4,SP04:20,SP08:2,SP09:2,SP10:3")
    shown = cli("--port", holds_it, "program", "show", "--json")
    assert shown.code == 0 and "-L1+L2" in shown.out
    assert cli("--port", holds_it, "program", "diff", str(profile)).code == 0
    assert cli("--port", port, "program", "diff", str(profile)).code == 1
    pulled = tmp_path / "pulled.toml"
    assert cli("--port", holds_it, "program", "pull", "--output", str(pulled)).code == 0
    assert "amplitude_ma = 2.8" in pulled.read_text()


def test_4_3_ma_that_the_device_tells_as_4_2_is_no_difference(cli: Cli, keys: Path, tmp_path: Path) -> None:
    profile = tmp_path / "one-lead.toml"
    profile.write_text(PROFILE.replace("2.8", "4.3").replace("max_amplitude_ma = 3.0", "max_amplitude_ma = 5.0"))
    port = url(keys, set="SP13:50,SP02:43,SP03:4,SP04:20,SP08:2,SP09:2,SP10:3", timing="none")
    ran = cli("--port", port, "program", "diff", str(profile))
    assert ran.code == 0, ran.out
    said = " ".join(ran.err.split())
    assert "tells 4.2 mA for 4.2 mA and for 4.3 mA alike" in said and "another programmer" not in said


def test_the_other_side_is_refused_before_anything_is_sent(cli: Cli, port: str) -> None:
    ran = cli("--port", port, "titrate", "--side", "right", "--observer", "simulated", "--pulse-width", "200us", *CONSENT)
    assert ran.code == 76 and "one lead, on the left side" in ran.err


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.PATIENT])
def test_another_key_says_what_it_may(cli: Cli, keys: Path, role: Role) -> None:
    port = url(keys, role)
    ran = cli("--port", port, "status")
    assert ran.code == 0 and f"Your key is the {role.name.lower()}'s" in ran.err
    measured = cli("--port", port, "impedance", "--accept-test-pulse")
    assert measured.code != 0 and "Traceback" not in measured.err


@pytest.mark.parametrize(("spoil", "words"), [("chmod", "chmod 600"), ("text", "64 hexadecimal digits"), ("none", "cannot be read")])
def test_a_key_file_that_will_not_do_is_told_and_never_shown(cli: Cli, keys: Path, spoil: str, words: str) -> None:
    path = keys / "admin.txt"
    if spoil == "chmod":
        path.chmod(0o644)
    elif spoil == "text":
        path.write_text("hush-hush")
    else:
        path.unlink()
    ran = cli("--port", url(keys), "status")
    told = " ".join(ran.err.split())
    assert ran.code != 0 and words in told
    assert "ports` lists" not in told and "`rnprog doctor`" not in told, "it is not the port that is at fault"
    assert "hush-hush" not in ran.out + ran.err and f"{KEYS[Role.ADMIN]:x}" not in (ran.out + ran.err).replace("0000", "")


def test_a_foreign_key_is_told(cli: Cli, keys: Path) -> None:
    (keys / "admin.txt").write_text(f"{4711:064x}\n")
    ran = cli("--port", url(keys), "status")
    told = " ".join(ran.err.split())
    assert ran.code == 76 and "does not know this key" in told and "Name the key that belongs to this device" in told
    assert "rnprog status" not in told, "that was the command"


def test_a_read_that_the_key_may_not_is_no_lost_link(cli: Cli, keys: Path) -> None:
    ran = cli("--port", url(keys, Role.PATIENT, timing="none"), "program", "show", "--slot", "0")
    told = " ".join(ran.err.split())
    assert ran.code != 0 and "link was lost" not in told and "cable" not in told, told


def test_without_a_key_it_says_how_to_name_one(cli: Cli) -> None:
    ran = cli("--port", "opennerve+emu://", "status")
    assert ran.code != 0 and "key=FILE" in ran.err


def test_the_trace_holds_no_signature(cli: Cli, port: str, tmp_path: Path) -> None:
    trace = tmp_path / "trace.txt"
    assert cli("--port", port, "--trace", str(trace), "status").code == 0
    lines = [line for line in trace.read_text().splitlines() if "f06a" in line.replace(" ", "").lower()]
    assert lines and all(len(line.replace(" ", "")) < 120 for line in lines)


def test_the_guided_appointment_from_end_to_end_in_production_timing(port: str, records: Path) -> None:
    said: list[str] = []
    wish = Wish(port, "session", writes=True, record_dir=records, run_on_accepted=True, test_accepted=True)
    template = replace(STANDARD, pulse_width_us=Microseconds(Decimal(200)), sessions_per_day=Decimal(0))
    with connected(wish) as session:
        report = run(session, template, Demo(said.append))
        assert report.unfinished is None and report.problem is None, report.unfinished
        assert set(report.titrated) == {Side.LEFT}
        proposed = report.titrated[Side.LEFT].proposed_ma
        assert report.stored is not None and report.stored.program is not None and report.stored.program.left is not None
        assert report.stored.program.left.amplitude_ma == proposed
        assert report.schedule_enabled is None
        truth = session.bench.ask({"cmd": "state"})
        assert truth["parameters"]["SP02"] == proposed * 1000 and truth["parameters"]["SP13"] == 5_000
        assert truth["stimulating"] is False


# a device that outlives whoever talks to it


@pytest.fixture
def running() -> Iterator[Served]:
    with served(SP13=5.0, HP14=110.0) as made:
        yield made


def measuring(port: str, running: Served) -> subprocess.Popen[bytes]:
    """A process that measures, and has lowered SP13 for it."""
    words = [sys.executable, "-m", "rnprog", "--port", port, "impedance", "--accept-test-pulse"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ))
    assert running.lowered.wait(60), "SP13 was not lowered"
    return process


def test_killed_while_it_measures_the_next_one_puts_back(cli: Cli, running: Served, keys: Path) -> None:
    port = url(keys, where=running.url)
    before = running.parameters
    process = measuring(port, running)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    assert running.parameters["SP13"] == 500
    told = cli("--port", port, "status")
    assert "An interrupted test left settings changed" in " ".join(told.err.split()), told.err
    assert running.parameters["SP13"] == 500, "reading puts nothing back"
    with connected(Wish(port, "impedance")) as session:
        session.device.measure(((Contact.L1, Contact.L2),))
    assert running.parameters == before


def test_stop_from_another_process_when_nobody_holds_the_port(cli: Cli, running: Served, keys: Path) -> None:
    ran = cli("stop", "--port", url(keys, where=running.url))
    assert ran.code == 0, ran.out + ran.err
    assert "acknowledged the stop" in " ".join((ran.out + ran.err).split())


def test_stop_reaches_the_process_that_holds_the_port_and_is_waited_for(cli: Cli, running: Served, keys: Path) -> None:
    """The device answers slowly, as with production timing: STOP takes longer than the second that a holder of another device is given."""
    process = measuring(url(keys, where=running.url), running)
    running.ask(cmd="fault", spec=f"delay={HOLDER_S + 0.2}")
    stopped = cli("stop")
    running.ask(cmd="fault", spec="")
    assert stopped.code == 0, stopped.out + stopped.err
    assert "acknowledged the stop" in " ".join((stopped.out + stopped.err).split())
    assert process.wait(60) != 0
    assert running.parameters["SP13"] == 5_000, "put back on the way out"
