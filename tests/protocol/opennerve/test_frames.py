"""Frames: the check value, whole and byte by byte, in garbage, and every length there may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnprog.protocol.errors import FrameError, LocalProtocolError
from rnprog.protocol.opennerve.frames import (
    LONGEST,
    Request,
    Response,
    ResponseReader,
    crc16,
    decode_request,
    decode_response,
    encode_request,
    encode_response,
    split_requests,
)

octets = st.integers(0, 255)
requests = st.builds(Request, octets, st.binary(max_size=LONGEST - 4))
responses = st.builds(Response, octets, octets, st.binary(max_size=LONGEST - 5))


def test_the_published_check_value() -> None:
    assert crc16(b"123456789") == 0x29B1


@given(requests)
def test_a_request_comes_through(request: Request) -> None:
    assert decode_request(encode_request(request)) == request


@given(responses)
def test_a_response_comes_through(response: Response) -> None:
    data = encode_response(response)
    assert decode_response(data) == response
    assert len(data) <= LONGEST


@given(st.lists(responses, max_size=4), st.data())
def test_responses_are_found_however_they_arrive(sent: list[Response], data: st.DataObject) -> None:
    line = b"".join(map(encode_response, sent))
    reader, found = ResponseReader(), []
    while line:
        size = data.draw(st.integers(1, len(line)))
        found += reader.feed(line[:size])
        line = line[size:]
    assert found == sent and reader.pending == 0 and reader.abandon() == b""


@given(responses, st.integers(0, 255), st.data())
def test_a_bit_that_flips_is_noticed(response: Response, bit: int, data: st.DataObject) -> None:
    whole = bytearray(encode_response(response))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= 1 << bit % 8
    with pytest.raises(FrameError):
        decode_response(bytes(whole))


@given(st.binary(max_size=300))
def test_noise_raises_nothing_and_is_given_back(noise: bytes) -> None:
    reader = ResponseReader()
    found = reader.feed(noise)
    rest = reader.abandon()
    assert b"".join(map(encode_response, found)) + rest == noise
    assert reader.feed(encode_response(Response(1, 2, b"3"))) == [Response(1, 2, b"3")]


def test_a_stray_byte_spoils_what_follows_until_the_line_was_silent() -> None:
    reader = ResponseReader()
    answer = encode_response(Response(0xA8, 0, bytes(4)))
    assert reader.feed(b"\x00" + answer) == []
    assert reader.abandon() == b"\x00" + answer
    assert reader.feed(answer) == [Response(0xA8, 0, bytes(4))]


@given(st.lists(requests, max_size=3), st.binary(max_size=3))
def test_a_burst_is_split_into_its_requests(sent: list[Request], rest: bytes) -> None:
    assert split_requests(b"".join(map(encode_request, sent)) + rest) == (sent, rest)


def test_a_burst_ends_at_the_first_thing_that_is_no_request() -> None:
    good = encode_request(Request(0xA8))
    bad = good[:-1] + bytes((good[-1] ^ 1,))
    assert split_requests(good + bad + good) == ([Request(0xA8)], bad + good)


def test_what_does_not_fit_is_not_sent() -> None:
    for bad in (Request(0xA8, bytes(241)), Request(256), Request(-1)):
        with pytest.raises(LocalProtocolError):
            encode_request(bad)
    for worse in (Response(0xA8, 0, bytes(240)), Response(0, 256), Response(300, 0)):
        with pytest.raises(LocalProtocolError):
            encode_response(worse)


@pytest.mark.parametrize("data", [b"", b"\xa8", b"\xa8\x00\xd8", b"\xa8\x01\xd8\x89", bytes(245)])
def test_a_length_that_does_not_fit_is_no_frame(data: bytes) -> None:
    with pytest.raises(FrameError):
        decode_request(data)
    with pytest.raises(FrameError):
        decode_response(data)
