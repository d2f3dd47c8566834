"""Addresses in one form for comparing, and the hash under which we remember them. Pure."""

import hashlib
import hmac
import re
from collections.abc import Mapping

from services.notifications.addresses import phones
from shared.contracts.notifications import Channel
from shared.writing.mailboxes import on_the_wire

_FAULTS: Mapping[phones.Fault, str] = {
    "letters": "a number holds digits, spaces, brackets, hyphens and a plus only: leave words and extensions out",
    "too_short": "this number is too short",
    "too_long": "this number is too long",
    "country": "no text can be sent to this country code",
    "unreal": "there is no such number: look for a typing mistake",
}

_AS_TYPED = re.compile(r"^'|(?<=[0-9]{6})\.0$|[\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
"""What spreadsheets and phones put around a number: an apostrophe, .0 behind it, invisible characters."""
_AT_HOME = re.compile(r"\W*0(?!0)")
_GAPS = {ord(each): " " for each in ".\u2010\u2011\u2012\u2013\u2014\u2212"}


def canonical(channel: Channel, address: str) -> str | None:
    """An address in its form for comparing: emails in lower case, their domain as in DNS; numbers as +447700900123.

    None where it is not an address that could take a message: a landline takes no texts.
    """
    try:
        return _form(channel, address.strip()) or None
    except ValueError:
        return None


def objection(channel: Channel, address: str) -> str | None:
    """Why nothing can be sent to this address, and what to write instead; None if it can. Never repeats the address."""
    try:
        _form(channel, address.strip())
    except ValueError as error:
        return str(error)
    return None


def hashed(channel: Channel, address: str, key: str) -> str:
    """How suppressions and preferences remember an address, such as `sms:3f…`: without the key nobody can try numbers.

    It outlives the address itself, which is forgotten with the messages (data minimisation).
    """
    plain = canonical(channel, address) or address
    return f"{channel}:{hmac.new(key.encode(), f'{channel}:{plain}'.encode(), hashlib.sha256).hexdigest()}"


def _form(channel: Channel, text: str) -> str:
    """Raises ValueError, in words."""
    if channel == "email":
        return on_the_wire(text).lower()
    if channel == "letter":
        return text
    try:
        number = phones.read(_AS_TYPED.sub("", text).translate(_GAPS))  # what is sent is the number in its one form
    except phones.NoNumber as error:
        raise ValueError(_FAULTS[error.fault]) from None
    if number.is_abroad and _AT_HOME.match(text):  # with a digit too many, a stranger abroad would read it
        raise ValueError(_FAULTS["too_long"])
    if number.is_landline:
        raise ValueError("this is a landline: a text goes to a mobile number")
    return number.e164
