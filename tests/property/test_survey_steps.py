"""The steps of a survey: going on asks what is asked and nothing else, going back undoes it, whatever was answered."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.surveys.answers.answering import check
from services.surveys.questionnaire.document import Survey
from services.surveys.questionnaire.steps import ALL, after, before, dropped, next_open, step_of, steps
from tests.surveying import survey

CHOICES = ["a", "b", "c"]


@st.composite
def surveys(draw: st.DrawFn) -> Survey:
    """Questions of one kind, each perhaps asked only because of an earlier one's answer."""
    questions: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 8))):
        question: dict[str, Any] = {"id": f"q{number}", "type": "single", "text": f"{number}?", "options": CHOICES}
        if number and draw(st.booleans()):
            about = f"q{draw(st.integers(0, number - 1))}"
            tests = [{"equals": draw(st.sampled_from(CHOICES))}, {"answered": draw(st.booleans())}]
            question["when"] = {"question": about, **draw(st.sampled_from(tests))}
        questions.append(question)
    return survey(questions=questions, layout=draw(st.sampled_from(["question_by_question", "one_page"])))


ANSWERS = st.dictionaries(st.sampled_from([f"q{number}" for number in range(8)]), st.sampled_from(CHOICES))


@given(surveys(), ANSWERS)
def test_going_on_from_the_first_step_asks_everything_that_is_asked_and_nothing_else(
    document: Survey, said: dict[str, str]
) -> None:
    answers = check(document, said, finished=False).answers
    walked = [steps(document, answers)[0]]
    while further := after(document, answers, walked[-1].key):
        assert before(document, answers, further.key) == walked[-1]
        walked.append(further)
    assert tuple(walked) == steps(document, answers)
    assert [question for step in walked for question in step.questions] == list(document.asked(answers))
    assert all(step_of(document, answers, step.key) == step for step in walked)
    assert before(document, answers, walked[0].key) is None


@given(surveys(), ANSWERS)
def test_what_is_sent_and_what_is_dropped_is_everything_that_was_answered(
    document: Survey, said: dict[str, str]
) -> None:
    answers = check(document, said, finished=False).answers
    sent = check(document, answers, finished=True).answers
    left_out = {question.id for question in dropped(document, answers)}
    assert sent.keys() | left_out == answers.keys()
    assert sent.keys().isdisjoint(left_out)


@given(surveys(), ANSWERS)
def test_who_comes_back_goes_on_where_nothing_is_answered_yet(document: Survey, said: dict[str, str]) -> None:
    answers = check(document, said, finished=False).answers
    found = next_open(document, answers)
    if found is None:
        assert all(any(each.id in answers for each in step.questions) for step in steps(document, answers))
    else:
        assert not any(each.id in answers for each in found.questions)


@given(surveys(), ANSWERS, st.data())
def test_from_a_step_that_is_asked_no_longer_the_way_leads_on_and_back_too(
    document: Survey, said: dict[str, str], data: st.DataObject
) -> None:
    answers = check(document, said, finished=False).answers
    key = data.draw(st.sampled_from([question.id for question in document.questions]))
    asked = [step.key for step in steps(document, answers)]
    order = [question.id for question in document.questions]
    if document.layout == "one_page":
        assert (asked, after(document, answers, key), before(document, answers, key)) == ([ALL], None, None)
        return
    further, back = after(document, answers, key), before(document, answers, key)
    assert (further.key if further else None) == next(
        (each for each in asked if order.index(each) > order.index(key)), None
    )
    assert (back.key if back else None) == next(
        (each for each in reversed(asked) if order.index(each) < order.index(key)), None
    )
