"""What an implant is found with is shown before anything is measured, and who wrote it as far as records say."""

from tests.commands.running import Cli
from tests.commands.test_appointment_commands import Rnprog, rnprog

__all__ = ["rnprog"]


def test_somebody_elses_program_is_shown_before_anything_is_measured(rnprog: Rnprog) -> None:
    ran = rnprog("session", "--port", "emu://?scenario=foreign-program&clock=virtual", "--observer", "simulated", typed="s\n")
    said = " ".join(ran.err.split())
    found, leads = said.index("Found in the implant: slot 0, revision 1"), said.index("Leads.")
    assert found < said.index("Amplitude 2.8 mA -") < said.index("another programmer may have") < leads


def test_the_found_program_is_data_too(rnprog: Rnprog) -> None:
    port = "emu://?scenario=foreign-program&clock=virtual"
    found = rnprog("session", "--port", port, "--observer", "simulated", "--json", typed="s\n").json["found"]
    assert (found["slot"], found["revision"], found["record"]) == (0, 1, None)
    assert found["program"]["left"]["amplitude_ma"] == "2.8" and found["program"]["right"] is None


def test_a_program_of_ours_names_its_record_and_a_new_implant_shows_none(rnprog: Rnprog) -> None:
    port, rest = "emu://ours?seed=1&clock=virtual", ("--observer", "simulated", "--json")
    serial = rnprog("status", "--port", port, "--json").json["device"]["serial"]
    first = rnprog("session", "--port", port, *rest, typed=f"\n\n{serial[-4:]}\n")
    assert "found" not in first.json and first.json["written"] is True and first.record is not None
    again = rnprog("session", "--port", port, *rest, typed="s\n")
    assert again.json["found"]["record"] == first.record.stem and "another programmer" not in again.err
    told = rnprog("status", "--port", port, "--json").json
    assert (told["program_record"], told["patient_fingerprint_stored"]) == (first.record.stem, False)


def test_status_says_who_wrote_the_program_and_whether_the_implant_can_be_told_apart(cli: Cli) -> None:
    foreign = " ".join(cli("status", "--port", "emu://?scenario=foreign-program").out.split())
    assert "no record on this computer says who wrote it" in foreign and "carries the fingerprint of a patient code" in foreign
    new = " ".join(cli("status", "--port", "emu://").out.split())
    assert "This program" not in new and "carries no fingerprint of a patient code" in new


def test_after_a_titration_it_is_said_what_the_implant_runs_all_the_same(cli: Cli) -> None:
    words = ("titrate", "--side", "left", "--observer", "simulated", "--json", "--port", "emu://kept?clock=virtual")
    none = cli(*words)
    told = " ".join(none.err.split())
    assert none.json["implant_runs"] is None and f"left {none.json['proposed_ma']} mA" in told and "The implant runs no program" in told
    serial = none.json["device"]["serial"]
    assert cli("program", "write", "standard-bilateral", "--port", "emu://kept", "--yes", "--serial", serial).code == 0
    held = cli(*words)
    told = " ".join(held.err.split())
    assert held.json["implant_runs"] == {"slot": 0, "revision": 1}
    assert "goes on with slot 0, revision 1: -L1+L2 at 2.0 mA on the left" in told
