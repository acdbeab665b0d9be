"""The keys of the emulated OpenNerve. They open the emulator and nothing else: everybody has them."""

from __future__ import annotations

import os
from pathlib import Path

from device_emulator.opennerve.store import Store
from rnprog.protocol.opennerve import p256
from rnprog.protocol.opennerve.codes import Role

KEYS: dict[Role, int] = {Role.ADMIN: 0xA11CE, Role.CLINICIAN: 0xC11, Role.PATIENT: 0xBA7}
"""Private keys."""


def keyed_store() -> Store:
    """A store that knows them."""
    store = Store(admin_key=p256.public_key(KEYS[Role.ADMIN]))
    store.texts["HP09"] = p256.public_key(KEYS[Role.CLINICIAN])
    store.texts["HP12"] = p256.public_key(KEYS[Role.PATIENT])
    return store


def write_keys(folder: Path) -> None:
    """A key file for each role, as a user has one: admin.txt, clinician.txt, patient.txt, for the owner alone. OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for role, key in KEYS.items():
        path = folder / f"{role.name.lower()}.txt"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{key:064x}\n")
        path.chmod(0o600)
