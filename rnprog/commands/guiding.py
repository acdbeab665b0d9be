"""How an appointment is told and asked, line by line: the narrator, the demo that needs nobody, and the guide for a person at the keyboard.

The order of the steps is `session.appointment`'s. Everything here is talk (stderr); the summary is the result and is rendered elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable

from rnprog.commands.advising import say_advice
from rnprog.commands.asking import Lines, StopTyped
from rnprog.commands.observing import Answers, Asking
from rnprog.device.api import Battery, DeviceStatus, StoredProgram
from rnprog.session import triage
from rnprog.session.appointment import usable_pairs
from rnprog.session.bilateral import Together
from rnprog.session.observers import Observer, Simulated
from rnprog.session.outcomes import Refused
from rnprog.session.programs import Proposal
from rnprog.session.session import Session
from rnprog.session.stopping import Halted
from rnprog.session.titrate import Burst, Plan, Titrated
from rnprog.session.wording import titration
from rnprog.session.wording.bilateral import TITLE as TOGETHER
from rnprog.session.wording.bilateral import amounts, share
from rnprog.session.wording.impedance import equalised_before_bursts
from rnprog.session.wording.titration import TIRED_AFTER, answered, tired
from rnprog.therapy.contacts import Contact, Electrodes, ElectrodesError, Side, lead_of
from rnprog.therapy.impedance import ImpedanceSweep, Verdict, blocking, judged
from rnprog.therapy.parameters import AMPLITUDE, PULSE_WIDTH, RATE

NAMED = 4
"""So many readings of one verdict are named; `rnprog impedance` shows all of them, with advice."""

Say = Callable[[str], None]


def warn_of_open_before(say: Say, session: Session, side: Side) -> None:
    """Before the electrodes of a side are used: which of its contacts were open at an earlier visit."""
    for each in triage.open_before(session, side):
        say(f"  CAUTION  {titration.open_before(str(each.contact), each.age_days)}")


class Narrator:
    """Tells what happens. A guide without questions; `Demo` and `Person` add them."""

    def __init__(self, say: Say, *, asks: bool = False) -> None:
        """`asks`: a person is asked, and reads the remarks with each question."""
        self.say = say
        self._asks = asks
        self._given = self._contracted = 0

    def leads(self, session: Session) -> None:
        """Say that the measurement is stimulation, with its numbers."""
        caps = session.capabilities
        test = f"{AMPLITUDE.show(caps.impedance_test_ma)} for {PULSE_WIDTH.show(caps.impedance_test_us)}"
        self.say(f"Leads. The test is a small stimulation itself: {test} a pair.")

    def identified(self, status: DeviceStatus, battery: Battery) -> None:
        """What the device was doing when it was met."""
        runs = _slot(status) if status.active_slot is not None else "no program yet"
        daily = {True: "daily schedule enabled", False: "daily schedule off", None: "no word on a daily schedule"}[status.schedule_enabled]
        charge = "not told" if battery.voltage_v is None else f"{battery.voltage_v} V"
        percent = "" if battery.percent is None else f"{battery.percent} %, "
        self.say(f"Output {status.output}. Battery {percent}{charge}. It runs {runs}; {daily}.")

    def measured(self, found: ImpedanceSweep) -> None:
        """One line a lead: the values against the case, then whatever is not normal, pairs included."""
        judgements = list(zip(found.readings, judged(found.readings), strict=True))
        for side in Side:
            own = [(reading, verdict) for reading, verdict in judgements if lead_of(reading.first) is side]
            if own:
                values = "  ".join(f"{r.first} {r.impedance_ohm or '---'}" for r, _ in own if Contact.CASE in r.pair)
                self.say(f"  {side!s:5}  {values} ohm to the case{'; all normal' if all(v is Verdict.NORMAL for _, v in own) else ''}")
                for kind in dict.fromkeys(verdict for _, verdict in own if verdict is not Verdict.NORMAL):
                    names = [r.name for r, verdict in own if verdict is kind]
                    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
                    self.say(f"         {_verdict_word(kind)}: {', '.join(names[:NAMED])}{more}")
                    if kind is Verdict.EQUALISED:
                        self.say(f"  {equalised_before_bursts(str(side))}")

    def begins(self, plan: Plan) -> None:
        """A side begins."""
        self._given = self._contracted = 0
        setup = plan.setup
        self.say(
            f"{setup.side.label.capitalize()} side. {setup.electrodes}, {PULSE_WIDTH.show(setup.pulse_width_us)}, "
            f"{RATE.show(setup.rate_hz)}, bursts of {plan.burst_s} s, from 0 mA. A contraction is confirmed by {plan.how_confirmed}."
        )
        if plan.begun_from:
            self.say(f"  {plan.begun_from}")

    def burst(self, burst: Burst) -> None:
        """A burst and its answer. Counted here: what was refused is no burst."""
        self._given += not burst.corrected
        for remark in burst.remarks if not self._asks else ():
            self.say(f"  {remark}")
        what = answered(burst.answer, elsewhere=burst.elsewhere) + (", corrected" if burst.corrected else "")
        together = burst.delivered.both
        given = AMPLITUDE.show(burst.delivered.amplitude_ma) if together is None else f"{amounts(together)}, {share(together)}:"
        self.say(f"  {self._given:2}  {given:>7}  {what}")
        self._contracted += bool(burst.answer.grade)
        if self._given == TIRED_AFTER and self._contracted and not burst.corrected:  # what never contracted is not tired
            self.say(f"  {tired()}")

    def refused(self, side: Side, refused: Refused) -> None:
        """These electrodes will not do."""
        for reason in refused.reasons:
            self.say(f"  {reason.text}")

    def ended(self, result: Titrated) -> None:
        """How the side ended."""
        self.say(f"  {result.reason}")
        if result.bound:
            self.say(f"  {result.bound}")

    def titrated(self, result: Titrated) -> None:
        """How the side ended, and what it says of the lead: before the next side, and before anything is written."""
        self.ended(result)
        say_advice(self.say, result.judged)

    def both(self, left: Titrated, right: Titrated) -> None:
        """Both sides together begin."""
        self._given = self._contracted = 0
        self.say(TOGETHER)

    def checked(self, together: Together) -> None:
        """Both sides together are done."""
        self.say(f"  {together.reason}")

    def wrote(self, stored: StoredProgram) -> None:
        """Written and read back."""
        self.say(f"Written to slot {stored.slot}, read back and equal: revision {stored.revision}, checksum {stored.crc:08x}.")

    def proposed(self, proposal: Proposal) -> None:
        """What would be written, against the charge rules, and every caution."""
        for side, figures in proposal.review.figures.items():
            self.say(
                f"  {side!s:5}  {figures.charge_uc.normalize():f} uC a phase, {figures.density_uc_cm2:.1f} uC/cm2 (at most 30), "
                f"k {figures.shannon_k:.2f} (at most 1.75)"
            )
        for caution in proposal.review.cautions:
            self.say(f"  CAUTION  {caution.sentence}")


def _slot(status: DeviceStatus) -> str:
    revision = "" if status.active_revision is None else f", revision {status.active_revision}"
    return f"slot {status.active_slot}{revision}"


class Demo(Narrator):
    """Needs nobody: the emulator's own tissue answers, usable electrodes are taken, the write is confirmed by the demo itself."""

    def __init__(self, say: Say) -> None:
        super().__init__(say)
        self._tried: set[Electrodes] = set()

    def electrodes(self, session: Session, side: Side, usual: Electrodes) -> Electrodes | None:
        """The usual ones, and after a refusal the first pair that can be used; none left leaves the side out."""
        chosen = next((each for each in (usual, *usable_pairs(session, side)) if each not in self._tried), None)
        if chosen is not None:
            self._tried.add(chosen)
        return chosen

    def observer(self, session: Session, side: Side) -> Observer:
        """The emulator's tissue."""
        return Simulated(session.bench)

    def confirms(self, session: Session, proposal: Proposal) -> str | None:
        """Confirmed by the demo."""
        self.proposed(proposal)
        return "rnprog demo"


