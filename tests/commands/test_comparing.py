"""The table of compared electrode pairs."""

from rnprog.commands.comparing import ranked_data, tell_compared
from rnprog.session.compare import Compared
from rnprog.therapy.threshold import Outcome, rank
from tests.commands.test_telling import BY_LEVELS
from tests.therapy.threshold.test_pairs import HIGHER, LOWER, outdone_by_another


class Shown:
    """A face that keeps what it is given."""

    def __init__(self) -> None:
        self.data: dict[str, object] = {}
        self.sheets: list[object] = []

    def show(self, *parts: object) -> None:
        self.sheets.extend(parts)


def test_a_pair_that_ended_early_has_a_higher_threshold_and_no_number() -> None:
    ranking = rank([outdone_by_another(HIGHER), LOWER])
    face = Shown()
    tell_compared(face, Compared(ranking, cut_short=BY_LEVELS))  # type: ignore[arg-type]
    first, second = face.sheets[0].rows  # type: ignore[attr-defined]
    assert first[0] == "-L1+L2" and first[2] != "higher"
    assert second[:4] == ["-L2+L3", "-", "higher", "-"]
    assert ranked_data(ranking[1])["outcome"] == str(Outcome.WORSE)
