"""The personality answers the recorded requests as the recorded firmware did, from the same state."""

import pytest

from device_emulator.opennerve.store import Store
from rnprog.protocol.opennerve import p256
from rnprog.protocol.opennerve.codes import Role
from rnprog.protocol.opennerve.frames import Request, decode_response, encode_response
from rnprog.protocol.opennerve.log_lines import LogLine, parse_line
from rnprog.protocol.opennerve.payloads import signed_of
from tests.device_emulator.opennerve.bed import Bed, keyed
from tests.protocol.opennerve.recorded import PAIRS, Pair

AUTH = next(pair for pair in PAIRS if pair.name.startswith("auth"))
PATIENT_KEY = decode_response(next(pair.response for pair in PAIRS if pair.name == "read HP12")).payload[4:]
ROLES = {"admin": Role.ADMIN, "clinician": Role.CLINICIAN, "patient": Role.PATIENT}
TOLD_OHM = {"impedance 300 ohm": 300, "impedance 5000 ohm": 4_998, "imc measure": 998}
"""What the recorded firmware told of 300, 5000 and 1000 ohm; its converter's error is no part of the personality."""


def clinician_key() -> bytes:
    """The public key that belongs to the recorded signature: the first point whose x is r that verifies it."""
    signed = signed_of(AUTH.request[2:-2])
    r, s, number = (int.from_bytes(part, "big") for part in (signed.r, signed.s, signed.digest))
    prime, order = p256._P, p256._N
    y = pow((r**3 - 3 * r + p256._B) % prime, (prime + 1) // 4, prime)
    inverse = pow(r, -1, order)
    point = p256._plus(p256._times(s * inverse % order, (r, y)), p256._times(-number * inverse % order, p256._G))
    assert point is not None
    return point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big")


@pytest.fixture
def store() -> Store:
    made = keyed()
    made.texts["HP12"] = PATIENT_KEY
    return made


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.mode.split()[-1]}: {pair.name}")
def test_a_recorded_request_is_answered_alike(pair: Pair, store: Store) -> None:
    bed = Bed(store, dvt=pair.bench)
    if pair.name == AUTH.name:
        store.texts["HP09"] = clinician_key()
    elif pair.mode.endswith("patient"):  # the recorded patient key is not ours to sign with
        store.texts["HP12"] = keyed().texts["HP12"]
    if not pair.bench and pair.name != AUTH.name:
        bed.opened(ROLES[pair.mode.split()[-1]])
        if pair.mode.endswith("admin"):
            store.texts["HP12"] = PATIENT_KEY
    if pair.name in TOLD_OHM:
        ohm = TOLD_OHM[pair.name]
        bed.device.leads.load_ohm = lambda *_: float(ohm)  # type: ignore[method-assign]
    if pair.name == "imc measure":
        for op, payload in ((0x05, ""), (0x06, "6810"), (0x09, ""), (0x12, ""), (0x3E, ""), (0x16, ""), (0x15, "")):
            bed.sure(Request(op, bytes.fromhex(payload)))
    if pair.name == "log first":
        store.log[:] = [line_of(pair)]
    if pair.name == "log empty":
        store.log.clear()
    answers = [encode_response(answer) for answer in bed.send(pair.request, 3.0)]
    assert answers == [pair.response]
    if pair.name == AUTH.name:
        assert bed.device.firmware.role is Role.CLINICIAN


def line_of(pair: Pair) -> LogLine:
    found = parse_line(decode_response(pair.response).payload)
    assert found is not None
    return found
