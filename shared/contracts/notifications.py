"""What the notifications service says of the messages that it sends."""

from datetime import date
from typing import Literal

from shared.contracts.base import Event
from shared.contracts.fields import Reference, ShortText

Channel = Literal["email", "sms", "letter"]


class NotificationSent(Event):
    """A message was handed to its provider. `about` is the case or notice that it concerns."""

    type: Literal["notifications.notification_sent.v1"] = "notifications.notification_sent.v1"
    delivery: ShortText
    about: Reference
    channel: Channel
    template: ShortText
    content_hash: ShortText
    """SHA-256 of the bytes that were sent."""


class NotificationFailed(Event):
    """A message that cannot be delivered as it stands; a person has to act. `reason` holds no personal data."""

    type: Literal["notifications.notification_failed.v1"] = "notifications.notification_failed.v1"
    delivery: ShortText
    about: Reference
    channel: Channel
    reason: ShortText


class LetterDispatched(Event):
    """The print provider posted the letter. `dispatched_on` is the provider's date, not ours."""

    type: Literal["notifications.letter_dispatched.v1"] = "notifications.letter_dispatched.v1"
    reference: Reference
    """The notice that the letter carries."""
    delivery: ShortText
    dispatched_on: date


class LetterReturned(Event):
    """The post brought a letter back undelivered; reported weeks later, by the print provider or by hand."""

    type: Literal["notifications.letter_returned.v1"] = "notifications.letter_returned.v1"
    reference: Reference
    """The notice that the letter carried."""
    returned_on: date
