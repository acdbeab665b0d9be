"""Each refusal a device can give becomes a sentence with something to do; numbers are shown with their unit where the device gave any."""

import pytest

from rnprog.device.errors import DeviceRefused
from rnprog.protocol.opcodes import RefusalCode
from rnprog.session.wording.refusals import explain

VALUE_CODES = (RefusalCode.OUT_OF_RANGE, RefusalCode.OFF_GRID)
CODES = [code for code in RefusalCode if code is not RefusalCode.DONE]


def refusal(reason: str, field: str = "NONE", limit: int = 0, value: int = 0) -> DeviceRefused:
    return DeviceRefused("refused", command="SET_AMPLITUDE", reason=reason, field=field, limit=limit, value=value)


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.name)
def test_every_refusal_says_why_and_what_to_do(code: RefusalCode) -> None:
    told = explain(refusal(code.name))
    why, _, then = told.partition(". ")
    assert why.startswith("The device refused (set amplitude): ") and then.endswith(".")
    assert ("outside its own limits" in why) is (code in VALUE_CODES)
    assert code.name not in told


def test_numbers_carry_the_unit_of_their_field() -> None:
    told = explain(refusal("OUT_OF_RANGE", "AMPLITUDE_UA", 10_000, 12_000))
    assert "(12000 uA, its limit is 10000 uA)" in told


def test_a_refusal_that_this_version_does_not_know_is_still_a_sentence() -> None:
    assert explain(refusal("code 77", "field 99", 1, 2)).endswith("Choose a value that the device allows.")
