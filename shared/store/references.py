"""Who owns which reference: the first to insert it, for good. A taken one is never given again."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from itertools import count
from typing import TypeVar
from uuid import UUID, uuid4

from shared.identity import derived_reference
from shared.store.documents import Store

REFERENCES = "references"

C = TypeVar("C", UUID, str)

Held = Callable[[Collection[str]], Awaitable[Mapping[str, str]]]
"""Which of some references belong to documents from before this collection, and their causes."""


class References:
    """The references of one service. A cause always gets the same one, however often and wherever it is delivered."""

    def __init__(self, store: Store) -> None:
        self._claims = store[REFERENCES]

    async def of(self, kind: str, causes: Iterable[UUID], held: Held) -> dict[UUID, str]:
        """The reference of each cause; nearly always the first one derived from it; two round trips for all."""
        found: dict[UUID, str] = {}
        left = list(dict.fromkeys(causes))
        for again in count():
            if not left:
                return found
            wanted = {cause: derived_reference(kind, cause, again) for cause in left}
            before = await held(set(wanted.values()))
            free = {cause: each for cause, each in wanted.items() if before.get(each, str(cause)) == str(cause)}
            found |= {cause: free[cause] for cause in await self.claimed(free)}
            left = [cause for cause in left if cause not in found]
        raise AssertionError("counting does not end")

    async def claim(self, reference: str, cause: str) -> bool:
        """Whether this cause owns a reference, now or from before."""
        return bool(await self.claimed({cause: reference}))

    async def claimed(self, wanted: Mapping[C, str]) -> set[C]:
        """Which causes own the references they want, now or from before; two of them may want the same."""
        await self._claims.insert_facts([{"_id": each, "cause": str(cause)} for cause, each in wanted.items()])
        kept = await self._claims.get_many(wanted.values())
        return {cause for cause, each in wanted.items() if kept[each]["cause"] == str(cause)}


def new_reference(kind: str) -> str:
    """A new short reference such as `C-7K4M-9PXT3`: it means nothing, and its last character is a check."""
    return derived_reference(kind, uuid4())
