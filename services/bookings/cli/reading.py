"""`everyday bookings meetings`, `list`, `show` and `why`: what the duty line reads while the school is on the phone."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from services.bookings.booking import why as reasons
from services.bookings.booking.booking import Booking
from services.bookings.booking.register import school_of
from services.bookings.cli.asking import BookingRef, MeetingRef, ask, named, reference, rules
from services.bookings.places.asking import School
from services.bookings.places.meeting import Meeting
from services.bookings.places.words import KINDS, WAYS, length, sentence, when, where
from services.bookings.store.looking import Looking
from shared.cli.audit import witnessed
from shared.cli.output import out
from shared.cli.places import places
from shared.time.clock import moment
from shared.writing.paper import Page, Section, as_html, as_text

AsJson = Annotated[bool, typer.Option("--json", help="as JSON, for another program")]


def meetings(as_json: AsJson = False) -> None:
    """List every meeting, the latest first, with its places. Example: everyday bookings meetings"""
    found = ask(places(), lambda looking: looking.meetings())
    if as_json:
        print(json.dumps([{**_facts(each), "places": _places(each)} for each in found]))  # noqa: T201
        return
    table = Table("meeting", "when", "title", "places", "waiting")
    for each in found:
        title = f"{each.details.title} (cancelled)" if each.cancelled else each.details.title
        taken = ", ".join(_places(each).values())
        waiting = sum(place.state == "waiting" for place in each.places.values())
        table.add_row(each.reference, when(each.details), title, taken, str(waiting or ""))
    out.print(table if found else "no meeting has been published")


def show(about: Annotated[str, typer.Argument(help="a meeting (M-…) or a booking (B-…)")]) -> None:
    """Show a meeting, or a booking with whose it is.

    Examples: everyday bookings show M-7K4M-9PXT3 · everyday bookings show B-5HTY-P5RVZ
    """
    at = places()
    if about.strip().upper().startswith("B"):
        booking, meeting = ask(at, lambda looking: looking.booking(about))
        witnessed(at, "bookings show", booking.reference, meeting.reference)
        schools = ask(at, lambda looking: looking.schools())
        out.print(as_text(_booking_page(booking, meeting, schools)), markup=False, soft_wrap=True)
        return
    found = ask(at, lambda looking: looking.meeting(about))
    out.print(as_text(_meeting_page(found)), markup=False, soft_wrap=True)


def list_bookings(meeting: MeetingRef, as_json: AsJson = False) -> None:
    """List who is booked and who waits, in order of acceptance. Example: everyday bookings list M-7K4M-9PXT3"""
    at = places()
    found = ask(at, lambda looking: _booked(looking, meeting))
    witnessed(at, "bookings list", reference(meeting, "M"))
    schools = ask(at, lambda looking: looking.schools())
    if as_json:
        print(json.dumps([_row(each) for each in found]))  # noqa: T201
        return
    table = Table("number", "booking", "name", "school", "how", "state")
    for each in found:
        how, state = WAYS[each.mode] if each.mode else "", each.state.replace("_", " ")
        number, school = str(each.number or ""), school_of(each, schools)
        table.add_row(number, each.reference, named(each), school, how, state)
    out.print(table if found else "nobody has asked for a place yet")


def why(
    booking: BookingRef,
    html: Annotated[Path | None, typer.Option(help="write the page as HTML to this file")] = None,
) -> None:
    """Say how a booking stands and why: "why was I not offered a place?" It names nobody, so it can be read out.

    Example: everyday bookings why B-5HTY-P5RVZ
    """
    at = places()
    found, meeting = ask(at, lambda looking: looking.booking(booking))
    others = ask(at, lambda looking: looking.bookings(meeting.reference))
    page = reasons.why(found, meeting, others, rules(), at.clock().now())
    if html:
        html.write_text(as_html(page), "utf-8")
        out.print(f"written: {html}", soft_wrap=True)
    else:
        out.print(as_text(page), markup=False, soft_wrap=True)


async def _booked(looking: Looking, meeting: str) -> list[Booking]:
    return await looking.bookings((await looking.meeting(reference(meeting, "M"))).reference)


def _facts(meeting: Meeting) -> dict[str, object]:
    details = meeting.details
    return {
        "meeting": meeting.reference,
        "title": details.title,
        "starts_at": details.starts_at.isoformat(),
        "where": where(details),
        "called_off": meeting.cancelled,
        "cause": details.cause.model_dump() if details.cause else None,
    }


def _places(meeting: Meeting) -> dict[str, str]:
    """How many places are taken of how many, for each way to come."""
    shown: dict[str, str] = {}
    for mode in meeting.details.modes:
        capacity = meeting.details.capacity(mode)
        shown[mode] = f"{meeting.taken(mode)} of {capacity if capacity is not None else 'any number'} {WAYS[mode]}"
    return shown


def _row(booking: Booking) -> dict[str, object]:
    return {
        "booking": booking.reference,
        "number": booking.number,
        "name": booking.person.name,
        "urn": booking.urn,
        "mode": booking.mode,
        "state": booking.state,
    }


def _meeting_page(meeting: Meeting) -> Page:
    details = meeting.details
    rows = [("When", when(details)), ("Length", length(details)), ("Where", where(details))]
    rows += [("Places", words) for words in _places(meeting).values()]
    rows.append(("Waiting", str(sum(place.state == "waiting" for place in meeting.places.values()))))
    if details.cause:
        survey = f" (survey {details.cause.survey})" if details.cause.survey else ""
        rows.append(("Arranged because of", f"{details.cause.theme}{survey}"))
    rows += [("Asked before the certificate", question.ask) for question in details.evaluation]
    rows += [("Agenda", f"{link.title}: {link.url}") for link in details.agenda]
    rows += [("Materials", f"{link.title}: {link.url}") for link in details.materials]
    if details.recording:
        rows.append(("Recording", details.recording))
    refused = [
        (moment(each["at"]), f"{each['command']}: " + " ".join(reason["words"] for reason in each["reasons"]))
        for each in meeting.refusals
    ]
    state = "Cancelled." if meeting.cancelled else f"Revision {meeting.revision}."
    lead = (f"{KINDS[details.kind].capitalize()}: {details.title}.", state, *([details.about] if details.about else []))
    sections = (Section("The meeting", rows=tuple(rows)), Section("Refused", rows=tuple(refused)))
    return Page(f"Meeting {meeting.reference}", lead, tuple(each for each in sections if each.rows))


def _booking_page(booking: Booking, meeting: Meeting, schools: Mapping[str, School]) -> Page:
    rows = [("Name", named(booking)), ("Email", booking.person.email), ("School", school_of(booking, schools))]
    if booking.booked_by:
        rows.append(("Booked by", f"{booking.booked_by.name} ({booking.booked_by.role})"))
    if booking.source:
        rows.append(("Came from", booking.source))
    rows.append(("Register", booking.attendance.replace("_", " ")))
    if booking.certificate:
        rows.append(("Certificate", booking.certificate))
    elif booking.owes_evaluation:
        rows.append(("Certificate", "waiting for their feedback, or until you waive it"))
    history = tuple((moment(entry["at"]), sentence(entry)) for entry in booking.history)
    lead = (f"{booking.state.replace('_', ' ').capitalize()}: {meeting.details.title}, {when(meeting.details)}.",)
    return Page(
        f"Booking {booking.reference}",
        lead,
        (Section("Whose it is", rows=tuple(rows)), Section("What happened", rows=history)),
    )
