"""Surveys as documents: read, refused with the question and the fix, branching, translations, the shipped examples."""

import json
from typing import Any

import pytest

from services.surveys.answers.answering import check
from services.surveys.answers.view import question_view
from services.surveys.questionnaire.authoring import SurveyInvalid, read_survey
from services.surveys.questionnaire.document import Survey, canonical, sha256
from services.surveys.questionnaire.parsing import Unreadable, parse
from tests.surveying import HELP, READY, WHY, example, plain, survey

TYPES = [
    {"id": "one", "type": "single", "text": "One?", "options": ["A", "B"]},
    {"id": "many", "type": "multiple", "text": "Many?", "options": ["A", "B", "C"], "least": 1, "most": 2},
    {"id": "scale", "type": "scale", "text": "How much?"},
    {"id": "text", "type": "text", "text": "Say?", "longest": 20},
    {"id": "number", "type": "number", "text": "How many?", "most": 10},
    {"id": "day", "type": "date", "text": "When?", "earliest": "2024-05-01", "latest": "2024-05-31"},
    {"id": "yes", "type": "yes_no", "text": "Yes?"},
    {"id": "grid", "type": "matrix", "text": "Each?", "rows": ["X", "Y"], "columns": ["A", "B"], "every_row": True},
]


def of(*questions: dict[str, Any], **changed: Any) -> Survey:
    return survey(questions=list(questions), **changed)


def problems(**changed: Any) -> str:
    with pytest.raises(SurveyInvalid) as caught:
        read_survey(plain(**changed))
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("one", "a", "a"),
        ("many", ["c", "a"], ["a", "c"]),
        ("scale", 5, 5),
        ("scale", "5", 5),
        ("text", "  so it is \r\n", "so it is"),
        ("text", "a\x00b\x1b\v\x85c\ud800", "ab\n\nc"),
        ("number", 7.0, 7),
        ("day", "2024-05-31", "2024-05-31"),
        ("yes", "yes", True),
        ("yes", False, False),
        ("grid", {"x": "a", "y": "b"}, {"x": "a", "y": "b"}),
    ],
)
def test_every_kind_of_question_takes_its_answers(name: str, value: object, kept: object) -> None:
    checked = check(of(*TYPES), {name: value}, finished=False)
    assert checked.problems == ()
    assert checked.answers == {name: kept}


@pytest.mark.parametrize(
    ("name", "value", "fix"),
    [
        ("one", "z", "question 1 “one”: choose one of a, b"),
        ("many", ["a", "b", "c"], "question 2 “many”: choose at most 2"),
        ("many", "a", "question 2 “many”: give a list of the answers that apply"),
        ("scale", 6, "question 3 “scale”: choose a whole number from 1 to 5"),
        ("scale", True, "question 3 “scale”: write a number"),
        ("text", "x" * 21, "question 4 “text”: write at most 20 characters; this has 21"),
        ("number", 10.5, "question 5 “number”: write a whole number"),
        ("number", 11, "question 5 “number”: write a number from 0 to 10"),
        ("number", "1_0", "question 5 “number”: write a number, such as 12"),
        ("number", "٨", "question 5 “number”: write a number, such as 12"),
        ("scale", "٣", "question 3 “scale”: write a number, such as 12"),
        ("number", float("inf"), "question 5 “number”: write a number, such as 12"),
        ("day", "2024-06-01", "question 6 “day”: write a date from 2024-05-01 to 2024-05-31"),
        ("day", "31/05/2024", "question 6 “day”: write a date as 2024-05-17"),
        ("yes", "maybe", "question 7 “yes”: answer yes or no"),
        ("grid", {"x": "a"}, "question 8 “grid”: answer every row; these are missing: Y"),
        ("grid", {"z": "a"}, "question 8 “grid”: there is no such row: the rows are x, y"),
        ("other", 1, "there is no question “other” in this version of the survey"),
    ],
)
def test_every_wrong_answer_is_named_with_its_question_and_the_fix(name: str, value: object, fix: str) -> None:
    [problem] = check(of(*TYPES), {name: value}, finished=True).problems
    assert problem.words == fix


