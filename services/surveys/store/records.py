"""How the surveys service keeps its facts: documents on one side, the model's words on the other."""

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from services.surveys.answers.invitation import Invitation
from services.surveys.answers.running import Edition, Running
from services.surveys.answers.states import INVITATION, SURVEY
from services.surveys.questionnaire.terms import Published, SchoolDays, Terms
from services.surveys.questionnaire.window import Window
from shared.contracts.surveys import Respondent
from shared.store.documents import Document

SURVEYS, EDITIONS, INVITATIONS, ANSWERS = "surveys", "editions", "invitations", "answers"
MIXERS, SCHOOLS, DISPOSITIONS, THEMES, PUBLICATIONS = "mixers", "schools", "dispositions", "themes", "publications"
MEETINGS, PLACES = "meetings", "places"
ENTERED = "entered"
"""The ids of commands by which staff entered anonymous answers, so that they learn that these were accepted."""


def survey_fields(running: Running) -> Document:
    window = running.window
    return {
        "story": running.correlation_id,
        "title": running.title,
        "mode": running.mode,
        "consultation": running.consultation,
        "opens_at": window.opens_at,
        "closes_at": window.closes_at,
        "grace_minutes": window.grace.total_seconds() / 60,
        "editions": [asdict(edition) for edition in running.editions],
        "state": running.state,
        "trail": [dict(entry) for entry in running.trail],
        "pending": [dict(asked) for asked in running.pending],
        "last_round": running.last_round.isoformat() if running.last_round else None,
        "publications": running.publications,
        "tidied": running.tidied,
        "due_at": running.due_at(),
    }


def read_running(document: Document) -> Running:
    grace = timedelta(minutes=document["grace_minutes"])
    return Running(
        reference=document["_id"],
        correlation_id=document["story"],
        title=document["title"],
        mode=document["mode"],
        consultation=document["consultation"],
        window=Window(document["opens_at"], document["closes_at"], grace),
        editions=tuple(Edition(**edition) for edition in document["editions"]),
        state=SURVEY.of(document),
        trail=tuple(document["trail"]),
        pending=tuple(document["pending"]),
        last_round=date.fromisoformat(document["last_round"]) if document["last_round"] else None,
        publications=document["publications"],
        tidied=document["tidied"],
    )


_KEPT = ("survey", "state", "district", "phase", "progress", "answer", "submission", "response", "channel", "word_at")


def invitation_fields(invitation: Invitation) -> Document:
    kept: dict[str, Any] = {name: getattr(invitation, name) for name in _KEPT}
    return {
        **kept,
        "respondent": invitation.respondent.model_dump(),
        "trail": [dict(entry) for entry in invitation.trail],
        "heard": list(invitation.heard),
    }


def read_invitation(document: Document) -> Invitation:
    kept: dict[str, Any] = {name: document.get(name) for name in _KEPT} | {"state": INVITATION.of(document)}
    return Invitation(
        id=document["_id"],
        respondent=Respondent.from_store(document["respondent"]),
        trail=tuple(document["trail"]),
        heard=tuple(document.get("heard", ())),
        **kept,
    )


def read_days(school: Document | None, terms: Terms) -> SchoolDays:
    """A school's days from its published calendars, the latest last."""
    in_order = sorted((school or {}).get("calendars", ()), key=lambda each: (each["time"], each["event"]))
    calendars = (
        Published(
            date.fromisoformat(each["first"]),
            date.fromisoformat(each["last"]),
            frozenset(date.fromisoformat(day) for day in each["closed"]),
        )
        for each in in_order
    )
    return SchoolDays(terms, tuple(calendars))
