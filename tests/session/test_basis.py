"""A profile that was read from a device is not written over what was changed there since (U5 of the fault list)."""

from dataclasses import replace
from decimal import Decimal

from rnprog.device.serials import UNNUMBERED, UNTOLD
from rnprog.protocol.messages import REQUESTS
from rnprog.protocol.opcodes import RequestClass
from rnprog.session import basis as bases
from rnprog.session import programs
from rnprog.session.basis import Basis, origin_of
from rnprog.session.outcomes import Applied, ReasonKind, Refused
from rnprog.session.session import Session
from rnprog.therapy.units import Hertz
from tests.session.desk import Desk, applied, program, written

D = Decimal
TODAY = "2026-01-31"
COMMANDS = {opcode for opcode, kind in REQUESTS.items() if kind.CLASS is RequestClass.COMMAND}
FASTER, FASTEST = Hertz(D(30)), Hertz(D(40))


def pulled(session: Session, slot: int = 0) -> Basis:
    return Basis("old.toml", origin_of(programs.read_slot(session, slot), session.serial, TODAY))


def running(session: Session, slot: int = 0, **changes: Hertz) -> None:
    """Written, and the implant runs it."""
    applied(programs.activate(session, written(session, slot, **changes), confirmed_by="the test"))


def kinds(found: Refused | None) -> list[tuple[ReasonKind, str]]:
    return [] if found is None else [(reason.kind, reason.field) for reason in found.reasons]


def test_as_long_as_the_slot_stands_it_may_be_written_whatever_was_edited(session: Session) -> None:
    running(session)
    basis = pulled(session)
    for slot in (0, 1):
        made = programs.propose(session, program(rate_hz=FASTER), programs.read_slot(session, slot), basis)
        assert not isinstance(programs.approve(session, made), Refused)
    assert isinstance(programs.apply(session, made, confirmed_by="the test"), Applied)


def test_after_the_slot_was_changed_it_is_refused_in_every_slot_and_no_command_is_sent(session: Session, desk: Desk) -> None:
    running(session)
    basis = pulled(session)
    written(session, rate_hz=FASTER)
    desk.tape.clear()
    for slot in (0, 1):
        made = programs.propose(session, program(rate_hz=FASTEST), programs.read_slot(session, slot), basis)
        for found in (programs.approve(session, made), programs.apply(session, made, confirmed_by="the test")):
            assert isinstance(found, Refused) and kinds(found) == [(ReasonKind.STALE, "revision")]
            (reason,) = found.reasons
            assert reason.bound.startswith("revision 1 ") and reason.value.startswith("revision 2 ")
    assert not set(desk.tape.opcodes()) & COMMANDS


def test_a_program_of_the_same_settings_is_no_loss_at_whatever_revision(session: Session) -> None:
    running(session)
    basis = pulled(session)
    for rate_hz in (FASTER, Hertz(D(20))):
        written(session, rate_hz=rate_hz)
    assert programs.read_slot(session, 0).revision == 3
    assert programs.outdated(session, basis, program()) is None
    assert kinds(programs.outdated(session, basis, program(rate_hz=FASTER))) == [(ReasonKind.STALE, "revision")]


def test_a_checksum_alone_counts_where_a_device_has_no_revision(session: Session) -> None:
    stored = written(session)
    basis = Basis("old.toml", origin_of(replace(stored, revision=0), session.serial, TODAY))
    assert bases.outdated(basis, program(rate_hz=FASTER), replace(stored, revision=0), None) == ()
    (reason,) = bases.outdated(basis, program(rate_hz=FASTER), replace(stored, revision=0, crc=1), None)
    assert "checksum 00000001" in reason.text and "revision" not in reason.text


def test_what_a_slot_may_hold_is_not_taken_for_what_it_holds(session: Session) -> None:
    stored = written(session)
    basis = pulled(session)
    unsure = replace(stored, crc=1, alike=(program(rate_hz=FASTER),))
    assert bases.outdated(basis, program(), unsure, None) and not bases.outdated(basis, program(), replace(unsure, alike=()), None)


