"""The way out of a command. Owns which ending is the last word: a STOP that is not confirmed outranks every other one, which is told
besides; one that is confirmed when it is said once more takes the alarm back. Prints nothing.
"""

from __future__ import annotations

import signal
from contextlib import ExitStack
from dataclasses import replace

from rnprog.commands.exits import Ended, Exit
from rnprog.commands.signals import Hearing, Signalled
from rnprog.session.outcomes import StopConfirmed, StopNotConfirmed, StopOutcome
from rnprog.session.session import Session
from rnprog.session.wording import command_line as say
from rnprog.session.wording import record as record_words

_NOTHING_BESIDES = (Exit.DONE, Exit.PIPE, Exit.STOP_NOT_CONFIRMED, Exit.HANGUP, Exit.INTERRUPTED, Exit.TERMINATED)


class WayOut:
    """Of one command, whatever ends it."""

    def __init__(self) -> None:
        self.stop: StopOutcome | None = None
        """The last STOP, in the words that are the last, once the connection is over; None: there was none."""
        self.heard: Hearing | None = None
        """Signals, from the first connection on."""
        self.until_told: ExitStack | None = None
        """What lasts until the ending was told; None: there is nothing that tells it."""
        self.said = False
        """STOP was said on the way out."""
        self.taken_back = False
        """A STOP was not confirmed, and one that was said after it is."""
        self._begun: StopOutcome | None = None
        self._seen: list[StopOutcome] = []
        self._alarms: set[str] = set()
        self._lost: str | None = None

    @property
    def alarmed(self) -> bool:
        """Whether the last word on the output is STOP NOT CONFIRMED."""
        return isinstance(self.stop, StopNotConfirmed)

    def begins(self, session: Session) -> None:
        """The command has come to its end, or something has ended it."""
        self._begun = session.halted
        self.sees(session)

    def sees(self, session: Session) -> None:
        """What the session knows of STOP on this step of the way out."""
        if session.halted is not None and all(each is not session.halted for each in self._seen):
            self._seen.append(session.halted)

    def over(self, session: Session) -> None:
        """The connection is closed, and everything was stopped that could be."""
        self.sees(session)
        seen, self._seen = self._seen, []
        self._lost = session.record.lost if session.record is not None else None
        self._alarms |= {each.words.happened for each in seen if isinstance(each, StopNotConfirmed)}
        self.said = session.halted is not self._begun
        again = any(isinstance(each, StopNotConfirmed) for each in seen[:-1])
        self.taken_back = again and isinstance(session.halted, StopConfirmed)
        match session.halted:
            case StopConfirmed() as stop:
                self.stop = replace(stop, words=say.confirmed_at_last(stop.words)) if again else stop
            case StopNotConfirmed() as stop:
                self.stop = replace(stop, words=say.not_confirmed_again(stop.words)) if again else stop
            case None:
                pass

    def tells_alarm(self, ending: BaseException) -> bool:
        """Whether it is told in the words of a STOP that was not confirmed."""
        return any(alarm in str(ending) for alarm in self._alarms)

    def last_word(self, ending: Ended) -> Ended:
        """What is told in the place of `ending`; that itself where no STOP says otherwise."""
        match self.stop:
            case StopNotConfirmed(words):
                what, then = self._besides(ending)
                return Ended(Exit.STOP_NOT_CONFIRMED, words=say.besides(words, what, then) if what else words, data=ending.data)
            case StopConfirmed(words) if self.tells_alarm(ending) or ending.code is Exit.STOP_NOT_CONFIRMED:
                if ending.code is Exit.RECORD and self._lost is not None:
                    return Ended(Exit.RECORD, words=record_words.lost(self._lost, words.happened), data=ending.data)
                return Ended(Exit.FINDINGS, words=words, data=ending.data)
            case _:
                return ending

    def _besides(self, ending: Ended) -> tuple[str, str]:
        """What is told besides an alarm, and what is to be done about it afterwards. Both empty: nothing."""
        if self.tells_alarm(ending):
            return self._lost or "", ""
        if ending.code in _NOTHING_BESIDES:
            return "", ""
        if ending.words is None:
            return str(ending), ""
        return ending.words.happened, ending.words.now if ending.code is Exit.BUG else ""


def of_signal(asked: BaseException) -> Exit:
    """The code of a Ctrl-C, SIGTERM or SIGHUP."""
    if not isinstance(asked, Signalled):
        return Exit.INTERRUPTED
    return Exit.TERMINATED if asked.number == signal.SIGTERM else Exit.HANGUP
