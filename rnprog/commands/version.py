"""Which version this is. Imports nothing but the standard library, and that late."""

from __future__ import annotations

SAYS = "research software, not a medical device"


def version() -> str:
    """The installed version, `unknown` when rnprog runs from a folder that was never installed, or when that cannot be read."""
    from importlib import metadata

    try:
        return metadata.version("rnprog")
    except (metadata.PackageNotFoundError, OSError):
        return "unknown"
