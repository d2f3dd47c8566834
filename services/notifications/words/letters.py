"""Letters: A4, laid out for GOV.UK Notify's window envelope, as tagged PDF (PDF/UA-1) with their fonts inside."""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from html.parser import HTMLParser
from typing import Any

import typst

from services.notifications.words.contacts import ContactBook
from services.notifications.words.envelope import FIXES, fault, printed
from services.notifications.words.template_files import FILES, FOLDER, Template, Unwritable
from services.notifications.words.translations import Translation
from shared.time.clock import local_date

_LARGEST = 2 * 1024 * 1024  # bytes that Notify accepts
_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
_BREAK = "\u200b"  # where the layout may break a long word
_MISSING = re.compile(r'dictionary does not contain key "([a-z_]+)"')
_WHY = {
    "address too wide": "recipient.address.lines: a line is too wide for the envelope: shorten or split it",
    "letterhead too long": "the authority's name or contact is too long for the head of the letter",
    "too many pages": "the letter is longer than 10 pages",
    "unknown code": "a session has a code that is not an unauthorised absence",
    "could not be displayed": "it holds a character that the letter's font does not have",
    "glyph": "it holds a character that the letter's font does not have",
}
"""What a typst message means; the message itself may repeat words of the letter."""


def typeset(
    template: Template, facts: Mapping[str, Any], book: ContactBook, enclosed: Translation | None = None
) -> bytes:
    """The letter as PDF; the same facts always give the same bytes.

    `facts["recipient"]` has a name and an address; with `facts["large_print"]` the letter is set in 16 points.
    `enclosed` follows the whole English letter, whatever language its reader wishes.

    Raises:
        Unwritable: the address can't go on an envelope, a word can't be printed, or the letter does not fit.
    """
    pdf = _set(template, facts, book, enclosed, format="pdf", pdf_standards="ua-1")
    if not isinstance(pdf, bytes) or len(pdf) > _LARGEST:
        raise Unwritable(f"{template.name}: the letter is larger than 2 MB")
    return pdf


def text_of(
    template: Template, facts: Mapping[str, Any], book: ContactBook, enclosed: Translation | None = None
) -> str:
    """The letter's body as text, one line for each paragraph, heading, list item and row; raises Unwritable."""
    reader = _Reader()
    reader.feed(_set(template, facts, book, enclosed, format="html").decode())
    seen = "".join(reader.seen).replace(_BREAK, "")
    return "\n".join(line for each in seen.split("\n") if (line := " ".join(each.split()))) + "\n"


class _Reader(HTMLParser):
    """Reads typst's HTML: blocks become lines, cells are set apart."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self._in_head = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._in_head = self._in_head or tag == "head"
        self.seen.append({"li": "- ", "br": "\n"}.get(tag, ""))

    def handle_endtag(self, tag: str) -> None:
        self._in_head = self._in_head and tag != "head"
        self.seen.append("\n" if tag in {"p", "div", "li", "tr"} else " " if tag in {"td", "th"} else "")

    def handle_data(self, data: str) -> None:
        self.seen.append("" if self._in_head else data)


def pictures(template: Template, facts: Mapping[str, Any], book: ContactBook, ppi: float = 72) -> list[bytes]:
    """The letter's pages as PNG, to look at; raises Unwritable."""
    pages = _set(template, facts, book, None, format="png", ppi=ppi)
    return pages if isinstance(pages, list) else [pages]


def _set(
    template: Template, facts: Mapping[str, Any], book: ContactBook, enclosed: Translation | None, **how: Any
) -> Any:
    shown = _with_postcodes({name: facts[name] for name in template.meta.names if facts.get(name) is not None})
    address = _envelope(template.name, shown)
    for field, word in _words("", {**shown, "address": address}):
        if not _printable(word):
            raise Unwritable(f"{template.name}: {field} holds an invisible character that cannot be printed")
    dated = _day(template, facts)
    inputs = {
        "facts": {**shown, "dated": dated.isoformat(), "large_print": bool(facts.get("large_print"))},
        "address": address,
        "book": {"authority": book.authority, "team": book.team, "post": book.post},
        "contact": book.kinds[template.meta.contact].model_dump(),
        "enclosed": _page(enclosed) if enclosed else None,
    }
    try:
        return typst.compile(
            template.folder / "letter.typ",
            root=FOLDER,
            ignore_system_fonts=True,
            sys_inputs={name: json.dumps(value) for name, value in inputs.items()},
            timestamp=datetime.combine(dated, time(), UTC),
            **how,
        )
    except typst.TypstError as error:
        raise Unwritable(f"{template.name}: {_why(error.message)}") from None


def _page(enclosed: Translation) -> Mapping[str, str]:
    """The enclosed page: where its words are, in which language, and why it must not be sent."""
    return {
        "words": f"/{(enclosed.folder / FILES['letter']).relative_to(FOLDER)}",
        "language": enclosed.language.partition("-")[0],
        "unfit": enclosed.unfit("letter"),
    }


def _envelope(name: str, facts: Mapping[str, Any]) -> list[str]:
    """The lines of the address window as Notify prints them."""
    try:
        recipient = facts["recipient"]
        lines = [recipient["name"], *recipient["address"]["lines"], str(recipient["address"]["postcode"])]
    except (KeyError, TypeError):
        raise Unwritable(f"{name}: recipient: a letter needs a name and an address") from None
    if any("\n" in line or "\r" in line for line in lines):
        raise Unwritable(f"{name}: recipient: a line of the address holds a line break")
    if found := fault(lines):
        raise Unwritable(f"{name}: {': '.join(FIXES[found])}")
    return printed(lines)


def _with_postcodes(facts: Any) -> Any:
    """The same facts with every postcode written with one space, as sorting machines read it."""
    if isinstance(facts, Mapping):
        return {
            name: _spaced(str(each)) if name == "postcode" else _with_postcodes(each) for name, each in facts.items()
        }
    return [_with_postcodes(each) for each in facts] if isinstance(facts, list | tuple) else facts


def _spaced(postcode: str) -> str:
    joined = "".join(postcode.split()).upper()
    return f"{joined[:-3]} {joined[-3:]}"


def _day(template: Template, facts: Mapping[str, Any]) -> date:
    """The letter's date."""
    dated = str(facts.get(template.meta.dated, ""))
    try:
        return local_date(datetime.fromisoformat(dated)) if "T" in dated else date.fromisoformat(dated)
    except ValueError:
        raise Unwritable(f"{template.name}: {template.meta.dated}: it must be a day or an instant") from None


def _words(field: str, facts: Any) -> Iterator[tuple[str, str]]:
    """Every text in the facts, with the name of its field."""
    if isinstance(facts, Mapping):
        for name, value in facts.items():
            yield from _words(f"{field}.{name}" if field else str(name), value)
    elif isinstance(facts, list | tuple):
        for value in facts:
            yield from _words(field, value)
    elif isinstance(facts, str):
        yield field, facts


def _printable(text: str) -> bool:
    """Whether it has no control, format (right-to-left override …), private or separator characters but line breaks."""
    return all(unicodedata.category(each) not in _INVISIBLE for each in text if each != "\n")


def _why(message: str) -> str:
    if missing := _MISSING.search(message):
        return f"{missing[1]}: the field is missing"
    return next((why for sign, why in _WHY.items() if sign in message), "the letter could not be typeset")
