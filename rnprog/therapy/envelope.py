"""The one door to the patient: the only maker of `ApprovedProgram`, `ApprovedSetup` and `ApprovedAmplitude`.

Bounds come from rnprog, the device and the patient profile and only narrow; a refusal names every bound that is
broken. Nothing is clamped or rounded. It must not know wires, files or clocks: the time is an argument.

The seal is an `InitVar`, not a field, so an approval can be neither built nor altered elsewhere, nor copied, pickled
or changed through `dataclasses.replace`. It guards against mistakes, not against code that means to break it.
"""

from dataclasses import InitVar, dataclass, field
from decimal import Decimal
from typing import NoReturn

from rnprog.therapy.capabilities import Capabilities
from rnprog.therapy.checks import (
    STEP_LIMIT_MA,
    Findings,
    doses_of,
    ladder_findings,
    program_findings,
    setup_findings,
)
from rnprog.therapy.findings import Caution, Refusal, Review, Source, Violation
from rnprog.therapy.impedance import ImpedanceSweep
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.program import Program
from rnprog.therapy.proposals import Ladder, PatientLimits, TestSetup, inward
from rnprog.therapy.rules import Gate, worst_figures
from rnprog.therapy.units import Milliamps, is_plain

__all__ = [
    "ApprovedAmplitude",
    "ApprovedProgram",
    "ApprovedSetup",
    "Caution",
    "ForgedApproval",
    "Ladder",
    "PatientLimits",
    "Refusal",
    "Review",
    "SafetyEnvelope",
    "Source",
    "TestSetup",
    "Violation",
    "inward",
]

_SEAL = object()
_ZERO_MA = Milliamps(AMPLITUDE.minimum)


class ForgedApproval(RuntimeError):
    """Somebody tried to make or duplicate an approval without the envelope. Always a fault of the software."""

    def __init__(self) -> None:
        super().__init__("Only the safety envelope approves stimulation. Nothing was sent.")


class _Sealed:
    """Checks the seal when an approval is made, and refuses to be taken apart for a copy or a pickle."""

    __slots__ = ()

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise ForgedApproval

    def __reduce__(self) -> NoReturn:
        raise ForgedApproval


@dataclass(frozen=True, slots=True)
class ApprovedProgram(_Sealed):
    """A program that may be written to `slot` of the device `serial`, in this link session, over `base_revision`."""

    program: Program
    slot: int
    base_revision: int
    serial: str
    link_session: int
    cautions: tuple[Caution, ...]
    seal: InitVar[object]


@dataclass(frozen=True, slots=True)
class ApprovedSetup(_Sealed):
    """Test stimulation that may be armed at amplitude 0 on the device `serial`, in this link session."""

    setup: TestSetup
    serial: str
    link_session: int
    cautions: tuple[Caution, ...]
    seal: InitVar[object]


@dataclass(frozen=True, slots=True)
class ApprovedAmplitude(_Sealed):
    """The next amplitude set-point for an approved setup; good for one step from where the ladder stood."""

    setup: ApprovedSetup
    amplitude_ma: Milliamps
    cautions: tuple[Caution, ...]
    seal: InitVar[object]


