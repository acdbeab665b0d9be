"""A programmer that was broken on purpose, one way each: it compares no read-back, claims an OFF, settles what it did not see. Each is met
by a device that shows it, and has to be found; the same session of the sound programmer is one of `test_settled_is_true.py`.
"""

from __future__ import annotations

import contextlib
import errno
import os
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import pytest

from rnprog.device.errors import DeviceRefused
from rnprog.device.rn1 import translate
from rnprog.device.rn1.driver import Rn1
from rnprog.protocol import messages as m
from rnprog.protocol.opcodes import Opcode
from rnprog.session import guards, patient, programs, resolve
from rnprog.session import session as session_module
from rnprog.session.left_open import LeftOpen
from rnprog.session.outcomes import Applied, Refused, StopConfirmed
from rnprog.session.stimulation import Stimulation
from rnprog.session.trouble import Trouble
from rnprog.session.wording import safety
from rnprog.therapy.contacts import Side
from rnprog.therapy.envelope import Ladder
from tests.attacks import invariants
from tests.attacks.common import Broken
from tests.attacks.test_settled_is_true import COMMANDS, said
from tests.attacks.watch import Watch
from tests.session.desk import armed, give, given, proposal

Patch = pytest.MonkeyPatch


def found(watch: Watch, words: str) -> None:
    """The history is broken, and it is this."""
    with pytest.raises(Broken, match=words):
        invariants.at_the_end(watch)


# read-backs that compare nothing


def arm(self: Any, approved: Any) -> Any:
    held = translate.setup_held(self._exchange.ask(translate.arm(approved.setup)))
    self._read_back()
    return held


def set_amplitude(self: Any, approved: Any) -> Any:
    reply = self._exchange.ask(translate.set_amplitude(approved.setup.setup.side, approved.amplitude_ma))
    self._read_back()
    return translate.milliamps(reply.amplitude_ua)


def burst(self: Any, sides: Any, duration_s: Any) -> Any:
    reply = self._exchange.ask(translate.burst(sides, duration_s))
    self._read_back()
    return translate.output(reply.output_state)


def disarm(self: Any, sides: Any) -> Any:
    reply = self._exchange.ask(m.Disarm(translate.channels_mask(sides)))
    self._read_back()
    return translate.output(reply.output_state)


def write(self: Any, approved: Any) -> Any:
    from rnprog.device.rn1 import translate_program
    from rnprog.device.rn1.steps import write_steps
    from rnprog.protocol.image import encode_image

    for step in write_steps(encode_image(translate_program.image(approved.program)), approved.slot, approved.base_revision):
        self._exchange.ask(step)
    return self.stored(approved.slot)


def activate(self: Any, stored: Any) -> Any:
    self._exchange.ask(m.Activate(stored.slot, stored.crc))
    self._read_back()
    return self.stored(stored.slot)


def set_schedule(self: Any, enabled: bool) -> bool:
    self._exchange.ask(m.SetSchedule(int(enabled)))
    self._read_back()
    return enabled


def set_patient_key_hash(self: Any, key_hash: bytes) -> bytes:
    self._exchange.ask(m.WritePatientKey(key_hash))
    self.patient_key_hash()
    return key_hash


@pytest.mark.parametrize(
    ("opcode", "careless", "spec"),
    [
        (Opcode.ARM, arm, "no-effect=ARM@1"),
        (Opcode.SET_AMPLITUDE, set_amplitude, "no-effect=SET_AMPLITUDE@1"),
        (Opcode.SET_AMPLITUDE, set_amplitude, "quantise=300"),
        (Opcode.BURST, burst, "no-effect=BURST@1"),
        (Opcode.DISARM, disarm, "no-effect=DISARM@1"),
        (Opcode.COMMIT, write, "no-effect=COMMIT@1"),
        (Opcode.COMMIT, write, "quantise=700"),
        (Opcode.COMMIT, write, "clamp=1500"),
        (Opcode.ACTIVATE, activate, "no-effect=ACTIVATE@1"),
        (Opcode.SCHEDULE_SET, set_schedule, "no-effect=SCHEDULE_SET@1"),
        (Opcode.PATIENT_KEY_WRITE, set_patient_key_hash, "no-effect=PATIENT_KEY_WRITE@1"),
    ],
)
def test_a_read_back_that_compares_nothing(own_place: Path, monkeypatch: Patch, opcode: Opcode, careless: Any, spec: str) -> None:
    monkeypatch.setattr(Rn1, careless.__name__, careless)
    found(said(own_place, COMMANDS[opcode], spec), "^5: .* is called applied")


# OFF that is none


def claimed(*values: Any) -> StopConfirmed:
    return StopConfirmed(safety.stopped((), False), (), False, "")


