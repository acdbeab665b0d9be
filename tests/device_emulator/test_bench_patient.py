"""Bench commands about the patient, and a patient file by way of the device."""

from __future__ import annotations

import pytest

from device_emulator.device import EmulatedDevice
from device_emulator.port.url import parse_url
from rnprog.protocol.messages import Burst, SetAmplitude


def test_the_waveform_of_an_armed_side(talk) -> None:
    host = talk()
    host.done(host.arm())
    host.done(SetAmplitude(0, 500))
    found = host.device.bench({"cmd": "waveform", "side": "left"})
    electrodes = host.device.patient.electrodes
    load_ohm = electrodes.load_ohm(2, 4, 214)
    assert (found["cathodes"], found["anodes"], found["width_us"], found["wanted_ua"]) == (2, 4, 214, 500)
    assert found["driven_ua"] == 500 and found["at_limit"] is False and found["gap_us"] == 20
    assert max(point["voltage_mv"] for point in found["points"]) == pytest.approx(0.5 * load_ohm)
    assert found["points"][-2]["voltage_mv"] == pytest.approx(-0.5 * electrodes.load_ohm(2, 4, 0))


def test_the_waveform_agrees_with_the_ground_truth_at_the_limit(talk) -> None:
    host = talk()
    host.done(host.arm(width_us=300))
    for amplitude_ua in range(500, 9_001, 500):
        host.done(SetAmplitude(0, amplitude_ua))
        host.done(Burst(1, 100))
        host.live(0.2)
        if host.status().flags & 1:
            break
    truth = max(change.amplitude_ua for change in host.device.truth.changes)
    found = host.device.bench({"cmd": "waveform", "side": "left"})
    assert found["at_limit"] is True and found["driven_ua"] == pytest.approx(truth, abs=0.01)
    assert max(point["voltage_mv"] for point in found["points"]) == pytest.approx(9_000)
    assert found["clipped"][-1]["current_ua"] < found["driven_ua"] < found["clipped"][1]["current_ua"]


def test_the_waveform_of_any_electrode_set(talk) -> None:
    bench = talk("left-open").device.bench
    asked = {"cmd": "waveform", "cathodes": 2, "anodes": 4, "width_us": 214, "amplitude_ua": 1_000}
    found = bench(asked)
    assert found["driven_ua"] == 0 and found["at_limit"] is True and found["resistance_ohm"] is None
    assert bench({**asked, "cathodes": 1})["driven_ua"] == 1_000
    assert bench({"cmd": "waveform", "side": "right"})["wanted_ua"] == 1_000, "a side that is not armed: 1 mA on the reference pair"
    for wrong in ({"cathodes": 4}, {"cathodes": 0}, {"width_us": 0}, {"amplitude_ua": True}, {"amplitude_ua": 1e3}):
        assert bench({**asked, **wrong})["ok"] is False
    assert bench({"cmd": "waveform", "side": "up"})["ok"] is False


def test_the_patient_from_inside(talk) -> None:
    found = talk("migrated-lead").device.bench({"cmd": "patient"})
    assert found["cohort"] == "A" and found["implant_age_days"] == pytest.approx(14 + 183)
    assert found["shift_mm"] == [-12.0, 0.0] and len(found["contacts_ohm"]) == 9 and "published" in found["assumptions"]
    assert {band["name"] for band in found["bands"]} >= {"normal", "open"} and all("source" in band for band in found["bands"])
    assert talk("left-open").device.bench({"cmd": "patient"})["contacts_ohm"][1] is None


def test_months_pass_in_a_run_and_impedance_goes_up(talk) -> None:
    device = talk().device
    before = device.patient.electrodes.load_ohm(2, 4, 100)
    device.pass_time(180 * 86_400)
    after = device.patient.electrodes.load_ohm(2, 4, 100)
    assert device.patient.age_days == pytest.approx(194) and 1.02 < after / before < 1.3


def test_a_patient_file_is_cast_into_the_scenario(tmp_path) -> None:
    path = tmp_path / "someone.toml"
    path.write_text('[person]\nsubject = 4\n[nerve]\nmotor_left_ma = 1.5\n[electrodes]\nopen_contacts = ["R0"]\n', encoding="utf-8")
    device = EmulatedDevice("left-open", 9, patient=str(path))
    assert device.patient.subject.motor_ma[0] == 1.5 and device.patient.person.leads.open_contacts == (4, 1)
    assert device.bench({"cmd": "hello"})["serial"] != EmulatedDevice("left-open", 9).rn1.identity.serial, "another person, another device"
    assert EmulatedDevice("foreign-program", 9, patient=str(path)).rn1.core.stores.settings.now.schedule_enabled
    path.write_text("[nerve]\nsigma = 0.1\n", encoding="utf-8")
    someone = EmulatedDevice("anxious-patient", 9, patient=str(path)).patient.person
    assert (someone.cohort, someone.index, someone.subject.sigma) == ("E", 9, 0.1), "what the file leaves out is as scenario and seed say"
    assert parse_url(f"emu://?patient={path}&months=3").patient == str(path)
    with pytest.raises(ValueError, match="cannot be read"):
        parse_url("emu://?patient=/nowhere/at/all.toml")
    with pytest.raises(ValueError, match="0 to 60"):
        parse_url("emu://?months=99")


def test_a_run_repeats_by_seed(talk) -> None:
    def run(seed: int) -> list[object]:
        host = talk("intermittent-contact", seed, months=2)
        host.done(host.arm(1))
        told: list[object] = [host.device.bench({"cmd": "patient"})]
        for amplitude_ua in range(500, 3_001, 500):
            host.ask(SetAmplitude(1, amplitude_ua))
            host.ask(Burst(2, 300))
            host.live(0.4)
            told.append(host.device.bench({"cmd": "feel", "side": "right"}))
        return [*told, host.device.rn1.memory.snapshot()]

    assert run(3) == run(3) != run(4)
