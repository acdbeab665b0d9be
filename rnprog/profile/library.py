"""Where profiles are found: the user's shelf first, then the library that comes with rnprog. Names are identifiers, never paths."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from rnprog.profile.findings import refusal, shown_name
from rnprog.profile.names import SUFFIX, name_problem

_SEPARATORS = ("/", "\\")


@dataclass(frozen=True, slots=True)
class Shelved:
    """A profile that can be had by name."""

    name: str
    path: Path
    from_library: bool
    """It comes with rnprog; otherwise it is the user's own."""


def shelf_dir() -> Path:
    """The user's own profiles. The folder may not exist yet."""
    return Path(platformdirs.user_data_dir("rnprog", appauthor=False)) / "profiles"


def library_dir() -> Path:
    """The profiles that come with rnprog: packaged in a wheel, in the repository beside the package otherwise."""
    packaged = Path(__file__).parent / "library"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "profiles"


def find(name_or_path: str, *, shelf: Path | None = None, library: Path | None = None) -> Path:
    """The file of a profile. A text with a separator or ending in .toml is a path as it stands; anything else is a name.

    Raises `ProfileError` (RN101, RN208). Whether a path exists is found out when it is read.
    """
    if is_path(name_or_path):
        return Path(name_or_path)
    problem = name_problem(name_or_path)
    if problem is not None:
        text = f"{shown_name(name_or_path)} is no name of a profile. {problem} For a file, write its path with {SUFFIX} at the end."
        raise refusal("RN208", name_or_path, text)
    for folder in (shelf or shelf_dir(), library or library_dir()):
        path = folder / f"{name_or_path}{SUFFIX}"
        if os.path.lexists(path):
            return path
    text = f"There is no profile called {name_or_path}. The list of profiles shows the names; for a file, write its path."
    raise refusal("RN101", name_or_path, text)


def is_path(text: str) -> bool:
    """Whether `text` means a file by its path, not a profile by its name."""
    return text.endswith(SUFFIX) or any(separator in text for separator in _SEPARATORS)


def available(*, shelf: Path | None = None, library: Path | None = None) -> tuple[Shelved, ...]:
    """Every profile that can be had by name, sorted; the user's own hides one of the library with the same name."""
    found: dict[str, Shelved] = {}
    for folder, from_library in ((library or library_dir(), True), (shelf or shelf_dir(), False)):
        for path in _files(folder):
            name = path.name.removesuffix(SUFFIX)
            if name_problem(name) is None:
                found[name] = Shelved(name, path, from_library)
    return tuple(found[name] for name in sorted(found))


def _files(folder: Path) -> list[Path]:
    """The profile files in a folder; none if it is not there or closed."""
    try:
        with os.scandir(folder) as entries:
            return [Path(entry.path) for entry in entries if entry.name.endswith(SUFFIX) and entry.is_file(follow_symlinks=False)]
    except OSError:
        return []
