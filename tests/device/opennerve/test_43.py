"""43 steps are told as 42. What this computer wrote it knows in the next process, too; of what somebody else wrote it claims neither."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from rnprog.device.opennerve.journal import Journal
from rnprog.device.opennerve.kept import path_of
from rnprog.session.programs import nearest
from rnprog.therapy.program import Program, differences
from tests.device.opennerve.bedside import PAIR, Bedside
from tests.device.opennerve.table import device

D = Decimal


@pytest.fixture
def bed() -> Iterator[Bedside]:
    yield Bedside(device(SP13=5.0, HP14=110.0))


def left_ma(program: Program | None) -> Decimal:
    assert program is not None and program.left is not None
    return program.left.amplitude_ma


def test_a_program_of_4_3_ma_is_the_same_program_for_the_next_process(bed: Bedside) -> None:
    written = bed.device.write(bed.program("4.3"))
    again = Bedside(bed.implant).device.stored(0)
    assert left_ma(again.program) == D("4.3") and again.alike == ()
    assert again.crc == written.crc, "no other programmer has changed anything"


def test_without_the_file_the_fingerprint_is_the_same_and_both_readings_are_offered(bed: Bedside) -> None:
    approved = bed.program("4.3")
    written = bed.device.write(approved)
    path_of("YYLL0001", ".exact.json").unlink()
    again = Bedside(bed.implant).device.stored(0)
    assert again.crc == written.crc
    assert left_ma(again.program) == D("4.2") and [left_ma(each) for each in again.alike] == [D("4.3")]
    closest = nearest(again, approved.program)
    assert closest is not None and differences(closest, approved.program) == ()


def test_a_foreign_42_or_43_is_written_over_rather_than_believed(bed: Bedside) -> None:
    bed.device.write(bed.program("4.2"))
    bed.implant.store.write("SP02", (43).to_bytes(2, "little"))
    path_of("YYLL0001", ".exact.json").unlink()
    again = Bedside(bed.implant)
    again.device.write(again.program("4.2"))
    assert bed.held["SP02"] == 4_200


@pytest.mark.parametrize("identity", ["SP02", "SP13"])
def test_what_a_test_changed_is_put_back_as_43_by_the_next_process(bed: Bedside, identity: str) -> None:
    bed.device._core.settings.write(identity, 43)
    with_it = Bedside(bed.implant)
    if identity == "SP13":
        with_it.measure()
    else:
        with_it.armed("0.5")
        assert Journal("YYLL0001").entries["SP02"].before == 43
        Bedside(bed.implant).measure()  # the armed process was killed
    assert bed.held[identity] == 4_300


def test_42_written_over_43_for_a_test_is_put_back_as_43(bed: Bedside) -> None:
    core = bed.device._core
    core.settings.write("SP02", 43)
    core.settings.change(core.journal, "SP02", 42)
    assert bed.held["SP02"] == 4_200
    core.put_back()
    assert bed.held["SP02"] == 4_300


@pytest.mark.parametrize("text", ["", "[]", '{"steps": {"SP02": "x"}}', "\udcff"])
def test_a_damaged_file_is_as_good_as_none(bed: Bedside, text: str) -> None:
    path: Path = path_of("YYLL0001", ".exact.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert Bedside(bed.implant).device.measure((PAIR,)).readings


def test_a_value_that_is_told_apart_is_not_kept(bed: Bedside) -> None:
    bed.device._core.settings.write("SP02", 43)
    assert path_of("YYLL0001", ".exact.json").exists()
    bed.device._core.settings.write("SP02", 30)
    assert '"SP02"' not in path_of("YYLL0001", ".exact.json").read_text()
