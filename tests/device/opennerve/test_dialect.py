"""The names of an OpenNerve's port, and what the operator says with them."""

from decimal import Decimal
from pathlib import Path

import pytest

from rnprog.device.errors import BadPort
from rnprog.device.opennerve.dialect import Dialect, split

HOME = Path.home()


@pytest.mark.parametrize("url", ["emu://", "/dev/ttyACM0", "socket://127.0.0.1:7411?bench=127.0.0.1:1", "COM3"])
def test_another_devices_name_is_left_as_it_is(url: str) -> None:
    assert split(url) == (None, url)


@pytest.mark.parametrize(
    ("url", "inner"),
    [
        ("opennerve+serial:/dev/ttyACM0", "/dev/ttyACM0"),
        ("opennerve+serial:///dev/ttyACM0", "/dev/ttyACM0"),
        ("opennerve+serial:COM3?lead=left", "COM3"),
        ("OpenNerve+socket://127.0.0.1:7411?lead=left&bench=127.0.0.1:9", "socket://127.0.0.1:7411?bench=127.0.0.1:9"),
        ("opennerve+emu://", "emu://?device=opennerve"),
        ("opennerve+emu://?seed=3&dvt=1", "emu://?seed=3&device=opennerve&dvt=1"),
        ("opennerve+ble:CARSS", "ble:CARSS"),
    ],
)
def test_the_ports_own_name_is_what_is_left(url: str, inner: str) -> None:
    dialect, found = split(url)
    assert dialect is not None and found == inner


def test_what_the_operator_says() -> None:
    dialect, _ = split("opennerve+serial:/dev/x?key=~/k.txt&lead=RIGHT&contact-cm2=0.06&case-cm2=10&dvt=1")
    assert dialect == Dialect(HOME / "k.txt", "right", Decimal("0.06"), Decimal(10), True)
    assert split("opennerve+serial:/dev/x")[0] == Dialect()


@pytest.mark.parametrize(
    "url",
    [
        "opennerve+",
        "opennerve+serial:",
        "opennerve+ble:",
        "opennerve+usb:/dev/x",
        "opennerve+/dev/x",
        "opennerve+serial:/dev/x?lead=both",
        "opennerve+serial:/dev/x?dvt=yes",
        "opennerve+serial:/dev/x?contact-cm2=big",
        "opennerve+serial:/dev/x?contact-cm2=0",
        "opennerve+serial:/dev/x?contact-cm2=1e3",
        "opennerve+serial:/dev/x?case-cm2=0.000000001",
        "opennerve+serial:/dev/x?case-cm2=101",
        "opennerve+serial:/dev/x?case-cm2=",
        "opennerve+serial:/dev/x?colour=red",
    ],
)
def test_nonsense_is_refused_in_words(url: str) -> None:
    with pytest.raises(BadPort, match=r"^The port opennerve\+.*\.$"):
        split(url)
