"""What to do when a connection cannot be had: one piece of advice for each kind of trouble (`trouble.TroubleKind`)."""

from __future__ import annotations

_AGAIN = "Check the cable, or that the device lies close enough, then try again: connecting only reads."

ADVICE = {
    "no device": "Check that the device is switched on and connected; `rnprog ports` lists what is there. Then try again.",
    "busy": "Close the other programmer that uses the port, then try again. To end its stimulation now: `rnprog stop`.",
    "denied": "Ask whoever looks after this computer to let you use the port; `rnprog doctor` says what is missing.",
    "bad port": "Write the port's name again: a serial port, socket://HOST:PORT or emu://NAME; `rnprog ports` lists what is there.",
    "emulator": "This is the emulator: no cable and no switch is at fault. Put right what is said above, or name another emulator: emu://NAME.",
    "mismatch": "Check that this port leads to the right device. If it does, do not program it with this rnprog.",
    "wrong device": "Compare the serial number with the patient's card, then connect that device or name the right serial number.",
    "link": _AGAIN,
    "refused": "Read the device with `rnprog status`. If it refuses that too, do not go on with it.",
    "resume": "Begin an appointment without --resume.",
    "record": "Choose a place that can be written with --record-dir, then start again.",
}
"""A test looks that every kind is here."""
