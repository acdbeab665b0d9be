"""Payloads: what goes in comes out, and what is none is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnprog.protocol.errors import LocalProtocolError, PayloadError
from rnprog.protocol.opennerve import payloads
from rnprog.protocol.opennerve.codes import MAY, NEEDS, BenchOp, Op, Role, State, Status, allowed
from rnprog.protocol.opennerve.frames import Request
from rnprog.protocol.opennerve.payloads import Clock, Signed

clocks = st.builds(
    Clock,
    st.integers(2000, 2255),
    st.integers(1, 12),
    st.integers(1, 31),
    st.integers(0, 23),
    st.integers(0, 59),
    st.integers(0, 59),
)
part = st.binary(min_size=32, max_size=32)


@given(clocks)
def test_a_clock_comes_through(clock: Clock) -> None:
    assert payloads.clock_of(payloads.write_clock(clock).payload) == clock


@pytest.mark.parametrize("data", [b"", bytes(6), bytes((26, 13, 1, 0, 0, 0)), bytes((26, 1, 1, 24, 0, 0)), bytes((26, 1, 1, 0, 0, 60))])
def test_a_time_there_is_not_is_refused(data: bytes) -> None:
    with pytest.raises(PayloadError):
        payloads.clock_of(data)


def test_a_year_the_device_cannot_hold_is_not_sent() -> None:
    with pytest.raises(LocalProtocolError):
        payloads.clock_bytes(Clock(1999, 1, 1, 0, 0, 0))


@given(part, part, part, st.binary(min_size=6, max_size=6), st.binary(min_size=4, max_size=4))
def test_a_signature_comes_through(r: bytes, s: bytes, digest: bytes, firmware: bytes, peer: bytes) -> None:
    signed = Signed(r, s, digest, firmware, peer)
    request = payloads.auth(signed)
    assert len(request.payload) == 106
    assert payloads.signed_of(request.payload) == signed


def test_a_signature_of_another_length_is_refused() -> None:
    with pytest.raises(LocalProtocolError):
        payloads.auth(Signed(bytes(31), bytes(32), bytes(32)))
    with pytest.raises(PayloadError):
        payloads.signed_of(bytes(105))


@pytest.mark.parametrize("data", [b"", b"\x03", b"\x02\x02"])
def test_an_answer_that_names_no_role_is_refused(data: bytes) -> None:
    with pytest.raises(PayloadError):
        payloads.role_of(data)


@given(st.sampled_from(["SP02", "HP14", "ST11"]), st.integers(0, 0xFFFF))
def test_a_parameter_write_comes_through(identity: str, steps: int) -> None:
    request = payloads.write(identity, steps)
    assert request.op == (Op.WRITE_HW if identity == "HP14" else Op.WRITE_STIM)
    assert payloads.id_and_data(request.payload)[0] == identity
    assert payloads.one_word(payloads.told_data(identity, request.payload)) == steps
    assert payloads.read(identity).op == (Op.READ_HW if identity == "HP14" else Op.READ_STIM)


def test_an_answer_about_another_parameter_is_refused() -> None:
    with pytest.raises(PayloadError, match="asked for SP02, answered for SP03"):
        payloads.told_data("SP02", b"SP03\x01\x00")


@pytest.mark.parametrize("data", [b"", b"SP0", b"sp02", b"SPAB\x00\x00"])
def test_a_payload_without_an_id_is_refused(data: bytes) -> None:
    with pytest.raises(PayloadError):
        payloads.id_and_data(data)


@pytest.mark.parametrize("identity", ["", "SP2", "sp02", "SP021", "HPä1"])
def test_something_that_is_no_id_is_not_sent(identity: str) -> None:
    with pytest.raises(LocalProtocolError):
        payloads.read(identity)


def test_numbers_that_do_not_fit() -> None:
    for value in (-1, 65_536):
        with pytest.raises(LocalProtocolError):
            payloads.word(value)
    with pytest.raises(PayloadError):
        payloads.one_word(b"\x01")
    with pytest.raises(PayloadError):
        payloads.two_words(b"\x01\x00\x01")
    with pytest.raises(LocalProtocolError):
        payloads.read_log(bytes(6))


def test_two_words_and_a_start_state() -> None:
    assert payloads.two_words(b"\x74\x0e\x00\x01") == (3700, 256)
    assert payloads.start_state(State.BENCH) == Request(Op.SET_START_STATE, b"\x08\x02")


def test_each_role_and_what_it_may_do() -> None:
    assert set(NEEDS) == set(Op) and set(MAY) == set(Role)
    admin = {op for op in Op if allowed(op, Role.ADMIN)}
    clinician = {op for op in Op if allowed(op, Role.CLINICIAN)}
    patient = {op for op in Op if allowed(op, Role.PATIENT)}
    assert admin == set(Op) and clinician - patient == {Op.READ_STIM, Op.WRITE_STIM}
    assert patient == {Op.AUTH, Op.START_SCHEDULED, Op.END_SCHEDULED}
    assert {op for op in Op if allowed(op, Role.NONE)} == {Op.AUTH}


def test_production_and_bench_share_no_opcode() -> None:
    assert not {int(op) for op in Op} & {int(op) for op in BenchOp}
    assert Status.USER_CLASS == 0xF3
