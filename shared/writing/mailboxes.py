"""Email addresses as mail servers take them, and why one cannot be used. Pure.

A domain may be written in any script: mail uses its ASCII form in DNS (RFC 5891). The part before
the @ has no such form. Few servers accept it in other scripts (RFC 6531), and GOV.UK Notify does not.
"""

from typing import TypeVar

from email_validator import EmailNotValidError, validate_email

Person = TypeVar("Person")

_CURLY = frozenset("‘’‛ʼ′`´")


class NoMailbox(ValueError):
    """No mail can be sent there. The text says what to fix, and never repeats the address."""


def on_the_wire(address: str) -> str:
    """The address with its domain in DNS form, such as swyddfa@xn--ysgolgyr-g2b.cymru; raises NoMailbox."""
    try:
        found = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise NoMailbox("this is not an email address") from None
    if found.ascii_email is None:
        raise NoMailbox(_why(found.local_part))
    return found.ascii_email


def reachable(person: Person) -> Person:
    """Check that mail can be sent to a person's `email`, if they have one: for commands, whose sender can still
    correct it. Stored data is read as it was written. Raises ValueError."""
    address = getattr(person, "email", None)
    try:
        if address is not None:
            on_the_wire(address)
    except NoMailbox as error:
        raise ValueError(f"email: {error}") from None
    return person


def _why(local_part: str) -> str:
    if _CURLY & set(local_part):
        return "the apostrophe before the @ is a curly one: write the straight one (')"
    return "before the @ there may be plain letters, digits and signs only: é, ł or ŵ cannot be sent to"
