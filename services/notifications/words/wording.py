"""Writes a message: a template and its facts, for one channel."""

import hashlib
import re
import tomllib
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, StrictUndefined, UndefinedError
from markupsafe import Markup
from pydantic_core import PydanticSerializationError, to_jsonable_python

from services.notifications.addresses.sms_parts import LONGEST
from services.notifications.words.contacts import ContactBook, contact_book
from services.notifications.words.email_words import as_html, as_text
from services.notifications.words.filling import Made, Unfit, empty, fill
from services.notifications.words.inert import apart, one_line
from services.notifications.words.letters import text_of, typeset
from services.notifications.words.template_files import LAYOUTS, Source, Template, Unwritable, find
from services.notifications.words.translations import ENGLISH, Translation
from shared.contracts.notifications import Channel

__all__ = ["Unwritable", "Written", "write"]

_GREETING = "To the attendance lead at {{ school }}\n\n"
_IN_ENGLISH = "The same in English:"
_HEADING = re.compile(r"^(#+) ", re.MULTILINE)
_UPN = re.compile(r"\b[A-HJ-NP-RT-Z][0-9]{11}[0-9A-HJ-NP-RT-Z]\b")


@dataclass(frozen=True)
class Written:
    """A message as it goes out. The subject has no personal data: it shows on locked screens and in logs.

    `text` is an email's text part (also what GOV.UK Notify gets), the whole text message, or what a letter says
    below its address; `html` is an email's HTML part; `pdf` a letter.
    """

    template: str
    version: str
    channel: Channel
    subject: str
    text: str
    html: str = ""
    pdf: bytes = b""
    language: str = ENGLISH
    """The language of the first or enclosed words: the English ones are there as well, except in a text message."""


def write(template: str, channel: Channel, facts: Mapping[str, Any], translated: Translation | None = None) -> Written:
    """Write a message: in English, or with a translation of it.

    An email has the English words below the translated ones; a letter is the whole English letter, and encloses
    them. A translation that must not be sent is labelled as such: only previews ask for one.

    `facts` are an event's fields, as JSON (dates as ISO text) or as Python has them, amounts in pence, with what the
    template needs besides (`everyday templates list NAME` says it).

    Raises:
        Unwritable: a field is missing, empty or unusable; the text names it and holds no personal data.
    """
    known = find(template, channel)
    as_json = _as_json(known, facts)
    _complete(known, as_json)
    version = _version(known, channel, as_json, translated)
    language = translated.language if translated else ENGLISH
    if channel == "letter":
        book = contact_book()
        pdf, text = typeset(known, as_json, book, translated), text_of(known, as_json, book, translated)
        subject = template.replace("_", " ").capitalize()
        return Written(template, version, channel, subject, text, pdf=pdf, language=language)
    context = _context(known, as_json, contact_book())
    source = (translated or known).sources[channel]
    if channel == "sms":
        return Written(template, version, channel, "", _text_message(known, source, context), language=language)
    subject = _subject(known, source, context)
    english = f"{_filled(known, known.sources['email'].body, context)}\n\n{_filled(known, _contact(), context)}"
    above = f"{_label(translated)}{_filled(known, source.body, context)}" if translated else ""
    html = _layout().render(
        subject=subject,
        body=_inner(english),
        above=_inner(above),
        language=language,
        book=context["book"],
        category=known.meta.category,
    )
    text = apart(as_text(f"{above}\n\n{_IN_ENGLISH}\n\n{english}" if above else english))
    return Written(template, version, channel, subject, text, html, language=language)


