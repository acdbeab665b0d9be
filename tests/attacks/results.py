"""Results of attacks as files, and the table in docs/reliability.md that is made of them. Shows what was run, and nothing else."""

from __future__ import annotations

import json
import platform
import subprocess
from pathlib import Path
from statistics import median
from typing import Any

from tests.attacks.common import ATTACKS, ROOT, Result, Row

FOLDER = ROOT / "docs" / "reliability" / "results"
PAGE = ROOT / "docs" / "reliability.md"
MUTANTS = ("mutants_therapy", "mutants_protocol", "mutants_record")
BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"


def store(name: str, result: Result, *, runs: int, seed: int, seconds: float, commit: str) -> Path:
    """Write what an attack came to. `commit`: what was checked out when it began."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.json"
    told = {
        "schema": "rnprog.attack/1",
        "attack": name,
        "runs": runs,
        "seed": seed,
        "seconds": round(seconds, 1),
        "python": platform.python_version(),
        "commit": commit,
        "rows": [summed(row) for row in result.rows],
        "finds": [{"number": find.number, "text": find.text} for find in result.finds[:50]],
        "document": result.document,
    }
    path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return path


def commit_now() -> str:
    """The commit that is checked out, with a `+` where code was changed since; "none" outside a checkout."""
    asked = [["git", "rev-parse", "--short", "HEAD"], ["git", "status", "--porcelain", "--", "rnprog", "device_emulator", "tests"]]
    try:
        head, changed = (subprocess.run(each, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip() for each in asked)
    except (OSError, subprocess.CalledProcessError):
        return "none"
    return f"{head}{'+' if changed else ''}"


def summed(row: Row) -> dict[str, Any]:
    """A row with the middle, the 99th percentile and the largest of what was measured, instead of every value."""
    told: dict[str, Any] = {"what": row.what, "runs": row.runs, "finds": row.finds}
    if row.values:
        values = sorted(row.values)
        at = min(len(values) - 1, int(len(values) * 0.99))
        told |= {"unit": row.unit, "median": round(median(values), 1), "p99": round(values[at], 1), "most": round(values[-1], 1)}
    return told


def render() -> bool:
    """Put the table into the page, between its two marks. False: the page or its marks are missing."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
    if BEGIN not in page or END not in page:
        return False
    head, _, rest = page.partition(BEGIN)
    tail = rest.partition(END)[2]
    PAGE.write_text(f"{head}{BEGIN}\n{table()}{END}{tail}", encoding="utf-8")
    return True


def table() -> str:
    """Every stored result as Markdown."""
    stored = [json.loads(path.read_text(encoding="utf-8")) for name in (*ATTACKS, *MUTANTS) if (path := FOLDER / f"{name}.json").is_file()]
    lines = ["", "| attack | what | runs | finds | measured |", "|---|---|---:|---:|---|"]
    for one in stored:
        for row in one["rows"]:
            lines.append(f"| `{one['attack']}` | {row['what']} | {row['runs']:,} | {row['finds']:,} | {_measured(row)} |")
    lines += ["", "| attack | cases | first case | seconds | Python | at commit |", "|---|---:|---:|---:|---|---|"]
    lines += [
        f"| `{one['attack']}` | {one['runs']:,} | {one['seed']} | {one['seconds']:,} | {one['python']} | {one.get('commit', 'not noted')} |"
        for one in stored
    ]
    missing = [f"`{name}`" for name in ATTACKS if not (FOLDER / f"{name}.json").is_file()]
    lines += ["", f"Not run in full yet: {', '.join(missing)}. Their share in `make test` runs each time."] if missing else []
    lines += [f"\n{one['document']}" for one in stored if one.get("document")]
    return "\n".join(lines) + "\n"


def _measured(row: dict[str, Any]) -> str:
    if "median" not in row:
        return ""
    return f"median {row['median']:g}, p99 {row['p99']:g}, most {row['most']:g} {row['unit']}"
