"""Five promises beside the twelve: STOP is final, what is unknown blocks everything else and is settled or said to be open, what the device
cannot drive ends, and so does what nobody touches. The first four are judged as those in `invariants.py` are, the last is asked for as a
step of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from device_emulator.truth import STAYS
from rnprog.protocol.fields import unpack
from rnprog.protocol.messages import Disarm, HeartbeatReply, Refused, StatusReply
from rnprog.protocol.opcodes import Opcode, OutputState
from rnprog.session.session import Session
from tests.attacks.common import Broken
from tests.attacks.passing import COMMANDS, EPS_S
from tests.attacks.watch import Watch

IDLE_S = 120.0
"""Fault U12."""
ENDED_BY_STOP = ("impedance", "arm", "amplitude", "burst", "disarm")
"""Commands that concern test output and nothing else: a confirmed STOP settles them. Any other is about what the implant stores."""
AT_LIMIT_S = 0.25
"""Fault D8: a heartbeat's period, and room for an exchange."""


def left_alone(session: Session) -> None:
    """Nobody touches anything for longer than the idle limit while a side is prepared: Trouble or Halted, as the session says it, or Broken
    when nothing came of it."""
    if session.armed:
        session.wait(IDLE_S + 1.0)
        raise Broken(f"U12: nothing was touched for {IDLE_S:.0f} s, and {sorted(session.armed)} stayed prepared")


def stop_holds(w: Watch) -> None:
    """STOP invalidates every earlier frame: after the device has taken one nothing begins before somebody armed anew, in a new link
    session."""
    stops = [each.at_s for each in w.executed if each.request.OPCODE is Opcode.STOP and not isinstance(each.outcome, Refused)]
    arms = [(seen.at_s, seen.frame.link_session) for seen in w.frames if seen.sent and seen.opcode == Opcode.ARM]
    for burst in w.tested.bursts():
        stopped_s = max((at_s for at_s in stops if at_s < burst["t_s"] - EPS_S), default=None)
        if stopped_s is not None and not any(stopped_s - EPS_S <= at_s <= burst["t_s"] + EPS_S for at_s, _ in arms):
            raise Broken(f"a burst at {burst['t_s']} s although STOP had been taken at {stopped_s} s")


def unknown_blocks(w: Watch) -> None:
    """After a command that was sent and not answered no other is sent, before a read settled it; of test output a confirmed STOP is enough,
    because it ended that."""
    open_since: int | None = None
    what = ""
    for line in w.lines:
        if line["kind"] in ("settled", "close") or (line["kind"] == "stop" and line["data"]["confirmed"] and what in ENDED_BY_STOP):
            open_since = None
        elif line["kind"] == "intent" and open_since is not None:
            if any(seen.sent and seen.opcode in COMMANDS for seen in w.frames if seen.acknowledged == line["seq"] + 1):
                raise Broken(f"a command was sent (line {line['seq']}) while the one of line {open_since} was unknown")
        elif line["kind"] == "outcome" and line["data"]["result"] == "unknown":
            sent = [seen for seen in w.frames if seen.sent and seen.opcode in COMMANDS and seen.acknowledged == line["seq"]]
            open_since, what = (line["seq"], line["data"]["what"]) if sent else (open_since, what)


def unknown_is_told(w: Watch) -> None:
    """A command that was sent and whose outcome is unknown is not passed over: the record settles it, or says at its close that it is open
    (`unsettled`); nor is one on what the implant stores that was overtaken by a STOP, or cut off without an outcome. A STOP settles what
    concerns test output, when it is confirmed, and nothing else. A record that breaks off, or was lost, says nothing more."""
    unsettled: list[dict[str, Any]] = []
    for line in w.lines:
        kind, data = line["kind"], line["data"]
        if kind == "intent" and data["what"] not in ENDED_BY_STOP:
            unsettled.append(line)
        elif kind == "outcome" and data["what"] not in ENDED_BY_STOP:
            if data["result"] not in ("unknown", "overtaken by STOP"):  # else its intent stays open; a STOP may have settled it before
                unsettled = [each for each in unsettled if each["data"]["what"] != data["what"]]
        elif kind == "outcome" and data["result"] == "unknown":
            unsettled.append(line)
        elif kind == "settled":
            settles = next((each for each in reversed(unsettled) if each["data"]["what"] == data["what"]), None)
            unsettled = [each for each in unsettled if each is not settles]
        elif kind == "stop" and data["confirmed"]:
            unsettled = [each for each in unsettled if each["data"]["what"] not in ENDED_BY_STOP]
        elif kind == "close":
            _told_at_the_close(w, unsettled, line)


