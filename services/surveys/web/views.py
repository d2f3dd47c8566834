"""What the pages of answering show."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from markupsafe import Markup

from services.surveys.answers.view import View as Shown
from services.surveys.answers.view import in_words, question_view
from services.surveys.questionnaire.steps import ALL, Step, before, dropped, next_open, steps
from services.surveys.questionnaire.words import mode_words, promise_words, saving_words
from services.surveys.web.fields import PARTS, again, first_field, name
from services.surveys.web.sitting import Sitting
from shared.web.site import View
from shared.writing.counting import number_of
from shared.writing.paper import Page

LANGUAGES = {"en": "English", "cy": "Cymraeg", "pl": "Polski", "lt": "Lietuvių", "pt": "Português", "ro": "Română"}
"""Languages by what their readers call them; others by their code."""


def start(sitting: Sitting) -> View:
    """What it is about, until when, what happens to an answer, and the way in."""
    survey, window = sitting.asked.survey, sitting.asked.running.window
    promise = promise_words(survey)
    facts: dict[str, Any] = {
        "introduction": survey.introduction,
        "closing": f"The survey {window.closing}. {window.grace_words}",
        "promise": f"It {promise}." if promise else "",
        "mode_words": mode_words(survey),
        "saving_words": saving_words(survey),
        "official": sitting.invitation is not None and sitting.invitation.respondent.official,
        "count": number_of(len(survey.questions), "question"),
        "contact": survey.contact,
        "nothing": survey.nothing_to_say and not sitting.is_preview,
        "begin": sitting.at(steps(survey, sitting.answers)[0]),
        "go_on": sitting.at(next_open(survey, sitting.answers)) if sitting.was_saved else "",
        "languages": [
            (each, LANGUAGES.get(each, each), f"{sitting.path}?lang={each}") for each in survey.languages
        ] if len(survey.languages) > 1 else [],
    }  # fmt: skip
    return _view("start.html", sitting, survey.title, **facts)


def step(
    sitting: Sitting,
    shown: Step,
    raw: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    more: tuple[str, ...] = (),
) -> View:
    """One step. `raw`: what was typed into it and is wrong; `more`: what is asked because of what was just said."""
    values = again(raw or {}, sitting.answers, shown.questions)
    on_one_page = shown.key == ALL
    asked = [_field(sitting, each, values[each.id], errors or {}, on_one_page) for each in shown.questions]
    place = [each.key for each in steps(sitting.asked.survey, sitting.answers)]
    facts: dict[str, Any] = {
        "questions": asked,
        "key": shown.key,
        "on_one_page": on_one_page,
        "caption": "" if on_one_page or shown.key not in place else f"Question {place.index(shown.key) + 1}",
        "has_before": before(sitting.asked.survey, sitting.answers, shown.key) is not None,
        "errors": errors or {},
        "more": more,
    }
    title = sitting.asked.survey.title if on_one_page else shown.questions[0].says(sitting.language)
    return _view("step.html", sitting, title, 422 if errors else 200, **facts)


def check(sitting: Sitting, errors: Mapping[str, str] | None = None) -> View:
    """Everything as it would be sent, each answer with a link to change it, and what will not be sent."""
    survey, answers = sitting.asked.survey, sitting.answers
    on_one_page = survey.layout == "one_page"
    rows = [
        {
            "question": each.says(sitting.language),
            "answer": in_words(each, answers[each.id]) if each.id in answers else "",
            "key": ALL if on_one_page else each.id,
            "url": sitting.url("questions", ALL if on_one_page else each.id),
            "id": first_field(each),
        }
        for each in survey.asked(answers)
    ]
    facts: dict[str, Any] = {
        "rows": rows,
        "dropped": [each.says(sitting.language) for each in dropped(survey, answers)],
        "errors": errors or {},
        "submission": str(uuid4()),
    }
    return _view("check.html", sitting, "Check your answers before you send them", 422 if errors else 200, **facts)


def saved(sitting: Sitting) -> View:
    """That everything so far is kept, and the way back."""
    window = sitting.asked.running.window
    closing = f"Come back by the link in our email. The survey {window.closing}."
    return _view("saved.html", sitting, "Your answers are saved", closing=closing)


def nothing(sitting: Sitting) -> View:
    """The confirmation step of a nil return."""
    return _view("nothing.html", sitting, "Do you have nothing to say?", submission=str(uuid4()))


def withdraw(sitting: Sitting, errors: Mapping[str, str] | None = None) -> View:
    """Change an answer, or take it back."""
    return _view(
        "withdraw.html", sitting, "Change or withdraw your answer", 422 if errors else 200, errors=errors or {}
    )


def answered(sitting: Sitting, copy: Shown | None, is_open: bool) -> View:
    """The receipt: that there is an answer, its reference to keep, and what it says."""
    window = sitting.asked.running.window
    facts: dict[str, Any] = {"copy": copy, "can_change": is_open and copy is not None, "closing": window.closing}
    return _view("answered.html", sitting, "You have answered", mode_words=mode_words(sitting.asked.survey), **facts)


def copy_of_answer(copy: Shown) -> View:
    """An answer to keep, by the link of its confirmation."""
    return View("copy.html", {"title": "Your answer", "copy": copy})


def waiting(sitting: Sitting) -> View:
    window = sitting.asked.running.window
    lines = f"The survey {window.opening}. Open this link again then.", f"It {window.closing}."
    return _small(sitting, "This survey is not open yet", *lines)


def closed(sitting: Sitting) -> View:
    contact = sitting.asked.survey.contact
    lines = (
        f"The survey {sitting.asked.running.window.closed}. It takes no more answers.",
        f"If you still want to tell us something, write to {contact.name}: {contact.email}",
    )
    return _small(sitting, "This survey is closed", *lines, status=410)


def _small(sitting: Sitting, title: str, *lines: str, status: int = 200) -> View:
    page = Page(title, (sitting.asked.survey.title, *lines))
    return View("small.html", {"title": title, "page": page}, status)


def _view(template: str, sitting: Sitting, title: str, status: int = 200, /, **facts: Any) -> View:
    base = {"title": title, "sitting": sitting, "survey_title": sitting.asked.survey.title}
    return View(template, {**base, "language": "en", **facts}, status)


def _field(sitting: Sitting, question: Any, value: Any, errors: Mapping[str, str], on_one_page: bool) -> dict[str, Any]:
    """A question as the template writes it."""
    said = question_view(question, sitting.language, sitting.asked.survey.language)
    error = next((words for at, words in errors.items() if at == first_field(question)), "")
    return {
        "name": name(question),
        "type": question.type,
        "text": _worded(said, "text", sitting.language),
        "hint": _hint(said, question, sitting.language),
        "is_heading": not on_one_page,
        "optional": not question.required,
        "error": error,
        "value": value,
        "items": [_item(each, value, sitting.language) for each in _choices(said, question)],
        "rows": [
            {
                "name": f"{name(question)}-{row['id']}",
                "text": _worded(row, "text", sitting.language),
                "items": [_item(each, value.get(row["id"]), sitting.language) for each in said["columns"]],
            }
            for row in said.get("rows", ())
        ],
        "parts": [{"name": part, "value": value.get(part, "")} for part in PARTS] if question.type == "date" else [],
        "longest": said.get("longest"),
        "unit": said.get("unit"),
        "whole": said.get("whole", True),
    }


def _choices(said: Shown, question: Any) -> list[Shown]:
    if question.type == "yes_no":
        return [{"id": "yes", "text": "Yes"}, {"id": "no", "text": "No"}]
    if question.type == "scale":
        numbers = range(question.least, question.most + 1)
        labels = question.labels
        return [
            {"id": str(each), "text": f"{each}, {labels[each]}" if each in labels else str(each)} for each in numbers
        ]
    return list(said.get("options", ()))


def _item(choice: Shown, value: Any, language: str) -> dict[str, Any]:
    chosen = choice["id"] in value if isinstance(value, list) else choice["id"] == value
    return {"value": choice["id"], "html": _worded(choice, "text", language), "checked": chosen}


def _hint(said: Shown, question: Any, language: str) -> Markup:
    parts = [_worded(said, "help", language)] if "help" in said else []
    if question.type == "multiple":
        most = f", at most {question.most}" if question.most else ""
        parts.append(Markup("Select all that apply{}.").format(most))
    if question.type == "date":
        parts.append(Markup("For example, 17 5 2024."))
    return Markup(" ").join(parts)


def _worded(said: Shown, key: str, language: str) -> Markup:
    """A text in its language; where it has no translation the reader is told which it is in."""
    other = said.get(f"{key}_language")
    if not other:
        return Markup('<span lang="{}">{}</span>').format(language, said[key])
    return Markup('<span lang="{0}">{1}</span> ({2})').format(other, said[key], LANGUAGES.get(other, other))
