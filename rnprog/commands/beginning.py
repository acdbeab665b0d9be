"""What is told when a command has connected: sessions that were never closed, a clock that is wrong, the appointment it goes on from."""

from __future__ import annotations

from rnprog.commands.render import Face, Sheet, Tone
from rnprog.session.beginning import Earlier
from rnprog.session.session import Session
from rnprog.session.wording import beginning as words
from rnprog.therapy.parameters import AMPLITUDE

TOLD = 3
"""So many of the sessions that were never closed are told in words, the newest; `rnprog record list` shows all of them."""


def tell_beginning(face: Face, session: Session) -> None:
    """Talk and data. Says nothing when there is nothing to say."""
    found = session.beginning
    if found.unclosed:
        face.data["unclosed"] = [each.as_dict() for each in found.unclosed]
    for each in found.unclosed[-TOLD:]:
        mine = each.serial == session.serial
        face.words(words.never_closed(each.as_dict(), this_device=mine, output=str(session.met.output)), Tone.CAUTION)
    if found.clock_skew_s is not None:
        face.data["clock_skew_s"] = found.clock_skew_s
        if found.clock_is_wrong:
            face.say(words.clock_is_wrong(found.clock_skew_s), Tone.CAUTION)
    if found.earlier is not None:
        _goes_on(face, found.earlier)


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
