"""`everyday erase`: what each service holds about one person: what goes at their request, and what stays."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import uuid4

import typer
from rich.table import Table

from services.bookings.store import erasing as bookings
from services.notices.asking import erasing as notices
from services.notices.asking.person import known_as
from services.notifications.asking import erasing as notifications
from services.surveys.store import erasing as surveys
from shared.cli.asking import answered, hand_over
from shared.cli.audit import witnessed
from shared.cli.officer import Officer, OfficerId, Role
from shared.cli.output import BAD_INPUT, FAILURE, err, fail, out
from shared.cli.places import Places, places
from shared.contracts.erasure import ForgetInBookings, ForgetInNotifications, ForgetInSurveys, ForgetPerson
from shared.contracts.fields import Person as Colleague
from shared.hearing.dead import drop, list_dead
from shared.people.erasing import Held, Holds
from shared.people.person import Person, Unclear, read_person
from shared.store.documents import Store, StoreUnavailable

_OF_CASES = ("mis.", "notices.")
_DUE = "it says what the law wants kept of a pupil or a case: mend and replay it, or drop it by hand (everyday dead)"
COMMANDS: Mapping[str, type[ForgetPerson] | None] = {
    "notices": None, "notifications": ForgetInNotifications, "bookings": ForgetInBookings, "surveys": ForgetInSurveys,
}  # fmt: skip
"""The command for each service; the notices service holds nothing that may be erased early."""
_NOT_LOOKED_AT = (
    "Not erased: the audit trail, reasons and names of officers, opt-outs (a keyed hash, so that nobody writes again), "
    "anonymous answers, which nothing joins to a person, messages to other people that name them (90 days), "
    "and backups of the last five weeks. Whoever was erased and is named again is asked about: everyday returns list."
)


def erase(
    person: Annotated[str, typer.Argument(help="a UPN, an email address, or a parent's id in the school's record")],
    school: Annotated[list[str] | None, typer.Option(help="a parent's id: at this school (URN) only")] = None,
    do: Annotated[bool, typer.Option("--do", help="erase what may go; without it nothing is changed")] = False,
    reason: Annotated[str, typer.Option(help="with --do: what was asked, and why it is granted")] = "",
    officer_id: OfficerId = "",
    officer: Officer = "",
    role: Role = "Data Protection Officer",
) -> None:
    """Show what would be erased of a person, what stays and why; with --do, erase it (UK GDPR Art. 17).

    Example: everyday erase pat@school.example.org, read it, then the same with
    --do --reason "Asked by letter of 3 May" --officer-id officer-17 --officer "Jo Harwood"
    """
    if do and not (reason.strip() and officer_id.strip() and officer.strip()):
        fail("--do: say --reason, --officer-id and --officer as well", BAD_INPUT)
    at = places()
    try:
        asked = read_person(person, school or ())
    except Unclear as error:
        fail(str(error), BAD_INPUT)
    about = asked.upn or person.strip()
    if do:
        witnessed(at, "erase --do", about, by=officer_id, why=reason.strip())
    else:
        witnessed(at, "erase", about)
    try:
        asked, held = asyncio.run(_look(at, asked))
    except Unclear as error:
        fail(str(error), BAD_INPUT)
    except StoreUnavailable:
        fail("a store does not answer, and half an erasure is none: is the stack running?", FAILURE)
    _show(held)
    going = any(not one.stays for each in held.values() for one in each)
    if not do:
        err.print("nothing was changed: this is what --do would erase" if going else "nothing would be erased")
        return
    by = Colleague(id=officer_id.strip(), name=officer.strip(), role=role.strip())
    # To every service, whatever it holds: it remembers who was erased, so that messages still on their way find that.
    hand_over(at, *(kind.model_validate(_names(at, asked, reason, by)) for kind in COMMANDS.values() if kind))
    answered(lambda: _is_gone(asyncio.run(_look(at, asked))[1]), "everyday erase … (the same, without --do)")
    _drop_parked(at, held["parked"])
    err.print("[green]done[/green]: what may go is erased")


def _is_gone(held: Mapping[str, list[Held]]) -> bool | None:
    """True once everything that may go is gone; None until then."""
    return not any(COMMANDS.get(service) and not one.stays for service, each in held.items() for one in each) or None


async def _look(at: Places, person: Person) -> tuple[Person, dict[str, list[Held]]]:
    """The person under every name, and what each service holds about them and would decide now."""
    looks: Mapping[str, Holds] = {
        "notices": notices.holds,
        "notifications": notifications.holds,
        "bookings": bookings.holds,
        "surveys": surveys.holds,
    }
    stores = {name: Store(at.mongo, name) for name in looks}
    try:
        person = await known_as(stores["notices"], person)
        held = {name: await holds(stores[name], person) for name, holds in looks.items()}
        return person, {**held, "parked": await _parked(at, person)}
    finally:
        for store in stores.values():
            store.close()


async def _parked(at: Places, person: Person) -> list[Held]:
    """Parked messages that name the person. Those from schools and officers about a case are kept: they count."""
    letters = [each for each in await list_dead(at.amqp) if each.names(person)]
    return [
        Held(each.id, f"parked message {each.id}", _DUE if each.type.startswith(_OF_CASES) else "") for each in letters
    ]


def _drop_parked(at: Places, parked: Sequence[Held]) -> None:
    for each in parked:
        if not each.stays:
            asyncio.run(drop(at.amqp, each.id))


def _show(held: Mapping[str, list[Held]]) -> None:
    table = Table("service", "what", "goes", "stays, because")
    for service, records in held.items():
        for each in records:
            table.add_row(service, each.what, "" if each.stays else "yes", each.stays)
    out.print(table if any(held.values()) else "nothing is held about this person")
    out.print(_NOT_LOOKED_AT, soft_wrap=True)


def _names(at: Places, person: Person, reason: str, officer: Colleague) -> dict[str, object]:
    key = uuid4()
    names = {name: sorted(getattr(person, name)) for name in ("parents", "emails", "phones", "matters")}
    envelope = {"id": key, "correlation_id": key, "time": at.clock().now(), "reason": reason.strip()}
    return {**envelope, **names, "upn": person.upn, "urns": sorted(person.schools), "officer": officer}
