"""Five: a word of success, of failure or of OFF is true of the device at the moment at which it is said. The intent says what is meant, the
emulator's state what came of it (`effects.py`); that the programmer read it back is asked besides.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rnprog.protocol import messages as m
from rnprog.protocol.opcodes import Opcode, OutputState
from rnprog.session.resolve import Settled
from tests.attacks import effects
from tests.attacks.common import Broken
from tests.attacks.passing import EPS_S, Seen
from tests.attacks.snapshots import Snapshot
from tests.attacks.watch import Watch

Line = dict[str, Any]


def last_intent(lines: list[Line], before: int) -> Line | None:
    """The newest intent of the first so many lines."""
    return next((line for line in reversed(lines[:before]) if line["kind"] == "intent"), None)


def five_success(w: Watch) -> None:
    """What is called applied is there, as it was meant, and was read back; what is called refused changed nothing; what was settled is as
    it was settled; OFF is said only while nothing flows and nothing is armed."""
    for line in w.lines:
        match line["kind"]:
            case "outcome":
                _outcome(w, line)
            case "settled":
                _settled(w, line)
            case "stop" if line["data"]["confirmed"]:
                at_s = float(line["link_s"])
                if any(w.tested.flowing(at_s + EPS_S)):
                    raise Broken(f"5: OFF was confirmed at {at_s} s while current flowed")
                _off(_seen(w, line), "OFF was confirmed")
            case "close" if line["data"].get("output_left") == "off":
                _ended(_seen(w, line), "5: it was closed as off")
    for stopped in w.moments.stops:
        _off(stopped.now, "OFF was told")
        if not stopped.answered:
            raise Broken(f"5: OFF was told at {stopped.now.at_s} s, and the device took no STOP")


def _off(now: Snapshot, said: str) -> None:
    if not now.off:
        raise Broken(f"5: {said} at {now.at_s} s while the device is {now.state.name}, armed: {sorted(now.armed)}")


def _ended(now: Snapshot, said: str) -> None:
    """Test stimulation. A session of the implant's own may run, and a measurement that was cut off comes to its own end within 0.4 s."""
    if now.armed or (now.flows and now.state is not OutputState.MEASURING):
        raise Broken(f"{said} at {now.at_s} s while the device is {now.state.name}, armed: {sorted(now.armed)}")


def _seen(w: Watch, line: Line) -> Snapshot:
    now = w.at(line)
    if now is None:
        raise Broken(f"5: nobody looked at the device at line {line['seq']}, {line['kind']}")
    return now


def _outcome(w: Watch, line: Line) -> None:
    data = line["data"]
    what, result = data["what"], data["result"]
    meant = last_intent(w.lines, line["seq"])
    if meant is None or meant["data"]["what"] != what or what not in effects.OPCODE_OF:
        raise Broken(f"5: {what} is called {result}, and meant was {meant and meant['data']['what']}")
    before, now = _seen(w, meant), _seen(w, line)
    if result == "applied":
        _read_back(data, [seen for seen in w.frames if meant["seq"] < seen.acknowledged <= line["seq"]])
        if (problem := effects.missing(w, what, meant["data"], before, now)) and not _ended_after_read(w, meant, line, before, now):
            raise Broken(f"5: {what} is called applied (line {line['seq']}), and the device {problem}")
    elif result in ("refused", "not sent") and (problem := effects.left_behind(w, effects.OPCODE_OF[what], before, now)):
        raise Broken(f"5: {what} is called {result} (line {line['seq']}), and the device {problem}")


