"""A diary entry as a calendar invitation: RFC 5545 by `icalendar`, with the METHODs of RFC 5546.

The time zone is written by its rules since 1996: the library, from the machine's data, begins British
Summer Time an hour late.
Pure.
"""

from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress, vText, vUri

from shared.contracts.meetings import Diary, Mailbox
from shared.time.clock import LONDON

MEDIA_TYPE = "text/calendar"
_PRODUCT = "-//Everyday Counts//Bookings//EN"
_GMT, _BST = timedelta(), timedelta(hours=1)


def invitation(diary: Diary) -> bytes:
    """One entry as a whole calendar object, UTF-8 with CRLF and folded lines; the same entry gives the same bytes.

    A REQUEST with the uid of an earlier entry replaces it where its sequence, or at the same sequence its stamp, is
    higher; a CANCEL removes it.
    """
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", diary.method)
    calendar.add_component(_london())
    event = Event()
    event.add("uid", diary.uid)
    event.add("sequence", diary.sequence)
    event.add("dtstamp", diary.stamped_at.astimezone(UTC))
    event.add("dtstart", _local(diary.starts_at))
    event.add("dtend", _local(diary.ends_at))
    event.add("summary", diary.title)
    event.add("location", diary.where)
    event.add("description", diary.description)
    event.add("status", "CANCELLED" if diary.method == "CANCEL" else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if diary.method == "CANCEL" else "OPAQUE")
    if diary.url:
        event.add("url", vUri(diary.url))
    event.add("organizer", _address(diary.organiser), encode=False)
    attendee = _address(diary.attendee)
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    attendee.params["PARTSTAT"] = vText("ACCEPTED")  # they have booked: the diary need not ask again
    attendee.params["RSVP"] = vText("FALSE")
    event.add("attendee", attendee, encode=False)
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


def _local(instant: datetime) -> datetime:
    return instant.astimezone(LONDON)


def _address(mailbox: Mailbox) -> vCalAddress:
    address = vCalAddress(f"mailto:{mailbox.email}")
    address.params["CN"] = vText(mailbox.name.replace('"', "'"))
    return address


def _london() -> Timezone:
    """London's time: the last Sundays of March and October, at 1am UTC."""
    zone = Timezone()
    zone.add("tzid", "Europe/London")
    summer, winter = TimezoneDaylight(), TimezoneStandard()
    for part, name, month, hour, before, after in (
        (summer, "BST", 3, 1, _GMT, _BST),
        (winter, "GMT", 10, 2, _BST, _GMT),
    ):
        part.add("tzname", name)
        part.add("dtstart", datetime(1996, month, {3: 31, 10: 27}[month], hour))  # noqa: DTZ001 - local, as the RFC wants
        part.add("rrule", {"freq": "yearly", "bymonth": month, "byday": "-1SU"})
        part.add("tzoffsetfrom", before)
        part.add("tzoffsetto", after)
        zone.add_component(part)
    return zone
