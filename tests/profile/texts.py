"""A profile text that is in order, and small changes to it."""

from pathlib import Path

from rnprog.profile.edit import validated_text
from rnprog.profile.findings import Finding
from rnprog.profile.judging import limits_for
from rnprog.profile.model import Validation
from rnprog.profile.reading import read_tables
from rnprog.profile.signing import content_digest, limits_digest
from rnprog.profile.verify import verify_text
from rnprog.therapy.capabilities import Capabilities

GOOD = """\
schema = "rnprog.profile/2"

[profile]
name = "left-and-right"
title = "Both sides"
class = "implanted"
notes = "Lines with many dots ................ and [[[[[[[[[[ are fine in a text."
state = "draft"

[target]
device_model = "RN-1"
lead_model = "RN-1 reference lead"
contact_area_cm2 = "0.1225"
serial = "RN1-0042"

[patient]
code = "P-017"

[program]
rate_hz = 20.0
ramp_up_s = 2.0
ramp_down_s = 2.0
on_s = 10
off_s = 20
session_min = 30
sessions_per_day = 2

[left]
electrodes = "-L1+L2"
amplitude_ma = 2.5
pulse_width_us = 214
max_amplitude_ma = 3.0
thresholds_ma = { perception = 1.2, motor = 1.8, discomfort = 3.4 }

[right]
electrodes = "-R1+R2"
amplitude_ma = 2.0
pulse_width_us = 214
max_amplitude_ma = 3.0

[provenance]
author = "A. Author"
created = "2026-01-31"

[provenance.sources]
contact_area_cm2 = "lead manual"
rate_hz = "unverified"
ramp_up_s = "unverified"
ramp_down_s = "unverified"
on_s = "unverified"
off_s = "unverified"
session_min = "unverified"
sessions_per_day = "unverified"
left.electrodes = "unverified"
left.amplitude_ma = "unverified"
left.pulse_width_us = "unverified"
left.max_amplitude_ma = "unverified"
left.thresholds_ma = "titration of 2026-01-30"
right.electrodes = "unverified"
right.amplitude_ma = "unverified"
right.pulse_width_us = "unverified"
right.max_amplitude_ma = "unverified"
"""


SKIN = """\
schema = "rnprog.profile/2"

[profile]
name = "sixty-days"
title = "Sixty days"
class = "percutaneous"
state = "draft"

[target]
device_model = "some stimulator"
lead_model = "some coil"

[percutaneous]
duration_days = 60
hours_per_day = 6
rate_hz = 20.0

[percutaneous.left]
amplitude_ma = 1.0
pulse_width_us = 50
max_amplitude_ma = 2.0

[provenance]
author = "A. Author"
created = "2026-01-31"

[provenance.sources]
percutaneous.duration_days = "FDA 510(k) K223306"
percutaneous.hours_per_day = "unverified"
percutaneous.rate_hz = "unverified"
percutaneous.left.amplitude_ma = "unverified"
percutaneous.left.pulse_width_us = "unverified"
percutaneous.left.max_amplitude_ma = "unverified"
"""


def changed(*changes: tuple[str, str], text: str = GOOD) -> str:
    """`text` with each first occurrence of the old replaced by the new; the old has to be there."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def signed(text: str = GOOD) -> str:
    """The same, signed off against the limits that come with rnprog."""
    tables = read_tables(text, "inline.toml")
    limits = limits_for(tables, None)
    return validated_text(text, Validation("A. Author", "2026-02-01", "in a test", limits_digest(limits), content_digest(tables)))


SIGNED = signed()
ORIGIN = """\
[origin]
serial = "RN1-0042"
slot = 0
active = true
revision = 3
checksum = "0a1b2c3d"
on = "2026-01-31"

"""
PULLED = GOOD.replace("[patient]", f"{ORIGIN}[patient]")
"""The same, read from a device."""


def emulated(text: str = GOOD) -> str:
    """The same, with the values of an emulator."""
    return changed(('created = "2026-01-31"\n', 'created = "2026-01-31"\nmode = "emulator"\n'), text=text)


def without(*starts: str, text: str = GOOD) -> str:
    """`text` without the lines that begin like this."""
    for start in starts:
        assert any(line.startswith(start) for line in text.splitlines()), start
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(starts))


def line_of(start: str) -> int:
    """The first line of the good profile that begins like this."""
    return next(number for number, line in enumerate(GOOD.splitlines(), 1) if line.startswith(start))


def rules_of(text: str, capabilities: Capabilities | None = None) -> list[str]:
    return [finding.rule for finding in verify_text(text, "inline.toml", capabilities)]


def only(text: str, rule: str, capabilities: Capabilities | None = None) -> Finding:
    """The one finding of `rule`; there may be findings of other rules."""
    (found,) = [finding for finding in verify_text(text, "inline.toml", capabilities) if finding.rule == rule]
    return found


def put(folder: Path, text: str = GOOD, name: str = "left-and-right") -> Path:
    """A file whose profile is called like it."""
    path = folder / f"{name}.toml"
    path.write_text(text.replace('"left-and-right"', f'"{name}"', 1), encoding="utf-8")
    return path
