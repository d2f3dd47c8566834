"""Who has which reference: whoever inserts it first, for good. One that is another's is never given again."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from itertools import count
from uuid import UUID

from shared.identity import derived_reference
from shared.store import Store

REFERENCES = "references"

Held = Callable[[Collection[str]], Awaitable[Mapping[str, str]]]
"""Which of some references are held by documents from before they were kept here, and by what cause."""


class References:
    """The references of one service. Each is its cause's, however often that is delivered, to whichever replica."""

    def __init__(self, store: Store) -> None:
        self._claims = store[REFERENCES]

    async def of(self, kind: str, causes: Iterable[UUID], held: Held) -> dict[UUID, str]:
        """The reference of each cause; nearly always the first that is derived from it, in two round trips for all."""
        found: dict[UUID, str] = {}
        left = list(dict.fromkeys(causes))
        for again in count():
            if not left:
                return found
            wanted = {derived_reference(kind, cause, again): cause for cause in left}
            before = await held(wanted)
            free = {each: cause for each, cause in wanted.items() if before.get(each, str(cause)) == str(cause)}
            found |= {free[each]: each for each in await self.claimed(free)}
            left = [cause for cause in left if cause not in found]
        raise AssertionError("counting does not end")

    async def claim(self, reference: str, cause: UUID | str) -> bool:
        """Whether a reference is this cause's, now or before."""
        return bool(await self.claimed({reference: cause}))

    async def claimed(self, wanted: Mapping[str, UUID | str]) -> set[str]:
        """Which of some references are their causes', now or before: one round trip for all."""
        await self._claims.insert_facts([{"_id": each, "cause": str(cause)} for each, cause in wanted.items()])
        kept = await self._claims.get_many(wanted)
        return {each for each, cause in wanted.items() if kept[each]["cause"] == str(cause)}
