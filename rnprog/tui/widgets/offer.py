"""Why this burst, what is known, what is asked: the words beside the amplitude. From the offer as the session made it; nothing is added."""

from __future__ import annotations

from dataclasses import replace

from textual.content import Content
from textual.widget import Widget

from rnprog.session.wording import tui_titration as say
from rnprog.session.wording.assisted import so_far
from rnprog.tui.titrating import Step, Titrating
from rnprog.tui.view_device import shown
from rnprog.tui.view_model import said
from rnprog.tui.widgets.text import Text


def told_offer(now: Titrating) -> Content:
    """In the order in which it is read."""
    if now.step is Step.ASKED and now.besides:
        return Content.assemble((say.TOO_STRONG, "bold $refused"), say.TOO_STRONG_NOTED)
    offer = now.offer
    lines: list[Content] = []
    if now.step is Step.GIVING:
        lines.append(Content(say.FEEL_NOW))
    elif now.step is Step.ASKED:
        both = now.delivered is not None and now.delivered.both is not None
        lines.append(Content(say.WHAT_DID_THE_WEAKER_DO if both else say.WHAT_DID_IT_DO))
    if now.refused is not None and now.step is Step.OFFERED:
        lines += [Content.assemble((f"{say.NOT_GIVEN}  ", "bold $refused"), said(reason.text)) for reason in now.refused.reasons]
    if offer is not None and now.step is Step.OFFERED:
        if offer.agree is not None:
            lines.append(
                Content.assemble(
                    (say.TOO_STRONG_REPORTED, "bold $refused"),
                    say.stays_below(shown(offer.agree.ceiling_ma)),
                    say.END_ADVISED if offer.agree.suggest_end else "",
                )
            )
        if offer.proposal is not None:
            lines.append(Content(said(offer.proposal.reason)))
        elif offer.agree is None:
            lines.append(Content(say.you_choose(shown(offer.highest_allowed_ma))))
        lines += [Content(said(remark)) for remark in offer.remarks]
        if offer.both is not None:
            lines.append(Content.styled(say.both(shown(offer.both.left_ma), shown(offer.both.right_ma)), "bold"))
        if offer.estimate is not None:
            lines.append(Content.styled(so_far(offer.estimate), "$quiet"))
    return Content("\n").join(lines)


def states() -> list[tuple[str, Widget]]:
    """All of them."""
    from rnprog.therapy.contacts import Side
    from rnprog.tui import samples

    offered, giving, asked = (each().titrating[Side.LEFT] for each in (samples.offered, samples.giving, samples.asked))
    return [
        ("offered", Text(told_offer(offered))),
        ("flowing", Text(told_offer(giving))),
        ("asked", Text(told_offer(asked))),
        ("too strong", Text(told_offer(replace(asked, besides=True)))),
    ]


if __name__ == "__main__":
    from rnprog.tui.widgets.showcase import show_all

    show_all(states())
