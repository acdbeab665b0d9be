"""Words for what only a command line can meet: no port, an interruption, a bug in rnprog."""

from __future__ import annotations

from rnprog.session.wording import Words

_NOTHING = "No stimulation was started or changed."


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


def bug(what: str, trace: str | None) -> Words:
    """An error that rnprog has no words for."""
    kept = f"The details are in {trace}; send that file with your report." if trace else "Repeat it with --trace FILE to keep the details."
    return Words(
        f"This is a fault in rnprog ({what[:200]}).",
        "What this command had prepared was stopped; what the implant runs by itself was not changed by the fault.",
        f"Check the device with `rnprog status`. {kept}",
    )


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
