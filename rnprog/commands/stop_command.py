"""`rnprog stop` as the full command line knows it: its help, and a way to the fast path for words that `entry.py` did not understand."""

from __future__ import annotations

import typer

from rnprog.commands.context import face_of
from rnprog.commands.options import Given


def stop(ctx: typer.Context) -> int:
    """Stop all output now; works while another rnprog holds the port.

    $ rnprog stop --port /dev/ttyACM0

    $ RNPROG_PORT=/dev/ttyACM0 rnprog stop

    Sends STOP first, then reads the device: it says that the output is off only when the device says so. It needs no record and no
    confirmation. A daily schedule is left as it was.
    """
    options, given = face_of(ctx).options, ctx.find_root().obj
    assert isinstance(given, Given)
    asked = {
        "port": options.port or "",
        "json": "yes" if options.json else "",
        "quiet": "yes" if options.quiet else "",
        "record_dir": str(options.record_dir or ""),
        "trace": str(options.trace or ""),
    }
    raise typer.Exit(given.stop_now({name: value for name, value in asked.items() if value}))
