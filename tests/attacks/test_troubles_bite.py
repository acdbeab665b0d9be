"""The judge of a programmer whose STOP was not confirmed finds whatever is wrong with its end, and nothing in an honest one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.attacks import signals, signals_at_terminals, signals_in_trouble, terminals_in_trouble, troubles
from tests.attacks.troubles import woven, wrong

Lines = list[dict[str, Any]]
HONEST = "STOP NOT CONFIRMED: the device answered, and refused it (bad state). The output may still be on."
STOPPED = "Stimulation was stopped (left). The output is off: the device was read and says so."
BUG = "This is a fault in rnprog. What this command had prepared was stopped; what the implant runs by itself was not changed by the fault."


def record(*confirmed: bool, left: str = "unknown") -> Lines:
    """One with these STOPs, closed."""
    stops = [{"kind": "stop", "data": {"confirmed": each}} for each in confirmed]
    return [*stops, {"kind": "close", "data": {"output_left": left}}]


def test_an_honest_end_is_right() -> None:
    assert not wrong(81, 143, record(False), HONEST, armed=True)
    assert not wrong(81, 143, record(True, False), None, armed=True)
    assert not wrong(143, 143, record(False, True, left="off"), STOPPED, armed=False)
    assert not wrong(70, 70, record(True, left="off"), BUG, armed=False)


@pytest.mark.parametrize(
    ("code", "lines", "said", "armed", "words"),
    [
        (143, record(False), HONEST, True, "exit code 143, not 81"),
        (None, record(False), HONEST, True, "exit code None, not 81"),
        (81, record(True, left="off"), STOPPED, False, "exit code 81, not 143"),
        (143, record(), None, True, "exit code 143, not 81"),
        (81, record(False), "Terminated.", True, "nothing says STOP NOT CONFIRMED"),
        (81, record(False), f"{HONEST} {BUG}", True, "was stopped"),
        (81, record(False), f"{HONEST} {STOPPED}", False, "was stopped"),
        (143, record(True), STOPPED, True, "the device is armed"),
        (81, record(False, left="off"), HONEST, False, "closed as off"),
    ],
)
def test_a_dishonest_end_is_found(code: int | None, lines: Lines, said: str | None, armed: bool, words: str) -> None:
    found = wrong(code, 143, lines, said, armed=armed)
    assert any(words in each for each in found), found


def test_what_a_terminal_was_sent_is_read_without_its_escapes() -> None:
    assert troubles.plain("\x1b[?1049l\x1b[1;31mSTOP NOT\x1b[0m\r\n CONFIRMED: x") == "STOP NOT CONFIRMED: x"


def test_sound_and_troubled_cases_are_mixed_and_each_is_met_once() -> None:
    for sound, others, full in (
        (signals.SOUND, signals_in_trouble.FULL, signals.FULL),
        (signals_at_terminals.SOUND, terminals_in_trouble.FULL, signals_at_terminals.FULL),
    ):
        met = [woven(number, sound, others) for number in range(full)]
        assert sorted(index for troubled, index in met if not troubled) == list(range(sound))
        assert sorted(index for troubled, index in met if troubled) == list(range(others))
    assert {signals_in_trouble.meaning(number) for number in range(signals_in_trouble.FULL)} == set(signals_in_trouble.CASES)
    assert {terminals_in_trouble.meaning(number) for number in range(terminals_in_trouble.FULL)} == set(terminals_in_trouble.CASES)
