"""Every recorded pair: the request rebuilt byte for byte from values, the response decoded. A pair that disagrees convicts the codec."""

from collections.abc import Callable

import pytest

from rnprog.protocol.errors import FrameError
from rnprog.protocol.opennerve import payloads
from rnprog.protocol.opennerve.codes import BenchOp, Op, Role, Status
from rnprog.protocol.opennerve.frames import Request, Response, decode_response, encode_request, encode_response
from rnprog.protocol.opennerve.parameters import SETTINGS, STIMULATION, TEXTS
from rnprog.protocol.opennerve.payloads import Clock, Signed
from tests.protocol.opennerve.recorded import PAIRS, Pair

SIGNED = Signed(
    r=bytes.fromhex("69c4ede70626a7e12806b8d46886f6cf3345e9ee91d4e60a1241e62b656a7f98"),
    s=bytes.fromhex("b9b4179668de991711a60952fa3a908f559e0236497917b63c75eadf2f9921a9"),
    digest=bytes.fromhex("8e89cfbb864c7dc48a73135c51c95b7ac5485aaebd87de29b23649b146e554e4"),
)

NAMED: dict[str, Callable[[], Request]] = {
    "auth clinician": lambda: payloads.auth(SIGNED),
    "battery": lambda: Request(Op.MEASURE_BATTERY),
    "log": payloads.read_log,
    "log empty": payloads.read_log,
    "log first": payloads.read_log,
    "impedance 300 ohm": lambda: Request(Op.MEASURE_IMPEDANCE),
    "impedance 5000 ohm": lambda: Request(Op.MEASURE_IMPEDANCE),
    "read ble": lambda: Request(Op.READ_BLE),
    "sched on": lambda: Request(Op.START_SCHEDULED),
    "sched off": lambda: Request(Op.END_SCHEDULED),
    "set rtc": lambda: payloads.write_clock(Clock(2026, 5, 22, 15, 38, 8)),
    "write SP02": lambda: payloads.write("SP02", STIMULATION["SP02"].steps(500)),
    "write SP02=0.1 mA (below min)": lambda: payloads.write("SP02", 1),
}
BENCH: dict[str, Callable[[], Request]] = {
    "battery": lambda: Request(BenchOp.BATTERY),
    "dac 190 mV": lambda: Request(BenchOp.SET_DAC, payloads.word(190) + payloads.word(0)),
    "get sample": lambda: Request(BenchOp.GET_SAMPLE_ID),
    "hv on": lambda: Request(BenchOp.HV_ON),
    "imc measure": lambda: Request(BenchOp.MEASURE),
    "stim disable": lambda: Request(BenchOp.STIM_OFF),
    "stim params": lambda: Request(BenchOp.SET_WAVEFORM, bytes.fromhex("f401c81027f401c810270ac800")),
    "test info": lambda: Request(BenchOp.TEST_INFO),
    "vdds": lambda: Request(BenchOp.VDDS_ON),
}
TOO_LOW = {("patient", "read SP02"), ("clinician", "battery"), ("clinician", "log"), ("clinician", "read HP05")}
"""Role and command of the pairs that were refused for their role."""

each_pair = pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.mode.split()[-1]}: {pair.name}")


def rebuilt(pair: Pair) -> Request:
    if pair.bench:
        return BENCH[pair.name]()
    if pair.name in NAMED:
        return NAMED[pair.name]()
    word, identity = pair.name.split()
    assert word == "read"
    return payloads.read(identity)


def test_there_are_sixty_of_them() -> None:
    assert len(PAIRS) == 60
    assert len({(pair.mode, pair.name) for pair in PAIRS}) == 60


@each_pair
def test_the_request_is_rebuilt_byte_for_byte(pair: Pair) -> None:
    if pair.name == "bad crc":
        built = encode_request(payloads.read("SP02"))
        assert built[:-2] == pair.request[:-2] and built[-2:] != pair.request[-2:] == b"\x00\x00"
    else:
        assert encode_request(rebuilt(pair)) == pair.request


@each_pair
def test_the_response_is_decoded_and_encoded(pair: Pair) -> None:
    response = decode_response(pair.response)
    assert response.op == pair.request[0]
    assert encode_response(response) == pair.response
    with pytest.raises(FrameError):
        decode_response(pair.response[:-1] + bytes((pair.response[-1] ^ 1,)))


@each_pair
def test_what_the_response_says(pair: Pair) -> None:
    response = decode_response(pair.response)
    if pair.name == "bad crc":
        assert response.status == Status.CRC
    elif (pair.mode.split()[-1], pair.name) in TOO_LOW:
        assert response.status == Status.USER_CLASS
    elif "below min" in pair.name or pair.name == "read HP21":
        assert response.status == Status.INVALID
    else:
        assert response.status == Status.OK
        _told(pair, response)


def _told(pair: Pair, response: Response) -> None:
    match pair.name.split():
        case ["read", "ble"]:
            assert response.payload == b"000000\x01"
        case ["read", identity] if identity in TEXTS:
            assert len(payloads.told_data(identity, response.payload)) == TEXTS[identity]
        case ["read", identity]:
            known = {**STIMULATION, **SETTINGS}[identity]
            assert payloads.one_word(payloads.told_data(identity, response.payload)) == known.default_told
        case ["impedance", ohm, _]:
            assert abs(payloads.one_word(response.payload) - int(ohm)) <= 2
        case ["auth", _]:
            assert payloads.role_of(response.payload) is Role.CLINICIAN
        case ["imc", _]:
            assert payloads.one_word(response.payload) == 998
        case ["get", "sample"]:
            assert payloads.one_word(response.payload) == 0x1234
        case ["battery"] if pair.bench:
            assert payloads.two_words(response.payload) == (0x0E74, 0)
        case ["log", "first"]:
            assert response.payload.startswith(b"[2026-11-22T12:59:23Z(134)]<EV>PO")
        case _:
            assert response.payload in (b"", bytes(8))
