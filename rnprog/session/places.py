"""Where records live. Owns the choice of directory; `--record-dir` wins over it."""

from __future__ import annotations

from pathlib import Path

import platformdirs


def record_directory(chosen: Path | None) -> Path:
    """The directory for session records."""
    return chosen if chosen is not None else state_directory() / "records"


def state_directory() -> Path:
    """The user's state directory for rnprog."""
    return Path(platformdirs.user_state_dir("rnprog", appauthor=False))
