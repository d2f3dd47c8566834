"""A form and the answers that it stands for: what is kept comes back from its own form, and any form gets an answer."""

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.surveys.answers.answering import check
from services.surveys.web.fields import first_field, name, read, shown
from shared.web.forms import Form
from tests.component.test_survey_pages import EVERY_KIND
from tests.surveying import HELP, survey

DOCUMENT = survey(questions=[*EVERY_KIND, HELP])
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=210)
KEPT: dict[str, st.SearchStrategy[Any]] = {
    "ready": st.sampled_from(["yes", "nearly", "no"]),
    "like": st.integers(1, 5),
    "said": TEXT,
    "pupils": st.integers(0, 3000),
    "day": st.dates(date(1, 1, 1), date(2024, 5, 17)).map(date.isoformat),
    "agrees": st.booleans(),
    "grid": st.dictionaries(st.sampled_from(["letters", "visits"]), st.sampled_from(["never", "often"])),
    "help": st.lists(st.sampled_from(["webinars", "visits", "papers"]), unique=True),
}


def sent(question: Any, value: Any) -> dict[str, list[str]]:
    """What a browser sends for a question in whose fields a value stands."""
    if isinstance(value, dict):
        return {f"{name(question)}-{part}": [each] for part, each in value.items()}
    return {name(question): value if isinstance(value, list) else [value]}


@given(st.fixed_dictionaries({}, optional=KEPT))
def test_what_is_kept_comes_back_from_its_own_form(said: dict[str, Any]) -> None:
    kept = check(DOCUMENT, said, finished=False).answers
    fields: dict[str, list[str]] = {}
    for question in DOCUMENT.questions:
        fields |= sent(question, shown(question, kept.get(question.id)))
    typed = read(DOCUMENT.questions, Form(fields))
    assert typed.answers == kept
    assert typed.errors == {}
    assert set(typed.missing) == ({"q-ready"} if "ready" not in kept else set())


FIELDS = [
    *(name(each) for each in DOCUMENT.questions),
    "q-day-day", "q-day-month", "q-day-year", "q-grid-letters", "q-grid-visits",
]  # fmt: skip


@given(
    st.dictionaries(st.sampled_from(FIELDS), st.lists(TEXT | st.sampled_from(["yes", "31", "2", "never"]), min_size=1))
)
def test_whatever_a_form_holds_each_question_is_read_or_told_how_to_mend_it(fields: dict[str, list[str]]) -> None:
    typed = read(DOCUMENT.questions, Form(fields))
    again = check(DOCUMENT, typed.answers, finished=False)
    assert (again.answers, again.problems) == (typed.answers, ()), "what is read is an answer"
    named = {first_field(each) for each in DOCUMENT.questions}
    assert typed.errors.keys() | typed.missing.keys() <= named
    for question in DOCUMENT.questions:
        if typed.raw[question.id] and question.id not in typed.answers:
            whole = str(typed.raw[question.id]).strip()
            assert first_field(question) in typed.errors or question.type == "text", whole
