"""Assisted titration: estimate of the motor threshold, the next burst, the therapy amplitude, pairs compared, data to draw. It must not
know devices, clocks or wording; `Titration` (`rnprog.therapy.titration`) is the state: its log, a ceiling from before, and whether a gap
came since the last burst. There is no other memory.

    settings = Settings(STANDARD, Scale.GRADE_FELT, Modality.PALPATION, population())
    titration = Titration().begin()
    while isinstance(step := next_step(titration, highest_allowed(), settings), Next):
        # show step.amplitude_ma, step.why, step.estimate; the clinician confirms; the envelope approves; the device delivers
        titration = titration.burst_given(step.amplitude_ma).answered(answer)

- `broken(titration, amplitude, highest_allowed)`: every guard an amplitude breaks, for manual bursts as well; empty: none.
- Undo is `titration.undone()` and another `answered(...)`; stop is `stopped()`, a gap `gap()`. Each gives a new value, and `next_step` of
  it says what it would have said had it always been so.
- After discomfort `next_step` gives `Confirm` until `titration.proceed()`. A search by hand is the same `Titration`: go on with either.
- `propose` and `confirm`: the therapy amplitude; `rungs` and `next_rung`: both sides together; `rank`, `outdone`: pairs; `curves`: to draw.
"""

from rnprog.therapy.threshold.amplitude import (
    Confirmation,
    Limit,
    Nothing,
    Proposal,
    Verdict,
    confirm,
    patient_maximum,
    propose,
)
from rnprog.therapy.threshold.bilateral import Checked, Ending, Rung, next_rung, rungs
from rnprog.therapy.threshold.curves import Curves, curves
from rnprog.therapy.threshold.evidence import MixedModalities, Modality, Scale, same_modality
from rnprog.therapy.threshold.guards import Broken, Guard, broken
from rnprog.therapy.threshold.pairs import Margin, Ranked, Screened, closer_look, outdone, rank, rivals, screening_settings
from rnprog.therapy.threshold.priors import Earlier, Prior, PriorKind, population, previous_visit, second_side
from rnprog.therapy.threshold.profiles import CAUTIOUS, PRECISE, PROFILES, QUICK, SCREENING, STANDARD, Profile, Settings
from rnprog.therapy.threshold.search import Confirm, Estimate, Finished, Next, Outcome, Step, Why, next_step

__all__ = [
    "CAUTIOUS",
    "PRECISE",
    "PROFILES",
    "QUICK",
    "SCREENING",
    "STANDARD",
    "Broken",
    "Checked",
    "Confirm",
    "Confirmation",
    "Curves",
    "Earlier",
    "Ending",
    "Estimate",
    "Finished",
    "Guard",
    "Limit",
    "Margin",
    "MixedModalities",
    "Modality",
    "Next",
    "Nothing",
    "Outcome",
    "Prior",
    "PriorKind",
    "Profile",
    "Proposal",
    "Ranked",
    "Rung",
    "Scale",
    "Screened",
    "Settings",
    "Step",
    "Verdict",
    "Why",
    "broken",
    "closer_look",
    "confirm",
    "curves",
    "next_rung",
    "next_step",
    "outdone",
    "patient_maximum",
    "population",
    "previous_visit",
    "propose",
    "rank",
    "rivals",
    "rungs",
    "same_modality",
    "screening_settings",
    "second_side",
]
