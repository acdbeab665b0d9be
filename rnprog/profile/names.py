"""Names of profiles and codes of patients: identifiers, never paths (reliability M9). Owns what they may look like."""

from __future__ import annotations

import re

SUFFIX = ".toml"
"""How the file of a profile ends."""
SCHEMA_NAME = "profile.schema.json"
"""How the JSON Schema is called, in the package and beside profiles."""
SCHEMA_LINE = f"#:schema ./{SCHEMA_NAME}\n"
"""What taplo and tombi look for at the top of a file; relative, so that a folder of profiles may move."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_DEVICES = frozenset(("con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))))
"""Windows opens a device for these, whatever the folder and the ending."""


def name_problem(text: str) -> str | None:
    """Why `text` cannot be the name of a profile, as a sentence; `None` if it can."""
    if _NAME.fullmatch(text) is None:
        return (
            "A name has lower-case letters, digits, hyphens and underscores, begins with a letter or digit, and has at most 64 characters."
        )
    if text in _DEVICES:
        return "This name means a device on some computers. Choose another one."
    return None


def code_problem(text: str) -> str | None:
    """Why `text` cannot be the code of a patient, as a sentence; `None` if it can."""
    if _CODE.fullmatch(text) is None:
        return "A patient code is a pseudonym of letters, digits, hyphens and underscores, at most 32 characters; never a patient's name."
    return None
