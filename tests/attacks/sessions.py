"""Random sessions on faulted lines and devices: random people, random faults, random actions in random order; no rise that nobody meant.

Every action of the programmer's floor is in the bag; what the envelope refuses it refuses. After each step the invariants of state are
asked, after the session all of them, against the emulator's ground truth.
"""

from __future__ import annotations

import gc
import resource
from decimal import Decimal
from pathlib import Path
from random import Random

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

SHARE = 50
FULL = 100_000
STEPS = 14
STOP_FAILS, LEFT_ALONE, HASTY = 0.05, 0.03, 0.3
MEMORY_MB = 64
"""What the process may grow by in a piece; a session leaves nothing behind."""

_COMMON = (Opcode.ARM, Opcode.SET_AMPLITUDE, Opcode.BURST, Opcode.DISARM, Opcode.HEARTBEAT, Opcode.STATUS, Opcode.COMMIT, Opcode.IMPEDANCE)
_SCENARIOS = (
    *("healthy",) * 30,
    *("left-open", "right-short", "intermittent-contact", "high-threshold", "connector-fluid") * 5,
    "foreign-program",
)
"""Few with a past of their own: living through it takes as long as ten sessions."""
_NEVER = ("no-lease", "strong-impedance", "protocol-version")
"""Nothing is armed then, so such a session would be an empty one; the matrix has them."""
_ACTIONS = ("arm", "give", "give", "give", "give", "answer", "answer", "wait", "disarm", "stop", "settle", "write", "measure", "schedule")


def run(runs: int, seed: int) -> Result:
    before_mb = _memory_mb()
    result = over(runs, seed, case, row="sessions")
    gc.collect()
    grown_mb = _memory_mb() - before_mb
    if runs >= 500 and grown_mb > MEMORY_MB:
        result.found(seed, f"memory grew by {grown_mb:.0f} MB in {runs} sessions", "memory")
    return result


def _memory_mb() -> float:
    """What this process holds now, where the system tells; else the most that it has held. A line that babbles while nobody reads it fills
    the emulator's buffer, which is given back."""
    now = Path("/proc/self/statm")
    if now.exists():
        return int(now.read_text().split()[1]) * resource.getpagesize() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def case(number: int) -> str:
    """One session."""
    chance = Random(number)
    stop_fails, left_alone, hasty = besides(number)
    url = f"emu://?seed={chance.randrange(1000)}&scenario={chance.choice(_SCENARIOS)}"
    spec = ",".join(_fault(chance) for _ in range(chance.choice((0, 1, 1, 1, 2, 3))))
    early = chance.random() < 0.15
    spec = ",".join(filter(None, (spec, "no-effect=STOP@1" * stop_fails)))
    with place() as root:
        watch = Watch(root / "r")
        try:
            with watch.open(url + f"&faults={spec}" * bool(early and spec)) as session:
                watch.spec = spec
                sweep.measure(session, tuple(Side))
                if not early:
                    watch.faults(spec)
                _Actions(watch, session, chance, hasty=hasty).go(left_alone=left_alone)
        except (Trouble, Halted) as ending:
            if not str(ending).endswith("."):
                raise Broken(f"11: no sentence: {ending}") from ending
        except Exception as error:
            raise Broken(f"11: with {spec!r}: {type(error).__name__}: {error}") from error
        try:
            watch.spec = watch.spec or spec
            watch.afterwards()
            invariants.at_the_end(watch)
        except Broken as broken:
            raise Broken(f"{broken} [{url} {spec}]") from broken
    return "sessions without a fault" if not spec else "faulted sessions"


def besides(number: int) -> tuple[bool, bool, bool]:
    """Whether STOP is answered in vain, whether nobody comes back at the end, and whether a link is opened before anything is settled.
    Drawn apart, so that a number keeps all else it means."""
    chance = Random(-number - 7)
    return chance.random() < STOP_FAILS, chance.random() < LEFT_ALONE, chance.random() < HASTY


def _fault(chance: Random) -> str:
    """A fault of the catalogue at a random occasion."""
    kind = chance.choice([each for each in FAULTS.values() if each.name not in _NEVER])
    opcode = chance.choice(_COMMON).name
    count = chance.choice((1, 1, 2, 3, 5, 8, 13))
    if kind.form.startswith(("=OPCODE[@n|~p]", "=OPCODE[@n][~s]")):
        return f"{kind.name}={opcode}@{count}"
    if kind.form.startswith("[=OPCODE][@n]"):
        return f"{kind.name}={opcode}@{count}" if chance.random() < 0.5 else f"{kind.name}@{chance.randrange(1, 60)}"
    if kind.form == "[=WAY][@n|~p]":
        return f"{kind.name}@{chance.randrange(1, 4000)}"
    return kind.example


class _Actions:
    """What somebody at the bedside might do, in no sensible order."""

    def __init__(self, watch: Watch, session: Session, chance: Random, *, hasty: bool) -> None:
        self.watch, self.session, self.chance = watch, session, chance
        self.hasty = hasty
        self.sides: dict[Side, Stimulation] = {}

    def go(self, *, left_alone: bool) -> None:
        for _ in range(STEPS):
            try:
                getattr(self, f"_{self.chance.choice(_ACTIONS)}")(self.chance.choice(list(Side)))
            except TitrationError:
                continue
            except (Trouble, Halted):
                self.sides.clear()
                self.session.stop("after trouble")
            invariants.after_each_step(self.watch)
        if left_alone:
            beyond.left_alone(self.session)
        self.session.resolve()

    def _arm(self, side: Side) -> None:
        if side not in self.sides or self.chance.random() < 0.1:
            stimulation = Stimulation(self.session, setup(side))
            if isinstance(stimulation.arm(), Applied):
                stimulation.titration = stimulation.titration.begin()
                self.sides[side] = stimulation

    def _give(self, side: Side) -> None:
        if side not in self.sides:
            return self._arm(side)
        stimulation = self.sides[side]
        amplitude_ma = Decimal(self.chance.randrange(1, 12)) / 10 + stimulation.titration.last_delivered_ma * self.chance.choice((0, 1))
        stimulation.deliver(Milliamps(amplitude_ma), Decimal(self.chance.choice(("0.1", "0.4", "2"))), confirmed_by="chance")
        return None

    def _answer(self, side: Side) -> None:
        if side in self.sides:
            self.sides[side].answer(self.chance.choice(list(Answer)), by="chance")

    def _wait(self, side: Side) -> None:
        self.session.wait(self.chance.choice((0.1, 0.3, 1.0)))

    def _disarm(self, side: Side) -> None:
        if side in self.sides:
            self.sides.pop(side).disarm()

    def _stop(self, side: Side) -> None:
        if self.chance.random() < 0.3:
            self.session.stop("chance")

    def _settle(self, side: Side) -> None:
        if not self.hasty or self.session.halted is None:
            self.session.resolve()
        if self.session.halted is not None:
            self.sides.clear()
            self.session.reopen_link()

    def _write(self, side: Side) -> None:
        slot = self.chance.randrange(2)
        made = programs.propose(
            self.session, program(rate_hz=Hertz(Decimal(self.chance.choice((20, 30))))), programs.read_slot(self.session, slot)
        )
        written = programs.apply(self.session, made, confirmed_by="chance")
        if isinstance(written, Applied):
            programs.activate(self.session, written.readback, confirmed_by="chance")

    def _measure(self, side: Side) -> None:
        sweep.measure(self.session, (side,))

    def _schedule(self, side: Side) -> None:
        programs.enable_schedule(self.session, self.chance.random() < 0.5, confirmed_by="chance")
