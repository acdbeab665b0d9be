"""The attacks on sessions meet a programmer that was broken on purpose, at the cases that have to show it."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from rnprog.device.api import Output
from rnprog.device.errors import NoAnswer
from rnprog.device.exchange import Exchange
from rnprog.device.rn1.driver import Rn1 as Rn1Driver
from rnprog.profile.store import StoreError
from rnprog.protocol.opcodes import Opcode
from rnprog.session import burst_end, resolve
from rnprog.session import predecessors as predecessors_module
from rnprog.session import session as session_module
from rnprog.session import unclosed as unclosed_module
from rnprog.session.heartbeat import Heartbeat
from rnprog.session.outcomes import StopConfirmed, Unknown
from rnprog.session.record import Record
from rnprog.session.session import Session
from rnprog.session.wording import safety
from tests.attacks import (
    anywhere,
    calls,
    calls_on_a_terminal,
    cells,
    frames,
    kills,
    kills_apart,
    lease,
    matrix,
    sessions,
    signals,
    signals_at_terminals,
    signals_in_trouble,
    terminals_in_trouble,
    troubles,
)
from tests.attacks.breaking import FORGETS, NEVER_ENDS
from tests.attacks.common import Broken, Result, over_these
from tests.attacks.terminals import MOMENTS
from tests.attacks.troubles import woven
from tests.attacks.watch import Watch

Patch = pytest.MonkeyPatch


def chosen(fits: Callable[[int], bool], most: int, of: int) -> list[int]:
    """The first numbers that fit."""
    return list(islice(filter(fits, range(of)), most))


def found(result: Result, *words: str) -> None:
    """Something was found, and it was this."""
    assert result.finds
    assert any(all(word in find.text for word in words) for find in result.finds), [find.text for find in result.finds]


def cell(fault: str, *phases: str) -> Callable[[int], bool]:
    return lambda number: matrix._cell(number)[0] == fault and matrix._cell(number)[1] in phases


def test_matrix_off_that_is_said_without_stop(monkeypatch: Patch) -> None:
    confirmed = StopConfirmed(safety.stopped((), False), (), False, "")
    monkeypatch.setattr(session_module, "stop_and_read", lambda *values: confirmed)
    numbers = chosen(cell("H10", "step", "hold"), 6, 20 * len(matrix.CELLS))
    found(over_these(numbers, matrix.case), "5: OFF was confirmed", "while current flowed")


def test_matrix_a_programmer_that_asks_for_the_limit_only_after_the_end(monkeypatch: Patch) -> None:
    """What the device cannot drive flows on to the end of the burst, with a heartbeat after the other that tells of it."""
    of_them = cell("D8", "hold")
    numbers = chosen(lambda number: of_them(number) and matrix._cell(number)[2] < len(cells.specs("D8", "hold")), 3, matrix.FULL)
    assert not over_these(numbers, matrix.case).finds
    monkeypatch.setattr(burst_end, "_limited", lambda session, sides: ())
    result = over_these(numbers, matrix.case)
    assert len(result.finds) == 3, "from the beginning, and within it"
    found(result, "D8: at its limit on channel 0", "@8")


def test_matrix_a_programmer_that_does_not_listen_to_its_heart(monkeypatch: Patch) -> None:
    monkeypatch.setattr(Heartbeat, "told_flowing", property(lambda self: frozenset(), lambda self, told: None), raising=False)
    of_them = cell("D8", "hold")
    numbers = chosen(lambda number: of_them(number) and matrix._cell(number)[2] % 3 == 2, 1, matrix.FULL)
    found(over_these(numbers, matrix.case), "D8: at its limit on channel 0", "@8")


def test_matrix_commands_without_an_intent(monkeypatch: Patch) -> None:
    real = Session._write
    monkeypatch.setattr(Session, "_write", lambda self, kind, data: None if kind == "intent" else real(self, kind, data))
    found(over_these(chosen(cell("D7", "hold"), 1, 1_000), matrix.case), "3: IMPEDANCE was sent after the intent None")


def test_matrix_a_programmer_that_goes_on_while_a_command_is_unknown(monkeypatch: Patch) -> None:
    """What is pending is forgotten at once, so that the same is sent again."""
    real = session_module.ending_of

    def forgets(*values: Any, **named: Any) -> Any:
        ending, data = real(*values, **named)
        return (replace(ending, pending=None) if isinstance(ending, Unknown) else ending), data

    monkeypatch.setattr(session_module, "ending_of", forgets)
    found(over_these(chosen(cell("L7", "arm"), 20, 20 * len(matrix.CELLS)), matrix.case), "a command was sent", "was unknown")


def test_matrix_a_heart_that_beats_on_after_stop(monkeypatch: Patch) -> None:
    """Harmless on this device, which takes no beat of an ended link session; wrong all the same."""
    monkeypatch.setattr(Heartbeat, "end", lambda self: None)
    found(over_these(chosen(cell("H10", "step", "hold"), 2, 20 * len(matrix.CELLS)), matrix.case), "1: the heart beats on after STOP")


def test_matrix_what_is_claimed_and_shown_by_nothing(monkeypatch: Patch) -> None:
    """A device says that it carried a command out, its answer is lost, and what it holds is compared with nothing."""
    monkeypatch.setattr(resolve, "_shows", lambda *values: True)
    for fault, phase, request in (("D12", "step", "SET_AMPLITUDE"), ("D12", "verify", "ACTIVATE"), ("D13", "commit", "COMMIT")):
        result = over_these(chosen(cell(fault, phase), 20, 20 * len(matrix.CELLS)), matrix.case)
        found(result, f"5: {request} was settled as CARRIED_OUT")


def test_matrix_a_stop_that_is_believed_without_a_look(monkeypatch: Patch) -> None:
    """STOP is answered as done and does nothing."""
    real = Rn1Driver.status

    def says_off(self: Any, **named: Any) -> Any:
        status = real(self, **named)
        return replace(status, output=Output.OFF) if self._exchange.stops_sent else status

    monkeypatch.setattr(Rn1Driver, "status", says_off)
    found(over_these(chosen(cell("D12", "step", "hold"), 20, 20 * len(matrix.CELLS)), matrix.case), "5: OFF was confirmed")


def test_sessions_a_side_that_nobody_touches_and_that_stays_prepared(monkeypatch: Patch) -> None:
    numbers = chosen(lambda number: sessions.besides(number)[1], 10, 1_000)
    monkeypatch.setattr(session_module, "IDLE_LIMIT_S", math.inf)
    found(over_these(numbers, sessions.case), "U12: nothing was touched for 120 s")


def without_sync(self: Record, handle: int, line: bytes) -> None:
    self._under_way = (self.lines, self._size, line)
    os.write(handle, line + b"\n")
    self._settle(handle)


def test_matrix_and_calls_a_record_that_is_not_synced(monkeypatch: Patch) -> None:
    monkeypatch.setattr(Record, "_append", without_sync)
    matrix._sound.cache_clear()
    found(over_these(chosen(cell("D7", "hold"), 1, 1_000), matrix.case), "3: a command is sent", "not synced")
    calls.calls_in.cache_clear()
    found(over_these(chosen(lambda number: calls._meaning(number)[0] == "port", 1, 1_000), calls.case), "not synced")
    calls.calls_in.cache_clear()


def in_place(folder: Path, name: str, text: str, *, replace: bool = False) -> None:
    """A save that writes over the old file."""
    try:
        handle = os.open(folder / f"{name}.toml", os.O_WRONLY | os.O_TRUNC)
        os.write(handle, text.encode()[:40])
        os.write(handle, text.encode()[40:])
        os.close(handle)
    except OSError as error:
        raise StoreError("not saved") from error


def test_kills_a_save_that_is_not_atomic(monkeypatch: Patch) -> None:
    monkeypatch.setattr(kills, "save", in_place)
    for cached in (kills.calls_in, kills._cases):
        cached.cache_clear()
    numbers = chosen(lambda number: kills._meaning(number)[0] == "save", 9, kills.full())
    found(over_these(numbers, kills.case), "neither the old nor the new")
    for cached in (kills.calls_in, kills._cases):
        cached.cache_clear()


def test_kills_a_next_start_that_says_nothing(monkeypatch: Patch) -> None:
    monkeypatch.setattr(kills, "unclosed", lambda folder: [])
    numbers = chosen(lambda number: kills._meaning(number)[0] == "commit" and kills._meaning(number)[2] == "SIGKILL", 2, 400)
    found(over_these(numbers, kills.case), "does not report the session")


@pytest.mark.parametrize(
    ("module", "instead", "said"),
    [
        (unclosed_module, lambda content, offset=0: content.rfind(b"\n") + 1, "damaged ones"),
        (predecessors_module, lambda content, offset=0: content.rfind(b"\n") + 1, "do not follow from one another"),
    ],
    ids=["set aside", "named"],
)
def test_kills_a_line_that_was_never_written_out_and_is_taken_for_a_line(monkeypatch: Patch, module: Any, instead: Any, said: str) -> None:
    """By the start that finds it, or by the record that follows."""
    numbers = chosen(lambda number: kills._meaning(number)[2] == kills.POWER_CUT, 60, 4_000)
    assert not over_these(numbers, kills.case).finds
    monkeypatch.setattr(module, "lasting", instead)
    found(over_these(numbers, kills.case), said)


def test_calls_a_save_that_is_not_atomic(monkeypatch: Patch) -> None:
    monkeypatch.setattr(calls, "save", in_place)
    calls.calls_in.cache_clear()
    second_write = calls.calls_in()["disk"] - kills.calls_in()["export"] - 1  # the export comes last
    found(
        over_these(chosen(lambda n: calls._meaning(n)[:2] == ("disk", second_write), 1, calls.full()), calls.case),
        "neither the old nor the new",
    )
    calls.calls_in.cache_clear()


def test_frames_a_command_that_is_repeated(monkeypatch: Patch) -> None:
    """The answer to a BURST is lost, and the burst is asked for once more under another number."""
    real = Exchange._converse

    def insists(self: Any, request: Any, *more: Any) -> Any:
        try:
            return real(self, request, *more)
        except NoAnswer:
            return real(self, request, *more)

    replies = _opcodes_from_the_device()
    at = [index for index, opcode in enumerate(replies) if opcode == Opcode.BURST][2]
    lost = (at, frames.BEFALLS.index("lost"), 1)
    numbers = chosen(lambda number: frames._meaning(number) == lost, 1, frames.full())
    assert not over_these(numbers, frames.case).finds
    monkeypatch.setattr(Exchange, "_converse", insists)
    found(over_these(numbers, frames.case), "5: burst is called refused", "carried BURST out")


def _opcodes_from_the_device() -> list[int]:
    with frames.place() as root:
        watch = Watch(root / "r", lambda port: frames.Meddler(port, -1, "lost", 0, 0.0))
        with watch.open("emu://?seed=0") as session:
            frames.appointment(session, frames.TEMPLATE, frames.Guide())
        return [seen.opcode for seen in watch.frames if not seen.sent]


def test_lease_a_programmer_that_never_asks_whether_it_stood_still(monkeypatch: Patch) -> None:
    monkeypatch.setattr(lease, "BROKEN", lease.NEVER_ASKS)
    found(lease.run(1, 1), "STOP after it woke up did not happen")


def test_lease_a_heart_that_asks_nobody(monkeypatch: Patch) -> None:
    monkeypatch.setattr(lease, "BROKEN", lease.BEATS_ON)
    result = lease.run(1, 3)
    found(result, "12: off", "after frozen face")
    assert result.row("frozen face").values[0] > 1_000, "what is too late is measured all the same"


def test_signals_a_face_that_ends_without_stop(monkeypatch: Patch) -> None:
    monkeypatch.setattr(signals, "BROKEN", "no STOP")
    found(signals.run(1, 0), "SIGINT")


def in_trouble(attack: Any, cases: Any, meant: tuple[str, ...]) -> int:
    """The number of this case in its attack."""
    numbers = ((number, woven(number, attack.SOUND, cases.FULL)) for number in range(attack.FULL))
    return next(number for number, (troubled, index) in numbers if troubled and cases.meaning(index) == meant)


def test_signals_a_programmer_that_forgets_that_its_stop_was_refused(monkeypatch: Patch) -> None:
    monkeypatch.setattr(signals, "BROKEN", FORGETS)
    number = in_trouble(signals, signals_in_trouble, ("SIGTERM", troubles.REFUSED))
    found(signals.run(1, number), "SIGTERM, STOP refused: exit code 143, not 81")


def test_signals_at_terminals_a_programmer_that_never_ends(monkeypatch: Patch) -> None:
    monkeypatch.setattr(signals_at_terminals, "BROKEN", NEVER_ENDS)
    monkeypatch.setattr(troubles, "END_S", 1.0)
    number = in_trouble(signals_at_terminals, terminals_in_trouble, ("session", MOMENTS[0], "SIGTERM", troubles.REFUSED))
    found(signals_at_terminals.run(1, number), "it has not ended within 1.0 s")


def test_signals_at_terminals_a_screen_that_nobody_can_see_and_that_keeps_the_lease_alive(monkeypatch: Patch) -> None:
    monkeypatch.setattr(signals_at_terminals, "BROKEN", "a heart that asks nobody")
    monkeypatch.setattr(troubles, "END_S", 1.0)
    meant = ("tui", MOMENTS[0], terminals_in_trouble.TAKES_NOTHING, troubles.SOUND)
    found(signals_at_terminals.run(1, in_trouble(signals_at_terminals, terminals_in_trouble, meant)), "12: off 2.0")


def test_signals_a_stop_that_waits_for_an_answer_to_something_else(monkeypatch: Patch) -> None:
    monkeypatch.setattr(signals, "BROKEN", "a queue that STOP does not clear")
    (number,) = chosen(lambda each: signals._row(each) == signals.AWAITED, 1, signals.FULL)
    found(signals.run(1, number), "rnprog stop: exit code 81")


@pytest.mark.parametrize(
    ("broken", "kind", "words"),
    [
        ("a lease that never ends", "appointment", "disarmed did not happen"),
        ("lines held back", "commit", "lines were acknowledged; found"),
    ],
)
def test_kills_apart_of_a_pair_that_keeps_no_promise(monkeypatch: Patch, broken: str, kind: str, words: str) -> None:
    """Struck in the middle, which is between arming and disarming where something is armed."""
    middle = (kind, kills_apart.calls_in()[kind] // 2, "SIGKILL")  # counted before anything is broken
    (number,) = chosen(lambda each: kills_apart._meaning(each) == middle, 1, kills_apart.full())
    assert not kills_apart.run(1, number).finds
    monkeypatch.setattr(kills_apart, "BROKEN", broken)
    found(kills_apart.run(1, number), words)


@pytest.mark.parametrize(
    ("broken", "face", "way", "words"),
    [
        ("no STOP", "session", "SIGTERM", "exit code 81, not 143"),
        ("no STOP", "tui", "SIGTERM", "SIGTERM"),  # off too late, by the lease; or in time, and nothing confirmed in the record
        ("no heed of signals", "session", "SIGHUP", "exit code -1, not 129"),
        ("a heart that asks nobody", "tui", signals_at_terminals.FROZEN, "off did not happen within 2.0 s"),
        ("a heart that asks nobody", "session", signals_at_terminals.FROZEN, "off did not happen within 2.0 s"),
        ("no look at the terminal", "tui", signals_at_terminals.HANG_UP, signals_at_terminals.HANG_UP),  # it answers nothing: as above
    ],
)
def test_signals_at_terminals_a_face_that_leaves_without_a_stop(monkeypatch: Patch, broken: str, face: str, way: str, words: str) -> None:
    meant = f"{face}: {way}, {MOMENTS[0]}"
    (number,) = chosen(lambda each: signals_at_terminals._row_of(each) == meant, 1, signals_at_terminals.FULL)
    monkeypatch.setattr(signals_at_terminals, "BROKEN", broken)
    found(signals_at_terminals.run(1, number), words)


def test_calls_on_a_terminal_of_a_programmer_that_acknowledges_too_early(monkeypatch: Patch) -> None:
    beyond = (calls.TERMINAL, calls_on_a_terminal.calls_in())  # where nothing fails
    (number,) = chosen(lambda each: calls._meaning(each)[:2] == beyond, 1, calls.full())
    assert not calls.run(1, number).finds
    monkeypatch.setattr(calls_on_a_terminal, "BROKEN", "lines held back")
    found(calls.run(1, number), "lines were acknowledged; found")


def test_anywhere_a_stop_that_waits_for_a_lock_that_a_signal_has_cut_off(monkeypatch: Patch) -> None:
    """A heart that is ended by an Event: between the taking of its lock and the block that gives it back, nobody gives it back."""
    gate, entered = threading.Event(), []
    real = anywhere._Interrupted._event

    def noted(self: Any, frame: Any, event: str, arg: object) -> None:
        if self._on and event == "c_return" and frame.f_code.co_name == "__enter__" and frame.f_back.f_back.f_code is ends.__code__:
            entered.append(self._count)
        real(self, frame, event, arg)

    def ends(self: Heartbeat) -> None:
        gate.clear()
        self._wanted = False

    anywhere.moments()
    monkeypatch.setattr(anywhere, "PATIENCE_S", 3.0)
    monkeypatch.setattr(Heartbeat, "end", ends)
    with monkeypatch.context() as patched:
        patched.setattr(anywhere._Interrupted, "_event", noted)
        anywhere._Interrupted(-1).play()
    with pytest.raises(Broken, match="it never ended"):
        anywhere.struck(entered[0])
