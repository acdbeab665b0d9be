"""What a device's refusal means for a clinician: one sentence on what stands in the way, one on what to do. Nothing was changed."""

from __future__ import annotations

from rnprog.device.errors import DeviceRefused

_ADVICE = {
    "BUSY": ("it is already prepared or still measuring", "Wait a moment, or stop, then try again."),
    "NOT_ARMED": ("the side is not prepared any more", "Prepare it again; it starts from 0 mA."),
    "STALE_LINK": (
        "it has restarted, another programmer has connected, or STOP was said elsewhere",
        "Make sure that nobody else programs this implant, then connect again.",
    ),
    "STALE_REVISION": ("its program was changed by somebody else since it was read", "Read the program again and look at the difference."),
    "WRONG_DEVICE": ("it is not the device that this was meant for", "Check the serial number, then connect again."),
    "UNKNOWN_VERSION": ("its protocol is newer or older than this rnprog knows", "Use the rnprog version that belongs to this device."),
    "UNKNOWN_OPCODE": ("it does not know this command", "Use the rnprog version that belongs to this device."),
    "MALFORMED": ("it could not understand the command", "Note the time and report it: this is a fault in rnprog or on the line."),
    "BAD_CRC": ("the program it received is not the program that was sent", "Write it again; the earlier program is still in place."),
    "SLOT_EMPTY": ("there is no program in that slot", "Write a program first."),
    "NOT_STAGED": ("it lost the program before it was complete", "Write it again; the earlier program is still in place."),
    "ELECTRODES": ("it does not accept these electrodes", "Choose a cathode and an anode on the lead of this side."),
    "CHARGE_LIMIT": ("the charge density would be above its limit", "Use a lower amplitude or a shorter pulse width."),
    "BALANCE": ("the pulse does not fit into its period", "Use a shorter pulse width or a lower rate."),
    "STEP_TOO_LARGE": ("the step is larger than it allows", "Go up in smaller steps."),
    "LOW_BATTERY": ("its battery is too low", "Charge it first; reading still works."),
    "CHARGING": ("it is being charged", "Take the charger away, then try again."),
    "OVER_TEMPERATURE": ("it is too warm", "Let it cool down; take a charger away."),
    "THERAPY_RUNNING": ("a therapy session is running", "Say `rnprog stop` to end it, or wait until it is over."),
    "MEMORY_FAILURE": ("its memory did not accept the program", "Do not rely on this device before its maker has checked it."),
}
_UNITS = {
    "AMPLITUDE_UA": "uA",
    "WIDTH_US": "us",
    "RATE_MHZ": "mHz",
    "RAMP_UP_MS": "ms",
    "RAMP_DOWN_MS": "ms",
    "ON_MS": "ms",
    "OFF_MS": "ms",
    "DURATION_MS": "ms",
    "SESSION_S": "s",
    "DENSITY_NC_CM2": "nC/cm2",
    "BATTERY_MV": "mV",
}


def explain(error: DeviceRefused) -> str:
    """A refusal in words, with the device's own numbers where it gave any."""
    if error.reason == "SAID":
        return str(error)
    command = error.command.replace("_", " ").lower()
    why, then = _ADVICE.get(error.reason, ("the value is outside its own limits", "Choose a value that the device allows."))
    unit = _UNITS.get(error.field)
    numbers = f" ({error.value} {unit}, its limit is {error.limit} {unit})" if unit else ""
    return f"The device refused ({command}): {why}{numbers}. {then}"
