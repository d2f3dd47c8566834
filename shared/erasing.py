"""Erasure for one person: what a service holds, what of it may go, and what stays because of what."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from shared.clock import Clock
from shared.contracts.erasure import ForgetPerson, PersonForgotten
from shared.identity import derived
from shared.person import Person
from shared.store import Store
from shared.telemetry import log

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
) -> Forget:
    """A service's handler: it looks anew, erases what may go, and says how much. Twice is once."""

    async def forget(command: ForgetPerson) -> None:
        key = str(command.id)
        if await store[ERASURES].get(key):
            return
        found = await holds(store, person_of(command))
        go = [each.id for each in found if not each.stays]
        await erase(go, command)
        counts = {"gone": len(go), "kept": len(found) - len(go)}
        envelope = {"id": derived(command.id, "forgotten"), "time": clock.now(), "subject": key}
        story = {"correlation_id": command.correlation_id, "causation_id": command.id}
        event = done.model_validate({**envelope, **story, **counts})
        if await store[ERASURES].insert(key, {"at": clock.now(), "by": command.officer.id, **counts}, (event,)):
            log.info("person_forgotten", erasure=key, **counts)

    return forget
