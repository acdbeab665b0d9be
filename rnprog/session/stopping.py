"""STOP and what it came to: sent, answered, read back, in words. OFF is claimed only when both the answer and the read say so."""

from __future__ import annotations

from dataclasses import replace

from rnprog.device.api import DeviceStatus, Output, Stimulator
from rnprog.device.errors import DeviceError, DeviceRefused
from rnprog.session.outcomes import StopConfirmed, StopNotConfirmed, StopOutcome
from rnprog.session.wording import safety


class Halted(Exception):
    """Stimulation was stopped, by whoever. `outcome` says whether OFF is confirmed; nothing goes on before `reopen_link`."""

    def __init__(self, outcome: StopOutcome) -> None:
        super().__init__(str(outcome.words))
        self.outcome = outcome


def stop_and_read(device: Stimulator, off_within_s: str, met: DeviceStatus, latest: DeviceStatus) -> StopOutcome:
    """Send STOP, read the state. `met`: the state when the link was opened; `latest`: as last read. Raises nothing of the device floor."""
    try:
        stopped = device.stop()
        if stopped is None:
            return not_confirmed("the device did not answer.", off_within_s)
        status = device.status()
    except DeviceError as error:
        if isinstance(error, DeviceRefused) and error.command == "STOP":
            if error.reason == "SAID":
                return StopNotConfirmed(safety.stop_not_possible(str(error)), off_within_s)
            return not_confirmed(safety.refused_stop(error), off_within_s, heard=True)
        return not_confirmed(str(error), off_within_s)
    if stopped.output is not Output.OFF or status.output is not Output.OFF:
        return not_confirmed(f"the device answered, but says that its output is {status.output}.", off_within_s, heard=True)
    ended = tuple(str(side) for side in stopped.ended)
    found = _found(met, latest, status)
    words = safety.stopped(ended, status.schedule_enabled, sure=stopped.tells_ended)
    if not device.capabilities.tells_output:
        words = replace(words, stimulation=safety.ACKNOWLEDGED)
    if found:
        words = replace(words, happened=f"{found} {words.happened}")
    return StopConfirmed(words, ended, status.schedule_enabled, found)


def _found(met: DeviceStatus, latest: DeviceStatus, now: DeviceStatus) -> str:
    """What the two readings say of an end before this STOP."""
    if now.boot_count != met.boot_count:
        return safety.RESTARTED
    return safety.ANOTHER_PROGRAMMER if latest.link_session != met.link_session else ""


def ended_early(outcome: StopOutcome, happened: str, first: str) -> StopOutcome:
    """A STOP that the device, the link or nobody's presence made necessary, with why, and what comes `first`."""
    if not isinstance(outcome, StopConfirmed):
        return outcome
    return replace(outcome, words=safety.ended_early(outcome.words, outcome.found, happened, first))


def interrupted(off_within_s: str) -> StopNotConfirmed:
    """A STOP that somebody has cut off, to be gone at once."""
    return replace(not_confirmed("it was interrupted before the device had answered.", off_within_s), cut_off=True)


def not_confirmed(why: str, off_within_s: str, *, heard: bool = False) -> StopNotConfirmed:
    """Nobody knows whether output is off. `heard`: the device answered."""
    return StopNotConfirmed(safety.stop_not_confirmed(why, off_within_s, heard=heard), off_within_s)
