"""`rnprog stop` on a device that takes no STOP from a stranger: its driver authenticates, stops, and tells what is certain."""

from __future__ import annotations

from collections.abc import Callable

from rnprog.commands.exits import Exit
from rnprog.device.errors import DeviceError, DeviceRefused, PortError
from rnprog.device.link import Link
from rnprog.device.notices import Notice
from rnprog.device.registry import connect
from rnprog.session.outcomes import StopConfirmed
from rnprog.session.stopping import stop_and_read
from rnprog.session.wording import Words, devices, safety
from rnprog.therapy.units import plain

_TO_SAY = (Notice.NOT_TRIED, Notice.NOTES_DAMAGED)


def by_driver(link: Link, say: Callable[[str], None]) -> tuple[Words, Exit]:
    """STOP over an open link, which is closed then. What settings a killed test has left stays in its journal: whoever changes something
    next puts it back. A journal that cannot be read withholds nothing of what is certain about the STOP; it is told beside it. `say`: what
    has to be said of the device beside it."""
    try:
        try:
            device = connect(link, stop_first=True)
        except (DeviceRefused, PortError) as error:  # the key, or its file: nothing that could stop it was sent
            if isinstance(error, DeviceRefused) and error.command != "AUTH":
                raise  # found out after the first STOP had left
            return safety.stop_not_possible(str(error)), Exit.STOP_NOT_CONFIRMED
        for notice in _TO_SAY:
            if notice in device.notices:
                say(devices.said(notice, device.capabilities))
        met = device.status()
        outcome = stop_and_read(device, plain(device.capabilities.run_on_bound_s), met, met)
        device.close()
    except DeviceError as error:
        return safety.stop_not_confirmed(str(error), None), Exit.STOP_NOT_CONFIRMED
    finally:
        link.close()
    return outcome.words, Exit.DONE if isinstance(outcome, StopConfirmed) else Exit.STOP_NOT_CONFIRMED
