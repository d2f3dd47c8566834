"""How large a text message is, and how many times the price of a part it costs, by whoever will carry it. Pure."""

from collections.abc import Mapping

from services.notifications.addresses import notify_texts, phones
from services.notifications.addresses.addresses import canonical
from services.notifications.addresses.sms_parts import Size, size


def measured(text: str, prefix: str = "") -> Size:
    """By GOV.UK Notify as it sends it; what Notify must not be given goes by another provider, unchanged."""
    return size(text) if notify_texts.unfit(text) else notify_texts.charged(text, prefix)


def multiplier(number: str, table: Mapping[str, int]) -> int:
    """How many times the price of a part a text to this number costs; 1 where it is no number."""
    form = canonical("sms", number)
    return phones.read(form).multiplier(table) if form else 1
