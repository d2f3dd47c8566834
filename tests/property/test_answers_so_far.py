"""Generated surveys with branches, grids and bounds; generated answers, good, half and wrong, hidden and shown.

Two rules, said again here without the service's own code: of answers so far everything good is saved and everything
else is named; a finished answer is taken exactly where what is asked is answered rightly, whatever is hidden.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.surveys.answers.answering import check
from services.surveys.answers.running import Moment
from services.surveys.answers.submitting import take, unchanged
from services.surveys.questionnaire.authoring import read_survey
from services.surveys.questionnaire.document import Survey
from services.surveys.questionnaire.parsing import parse
from shared.contracts.surveys import SaveProgress, SubmitResponse, WithdrawResponse
from shared.decisions.deciding import Refused, Repeated
from tests.sizes import tried
from tests.surveying import OPENS, asked_of, message, plain, somebody

CASES = Path(__file__).parents[1] / "cases" / "public-reports"

KINDS = ("yes_no", "number", "text", "single", "multiple", "matrix", "scale", "date")
MORE: Mapping[str, dict[str, Any]] = {
    "yes_no": {},
    "number": {"least": 0, "most": 9},
    "text": {"longest": 5},
    "single": {"options": ["A", "B"]},
    "multiple": {"options": ["A", "B", "C"], "least": 2, "most": 2},
    "matrix": {"rows": ["R", "S"], "columns": ["A", "B"], "every_row": True},
    "scale": {"least": 1, "most": 5},
    "date": {"earliest": "2024-05-01"},
}
TESTS: Mapping[str, tuple[dict[str, Any], ...]] = {
    "yes_no": ({"equals": True}, {"answered": False}),
    "number": ({"more_than": 4}, {"answered": True}),
    "single": ({"equals": "a"}, {"one_of": ["b"]}),
    "multiple": ({"includes": "b"},),
    "scale": ({"less_than": 3},),
    "text": ({"answered": True},),
    "matrix": ({"answered": True},),
    "date": ({"answered": True},),
}
# What somebody gives: how it is kept (None: nothing), what of it is good all the same, whether it is a whole answer.
GIVEN: Mapping[str, tuple[tuple[Any, Any, str], ...]] = {
    "yes_no": ((True, True, "whole"), ("no", False, "whole"), ([], None, "wrong"), ({"a": 1}, None, "wrong")),
    "number": ((7, 7, "whole"), ("3", 3, "whole"), ("1,2", None, "wrong"), (10**400, None, "wrong")),
    "text": (("ab", "ab", "whole"), ("a\x00b", "ab", "whole"), ("abcdef", None, "wrong"), (3, None, "wrong")),
    "single": (("a", "a", "whole"), ("z", None, "wrong"), (["a"], None, "wrong")),
    "multiple": (
        (["b", "a"], ["a", "b"], "whole"),
        (["c"], ["c"], "half"),
        (["a", "z"], ["a"], "wrong"),
        (["a", "b", "c"], None, "wrong"),
        ([{}], None, "wrong"),
        ("a", None, "wrong"),
    ),
    "matrix": (
        ({"r": "a", "s": "b"}, {"r": "a", "s": "b"}, "whole"),
        ({"r": "a"}, {"r": "a"}, "half"),
        ({"r": "a", "s": None}, {"r": "a"}, "half"),
        ({"r": "a", "s": "z"}, {"r": "a"}, "wrong"),
        ({"r": [], "q": "a"}, None, "wrong"),
        ([], None, "wrong"),
    ),
    "scale": ((4, 4, "whole"), (9, None, "wrong"), (2.5, None, "wrong")),
    "date": (("2024-05-17", "2024-05-17", "whole"), ("17/5/24", None, "wrong"), (20240517, None, "wrong")),
}  # fmt: skip
NOTHING = (None, None, "none")


@st.composite
def surveys(draw: st.DrawFn) -> Survey:
    questions: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(KINDS))
        question = {"id": f"q{number}", "type": kind, "text": "Well?", "required": draw(st.booleans()), **MORE[kind]}
        if questions and draw(st.booleans()):
            about = draw(st.sampled_from(questions))
            test = {"question": about["id"], **draw(st.sampled_from(TESTS[about["type"]]))}
            question["when"] = {"not": test} if draw(st.booleans()) else test
        questions.append(question)
    return read_survey(plain(questions=questions))


@st.composite
def answered(draw: st.DrawFn) -> tuple[Survey, dict[str, tuple[Any, Any, str]]]:
    survey = draw(surveys())
    return survey, {each.id: draw(st.sampled_from((*GIVEN[each.type], NOTHING))) for each in survey.questions}


def holds(condition: Any, kept: Mapping[str, Any]) -> bool:
    """The oracle's own reading of a condition."""
    said = condition.model_dump(by_alias=True, exclude_unset=True)
    if "not" in said:
        return not holds(condition.not_, kept)
    value = kept.get(said["question"])
    if "answered" in said:
        return (value is not None) == said["answered"]
    if value is None:
        return False
    return bool(
        ("equals" in said and value == said["equals"])
        or ("one_of" in said and value in said["one_of"])
        or ("includes" in said and said["includes"] in value)
        or ("more_than" in said and value > said["more_than"])
        or ("less_than" in said and value < said["less_than"])
    )


@given(answered())
@settings(deadline=None)
def test_of_answers_so_far_all_that_is_good_is_saved_and_all_else_is_named(
    found: tuple[Survey, dict[str, tuple[Any, Any, str]]],
) -> None:
    survey, given_ = found
    checked = check(survey, {name: each[0] for name, each in given_.items()}, finished=False)
    assert checked.answers == {name: good for name, (_, good, _) in given_.items() if good is not None}
    assert [each.question for each in checked.problems] == [n for n, (*_, how) in given_.items() if how == "wrong"]


