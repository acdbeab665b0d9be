"""The twelve invariants, each one function over what was watched. The emulator's ground truth decides; no figure comes from the programmer.

Those over histories (frames, record, ground truth) are asked once, of the whole history, and so hold after each of its steps. Those over a
state are in `after_each_step` too.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from device_emulator.firmware.image import build_image
from device_emulator.mishaps import RUNNING
from rnprog.protocol import messages as m
from rnprog.protocol.fields import unpack
from rnprog.protocol.opcodes import Opcode, OutputState
from rnprog.session.audit import audit
from tests.attacks.bent import bent
from tests.attacks.beyond import limit_ends, stop_holds, unknown_blocks, unknown_is_told
from tests.attacks.common import Broken
from tests.attacks.explained import unexplained
from tests.attacks.passing import COMMANDS, EPS_S
from tests.attacks.success import five_success, last_intent
from tests.attacks.watch import Watch

LEASE_S = 0.8
STEP_UA = 500.0
RISE_EVERY_S = 0.25
GONE_S = 1.0
FRESH_S = 600.0
AREA_CM2 = 0.1225
COMPLIANCE_V = 0.85 * 9.0
INTENT_OF = {
    Opcode.IMPEDANCE: "impedance",
    Opcode.ARM: "arm",
    Opcode.SET_AMPLITUDE: "amplitude",
    Opcode.BURST: "burst",
    Opcode.DISARM: "disarm",
    Opcode.STAGE: "write program",
    Opcode.VALIDATE: "write program",
    Opcode.COMMIT: "write program",
    Opcode.ACTIVATE: "activate slot",
    Opcode.SCHEDULE_SET: "schedule",
    Opcode.PATIENT_KEY_WRITE: "patient fingerprint",
}
"""What is meant by a command. One that is not here is never sent: the clock set, therapy begun or ended, what was staged reverted."""


def one_lease(w: Watch) -> None:
    """Output on implies a live lease: it flows only within 0.8 s of a renewal that reached the device."""
    renewing = (Opcode.ARM, Opcode.HEARTBEAT)
    renewed = [each.at_s for each in w.executed if each.request.OPCODE in renewing and not isinstance(each.outcome, m.Refused)]
    for channel in (0, 1):
        ours = [change for change in w.tested.changes if change["channel"] == channel]
        for change, following in pairwise([*ours, {"t_s": w.truth.now_s}]):
            if change["amplitude_ua"] or change["slope_ua_per_s"]:
                _covered(change["t_s"], following["t_s"], renewed)


def _covered(from_s: float, to_s: float, renewed: list[float]) -> None:
    at = bisect_right(renewed, from_s + EPS_S) - 1
    until_s = renewed[at] + LEASE_S + EPS_S if at >= 0 else -1.0
    while until_s < to_s:
        at += 1
        if until_s < from_s or at >= len(renewed) or renewed[at] > until_s:
            raise Broken(f"1: output from {from_s} to {to_s} s outlives the lease, which ended at {until_s} s")
        until_s = renewed[at] + LEASE_S + EPS_S


def two_rises(w: Watch) -> None:
    """Every rise is one step at most above what flowed last, from 0 after each arming, no faster than 0.25 s. That it was meant is what ten
    asks. An arming that the device refused is none: the side stays as it was.
    """
    arms = [
        (each.at_s, each.request.channel)
        for each in w.executed
        if isinstance(each.request, m.Arm) and not isinstance(each.outcome, m.Refused)
    ]
    for channel in (0, 1):
        last_ua, last_s, armed_s = 0.0, -1.0, -1.0
        peaks = iter(w.tested.peaks_ua(channel))
        for burst in w.tested.bursts(channel):
            at_s, peak_ua = burst["t_s"], next(peaks)
            newest_s = max((a for a, c in arms if c == channel and a <= at_s + EPS_S), default=-1.0)
            if newest_s > armed_s:
                last_ua, armed_s = 0.0, newest_s
            if peak_ua > last_ua + STEP_UA + 1e-6:
                raise Broken(f"2: a rise from {last_ua} to {peak_ua} uA at {at_s} s")
            if peak_ua > last_ua and last_ua and at_s - last_s < RISE_EVERY_S - EPS_S:
                raise Broken(f"2: a rise {at_s - last_s:.3f} s after the last burst")
            last_ua, last_s = peak_ua, at_s


def three_writes(w: Watch) -> None:
    """Every command that was sent has its intent on the disk, as the last one: so connecting and reconnecting send none."""
    if w.record is None and any(seen.sent and seen.opcode in COMMANDS for seen in w.frames):
        raise Broken("3: a command was sent without a record")
    for seen in w.frames:
        if not seen.sent or seen.opcode not in COMMANDS or seen.opcode == Opcode.STOP:
            continue
        meant = last_intent(w.lines, seen.acknowledged)
        if meant is None or meant["data"]["what"] != INTENT_OF.get(Opcode(seen.opcode)):
            raise Broken(f"3: {Opcode(seen.opcode).name} was sent after the intent {meant and meant['data']['what']}")


def four_current(w: Watch) -> None:
    """What a command rests on was read in the same link session: impedance before ARM, the revision of the slot before COMMIT."""
    measured: dict[int, float] = {}
    revisions: dict[tuple[int, int], int] = {}
    for seen in w.frames:
        frame = seen.frame
        if seen.answers and seen.opcode == Opcode.IMPEDANCE:
            measured[frame.link_session] = seen.at_s
        elif seen.answers and seen.opcode == Opcode.SLOT_INFO:
            info = seen.reply()
            if isinstance(info, m.SlotInfoReply):
                revisions[frame.link_session, info.slot] = info.revision
        elif seen.sent and seen.opcode == Opcode.ARM:
            at_s = measured.get(frame.link_session)
            if at_s is None or seen.at_s - at_s > FRESH_S:
                raise Broken("4: armed without a fresh impedance of this link session")
        elif seen.sent and seen.opcode == Opcode.COMMIT:
            asked = unpack(m.Commit, frame.payload)
            if revisions.get((frame.link_session, asked.slot)) != asked.base_revision:
                raise Broken("4: a commit over a revision that was not read in this link session")


def six_whole(w: Watch) -> None:
    """Each slot holds wholly the old program or wholly one that was sent to it; of a device that bends what it stores, that one bent."""
    sent: dict[int, set[bytes]] = {slot: {image} for slot, image in w.first_images.items()}
    for each in w.executed:
        if isinstance(each.request, m.Stage):
            sent[each.request.slot] |= {each.request.data}
    if any(name in w.spec for name in ("foreign-commit", "therapy-running")):
        sent[0].add(build_image(RUNNING))
    for slot, image in w.images().items():
        if image not in bent(sent[slot], w.spec):
            raise Broken(f"6: slot {slot} holds neither the old nor the new program: {image[:20]!r}")


def seven_serial(w: Watch) -> None:
    """One serial number in the record, and one device to which commands were sent."""
    serials = {line["data"]["serial"] for line in w.lines if line["kind"] == "open"}
    if w.session is not None and serials - {w.session.serial}:
        raise Broken(f"7: the serial number changed: {serials}, {w.session.serial}")
    told = {seen.frame.device_id for seen in w.frames if seen.sent and seen.opcode in COMMANDS}
    if len(told - {0}) > 1:
        raise Broken(f"7: commands for more than one device: {told}")


def eight_charge(w: Watch) -> None:
    """Charge density, Shannon's k, balance and compliance of whatever flowed, from first principles."""
    ohms = _ohms(w.lines)
    for change in w.tested.changes:
        ua, us, mhz = change["amplitude_ua"], change["width_us"], change["rate_mhz"]
        if not ua:
            continue
        charge_uc = ua * us * 1e-6
        if charge_uc / AREA_CM2 > 30 or (charge_uc and math.log10(charge_uc**2 / AREA_CM2) > 1.75):
            raise Broken(f"8: {ua} uA of {us} us are too much charge")
        if mhz and (2 * us + 20) * 10 > 9 * (1_000_000_000 // mhz):
            raise Broken(f"8: pulses of {us} us at {mhz} mHz leave no room for balance")
        ohm = ohms.get(change["channel"])
        if ohm is not None and change["cause"] in ("burst", "set-amplitude") and ua * 1e-6 * ohm > COMPLIANCE_V + 1e-9:
            raise Broken(f"8: {ua} uA over {ohm} ohm are beyond the compliance voltage")


def _ohms(lines: list[dict[str, Any]]) -> dict[int, float]:
    """By channel: the lowest impedance that was ever measured on the usual electrodes, so that one measurement is satisfied."""
    found: dict[int, float] = {}
    for line in lines:
        for reading in line["data"].get("readings", ()) if line["kind"] == "outcome" else ():
            channel = {"L1 to L2": 0, "R1 to R2": 1}.get(reading["pair"])
            if channel is not None and reading["impedance_ohm"]:
                found[channel] = min(found.get(channel, math.inf), float(reading["impedance_ohm"]))
    return found


def nine_record(w: Watch) -> None:
    """Every acknowledged line lies in the file, and the chain holds up to the last one."""
    if w.record is None:
        return
    raw = w.record.path.read_bytes().split(b"\n")
    if len(raw) - 1 < w.record.lines:
        raise Broken(f"9: {w.record.lines} lines were acknowledged, {len(raw) - 1} are there")
    if w.record.lost is None:
        found = audit(w.record.path, head=w.record.head)
        if not found.good or found.lines != w.record.lines:
            raise Broken(f"9: {found.faults[:1] or found.lines}")


def ten_explained(w: Watch) -> None:
    """The record explains every change of output, up to where it was lost. After that nothing is commanded but an end."""
    if w.record is not None and w.record.lost is not None:
        begun = [seen for seen in w.frames if seen.sent and seen.lost and seen.opcode in COMMANDS - {Opcode.STOP, Opcode.DISARM}]
        if begun:
            raise Broken(f"10: {Opcode(begun[0].opcode).name} was sent at {begun[0].at_s} s, after the record was lost")
    problem = unexplained(w)
    if problem:
        raise Broken(f"10: {problem}")


def twelve_off(w: Watch) -> None:
    """After the programmer has gone, test stimulation is off within 1.0 s."""
    assert w.gone_s is not None
    last_on_s = w.tested.last_on_s()
    if last_on_s > w.gone_s + GONE_S:
        raise Broken(f"12: on until {last_on_s - w.gone_s:.3f} s after the programmer had gone")
    assert w.host is not None
    if w.host.device.rn1.core.output.armed:
        raise Broken("12: still armed")


HISTORY: tuple[Callable[[Watch], None], ...] = (
    one_lease,
    two_rises,
    three_writes,
    four_current,
    five_success,
    six_whole,
    seven_serial,
    eight_charge,
    nine_record,
    ten_explained,
    stop_holds,
    unknown_blocks,
    unknown_is_told,
    limit_ends,
    twelve_off,
)


def at_the_end(w: Watch) -> None:
    """All of them, over the whole history. Broken at the first that does not hold; `afterwards` must have been called."""
    for invariant in HISTORY:
        invariant(w)


def after_each_step(w: Watch) -> None:
    """Those over a state: 1, 4, 6, 7, 9."""
    assert w.host is not None
    core = w.host.device.rn1.core
    if core.state is OutputState.TEST_ON and core.around.can.lease_ms and not core.output.lease_remaining_ms(core.now_us):
        raise Broken("1: test output without a lease")
    session = w.session
    if session is not None and session.halted is not None and session.heart.on:
        raise Broken("1: the heart beats on after STOP")
    if session is not None and session.sweep is not None and session.sweep.link_session != session.link_session:
        raise Broken("4: a sweep of another link session is kept")
    if b"damaged" in w.images().values():
        raise Broken("6: a slot is damaged")
    if w.record is not None and w.record.path.is_file() and w.record.path.read_bytes().count(b"\n") < w.record.lines:
        raise Broken("9: an acknowledged line is not there")
