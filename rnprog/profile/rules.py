"""The catalogue of verification rules: stable ids, how grave each is, what it says and where it comes from.

It must not know how a rule is checked. An id, once published, keeps its meaning; a rule that goes leaves a gap.
RN1xx reading, RN2xx keys, types and ranges, RN3xx charge, RN4xx values against each other, RN5xx device, RN6xx provenance.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

VALID, FINDINGS, UNPARSABLE, MISSING = 0, 1, 65, 66
"""Exit codes of a verification, as in the table of the command line."""

_FORMAT = "profile format rnprog.profile/2"
_RANGES = "RN-1 reference design, not a clinical recommendation"
_CHARGE = "charge rules of rnprog, with their sources in rnprog/therapy/charge.py; unverified for the multifidus"
_COMPLIANCE = "85 % of the device's compliance voltage at 400 ohm, both choices of rnprog and unverified clinically"
_DEVICE = "limits of the device, as it reports them"
_LEAD = "lead models in rnprog/profile/reference.py"
_SIGNED = "docs/profiles.md: any change makes a validated profile a draft again"
_EMULATED = "docs/profiles.md: what an emulator gives is for training, never for a patient"
_PROVENANCE = "profile format rnprog.profile/2: a clinical number names its source or is marked unverified"


class Severity(StrEnum):
    ERROR = "error"
    """The profile must not be used as it is."""
    WARNING = "warning"
    """Allowed, but the clinician should know."""


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    severity: Severity
    text: str
    """What the rule asks for, in one line."""
    source: str
    exit_code: int = FINDINGS
    """What an error of this rule means for the exit code; a warning alone leaves it at 0."""


def _error(number: str, text: str, source: str = _FORMAT, exit_code: int = FINDINGS) -> Rule:
    return Rule(number, Severity.ERROR, text, source, exit_code)


def _warning(number: str, text: str, source: str = _FORMAT) -> Rule:
    return Rule(number, Severity.WARNING, text, source)


_RULES = (
    _error("RN101", "The file exists.", exit_code=MISSING),
    _error("RN102", "The file is an ordinary file that may be read, not a link.", exit_code=MISSING),
    _error("RN103", "A profile has at most 16 KiB.", exit_code=UNPARSABLE),
    _error("RN104", "The file is text in UTF-8 without byte order mark.", exit_code=UNPARSABLE),
    _error("RN105", "A line has at most 16 dots and 8 brackets of a kind, not counting texts and comments.", exit_code=UNPARSABLE),
    _error("RN106", "The file is correct TOML.", exit_code=UNPARSABLE),
    _error("RN107", "Each table and each entry stands in the file once.", exit_code=UNPARSABLE),
    _error("RN108", 'The file is a profile of a version this rnprog knows: schema = "rnprog.profile/2".', exit_code=UNPARSABLE),
    _error("RN109", "A folder to verify holds at least one profile.", exit_code=MISSING),
    _error(
        "RN110",
        "No character in the file is invisible or turns the direction of text, not even in a comment.",
        exit_code=UNPARSABLE,
    ),
    _error("RN201", "Only the entries of the profile format are used."),
    _error("RN202", "No required entry is missing; nothing is assumed."),
    _error("RN203", "Each entry is of its kind: a number, a text or a table."),
    _error("RN204", "A number is written in plain digits, without sign or exponent, with at most 12 digits."),
    _error("RN205", "Each setting lies in the range of rnprog.", _RANGES),
    _error("RN206", "Each setting lies on a step of rnprog; nothing is rounded.", _RANGES),
    _error("RN207", "A text is not empty, not too long, and has no control or invisible characters."),
    _error("RN208", "A name is an identifier: lower-case letters, digits, hyphen and underscore, at most 64."),
    _error("RN209", "The date of creation is a real date, year-month-day."),
    _error("RN210", "The contact area is a plausible area in cm2."),
    _error("RN211", "The state of a profile is draft or validated."),
    _error("RN212", "The class of a profile is implanted or percutaneous."),
    _error("RN213", "What a profile was read from is said as the device tells it: serial number, slot, revision, checksum."),
    _error("RN214", "The mode of a profile is device or emulator: what its values come from."),
    _error("RN301", "Charge density is at most 30 uC/cm2.", _CHARGE),
    _error("RN302", "The Shannon value k is at most 1.75.", _CHARGE),
    _error("RN303", "Both phases of the pulse and the gap fit into 90 % of the period.", _CHARGE),
    _warning("RN304", "Charge density is below 20 uC/cm2.", _CHARGE),
    _warning("RN305", "The Shannon value k is below 1.5.", _CHARGE),
    _warning("RN306", "The contact area is known, so that charge density can be judged.", _CHARGE),
    _error("RN307", "The device can drive the amplitude at the lowest usual impedance.", _COMPLIANCE),
    _error("RN400", "Every other rule of the safety envelope is kept.", "rnprog/therapy"),
    _error("RN401", "The ramps together are not longer than the on time.", "rnprog/therapy"),
    _error("RN402", "Each side has a cathode and an anode, on its own lead or the case.", "rnprog/therapy"),
    _error("RN403", "The amplitude is not above the patient maximum.", "the profile itself"),
    _error("RN404", "The patient maximum is not above the amplitude that caused discomfort.", "the profile itself"),
    _warning("RN405", "Perception and contraction were found below discomfort.", "the profile itself"),
    _error("RN406", "At least one side is stimulated.", "rnprog/therapy"),
    _error("RN407", "All sessions of a day fit into the day.", "rnprog/therapy"),
    _warning("RN408", "The program delivers something.", "rnprog/therapy"),
    _warning("RN409", "The file is called like the profile in it."),
    _error("RN410", "The tables of a profile are those of its class."),
    _error("RN501", "The profile is for the device model whose limits are used.", _DEVICE),
    _error("RN502", "Each setting lies in the range and on a step of the device.", _DEVICE),
    _error("RN503", "The contact area is the one the device reports.", _DEVICE),
    _error("RN504", "Charge density is within the device's own limit.", _DEVICE),
    _error("RN505", "The device has the lead and the contacts.", _DEVICE),
    _error("RN506", "The contact area is the one of the lead model.", _LEAD),
    _warning("RN507", "The lead model is one that rnprog knows.", _LEAD),
    _error("RN508", "The limits that are used are those of a device of the profile's class.", _DEVICE),
    _error("RN601", "Each clinical number names its source, or is marked unverified.", _PROVENANCE),
    _error("RN602", "A source is a source: no empty text, no place-holder.", _PROVENANCE),
    _warning("RN603", "A source belongs to an entry that the profile has.", _PROVENANCE),
    _error("RN604", "A validated profile is unchanged since it was signed off.", _SIGNED),
    _warning("RN605", "A validated profile was signed off against the limits that are used now.", _SIGNED),
    _error("RN606", "A validated profile says who signed it off, and a draft does not.", _SIGNED),
    _error("RN607", "A profile whose values come from an emulator is not signed off.", _EMULATED),
)

ADVICE = {
    "RN1": "The file itself cannot be read as a profile. Correct the place that is named, or check that it is the right file.",
    "RN2": "Correct the entry that is named. Nothing is assumed, rounded or left out; the sentence names the values that are allowed.",
    "RN3": "Lower the amplitude or the pulse width, or choose larger contacts. A value below the limit is no proof of safety.",
    "RN4": "Two entries contradict each other. Decide which of them is meant; the finding stands at the one that is usually changed.",
    "RN5": "The profile and the device do not go together. Check that it is the right profile for this device, lead and patient.",
    "RN6": 'Say where the number comes from, or write "unverified". For a sign-off: check the profile, then rnprog profile validate.',
}
"""What to do about a finding, by the first digit of its rule."""

RULES: dict[str, Rule] = {rule.id: rule for rule in _RULES}
