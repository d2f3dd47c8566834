"""What the notifications service says of the messages that it sends, and what it may be asked."""

from typing import Annotated, Literal, Self

from pydantic import EmailStr, Field, model_validator

from shared.contracts.base import Command, Event
from shared.contracts.fields import Day, Language, Person, Reference, ShortText, Time, Urn

Channel = Literal["email", "sms", "letter"]

Category = Literal["statutory", "service", "campaign"]
"""What a recipient may say no to: nothing statutory, whose letter is the legal document; the others by channel."""


class NotificationSent(Event):
    """A message was handed to its provider. `about` is what it concerns: a case, a notice, an MI Sheet, a campaign."""

    type: Literal["notifications.notification_sent.v1"] = "notifications.notification_sent.v1"
    delivery: ShortText
    about: Reference
    channel: Channel
    template: ShortText
    content_hash: ShortText
    """SHA-256 of what was sent."""


class NotificationDelivered(Event):
    """The provider reports that a message has arrived. Letters have no such report: theirs is LetterDispatched."""

    type: Literal["notifications.notification_delivered.v1"] = "notifications.notification_delivered.v1"
    delivery: ShortText
    about: Reference
    channel: Channel
    template: ShortText
    delivered_at: Time


class NotificationFailed(Event):
    """A message that cannot be delivered as it stands; a person has to act. `reason` holds no personal data."""

    type: Literal["notifications.notification_failed.v1"] = "notifications.notification_failed.v1"
    delivery: ShortText
    about: Reference
    channel: Channel
    reason: ShortText
    template: ShortText | None = None
    recipient: ShortText | None = None
    """For whom it was, as an opaque key such as `school:123456`."""


class LetterDispatched(Event):
    """The print provider posted the letter. `dispatched_on` is the provider's date, not ours."""

    type: Literal["notifications.letter_dispatched.v1"] = "notifications.letter_dispatched.v1"
    reference: Reference
    """The notice that the letter is about, or the case."""
    delivery: ShortText
    dispatched_on: Day
    template: ShortText | None = None
    """Which letter it is, such as `penalty_notice`, `penalty_notice_reissued` or `withdrawal_letter`."""
    postage: Literal["first", "second"] | None = None
    """The class of post that the provider says it went by: the day of service follows from it. None where it is not
    known, as of a letter that was posted before this was kept."""


class LetterReturned(Event):
    """The post brought a letter back undelivered; reported weeks later, by the print provider or by hand."""

    type: Literal["notifications.letter_returned.v1"] = "notifications.letter_returned.v1"
    reference: Reference
    """The notice that the letter carried."""
    returned_on: Day
    template: ShortText | None = None
    """Which letter it was."""


class RecordReturnedLetter(Command):
    """The post room has a letter back that could not be delivered."""

    type: Literal["notifications.record_returned_letter.v1"] = "notifications.record_returned_letter.v1"
    reference: Reference
    """The notice that stands on the letter."""
    returned_on: Day
    officer: Person


class RetryMessage(Command):
    """Send a message that was parked as failed, its fault being mended; or let go what waits as it reaches many."""

    type: Literal["notifications.retry_message.v1"] = "notifications.retry_message.v1"
    delivery: ShortText
    officer: Person


class ToOne(Command):
    """Concerns a school, or whoever has an address: exactly one of the three."""

    school: Urn | None = None
    email: EmailStr | None = None
    phone: ShortText | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if sum(each is not None for each in (self.school, self.email, self.phone)) != 1:
            raise ValueError("name exactly one of school, email, phone")
        return self


class SetPreferences(ToOne):
    """Whether a school, or whoever has an address, wants messages of a category by a channel."""

    type: Literal["notifications.set_preferences.v1"] = "notifications.set_preferences.v1"
    category: Literal["service", "campaign"]
    channel: Literal["email", "sms"]
    wanted: bool


class SetLanguage(Command):
    """In which language somebody wishes to be written to: a parent, or whoever has an address; the latest word counts.

    Letters know a parent only by their id. English letters stay whole: a translation is enclosed.
    """

    type: Literal["notifications.set_language.v1"] = "notifications.set_language.v1"
    parent: ShortText | None = None
    """The id that the school's record gives them."""
    email: EmailStr | None = None
    phone: ShortText | None = None
    language: Language
    """`en` where English is wished for after all."""
    officer: Person

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if sum(each is not None for each in (self.parent, self.email, self.phone)) != 1:
            raise ValueError("name exactly one of parent, email, phone")
        return self


class LiftSuppression(Command):
    """A person knows that an address takes messages again, though it once refused one for good."""

    type: Literal["notifications.lift_suppression.v1"] = "notifications.lift_suppression.v1"
    address: Annotated[ShortText, Field(pattern=r"^(email|sms):[0-9a-f]{64}$")]
    """The address as `everyday messages suppressed` shows it: its hash."""
    officer: Person
