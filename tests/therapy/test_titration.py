"""The titration table, the log and what is derived from it."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnprog.therapy.titration import (
    TRANSITIONS,
    Answer,
    Burst,
    Event,
    State,
    Thresholds,
    Titration,
    TitrationError,
)
from rnprog.therapy.units import Milliamps
from tests.therapy.samples import ma


def given_bursts(*pairs: tuple[str, Answer], start: Titration | None = None) -> Titration:
    titration = start or Titration().begin()
    for amplitude, answer in pairs:
        titration = titration.burst_given(ma(amplitude)).answered(answer)
        if titration.state is State.BACKING_OFF:
            titration = titration.proceed()
    return titration


IN_STATE = {
    State.IDLE: Titration(),
    State.STEPPING: given_bursts(("0.5", Answer.NONE)),
    State.ASKING: given_bursts(("0.5", Answer.NONE)).burst_given(ma("1.0")),
    State.BACKING_OFF: Titration().begin().burst_given(ma("1.0")).answered(Answer.DISCOMFORT),
    State.DONE: given_bursts(("0.5", Answer.NONE)).finished(),
    State.STOPPED: given_bursts(("0.5", Answer.NONE)).stopped(),
}


def act(titration: Titration, event: Event) -> Titration:
    answers = {answer.event: answer for answer in Answer}
    if event in answers:
        return titration.answered(answers[event])
    return {
        Event.BEGIN: titration.begin,
        Event.BURST_GIVEN: lambda: titration.burst_given(ma("0.7")),
        Event.CONTINUE: titration.proceed,
        Event.GAP: titration.gap,
        Event.UNDO: titration.undone,
        Event.FINISH: titration.finished,
        Event.STOP: titration.stopped,
    }[event]()


@pytest.mark.parametrize("event", list(Event))
@pytest.mark.parametrize("state", list(State))
def test_every_event_in_every_state_follows_the_table(state: State, event: Event) -> None:
    before = IN_STATE[state]
    copy = Titration(before.earlier_ceiling_ma, before.state, before.log, before.interrupted)
    assert before.state is state
    following = TRANSITIONS[state].get(event)
    if following is None:
        with pytest.raises(TitrationError) as caught:
            act(before, event)
        assert state.value in caught.value.reason
    else:
        assert act(before, event).state is following
    assert before == copy


def test_stop_and_gap_are_possible_in_every_state() -> None:
    assert all({Event.STOP, Event.GAP} <= set(events) for events in TRANSITIONS.values())


def test_nothing_starts_again_after_the_end() -> None:
    assert set(TRANSITIONS[State.STOPPED].values()) == {State.STOPPED}
    assert set(TRANSITIONS[State.DONE].values()) == {State.DONE}


@pytest.mark.parametrize("amplitude", ["0", "-1", "NaN", "Infinity"])
def test_a_burst_has_an_amplitude(amplitude: str) -> None:
    with pytest.raises(TitrationError, match="above 0 mA"):
        Titration().begin().burst_given(ma(amplitude))


def test_grades() -> None:
    grades = {answer: answer.grade for answer in Answer}
    assert grades == {
        Answer.NONE: 0,
        Answer.FELT: 0,
        Answer.FLICKER: 1,
        Answer.CLEAR: 2,
        Answer.STRONG: 3,
        Answer.DISCOMFORT: None,
        Answer.UNSURE: None,
        Answer.CONTRACTION: 2,
    }
    assert Burst(ma("1.0"), None).grade is None


def test_the_ladder_starts_at_zero_and_after_a_gap_again() -> None:
    fresh = Titration()
    assert (fresh.last_delivered_ma, fresh.highest_tolerated_ma, fresh.ceiling_ma) == (D(0), D(0), None)
    climbed = given_bursts(("0.5", Answer.NONE), ("1.0", Answer.FELT))
    assert (climbed.last_delivered_ma, climbed.highest_tolerated_ma) == (D("1.0"), D("1.0"))
    paused = climbed.gap()
    assert (paused.last_delivered_ma, paused.highest_tolerated_ma) == (D(0), D("1.0"))
    assert given_bursts(("0.5", Answer.NONE), start=paused).last_delivered_ma == D("0.5")


def test_an_unanswered_or_painful_burst_is_not_tolerated() -> None:
    asking = given_bursts(("0.5", Answer.NONE)).burst_given(ma("1.0"))
    assert (asking.last_delivered_ma, asking.highest_tolerated_ma) == (D("1.0"), D("0.5"))
    assert asking.answered(Answer.DISCOMFORT).highest_tolerated_ma == D("0.5")
    assert asking.answered(Answer.UNSURE).highest_tolerated_ma == D("1.0")
    assert asking.ceiling_ma is None


@pytest.mark.parametrize(
    ("painful", "ceiling"),
    [("0.1", "0"), ("0.2", "0.1"), ("0.5", "0.4"), ("1.0", "0.9"), ("2.0", "1.8"), ("2.5", "2.2"), ("0.05", "0"), ("9.9", "8.9")],
)
def test_the_ceiling_after_discomfort(painful: str, ceiling: str) -> None:
    assert given_bursts((painful, Answer.DISCOMFORT)).ceiling_ma == D(ceiling)


def test_the_ceiling_is_the_lowest_ever_and_outlives_the_titration() -> None:
    titration = given_bursts(("2.0", Answer.DISCOMFORT), ("1.5", Answer.DISCOMFORT), ("1.0", Answer.CLEAR))
    assert titration.ceiling_ma == D("1.3")
    assert Titration(titration.ceiling_ma).ceiling_ma == D("1.3")
    again = given_bursts(("1.0", Answer.DISCOMFORT), start=Titration(ma("1.3")).begin())
    assert again.ceiling_ma == D("0.9")


def test_a_burst_cut_off_by_stop_counts_as_discomfort() -> None:
    cut_off = given_bursts(("0.5", Answer.NONE)).burst_given(ma("1.0")).stopped()
    assert cut_off.ceiling_ma == D("0.9")
    assert cut_off.thresholds().discomfort_ma is None
    assert given_bursts(("0.5", Answer.NONE)).stopped().ceiling_ma is None


def test_the_last_answer_can_be_corrected() -> None:
    titration = given_bursts(("0.5", Answer.NONE), ("1.0", Answer.CLEAR))
    corrected = titration.undone()
    assert corrected.state is State.ASKING
    assert corrected.answered(Answer.FELT) == given_bursts(("0.5", Answer.NONE), ("1.0", Answer.FELT))


def test_discomfort_cannot_be_taken_back() -> None:
    titration = given_bursts(("1.0", Answer.DISCOMFORT))
    assert titration.state is State.STEPPING
    with pytest.raises(TitrationError, match="discomfort always stays"):
        titration.undone()
    with pytest.raises(TitrationError, match="no answer that can be taken back"):
        Titration().begin().undone()


@pytest.mark.parametrize(
    ("answers", "confirmed"),
    [
        ("c", False),
        ("cc", True),
        ("cnc", True),
        ("ncc", True),
        ("cnn", False),
        ("ccnn", False),
        ("ccn", True),
        ("nnncc", True),
        ("ff", False),
        ("cus", True),
        ("cd", False),
    ],
)
def test_two_of_the_last_three_confirm(answers: str, confirmed: bool) -> None:
    names = {
        "c": Answer.CLEAR,
        "s": Answer.STRONG,
        "n": Answer.NONE,
        "f": Answer.FLICKER,
        "u": Answer.UNSURE,
        "d": Answer.DISCOMFORT,
    }
    titration = given_bursts(*(("1.0", names[letter]) for letter in answers))
    assert titration.confirmed(D("1.0")) is confirmed
    assert not titration.confirmed(D("1.1"))


def test_thresholds() -> None:
    assert Titration().thresholds() == Thresholds(None, None, None)
    titration = given_bursts(
        ("0.5", Answer.NONE),
        ("1.0", Answer.FLICKER),
        ("0.9", Answer.FELT),
        ("1.3", Answer.CLEAR),
        ("1.2", Answer.CLEAR),
        ("1.2", Answer.STRONG),
        ("1.5", Answer.UNSURE),
        ("2.0", Answer.DISCOMFORT),
    )
    assert titration.thresholds() == Thresholds(ma("0.9"), ma("1.2"), ma("2.0"))


amplitudes = st.integers(1, 100).map(lambda tenths: Milliamps(D(tenths) / 10))


@given(st.lists(st.tuples(st.sampled_from(list(Event)), amplitudes, st.sampled_from(list(Answer)))))
def test_no_course_of_events_lifts_a_ceiling_or_leaves_the_table(course: list[tuple[Event, Milliamps, Answer]]) -> None:
    titration = Titration().begin()
    for event, amplitude_ma, answer in course:
        before = titration
        try:
            if event is Event.BURST_GIVEN:
                titration = titration.burst_given(amplitude_ma)
            elif titration.state is State.ASKING and event.value.startswith("answer"):
                titration = titration.answered(answer)
            else:
                titration = act(titration, event)
        except TitrationError as error:
            assert error.reason
            assert titration is before
        if before.ceiling_ma is not None:
            assert titration.ceiling_ma is not None
            assert titration.ceiling_ma <= before.ceiling_ma
        assert titration.ceiling_ma is None or titration.ceiling_ma >= 0
        assert titration.last_delivered_ma in {0, *(burst.amplitude_ma for burst in titration.log)}
        assert len(titration.log) - len(before.log) in (0, 1)


ELSEWHERE = "What is felt or contracts in the wrong place does not count as a contraction of the multifidus."


@pytest.mark.parametrize("answer", list(Answer))
def test_what_happens_elsewhere_is_felt_or_hurts_and_is_never_a_contraction(answer: Answer) -> None:
    asking = Titration().begin().burst_given(ma("1.0"))
    if answer in (Answer.FELT, Answer.DISCOMFORT):
        (burst,) = asking.answered(answer, elsewhere=True).log
        assert (burst.answer, burst.elsewhere) == (answer, True)
    else:
        with pytest.raises(TitrationError) as refused:
            asking.answered(answer, elsewhere=True)
        assert refused.value.reason == ELSEWHERE
    (here,) = asking.answered(answer).log
    assert (here.answer, here.elsewhere) == (answer, False)


def test_the_lowest_amplitude_felt_elsewhere() -> None:
    titration = Titration().begin()
    assert titration.elsewhere_ma is None
    for amplitude, elsewhere in (("0.5", False), ("1.0", True), ("0.8", True), ("0.6", False)):
        titration = titration.burst_given(ma(amplitude)).answered(Answer.FELT, elsewhere=elsewhere)
    assert titration.elsewhere_ma == D("0.8")


def test_taking_back_an_answer_takes_back_all_of_it_and_nothing_else() -> None:
    before = given_bursts(("0.5", Answer.NONE)).burst_given(ma("1.0"))
    undone = before.answered(Answer.FELT, elsewhere=True).undone()
    assert undone == before
    assert [(burst.amplitude_ma, burst.answer, burst.elsewhere) for burst in undone.log] == [
        (D("0.5"), Answer.NONE, False),
        (D("1.0"), None, False),
    ]
    assert all(burst.elsewhere is False for burst in undone.log)


def test_a_burst_ends_an_interruption() -> None:
    interrupted = given_bursts(("0.5", Answer.NONE)).gap()
    assert interrupted.interrupted is True
    assert interrupted.burst_given(ma("0.1")).interrupted is False


def test_refusals_are_whole_sentences() -> None:
    for step, sentence in (
        (lambda: Titration().begin().burst_given(ma("0")), "A burst needs an amplitude above 0 mA."),
        (lambda: Titration().begin().undone(), "There is no answer that can be taken back. A report of discomfort always stays."),
        (lambda: Titration().undone(), "This is not possible now: the titration is idle, not ready for 'undo'."),
    ):
        with pytest.raises(TitrationError) as refused:
            step()
        assert refused.value.reason == str(refused.value) == sentence


def test_a_flicker_is_sensed_but_is_no_motor_threshold() -> None:
    shown = given_bursts(("0.4", Answer.NONE), ("0.5", Answer.FLICKER), ("0.5", Answer.FLICKER), ("1.0", Answer.CLEAR)).thresholds()
    assert (shown.perception_ma, shown.motor_ma) == (D("0.5"), None)


def test_the_ceiling_lies_a_tenth_below_even_an_amplitude_between_the_steps() -> None:
    """0.58 mA: 0.9 of it would still allow 0.5 mA, but 0.1 mA below it allows 0.4 mA only."""
    assert given_bursts(("0.58", Answer.DISCOMFORT)).ceiling_ma == D("0.4")


RATED_TWICE = "Only a burst that was too strong can be rated twice, and the second time by its contraction."


@pytest.mark.parametrize("contraction", [Answer.NONE, Answer.FELT, Answer.FLICKER, Answer.CLEAR, Answer.STRONG])
def test_a_burst_that_was_too_strong_may_be_rated_by_its_contraction_too(contraction: Answer) -> None:
    asking = Titration().begin().burst_given(ma("1.0"))
    rated = asking.answered(Answer.DISCOMFORT, contraction=contraction)
    assert (rated.log[0].answer, rated.log[0].contraction, rated.log[0].elsewhere) == (Answer.DISCOMFORT, contraction, False)
    assert rated.state is State.BACKING_OFF and rated.ceiling_ma == D("0.9")
    assert asking.answered(Answer.DISCOMFORT).log[0].contraction is None
    assert asking.answered(Answer.DISCOMFORT).rated_besides(contraction) == rated, "afterwards, too"


@pytest.mark.parametrize("contraction", [Answer.DISCOMFORT, Answer.UNSURE])
def test_only_a_contraction_is_said_afterwards_of_a_burst_that_was_too_strong(contraction: Answer) -> None:
    begun = Titration().begin()
    asking = begun.burst_given(ma("1.0"))
    wrong = [begun, asking, asking.answered(Answer.FELT), asking.answered(Answer.DISCOMFORT, elsewhere=True)]
    for titration, rating in [*((each, Answer.CLEAR) for each in wrong), (asking.answered(Answer.DISCOMFORT), contraction)]:
        with pytest.raises(TitrationError) as refused:
            titration.rated_besides(rating)
        assert refused.value.reason == RATED_TWICE


@pytest.mark.parametrize(
    ("answer", "elsewhere", "contraction"),
    [
        *((answer, False, Answer.CLEAR) for answer in Answer if answer is not Answer.DISCOMFORT),
        (Answer.FELT, True, Answer.CLEAR),
        (Answer.DISCOMFORT, True, Answer.CLEAR),
        (Answer.DISCOMFORT, False, Answer.DISCOMFORT),
        (Answer.DISCOMFORT, False, Answer.UNSURE),
    ],
)
def test_nothing_else_is_rated_twice(answer: Answer, elsewhere: bool, contraction: Answer) -> None:
    asking = Titration().begin().burst_given(ma("1.0"))
    with pytest.raises(TitrationError) as refused:
        asking.answered(answer, elsewhere=elsewhere, contraction=contraction)
    assert refused.value.reason == RATED_TWICE
    assert asking.state is State.ASKING and asking.log[0].answer is None


def test_the_words_that_stand_in_records_do_not_change() -> None:
    """Earlier records are read by these words."""
    assert [answer.value for answer in Answer] == ["none", "felt", "flicker", "clear", "strong", "discomfort", "unsure", "contraction"]
    assert [state.value for state in State] == ["idle", "stepping", "asking", "backing off", "done", "stopped"]
    assert [event.value for event in Event] == [
        *("begin", "burst given", "answer: nothing", "answer: felt", "answer: contraction", "answer: discomfort", "answer: unsure"),
        *("continue below the ceiling", "gap", "undo", "finish", "stop"),
    ]


TABLE = """
              begin  given  nothing felt   contr. unsure disc.  continue gap    undo   finish stop
