"""Erased people are told nothing except statutory messages; if a list names them, a person is asked."""

from collections.abc import Iterable, Sequence

from services.notifications.rules.rule import Recipient, Rule
from shared.contracts.base import Message
from shared.contracts.circulars import RunCampaign
from shared.contracts.fields import WhichSchools
from shared.people.returning import Erased
from shared.store.documents import Document

WHY = "this person was erased at their request (everyday returns)"
"""Why somebody is not sent a message."""


class LeftOut:
    """Finds erased people among recipients."""

    def __init__(self, erased: Erased) -> None:
        self._erased = erased

    async def without(self, rule: Rule, event: Message, about: str) -> Message | None:
        """What may be told and kept: a list without the erased; None if nobody else is on it."""
        if rule.category == "statutory":
            return event
        if isinstance(event, RunCampaign):
            return await self.listed(event)
        whom = rule.whom(event)
        if isinstance(whom, WhichSchools):
            return event
        gone = await self._asked(whom, event.key(), about)
        return None if whom and all(_is_among(each, gone) for each in whom) else event

    async def listed(self, command: RunCampaign) -> RunCampaign:
        """A list without the erased, about whom a person is asked."""
        gone = await self._asked(command.members, command.key(), command.about)
        if not gone:
            return command
        return command.model_copy(update={"members": tuple(m for m in command.members if not _is_among(m, gone))})

    async def of(self, rule: Rule, people: Sequence[Recipient], event: Message, about: str) -> list[Recipient]:
        """The recipients without the erased."""
        if rule.category == "statutory":
            return list(people)
        gone = await self._asked(people, event.key(), about)
        return [each for each in people if not _is_among(each, gone)]

    async def is_erased(self, delivery: Document) -> bool:
        """The same for a message that is already planned."""
        to = delivery["recipient"]
        named = [to["email"], to["phone"]]
        return delivery["category"] != "statutory" and bool(await self._erased.among(named))

    async def _asked(self, people: Iterable["Recipient | object"], what: str, about: str) -> set[str]:
        gone = await self._erased.among(address for each in people for address in _addresses(each))
        if gone:
            await self._erased.ask(gone, what, about)
        return gone


def _addresses(person: object) -> tuple[str | None, str | None]:
    return getattr(person, "email", None), getattr(person, "phone", None)


def _is_among(person: object, gone: set[str]) -> bool:
    return not gone.isdisjoint(filter(None, _addresses(person)))
