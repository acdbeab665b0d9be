"""An emulator's ground truth against a session's record, pulse by pulse. Asks no device; reads no file.

`reconcile` returns sentences, one for each thing that the other side does not explain; `best_run` finds the run that a record is of.
What a therapy session of the implant gives is the implant's own (no line of a record asked for it) and is left aside.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rnprog.session.ground_truth import OPENS, Change, Pulse, Run, pulses
from rnprog.session.reconcile_record import MAYBE, Line, Meant, read_record

SIDES = ("left", "right")
NEAR_UA = 1.0
"""A ramp's current is worked out twice, in steps of a microsecond."""
NEAR_S = 0.002
"""A record's time has three decimals."""
AROUND_S = 0.1
"""Two processes on one clock; the next session cannot begin sooner after this one."""


@dataclass
class Flow:
    """One opening of an output, up to its end."""

    opening: Change
    changes: list[Change]

    @property
    def side(self) -> str:
        return SIDES[self.opening.channel]

    @property
    def end(self) -> Change | None:
        """None: it still flows."""
        last = self.changes[-1]
        return None if last.cause in OPENS or last.amplitude_ua or last.slope_ua_per_s else last

    @property
    def pulses(self) -> list[Pulse]:
        return list(pulses(self.changes))

    def __str__(self) -> str:
        peak_ua = max((pulse.amplitude_ua for pulse in self.pulses), default=self.opening.amplitude_ua)
        return f"{self.opening.cause} {self.side} {peak_ua:.0f} uA {self.opening.width_us} us at {self.opening.t_s:.3f} s"


def best_run(runs: Iterable[Run], record_lines: list[Line]) -> tuple[Run, list[str]] | None:
    """The run of the record's device that leaves the least unexplained, the newest of several, and what it leaves; None: there is none.
    KeyError, TypeError or ValueError for a record whose lines do not say what they must."""
    serial = record_lines[0]["data"]["serial"]
    compared = [(run, _against(run, record_lines)) for run in runs if run.serial == serial]
    return min(reversed(compared), key=lambda pair: len(pair[1]), default=None)


def _against(run: Run, record_lines: list[Line]) -> list[str]:
    """In real time several records may be of one run: a record answers for each output that opened while it was open, up to its end."""
    if run.virtual:
        return reconcile(run.changes, record_lines, same_clock=True, lossless=False)
    first_s, last_s = (float(record_lines[at]["link_s"]) for at in (0, -1))
    openings_s = [change.t_s for change in run.changes if change.cause in OPENS]
    from_s = next((at_s for at_s in openings_s if at_s >= first_s - AROUND_S), float("inf"))
    to_s = next((at_s for at_s in openings_s if at_s > last_s + AROUND_S), float("inf"))
    return reconcile([change for change in run.changes if from_s <= change.t_s < to_s], record_lines, same_clock=False, lossless=False)


def reconcile(truth_changes: Iterable[Change], record_lines: list[Line], *, same_clock: bool, lossless: bool) -> list[str]:
    """What is not explained; empty: everything is.

    `same_clock`: the record's `link_s` and the truth's `t_s` are one clock. `lossless`: nothing was lost on the line, so that every command
    of the record has its outcome and its effect; otherwise one whose outcome is not known may have had none.
    """
    lines = [line for line in record_lines if line["kind"] != "clock stepped"]  # may stand between an intent and its outcome
    found, meant = read_record(lines, lossless=lossless)
    flows, strays = _flows(truth_changes)
    found += [f"a change of output without an opening before it: {change.cause} at {change.t_s:.3f} s" for change in strays]
    waiting = list(meant)
    for flow in flows:
        while waiting:
            each = waiting.pop(0)
            problems = _compare(each, flow, same_clock=same_clock)
            may_be_skipped = not each.claimed and not (lossless and each.result is None)
            if same_clock and may_be_skipped and problems and _another_explains(waiting, flow):
                continue
            if may_be_skipped and not _same_time(each, flow, same_clock=same_clock):
                another = any(_same_time(later, flow, same_clock=same_clock) for later in waiting)
                if problems or (same_clock and another):
                    continue
            found += problems
            break
        else:
            found.append(f"nobody meant this: {flow}")
    found += [f"recorded as done, and nothing flowed: {each}" for each in waiting if each.claimed]
    if lossless:
        found += [f"recorded without an outcome, and nothing flowed: {each}" for each in waiting if each.result in MAYBE]
    return found


def _another_explains(waiting: list[Meant], flow: Flow) -> bool:
    """Whether a later command of the same moment explains this flow in everything, with none before it that must have had an effect. Asked
    only where record and truth have one clock: without one a flow that was too strong would find its excuse in some later command."""
    for each in waiting:
        if _same_time(each, flow, same_clock=True) and not _compare(each, flow, same_clock=True):
            return True
        if each.claimed:
            return False
    return False


