"""A person: the names and ids by which services know them, and what each service can say about them.

Each service has a `person.py` that offers what `Keeper` asks for; the command line puts them together.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol, Self

from shared.contracts.fields import check_upn
from shared.contracts.meetings import normalised
from shared.store.documents import Store
from shared.writing.paper import Section

_SUBSCRIBER = 10  # digits of a number in the United Kingdom


class Unclear(ValueError):
    """It is not clear which person is meant. The text says how to make it clear."""


@dataclass(frozen=True)
class Person:
    """The person asked about, under every name and id known here."""

    upn: str | None = None
    """Of a pupil; everybody else is an adult."""
    parents: frozenset[str] = frozenset()
    """The ids by which schools' records name a parent. Two schools' systems may use the same id for two people."""
    schools: frozenset[str] = frozenset()
    """The schools whose records are meant; empty: whichever there is."""
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    matters: frozenset[str] = frozenset()
    """The cases and notices that concern them."""

    def also(
        self,
        *,
        parents: Iterable[str] = (),
        emails: Iterable[str | None] = (),
        phones: Iterable[str | None] = (),
        matters: Iterable[str] = (),
    ) -> Self:
        """The same person, known by more names."""
        return replace(
            self,
            parents=self.parents | set(parents),
            emails=self.emails | {normalised(each) for each in emails if each},
            phones=self.phones | {each for each in phones if each},
            matters=self.matters | set(matters),
        )

    def names(self) -> frozenset[str]:
        """Every name and id of this person."""
        upn = {self.upn} if self.upn else set()
        return frozenset(upn | self.parents | self.emails | self.phones | self.matters)

    def is_named_in(self, text: str) -> bool:
        """Whether a text has one of their UPNs, addresses, numbers, ids or references, as a whole word."""
        known = "|".join(map(re.escape, self.names()))
        return bool(known and re.search(rf"(?<!\w)({known})(?!\w)", text, re.IGNORECASE))

    def is_reached_at(self, address: str) -> bool:
        """Whether an address or a number is theirs, however it was typed."""
        return self.is_at(address) if "@" in address else digits_of(address) in map(digits_of, self.phones)

    def is_at(self, email: str | None) -> bool:
        """Whether an address is theirs, however it was typed."""
        return email is not None and normalised(email) in self.emails


class Keeper(Protocol):
    """What a service's `person.py` offers."""

    async def kept(self, store: Store, person: Person) -> list[Section]:
        """Everything that is kept about a person, in words; other people appear as initials only."""


def read_person(text: str, schools: Iterable[str] = ()) -> Person:
    """The person asked about, from a UPN, an email address, or a parent's id in a school's record.

    Raises:
        Unclear: it looks like a UPN but is not valid.
    """
    asked, at = text.strip(), frozenset(schools)
    if "@" in asked:
        return Person(emails=frozenset({normalised(asked)}), schools=at)
    if re.fullmatch(r"[A-Za-z][0-9]{11}[A-Za-z0-9]", asked):
        try:
            return Person(upn=check_upn(asked.upper()), schools=at)
        except ValueError as error:
            raise Unclear(str(error)) from None
    if not asked:
        raise Unclear("say who: a UPN, an email address, or a parent's id in the school's record")
    return Person(parents=frozenset({asked}), schools=at)


def digits_of(number: str) -> str:
    """The digits that identify a phone number: those after the leading zero or the country code."""
    return re.sub(r"[^0-9]", "", number)[-_SUBSCRIBER:]


def initials(name: str) -> str:
    """Somebody else's name, reduced: R L."""
    return " ".join(word[0].upper() for word in _words(name))


def without_names(text: str, others: Iterable[str], own: Iterable[str] = ()) -> str:
    """A text that people wrote, with other people's known names reduced to initials."""
    kept = {word for name in own for word in _words(name)}
    words = {word for name in others for word in _words(name)} - kept
    forms = {form for word in words if len(word) > 1 for form in (word, word.upper(), word.capitalize())}
    if not forms:
        return text
    known = "|".join(sorted(map(re.escape, forms), key=len, reverse=True))
    return re.sub(rf"\b({known})\b", lambda found: found[0][0].upper(), text)


def address_like(email: str) -> dict[str, object]:
    """A query for an address that ignores case."""
    return {"$regex": f"^{re.escape(email)}$", "$options": "i"}


def _words(name: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", name)