def test_off_between_bursts_that_is_said_without_a_stop(own_place: Path, monkeypatch: Patch) -> None:
    monkeypatch.setattr(session_module, "stop_and_read", claimed)
    watch = Watch(own_place / "r")
    with watch.open() as session:
        given(armed(session), "0.4")
        session.wait(0.3)
        session.stop("the test")
    watch.afterwards()
    found(watch, "^5: OFF was confirmed at .* while the device is ARMED")


def test_a_stop_that_the_device_refused_and_that_is_called_confirmed(own_place: Path, monkeypatch: Patch) -> None:
    real = session_module.stop_and_read

    def confirms(*values: Any) -> Any:
        real(*values)
        return claimed()

    monkeypatch.setattr(session_module, "stop_and_read", confirms)
    watch = Watch(own_place / "r")
    with watch.open() as session:
        armed(session)
        watch.faults("nak-stop")
        session.stop("the test")
    watch.afterwards()
    found(watch, "^5: OFF was told at .* and the device took no STOP")


def test_off_that_is_told_when_the_record_is_lost(own_place: Path, monkeypatch: Patch) -> None:
    """No line can say it; it is told all the same."""
    monkeypatch.setattr(session_module, "stop_and_read", claimed)
    watch = Watch(own_place / "r")
    with pytest.raises(Trouble), watch.open() as session:
        armed(session)
        monkeypatch.setattr(os, "fsync", broken_disk)
        session.note("note", {"text": "the test"})
    monkeypatch.undo()
    watch.afterwards()
    found(watch, "^5: OFF was told at .* while the device is ARMED")


def broken_disk(handle: int) -> NoReturn:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


# settled otherwise than it is


@pytest.mark.parametrize(
    ("seen", "called", "opcode", "spec"),
    [
        ("NEVER_ARRIVED", "CARRIED_OUT", Opcode.ARM, "drop-request={0}@1"),
        ("NEVER_ARRIVED", "CARRIED_OUT", Opcode.SET_AMPLITUDE, "drop-request={0}@1"),
        ("NEVER_ARRIVED", "CARRIED_OUT", Opcode.BURST, "drop-request={0}@1"),
        ("NEVER_ARRIVED", "CARRIED_OUT", Opcode.DISARM, "drop-request={0}@1"),
        ("NEVER_ARRIVED", "CARRIED_OUT", Opcode.COMMIT, "drop-request={0}@1"),
        ("NEVER_ARRIVED", "CARRIED_OUT", Opcode.ACTIVATE, "drop-request={0}@1"),
        ("NEVER_ARRIVED", "CARRIED_OUT", Opcode.SCHEDULE_SET, "drop-request={0}@1"),
        ("PREPARED", "CARRIED_OUT", Opcode.STAGE, "drop-reply={0}@1"),
        ("PREPARED", "CARRIED_OUT", Opcode.VALIDATE, "drop-reply={0}@1"),
        ("OTHERWISE", "CARRIED_OUT", Opcode.COMMIT, "quantise=700,drop-reply={0}@1"),
        ("DONE", "OTHERWISE", Opcode.COMMIT, "drop-reply={0}@1"),
        ("DONE", "NOT_CARRIED_OUT", Opcode.ARM, "drop-reply={0}@1"),
        ("DONE", "REFUSED", Opcode.SET_AMPLITUDE, "drop-reply={0}@1"),
        ("DONE", "NOT_CARRIED_OUT", Opcode.BURST, "drop-reply={0}@1"),
        ("DONE", "NOT_CARRIED_OUT", Opcode.DISARM, "drop-reply={0}@1"),
        ("DONE", "REFUSED", Opcode.COMMIT, "drop-reply={0}@1"),
        ("DONE", "NOT_CARRIED_OUT", Opcode.ACTIVATE, "drop-reply={0}@1"),
        ("DONE", "REFUSED", Opcode.SCHEDULE_SET, "drop-reply={0}@1"),
    ],
)
def test_a_table_that_is_turned_round(own_place: Path, monkeypatch: Patch, seen: str, called: str, opcode: Opcode, spec: str) -> None:
    monkeypatch.setitem(resolve.TABLE, resolve.Seen[seen], resolve.Settled[called])
    found(said(own_place, COMMANDS[opcode], spec.format(opcode.name)), f"^5: {opcode.name} was settled as {called}")


@pytest.mark.parametrize("opcode", [Opcode.COMMIT, Opcode.ACTIVATE, Opcode.SCHEDULE_SET, Opcode.PATIENT_KEY_WRITE])
@pytest.mark.parametrize(("lost", "called"), [("request", "CARRIED_OUT"), ("reply", "NOT_STORED")])
def test_what_a_stop_leaves_open_settled_otherwise_than_it_is(
    own_place: Path, monkeypatch: Patch, opcode: Opcode, lost: str, called: str
) -> None:
    for seen in (resolve.Seen.HELD, resolve.Seen.NOT_HELD):
        monkeypatch.setitem(resolve.TABLE, seen, resolve.Settled[called])
    watch = said(own_place, COMMANDS[opcode], f"drop-{lost}={opcode.name}@1", stop=True)
    found(watch, f"^5: {opcode.name} was settled as {called}")