def test_a_required_question_has_to_be_answered_where_it_is_asked_and_only_there() -> None:
    asked = of(READY, {**WHY, "required": True})
    assert [each.question for each in check(asked, {}, finished=True).problems] == ["ready"]
    assert [each.question for each in check(asked, {"ready": "no"}, finished=True).problems] == ["why"]
    assert check(asked, {"ready": "yes"}, finished=True).problems == ()
    assert check(asked, {}, finished=False).problems == ()
    assert check(asked, {}, finished=True, entered=True).problems == ()


def test_hidden_answers_are_dropped_and_what_depends_on_them_is_hidden_too() -> None:
    third = {**HELP, "when": {"question": "why", "answered": True}}
    asked = of(READY, WHY, third)
    given = {"ready": "yes", "why": "an old thought", "help": ["visits"]}
    assert check(asked, given, finished=True).answers == {"ready": "yes"}
    assert check(asked, {**given, "ready": "no"}, finished=True).answers == {**given, "ready": "no"}
    assert check(asked, given, finished=False).answers == given


@pytest.mark.parametrize(
    ("when", "answers", "asked"),
    [
        ({"question": "scale", "more_than": 3}, {"scale": 4}, True),
        ({"question": "scale", "more_than": "3"}, {"scale": 3}, False),
        ({"question": "scale", "less_than": 3}, {}, False),
        ({"question": "many", "includes": "b"}, {"many": ["a", "b"]}, True),
        ({"question": "yes", "equals": "yes"}, {"yes": True}, True),
        ({"question": "yes", "equals": "no"}, {"yes": True}, False),
        ({"not": {"question": "yes", "answered": True}}, {}, True),
        ({"question": "day", "more_than": "2024-05-09"}, {"day": "2024-05-10"}, True),
        ({"all": [{"question": "yes", "equals": True}, {"question": "scale", "one_of": [1, 2]}]}, {"yes": True}, False),
        ({"any": [{"question": "yes", "equals": True}, {"question": "scale", "one_of": [1, 2]}]}, {"scale": 2}, True),
    ],
)
def test_branching(when: dict[str, Any], answers: dict[str, Any], asked: bool) -> None:
    document = of(*TYPES, {"id": "last", "type": "text", "text": "Last?", "when": when})
    assert ("last" in [each.id for each in document.asked(answers)]) is asked


@pytest.mark.parametrize(
    ("questions", "told"),
    [
        ([READY, {**HELP, "options": ["A"]}], "question 2 “help”: options: "),
        ([READY, READY], "question 2 “ready”: another question has this id"),
        ([{**READY, "when": {"question": "help", "answered": True}}, HELP], "“help” comes later"),
        ([{**READY, "when": {"question": "ready", "equals": "yes"}}], "cannot depend on its own answer"),
        ([READY, {**HELP, "when": {"question": "redy", "equals": "yes"}}], "there is no question “redy”"),
        ([READY, {**HELP, "when": {"question": "ready", "equals": "perhaps"}}], "this is no answer to “ready”"),
        ([READY, {**HELP, "when": {"question": "ready", "more_than": 1}}], "“ready” is no number, scale or date"),
        ([HELP, {**READY, "when": {"question": "help", "equals": "visits"}}], "use includes"),
        ([HELP, {**READY, "when": {"question": "help", "includes": "cake"}}], "this is no answer to “help”"),
        ([READY, {**HELP, "when": {"question": "ready"}}], "a condition on a question has exactly one of"),
        ([{**READY, "options": ["Yes", "Yes", "No"]}], "question 1 “ready”: options: “yes” is there twice"),
        ([{**READY, "type": "slider"}], "question 1 “ready”: its type is one of single, multiple"),
        ([{**READY, "requird": True}], "question 1 “ready”: requird: there is no such field"),
        ([{"id": "Ready?", "type": "text", "text": "x"}], "question 1 “Ready?”: id"),
        ([{**READY, "scope": "national"}], "only a consultation can have questions of national scope"),
        ([], "questions"),
    ],
)
def test_a_wrong_document_names_the_question_and_the_fix(questions: list[dict[str, Any]], told: str) -> None:
    assert told in problems(questions=questions)


