"""Sessions as hypothesis searches them: what an operator may do in any order, faults that strike between, the emulator as the model.

Each case is a search of its own, from its number as the seed; what breaks is shortened before it is told. The invariants of state are
asked after every step, all twelve at the end (`invariants.py`). Beside `sessions.py`, which goes further afield, this one returns short
histories.
"""

from __future__ import annotations

from contextlib import ExitStack
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from device_emulator.faults import FAULTS
from rnprog.protocol.opcodes import Opcode
from rnprog.session import programs, sweep
from rnprog.session.outcomes import Applied
from rnprog.session.session import Session
from rnprog.session.stimulation import Stimulation
from rnprog.session.stopping import Halted
from rnprog.session.trouble import Trouble
from rnprog.therapy.contacts import Side
from rnprog.therapy.titration import Answer, TitrationError
from rnprog.therapy.units import Hertz, Milliamps
from tests.attacks import beyond, invariants
from tests.attacks.common import Broken, Result, over, place
from tests.attacks.watch import Watch
from tests.session.desk import program, setup

SHARE = 4
FULL = 2_000
EXAMPLES = 10
STEPS = 25

_WHERE = st.sampled_from(
    [each.name for each in (Opcode.ARM, Opcode.SET_AMPLITUDE, Opcode.BURST, Opcode.HEARTBEAT, Opcode.STATUS, Opcode.DISARM, Opcode.STOP)]
)
_STRIKES = sorted(name for name, kind in FAULTS.items() if kind.form.startswith(("=OPCODE[@n|~p]", "=OPCODE[@n][~s]", "[=OPCODE][@n]")))
_STATES = sorted(set(FAULTS) - set(_STRIKES) - {"no-lease", "strong-impedance", "protocol-version"})
"""What nothing is armed with is left to the matrix."""
_FAULTS = st.one_of(
    st.just(""),
    st.builds("{}={}@{}".format, st.sampled_from(_STRIKES), _WHERE, st.integers(1, 3)),
    st.sampled_from([FAULTS[name].example for name in _STATES]),
)
_SIDES = st.sampled_from(list(Side))


def run(runs: int, first: int) -> Result:
    return over(runs, first, case, row="searches of 10 sessions")


def case(number: int) -> str:
    """One search."""

    class Search(Bedside):
        """A class of its own, because the seed belongs to the class."""

    with place():
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            seed(number)(Search),
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                derandomize=False,
                verbosity=Verbosity.quiet,
                phases=(Phase.generate, Phase.shrink),
                suppress_health_check=list(HealthCheck),
                print_blob=False,
            ),
        )
    return "searches of 10 sessions"


class Bedside(RuleBasedStateMachine):
    """An operator, a device in a person, a line between them that may fail."""

    session: Session
    watch: Watch

    def __init__(self) -> None:
        super().__init__()
        self.place_, self.open_ = ExitStack(), ExitStack()
        """The place goes last: what was recorded is looked at before."""
        self.sides: dict[Side, Stimulation] = {}
        self.begun = False

    @initialize(
        seed_=st.integers(0, 99), scenario=st.sampled_from(("healthy", "left-open", "right-short", "foreign-program", "high-threshold"))
    )
    def connect(self, seed_: int, scenario: str) -> None:
        root = self.place_.enter_context(place())
        self.watch = Watch(root / "r")
        self.session = self.open_.enter_context(self.watch.open(f"emu://?seed={seed_}&scenario={scenario}"))
        sweep.measure(self.session, tuple(Side))
        self.begun = True

    def _do(self, act: Any, *words: Any, **named: Any) -> Any:
        """One step. Trouble is told to the operator, who then stops; anything else that comes out is a find."""
        try:
            return act(*words, **named)
        except TitrationError:
            return None
        except (Trouble, Halted) as trouble:
            if not str(trouble).endswith("."):
                raise Broken(f"11: no sentence: {trouble}") from trouble
            self.sides.clear()
            self.session.stop("after trouble")
            return None

    @rule(spec=_FAULTS)
    def fault(self, spec: str) -> None:
        self.watch.faults(spec)

    @rule(side=_SIDES)
    def arm(self, side: Side) -> None:
        stimulation = Stimulation(self.session, setup(side))
        if isinstance(self._do(stimulation.arm), Applied):
            stimulation.titration = stimulation.titration.begin()
            self.sides[side] = stimulation

    @precondition(lambda self: self.sides)
    @rule(side=_SIDES, tenths=st.integers(1, 40), up=st.booleans(), long=st.sampled_from(("0.1", "0.5", "2")))
    def give(self, side: Side, tenths: int, up: bool, long: str) -> None:
        stimulation = self.sides.get(side)
        if stimulation is not None:
            amplitude_ma = Decimal(tenths) / 10 + (stimulation.titration.last_delivered_ma if up else 0)
            self._do(stimulation.deliver, Milliamps(amplitude_ma), Decimal(long), confirmed_by="search")

    @precondition(lambda self: self.sides)
    @rule(side=_SIDES, answer=st.sampled_from(list(Answer)))
    def answer(self, side: Side, answer: Answer) -> None:
        if side in self.sides:
            self._do(self.sides[side].answer, answer, by="search")

    @rule(seconds=st.sampled_from((0.05, 0.2, 0.5, 1.0)))
    def wait(self, seconds: float) -> None:
        self._do(self.session.wait, seconds)

    @precondition(lambda self: self.sides)
    @rule(nobody=st.sampled_from((True, *(False,) * 9)))
    def leave(self, nobody: bool) -> None:
        """Seldom: it takes six hundred beats."""
        if nobody:
            self._do(beyond.left_alone, self.session)

    @precondition(lambda self: self.sides)
    @rule(side=_SIDES)
    def disarm(self, side: Side) -> None:
        if side in self.sides:
            self._do(self.sides.pop(side).disarm)

    @rule()
    def stop(self) -> None:
        self._do(self.session.stop, "search")
        self.sides.clear()

    @rule()
    def settle(self) -> None:
        self._do(self.session.resolve)
        if self.session.halted is not None:
            self.sides.clear()
            self._do(self.session.reopen_link)

    @rule(slot=st.integers(0, 1), rate=st.sampled_from((20, 30)))
    def write(self, slot: int, rate: int) -> None:
        self._do(self._written, slot, rate)

    def _written(self, slot: int, rate: int) -> None:
        made = programs.propose(self.session, program(rate_hz=Hertz(Decimal(rate))), programs.read_slot(self.session, slot))
        written = programs.apply(self.session, made, confirmed_by="search")
        if isinstance(written, Applied):
            programs.activate(self.session, written.readback, confirmed_by="search")

    @rule(side=_SIDES)
    def measure(self, side: Side) -> None:
        self._do(sweep.measure, self.session, (side,))

    @invariant()
    def holds(self) -> None:
        if self.begun:
            invariants.after_each_step(self.watch)

    def teardown(self) -> None:
        with self.place_:
            if not self.begun:
                self.open_.close()
                return
            try:
                self.open_.close()
            except (Trouble, Halted) as ending:
                if not str(ending).endswith("."):
                    raise Broken(f"11: no sentence: {ending}") from ending
            self.watch.afterwards()
            invariants.at_the_end(self.watch)
