"""Many files, several processes, one order. Owns the walk through folders and the sharing of work; judges nothing.

The memory does not grow with the number of files: paths are shared out in portions, a few at a time, and what comes back are findings only.
A process that dies takes nothing with it: its portion is judged here. The result is the same with any number of processes.
"""

from __future__ import annotations

import os
import signal
import stat
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from os.path import isdir, islink
from pathlib import Path
from typing import TYPE_CHECKING

from rnprog.profile import cache
from rnprog.profile.findings import Finding, about_file, shown_path
from rnprog.profile.names import SUFFIX

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from rnprog.profile.quick import Quick
    from rnprog.therapy.capabilities import Capabilities

PORTION = 128
"""Files in a portion. Fewer than two portions are not worth another process."""
_AHEAD = 2
"""Portions under way for each process."""
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
LARGEST_BYTES = 16 * 1024

Looked = tuple[str, tuple[Finding, ...]]
"""A file, safe to show, and what was found in it."""
_Task = tuple[str, tuple[Finding, ...], bool]
"""A path to judge, or one about which everything has been said, with what was said; and whether its folder calls it an ordinary file."""
_Answer = tuple[dict[int, tuple[Finding, ...]], bytes]
"""The files of a portion in which something was found, by their place in it; and the digests of new good ones, one after the other."""


@dataclass(slots=True)
class Batch:
    """How a batch is to be judged. `run` may be called once."""

    capabilities: Capabilities | None = None
    """`None`: the limits that come with rnprog."""
    jobs: int = 1
    cache_path: Path | None = None
    """`None`: nothing is remembered."""
    _known: frozenset[bytes] = frozenset()
    _new: bytearray = field(default_factory=bytearray)
    _quick: Quick | None = None

    def run(self, paths: Iterable[Path]) -> Iterator[Looked]:
        """Every file in order, with what was found in it. Nothing about a file raises; the rest of the batch is always judged."""
        self._known = cache.load(self.cache_path)
        tasks = _tasks(paths)
        first = list(islice(tasks, 2 * PORTION))
        portions = _portions(chain(first, tasks))
        if self.jobs > 1 and len(first) == 2 * PORTION and hasattr(os, "fork"):
            yield from self._shared_out(portions)
        else:
            for portion in portions:
                yield from self._told(portion, self._judge(portion))
        if self.cache_path is not None:
            cache.keep(self.cache_path, self._known, self._new)

    def _told(self, portion: list[_Task], answer: _Answer) -> Iterator[Looked]:
        found, new = answer
        if len(self._new) < cache.MOST_KEPT * cache.DIGEST_BYTES:
            self._new += new
        for at, (path, said, _) in enumerate(portion):
            yield shown_path(path), said or found.get(at, ())

    def _shared_out(self, portions: Iterator[list[_Task]]) -> Iterator[Looked]:
        if not self._known:  # what is loaded here is loaded once, and where all is known nothing needs it
            self._loaded()
        crew = [_Worker(self) for _ in range(self.jobs)]
        under_way: deque[tuple[_Worker, list[_Task]]] = deque()
        try:
            for worker, portion in zip(_in_turn(crew), portions, strict=False):
                worker.send(portion)
                under_way.append((worker, portion))
                if len(under_way) >= _AHEAD * self.jobs:
                    yield from self._answered(*under_way.popleft())
            while under_way:
                yield from self._answered(*under_way.popleft())
        finally:
            for worker in crew:  # all of them before the first is waited for: each has inherited the ends of those before it
                worker.close()
            for worker in crew:
                worker.end()

    def _answered(self, worker: _Worker, portion: list[_Task]) -> Iterator[Looked]:
        answer = worker.receive()
        return self._told(portion, self._judge(portion) if answer is None else answer)

    def _judge(self, portion: list[_Task]) -> _Answer:
        found: dict[int, tuple[Finding, ...]] = {}
        new: list[bytes] = []
        for at, (path, said, ordinary) in enumerate(portion):
            if said:
                continue
            content = _content(path) if ordinary or os.path.isfile(path) else None
            stem = os.path.basename(path).removesuffix(SUFFIX)
            key = cache.digest(stem, content) if content is not None and self.cache_path is not None else None
            if key is not None and key in self._known:
                continue
            if content is not None and self._good(content, stem):
                if key is not None:
                    new.append(key)
                continue
            from rnprog.profile.verify import verify_file

            findings = tuple(verify_file(Path(path), self.capabilities))
            if findings:
                found[at] = findings
            elif key is not None and os.path.isfile(path) and _content(path) == content:
                new.append(key)
        return found, b"".join(new)

    def _good(self, content: bytes, stem: str) -> bool:
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            return False
        return self._loaded().good(text, stem)

    def _loaded(self) -> Quick:
        if self._quick is None:
            from rnprog.profile.quick import Quick

            self._quick = Quick(self.capabilities)
        return self._quick