def test_a_title_is_no_longer_than_what_is_said_of_it() -> None:
    assert "title: " in problems(title="x" * 201)
    assert "contact.name: " in problems(contact={"name": "x" * 201, "email": "a@example.org"})


def test_every_problem_is_told_at_once() -> None:
    told = problems(mode="secret", contact={"name": "Team"}, questions=[{**READY, "type": "slider"}]).split("\n")
    assert len(told) == 3


@pytest.mark.parametrize(
    "reminders", [{"days_before": [9, 7, 5], "last_call": 1}, {"days_before": [1], "last_call": 2}]
)
def test_more_than_three_reminders_or_a_last_call_that_is_not_last_are_refused(reminders: dict[str, Any]) -> None:
    assert "reminders" in problems(reminders=reminders)


def test_yaml_guesses_nothing() -> None:
    text = "title: No\nanswers: [yes, no, 11:30, 007, 2024-05-17]\nnothing:\n"
    assert parse(text, "a.yaml") == {
        "title": "No",
        "answers": ["yes", "no", "11:30", "007", "2024-05-17"],
        "nothing": None,
    }


@pytest.mark.parametrize(
    ("text", "name", "told"),
    [
        ("a: 1\nb: 2\na: 3\n", "a.yaml", "line 1: “a” stands here twice"),
        ("a: &x [1]\nb: *x\n", "a.yaml", "references (*) are not read"),
        ("title: Yes: or no\n", "a.yaml", "line 1: this is not YAML: put a text that holds a colon into quotes"),
        ("a: [1\n", "a.yaml", "this is not YAML"),
        ("- 1\n", "a.yaml", "a survey begins with its fields"),
        ('{"a": 1,\n"a": 2}', "a.json", "“a” stands twice"),
        ('{"a": 1,\n}', "a.json", "line 2: this is not JSON"),
        ("a: " + "[" * 1000, "a.yaml", "nested too deeply"),
        ("a: " + "[" * 40 + "]" * 40, "a.yaml", "nested more than 30 deep"),
        ("[" * 50000, "a.json", "nested too deeply"),
        ("x" * 500_001, "a.yaml", "at most 500000"),
        ("a: !!python/object/apply:os.system ['true']\n", "a.yaml", ""),
    ],
)
def test_a_file_that_is_no_survey_says_where_and_why(text: str, name: str, told: str) -> None:
    if not told:  # a tag of Python's is plain data
        assert parse(text, name) == {"a": ["true"]}
        return
    with pytest.raises(Unreadable) as caught:
        parse(text, name)
    assert told in str(caught.value)


def test_json_and_yaml_of_the_same_survey_are_the_same_survey() -> None:
    document = example("schools-survey")
    again = read_survey(parse(json.dumps(canonical(document)), "a.json"))
    assert sha256(again) == sha256(document)
    assert again == document


def test_a_hash_changes_with_every_word() -> None:
    assert sha256(survey()) != sha256(survey(title="How ready are you now?"))


def test_a_text_without_a_translation_says_in_which_language_it_is() -> None:
    question = of({**READY, "texts": {"cy": "Ydych chi'n barod?"}}).questions[0]
    shown = question_view(question, "cy", "en")
    assert shown["text"] == "Ydych chi'n barod?"
    assert "text_language" not in shown
    assert shown["options"][0] == {"id": "yes", "text": "Yes", "text_language": "en"}


@pytest.mark.parametrize("name", ["schools-survey", "code-of-conduct"])
def test_the_shipped_examples_are_surveys(name: str) -> None:
    document = example(name)
    assert read_survey(canonical(document)) == document
