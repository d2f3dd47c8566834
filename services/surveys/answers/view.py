"""A survey as a page shows it: in the respondent's language, with saved answers and what they need to know. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.surveys.answers.invitation import Invitation
from services.surveys.answers.states import DONE
from services.surveys.answers.submitting import Asked
from services.surveys.questionnaire.window import NOT_OVER
from services.surveys.questionnaire.words import mode_words, promise_words, saving_words

View = dict[str, Any]


def view(invitation: Invitation, asked: Asked, language: str | None, now: datetime) -> View:
    """Everything that a page needs so that somebody can answer."""
    survey, window = asked.survey, asked.running.window
    wanted = language if language in survey.languages else survey.language
    saved: Mapping[str, Any] = (invitation.progress or {}).get("answers", {})
    phase = window.phase(now)
    return {
        "survey": asked.running.reference,
        "edition": asked.edition,
        "title": survey.title,
        "introduction": survey.introduction,
        "state": "answered" if invitation.state in DONE else phase,
        "opening": window.opening,
        "closing": window.closing if phase in NOT_OVER else window.closed,
        "closes_at": window.closes_at.isoformat(),
        "grace": window.grace_words,
        "promise": promise_words(survey),
        "mode": asked.running.mode,
        "mode_words": mode_words(survey),
        "saving_words": saving_words(survey),
        "official": invitation.respondent.official,
        "nothing_to_say": survey.nothing_to_say,
        "contact": survey.contact.model_dump(),
        "language": wanted,
        "languages": list(survey.languages),
        "questions": [question_view(question, wanted, survey.language) for question in survey.questions],
        "saved": dict(saved),
        "asked": [question.id for question in survey.asked(saved)],
        "response": invitation.response,
    }


def question_view(question: Any, language: str, original: str) -> View:
    """One question in a language; a text that has no translation says in which language it is."""
    left_out = {"text", "texts", "help", "helps", "options", "rows", "columns"}
    shown: View = question.model_dump(mode="json", by_alias=True, exclude=left_out, exclude_none=True)
    shown |= _worded("text", question.text, question.texts, language, original)
    if question.help:
        shown |= _worded("help", question.help, question.helps, language, original)
    for name in ("options", "rows", "columns"):
        if hasattr(question, name):
            shown[name] = [
                {"id": option.id, **_worded("text", option.text, option.texts, language, original)}
                for option in getattr(question, name)
            ]
    return shown


def copy_of(invitation: Invitation, asked: Asked) -> View:
    """A copy of the respondent's own answer, in the survey's words."""
    answer: Mapping[str, Any] = invitation.answer or {}
    lines = [
        {"question": question.text, "answer": in_words(question, answer["answers"][question.id])}
        for question in asked.survey.questions
        if question.id in answer.get("answers", {})
    ]
    return {
        "survey": asked.running.reference,
        "title": asked.survey.title,
        "edition": answer.get("edition"),
        "papers": papers_at(asked, answer.get("at")),
        "response": invitation.response,
        "answered_at": answer["at"].isoformat() if "at" in answer else None,
        "nothing_to_say": answer.get("nothing_to_say", False),
        "answers": lines,
    }


def papers_at(asked: Asked, at: datetime | None) -> list[View]:
    """The document pack as it stood: the newest version of each document, with its hash: “you answered on draft v3”."""
    newest: dict[str, View] = {}
    for paper in asked.running.papers:
        if at is None or paper["at"] <= at:
            newest[paper["name"]] = {name: paper[name] for name in ("name", "label", "sha256", "address")}
    return list(newest.values())


def in_words(question: Any, value: Any) -> str:
    """An answer in words."""
    texts = {option.id: option.text for name in ("options", "columns") for option in getattr(question, name, ())}
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(texts.get(each, each)) for each in value)
    if isinstance(value, Mapping):
        rows = {row.id: row.text for row in question.rows}
        return "; ".join(f"{rows.get(row, row)}: {texts.get(each, each)}" for row, each in value.items())
    return str(texts.get(value, value)) if isinstance(value, str) else str(value)


def _worded(name: str, text: str, texts: Mapping[str, str], language: str, original: str) -> View:
    if language == original:
        return {name: text}
    if language in texts:
        return {name: texts[language]}
    return {name: text, f"{name}_language": original}
