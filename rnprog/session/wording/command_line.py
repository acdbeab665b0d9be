"""Words for what only a command line can meet: no port, an interruption, a bug in rnprog."""

from __future__ import annotations

from rnprog.session.wording import Words, sentence

_NOTHING = "No stimulation was started or changed."

GO_ON = "Press Enter to measure the leads, which is a small stimulation itself; s and Enter to stop here\n>"


def no_port() -> Words:
    """No port was named anywhere."""
    return Words(
        "No port was named.",
        _NOTHING,
        "Name it with --port or RNPROG_PORT: emu:// is the bundled emulator; `rnprog ports` lists what is connected.",
    )


def no_port_to_stop() -> Words:
    """`rnprog stop` without a port."""
    return Words(
        "STOP WAS NOT SENT: no port was named.",
        "Nothing is known about any output.",
        "Name the port with --port or RNPROG_PORT, for example: rnprog stop --port /dev/ttyACM0. `rnprog ports` lists what is connected.",
    )


_MAGNET = "end a therapy session with the patient's remote or the magnet, and watch the patient"


def holder_silent(pid: str, port: str) -> Words:
    """`rnprog stop`, and a process that holds a port does not answer. Both empty where the lock file says nothing."""
    who = f"process {pid}" if pid else "a process"
    return Words(
        f"STOP NOT CONFIRMED: {who}, which holds {port or 'a port'}, did not answer.",
        "The output may still be on. Test stimulation ends by itself within 1 s of the end of that process; a therapy session does not.",
        f"End that process{f' (kill -9 {pid})' if pid else ''} and say STOP again{f', with --port {port}' if port else ''}; "
        f"if that fails, {_MAGNET}.",
    )


def holder_without_door(pid: str, port: str) -> Words:
    """`rnprog stop`, and the process that holds the port offers no way in."""
    return Words(
        f"STOP WAS NOT SENT: process {pid} holds {port} and did not answer.",
        "Nothing is known about the output; treat it as on. Test stimulation ends by itself within 1 s of the end of that process.",
        f"End that process (kill -9 {pid}): its test stimulation then ends by itself within 1 s. Then say STOP again; "
        f"if that fails, {_MAGNET}.",
    )


def without_a_lock(why: str) -> str:
    """STOP went out on a port that could not be locked."""
    return f"STOP went out without the lock that keeps a second programmer away. {why} Everything but STOP needs it."


NO_STOP_RECORD = "This STOP was not recorded"


def trace_not_complete(path: str) -> str:
    """The trace file of a STOP lacks what passed."""
    return f"The trace file {path} is not complete"


def disk_is_slow(missing: str, waited_s: float) -> str:
    """`rnprog stop` has told what is certain, and ends without what the disk was to take. `missing`: one of the two above."""
    return f"{missing}: the disk has not taken it within {waited_s:g} s. The STOP itself is as said above. Note the time."


def nothing_runs_there(port: str) -> Words:
    """`rnprog stop` on the nameless emulator."""
    return Words(
        f"STOP WAS NOT SENT: {port} is an emulator that lives inside one process; no other process can reach it.",
        "Nothing can be running there.",
        "Name the port whose device is to be stopped: emu://NAME, socket://HOST:PORT or a serial port.",
    )


def interrupted() -> Words:
    """Interrupted while nothing was prepared."""
    return Words(
        "Interrupted.", "This command had not prepared any stimulation, and changed nothing more.", "Start it again when you are ready."
    )


def interrupted_afterwards() -> Words:
    """Interrupted after the stimulation of a command, while its result was shown."""
    return Words(
        "Interrupted while the result was being shown.",
        "This command was over and had nothing prepared any more; what it did is in its record.",
        "See it again with `rnprog record show`, and the device with `rnprog status`.",
    )


def bug(what: str, trace: str | None, *, stopped: bool = True) -> Words:
    """An error that rnprog has no words for. `stopped`: a STOP has followed it, and is confirmed; else nothing was prepared."""
    kept = f"The details are in {trace}; send that file with your report." if trace else "Repeat it with --trace FILE to keep the details."
    prepared = "What this command had prepared was stopped" if stopped else "No test stimulation was prepared"
    return Words(
        f"This is a fault in rnprog ({what[:200]}).",
        f"{prepared}; what the implant runs by itself was not changed by the fault.",
        f"Check the device with `rnprog status`. {kept}",
    )