idle          step   -      -       -      -      -      -      -        idle   -      -      stop
stepping      -      ask    -       -      -      -      -      -        step   ask    done   stop
asking        -      -      step    step   step   step   back   -        ask    -      -      stop
backing-off   -      -      -       -      -      -      -      step     back   -      done   stop
done          -      -      -       -      -      -      -      -        done   -      -      done
stopped       -      -      -       -      -      -      -      -        stop   -      -      stop
"""
"""The state table as it is meant, written a second time."""


def test_the_table_is_the_one_that_is_meant() -> None:
    columns = (
        *(Event.BEGIN, Event.BURST_GIVEN, Event.ANSWER_NOTHING, Event.ANSWER_FELT, Event.ANSWER_CONTRACTION, Event.ANSWER_UNSURE),
        *(Event.ANSWER_DISCOMFORT, Event.CONTINUE, Event.GAP, Event.UNDO, Event.FINISH, Event.STOP),
    )
    short = dict(zip(("idle", "step", "ask", "back", "done", "stop"), State, strict=True))
    assert set(columns) == set(Event)
    for row in TABLE.strip().splitlines()[1:]:
        name, *cells = row.split()
        state = State(name.replace("-", " "))
        assert {event: short[cell] for event, cell in zip(columns, cells, strict=True) if cell != "-"} == TRANSITIONS[state], name
    assert len(TRANSITIONS) == len(State)


def test_what_each_answer_means() -> None:
    assert {answer: (answer.grade, answer.event) for answer in Answer} == {
        Answer.NONE: (0, Event.ANSWER_NOTHING),
        Answer.FELT: (0, Event.ANSWER_FELT),
        Answer.FLICKER: (1, Event.ANSWER_CONTRACTION),
        Answer.CLEAR: (2, Event.ANSWER_CONTRACTION),
        Answer.STRONG: (3, Event.ANSWER_CONTRACTION),
        Answer.DISCOMFORT: (None, Event.ANSWER_DISCOMFORT),
        Answer.UNSURE: (None, Event.ANSWER_UNSURE),
        Answer.CONTRACTION: (2, Event.ANSWER_CONTRACTION),
    }


def test_a_new_titration_was_never_interrupted() -> None:
    assert Titration().interrupted is False
