"""When something happened, which is not always when we heard about it. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import get_args

from services.notices.casefile.entries import Ending, Entry, Money, What

_DAYS: Mapping[What, str] = {
    "support_recorded": "offered_on",
    "letter_dispatched": "posted_on",
    "served": "served_on",
    "letter_returned": "returned_on",
    **dict.fromkeys(get_args(Money), "paid_on"),
    "refunded": "refunded_on",
    "representation": "received_on",
    **dict.fromkeys(get_args(Ending), "decided_on"),
}
"""Entries that say on which day something happened, and the field that says so."""
_AFTER: Mapping[What, str] = {"discount_ended": "discount_until", "expired": "pay_until"}
"""What the calendar did, and the last day before it did so, by the letter that counted then."""
BY_THE_CALENDAR: frozenset[What] = frozenset({"served", *_AFTER})


def happened(entries: Iterable[Entry]) -> Iterator[tuple[Entry, date | datetime]]:
    """Each entry with the day on which it happened, or with its instant if it happened when it was recorded."""
    posted: dict[str, Entry] = {}
    for entry in entries:
        what, notice = entry["what"], entry.get("notice", "")
        if what == "letter_dispatched":
            posted[notice] = entry
        last = posted.get(notice, {}).get(_AFTER.get(what, ""))
        if last:
            yield entry, date.fromisoformat(last) + timedelta(days=1)
        elif day := entry.get(_DAYS.get(what, "")):
            yield entry, date.fromisoformat(day)
        else:
            yield entry, entry["at"]
