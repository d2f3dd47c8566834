"""The demonstration's second part: a survey's answer becomes a meeting, and its mail has an entry for the diary."""

from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

from rich.console import Console

from deploy.local.pace import send, until
from deploy.local.stack import Stack
from services.bookings.places.asking import booking_of
from services.bookings.places.hosting import meeting_of
from services.surveys.questionnaire.authoring import read_survey
from services.surveys.questionnaire.document import canonical
from shared.cli.asking import ask
from shared.cli.places import Places
from shared.contracts.base import Command
from shared.contracts.fields import Person
from shared.contracts.hosting import PublishMeeting, RequestBooking
from shared.contracts.surveys import Invite, PublishSurvey, RecordTheme, SubmitResponse
from shared.identity import derived_reference
from shared.store.documents import Document
from shared.time.clock import LONDON, moment

C = TypeVar("C", bound=Command)

_OFFICER = Person(id="officer-17", name="Jo Harwood", role="Attendance Officer")
_THEME = "Bite-size webinars"
_QUESTION = {"id": "help", "type": "multiple", "text": "What would help you?", "options": ["Webinars", "Visits"]}


def tell(stack: Stack, at: Places, console: Console) -> None:
    """A school says what would help, the team puts a webinar on because of it, and a colleague books."""
    console.rule("a survey, and what comes of it")
    now = at.clock().now()
    asked = _command(at, PublishSurvey, document=_survey(at))
    survey = derived_reference("S", asked.id)
    school = {"name": "Sam Hall", "email": "sam.hall@school.example.org", "official": True}
    send(at, asked)
    _wait(at, "surveys", "surveys", {"_id": survey, "state": "open"}, "the survey did not open")
    send(at, _command(at, Invite, survey=survey, recipients=[school]))
    [invited] = _wait(at, "surveys", "invitations", {"survey": survey}, "nobody was invited")
    answer = {"invitation": UUID(invited["_id"]), "submission": uuid4(), "answers": {"help": ["webinars"]}}
    send(at, _command(at, SubmitResponse, **answer))
    _wait(at, "surveys", "invitations", {"survey": survey, "state": "answered"}, "the answer was not taken")
    console.print(f"survey {survey}: 1 of 1 has answered")
    did = {"said": "Short webinars, please.", "decision": "A webinar next week.", "title": _THEME}
    theme = _command(at, RecordTheme, survey=survey, **did)
    send(at, theme)
    reference = derived_reference("T", theme.id)
    _wait(at, "bookings", "themes", {"_id": reference}, "the theme was not heard of")
    starts_at = (now + timedelta(days=7)).astimezone(LONDON).replace(hour=11, minute=0, second=0, microsecond=0)
    details = {
        "title": "A webinar on support first",
        "kind": "webcast",
        "starts_at": starts_at,
        "online": {"link": "https://meet.example.org/support-first", "capacity": 100},
        "cause": {"theme": _THEME, "survey": survey, "theme_reference": reference},
    }
    published = _command(at, PublishMeeting, details=details, correlation_id=asked.correlation_id)
    meeting = meeting_of(published)
    person = {"name": "Sam Hall", "email": school["email"]}
    request = _command(at, RequestBooking, meeting=meeting, person=person)
    send(at, published, request)
    booking = booking_of(request)
    mail = {"about": booking, "template": "booking_confirmed", "state": "sent"}
    _wait(at, "notifications", "deliveries", mail, "the booking's mail was not sent")
    _wait(at, "surveys", "places", {"_id": booking}, "the survey did not hear of the booking")
    console.print(f"theme {reference}, meeting {meeting} on {moment(starts_at)}: 1 booked", soft_wrap=True)
    console.print(f"booking {booking}: its mail, with an entry for the diary, is in the post room", soft_wrap=True)
    console.print(
        f"look: everyday surveys loop {survey} · everyday bookings why {booking} · everyday trace {survey}",
        soft_wrap=True,
    )


def _survey(at: Places) -> Document:
    opens = at.clock().now().astimezone(LONDON) - timedelta(minutes=1)
    said: dict[str, Any] = {
        "title": "What would help you?",
        "introduction": "One question, for whoever leads on attendance.",
        "contact": {"name": "Attendance Team", "email": "csattendance@norfolk.gov.uk"},
        "mode": "named",
        "opens": f"{opens:%Y-%m-%d %H:%M}",
        "closes": {"to": f"{opens + timedelta(days=14):%Y-%m-%d}"},
        "questions": [_QUESTION],
    }
    document: Document = canonical(read_survey(said))
    return document


def _command(at: Places, kind: type[C], **facts: Any) -> C:
    who = {name: _OFFICER for name in ("officer", "by") if name in kind.model_fields}
    return kind.model_validate({"id": uuid4(), "time": at.clock().now(), **who, **facts})


def _wait(at: Places, service: str, collection: str, query: Document, otherwise: str) -> list[Document]:
    """The documents of a service once there are any."""
    found: list[Document] = []

    def look() -> bool:
        found[:] = ask(at, service, lambda store: store[collection].find(query))
        return bool(found)

    until(look, otherwise)
    return found
