"""Who gets a place: capacity, school limits, the waiting list, promotion while there is time, offers later.

Every place that becomes free is given exactly once: to the first on the list to whom the meeting's school limit lets it
go. Before the freeze they get it at once and can say that they cannot come; within the freeze they are
asked first, and the place is kept for them alone until they answer or the offer runs out.
Pure.
"""

from datetime import datetime
from typing import Literal

from services.bookings.places.meeting import Entry, Meeting, Moment, Place
from services.bookings.places.states import LIVE, TAKES_A_PLACE
from shared.contracts.meetings import Mode

Freed = Literal["cancelled", "offer_declined", "offer_expired", "changed_mode", "more_places", "limit_ended"]
"""How a place came to be free."""


def is_over_hard_limit(meeting: Meeting, urn: str | None) -> bool:
    """Whether a school may not even have one more person on the list. People without a school have no such limit."""
    limit = meeting.details.school_limit
    if urn is None or limit is None or limit.rule != "hard":
        return False
    return meeting.of_school(urn, LIVE) >= limit.places


def waits_for_limit(meeting: Meeting, urn: str | None, now: datetime) -> bool:
    """Whether a school already has its places, so that more people from it wait until the limit ends."""
    limit = meeting.details.school_limit
    if urn is None or limit is None or limit.until is None or now >= limit.until:
        return False
    return meeting.of_school(urn, TAKES_A_PLACE) >= limit.places


def next_in_line(meeting: Meeting, mode: Mode, now: datetime) -> Place | None:
    """Whose turn it is on one waiting list, or None if nobody may have a place now."""
    able = [place for place in meeting.line(mode) if not waits_for_limit(meeting, place.urn, now)]
    limit = meeting.details.school_limit
    if limit is not None and limit.rule == "priority":
        first = (place for place in able if place.urn and not meeting.of_school(place.urn, TAKES_A_PLACE))
        return next(first, able[0] if able else None)
    return able[0] if able else None


def is_free(meeting: Meeting, mode: Mode, now: datetime) -> bool:
    """Whether somebody who asks now gets a place at once: there is room, and nobody is ahead of them."""
    return meeting.has_room(mode) and next_in_line(meeting, mode, now) is None


def fill(meeting: Meeting, at: Moment, freed: Freed) -> tuple[Entry, ...]:
    """Give every free place to the person whose turn it is, and note why anybody was passed over."""
    decided: dict[str, Entry] = {}
    if meeting.cancelled or at.now >= meeting.details.starts_at:
        return ()
    for mode in meeting.details.modes:
        while meeting.has_room(mode) and (place := next_in_line(meeting, mode, at.now)):
            given = _give(meeting, place, at, freed)
            if given is None:
                return tuple(decided.values())
            step = (*_passed_over(meeting, place, at), given)
            meeting = meeting.with_entries(step)
            decided |= {entry["id"]: entry for entry in step}
    return tuple(decided.values())


def fallen_due(meeting: Meeting, at: Moment) -> tuple[Entry, ...]:
    """What has fallen due: offers that ran out, a limit that ended, and at the start the end of every waiting list."""
    details = meeting.details
    expired = tuple(
        at.entry_for(place.booking, "offer_expired", number=place.number)
        for place in meeting.places.values()
        if place.offer_until is not None and (place.offer_until <= at.now or details.starts_at <= at.now)
    )
    after = meeting.with_entries(expired)
    if details.starts_at <= at.now:
        lists = [place for mode in details.modes for place in after.line(mode)]
        return expired + tuple(at.entry_for(place.booking, "list_closed", number=place.number) for place in lists)
    return expired + fill(after, at, "offer_expired" if expired else "limit_ended")


def next_due(meeting: Meeting, now: datetime) -> datetime | None:
    """When something next falls due for the places of a meeting, or None."""
    details = meeting.details
    due = [place.offer_until for place in meeting.places.values() if place.offer_until is not None]
    if any(place.state == "waiting" for place in meeting.places.values()):
        due.append(details.starts_at)
        if details.school_limit and details.school_limit.until and details.school_limit.until > now:
            due.append(details.school_limit.until)
    return min(due, default=None)


def _give(meeting: Meeting, place: Place, at: Moment, freed: Freed) -> Entry | None:
    """The entry that gives the place; None if it is too late to offer it to anybody."""
    details, rules = meeting.details, at.rules
    facts = {"number": place.number, "freed": freed}
    if at.now < rules.frozen_from(details):
        return at.entry_for(place.booking, "confirmed", because="promoted", **facts)
    until = min(at.now + rules.offer, details.starts_at - rules.last_offer)
    return at.entry_for(place.booking, "offered", until=until, **facts) if until > at.now else None


def _passed_over(meeting: Meeting, chosen: Place, at: Moment) -> tuple[Entry, ...]:
    """Those before the chosen one on the waiting list, to whom the place could not go."""
    limit = meeting.details.school_limit
    before = [place for place in meeting.line(chosen.mode) if place.number < chosen.number]
    if limit is None:
        return ()
    why = "school_has_places" if limit.rule == "priority" else "school_limit"
    return tuple(at.entry_for(place.booking, "passed_over", because=why, given_to=chosen.number) for place in before)