def confirmed_at_last(stopped: Words) -> Words:
    """STOP was not confirmed, and the one that was said once more is."""
    happened = f"STOP was not confirmed at first. It was said once more, and is confirmed now: {stopped.happened}"
    return Words(happened, stopped.stimulation, stopped.now)


def not_confirmed_again(alarm: Words) -> Words:
    """STOP was not confirmed, and the one that was said once more is not either."""
    return Words(f"{alarm.happened} STOP was said once more, and that is not confirmed either.", alarm.stimulation, alarm.now)


def besides(alarm: Words, what: str, then: str) -> Words:
    """A STOP that is not confirmed, and what else has ended the command. `then`: what to do about that, after the rest; may be empty."""
    return Words(f"{alarm.happened} Besides: {sentence(what)}", alarm.stimulation, f"{alarm.now} {then}".strip())


def settled_by_reading(what: str, result: str, slot: int) -> Words:
    """A command was not answered, and a read has settled it."""
    return Words(
        f"The device did not answer ({what}). It was read again, and this is settled: {result}.",
        f"No test stimulation is prepared. Slot {slot} was read just now and is shown.",
        "Compare what is shown with what you wanted. If it is not that, give the same command again.",
    )


def slot_without_program(slot: int, problem: str | None) -> str:
    """What was read where a program should be."""
    return f"Slot {slot}, read just now: {problem or 'no program'}."


def demo_needs_emulator() -> Words:
    """The demo answers for a person, so it never runs on a device."""
    return Words(
        "The demo runs on the emulator only, and this is not proven to be one.",
        _NOTHING,
        "Leave --port out, or name emu://; for an emulator process add the bench address that it prints.",
    )


def observer_needs_emulator() -> Words:
    """Scripts and simulations never answer for a patient."""
    return Words(
        "Only a person observes on a real device, and this is not proven to be an emulator.",
        "No test stimulation was started.",
        "Use --observer ask; for an emulator process add the bench address that it prints.",
    )


def origin(record: str | None) -> str:
    """Who wrote the program that the implant runs. `record`: of the session that did; None: none here."""
    if record is not None:
        return f"written by rnprog, record {record}"
    return "no record on this computer says who wrote it"


FOREIGN = (
    "No record on this computer says that rnprog wrote this program: another programmer may have. Compare it with the patient's notes "
    "before it is replaced."
)

UNAUTHENTICATED = "UNAUTHENTICATED"
PROVED_NOTHING = f"none ({UNAUTHENTICATED}): the serial number is the device's own word; compare it with the patient's card"

FINGERPRINT_HELD = "carries the fingerprint of a patient code; `rnprog session --patient CODE` compares it"
FINGERPRINT_NONE = "carries no fingerprint of a patient code"


def found_unreadable(slot: int, problem: str) -> str:
    """The program that the implant runs cannot be shown."""
    return f"The implant runs slot {slot}, and what it holds cannot be shown: {problem}."


def cautions_again(count: int) -> str:
    """Cautions that were said of the profile already hold for the program, too."""
    told = f"The {count} cautions said above hold" if count > 1 else "The caution said above holds"
    return f"{told} for the program that is to be written, too."


def fingerprint_stored(code: str) -> str:
    """The implant can be told from another patient's from now on."""
    return f"The implant now carries the fingerprint of patient code {code}: the next appointment notices a mix-up."


def fingerprint_not_stored() -> str:
    """The program stands, the fingerprint does not."""
    return "The fingerprint of the patient code was not stored in the implant. The program is not concerned: it was written and read back."


def nothing_written(side: str, tried: str | None, runs: str | None, part: str | None) -> str:
    """U9 of the fault list: what was tried is not what the implant runs. `runs`: its slot; `part`: what that gives on this side."""
    what = f"Tried, not written: {side} {tried}." if tried else "Nothing was written."
    if runs is None:
        return f"{what} The implant runs no program. To write one: rnprog session, or rnprog program write."
    gives = f"{part} on the {side}" if part else f"nothing on the {side}"
    return f"{what} The implant goes on with {runs}: {gives}. To change that: rnprog session, or rnprog program write."
