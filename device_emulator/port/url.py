"""What an `emu://` URL says. Knows the parameters and their words; opens nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from device_emulator.faults import parse_faults
from device_emulator.later import parse_later
from device_emulator.people import parse_months
from device_emulator.scenarios import scenario_named
from device_emulator.tissue.person_file import read_person

PARAMETERS = {
    "scenario": "a named situation",
    "seed": "a whole number: which person, which electrodes, which noise",
    "clock": "virtual (default) or wall",
    "later": "how long after the last visit this one is, such as 6mo: time passes for a device with a name",
    "fault_seed": "a whole number: another chance for the faults than for the person",
    "faults": "faults of the line, with commas between them",
    "patient": "a file that says who the person is (docs/emulator.md)",
    "months": "months since activation, 0 to 60: the device has lived through them",
    "truth": "a file that gets the ground truth, line by line",
}
_SEED_MAX = 2**32 - 1


@dataclass(frozen=True, slots=True)
class EmuUrl:
    """`name` empty: a device without a past, dropped when the port is closed."""

    name: str
    scenario: str | None = None
    """`None`, as with `seed`: not said."""
    seed: int | None = None
    virtual: bool = True
    faults: str = ""
    truth: str = ""
    patient: str = ""
    months: int | None = None
    """`None`: not said."""
    later_days: int = 0
    fault_seed: int | None = None


def parse_url(url: str) -> EmuUrl:
    """The parts of a URL. ValueError with a sentence when one is unknown or wrong."""
    parts = urlsplit(url)
    if parts.scheme != "emu":
        raise ValueError(f"{url!r} does not begin with emu://.")
    if parts.path.strip("/") or parts.fragment:
        raise ValueError(f"{url!r} has more behind the name; the form is emu://[NAME][?{'&'.join(f'{name}=...' for name in PARAMETERS)}].")
    values: dict[str, str] = {}
    for key, value in parse_qsl(parts.query, keep_blank_values=True):
        if key not in PARAMETERS:
            raise ValueError(f"emu:// knows no parameter {key!r}. Known are {', '.join(PARAMETERS)}.")
        if key in values:
            raise ValueError(f"The parameter {key!r} stands twice in {url!r}.")
        if key in ("patient", "truth") and not value:
            raise ValueError(f"The parameter {key!r} in {url!r} names no file.")
        values[key] = value
    scenario, faults = values.get("scenario"), values.get("faults", "")
    if scenario is not None:
        scenario_named(scenario)
    parse_faults(faults)
    clock = values.get("clock", "virtual")
    if clock not in ("virtual", "wall"):
        raise ValueError(f"The clock is virtual or wall, not {clock!r}.")
    months = parse_months(values["months"]) if "months" in values else None
    patient = values.get("patient", "")
    if patient:
        read_person(Path(patient))
    seed = parse_seed(values["seed"]) if "seed" in values else None
    fault_seed = parse_seed(values["fault_seed"]) if "fault_seed" in values else None
    later_days = parse_later(values["later"]) if "later" in values else 0
    truth = values.get("truth", "")
    return EmuUrl(parts.netloc, scenario, seed, clock == "virtual", faults, truth, patient, months, later_days, fault_seed)


def parse_seed(text: str) -> int:
    """A whole number that fits 32 bits; ValueError otherwise."""
    if not text.isascii() or not text.isdigit() or int(text) > _SEED_MAX:
        raise ValueError(f"A seed is a whole number from 0 to {_SEED_MAX}, not {text!r}.")
    return int(text)
