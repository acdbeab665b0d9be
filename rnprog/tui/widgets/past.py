"""What a large screen has room for beside the facts: the program in words, thresholds and impedances of earlier visits."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from rnprog.session.archive import History, Titrated
from rnprog.session.wording import tui_past as say
from rnprog.therapy.program import Program
from rnprog.tui.view_device import shown
from rnprog.tui.view_model import clean
from rnprog.tui.widgets.text import Text, columns, row

MOST_VISITS = 6
MOST_TITRATIONS = 8


def program_told(program: Program | None) -> Content:
    """The program in sentences; nothing where there is none."""
    if program is None:
        return Content("")
    return Content("\n").join([Content.styled(say.PROGRAM_TITLE, "bold"), *map(Content, say.program(program))])


def past_told(history: History | None) -> Content:
    """Both tables, newest last."""
    if history is None:
        return Content.styled(say.BEING_READ, "$quiet")
    return Content("\n").join([Content.styled(say.THRESHOLDS_TITLE, "bold"), _thresholds(history), Content(""), _impedances(history)])


def _thresholds(history: History) -> Content:
    newest = sorted(history.titrated, key=lambda each: each.at)[-MOST_TITRATIONS:]
    if not newest:
        return Content.styled(say.NO_THRESHOLDS, "$quiet")
    rows = [row(*(Content.styled(name, "$quiet") for name in say.HEADS)), *(row(*_cells(each)) for each in newest)]
    return columns(rows, right=frozenset((3, 4, 5)))


def _cells(found: Titrated) -> tuple[str, ...]:
    amounts = (shown(found.motor_ma), shown(found.discomfort_ma), shown(found.highest_ma))
    return (f"{found.at:%Y-%m-%d}", clean(found.side), clean(found.electrodes), *amounts)


def _impedances(history: History) -> Content:
    """A row a contact, a column a visit: a trend that can be read."""
    visits = sorted(history.measured, key=lambda each: each.at)[-MOST_VISITS:]
    pairs = [pair for pair in (visits[-1].impedance_ohm if visits else ()) if pair.endswith(say.TO_CASE)]
    if not pairs:
        return Content("")
    rows = [row("", *(Content.styled(f"{each.at:%y-%m-%d}", "$quiet") for each in visits))]
    for pair in pairs:
        cells = [
            Content(str(value)) if (value := each.impedance_ohm.get(pair)) is not None else _odd(each.verdicts.get(pair)) for each in visits
        ]
        rows.append(row(Content.styled(clean(pair).removesuffix(say.TO_CASE), "$quiet"), *cells))
    return Content("\n").join([Content.styled(say.IMPEDANCE_TITLE, "bold"), columns(rows, right=frozenset(range(1, len(visits) + 1)))])


def _odd(verdict: str | None) -> Content:
    return Content("-") if verdict is None else Content.styled(clean(verdict).upper(), "bold $caution")


def states() -> list[tuple[str, Widget]]:
    """Not read yet, nothing, and two visits."""
    from rnprog.tui.samples import past, program

    return [
        ("a program", Text(program_told(program()))),
        ("being read", Text(past_told(None))),
        ("nothing", Text(past_told(History((), (), ())))),
        ("two visits", Text(past_told(past()))),
    ]


if __name__ == "__main__":
    from rnprog.tui.widgets.showcase import show_all

    show_all(states())