# the truth


def _flows(changes: Iterable[Change]) -> tuple[list[Flow], list[Change]]:
    """Openings with what belongs to them, in order; and changes that belong to none."""
    flows: list[Flow] = []
    strays: list[Change] = []
    open_on: dict[int, Flow | None] = {}
    """None: a therapy session has this channel."""
    for change in changes:
        if change.cause in OPENS:
            flow = Flow(change, [change])
            own = change.cause == "therapy-on"
            open_on[change.channel] = None if own else flow
            flows += [] if own else [flow]
        elif change.channel not in open_on:
            strays.append(change)
        else:
            belongs = open_on[change.channel]
            if belongs is not None:
                belongs.changes.append(change)
            broken = change.cause == "load-changed"  # a conductor that comes and goes ends nothing
            if not change.amplitude_ua and not change.slope_ua_per_s and belongs is not None and not broken:
                del open_on[change.channel]
    return flows, strays


# one against the other


def _same_time(meant: Meant, flow: Flow, *, same_clock: bool) -> bool:
    """Whether it is of this kind, and began between this intent and the line that follows it."""
    alike = (meant.what, meant.side) == (flow.opening.cause, flow.side)
    if not alike or not same_clock:
        return alike
    since_s = float(meant.line["link_s"])
    until_s = float(meant.after[0]["link_s"]) if meant.after else float("inf")
    if until_s - since_s > 2 * NEAR_S:  # what begins just when it was over belongs to the next one
        until_s -= 2 * NEAR_S
    return since_s - NEAR_S <= flow.opening.t_s <= until_s + NEAR_S


def _compare(meant: Meant, flow: Flow, *, same_clock: bool) -> list[str]:
    """Everything in which a flow is not what was meant."""
    if (meant.what, meant.side) != (flow.opening.cause, flow.side):
        return [f"{flow}, and recorded is {meant}"]
    found = []
    if same_clock and flow.opening.t_s < float(meant.line["link_s"]) - NEAR_S:
        found.append(f"it flowed before it was recorded: {flow}, {meant}")
    if meant.rate_hz and any(change.rate_mhz != round(meant.rate_hz * 1000) for change in flow.changes):
        found.append(f"another rate: {flow}, {meant}")
    if any(change.width_us != meant.width_us for change in flow.changes):
        found.append(f"another pulse width: {flow}, {meant}")
    found += _pulse_by_pulse(meant, flow)
    return found + _ended(meant, flow, same_clock=same_clock)


def _pulse_by_pulse(meant: Meant, flow: Flow) -> list[str]:
    expected, real = list(meant.pulses()), flow.pulses
    ended = flow.end is not None and flow.end.cause in ("burst-done", "impedance-done")
    if len(real) > len(expected) or (ended and len(real) < len(expected)):
        return [f"{len(real)} pulses, and recorded are {len(expected)}: {flow}, {meant}"]
    for (at_s, amplitude_ua), pulse in zip(expected, real, strict=False):
        too_little = pulse.amplitude_ua < amplitude_ua - NEAR_UA and not meant.alerted
        if pulse.amplitude_ua > amplitude_ua + NEAR_UA or too_little:
            return [f"a pulse of {pulse.amplitude_ua:.0f} uA, and recorded are {amplitude_ua:.0f} uA: {flow}, {meant}"]
        if abs(pulse.t_s - flow.opening.t_s - at_s) > NEAR_S:
            return [f"a pulse at another time: {flow}, {meant}"]
    return []


def _ended(meant: Meant, flow: Flow, *, same_clock: bool) -> list[str]:
    """Why it ended, and whether the record explains that."""
    end = flow.end
    if end is None:
        return [f"it still flows: {flow}"]
    if end.cause == "burst-done":
        late = abs(end.t_s - flow.opening.t_s - meant.duration_s) > NEAR_S
        return [f"it lasted {end.t_s - flow.opening.t_s:.3f} s, and recorded are {meant.duration_s} s: {flow}, {meant}"] if late else []
    if end.cause == "impedance-done":
        return []
    stops = [line for line in meant.after if line["kind"] == "stop"]
    before = [line for line in meant.after if not same_clock or float(line["link_s"]) <= end.t_s + NEAR_S]
    released = [line for line in before if line["kind"] == "intent" and line["data"]["what"] in ("disarm", "arm")]
    explained = bool(stops) or (end.cause == "disarmed" and any(line["data"]["side"] == meant.side for line in released))
    if end.cause in ("lease-expired", "reset", "low-battery", "over-temperature", "disarmed", "load-changed"):
        explained = explained or meant.alerted
    return [] if explained else [f"the record does not say why it ended ({end.cause}): {flow}, {meant}"]
