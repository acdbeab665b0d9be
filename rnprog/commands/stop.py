"""What follows after STOP was sent: its confirmation, the words, and the record, in this order. `entry.py` has sent it before this loads.

OFF is claimed only when STOP's own answer and a STATUS read after it both say OFF.
"""

from __future__ import annotations

import errno
import json
import os
import select
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from rnprog.commands.exits import OF_ERRNO, Exit
from rnprog.commands.output import write_out
from rnprog.commands.showable import one_line
from rnprog.protocol.connection import Answer, HostConnection
from rnprog.protocol.messages import Identify, IdentifyReply, ReadStatus, Refused, Request, StatusReply, StopReply
from rnprog.protocol.opcodes import OutputState
from rnprog.session.wording import Words, safety
from rnprog.session.wording import command_line as say

ANSWER_S = 0.25
REPEATS = 3
REPEAT_STOP_S = 0.1
GIVE_UP_S = 0.8
_SIDES = ("left", "right")
_INTERRUPTED = "it was interrupted."


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line of `rnprog stop` said."""

    port: str | None
    json: bool
    quiet: bool
    record_dir: str | None
    trace: str | None
    settled: Callable[[], None] = lambda: None
    """Called once it is known how it ends, before that is told: no signal is heard any more."""


@dataclass(slots=True)
class Found:
    """What the device said, as far as it said anything."""

    stopped: StopReply | None = None
    repeated: bool = False  # STOP was said more than once: an earlier one may have ended what this answer does not tell
    status: StatusReply | None = None
    identity: IdentifyReply | None = None
    refused: bool = False
    emulator_proven: bool = False
    line: list[tuple[float, str, bytes]] = field(default_factory=list)

    @property
    def confirmed(self) -> bool:
        """Both answers say OFF."""
        replies = (self.stopped, self.status)
        return all(reply is not None and reply.output_state == OutputState.OFF for reply in replies)

    def words(self) -> Words:
        if self.stopped is not None and self.status is not None and self.confirmed:
            ended = tuple(side for bit, side in enumerate(_SIDES) if self.stopped.ended_channels & 1 << bit)
            return safety.stopped(ended, bool(self.status.schedule_enabled), sure=not self.repeated)
        if self.stopped is None:
            why = "the device refused it." if self.refused else "the device did not answer."
            return safety.stop_not_confirmed(why, None, heard=self.refused)
        why = "took it, but could not be read afterwards." if self.status is None else "answered, but does not say that its output is off."
        return safety.stop_not_confirmed(f"the device {why}", None, heard=self.status is not None)


# the four ways here


def told_by_holders(asked: Asked, answers: list[tuple[str, bytes]]) -> int:
    """The processes that hold the ports have carried it out, and recorded it; one that does not answer has perhaps not."""
    from rnprog.commands import stop_record

    asked.settled()
    told = [_told(door, line) for door, line in answers]
    bad = [words for confirmed, words, _ in told if not confirmed]
    words = _at_once(bad) if bad else told[0][1]
    code = Exit.STOP_NOT_CONFIRMED if bad else Exit.DONE
    afterwards = stop_record.of_silent(asked, Found(), [_holder(door) for door, line in answers if not line])
    _finish(asked, words, code, {"by_pid": [pid for _, _, pid in told if pid is not None]})
    _tell(afterwards.problems())
    return code


def _at_once(words: Sequence[Words]) -> Words:
    return Words(" ".join(each.happened for each in words), words[0].stimulation, " ".join(dict.fromkeys(each.now for each in words)))


def _told(door: str, line: bytes) -> tuple[bool, Words, int | None]:
    """Whether it is confirmed, the words, and who said so."""
    if not line:
        return False, say.holder_silent(*_holder(door)), None
    try:
        answer = json.loads(line)
        return answer["confirmed"] is True, Words(**answer["words"]), int(answer["pid"])
    except (ValueError, KeyError, TypeError):
        return False, safety.stop_not_confirmed("the program that holds the port gave no clear answer.", None), None


def _holder(door: str) -> tuple[str, str]:
    """The process behind a door and its port, as its lock file says; empty where it says nothing."""
    try:
        text = Path(door.replace(".slow.stop", ".stop")).with_suffix(".lock").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "", ""
    pid, _, port = text.partition("\n")
    return (pid if pid.isdigit() else ""), "".join(letter for letter in port.strip() if letter.isprintable())


def could_not_send(asked: Asked, problem: OSError) -> int:
    """The port could not be had, so nothing was sent."""
    code = OF_ERRNO.get(problem.errno or 0, Exit.NO_DEVICE)
    why = f"{asked.port} cannot be used: {problem.strerror or problem}."
    return _finish(asked, safety.stop_not_sent(why), code)


def confirm(asked: Asked, handle: int, silent: list[tuple[str, bytes]]) -> int:
    """STOP has left through `handle`: hear the answer, read the state, say it, record it.

    `silent`: the doors of who holds the port and did not answer. Where the device is not heard either, he is the reason: a port that has
    room for one hangs up on a second.
    """
    found, words = Found(), None
    try:
        _Line(handle, found).confirm()
    except (OSError, KeyboardInterrupt) as error:
        found.status = None
        why = f"the port failed ({error.strerror or error})." if isinstance(error, OSError) else _INTERRUPTED
        words = safety.stop_not_confirmed(why, None)
    finally:
        os.close(handle)
    if silent and found.stopped is None and not found.refused:
        words = _at_once([say.holder_silent(*_holder(door)) for door, _ in silent])
    return _conclude(asked, found, words or found.words())


def by_link(asked: Asked) -> int:
    """The slower way, for ports that need pyserial, and for no port at all."""
    from rnprog.commands.stop_by_driver import by_driver
    from rnprog.device.bench import Bench
    from rnprog.device.errors import BadPort, DeviceError, DeviceRefused, NoAnswer, PortBusy, PortDenied, PortError
    from rnprog.device.exchange import Exchange
    from rnprog.device.link import Link
    from rnprog.device.runtime import is_shared

    if not asked.port:
        return _finish(asked, say.no_port_to_stop(), Exit.NO_DEVICE)
    if not is_shared(asked.port):
        return _finish(asked, say.nothing_runs_there(asked.port), Exit.NO_DEVICE)
    found = Found()
    try:
        link = Link(asked.port, trace=lambda now_s, way, data: found.line.append((now_s, way, data)), lock_needed=False)
    except PortError as error:
        if isinstance(error, PortBusy) and error.holder_pid is not None:
            return _finish(asked, say.holder_without_door(str(error.holder_pid), asked.port), Exit.BUSY)
        codes = {PortBusy: Exit.BUSY, PortDenied: Exit.DENIED, BadPort: Exit.USAGE}
        return _finish(asked, safety.stop_not_sent(str(error)), codes.get(type(error), Exit.NO_DEVICE))
    beside = None if link.unlocked is None else say.without_a_lock(link.unlocked)
    if link.dialect is not None:
        code = _finish(asked, *by_driver(link, lambda text: None if asked.quiet else _talk(text)))
        _tell([beside])
        return code
    words = None
    try:
        exchange = Exchange(link)
        found.stopped = exchange.stop()
        if found.stopped is not None:
            found.repeated = exchange.stops_sent > 1
            found.status = exchange.ask(ReadStatus())
            with suppress(NoAnswer):  # only for the record's name
                found.identity = exchange.ask(Identify())
                found.emulator_proven = Bench(link).proves(found.identity.serial)
    except DeviceError as error:
        why = safety.refused_stop(error) if isinstance(error, DeviceRefused) and found.stopped is None else str(error)
        words = safety.stop_not_confirmed(why, None)
    finally:
        link.close()
    code = _conclude(asked, found, words or found.words())
    _tell([beside])
    return code


def interrupted(as_json: bool) -> int:
    """A signal before anything was known."""
    asked = Asked(None, as_json, False, None, None)
    return _finish(asked, safety.stop_not_confirmed(_INTERRUPTED, None), Exit.STOP_NOT_CONFIRMED)


# hearing


class _Line:
    """The open port after STOP."""

    def __init__(self, handle: int, found: Found) -> None:
        self.handle = handle
        self.found = found
        self.connection = HostConnection(int.from_bytes(os.urandom(3), "big"))

    def confirm(self) -> None:
        """Fill `found`. STOP is repeated every 100 ms until it is answered, for 0.8 s at most. OSError when the port fails."""
        give_up_s = monotonic() + GIVE_UP_S
        self.found.line.append((monotonic(), ">", self.connection.stop()))
        while self.found.stopped is None and monotonic() < give_up_s:
            for answer in self._answers(REPEAT_STOP_S):
                if isinstance(answer.reply, StopReply):
                    self.found.stopped = answer.reply
                    break
                self.found.refused = True
            else:
                self.found.repeated = True
                self._write(self.connection.stop())
        if self.found.stopped is not None:
            status, identity = self._ask(ReadStatus()), self._ask(Identify())
            self.found.status = status if isinstance(status, StatusReply) else None
            self.found.identity = identity if isinstance(identity, IdentifyReply) else None

    def _ask(self, request: Request) -> Any:
        sent = self.connection.send(request)
        for _ in range(REPEATS + 1):
            self._write(sent.data)
            for answer in self._answers(ANSWER_S):
                if answer.to is sent:
                    return None if isinstance(answer.reply, Refused) else answer.reply
        return None

    def _answers(self, within_s: float) -> Iterator[Answer]:
        until_s = monotonic() + within_s
        while (left_s := until_s - monotonic()) > 0:
            if not select.select([self.handle], [], [], left_s)[0]:
                return
            data = os.read(self.handle, 4096)
            if not data:
                raise OSError(errno.EIO, "the other end is gone")
            self.found.line.append((monotonic(), "<", data))
            yield from (item for item in self.connection.receive(data) if isinstance(item, Answer))

    def _write(self, data: bytes) -> None:
        self.found.line.append((monotonic(), ">", data))
        while data:
            with suppress(BlockingIOError):
                data = data[os.write(self.handle, data) :]
            if data and not select.select([], [self.handle], [], GIVE_UP_S)[1]:
                raise OSError(errno.EIO, "the port does not take any bytes")


# saying


def _conclude(asked: Asked, found: Found, words: Words) -> int:
    """The record is begun first, so that an output that nobody reads keeps nothing from it; a slow disk keeps nobody from the words."""
    from rnprog.commands import stop_record

    asked.settled()
    afterwards = stop_record.of_one(asked, found, words)
    code = _finish(asked, words, Exit.DONE if found.confirmed else Exit.STOP_NOT_CONFIRMED)
    _tell(afterwards.problems())
    return code


def _finish(asked: Asked, words: Words, code: Exit, more: dict[str, Any] | None = None) -> int:
    """The answer. Whatever becomes of it, the exit code says what became of the STOP."""
    asked.settled()
    if asked.json:
        answer: dict[str, Any] = {"schema": "rnprog.stop/1", "ok": code == 0, "code": int(code), "confirmed": code == 0, **(more or {})}
        answer["words"] = words.as_dict()
        if code:
            answer["reasons"] = [{"kind": code.name.lower(), "text": words.happened}]
        text = json.dumps(answer)
    else:
        text = one_line(f"{words.happened} {words.stimulation}")
    unwritten = write_out(text + "\n")
    if unwritten is not None:
        _talk(f"{words.happened} {words.stimulation} {unwritten}")
    if code or not asked.quiet:
        _talk(words.now)
    return code


def _tell(problems: Sequence[str | None]) -> None:
    """What went wrong besides; it changes nothing about the STOP."""
    for problem in filter(None, problems):
        _talk(problem)


def _talk(text: str) -> None:
    with suppress(OSError, ValueError):  # nobody can be told
        print(one_line(text), file=sys.stderr, flush=True)
