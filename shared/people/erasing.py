"""Erasure for one person: what a service holds, what of it may go, and what stays because of what."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from shared.contracts.erasure import ForgetPerson, PersonForgotten
from shared.identity import derived
from shared.observing.telemetry import log
from shared.people.person import Person, address_like
from shared.people.returning import Erased
from shared.store.documents import Store
from shared.time.clock import Clock

ERASURES = "erasures"
"""One document for each command that was done: counts, and nobody's name."""


@dataclass(frozen=True)
class Held:
    """One record about a person."""

    id: str
    what: str
    """Its kind and reference, in words that name nobody."""
    stays: str = ""
    """Why it is not erased; empty: it goes."""


_A_MAILBOX = (
    "the school has named it as the address of its office: the school changes it. Nothing is sent there until somebody "
    "allows it (everyday returns)"
)

Forget = Callable[[ForgetPerson], Awaitable[None]]
Holds = Callable[[Store, Person], Awaitable[list[Held]]]
"""Everything that a service holds of a person; the command line shows it, and the service goes by it."""


def person_of(command: ForgetPerson) -> Person:
    """Whom a command is about."""
    return Person(upn=command.upn, schools=frozenset(command.urns)).also(
        parents=command.parents, emails=command.emails, phones=command.phones, matters=command.matters
    )


def forgets(
    store: Store,
    holds: Holds,
    erase: Callable[[Sequence[str], ForgetPerson], Awaitable[None]],
    done: type[PersonForgotten],
    clock: Clock,
    erased: Erased,
    outboxes: Sequence[str],
) -> Forget:
    """A service's handler: it looks anew, erases what may go, and says how much. Twice is once.

    First of all it remembers by hashes who is erased, so that what is still on its way finds that; last, it takes back
    what waits in outboxes and names them.
    """

    async def forget(command: ForgetPerson) -> None:
        key = str(command.id)
        if await store[ERASURES].get(key):
            return
        person = person_of(command)
        await erased.remember(person, key)
        found = await holds(store, person)
        go = [each.id for each in found if not each.stays]
        await erase(go, command)
        await _take_back(store, outboxes, person)
        counts = {"gone": len(go), "kept": len(found) - len(go)}
        envelope = {"id": derived(command.id, "forgotten"), "time": clock.now(), "subject": key}
        story = {"correlation_id": command.correlation_id, "causation_id": command.id}
        event = done.model_validate({**envelope, **story, **counts})
        if await store[ERASURES].insert(key, {"at": clock.now(), "by": command.officer.id, **counts}, (event,)):
            log.info("person_forgotten", erasure=key, **counts)

    return forget


async def as_mailbox(store: Store, schools: str, person: Person) -> list[Held]:
    """Schools that have named one of the person's addresses as their own."""
    fields = [{"email": address_like(email)} for email in sorted(person.emails)]
    found = await store[schools].find({"$or": fields}, fields=["_id"], sort=[("_id", 1)]) if fields else []
    return [Held(each["_id"], f"attendance contact of school {each['_id']}", _A_MAILBOX) for each in found]


async def _take_back(store: Store, outboxes: Sequence[str], person: Person) -> None:
    """What waits to be published and names the person by an address is not said any more."""
    by_address = Person(emails=person.emails, phones=person.phones)
    for name in outboxes:
        for document in await store[name].unpublished({}):
            theirs = [each["id"] for each in document["outbox"] if by_address.is_named_in(each["body"])]
            if theirs:
                await store[name].published({document["_id"]: theirs})
