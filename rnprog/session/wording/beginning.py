"""Words for what a session finds when it begins: one that was never closed, a wrong clock, an appointment to go on with."""

from __future__ import annotations

from decimal import Decimal

from rnprog.session.wording import Words

_STAYS = "cannot be relied on; it stays as it is."


def never_closed(each: dict[str, object], *, this_device: bool, output: str) -> Words:
    """A session whose program died. `each`: `Unclosed.as_dict`, printable already. `output`: of the connected device, just read."""
    whole, damaged = int(str(each["lines"])), bool(each["damaged_lines"])
    torn = f" {each['torn_bytes']} bytes of a line after it were never finished; they are set aside." if each["torn_bytes"] else ""
    certain = (
        f"The device was read just now: its output is {output.upper()}."
        if this_device
        else f"It was with another device, {each['serial'] or 'unknown'}; what that one does now was not read."
    )
    again = " `rnprog session --resume` goes on in a new record." if this_device and each["command"] == "session" and not damaged else ""
    last = f"is '{each['last']}', {_moment(each['last_utc'])}."
    if not damaged:
        safe = f"Its {whole} lines are safe; the last one {last}"
    elif whole:
        safe = f"Its first {whole} lines are safe; the last of these {last} Line {whole + 1} is damaged. What stands from there on {_STAYS}"
    else:
        safe = f"Its first line is damaged. What stands in it {_STAYS}"
    look = f"See what was done with `rnprog record show {each['record']}`."
    if damaged:
        look = f"{look[:-1]}; `rnprog record verify {each['record']}` names each damaged line."
    what = each["command"] or "what it was for cannot be read"
    return Words(
        f"An earlier session was never closed ({what}, begun {_moment(each['opened_utc'])}): its program ended early. {safe}{torn}",
        certain,
        f"{look} Nothing is taken up again by itself.{again}",
    )


def more_never_closed(count: int, with_this_device: int) -> str:
    """The same again, about others: their number, and how many of them were with the connected device."""
    many = f"{count} more sessions were" if count > 1 else "1 more session was"
    return f"{many} never closed either, {with_this_device or 'none'} of them with this device. `rnprog record list` shows which."


def clock_is_wrong(skew_s: Decimal, *, scheduled: bool = True) -> str:
    """The device's clock and this computer's do not agree. `scheduled`: it has sessions that begin by it."""
    way = "ahead of" if skew_s > 0 else "behind"
    whose = "Its daily sessions begin" if scheduled else "The times in its log are"
    return (
        f"The clock of the device is {_span(abs(skew_s))} {way} this computer's. {whose} by its own clock; "
        "the record keeps both times. Check the computer's clock first."
    )


def clock_stepped(line: int, by_s: Decimal) -> str:
    """The computer's clock moved against the time that passed, just before a line of a record (counted as `record show` does)."""
    if by_s > 0:
        what = f"the computer's clock was set ahead by {_span(by_s)}, or the computer slept for so long"
    else:
        what = f"the computer's clock was set back by {_span(-by_s)}"
    return f"Line {line}: {what}. The UTC times before and after it do not belong together; the order of the lines is certain."


def clock_was_wrong(skew_s: Decimal) -> str:
    """As found in a record: the clocks did not agree when the session began."""
    way = "ahead of" if skew_s > 0 else "behind"
    return f"When this session began, the clock of the device was {_span(abs(skew_s))} {way} the computer's."


def _span(seconds: Decimal) -> str:
    whole = int(seconds)
    for size, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if whole >= 2 * size:
            return f"{whole // size} {name}"
    return f"{whole} seconds"


def _moment(utc: object) -> str:
    return f"{str(utc).replace('T', ' ')[:16]} UTC" if utc else "at an unknown time"


NOTHING_TO_RESUME = Words(
    "There is no appointment of this device on record that could be taken up again.",
    "No stimulation was started or changed.",
    "Begin one without --resume.",
)


def is_complete(record: str) -> Words:
    """The last appointment wrote its program."""
    return Words(
        f"The last appointment of this device ({record}) is complete: it has written its program.",
        "No stimulation was started or changed.",
        "Begin a new one without --resume.",
    )


def damaged(record: str) -> Words:
    """The last appointment's record cannot be relied on."""
    return Words(
        f"The record of the last appointment ({record}) is not whole, so nothing of it is used.",
        "No stimulation was started or changed.",
        f"Look at it with `rnprog record verify {record}`, then begin a new appointment without --resume.",
    )


def another_patient(record: str) -> Words:
    """--patient names another one than the record does."""
    return Words(
        f"The last appointment of this device ({record}) was with another patient code than the one given.",
        "No stimulation was started or changed.",
        "Check the patient and the device. Without --patient, the code of that appointment is kept.",
    )


def taken_up(record: str, last_utc: str) -> str:
    """Said before anything else of an appointment that goes on."""
    return (
        f"Goes on from {record}, last seen {_moment(last_utc)}, in a record of its own. Nothing was kept running: "
        "the leads are measured anew, and every side starts from 0 mA."
    )
