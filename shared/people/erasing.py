"""Erasure for one person: what a service holds, what of it may be erased, and what stays and why."""

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
"""One document for each finished command: counts, and no names."""


@dataclass(frozen=True)
class Held:
    """One record about a person."""

    id: str
    what: str
    """Its kind and reference, in words without names."""
    stays: str = ""
    """Why it is not erased; empty: it is erased."""


_A_MAILBOX = (
    "the school has named it as the address of its office: the school changes it. Nothing is sent there until somebody "
    "allows it (everyday returns)"
)

Forget = Callable[[ForgetPerson], Awaitable[None]]
Holds = Callable[[Store, Person], Awaitable[list[Held]]]
"""Everything that a service holds about a person; the command line shows it, and the service acts on it."""


def person_of(command: ForgetPerson) -> Person:
    """The person that a command is about."""
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
    """A service's handler: it looks again, erases what may go, and publishes how much. Idempotent.

    First it remembers by hashes who is erased, so that messages still on their way find that; last, it cancels
    messages in outboxes that name them.
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
        caused = {"correlation_id": command.correlation_id, "causation_id": command.id}
        event = done.model_validate({**envelope, **caused, **counts})
        if await store[ERASURES].insert(key, {"at": clock.now(), "by": command.officer.id, **counts}, (event,)):
            log.info("person_forgotten", erasure=key, **counts)

    return forget


async def as_mailbox(store: Store, schools: str, person: Person) -> list[Held]:
    """Schools that have given one of the person's addresses as their own."""
    fields = [{"email": address_like(email)} for email in sorted(person.emails)]
    found = await store[schools].find({"$or": fields}, fields=["_id"], sort=[("_id", 1)]) if fields else []
    return [Held(each["_id"], f"attendance contact of school {each['_id']}", _A_MAILBOX) for each in found]


async def _take_back(store: Store, outboxes: Sequence[str], person: Person) -> None:
    """Drop unpublished messages that name the person by an address."""
    by_address = Person(emails=person.emails, phones=person.phones)
    for name in outboxes:
        for document in await store[name].unpublished({}):
            theirs = [each["id"] for each in document["outbox"] if by_address.is_named_in(each["body"])]
            if theirs:
                await store[name].published({document["_id"]: theirs})
