"""How large a text message is, and what it costs, depending on the provider that will carry it. Pure."""

from collections.abc import Mapping

from services.notifications.addresses import notify_texts, phones
from services.notifications.addresses.addresses import canonical
from services.notifications.addresses.sms_parts import Size, size


def measured(text: str, prefix: str = "") -> Size:
    """The text as GOV.UK Notify sends it; a text that is unfit for Notify goes by another provider, unchanged."""
    return size(text) if notify_texts.unfit(text) else notify_texts.charged(text, prefix)


def multiplier(number: str, table: Mapping[str, int]) -> int:
    """The price of a text to this number as a multiple of the UK price; 1 if it is not a number."""
    form = canonical("sms", number)
    return phones.read(form).multiplier(table) if form else 1
