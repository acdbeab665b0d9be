"""The user's private key: read from the user's own file, used to sign, and never shown, logged or sent."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from pathlib import Path

from rnprog.device.errors import BadPort, PortDenied, advising
from rnprog.protocol.errors import LocalProtocolError
from rnprog.protocol.opennerve import p256
from rnprog.protocol.opennerve.payloads import Signed

_MOST_BYTES = 256
_OTHERS = 0o077


class Key:
    """A private key. Its text never leaves this object."""

    __slots__ = ("_number",)

    def __init__(self, number: int) -> None:
        self._number = number

    def __repr__(self) -> str:
        return "Key(...)"

    def signed(self) -> Signed:
        """What AUTH wants: the signature of a message nobody else has used. Whoever sees it can use it again, so it is no less secret."""
        digest = hashlib.sha256(secrets.token_bytes(32)).digest()
        r, s = p256.sign(self._number, digest)
        return Signed(r, s, digest)


_NAME = "Name the file of your own key with key=FILE in the port; it holds 64 hexadecimal digits."


def load(path: Path) -> Key:
    """The key in a file: 64 hexadecimal digits. PortDenied when others could read it, BadPort when it is no key; neither repeats it."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    except OSError as error:
        raise advising(BadPort(f"The key file {path} cannot be read: {error.strerror or error}. Nothing was sent."), _NAME) from error
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise advising(BadPort(f"{path} is no file. Nothing was sent."), _NAME)
        if hasattr(os, "getuid") and (found.st_mode & _OTHERS or found.st_uid != os.getuid()):
            text = f"Others can read the key file {path}, or it belongs to somebody else. Nothing was sent."
            raise advising(PortDenied(text), f"Make it yours alone (chmod 600 {path}), then try again.")
        text = os.read(handle, _MOST_BYTES).decode("ascii", "replace")
    finally:
        os.close(handle)
    try:
        return Key(p256.private_key(text))
    except LocalProtocolError as error:
        raise advising(BadPort(f"The key file {path} holds no key: {error}. Nothing was sent."), _NAME) from error
