"""The checks of `rnprog doctor`. Each looks at one thing and says what it found; none changes anything that outlives it."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from rnprog.commands.render import Face
from rnprog.device.runtime import port_file, runtime_dir
from rnprog.session.places import record_directory
from rnprog.session.trouble import Trouble
from rnprog.session.wiring import Wish, connected

OLDEST_PYTHON = (3, 11)
LEAST_FREE_BYTES = 50 << 20


class Mark(Enum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One line. `advice` empty: nothing to do."""

    name: str
    mark: Mark
    text: str
    advice: str = ""


def python(face: Face) -> Iterator[Check]:
    """The interpreter."""
    have = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] >= OLDEST_PYTHON:
        yield Check("python", Mark.OK, f"{have} at {sys.executable}")
    else:
        yield Check("python", Mark.FAIL, f"{have} is too old.", "Install Python 3.11 or newer.")


def packages(face: Face) -> Iterator[Check]:
    """What rnprog needs, by its own declaration."""
    try:
        wanted = importlib.metadata.requires("rnprog") or []
    except importlib.metadata.PackageNotFoundError:
        yield Check("packages", Mark.WARN, "rnprog itself is not installed.", "Install it: pip install . or pipx install .")
        return
    missing = []
    for need in wanted:
        if "extra ==" in need:
            continue
        name = "".join(letter if letter.isalnum() or letter in "-_." else " " for letter in need).split()[0]
        try:
            importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        yield Check("packages", Mark.FAIL, f"missing: {', '.join(missing)}.", f"Install them: pip install {' '.join(missing)}")
    else:
        yield Check("packages", Mark.OK, "everything rnprog needs is installed")


def runtime(face: Face) -> Iterator[Check]:
    """Where port locks and stop sockets live."""
    try:
        where = runtime_dir()
    except OSError as error:
        advice = "Remove it or make it yours with mode 0700; without it ports cannot be locked and STOP finds no holder."
        yield Check("runtime", Mark.FAIL, f"{error.strerror or error}.", advice)
        return
    yield Check("runtime", Mark.OK, f"locks and stop sockets in {where}")
    if len(where) > 60:
        yield Check("runtime", Mark.WARN, "its path is long; a stop socket may not fit.", "Choose a shorter XDG_RUNTIME_DIR.")


def records(face: Face) -> Iterator[Check]:
    """Whether a record could be begun: written, synced, with room to grow."""
    directory = record_directory(face.options.record_dir)
    probe = directory / f".doctor-{secrets.token_hex(4)}"
    made = [each for each in (directory, *directory.parents) if not each.exists()]
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with probe.open("xb") as file:
            file.write(b"rnprog doctor\n")
            file.flush()
            os.fsync(file.fileno())
        free_bytes = shutil.disk_usage(directory).free
    except OSError as error:
        text = f"{directory} cannot be written: {error.strerror}."
        yield Check("records", Mark.FAIL, text, "Choose another place with --record-dir; without a record nothing is started.")
        return
    finally:
        with contextlib.suppress(OSError):
            probe.unlink(missing_ok=True)
            for folder in made:  # as it was before
                folder.rmdir()
    free = f"{free_bytes >> 20} MB free"
    if free_bytes < LEAST_FREE_BYTES:
        yield Check("records", Mark.WARN, f"{directory}: {free}.", "Free some disk space before an appointment.")
    else:
        yield Check("records", Mark.OK, f"{directory} can be written and synced, {free}")


def terminal(face: Face) -> Iterator[Check]:
    """What the output will look like, and why."""
    kind = os.environ.get("TERM") or "none"
    colour = "no colour (NO_COLOR)" if os.environ.get("NO_COLOR") else "colour" if sys.stdout.isatty() and not face.plain else "no colour"
    width = shutil.get_terminal_size().columns
    where = "a terminal" if sys.stdout.isatty() else "not a terminal"
    yield Check("terminal", Mark.OK, f"{where}, TERM={kind}, {width} columns, {colour}{', plain lines' if face.plain else ''}")
    if width < 80:
        yield Check("terminal", Mark.WARN, f"{width} columns are narrow for tables.", "Widen the window, or use --plain.")
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    if encoding not in ("utf8", ""):
        yield Check("terminal", Mark.WARN, f"the output encoding is {sys.stdout.encoding}.", "Set a UTF-8 locale, or use --plain.")


def port(face: Face) -> Iterator[Check]:
    """Who holds the port, whether this user may open it, and who answers."""
    url = face.options.port
    if not url:
        yield Check("port", Mark.WARN, "no port was named, so none was looked at.", "Name one with --port; emu:// is the bundled emulator.")
        return
    yield from _node(url)
    holder = _holder(url)
    if holder:
        yield Check(
            "port", Mark.WARN, f"{url} is held by process {holder}.", "Close that programmer first; `rnprog stop` works all the same."
        )
        return
    try:
        with connected(Wish(url, "doctor")) as session:
            identity = session.device.identity
            yield Check(
                "port", Mark.OK, f"{identity.model} {identity.serial}, firmware {identity.firmware}, answers on {url} ({session.mode})"
            )
    except Trouble as trouble:
        yield Check("port", Mark.FAIL, trouble.words.happened, trouble.words.now)


def _node(url: str) -> Iterator[Check]:
    """The file of a serial port: there, a device, and open to this user."""
    if "://" in url or sys.platform == "win32":
        return
    try:
        found = os.stat(url)
    except OSError as error:
        yield Check("port file", Mark.FAIL, f"{url}: {error.strerror}.", "Check the cable; `rnprog ports` lists what is connected.")
        return
    if not stat.S_ISCHR(found.st_mode):
        yield Check("port file", Mark.FAIL, f"{url} is not a serial port.", "`rnprog ports` lists what is connected.")
    elif os.access(url, os.R_OK | os.W_OK):
        yield Check("port file", Mark.OK, f"this user may open {url}")
    else:
        group = _group(found.st_gid)
        yield Check(
            "port file",
            Mark.FAIL,
            f"this user may not open {url}; it belongs to the group {group}.",
            f"sudo usermod -aG {group} $USER, then log in again.",
        )


def _group(number: int) -> str:
    try:
        import grp

        return grp.getgrgid(number).gr_name
    except (ImportError, KeyError):
        return str(number)


def _holder(url: str) -> int | None:
    """The process that has the lock of a port; None when nobody has."""
    if sys.platform == "win32":
        return None
    import fcntl

    try:
        handle = os.open(port_file(url, ".lock"), os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        text = os.read(handle, 32).decode("ascii", "replace").partition("\n")[0]
        return int(text) if text.isdigit() else None
    finally:
        os.close(handle)
    return None
