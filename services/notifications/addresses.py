"""Addresses in the one form in which they are compared, and the hash under which we remember them. Pure."""

import hashlib
import hmac

import phonenumbers

from shared.contracts.notifications import Channel


def canonical(channel: Channel, address: str) -> str | None:
    """An address as it is compared: emails in lower case, UK or international numbers as +447700900123.

    None where it is no address that could take a message.
    """
    text = address.strip()
    if channel == "sms":
        return _number(text)
    if channel == "email":
        return text.lower() if "@" in text else None
    return text or None


def hashed(channel: Channel, address: str, key: str) -> str:
    """What suppressions and preferences know of an address, such as `sms:3f…`: without the key nobody can try numbers.

    It outlives the address itself, which is forgotten with the messages (data minimisation).
    """
    plain = canonical(channel, address) or address
    return f"{channel}:{hmac.new(key.encode(), f'{channel}:{plain}'.encode(), hashlib.sha256).hexdigest()}"


def _number(text: str) -> str | None:
    try:
        number = phonenumbers.parse(text, "GB")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
