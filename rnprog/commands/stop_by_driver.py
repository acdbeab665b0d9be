"""`rnprog stop` on a device that takes no STOP from a stranger: its driver authenticates, stops, and tells what is certain."""

from __future__ import annotations

from rnprog.commands.exits import Exit
from rnprog.device.errors import DeviceError
from rnprog.device.link import Link
from rnprog.device.registry import connect
from rnprog.session.outcomes import StopConfirmed
from rnprog.session.stopping import stop_and_read
from rnprog.session.wording import Words, safety
from rnprog.therapy.units import plain


def by_driver(link: Link) -> tuple[Words, Exit]:
    """STOP over an open link, which is closed then; what settings a killed test has left is put back with it."""
    try:
        device = connect(link)
        met = device.status()
        outcome = stop_and_read(device, plain(device.capabilities.run_on_bound_s), met, met)
        device.close()
    except DeviceError as error:
        return safety.stop_not_confirmed(str(error), None), Exit.STOP_NOT_CONFIRMED
    finally:
        link.close()
    return outcome.words, Exit.DONE if isinstance(outcome, StopConfirmed) else Exit.STOP_NOT_CONFIRMED
