"""Words about a profile whose values come from an emulator, or from a device."""

from __future__ import annotations

from rnprog.session.mode import Mode

VALUES_FROM = "Values from"
OF_MODE: dict[str, str] = {Mode.DEVICE: "a device", Mode.EMULATOR: "EMULATOR: for training, not for a patient"}
DRAFT_OF_AN_EMULATOR = "This record was made on an emulator. The profile is for training, not for a patient, and cannot be signed off."


def not_signed_off(name: str) -> str:
    """A profile that nobody may sign off, and what to do instead."""
    return (
        f"{name} has the values of an emulator, so it cannot be signed off for a patient: nothing was written. Titrate on the device, then "
        "make a profile of that record with `rnprog profile from-session`. For training, `rnprog profile verify` checks it as it is."
    )
