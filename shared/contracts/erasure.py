"""What services are asked to forget of one person, and what each says that it did: counts, and nobody's name."""

from typing import Annotated, Literal

from pydantic import EmailStr, Field

from shared.contracts.base import Command, Event
from shared.contracts.fields import Count, Person, Reference, ShortText, Text, Upn, Urn


class ForgetPerson(Command):
    """Forget what may be forgotten of one person (UK GDPR Art. 17), known by any of these names; what stays is said.

    Each service has a command of its own. The names are those of the school's record, of whom `officer` asks.
    """

    upn: Upn | None = None
    """Of a pupil; everybody else is an adult."""
    urns: tuple[Urn, ...] = ()
    """The schools whose records are meant, where a parent's id was given."""
    parents: tuple[ShortText, ...] = ()
    emails: tuple[EmailStr, ...] = ()
    phones: tuple[ShortText, ...] = ()
    matters: tuple[Reference, ...] = ()
    """The cases and notices that concern them."""
    reason: Text
    officer: Person


class DecideReturn(Command):
    """Somebody who was erased is named again by a list or an import: whether they may be taken from now on.

    Named by the question that the service asks, or by an address. Each service has a command of its own.
    """

    question: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = None
    """As `everyday returns list` shows it: a keyed hash."""
    email: EmailStr | None = None
    phone: ShortText | None = None
    allow: bool
    """True: they are taken when the list is sent again; False: they stay left out, and nobody is asked again."""
    reason: Text
    officer: Person


class PersonForgotten(Event):
    """What came of it. `subject` is the command's id; whom it was about is nowhere but in the audit trail."""

    gone: Count
    """Records that do not name the person any more."""
    kept: Count
    """Records that the law, or something unfinished, wants kept."""


class ForgetInNotifications(ForgetPerson):
    """Forget addresses and words of messages."""

    type: Literal["notifications.forget_person.v1"] = "notifications.forget_person.v1"


class ForgetInBookings(ForgetPerson):
    """Forget names and needs of bookings."""

    type: Literal["bookings.forget_person.v1"] = "bookings.forget_person.v1"


class ForgetInSurveys(ForgetPerson):
    """Forget who was asked."""

    type: Literal["surveys.forget_person.v1"] = "surveys.forget_person.v1"


class DecideReturnInNotifications(DecideReturn):
    """Whether messages may be sent to somebody again."""

    type: Literal["notifications.decide_return.v1"] = "notifications.decide_return.v1"


class DecideReturnInBookings(DecideReturn):
    """Whether somebody may be booked again."""

    type: Literal["bookings.decide_return.v1"] = "bookings.decide_return.v1"


class DecideReturnInSurveys(DecideReturn):
    """Whether somebody may be asked again."""

    type: Literal["surveys.decide_return.v1"] = "surveys.decide_return.v1"


class ForgottenInNotifications(PersonForgotten):
    """The notifications service has forgotten what may go."""

    type: Literal["notifications.person_forgotten.v1"] = "notifications.person_forgotten.v1"


class ForgottenInBookings(PersonForgotten):
    """The bookings service has forgotten what may go."""

    type: Literal["bookings.person_forgotten.v1"] = "bookings.person_forgotten.v1"


class ForgottenInSurveys(PersonForgotten):
    """The surveys service has forgotten what may go."""

    type: Literal["surveys.person_forgotten.v1"] = "surveys.person_forgotten.v1"