class _Worker:
    """A process that judges portions."""

    def __init__(self, batch: Batch) -> None:
        import multiprocessing  # not at the top: a single file needs none

        context = multiprocessing.get_context("fork")
        self._here, there = context.Pipe()
        self._process = context.Process(target=_work, args=(batch, there, self._here), daemon=True)
        self._process.start()
        there.close()
        self._alive = True

    def send(self, portion: list[_Task]) -> None:
        try:
            self._here.send(portion)
        except OSError:
            self._alive = False

    def receive(self) -> _Answer | None:
        """The next answer; `None` if the process has died."""
        if not self._alive:
            return None
        try:
            answer: _Answer = self._here.recv()
        except (EOFError, OSError):
            self._alive = False
            return None
        return answer

    def close(self) -> None:
        """No more portions: it ends when it has read this."""
        self._here.close()

    def end(self) -> None:
        """Wait until it is gone."""
        self._process.join(timeout=5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _work(batch: Batch, there: Connection, here: Connection) -> None:
    """The life of a worker: until the other end closes. Ctrl-C is for the parent, which then closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    here.close()
    while True:
        try:
            portion = there.recv()
            there.send(batch._judge(portion))
        except (EOFError, OSError):
            return


def _in_turn(crew: list[_Worker]) -> Iterator[_Worker]:
    while True:
        yield from crew


def _portions(tasks: Iterator[_Task]) -> Iterator[list[_Task]]:
    while portion := list(islice(tasks, PORTION)):
        yield portion


def _tasks(paths: Iterable[Path]) -> Iterator[_Task]:
    for path in paths:
        if islink(path) or not isdir(path):  # whatever its name is: os.path raises nothing
            yield str(path), (), False
        else:
            yield from _in_folder(path)


def _in_folder(path: Path) -> Iterator[_Task]:
    """All *.toml, sorted. Links are not followed, hidden folders not entered."""
    trouble: list[OSError] = []
    empty = True
    ahead = [str(path)]
    while ahead:
        folder = ahead.pop()
        try:
            with os.scandir(folder) as entries:
                found = sorted((entry.name, entry.is_dir(follow_symlinks=False), entry.is_file(follow_symlinks=False)) for entry in entries)
        except OSError as error:
            trouble.append(error)
            continue
        prefix = os.path.join(folder, "")
        for name, is_folder, is_file in found:
            if not is_folder and name.endswith(SUFFIX):
                empty = False
                yield prefix + name, (), is_file
        ahead += [prefix + name for name, is_folder, _ in reversed(found) if is_folder and not name.startswith(".")]
    for each in trouble:
        empty = False
        closed = os.fsdecode(each.filename) if each.filename else str(path)
        text = f"This folder cannot be read: {each.strerror}. Check its permissions; the profiles in it were not verified."
        yield closed, (about_file("RN102", closed, text),), False
    if empty:
        yield str(path), (about_file("RN109", path, f"There is no profile (*{SUFFIX}) in this folder. Check the name."),), False


def _content(path: str) -> bytes | None:
    """The whole of what was an ordinary file a moment ago, if it still is and is no larger than a profile; `None`: look closely."""
    try:
        handle = os.open(path, _OPEN_FLAGS)
    except (OSError, ValueError):
        return None
    try:
        status = os.fstat(handle)
        size = status.st_size
        content = os.read(handle, LARGEST_BYTES + 1) if size <= LARGEST_BYTES and stat.S_ISREG(status.st_mode) else b""
    except OSError:
        return None
    finally:
        os.close(handle)
    return content if 0 < len(content) == size else None
