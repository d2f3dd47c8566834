"""The form by which somebody books, for themselves or for colleagues: read, or with what has to be corrected.

The form takes exactly what the command takes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from services.bookings.places.asking import School
from services.bookings.places.words import WAYS
from shared.contracts.hosting import Acting, Coming, RequestBooking
from shared.contracts.meetings import MeetingDetails, Needs
from shared.identity import derived
from shared.time.clock import Clock, utc
from shared.web.forms import Form

MOST = 10
"""People in one form."""
NO_SCHOOL = "none"
_BOOKED = UUID("7d1f7a52-3a52-4a0e-9d6f-5f0f6f0c1b77")
_COMING: TypeAdapter[Any] = TypeAdapter(Coming)
_ACTING: TypeAdapter[Any] = TypeAdapter(Acting)
_PLAIN = {"name": "Enter the name of {whom}", "email": "Enter an email address for {whom}, like name@example.com"}


@dataclass(frozen=True)
class Person:
    """One row of the form, as it was typed."""

    number: int
    name: str
    email: str
    access: str = ""
    diet: str = ""

    @property
    def is_empty(self) -> bool:
        return not any((self.name, self.email, self.access, self.diet))


@dataclass(frozen=True)
class Wanted:
    """What was typed, and by field what is wrong with it."""

    people: tuple[Person, ...]
    urn: str
    mode: str
    booker_name: str
    booker_email: str
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def coming(self) -> tuple[Person, ...]:
        return tuple(each for each in self.people if not each.is_empty)


def read(form: Form, details: MeetingDetails, school: School | None) -> Wanted:
    """The form as it was sent; `school` is the one that it names, if there is one."""
    rows = form.one("rows")
    count = min(MOST, max(1, int(rows) if rows in {str(each) for each in range(1, MOST + 1)} else 1))
    people = tuple(
        Person(number, *(form.one(f"{each}-{number}").strip() for each in ("name", "email", "access", "diet")))
        for number in range(1, count + 1)
    )
    mode = form.one("mode") if len(details.modes) > 1 else details.modes[0]
    said = Wanted(people, form.one("school"), mode, form.one("booker-name").strip(), form.one("booker-email").strip())
    said.errors.update(_errors(said, details, school))
    return said


def requests(said: Wanted, meeting: str, submission: UUID, clock: Clock) -> list[RequestBooking]:
    """A command for each person; the same form sent twice is the same commands."""
    booker = {"name": said.booker_name, "email": said.booker_email, "role": "school"} if said.booker_name else None
    return [
        RequestBooking.model_validate(
            {
                "id": request_id(submission, number),
                "time": utc(clock.now()),
                "subject": meeting,
                "correlation_id": submission,
                "meeting": meeting,
                "person": {"name": each.name, "email": each.email},
                "urn": None if said.urn == NO_SCHOOL else said.urn,
                "mode": said.mode,
                "booked_by": booker,
                "needs": _needs(each),
            }
        )
        for number, each in enumerate(said.coming)
    ]


def request_id(submission: UUID, number: int) -> UUID:
    """The id of one person's command."""
    return derived(_BOOKED, f"{submission}:{number}")


def _needs(person: Person) -> Needs | None:
    said = {name: getattr(person, name) for name in ("access", "diet") if getattr(person, name)}
    return Needs.model_validate(said) if said else None


def _errors(said: Wanted, details: MeetingDetails, school: School | None) -> Iterator[tuple[str, str]]:
    rows = said.coming or said.people[:1]
    for each in rows:
        whom = "each person" if len(rows) > 1 else "who is coming"
        yield from _wrong(_COMING, {"name": each.name, "email": each.email}, f"{{0}}-{each.number}", whom)
        try:
            _needs(each)
        except ValidationError as error:
            for name in {str(wrong["loc"][0]) for wrong in error.errors()}:
                yield f"{name}-{each.number}", "Write fewer than 2,000 characters, without control characters"
    if len({(each.name.casefold(), each.email.casefold()) for each in said.coming}) < len(said.coming):
        yield f"name-{said.coming[-1].number}", "The same person is there twice. Take one of them out"
    if said.urn != NO_SCHOOL and school is None:
        yield "school", "Choose the school, or say that you are not from a school"
    if said.mode not in details.modes:
        yield "mode", f"Choose whether to come {' or '.join(WAYS[each] for each in details.modes)}"
    if said.booker_name or said.booker_email:
        booker: dict[str, Any] = {"name": said.booker_name, "email": said.booker_email, "role": "school"}
        yield from _wrong(_ACTING, booker, "booker-{0}", "who is booking")


def _wrong(kind: TypeAdapter[Any], said: dict[str, Any], at: str, whom: str) -> Iterator[tuple[str, str]]:
    """What of a name and an address cannot be used, by field."""
    empty = [name for name in ("name", "email") if not said[name]]
    for name in empty:
        yield at.format(name), _PLAIN[name].format(whom=whom)
    try:
        kind.validate_python(said)
    except ValidationError as error:
        for each in error.errors(include_url=False, include_input=False):
            name = str(each["loc"][0]) if each["loc"] else "email"
            if name in ("name", "email") and name not in empty:
                words = (
                    _PLAIN["email"]
                    if name == "email"
                    else "Write the name of {whom} on one line, without control characters"
                )
                yield at.format(name), words.format(whom=whom)