def test_what_a_stop_could_not_settle_and_that_blocks_nothing(own_place: Path, monkeypatch: Patch) -> None:
    """Of a programmer for which a STOP settles everything; and the same of the sound one, which refuses what follows."""

    def scene(root: Path) -> Watch:
        watch = Watch(root)
        with watch.open() as session:
            proposed = proposal(session)
            watch.faults("drop-reply=COMMIT@1")
            programs.apply(session, proposed, confirmed_by="the test")
            watch.faults(",".join(f"drop-reply=SLOT_INFO@{number}" for number in range(1, 9)))
            session.stop("the test")
            watch.faults("")
            session.reopen_link()
            patient.store(session, "A-1", confirmed_by="the test")
            session.resolve()
        watch.afterwards()
        return watch

    invariants.at_the_end(scene(own_place / "sound"))
    real = LeftOpen.settle

    def settle(self: LeftOpen, session: Any, outcome: Any) -> Any:
        told = real(self, session, outcome)
        session.pending = None
        return told

    monkeypatch.setattr(LeftOpen, "settle", settle)
    found(scene(own_place / "broken"), "a command was sent .* was unknown")


def test_an_end_that_the_look_after_it_contradicts(own_place: Path, monkeypatch: Patch) -> None:
    """Of a programmer that does not compare the two."""
    monkeypatch.setitem(resolve.TABLE, resolve.Seen.DONE, resolve.Settled.ENDED)
    monkeypatch.setattr(resolve.Resolution, "contradicted", False)
    found(said(own_place, COMMANDS[Opcode.ARM], "drop-reply=ARM@1"), "^5: ARM was settled as ENDED")


def test_a_refusal_of_what_was_done(own_place: Path, monkeypatch: Patch) -> None:
    """Whatever is not answered is called refused."""

    def refused(error: Any, what: str, *values: Any, **named: Any) -> Any:
        return Refused(()), {"what": what, "result": "refused"}

    monkeypatch.setattr(session_module, "ending_of", refused)
    found(said(own_place, COMMANDS[Opcode.COMMIT], "drop-reply=COMMIT@1"), "^5: write program is called refused")


# rises, and what is not written down


def test_a_step_above_the_highest_that_flowed(own_place: Path, monkeypatch: Patch) -> None:
    """0.1 mA flowed last, and 1.5 mA is a step above the highest."""

    def highest(self: Stimulation) -> Ladder:
        most_ma = self.titration.highest_tolerated_ma
        return Ladder(most_ma, most_ma, self.titration.ceiling_ma)

    for broken in (False, True):
        if broken:
            monkeypatch.setattr(Stimulation, "ladder", property(highest))
            monkeypatch.setattr(guards, "reasons", lambda *values, **named: ())
        watch = Watch(own_place / f"r{broken}")
        with watch.open() as session:
            stimulation = armed(session)
            for amplitude_ma in ("0.5", "1.0", "0.1"):
                given(stimulation, amplitude_ma)
                session.wait(0.3)
            assert isinstance(give(stimulation, "1.5"), Applied) is broken
        watch.afterwards()
        if broken:
            found(watch, "^2: a rise from 100.0 to 1500.0 uA")
        else:
            invariants.at_the_end(watch)


def test_a_burst_that_nobody_wrote_down_before_the_record_was_lost(own_place: Path, monkeypatch: Patch) -> None:
    for secret in (False, True):
        watch = Watch(own_place / f"r{secret}")
        with pytest.raises(Trouble), watch.open() as session:
            given(armed(session), "0.4")
            session.wait(0.3)
            if secret:
                session.device.burst((Side.LEFT,), Decimal("0.3"))
                session.wait(0.5)
            monkeypatch.setattr(os, "fsync", broken_disk)
            session.note("note", {"text": "the test"})
        monkeypatch.undo()
        watch.afterwards()
        if secret:
            found(watch, "^10: nobody meant this: burst left 400 uA")
        else:
            invariants.at_the_end(watch)


@pytest.mark.parametrize("request_", [m.SetClock(0), m.Revert(0), m.StartTherapy(), m.StopTherapy()], ids=lambda each: each.OPCODE.name)
def test_a_command_for_which_there_is_no_intent(own_place: Path, request_: Any) -> None:
    watch = Watch(own_place / "r")
    with watch.open() as session, contextlib.suppress(DeviceRefused):
        session.device._exchange.ask(request_)  # type: ignore[attr-defined]
    watch.afterwards()
    found(watch, f"^3: {request_.OPCODE.name} was sent after the intent None")


def test_a_fingerprint_is_a_command_like_any_other(own_place: Path) -> None:
    watch = Watch(own_place / "r")
    with watch.open() as session:
        assert isinstance(patient.store(session, "A-1", confirmed_by="the test"), Applied)
    watch.afterwards()
    invariants.at_the_end(watch)
