"""The published schema takes what verify takes, and refuses what it can refuse: names, kinds, ranges, what is missing."""

import json
import tomllib
from collections.abc import Iterator

import jsonschema
import pytest

from rnprog.profile.fields import KEYS, NUMBERS
from rnprog.profile.json_schema import schema, written
from rnprog.profile.library import library_dir
from tests.profile.texts import GOOD, PULLED, SIGNED, SKIN, changed, without

CHECKER = jsonschema.Draft202012Validator(json.loads(written()))


def fits(text: str) -> bool:
    return bool(CHECKER.is_valid(tomllib.loads(text)))


@pytest.mark.parametrize("path", sorted(library_dir().glob("*.toml")), ids=lambda path: path.stem)
def test_the_library_fits_and_names_it(path: str) -> None:
    text = library_dir().joinpath(path).read_text(encoding="utf-8")
    assert fits(text)
    assert text.startswith("#:schema ../rnprog/profile/profile.schema.json\n")


@pytest.mark.parametrize("text", [GOOD, PULLED, SIGNED, SKIN], ids=["draft", "pulled", "signed", "percutaneous"])
def test_good_texts_fit(text: str) -> None:
    assert fits(text)


@pytest.mark.parametrize(
    "text",
    [
        changed(("rate_hz = 20.0", "rate_hz = 50.1")),
        changed(("rate_hz = 20.0", 'rate_hz = "20.0"')),
        changed(("rate_hz = 20.0", "rate_hz = true")),
        changed(("[left]\n", "[left]\namplitude_ua = 2500\n")),
        changed(("-L1+L2", "-R1+L2")),
        changed(('"draft"', '"final"')),
        changed(('"left-and-right"', '"../evil"')),
        changed(("profile/2", "profile/3")),
        changed(('"implanted"', '"percutaneous"')),
        changed(('"percutaneous"', '"implanted"'), text=SKIN),
        changed(("slot = 0", "slot = true"), text=PULLED),
        changed(("slot = 0", "slot = 256"), text=PULLED),
        changed(("active = true", "active = 1"), text=PULLED),
        changed(("0a1b2c3d", "0A1B2C3D"), text=PULLED),
        changed(('"RN1-0042"\nslot', '"../RN1"\nslot'), text=PULLED),
        without("revision = ", text=PULLED),
        without("session_min = 30"),
        without("[program]", *(f"{path[1]} = " for path in NUMBERS if path[0] == "program")),
    ],
)
def test_what_is_out_of_place_does_not_fit(text: str) -> None:
    assert not fits(text)


def test_steps_are_left_to_verify_because_checkers_compute_them_with_binary_fractions() -> None:
    assert "multipleOf" not in written()
    for tenths in range(101):
        assert fits(changed(("amplitude_ma = 2.5", f"amplitude_ma = {tenths / 10}")))


def tables(part: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, object]]]:
    assert isinstance(part, dict)
    if "properties" in part:
        yield path, part
        for key, inner in part["properties"].items():
            yield from tables(inner, (*path, key))


def test_every_table_is_an_allow_list_and_every_number_says_its_unit() -> None:
    found = dict(tables(schema()))
    assert set(found) == set(KEYS)
    for path, table in found.items():
        assert table["additionalProperties"] is False
        assert tuple(table["properties"]) == KEYS[path]  # type: ignore[arg-type]
    for path, parameter in NUMBERS.items():
        entry = found[path[:-1]]["properties"][path[-1]]  # type: ignore[index]
        assert f"in {parameter.unit}" in entry["description"]
