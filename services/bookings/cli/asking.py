"""Asking the bookings service's store, sending commands, and reporting the result."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer

from services.bookings.booking.booking import Booking
from services.bookings.places.meeting import Meeting
from services.bookings.places.rules import Rules
from services.bookings.places.states import Kind
from services.bookings.places.words import sentence
from services.bookings.settings import BookingsSettings
from services.bookings.store.looking import Looking
from shared.cli import asking
from shared.cli.output import BAD_INPUT, FAILURE, err, fail, out, refused
from shared.cli.places import Places
from shared.contracts.base import Command
from shared.identity import read_reference
from shared.signing.signatories import refused_as
from shared.store.documents import NotFound

T = TypeVar("T")
_REFUSALS: frozenset[Kind] = frozenset({"refused", "change_refused"})

MeetingRef = Annotated[str, typer.Argument(help="the meeting, such as M-7K4M-9PXT3")]
BookingRef = Annotated[str, typer.Argument(help="the booking, such as B-7K4M-9PXT3")]


def ask(at: Places, question: Callable[[Looking], Awaitable[T]]) -> T:
    """Ask the bookings service's store, or end by saying what is wrong."""
    return asking.ask(at, "bookings", lambda store: question(Looking(store)))


def rules() -> Rules:
    """The rules that the running system uses, by the same environment variables."""
    return BookingsSettings(amqp_url="", mongo_url="", link_key="", public_url="", address_key="").rules()


def officer(officer_id: str, name: str, role: str) -> dict[str, str]:
    return {"id": officer_id, "name": name, "role": role}


def staff(officer_id: str, name: str) -> dict[str, str]:
    """A colleague who acts for a person."""
    return {"id": officer_id, "name": name, "role": "staff"}


def reference(asked: str, kind: str) -> str:
    """A reference as somebody typed it, or an end by saying how to write one."""
    try:
        found = read_reference(asked)
    except ValueError as error:
        fail(str(error), BAD_INPUT)
    if not found.startswith(kind):
        fail(f"give a reference that begins with {kind}-", BAD_INPUT)
    return found


def hand_over(at: Places, about: Command, booking: str) -> None:
    """Send a command about a booking, and report the result."""
    asking.hand_over(at, about)
    check = f"everyday bookings why {booking}"
    entries = asking.answered(lambda: ask(at, lambda looking: _entries(looking, booking, str(about.id))), check)
    for entry in entries:
        out.print(sentence(entry), markup=False, soft_wrap=True)
    err.print(f"More: {check}", soft_wrap=True)
    if any(entry["what"] in _REFUSALS for entry in entries):
        raise typer.Exit(FAILURE)


def hand_over_to_host(at: Places, about: Command, meeting: str, done: str) -> None:
    """Send a host's command, and say that it is done, or why it was refused."""
    asking.hand_over(at, about)
    check = f"everyday bookings show {meeting}"
    found = asking.answered(lambda: ask(at, lambda looking: _heard(looking, meeting, str(about.id))), check)
    why = next((each for each in found.refusals if each["cause"] in _causes(str(about.id))), None)
    if why is not None:
        refused(*(reason["words"] for reason in why["reasons"]))
    err.print(f"[green]{done}[/green]. See it with: {check}", soft_wrap=True)


def answered(at: Places, meeting: str, cause: str) -> int:
    """How many bookings a host's register changed; ends with the reasons if it was refused."""
    check = f"everyday bookings show {meeting}"
    count, why = asking.answered(lambda: ask(at, lambda looking: _recorded(looking, meeting, cause)), check)
    if why:
        refused(why)
    return count


async def _recorded(looking: Looking, meeting: str, cause: str) -> tuple[int, str] | None:
    """How many bookings it changed, or why none; None until either is known."""
    for refusal in (await looking.meeting(meeting)).refusals:
        if refusal["cause"] in _causes(cause):
            return 0, " ".join(reason["words"] for reason in refusal["reasons"])
    bookings = await looking.bookings(meeting)
    count = sum(any(entry["cause"] == cause for entry in each.history) for each in bookings)
    return (count, "") if count else None


async def _entries(looking: Looking, booking: str, cause: str) -> list[dict[str, Any]] | None:
    try:
        found, _ = await looking.booking(booking)
    except NotFound:
        return None
    return [dict(entry) for entry in found.history if entry["cause"] == cause] or None


async def _heard(looking: Looking, meeting: str, cause: str) -> Meeting | None:
    try:
        found = await looking.meeting(meeting)
    except NotFound:
        return None
    return found if _causes(cause).intersection(found.heard) else None


def _causes(cause: str) -> set[str]:
    """The ids under which a command can have had an effect."""
    return {cause, str(refused_as(UUID(cause)))}


def named(booking: Booking) -> str:
    """A person as the duty line reads them out."""
    return f"{booking.person.name}, {booking.person.role}" if booking.person.role else booking.person.name