@given(answered())
@tried(150, gate=300)
def test_a_finished_answer_is_held_against_what_is_asked_and_nothing_else(
    found: tuple[Survey, dict[str, tuple[Any, Any, str]]],
) -> None:
    survey, given_ = found
    kept: dict[str, Any] = {}
    wrong = []
    for question in survey.questions:
        _, good, how = given_[question.id]
        if question.when is not None and not holds(question.when, kept):
            continue
        if how in ("wrong", "half") or (how == "none" and question.required):
            wrong.append(question.id)
        if good is not None:
            kept[question.id] = good
    checked = check(survey, {name: each[0] for name, each in given_.items()}, finished=True)
    assert [each.question for each in checked.problems] == wrong
    if not wrong:
        assert checked.answers == kept
        assert check(survey, kept, finished=True).answers == kept, "what is kept is taken again as it stands"


VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists)


@given(VALUES, st.sampled_from(KINDS))
@settings(deadline=None)
def test_no_value_whatever_is_more_than_a_problem(value: Any, kind: str) -> None:
    survey = read_survey(plain(questions=[{"id": "q", "type": kind, "text": "Well?", **MORE[kind]}]))
    for finished in (True, False):
        for given_ in (value, [value], {"r": value}, {str(value): value}):
            checked = check(survey, {"q": given_}, finished=finished)
            assert {each.question for each in checked.problems} <= {"q"}


@pytest.mark.parametrize("number", range(4))
def test_a_survey_with_branches_takes_what_people_really_send(number: int) -> None:
    text = (CASES / "survey-branches.yaml").read_text("utf-8")
    asked = asked_of(read_survey(parse(text, "survey-branches.yaml")))
    case = json.loads((CASES / "survey-branches.json").read_text("utf-8"))[number]
    now = asked.running.window.opens_at + timedelta(hours=10)
    facts = {"invitation": somebody().id, "answers": case["answers"]}
    if case["do"] == "POST":
        done = take(somebody(), message(SubmitResponse, now, submission=uuid4(), **facts), asked, Moment(now, uuid4()))
        assert done.invitation.answer is not None
        assert done.invitation.answer["answers"] == {"q1": False, "other": "x"}
    else:
        done = take(somebody(), message(SaveProgress, now, **facts), asked, Moment(now, uuid4()))
        named = [each.question for each in done.problems]
        assert named == (["q2"] if "q2" in case["answers"] else [])
        good = {name: each for name, each in case["answers"].items() if name not in named}
        assert done.invitation.progress is not None
        assert done.invitation.progress["answers"] == good


WHAT = st.sampled_from(("save", "submit", "withdraw", "withdraw to change"))
WHATS = st.lists(st.tuples(WHAT, st.sampled_from(("yes", "no", "?"))), min_size=1, max_size=7)


@given(WHATS, st.data())
@settings(deadline=None)
def test_what_has_had_its_say_changes_nothing_whenever_it_is_delivered_again(
    whats: list[tuple[str, str]], data: st.DataObject
) -> None:
    """Life as it was without any redelivery, and with every message delivered again at any later points: the same."""
    asked, now = asked_of(), OPENS
    commands: list[Any] = []
    for minute, (what, word) in enumerate(whats):
        facts: dict[str, Any] = {"invitation": somebody().id}
        if what.startswith("withdraw"):
            facts["to_change"] = what != "withdraw"
            commands.append(message(WithdrawResponse, now + timedelta(minutes=minute), **facts))
        elif what == "save":
            commands.append(message(SaveProgress, now + timedelta(minutes=minute), answers={"ready": word}, **facts))
        else:
            facts |= {"submission": uuid4(), "answers": {"ready": word}}
            commands.append(message(SubmitResponse, now + timedelta(minutes=minute), **facts))

    def lives(order: list[int]) -> Any:
        invitation = somebody()
        for minute, place in enumerate(order):
            at = Moment(now + timedelta(minutes=60 + minute), commands[place].id)
            try:
                invitation = take(invitation, commands[place], asked, at).invitation
            except Refused as refused:
                invitation = unchanged(invitation, commands[place], refused, asked.running, at).invitation
            except Repeated:
                pass
        progress = {name: each for name, each in (invitation.progress or {}).items() if name in ("answers", "edition")}
        return invitation.state, invitation.answer, invitation.submission, progress

    once = list(range(len(commands)))
    order = list(once)
    for place in data.draw(st.lists(st.sampled_from(once), max_size=8)):
        first = order.index(place)
        order.insert(data.draw(st.integers(first + 1, len(order))), place)
    assert lives(order) == lives(once)


@given(st.permutations(range(5)), st.lists(st.sampled_from(("yes", "no", "?")), min_size=5, max_size=5))
@settings(deadline=None)
def test_saves_that_arrive_in_any_order_end_as_the_one_that_was_sent_last(order: list[int], words: list[str]) -> None:
    asked, invitation = asked_of(), somebody()
    sent = [
        message(SaveProgress, OPENS + timedelta(minutes=n), invitation=invitation.id, answers={"ready": word})
        for n, word in enumerate(words)
    ]
    for place in order:
        with suppress(Repeated):
            invitation = take(
                invitation, sent[place], asked, Moment(OPENS + timedelta(hours=1), sent[place].id)
            ).invitation
    good = {} if words[-1] == "?" else {"ready": words[-1]}
    assert invitation.progress is not None
    assert invitation.progress["answers"] == good
