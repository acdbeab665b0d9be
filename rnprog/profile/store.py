"""Saving a profile, or any other file that somebody asked for: wholly or not at all, and never over another one unless asked. Owns the
way to the disk and nothing of the content.

A temporary file in the same folder is written, synced and then given its name in one step, so that at every moment the name holds the old
text or the new one (reliability H1). Links are never followed (M10).
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

from rnprog.profile.findings import shown_name, shown_path
from rnprog.profile.names import SCHEMA_LINE, SCHEMA_NAME, SUFFIX, name_problem
from rnprog.profile.reading import LARGEST_BYTES

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)

LINKED = "it is a link, and links are not followed"


class StoreError(Exception):
    """The profile was not saved, and what was there before is unchanged. The text says why and what to do."""


class AlreadyThere(StoreError):
    """There is a profile of this name, and nobody asked to replace it."""


def save(folder: Path, name: str, text: str, *, replace: bool = False) -> Path:
    """Save `text` as the profile `name` in `folder`, which is made if needed, and return its path.

    Raises `StoreError` if the name is no identifier, the text too large, or the disk does not take it; `AlreadyThere` if the name is taken
    and `replace` is false.
    """
    problem = name_problem(name)
    if problem is not None:
        raise StoreError(f"{shown_name(name)} was not saved. {problem}")
    content = _content(name, text)
    path = folder / f"{name}{SUFFIX}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        put(path, content, replace=replace)
        if text.startswith(SCHEMA_LINE):
            place_schema(folder)
    except FileExistsError as error:
        raise AlreadyThere(
            f"{shown_path(path)} is there already and was left as it is. Choose another name, or ask to replace it."
        ) from error
    except OSError as error:
        raise StoreError(f"{name} could not be saved in {shown_path(folder)}: {error.strerror}. Nothing was changed.") from error
    return path


def put(path: Path, content: bytes, *, replace: bool) -> None:
    """Make `content` the file `path`, for its owner alone. Only an ordinary file is ever replaced: a link is neither followed nor replaced
    (/dev/stdout is one), and a device or a pipe is left alone. Raises FileExistsError if something is there and `replace` is false, else
    OSError.
    """
    if replace:
        check_replaceable(path)
    with _temporary(path.parent, path.name, content) as temporary:
        if replace:
            os.replace(temporary, path)
        else:
            _give_name(temporary, path)
    sync_folder(path.parent)


def check_replaceable(path: Path) -> None:
    """OSError when what `put` should replace, or its folder, is not to be written to. For whoever works long before he saves."""
    if os.path.lexists(path) and not stat.S_ISREG(mode := os.lstat(path).st_mode):
        linked = stat.S_ISLNK(mode)
        raise OSError(errno.ELOOP if linked else errno.EINVAL, LINKED if linked else "it is no ordinary file")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        missing = errno.EACCES if path.parent.is_dir() else errno.ENOENT
        raise OSError(missing, os.strerror(missing))


def place_schema(folder: Path) -> None:
    """Put the schema that the first line of a new profile names beside it; an older one of ours is brought up to date, any other is left.

    Nothing is said when that cannot be: only editors look for it.
    """
    path, content = folder / SCHEMA_NAME, Path(__file__).with_name(SCHEMA_NAME).read_bytes()
    with contextlib.suppress(OSError):
        if os.path.lexists(path):
            before = path.read_bytes() if stat.S_ISREG(os.lstat(path).st_mode) else b""
            if before == content or b'"title": "rnprog profile"' not in before:
                return
        with _temporary(folder, SCHEMA_NAME, content) as temporary:
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)


def overwrite(path: Path, text: str) -> None:
    """Put `text` in the place of the ordinary file `path`, whatever it is called; a line end of "\\r\\n" stays one. Raises `StoreError`."""
    try:
        with path.open("rb") as file:
            ends = b"\r\n" if b"\r\n" in file.read(LARGEST_BYTES) else b"\n"
        content = _content(shown_path(path), text).replace(b"\n", ends)
        if len(content) > LARGEST_BYTES:
            raise StoreError(f"{shown_path(path)} was not saved: a profile has at most 16 KiB. Shorten the notes.")
        mode = stat.S_IMODE(os.lstat(path).st_mode)
        with _temporary(path.parent, path.stem, content) as temporary:
            os.chmod(temporary, mode)
            os.replace(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        raise StoreError(f"{shown_path(path)} could not be saved: {error.strerror}. Nothing was changed.") from error


def _content(name: str, text: str) -> bytes:
    """As it goes to the disk. StoreError when it is too long, or no text: an argument that was not typed in UTF-8."""
    try:
        content = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise StoreError(f"{name} was not saved: an entry holds a letter that is not UTF-8. Write that entry again.") from error
    if len(content) > LARGEST_BYTES:
        raise StoreError(f"{name} was not saved: a profile has at most 16 KiB. Shorten the notes.")
    return content


@contextlib.contextmanager
def _temporary(folder: Path, name: str, content: bytes) -> Iterator[Path]:
    """A synced file with `content`, for nobody else to read; gone afterwards unless it was given another name."""
    path = folder / f".{name}.{secrets.token_hex(6)}.tmp"
    handle = os.open(path, _NEW, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield path
    finally:
        with contextlib.suppress(OSError):  # what was to be saved is saved, or the reason why it is not is told
            path.unlink(missing_ok=True)


def _give_name(temporary: Path, path: Path) -> None:
    """`FileExistsError` if the name is taken, also by a link that leads nowhere."""
    try:
        os.link(temporary, path, follow_symlinks=False)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):
        claim_name(temporary, path)


def claim_name(temporary: Path, path: Path) -> None:
    """The same on a file system without hard links (many memory sticks): claim the name, then put the text in its place.

    A power cut between the two leaves an empty file, which no reader takes for a profile; never a part of the text.
    """
    os.close(os.open(path, _NEW, 0o600))
    os.replace(temporary, path)


def sync_folder(folder: Path) -> None:
    """Make a name that was given in a folder outlive a power cut. OSError when it cannot be."""
    if os.name == "nt":  # a folder cannot be opened there
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
