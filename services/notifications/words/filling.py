"""Filling words with facts: whatever a template prints is made inert, and missing facts are named. Pure.

Our templates can do little (Jinja's sandbox) and guess nothing: a field that they print has to be there. Only
what a template marks, a link or paragraphs, comes out as mark-up; every other value comes out as words.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any
from urllib.parse import quote

from jinja2 import StrictUndefined, Undefined, UndefinedError
from jinja2.sandbox import SandboxedEnvironment

from services.notifications.words.inert import escaped, one_line, plain
from shared.contracts.web import is_address
from shared.time.clock import in_words, moment, period

GLOBALS = frozenset({"book", "contact", "campaign", "codes", "key_messages", "titles", "link", "subject_of", "body_of"})
"""Names that every template may use besides its facts: the contact book, its own contact, and shared parts."""


_MAILBOX = re.compile(r"mailto:[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+")
_AS_IT_IS = "/?#:@&=+~.-_%!$,;"  # of an address; brackets, asterisks and quotation marks are mark-up to some programs
_TAKEN_FOR_A_STOP = re.compile(r"[.,;!]$")
"""Mail programs take these as the end of the sentence, not of the address."""


class Unfit(ValueError):
    """A fact that is there but cannot be written as the template wants. The text holds no data."""


class Made(str):
    """Mark-up that a template has made."""

    __slots__ = ()


class Empty(Undefined):
    """An empty field: false if a template tests it, an error if it prints it."""

    __str__ = StrictUndefined.__str__
    __iter__ = StrictUndefined.__iter__


def empty(name: str) -> Empty:
    return Empty(hint=f"the field {name} is empty", name=name)


class _Environment(SandboxedEnvironment):
    """A fact's fields are its keys, never methods; an empty field is `Empty`."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.getitem(obj, attribute) if isinstance(obj, Mapping) else super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if not isinstance(obj, Mapping):
            return super().getitem(obj, argument)
        if argument not in obj:
            return self.undefined(obj=obj, name=argument)
        return empty(argument) if obj[argument] in (None, "") else obj[argument]


def fill(words: str, context: Mapping[str, Any], *, markdown: bool, own_domains: tuple[str, ...] = ()) -> str:
    """The words with their fields, as Markdown or as bare text.

    Raises:
        jinja2.UndefinedError: a field is missing or empty; the text names it.
        Unfit: a field cannot be written so.
    """
    return str(_compiled(words, markdown, own_domains).render(context))


@cache
def _compiled(words: str, markdown: bool, own_domains: tuple[str, ...]) -> Any:
    return _environment(markdown, own_domains).from_string(words)


@cache
def _environment(markdown: bool, own_domains: tuple[str, ...]) -> SandboxedEnvironment:
    def inert(value: object) -> str:
        words = plain(str(value), own_domains)
        return escaped(words) if markdown else words

    def finished(value: object) -> object:
        if isinstance(value, Mapping | list):
            raise Unfit("a field holds several values where words are wanted")
        return value if isinstance(value, Made) else inert(value)

    def paragraphs(value: object) -> Made:
        """Typed text with each line as its own paragraph."""
        return Made("\n\n".join(inert(line) for line in str(value).splitlines() if one_line(line)))

    def link(address: object, words: object = "") -> Made:
        """A link: any web address that passed our checks, or a mailbox."""
        target = _safe(str(address))
        if not markdown:
            return Made(target)
        shown = inert(words) if words else escaped(target.removeprefix("mailto:").removeprefix("https://"))
        return Made(f"[{shown}](<{escaped(target)}>)")

    made = _Environment(
        undefined=StrictUndefined,
        autoescape=False,  # `finished` escapes everything for its target
        finalize=finished,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"day": _day, "money": _money, "paragraphs": paragraphs, "in_order": _in_order}
    made.filters |= {"moment": _moment, "when": _when}
    made.globals = {"link": link}
    return made


def _day(value: object) -> str:
    """A date as people write it in letters."""
    try:
        return in_words(date.fromisoformat(str(value)))
    except UndefinedError:
        raise
    except ValueError:
        raise Unfit("a date is not written as 2024-10-04") from None


def _moment(value: object) -> str:
    """Day and time, as people in London write them."""
    try:
        return moment(datetime.fromisoformat(str(value)))
    except UndefinedError:
        raise
    except ValueError:
        raise Unfit("an instant is not written as 2024-10-04T09:30:00Z") from None


def _when(meeting: Mapping[str, Any]) -> str:
    """From when to when something lasts: `starts_at`, and `ends_at` if it has an end."""
    try:
        starts_at, ends_at = (str(meeting[name] or "") for name in ("starts_at", "ends_at"))
        return period(datetime.fromisoformat(starts_at), datetime.fromisoformat(ends_at) if ends_at else None)
    except ValueError:
        raise Unfit("an instant is not written as 2024-10-04T09:30:00Z") from None


def _money(pence: object) -> str:
    """Pence as people write them: £80, or £80.50."""
    if not isinstance(pence, int) or isinstance(pence, bool) or pence < 0:
        raise Unfit("an amount is not a number of pence")
    pounds, rest = divmod(pence, 100)
    return f"£{pounds}.{rest:02d}" if rest else f"£{pounds}"


def _in_order(sessions: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Sessions by day, morning before afternoon."""
    return sorted(sessions, key=lambda mark: (mark["date"], mark["session"]))


def _safe(address: str) -> str:
    """The address as every mail program reads it in full; raises Unfit."""
    if _MAILBOX.fullmatch(address):
        return address
    if not is_address(address) or len(address) > 2000:
        raise Unfit("an address of a link is not a plain https address")
    return _TAKEN_FOR_A_STOP.sub(lambda stop: f"%{ord(stop[0]):02X}", quote(address, safe=_AS_IT_IS))


WORDS: SandboxedEnvironment = _environment(markdown=True, own_domains=())
"""For reading a template without filling it."""
