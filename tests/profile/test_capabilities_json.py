"""The limits of a device go into JSON and come back exactly; nothing is assumed on the way in."""

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from rnprog.profile.capabilities_json import (
    STATUS_SCHEMA,
    LimitsError,
    capabilities_as_dict,
    capabilities_from_dict,
    capabilities_from_file,
    capabilities_from_status,
)
from rnprog.profile.reference import RN1
from rnprog.therapy.capabilities import Capabilities
from rnprog.therapy.contacts import Side

STATUS = {"schema": STATUS_SCHEMA, "ok": True, "serial": "RN1-0042", "capabilities": capabilities_as_dict(RN1)}


@pytest.mark.parametrize("capabilities", [RN1, replace(RN1, lease_s=None, leads=(Side.RIGHT,), has_impedance=False, slots=0)])
def test_there_and_back(capabilities: Capabilities) -> None:
    text = json.dumps(capabilities_as_dict(capabilities))
    assert capabilities_from_dict(json.loads(text)) == capabilities


def test_the_shape() -> None:
    written = capabilities_as_dict(RN1)
    assert list(written) == [field.name for field in fields(Capabilities)]
    assert written["amplitude_ma"] == {"minimum": "0", "maximum": "10", "step": "0.1"}
    assert (written["contact_area_cm2"], written["leads"], written["lease_s"]) == ("0.1225", ["left", "right"], "0.8")


def test_from_the_output_of_status(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    path.write_text(json.dumps(STATUS))
    assert capabilities_from_file(path) == RN1


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("model", ""),
        ("model", 3),
        ("amplitude_ma", "10"),
        ("amplitude_ma", {"minimum": "0", "maximum": "10"}),
        ("amplitude_ma", {"minimum": "0", "maximum": 10, "step": "0.1"}),
        ("amplitude_ma", {"minimum": "5", "maximum": "1", "step": "0.1"}),
        ("step_limit_ma", 0.5),
        ("step_limit_ma", "nan"),
        ("step_limit_ma", "0"),
        ("contact_area_cm2", "0.123456789"),
        ("lease_s", "0"),
        ("leads", ["left", "middle"]),
        ("leads", "left"),
        ("leads", []),
        ("leads", [["left"]]),
        ("slots", True),
        ("slots", "4"),
        ("slots", -1),
        ("has_impedance", 1),
    ],
)
def test_a_limit_that_cannot_be_right_is_refused(key: str, value: Any) -> None:
    with pytest.raises(LimitsError) as caught:
        capabilities_from_dict({**capabilities_as_dict(RN1), key: value})
    assert caught.value.reason.endswith(".")


def test_nothing_is_assumed_and_nothing_unknown_accepted() -> None:
    written = capabilities_as_dict(RN1)
    with pytest.raises(LimitsError, match=r"capabilities\.colour is not known"):
        capabilities_from_dict({**written, "colour": "blue"})
    del written["slots"]
    with pytest.raises(LimitsError, match=r"capabilities\.slots is missing"):
        capabilities_from_dict(written)


@pytest.mark.parametrize("status", [None, [], {}, {"schema": "rnprog.status/2"}, {"schema": STATUS_SCHEMA}, {**STATUS, "capabilities": 3}])
def test_what_is_no_status(status: Any) -> None:
    with pytest.raises(LimitsError):
        capabilities_from_status(status)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b"[" * 100_000, b"NaN", b'{"a": 1, "a": 2}', b"9" * 5000, b" " * 1_100_000, b'{"schema": NaN}']
)
def test_a_file_that_holds_no_limits(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "limits.json"
    path.write_bytes(content)
    with pytest.raises(LimitsError) as caught:
        capabilities_from_file(path)
    assert not caught.value.missing


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "x.json", tmp_path, Path("a\0b")):
        with pytest.raises(LimitsError) as caught:
            capabilities_from_file(path)
        assert caught.value.missing