class Person(Narrator):
    """Asks the person at the keyboard."""

    def __init__(self, say: Say, lines: Lines, answers: Answers, *, simulate: bool = False) -> None:
        super().__init__(say, asks=not simulate)
        self._lines = lines
        self._answers = answers
        self._simulate = simulate

    def electrodes(self, session: Session, side: Side, usual: Electrodes) -> Electrodes | None:
        """Enter takes the usual ones, a set such as -L0+L1 takes that, `skip` leaves the side out; None after STOP, too."""
        warn_of_open_before(self.say, session, side)
        name = side.label.capitalize()
        question = f"{name} side: which electrodes? Enter for {usual}, another set, or skip\n>"
        while True:
            typed = self._asked(session, question)
            if typed is None:
                return None
            if not typed:
                return usual
            if typed.lower() == "skip":
                return None
            try:
                return Electrodes.parse(typed, side)
            except ElectrodesError as error:
                question = f"{error.reason} Which electrodes for the {side.label.lower()} side?\n>"

    def observer(self, session: Session, side: Side) -> Observer:
        """The person, or on the emulator its tissue."""
        return Simulated(session.bench) if self._simulate else Asking(self._lines, self._answers, self.say)

    def confirms(self, session: Session, proposal: Proposal) -> str | None:
        """The last four characters of the serial number; anything else does not write."""
        self.proposed(proposal)
        expected = session.serial[-4:]
        question = (
            f"Write this program to slot {proposal.slot} of {session.serial}? "
            f"Type the last 4 characters of the serial number to write, anything else not to\n>"
        )
        typed = self._asked(session, question)
        return f"{typed}, typed by the operator" if typed == expected else None

    def _asked(self, session: Session, question: str) -> str | None:
        """What was typed. None when the appointment was stopped instead: by `s`, by the end of the input, or by another process."""
        try:
            return self._lines.ask(question, lambda _: True, "")
        except StopTyped as stop:
            session.stop(str(stop))
        except Halted:
            pass  # whoever stopped it has recorded it
        return None


def _verdict_word(found: Verdict) -> str:
    return str(found).upper() if blocking(found) else str(found)