@dataclass(frozen=True, slots=True)
class SafetyEnvelope:
    """The bounds that hold for one device and one patient."""

    capabilities: Capabilities
    patient: PatientLimits | None = None
    """`None`: no patient profile, so only rnprog and the device set bounds."""
    _limits: PatientLimits = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_limits", self.patient or PatientLimits())

    def check_program(self, program: Program, sweep: ImpedanceSweep | None, *, serial: str, link_session: int, now_ms: int) -> Review:
        """Everything there is to say about writing `program` now. Never raises for an odd program."""
        return self._review(program, Gate(sweep, serial, link_session, now_ms))

    def classify(self, program: Program) -> Review:
        """The same for a program found in a device, without impedance and compliance. Never raises for an odd one."""
        return self._review(program, None)

    def approve(
        self,
        program: Program,
        *,
        slot: int,
        base_revision: int,
        sweep: ImpedanceSweep | None,
        serial: str,
        link_session: int,
        now_ms: int,
    ) -> ApprovedProgram | Refusal:
        """Approve writing `program` to `slot` (0 to slots - 1) over `base_revision`, or say every reason why not."""
        review = self.check_program(program, sweep, serial=serial, link_session=link_session, now_ms=now_ms)
        violations = (*self._slot_violations(slot, base_revision), *review.violations)
        if violations:
            return Refusal(violations, review.cautions)
        return ApprovedProgram(program, slot, base_revision, serial, link_session, review.cautions, seal=_SEAL)

    def approve_setup(
        self, setup: TestSetup, sweep: ImpedanceSweep | None, *, serial: str, link_session: int, now_ms: int
    ) -> ApprovedSetup | Refusal:
        """Approve arming `setup` at amplitude 0, or say every reason why not."""
        gate = Gate(sweep, serial, link_session, now_ms)
        violations, cautions = _sorted(self._setup_findings(setup, _ZERO_MA, gate))
        if violations:
            return Refusal(violations, cautions)
        return ApprovedSetup(setup, serial, link_session, cautions, seal=_SEAL)

    def approve_amplitude(
        self,
        setup: ApprovedSetup,
        amplitude_ma: Milliamps,
        ladder: Ladder,
        sweep: ImpedanceSweep | None,
        *,
        serial: str,
        link_session: int,
        now_ms: int,
    ) -> ApprovedAmplitude | Refusal:
        """Approve the set-point `amplitude_ma`, or say every reason why not.

        Going down needs no steps, but each amplitude above 0 has to satisfy all bounds and a fresh impedance. 0 is
        always approved within the link session.
        """
        stale = self._setup_violations(setup, serial, link_session)
        if not is_plain(amplitude_ma):
            sentence = "The amplitude is not a number. Enter an amplitude in mA."
            odd = Violation(AMPLITUDE.key, AMPLITUDE.label, setup.setup.side, "not a number", "mA", Source.PRODUCT, sentence)
            return Refusal((*stale, odd))
        if amplitude_ma == 0:
            return Refusal(stale) if stale else ApprovedAmplitude(setup, amplitude_ma, (), seal=_SEAL)
        gate = Gate(sweep, serial, link_session, now_ms)
        violations, cautions = _sorted(self._setup_findings(setup.setup, amplitude_ma, gate))
        steps = ladder_findings(setup.setup.side, amplitude_ma, ladder, self.capabilities)
        violations = (*stale, *steps, *violations)
        if violations:
            return Refusal(violations, cautions)
        return ApprovedAmplitude(setup, amplitude_ma, cautions, seal=_SEAL)

    def highest_allowed(
        self,
        setup: ApprovedSetup,
        ladder: Ladder,
        sweep: ImpedanceSweep | None,
        *,
        serial: str,
        link_session: int,
        now_ms: int,
    ) -> Milliamps:
        """The highest amplitude that `approve_amplitude` would approve now, in mA; 0 if none above 0."""
        highest = min(ladder.last_delivered_ma, ladder.highest_tolerated_ma) + STEP_LIMIT_MA
        candidate: Decimal | None = AMPLITUDE.range.at_or_below(highest)
        while candidate is not None and candidate > 0:
            asked = self.approve_amplitude(
                setup,
                Milliamps(candidate),
                ladder,
                sweep,
                serial=serial,
                link_session=link_session,
                now_ms=now_ms,
            )
            if isinstance(asked, ApprovedAmplitude):
                return asked.amplitude_ma
            candidate = AMPLITUDE.range.below(candidate)
        return _ZERO_MA

    def inward(self, current: Program, proposed: Program) -> bool:
        """Whether `proposed` delivers in no respect more than `current`; see the function of this name."""
        return inward(current, proposed)

    def _review(self, program: Program, gate: Gate | None) -> Review:
        violations, cautions = _sorted(program_findings(program, self.capabilities, self._limits, gate))
        figures = {dose.side: worst_figures(dose, self.capabilities) for dose in doses_of(program)}
        return Review(violations, cautions, figures)

    def _setup_findings(self, setup: TestSetup, amplitude_ma: Milliamps, gate: Gate) -> Findings:
        return setup_findings(setup, amplitude_ma, self.capabilities, self._limits.highest_ma(setup.side), gate)

    def _slot_violations(self, slot: int, base_revision: int) -> tuple[Violation, ...]:
        found = []
        slots = self.capabilities.slots if self.capabilities.has_program_store else 0
        if not 0 <= slot < slots:
            bound = f"slots 0 to {slots - 1}" if slots else "no program slots"
            sentence = f"The device has no program slot {slot} ({bound}). Choose a slot that it has."
            found.append(Violation("slot", "Slot", None, str(slot), bound, Source.DEVICE, sentence))
        if base_revision < 0:
            sentence = "It is not known which version of the program this one replaces. Read the device again."
            found.append(Violation("base_revision", "Revision", None, str(base_revision), "0 or more", Source.PRODUCT, sentence))
        return tuple(found)

    def _setup_violations(self, setup: ApprovedSetup, serial: str, link_session: int) -> tuple[Violation, ...]:
        """An approval of a setup holds on one device and in one link session only."""
        found = []
        if setup.serial != serial:
            sentence = "The test stimulation was prepared for another device. Prepare it again on this one."
            found.append(Violation("serial", "Device", None, setup.serial, serial, Source.PRODUCT, sentence))
        if setup.link_session != link_session:
            sentence = "The link was opened or stopped since the test stimulation was prepared. Prepare it again."
            value, bound = f"link session {setup.link_session}", f"link session {link_session}"
            found.append(Violation("link_session", "Link session", None, value, bound, Source.PRODUCT, sentence))
        return tuple(found)


def _sorted(findings: Findings) -> tuple[tuple[Violation, ...], tuple[Caution, ...]]:
    found = tuple(findings)
    violations = tuple(finding for finding in found if isinstance(finding, Violation))
    return violations, tuple(finding for finding in found if isinstance(finding, Caution))
