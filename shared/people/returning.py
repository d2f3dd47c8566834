"""Erased people, remembered only by keyed hashes; and those who are named again, about whom a person is asked.

A list or an import that names an erased person is accepted without them. It raises a question, which
`everyday returns` shows and an officer decides: they are allowed and the list is sent again, or they stay left out.
"""

import hmac
from collections.abc import Iterable
from datetime import datetime

from shared.contracts.erasure import DecideReturn
from shared.contracts.meetings import normalised
from shared.decisions.acting import repeated
from shared.observing.telemetry import log
from shared.people.person import Person, digits_of
from shared.store.documents import Change, Document, Store
from shared.time.clock import Clock, utc

ERASED = "erased"
_REMEMBERED = 20


class Erased:
    """One service's erased people, each address as a hash; without the key nobody can test an address."""

    def __init__(self, store: Store, key: str, clock: Clock) -> None:
        self._kept = store[ERASED]
        self._key = key
        self._clock = clock

    async def remember(self, person: Person, erasure: str) -> None:
        """Remember that a person was erased; this cancels an earlier decision on their return."""
        for name in sorted(self._names([*person.emails, *person.phones])):

            def decide(kept: Document | None) -> Change | None:
                if kept and kept["erasure"] == erasure:
                    return None
                fields = {"erasure": erasure, "at": utc(self._clock.now()), "asked": [], "answer": None}
                return Change(kept["_id"] if kept else name, (kept or {}).get("version", 0), fields)  # noqa: B023

            await self._kept.update(name, decide)

    async def among(self, addresses: Iterable[str | None]) -> set[str]:
        """Which of some addresses belong to an erased person."""
        names = {each: self._name(each) for each in addresses if each}
        found = await self._kept.get_many(set(names.values())) if names else {}
        return {each for each, name in names.items() if name in found}

    async def ask(self, addresses: Iterable[str], what: str, about: str) -> None:
        """Record that erased people were named again, and by what; once for each source."""
        for name in sorted(self._names(addresses)):

            def decide(kept: Document | None) -> Change | None:
                if kept is None or any((each["what"], each["about"]) == (what, about) for each in kept["asked"]):
                    return None
                asked = [*kept["asked"], {"what": what, "about": about, "at": utc(self._clock.now())}]
                return Change(kept["_id"], kept["version"], {"asked": asked[-_REMEMBERED:]})

            if await self._kept.update(name, decide):
                log.warning("return_asked_about", question=name, what=what, about=about)

    async def decide(self, command: DecideReturn) -> None:
        """Carry out an officer's decision: forget that they were erased, or leave them out without asking again.

        It is said to every service. One that has nobody of this name kept has nothing to do.
        """
        names = self._names(filter(None, [command.email, command.phone]))
        names |= {command.question} if command.question else set()
        for name in sorted(names):
            if command.allow:
                decided = await self._kept.remove({"_id": name})
            else:
                answer = {"by": command.officer.id, "at": utc(self._clock.now())}
                decided = await self._kept.set_all({"_id": name}, {"answer": answer})
            if decided:
                log.info("return_decided", question=name, allowed=command.allow, by=command.officer.id)
            else:
                repeated(command, question=name)

    def _names(self, addresses: Iterable[str]) -> set[str]:
        return {self._name(each) for each in addresses}

    def _name(self, address: str) -> str:
        kind, plain = ("email", normalised(address)) if "@" in address else ("phone", digits_of(address))
        return hmac.digest(self._key.encode(), f"erased:{kind}:{plain}".encode(), "sha256").hex()[:32]


async def questions(store: Store) -> list[Document]:
    """Undecided returns, the longest waiting first."""
    return await store[ERASED].find({"asked.0": {"$exists": True}, "answer": None}, sort=[("asked.0.at", 1)])


def since(question: Document) -> datetime:
    """When somebody was first named again."""
    at: datetime = question["asked"][0]["at"]
    return at
