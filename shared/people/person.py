"""A person: by which names services know them, and what each service offers to say of them.

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
    """It is not clear whom somebody asks about. The text says how to say it."""


@dataclass(frozen=True)
class Person:
    """Whom somebody asks about, under every name by which they are known here."""

    upn: str | None = None
    """Of a pupil; everybody else is an adult."""
    parents: frozenset[str] = frozenset()
    """The ids under which schools' records name a parent. Two schools' systems may use the same for two people."""
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
        """Every name by which this one person is known."""
        upn = {self.upn} if self.upn else set()
        return frozenset(upn | self.parents | self.emails | self.phones | self.matters)

    def is_named_in(self, text: str) -> bool:
        """Whether a text has a UPN, an address, a number, a parent's id or a reference of theirs, as a word."""
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
        """Everything that is kept of a person, in words; of other people initials only."""


def read_person(text: str, schools: Iterable[str] = ()) -> Person:
    """Whom somebody asks about: a UPN, an email address, or a parent's id in a school's record.

    Raises:
        Unclear: it looks like a UPN, and is none.
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
    """A phone number as one person's is recognised: what follows the trunk's zero or the country's code."""
    return re.sub(r"[^0-9]", "", number)[-_SUBSCRIBER:]


def initials(name: str) -> str:
    """What is left of somebody else's name: R L."""
    return " ".join(word[0].upper() for word in _words(name))


def without_names(text: str, others: Iterable[str], own: Iterable[str] = ()) -> str:
    """A text that people wrote, with other people's names as initials, as far as they are known."""
    kept = {word for name in own for word in _words(name)}
    words = {word for name in others for word in _words(name)} - kept
    forms = {form for word in words if len(word) > 1 for form in (word, word.upper(), word.capitalize())}
    if not forms:
        return text
    known = "|".join(sorted(map(re.escape, forms), key=len, reverse=True))
    return re.sub(rf"\b({known})\b", lambda found: found[0][0].upper(), text)


def address_like(email: str) -> dict[str, object]:
    """A query for an address, in whatever case it was typed."""
    return {"$regex": f"^{re.escape(email)}$", "$options": "i"}


def _words(name: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", name)
