"""A whole verification, from paths to an exit code, without Typer and rich: what `profile verify` does once its options are understood."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from rnprog.commands.profile_reports import Count, Format, Report, report
from rnprog.profile.batch import Batch
from rnprog.profile.cache import cache_file

if TYPE_CHECKING:
    from rnprog.therapy.capabilities import Capabilities

MOST_JOBS = 64


class NotWritten(Exception):
    """The report cannot be written where it was to go. The text says so."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for."""

    paths: tuple[str, ...]
    capabilities: Capabilities | None = None
    """`None`: the limits that come with rnprog."""
    written: Format = Format.TEXT
    output: Path | None = None
    """`None`: stdout."""
    jobs: int | None = None
    """`None`: one for each processor."""
    remember: bool = True
    """Whether the cache is used."""
    quiet: bool = False
    json: bool = False


def carry_out(request: Request, out: TextIO) -> int:
    """Verify and report; the exit code. Raises `NotWritten`; OSError when `out` cannot be written."""
    batch = Batch(request.capabilities, request.jobs or processors(), _cache(request))
    count = Count()
    reports: list[Report] = []
    kept = io.StringIO()
    if request.output is not None:
        from rnprog.profile.store import check_replaceable, put  # its imports are not needed for most calls

        with _saving(request.output):
            check_replaceable(request.output)
    if request.json or request.output is None:
        reports.append(report(Format.JSON if request.json else request.written, out, quiet=request.quiet))
    if request.output is not None:
        reports.append(report(request.written, kept))
    for name, findings in batch.run(_meant(request.paths)):
        count.add(findings)
        for each in reports:
            each.file(name, findings)
    for each in reports:
        each.end(count)
    if request.output is not None:
        with _saving(request.output):
            put(request.output, kept.getvalue().encode("utf-8"), replace=True)
    if request.output is not None and not request.json and not request.quiet:
        out.write(count.summary + "\n")
    return count.code


def processors() -> int:
    """How many this process may use."""
    try:
        return min(len(os.sched_getaffinity(0)), MOST_JOBS)
    except AttributeError:  # not on this system
        return min(os.cpu_count() or 1, MOST_JOBS)


def _cache(request: Request) -> Path | None:
    if not request.remember:
        return None
    if request.capabilities is None:
        return cache_file(b"")
    from rnprog.profile.capabilities_json import capabilities_as_dict

    return cache_file(json.dumps(capabilities_as_dict(request.capabilities), sort_keys=True).encode())


@contextmanager
def _saving(output: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NotWritten(f"The findings cannot be written to {output}: {error.strerror}. Choose another place.") from error


def _meant(paths: tuple[str, ...]) -> Iterator[Path]:
    """Paths as they stand; a bare word that is no file or folder here is a profile's name."""
    for path in paths:
        if path.endswith(".toml") or "/" in path or "\\" in path or os.path.lexists(path):
            yield Path(path)
        else:
            yield _named(path)


def _named(name: str) -> Path:
    from rnprog.profile.findings import ProfileError
    from rnprog.profile.library import find

    try:
        return find(name)
    except ProfileError:
        return Path(name)
