"""What is told when a command has connected: sessions that were never closed, a clock that is wrong, the appointment it goes on from."""

from __future__ import annotations

from rnprog.commands.render import Face, Sheet, Tone
from rnprog.device.serials import is_serial
from rnprog.session.beginning import Earlier
from rnprog.session.session import Session
from rnprog.session.wording import beginning as words
from rnprog.therapy.parameters import AMPLITUDE


def tell_beginning(face: Face, session: Session) -> None:
    """Talk and data. Says nothing when there is nothing to say."""
    found = session.beginning
    if found.unclosed:
        face.data["unclosed"] = [each.as_dict() for each in found.unclosed]
    _tell_unclosed(face, session)
    if found.clock_skew_s is not None:
        face.data["clock_skew_s"] = found.clock_skew_s
        if found.clock_is_wrong:
            face.say(words.clock_is_wrong(found.clock_skew_s, scheduled=bool(session.capabilities.sessions_per_day.maximum)), Tone.CAUTION)
    if found.earlier is not None:
        _goes_on(face, found.earlier)


def _tell_unclosed(face: Face, session: Session) -> None:
    """One in words, the newest with this device if there is any; the same alert about others is a count (U10 of the fault list)."""
    unclosed = session.beginning.unclosed
    if not unclosed:
        return
    mine = [each for each in unclosed if each.serial == session.serial and is_serial(each.serial)]
    newest = (mine or unclosed)[-1]
    face.words(words.never_closed(newest.as_dict(), this_device=bool(mine), output=str(session.met.output)), Tone.CAUTION)
    if len(unclosed) > 1:
        face.say(words.more_never_closed(len(unclosed) - 1, len(mine) - bool(mine)), Tone.CAUTION)


def _goes_on(face: Face, earlier: Earlier) -> None:
    face.data["resumes"] = earlier.as_dict()
    face.say(words.taken_up(earlier.path.stem, earlier.last_utc))
    rows = [
        (
            each.side,
            each.electrodes,
            each.ending,
            "-" if each.motor_ma is None else AMPLITUDE.show(each.motor_ma),
            AMPLITUDE.show(each.highest_ma),
        )
        for each in earlier.titrated
    ]
    if rows:
        face.say(Sheet("Titrated then", ("side", "electrodes", "ending", "contraction", "highest given"), rows, right=frozenset((3, 4))))
