"""What commands about messages share: who asks, for which schools, and a question before something goes to many."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from services.notifications.deliveries.audiences import SCHOOLS, schools_of
from services.notifications.deliveries.volume import is_unusual
from shared.cli import asking
from shared.cli.output import BAD_INPUT, err, fail
from shared.cli.places import Places
from shared.contracts.base import Command
from shared.contracts.fields import WhichSchools
from shared.identity import read_reference
from shared.store.documents import Store

T = TypeVar("T")

Districts = Annotated[list[str] | None, typer.Option("--district", help="only schools of this district")]
Phases = Annotated[list[str] | None, typer.Option("--phase", help="only schools of this phase")]
Urns = Annotated[list[str] | None, typer.Option("--urn", help="only this school")]
Yes = Annotated[bool, typer.Option("--yes", help="do not ask before it goes to many")]


def person(officer_id: str, name: str, role: str) -> dict[str, str]:
    return {"id": officer_id, "name": name, "role": role}


def reference(typed: str) -> str:
    """A reference as we write it; a message's id, an MI Sheet's number and a campaign's step are taken as they are."""
    if len(typed) > 20 or "/" in typed:
        return typed
    try:
        return read_reference(typed)
    except ValueError as error:
        fail(str(error), BAD_INPUT)


def tell(at: Places, command: Command, see: str) -> None:
    """Send a command, and say where to follow it: messages go out gradually."""
    asking.hand_over(at, command)
    err.print(f"Sent, not confirmed yet. Check with: everyday {see}", soft_wrap=True)


def ask(at: Places, question: Callable[[Store], Awaitable[T]]) -> T:
    """Ask the notifications service's store, or end by saying what is wrong."""
    return asking.ask(at, "notifications", question)


def audience(districts: list[str] | None, phases: list[str] | None, urns: list[str] | None) -> WhichSchools:
    return WhichSchools(districts=tuple(districts or ()), phases=tuple(phases or ()), urns=tuple(urns or ()))


def schools_meant(at: Places, wanted: WhichSchools) -> int:
    """How many schools an audience has; if none, ends by naming those that exist."""

    async def look(store: Store) -> tuple[int, list[str]]:
        schools = store[SCHOOLS]
        known = await schools.find({}, fields=["district", "phase"])
        known_filters = {f"{name} {each[name]}" for each in known for name in ("district", "phase") if each.get(name)}
        return await schools.count(schools_of(wanted)), sorted(known_filters)

    count, known_filters = ask(at, look)
    if not count:
        there = f"there are: {', '.join(known_filters)}" if known_filters else "no school has been heard of yet"
        fail(f"no school that we know fits: {there}", BAD_INPUT)
    return count


def confirm(count: int, what: str, yes: bool) -> None:
    """Ask before something goes to many: a forgotten filter shows here, and not in four hundred schools."""
    if is_unusual(count) and not yes:
        typer.confirm(f"{what} goes to {count:,}. Send it?", abort=True, err=True)
