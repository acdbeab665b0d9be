"""From what the app was started with to a link: everything that needs the session, loaded when a device is wanted and not before."""

from __future__ import annotations

from collections.abc import Callable

from rnprog.device.api import Output
from rnprog.device.link import Trace
from rnprog.session.wiring import Wish
from rnprog.session.wording import Words, safety
from rnprog.session.wording import tui as say
from rnprog.tui import events as e
from rnprog.tui import tasks
from rnprog.tui.link_worker import LinkWorker, Priority, Task
from rnprog.tui.notices import Call
from rnprog.tui.start import Start, in_real_time
from rnprog.tui.state import Phase, State

__all__ = ["LinkWorker", "answering", "nothing_to_stop", "wished"]


def wished(start: Start, port: str, serial: str | None, patient: str | None, trace: Trace) -> Wish:
    """What connecting to this port means."""
    return Wish(
        port=in_real_time(port),
        command="tui",
        writes=True,
        record_dir=start.record_dir,
        serial=serial,
        patient=patient,
        trace=trace,
        version=start.version,
        run_on_accepted=start.run_on_accepted,
    )


def answering(call: Call, submit: Callable[[Priority, str, Task], bool]) -> bool:
    """Have the device read, as a message called for it. Whether that was queued."""
    return submit(Priority.THERAPY, say.READING, tasks.reopen if call is Call.REOPEN else tasks.resolve)


def nothing_to_stop(state: State) -> e.Event:
    """STOP without a device: after the link was lost, before any was connected, or after it was given free."""
    return e.Told(_not_sent(state), urgent=True)


def _not_sent(state: State) -> Words:
    if state.phase is Phase.LOST:
        return say.stop_after_loss(state.off_within_s)
    if state.visit == 0:
        return say.stop_before_a_device()
    off = state.phase is Phase.CLOSED and not state.doubtful and state.status is not None and state.status.output is Output.OFF
    return say.stop_after_close() if off else safety.stop_not_sent(say.NO_DEVICE_WHY)
