"""`rnprog log`: what the implant itself has written down: delivered therapy, events, impedance over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from typing import Annotated, Any

import typer

from rnprog.commands.context import connection, face_of
from rnprog.commands.exits import Exit, simply
from rnprog.commands.render import Face, Sheet, Tone
from rnprog.device.api import LogRow, Notice, StoredProgram
from rnprog.session import device_log
from rnprog.session.device_log import DAY_S, Entries, Log
from rnprog.session.own_sweeps import OwnSweep, sweeps
from rnprog.session.programs import read_slot
from rnprog.session.session import Session
from rnprog.session.usage import TherapySession, Use, periods, unit_of, use_of
from rnprog.session.wording import device_log as words
from rnprog.session.wording import devices
from rnprog.session.wording import trend as trend_words
from rnprog.therapy.contacts import CONTACTS_OF, Contact, Side
from rnprog.therapy.impedance import ImpedanceReading, Verdict, verdict
from rnprog.therapy.units import plain

_LONGEST_DAYS = 36_500
_CONTACTS = (*CONTACTS_OF[Side.LEFT], *CONTACTS_OF[Side.RIGHT])
_IN_EVENTS = ("therapy end", "therapy missed")


def log(
    ctx: typer.Context,
    which: Annotated[Log, typer.Argument(metavar="LOG", case_sensitive=False, help="therapy, events or impedance.")] = Log.THERAPY,
    days: Annotated[int | None, typer.Option(min=1, max=_LONGEST_DAYS, help="Only the last so many days, by the device's clock.")] = None,
) -> Exit:
    """Show what the implant has logged: therapy, events, impedance.

    $ rnprog --port emu://training log

    $ rnprog log events --days 30 --port /dev/ttyACM0

    $ rnprog log impedance --port /dev/ttyACM0 --json

    Reads only; nothing is stimulated or changed. `therapy` sums up sessions and delivered minutes by day, week or month; `events` tells
    what happened, sessions that ended early among it; `impedance` shows what the device measured over time. Entries that the device has
    overwritten are said to be lost.
    """
    face = face_of(ctx)
    with connection(face, "log") as session:
        which = _told(face, session, which)
        entries = _read(face, session, which)
        face.data |= {"log": str(which), "days": days, "entries": len(entries.rows), "lost": None if _one(session) else entries.lost}
        face.data["gaps"] = [{"first": gap.first, "count": gap.count} for gap in entries.gaps]
        now_s = device_log.now_s(session, entries.rows)
        face.data["device_clock_unix_s"] = now_s
        since_s = None if days is None else now_s - days * DAY_S
        if which is Log.THERAPY:
            _therapy(face, session, entries, since_s, now_s, days)
        elif which is Log.EVENTS:
            _events(face, session, entries, since_s, days)
        else:
            _impedance(face, entries, since_s, days)
    return Exit.DONE


def _one(session: Session) -> bool:
    """The device has one log for everything."""
    return Notice.ONE_LOG in session.device.notices


def _told(face: Face, session: Session, which: Log) -> Log:
    """The log that is shown for the one that was asked for. Ended (76) when the device tells none."""
    if Notice.NO_LOG in session.device.notices:
        raise simply(Exit.DEVICE, devices.said(Notice.NO_LOG, session.capabilities))
    if not _one(session):
        return which
    face.say(devices.said(Notice.ONE_LOG, session.capabilities))
    return Log.EVENTS


def _read(face: Face, session: Session, which: Log) -> Entries:
    """A whole log; what is lost of it is said."""
    face.say(words.reading(which))
    entries = device_log.read(session, which, lambda count: face.say(words.so_far(count)))
    for gap in entries.gaps:
        face.say(words.gap(gap.first, gap.count), Tone.CAUTION)
    return entries


def _therapy(face: Face, session: Session, entries: Entries, since_s: int | None, now_s: int, days: int | None) -> None:
    use = use_of(entries.rows, since_s, now_s)
    status = session.status()
    stored = read_slot(session, status.active_slot) if status.active_slot is not None else None
    asked_s = _asked_s(stored)
    parts = periods(use) if use.sessions or use.missed else []
    face.data |= {"schedule_enabled": status.schedule_enabled, "asked_min_a_day": None if asked_s is None else asked_s // 60}
    face.data |= {"unit": unit_of(use), "periods": [{"from": name, **_use_data(part, asked_s)} for name, part in parts]}
    face.data |= {"total": _use_data(use, asked_s), "sessions": [_session_data(each) for each in use.sessions]}
    if not parts:
        face.show(words.empty(Log.THERAPY, days))
        return
    unit = unit_of(use).capitalize()
    columns = (unit, "Days", "Sessions", "A day", "Minutes", "Share", "Early", "Missed")
    rows = [(name, *_use_cells(part, asked_s)) for name, part in parts]
    face.show(Sheet("Therapy delivered", columns, [*rows, ("All", *_use_cells(use, asked_s))], frozenset(range(1, 8))))
    face.show(*_notes(use, stored, asked_s, status.schedule_enabled, entries.since(since_s)))
    _tell_clock(face, _read(face, session, Log.EVENTS).rows, entries.rows)


def _asked_s(stored: StoredProgram | None) -> int | None:
    """Seconds a day that the active program asks for; None: nothing."""
    if stored is None or stored.program is None:
        return None
    return int(stored.program.session_min * 60 * stored.program.sessions_per_day) or None


def _use_cells(use: Use, asked_s: int | None) -> tuple[str, ...]:
    share = use.share_percent(asked_s)
    a_day = f"{len(use.sessions) / use.days:.1f}" if use.days > 0 else "-"
    early = sum(each.early for each in use.sessions)
    return (
        f"{use.days:.0f}" if use.days >= 1 else "<1",
        str(len(use.sessions)),
        a_day,
        str(use.delivered_s // 60),
        "-" if share is None else f"{share} %",
        str(early),
        str(len(use.missed)),
    )


def _use_data(use: Use, asked_s: int | None) -> dict[str, Any]:
    return {
        "from_device_time": words.moment(use.since_s),
        "to_device_time": words.moment(use.until_s),
        "sessions": len(use.sessions),
        "sessions_per_day": round(len(use.sessions) / use.days, 2) if use.days > 0 else None,
        "delivered_s": use.delivered_s,
        "share_percent": use.share_percent(asked_s),
        "ended_early": sum(each.early for each in use.sessions),
        "without_end": use.without_end,
        "missed": len(use.missed),
    }


def _session_data(each: TherapySession) -> dict[str, Any]:
    return {
        "began_device_time": words.moment(each.began_s),
        "began_unix_s": each.began_s,
        "delivered_s": each.delivered_s,
        "planned_s": each.planned_s,
        "ended_early": each.early,
    }


def _notes(use: Use, stored: StoredProgram | None, asked_s: int | None, enabled: bool | None, rows: Iterable[LogRow]) -> list[str]:
    """What stands below the table."""
    program = stored.program if stored is not None else None
    known = program is not None and asked_s is not None
    found = [words.WHAT_SHARE_IS] if known else [words.asks_nothing(enabled)]
    if program is not None and known:
        found.append(words.asks(plain(program.sessions_per_day), plain(program.session_min), enabled))
    ran = {row.detail.get("value") for row in rows if row.what == "therapy start"}
    if len(ran) > 1:
        found.append(words.programs_ran(len(ran)))
    causes = Counter(each.cause for each in use.sessions if each.cause is not None and each.early)
    if causes:
        found.append(words.ended_early(causes))
    if use.missed:
        found.append(words.not_started(Counter(each.reason for each in use.missed)))
    if use.without_end:
        found.append(words.without_end(use.without_end))
    pause = use.longest_pause()
    if pause is not None:
        found.append(words.pause(*pause))
    return [*found, words.USE_MEANS]


def _tell_clock(face: Face, events: Iterable[LogRow], rows: Iterable[LogRow]) -> None:
    """Whose clock it is, and whether it can be relied on. `rows`: in the order in which they were written."""
    face.show(words.DEVICE_CLOCK)
    sets = [row for row in events if row.what == "clock set"]
    back = any(later.unix_s < earlier.unix_s for earlier, later in pairwise(rows))
    face.data["clock"] = {"times_set": len(sets), "goes_back": back}
    if sets:
        face.show(words.clock_set(len(sets), device_log.number(sets[-1], "extra") or 0))
    elif back:
        face.show(words.clock_went_back())


def _events(face: Face, session: Session, entries: Entries, since_s: int | None, days: int | None) -> None:
    """Events, and from the therapy log what did not go as planned; in the order of their times."""
    therapy = Entries(()) if _one(session) else _read(face, session, Log.THERAPY)
    odd = (row for row in therapy.since(since_s) if row.what in _IN_EVENTS and not _ran_whole(row))
    rows = sorted([*entries.since(since_s), *odd], key=lambda row: row.unix_s)
    face.data["events"] = [_event_data(row) for row in rows]
    if not rows:
        face.show(words.empty(Log.EVENTS, days))
        return
    face.show(Sheet("Events", ("Time", "Event", "Particulars"), [(words.moment(row.unix_s), *words.event(row)) for row in rows]))
    _tell_clock(face, entries.rows, entries.rows)


def _ran_whole(row: LogRow) -> bool:
    return row.what == "therapy end" and device_log.number(row, "code") == 10


def _event_data(row: LogRow) -> dict[str, Any]:
    event, particulars = words.event(row)
    told = {"device_time": words.moment(row.unix_s), "unix_s": row.unix_s, "number": row.number}
    return told | {"event": event, "particulars": particulars, "what": row.what, "detail": row.detail}


def _impedance(face: Face, entries: Entries, since_s: int | None, days: int | None) -> None:
    found, other = sweeps(entries.since(since_s))
    face.data["measurements"] = [_sweep_data(each) for each in found]
    face.data["other_entries"] = [_event_data(row) for row in other]
    if not found and not other:
        face.show(words.empty(Log.IMPEDANCE, days))
        return
    rows = [(words.moment(each.at_s), *(_cell(each.to_case(contact)) for contact in _CONTACTS)) for each in found]
    face.show(Sheet("Impedance by the device's own log", ("Time", *map(str, _CONTACTS)), rows, frozenset(range(1, 9))))
    for each in found:
        pairs = [f"{reading.name} {str(how).upper()}" for reading, how in each.odd() if Contact.CASE not in reading.pair]
        if pairs:
            face.show(f"{words.moment(each.at_s)}: pairs not normal: {', '.join(pairs)}")
    if other:
        face.show(Sheet("Other entries", ("Time", "Entry", "Text"), [(words.moment(row.unix_s), *words.event(row)) for row in other]))
    face.show(words.IMPEDANCE_MEANS)
    _tell_clock(face, (), entries.rows)


def _cell(reading: ImpedanceReading | None) -> str | tuple[str, Tone]:
    if reading is None:
        return "-"
    found = verdict(reading)
    if found in (Verdict.OPEN, Verdict.SHORT, Verdict.UNKNOWN):
        return str(found).upper(), Tone.REFUSED
    text = trend_words.value(reading)
    return text if found is Verdict.NORMAL else (f"{text} {found}", Tone.CAUTION)


def _sweep_data(each: OwnSweep) -> dict[str, Any]:
    readings = [
        {"pair": reading.name, "impedance_ohm": reading.impedance_ohm, "verdict": str(verdict(reading))} for reading in each.readings
    ]
    return {"device_time": words.moment(each.at_s), "unix_s": each.at_s, "readings": readings}
