"""The advertisement."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnprog.protocol.errors import PayloadError
from rnprog.protocol.opennerve.advert import SIZE, Advert, parse_advert

WHOLE = bytes((18, 37, 36, 5, 6, 180, 130, 30, 0x05, 0x40, 1, 2, 3, 4, *bytes(9), 21))


def test_each_byte_has_its_place() -> None:
    # (130 - 30) * 49.9 kOhm / (180 - 130) = 99.8 kOhm, a little above 25 degrees
    found = parse_advert(WHOLE)
    assert found == Advert(1_800, 3_700, 3_600, 50, 60, found.temperature_mc, 0x4005, b"\x01\x02\x03\x04", 21)
    assert found.temperature_mc is not None and 25_000 < found.temperature_mc < 25_100


@pytest.mark.parametrize(("reference", "out", "offset"), [(100, 100, 0), (200, 30, 30), (255, 10, 0), (130, 129, 0)])
def test_a_temperature_that_cannot_be_is_none(reference: int, out: int, offset: int) -> None:
    data = WHOLE[:5] + bytes((reference, out, offset)) + WHOLE[8:]
    assert parse_advert(data).temperature_mc is None


@pytest.mark.parametrize(("ohm_over_series", "celsius"), [((255, 157), 30), ((255, 129), 40)])
def test_temperatures_along_the_table(ohm_over_series: tuple[int, int], celsius: int) -> None:
    reference, out = ohm_over_series
    found = parse_advert(WHOLE[:5] + bytes((reference, out, 0)) + WHOLE[8:]).temperature_mc
    assert found is not None and abs(found - celsius * 1000) < 300


@given(st.binary(max_size=40))
def test_nothing_but_a_wrong_length_is_refused(data: bytes) -> None:
    if len(data) == SIZE:
        assert parse_advert(data).hardware == data[23]
    else:
        with pytest.raises(PayloadError):
            parse_advert(data)
