"""What hosts do with a meeting: publish it, change it, cancel it, share its materials. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeVar

from services.bookings.places.materiality import Difference, difference
from services.bookings.places.meeting import Entry, Meeting, Moment, Outcome
from services.bookings.places.places import fill
from services.bookings.places.states import TAKES_A_PLACE, BookingState
from services.bookings.places.words import as_it_was, where
from shared.contracts.bookings import AboutMeeting, HostRefused, MeetingCancelled, MeetingChanged, MeetingPublished
from shared.contracts.hosting import CancelMeeting, ChangeMeeting, MeetingCommand, PublishMeeting, RecordMaterials
from shared.contracts.meetings import MeetingDetails, Mode
from shared.contracts.notices import Reason
from shared.decisions.deciding import Refused, Repeated, because
from shared.identity import derived, derived_reference
from shared.writing.counting import number_of

E = TypeVar("E", bound=AboutMeeting)


_TOLD_AFTERWARDS: frozenset[BookingState] = frozenset({"confirmed", "cancelled", "list_closed"})
"""Who came, who missed it, and who waited for a place in vain."""


def meeting_of(command: PublishMeeting) -> str:
    """The reference of the meeting that a command publishes, unless it is already taken."""
    return derived_reference("M", command.id)


def publish(command: PublishMeeting, reference: str, at: Moment) -> Outcome:
    meeting = Meeting(reference, str(command.correlation_id), command.details)
    capacity = {mode: command.details.capacity(mode) for mode in command.details.modes}
    return Outcome(meeting.having_heard(command.id), events=(_event(MeetingPublished, meeting, at, capacity=capacity),))


def change(meeting: Meeting, command: ChangeMeeting, at: Moment) -> Outcome:
    """The meeting as it is from now on. Everybody who comes or waits hears of material changes; freed places are given.

    Nobody loses a place: a change that would take one away is refused.

    Raises:
        Refused: with every reason.
        Repeated: the meeting is like that already.
    """
    reasons = tuple(_not_changeable(meeting, command, at))
    if reasons:
        raise Refused(*reasons)
    found = difference(meeting.details, command.details, command.wording_only)
    if not found.changed:
        raise Repeated
    after = replace(meeting.having_heard(command.id), details=command.details, revision=meeting.revision + 1)
    entries: tuple[Entry, ...] = tuple(_moved(meeting, command.details, found, at)) if found.material else ()
    entries += fill(after.with_entries(entries), at, "more_places")
    facts = {"changed": found.changed, "material": bool(found.material)}
    return Outcome(after.with_entries(entries), entries, (_event(MeetingChanged, after, at, **facts),))


def cancel(meeting: Meeting, command: CancelMeeting, at: Moment) -> Outcome:
    """The meeting is cancelled: every booking ends with it. Raises Repeated."""
    if meeting.cancelled:
        raise Repeated
    facts = {"because": "meeting_cancelled", "words": command.reason, "late": False}
    entries = tuple(
        at.entry_for(place.booking, "cancelled", number=place.number, **facts) for place in tuple(meeting.live())
    )
    after = replace(meeting.having_heard(command.id), cancelled=True, revision=meeting.revision + 1).with_entries(
        entries
    )
    return Outcome(after, entries, (_event(MeetingCancelled, after, at, reason=command.reason),))


def record_materials(meeting: Meeting, command: RecordMaterials, at: Moment) -> Outcome:
    """Recording and materials; once the meeting has begun, they are sent to those who came and those who missed it."""
    given: dict[str, Any] = {"recording": command.recording} if command.recording else {}
    given |= {"materials": command.materials} if command.materials else {}
    after = replace(meeting.having_heard(command.id), details=meeting.details.model_copy(update=given))
    if meeting.cancelled or at.now < meeting.details.starts_at:
        return Outcome(after)
    concerned = [each for each in meeting.places.values() if each.state in _TOLD_AFTERWARDS]
    entries = tuple(at.entry_for(each.booking, "materials_recorded") for each in concerned)
    return Outcome(after.with_entries(entries), entries)


def about(meeting: Meeting) -> dict[str, Any]:
    """What every event about a meeting says; not the host's joining link."""
    details = meeting.details
    return {
        "meeting": meeting.reference,
        "revision": meeting.revision,
        "title": details.title,
        "kind": details.kind,
        "starts_at": details.starts_at,
        "ends_at": details.ends_at,
        "modes": details.modes,
        "where": where(details),
        "cause": details.cause,
    }


def _not_changeable(meeting: Meeting, command: ChangeMeeting, at: Moment) -> Iterator[Reason]:
    if meeting.cancelled:
        yield because("meeting_cancelled", "This meeting is cancelled. Publish a new one.")
    if command.seen is not None and command.seen != meeting.revision:
        yield because(
            "changed_meanwhile",
            "seen: somebody else has changed this meeting since you looked. Look at it again, then change it.",
        )
    if command.details.evaluation != meeting.details.evaluation and at.now >= meeting.details.starts_at:
        words = (
            "evaluation: the questions cannot change once the meeting has started. You can waive them for one person."
        )
        yield because("has_begun", words)
    for mode in command.details.modes:
        taken = sum(place.state in TAKES_A_PLACE and _mode(place.mode, command) == mode for place in meeting.live())
        capacity = command.details.capacity(mode)
        if capacity is not None and taken > capacity:
            places = number_of(taken, "place is", "places are")
            words = f"{mode}.capacity: {places} booked or on offer. Give at least {taken}, or cancel some."
            yield because("too_few_places", words)


def _mode(mode: Mode | None, command: ChangeMeeting) -> Mode | None:
    """How somebody comes after a change: if one way is dropped, by the one that is left."""
    return mode if mode in command.details.modes else command.details.modes[0]


def _moved(meeting: Meeting, details: MeetingDetails, found: Difference, at: Moment) -> Iterator[Entry]:
    for place in meeting.live():
        mode = place.mode if place.mode in details.modes else details.modes[0]
        matters = [what for what in found.material if _matters(what, place.mode, mode)]
        if matters:
            was = as_it_was(meeting.details, place.mode)
            yield at.entry_for(
                place.booking, "meeting_changed", mode=mode, changed=matters, was=was, number=place.number
            )


def _matters(what: str, before: Mode | None, after: Mode | None) -> bool:
    """A room does not matter to somebody online, a joining link not to somebody in the room."""
    if what == "mode":
        return before != after
    return {"place": after == "in_person", "link": after == "online"}.get(what, True)


def refused(meeting: Meeting, command: MeetingCommand, at: Moment, reasons: tuple[Reason, ...]) -> Outcome:
    """Nothing changes, and the host who asked is told why."""
    event = HostRefused(
        id=derived(command.id, "refused"),
        time=at.now,
        subject=meeting.reference,
        correlation_id=meeting.correlation_id,
        causation_id=command.id,
        meeting=meeting.reference,
        command=command.key(),
        asked_by=command.by.id,
        reasons=reasons,
    )
    plain = [reason.model_dump() for reason in reasons]
    refusal = {"at": at.now, "cause": str(command.id), "command": command.key(), "reasons": plain}
    after = replace(meeting.having_heard(command.id), refusals=(*meeting.refusals, refusal))
    return Outcome(after, events=(event,))


def _event(kind: type[E], meeting: Meeting, at: Moment, **facts: Any) -> E:
    envelope = {
        "id": derived(at.cause, "said"),
        "time": at.now,
        "subject": meeting.reference,
        "correlation_id": meeting.correlation_id,
        "causation_id": at.cause,
        "version": meeting.revision,
    }
    return kind.model_validate(envelope | about(meeting) | facts)