def test_when_the_implant_runs_another_slot_than_the_one_it_was_read_from_it_is_refused(session: Session) -> None:
    running(session)
    basis = pulled(session)
    written(session, 1, rate_hz=FASTER)
    assert programs.outdated(session, basis, program(rate_hz=FASTEST)) is None, "it does not run it yet"
    running(session, 1, rate_hz=FASTER)
    found = programs.outdated(session, basis, program(rate_hz=FASTEST))
    assert found is not None and kinds(found) == [(ReasonKind.STALE, "active")]
    assert "it now runs slot 1" in found.reasons[0].text and "`rnprog program diff old.toml`" in found.reasons[0].text
    assert programs.outdated(session, basis, program(rate_hz=FASTER)) is None, "it runs just this program"


def test_what_was_read_from_a_slot_that_did_not_run_is_bound_to_that_slot_alone(session: Session) -> None:
    running(session)
    written(session, 1, rate_hz=FASTER)
    basis = pulled(session, 1)
    running(session, 2)
    assert programs.outdated(session, basis, program(rate_hz=FASTEST)) is None
    written(session, 1)
    found = programs.outdated(session, basis, program(rate_hz=FASTEST))
    assert found is not None and "`rnprog program diff old.toml --slot 1`" in found.reasons[0].text


def test_both_reasons_are_given_and_the_ways_on_once(session: Session) -> None:
    running(session)
    basis = pulled(session)
    written(session, rate_hz=FASTER)
    running(session, 1, rate_hz=FASTER)
    found = programs.outdated(session, basis, program())
    assert kinds(found) == [(ReasonKind.STALE, "revision"), (ReasonKind.STALE, "active")] and found is not None
    assert ["rebase" in reason.text for reason in found.reasons] == [False, True]


def test_a_slot_that_was_damaged_since_is_told_as_that(session: Session) -> None:
    stored = written(session)
    basis = pulled(session)
    (reason,) = bases.outdated(basis, program(), replace(stored, program=None, problem="damaged", crc=0), None)
    assert "no program (damaged)" in reason.text


def test_of_another_device_it_is_refused_before_anything_is_read(session: Session, desk: Desk) -> None:
    stored = written(session)
    desk.tape.clear()
    other = Basis("old.toml", origin_of(stored, "RN1-OTHER", TODAY))
    assert kinds(programs.outdated(session, other, program())) == [(ReasonKind.IDENTITY, "serial")]
    nowhere = Basis("old.toml", replace(origin_of(stored, session.serial, TODAY), slot=9))
    assert kinds(programs.outdated(session, nowhere, program())) == [(ReasonKind.STALE, "slot")]
    assert not desk.tape.entries


def test_what_tells_no_device_apart_is_no_serial_number_of_a_basis(session: Session) -> None:
    stored = written(session)
    for serial in (UNTOLD, UNNUMBERED, "RN1 0042", "", "RN1-\x1b"):
        assert origin_of(stored, serial, TODAY).serial is None
    assert programs.outdated(session, Basis("old.toml", origin_of(stored, UNNUMBERED, TODAY)), program(rate_hz=FASTER)) is None


def test_every_other_reason_is_given_beside_it(session: Session) -> None:
    running(session)
    basis = pulled(session)
    written(session, rate_hz=FASTER)
    made = programs.propose(session, program(rate_hz=Hertz(D("50.1"))), programs.read_slot(session, 0), basis)
    found = programs.approve(session, made)
    assert isinstance(found, Refused)
    assert {kind for kind, _ in kinds(found)} == {ReasonKind.ENVELOPE, ReasonKind.STALE}


def test_the_record_says_what_a_written_program_was_read_from(session: Session, desk: Desk) -> None:
    running(session)
    basis = pulled(session)
    made = programs.propose(session, program(rate_hz=FASTER), programs.read_slot(session, 0), basis)
    applied(programs.apply(session, made, confirmed_by="the test"))
    (intent,) = [line["data"] for line in desk.lines() if line["data"].get("what") == "write program" and "origin" in line["data"]]
    assert intent["origin"] == basis.origin.as_dict()


def test_after_it_was_written_in_the_same_sitting_what_is_held_is_the_basis(session: Session) -> None:
    running(session)
    basis = pulled(session)
    held = written(session, rate_hz=FASTER)
    assert bases.moved_by(basis, held)
    moved = bases.moved_to(basis, held, session.serial, TODAY)
    assert programs.outdated(session, moved, program(rate_hz=FASTEST)) is None
    assert bases.moved_to(None, held, session.serial, TODAY) is None