def _left(w: Watch, line: dict[str, Any]) -> bool:
    """Whether a command was seen on the line behind its intent, which is this line or the one before it. One whose writing failed may have
    left as well."""
    behind = line["seq"] + (line["kind"] == "intent")
    return any(seen.sent and seen.opcode in COMMANDS and seen.acknowledged == behind for seen in w.frames)


def _told_at_the_close(w: Watch, unsettled: list[dict[str, Any]], line_of_close: dict[str, Any]) -> None:
    """What is open is named, and nothing else is. Of what never left nothing need be said; of test output it is enough that how it was left
    is called unknown. A command may be named whose outcome a STOP cut off while it was written: nobody had acknowledged it."""
    close = line_of_close["data"]
    named = list(close.get("unsettled", ()))
    before = w.lines[: w.lines.index(line_of_close)]
    newest = next((line for line in reversed(before) if line["kind"] != "stop"), None)
    if before[-1]["kind"] == "stop" and newest is not None and newest["kind"] == "outcome" and newest["data"]["what"] in named:
        named.remove(newest["data"]["what"])
        unsettled = [line for line in unsettled if line["data"]["what"] != newest["data"]["what"]]
    for line in unsettled:
        what = line["data"]["what"]
        said = f"the outcome of {what} (line {line['seq']}) is unknown"
        if what in named:
            named.remove(what)
        elif not _left(w, line):
            continue
        elif what not in ENDED_BY_STOP:
            raise Broken(f"{said}, and nothing settles it or says at the close that it is open")
        elif close["output_left"] != "unknown":
            raise Broken(f"{said}, and the output is said to be left {close['output_left']}")
    if named:
        raise Broken(f"it was closed with {', '.join(named)} as open, and nothing of that is")


def limit_ends(w: Watch) -> None:
    """A burst that the device cannot drive is ended: it is open no longer than a heartbeat's period after the device had told of it and the
    programmer had read that. Whose frames are lost then has only the lease (1), and whoever is gone nothing but that (12)."""
    for channel in (0, 1):
        told_s = [each.at_s for each in w.executed if tells(each.outcome, channel)]
        read_s = [seen.at_s for seen in w.frames if seen.answers and tells(seen.reply(), channel)]
        for from_s, to_s in _open(w, channel):
            first_s = next((at_s for at_s in told_s if from_s - EPS_S <= at_s < to_s), to_s)
            heard_s = next((at_s for at_s in read_s if first_s - EPS_S <= at_s < to_s), to_s)
            until_s = heard_s + AT_LIMIT_S + EPS_S
            if to_s > until_s and not _cannot(w, channel, first_s, until_s):
                raise Broken(f"D8: at its limit on channel {channel} since {first_s} s, read at {heard_s} s, and it flowed until {to_s} s")


def tells(answer: object, channel: int) -> bool:
    """Whether this answer says that test stimulation flows and that this channel is at its limit."""
    flows = isinstance(answer, HeartbeatReply | StatusReply) and answer.output_state == OutputState.TEST_ON
    return flows and bool(answer.flags & 1 << channel)  # type: ignore[union-attr]


def _open(w: Watch, channel: int) -> Iterator[tuple[float, float]]:
    """When bursts of a channel began and ended, whatever flowed in them: a broken conductor carries nothing, and may come back."""
    begun_s: float | None = None
    for change in w.tested.changes:
        if change["channel"] != channel or change["cause"] in STAYS:
            continue
        if begun_s is not None:
            yield begun_s, change["t_s"]
        begun_s = change["t_s"] if change["cause"] == "burst" else None
    if begun_s is not None:
        yield begun_s, w.truth.now_s


def _cannot(w: Watch, channel: int, from_s: float, until_s: float) -> bool:
    """Whether the programmer had gone by then, or what it sent to end it has not reached the device."""
    sent = [seen for seen in w.frames if seen.sent and from_s - EPS_S <= seen.at_s <= until_s]
    ends = any(
        seen.opcode == Opcode.STOP or (seen.opcode == Opcode.DISARM and unpack(Disarm, seen.frame.payload).channels & 1 << channel)
        for seen in sent
    )
    return ends or (w.gone_s is not None and w.gone_s <= until_s)
