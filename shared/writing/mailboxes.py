"""Email addresses as mail servers take them, and why one cannot be used. Pure.

A domain may be written in any script: DNS has an ASCII form of it (RFC 5891), in which it is sent. What stands before
the @ has none. Servers that take it otherwise (RFC 6531) are few, and GOV.UK Notify is not one of them.
"""

from typing import TypeVar

from email_validator import EmailNotValidError, validate_email

Person = TypeVar("Person")

_CURLY = frozenset("‘’‛ʼ′`´")


class NoMailbox(ValueError):
    """No mail can be sent there. The text says what to mend, and never repeats the address."""


def on_the_wire(address: str) -> str:
    """The address with its domain as DNS has it, such as swyddfa@xn--ysgolgyr-g2b.cymru; raises NoMailbox."""
    try:
        found = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise NoMailbox("this is not an email address") from None
    if found.ascii_email is None:
        raise NoMailbox(_why(found.local_part))
    return found.ascii_email


def reachable(person: Person) -> Person:
    """The same person, where mail can be sent to their `email`, if they have one: for commands, whose sender can still
    mend it. What was kept earlier is read as it was written. Raises ValueError."""
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