def _as_json(known: Template, facts: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        plain: Mapping[str, Any] = to_jsonable_python(dict(facts))
    except PydanticSerializationError:
        raise Unwritable(f"{known.name}: a field is of a kind that cannot be written") from None
    return plain


def _inner(markdown: str) -> Markup:
    return Markup(as_html(markdown))  # noqa: S704  made by markdown-it without HTML, from words that were escaped


def _label(translated: Translation) -> str:
    """The label above words that are only for looking at."""
    why = translated.unfit("email")
    return f"**Only to look at, not to be sent: {why}.**\n\n" if why else ""


def _version(known: Template, channel: Channel, facts: Mapping[str, Any], translated: Translation | None = None) -> str:
    """The template's own version; combined with that of a translation, or of the messages inside it."""
    own = known.versions[channel]
    parts = [translated.versions[channel]] if translated else []
    parts += [find(_name_of(known, each), "email").versions["email"] for each in _parts(known, facts)]
    return hashlib.sha256(" ".join((own, *parts)).encode()).hexdigest()[:16] if parts else own


def _complete(known: Template, facts: Mapping[str, Any]) -> None:
    for path in known.meta.needs:
        value: Any = facts
        for step in path.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        if value is None or (isinstance(value, str) and not value.strip()) or value in ([], (), {}):
            raise Unwritable(f"{known.name}: {path}: the field is missing or empty")


def _context(known: Template, facts: Mapping[str, Any], book: ContactBook) -> dict[str, Any]:
    """The facts that the template names, optional ones as empty, and what all templates share."""
    given = {name: facts[name] if facts.get(name) not in (None, "", []) else empty(name) for name in known.meta.names}
    shared = {
        "book": book,
        "contact": book.kinds[known.meta.contact],
        "campaign": book.campaign,
        "subject_of": lambda part: _subject_of(*_part(known, part, book)),
        "body_of": lambda part: _body_of(*_part(known, part, book)),
        **_shared_words(),
    }
    return {**given, **shared}


def _parts(known: Template, facts: Mapping[str, Any]) -> Sequence[Any]:
    return facts["messages"] if "messages" in known.meta.needs and isinstance(facts["messages"], list) else ()


def _name_of(known: Template, part: Any) -> str:
    if not isinstance(part, Mapping) or not isinstance(part.get("facts"), Mapping):
        raise Unwritable(f"{known.name}: messages: each has the name of a template and its facts")
    return str(part.get("template"))


def _part(known: Template, part: Any, book: ContactBook) -> tuple[Template, Mapping[str, Any]]:
    """A message inside another one."""
    inner = find(_name_of(known, part), "email")
    _complete(inner, part["facts"])
    return inner, _context(inner, part["facts"], book)


def _subject_of(known: Template, context: Mapping[str, Any]) -> str:
    return _subject(known, known.sources["email"], context)


def _body_of(known: Template, context: Mapping[str, Any]) -> Made:
    """Its words one heading deeper, without the greeting; the contact comes once, at the end."""
    words = known.sources["email"].body.replace(_GREETING, "")
    return Made(_HEADING.sub(r"#\1 ", _filled(known, words, context)))


def _subject(known: Template, source: Source, context: Mapping[str, Any]) -> str:
    subject = one_line(_filled(known, source.subject, context, markdown=False))
    if _UPN.search(subject):
        raise Unwritable(f"{known.name}: subject: it must not hold a UPN")
    return subject.replace("=?", "= ?")  # else mail programs read an encoded word, which may hide a header


def _text_message(known: Template, source: Source, context: Mapping[str, Any]) -> str:
    text = apart(one_line(_filled(known, source.body, context, markdown=False)))
    if len(text) > LONGEST:
        raise Unwritable(f"{known.name}: the text message is longer than {LONGEST} characters")
    return text


def _filled(known: Template, words: str, context: Mapping[str, Any], *, markdown: bool = True) -> str:
    try:
        return fill(words, context, markdown=markdown, own_domains=context["book"].own_domains).strip()
    except UndefinedError as error:
        raise Unwritable(f"{known.name}: {error.message}") from None
    except Unfit as error:
        raise Unwritable(f"{known.name}: {_place(error)}: {error}") from None
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise Unwritable(f"{known.name}: {_place(error)}: a field is not of the kind that is wanted there") from None


def _place(error: Exception) -> str:
    """The number of the line that could not be filled; the first after the header is 1."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<template>"]
    return f"line {lines[-1]} of its words" if lines else "its words"


@cache
def _contact() -> str:
    """The end of every email: whom to ask."""
    return (LAYOUTS / "contact.md").read_text("utf-8")


@cache
def _shared_words() -> Mapping[str, Any]:
    return {
        "codes": tomllib.loads((LAYOUTS / "codes.toml").read_text("utf-8")),
        **tomllib.loads((LAYOUTS / "campaign.toml").read_text("utf-8")),
    }


def key_messages() -> Mapping[str, str]:
    """The words of campaigns, by their names."""
    messages: Mapping[str, str] = _shared_words()["key_messages"]
    return messages


@cache
def _layout() -> Any:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string((LAYOUTS / "email.html").read_text("utf-8"))
