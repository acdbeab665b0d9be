"""Takes the pictures of docs/tui.md out of the snapshots of the tests. Usage: python docs/pictures/gallery.py [FOLDER]

A page that shows SVGs keeps runs of spaces as they are only where it is told to, so each text is told.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SNAPSHOTS = HERE.parents[1] / "tests" / "tui" / "__snapshots__" / "test_snapshots"
PICTURES = {
    "alarm": "alarm dark 100x30",
    "connect": "connect dark 100x30",
    "contrast": "titration-asked contrast 100x30",
    "leads": "leads dark 100x30",
    "light": "titration-asked light 100x30",
    "lost": "titration-lost dark 100x30",
    "overview": "overview dark 160x50",
    "profiles": "profiles dark 100x30",
    "program-refused": "program-refused dark 100x30",
    "program": "program dark 100x30",
    "record": "record dark 100x30",
    "titration-asked": "titration-asked dark 100x30",
    "titration-done": "titration-done dark 100x30",
    "titration-flowing": "titration-flowing dark 100x30",
}
"""Name of the picture, and what it shows: scene, theme, size."""


def main(folder: Path = HERE) -> int:
    """Write them all."""
    for name, shown in PICTURES.items():
        with zipfile.ZipFile(SNAPSHOTS / f"test_pictures[{shown.split()[0]}].zip") as file:
            drawn = file.read(f"{shown}.svg").decode()
        (folder / f"tui-{name}.svg").write_text(drawn.replace("<text ", '<text xml:space="preserve" '), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:2])))
