"""What a GOV.UK Notify error means, by its name and the field or sentence that it is about. Pure.

Notify says "is not a valid …" of addresses and of settings alike, so its words alone decide nothing: a validation
error begins with the name of its field, and a refusal is one of Notify's fixed sentences. What the table does not know
is checked against the message only: a person looks, and no address is given up.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

Fault = Literal["address", "message", "account", "rate", "day", "abroad"]
"""Whose fault it is: the address's (the next channel), the message's (a person looks), ours or the account's (all
waits until that is fixed), or a limit: for the moment, for the UTC day, for the UTC day for numbers abroad."""

_NAMES: Mapping[str, Fault] = {
    "InvalidPhoneError": "address",
    "InvalidEmailError": "address",
    "RateLimitError": "rate",
    "TooManyRequestsError": "day",
    "AuthError": "account",
}
_FIELDS: Mapping[str, Fault] = {
    "phone_number": "address",
    "email_address": "address",
    "personalisation": "message",
    "reference": "message",
    "content": "message",
    "template_id": "account",
    "email_reply_to_id": "account",
    "sms_sender_id": "account",
    "one_click_unsubscribe_url": "account",
    "postage": "account",
    "sanitise_content_for": "account",
    "Additional": "account",  # properties are not allowed
}
"""By the first word of a ValidationError's message."""
_OF_THE_REQUEST = ("is a required property", "is not of type")
"""Errors about a field that are not about its content: then the address is not at fault."""
_SENTENCES: tuple[tuple[str, Fault], ...] = (
    ("Cannot send to international mobile numbers", "address"),
    ("Can’t send to this recipient", "account"),
    ("Can't send to this recipient", "account"),
    ("Cannot send letters", "account"),
    ("Service is", "account"),
    ("Template has been deleted", "account"),
    ("Template not found", "account"),
    ("Missing personalisation", "account"),
    ("email_reply_to_id", "account"),
    ("sms_sender_id", "account"),
    ("letter_contact_id", "account"),
    ("Your message is", "message"),
    ("Emails cannot be longer", "message"),
    ("Content for template has a character count", "message"),
)
"""By the beginning of a BadRequestError's message."""
_NO_SUITABLE_TEMPLATE = "template is not suitable for"
_STATUSES: Mapping[int, Fault] = {401: "account", 403: "account", 404: "account", 405: "account", 429: "rate"}
"""By status, when the names say nothing: no key, no right, not Notify's address."""


def fault(status: int, entries: Iterable[Mapping[str, Any]]) -> Fault:
    """Whose fault it is; if an answer names several, the one that holds up the most."""
    found = {_of(str(each.get("error", "")), str(each.get("message", "")), status) for each in entries}
    order: tuple[Fault, ...] = ("account", "rate", "day", "abroad", "message", "address")
    return next((each for each in order if each in found), _STATUSES.get(status, "message"))


def _of(name: str, message: str, status: int) -> Fault | None:
    if name == "TooManyRequestsError" and "international_sms" in message:
        return "abroad"
    if name == "ValidationError":
        by_field = _FIELDS.get(message.partition(" ")[0])
        if by_field == "address" and any(words in message for words in _OF_THE_REQUEST):
            return "message"
        return by_field or _STATUSES.get(status, "message")
    if name == "BadRequestError":
        if _NO_SUITABLE_TEMPLATE in message:
            return "account"
        by_sentence = next((each for beginning, each in _SENTENCES if message.startswith(beginning)), None)
        return by_sentence or _STATUSES.get(status, "message")
    return _NAMES.get(name)