def _settled(w: Watch, line: Line) -> None:
    data, settled = line["data"], Settled(line["data"]["settled"])
    opcode = Opcode.__members__.get(data["request"]) or effects.OPCODE_OF[data["what"]]  # a command that was cut off names no request
    meant = last_intent(w.lines, line["seq"])
    if meant is None or meant["data"]["what"] != line["data"]["what"]:
        raise Broken(f"5: {line['data']['what']} was settled, and meant was {meant and meant['data']['what']}")
    before, now = _seen(w, meant), _seen(w, line)
    said = f"5: {opcode.name} was settled as {settled.name} (line {line['seq']}), and the device"
    if settled is Settled.CARRIED_OUT:
        if opcode in (Opcode.STAGE, Opcode.VALIDATE):
            raise Broken(f"{said} has stored nothing of it")
        if problem := _still_missing(w, meant["data"], before, now):
            raise Broken(f"{said} {problem}")
    elif settled is Settled.PERHAPS:
        return  # it claims nothing
    elif settled is Settled.NOT_STORED:
        if not effects.missing(w, data["what"], meant["data"], before, now):
            raise Broken(f"{said} stores it")
    elif settled is Settled.ENDED:
        _ended(now, f"5: {opcode.name} was settled as {settled.name}")
    elif settled is Settled.OTHERWISE:
        over = opcode is Opcode.BURST and not now.flows  # it shows only while it flows: of one that is over nobody says whether it was
        if not over and not effects.missing(w, meant["data"]["what"], meant["data"], before, now):
            raise Broken(f"{said} holds what was meant")
    elif problem := effects.left_behind(w, opcode, before, now):
        raise Broken(f"{said} {problem}")


def _still_missing(w: Watch, meant: dict[str, Any], before: Snapshot, now: Snapshot) -> str | None:
    """As `missing`, some time later: what was armed may have ended by itself since, when the device took the command."""
    what = meant["what"]
    problem = effects.missing(w, what, meant, before, now)
    if problem and what in ("arm", "amplitude"):
        (channel,) = effects.CHANNELS[meant["side"]]
        taken = any(each.request.OPCODE is effects.OPCODE_OF[what] for each in effects.taken_between(w, before, now))
        if taken and effects.gone_by_itself(w, channel, before, now):
            return None
    return problem


def _ended_after_read(w: Watch, meant: Line, line: Line, before: Snapshot, now: Snapshot) -> bool:
    """Whether a side was armed, at what was meant, when the device was read last, and ended by itself while a slow line brought the
    answer."""
    data = meant["data"]
    if data["what"] not in ("arm", "amplitude"):
        return False
    (channel,) = effects.CHANNELS[data["side"]]
    window = [
        seen for seen in w.frames if meant["seq"] < seen.acknowledged <= line["seq"] and seen.answers and seen.opcode == Opcode.STATUS
    ]
    read = window[-1].reply() if window else None
    if not isinstance(read, m.StatusReply) or not effects.gone_by_itself(w, channel, before, now):
        return False
    setpoint_ua = (read.left_setpoint_ua, read.right_setpoint_ua)[channel]
    return bool(read.armed_channels & 1 << channel) and setpoint_ua == int(Decimal(data.get("amplitude_ma", 0)) * 1000)


def _read_back(data: dict[str, Any], window: list[Seen]) -> None:
    what = data["what"]
    answered = next((at for at, seen in enumerate(window) if seen.answers and seen.opcode == effects.OPCODE_OF[what]), None)
    if answered is None:
        raise Broken(f"5: {what} is called applied and was not answered")
    if what == "impedance":
        return
    reads = [seen.reply() for seen in window[answered + 1 :] if seen.answers and seen.opcode in _READS]
    if not any(reads):
        raise Broken(f"5: {what} is called applied and was not read back")
    status = next((each for each in reversed(reads) if isinstance(each, m.StatusReply)), None)
    info = next((each for each in reversed(reads) if isinstance(each, m.SlotInfoReply)), None)
    key = next((each for each in reversed(reads) if isinstance(each, m.ReadPatientKeyReply)), None)
    held = True
    if what == "write program":
        held = info is not None and f"{info.crc:08x}" == data["crc"] and info.revision == data["revision"]
    elif what == "activate slot":
        held = status is not None and f"{status.active_crc:08x}" == data["crc"]
    elif what == "schedule":
        held = status is not None and bool(status.schedule_enabled) == data["enabled"]
    elif what == "patient fingerprint":
        held = key is not None and key.key_hash.hex() == data["fingerprint"]
    if not held:
        raise Broken(f"5: {what} is called applied, and the read says otherwise")


_READS = (Opcode.STATUS, Opcode.SLOT_INFO, Opcode.PATIENT_KEY_READ)
