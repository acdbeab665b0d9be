"""Writing to stdout when it may be closed, unread or full. Owns what becomes of an output that cannot be delivered."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Undelivered(Exception):
    """Something could not be written to stdout or stderr, for another reason than a reader who has left."""

    def __init__(self, problem: OSError) -> None:
        super().__init__(f"The output could not be written: {problem.strerror or problem}.")
        self.problem = problem


@contextmanager
def delivered() -> Iterator[None]:
    """Undelivered when writing fails; BrokenPipeError stays what it is: nobody reads any more, and wants no sentence."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Undelivered(error) from error


def write_file(text: str) -> None:
    """A file's text, made for other programs and cleaned by whoever made it: the very bytes that a file would have, on stdout.

    BrokenPipeError and Undelivered as from `delivered`.
    """
    with delivered():
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8"))
        sys.stdout.buffer.flush()


def write_out(text: str) -> str | None:
    """Write and flush. None when it was delivered; else a sentence, and nothing more will be tried."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        return give_up(error)
    return None


def give_up(error: OSError) -> str:
    """Lead stdout nowhere from now on, or the interpreter complains while it ends. A sentence for stderr."""
    with suppress(OSError, ValueError):  # no descriptor behind it
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    return str(Undelivered(error))
