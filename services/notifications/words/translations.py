"""Translations: beside a template a folder for each language, with its words by channel and who has checked them.

Only translations that a person has checked are sent, and only while the English words are unchanged since.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated

from jinja2 import TemplateSyntaxError, meta
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.notifications.words.filling import GLOBALS, WORDS
from services.notifications.words.template_files import (
    FILES,
    LAYOUTS,
    Source,
    Template,
    TemplateInvalid,
    broken,
    source_of,
    templates,
)
from shared.contracts.notifications import Channel
from shared.writing.toml_files import read_toml

ENGLISH = "en"
COVER = "cover_page"
"""The template whose translations are enclosed with every letter without one of its own."""

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")
_RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "syr", "ug", "ur", "yi"})
_SHARED_WORDS = {"key_messages": "campaign.toml", "codes": "codes.toml", "penalty_notice.typ": "penalty_notice.typ"}
"""Files of shared English words, each by the name that templates use for it."""


class _Checked(BaseModel):
    """`meta.toml` of a translation: who has checked it, and of which English words it was made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    checked_by: Annotated[str, Field(min_length=2)] | None = None
    """A person who reads the language: name and role."""
    checked_on: date | None = None
    english: Mapping[Channel, str]
    """The hash of the English words by channel, as `everyday templates list NAME` says it."""

    @model_validator(mode="after")
    def _is_checked_by_somebody_on_a_day(self) -> "_Checked":
        if (self.checked_by is None) != (self.checked_on is None):
            raise ValueError("checked_by: write both checked_by and checked_on, or neither")
        return self


@dataclass(frozen=True)
class Translation:
    """A template's words in another language."""

    template: str
    language: str
    sources: Mapping[Channel, Source]
    versions: Mapping[Channel, str]
    checked: _Checked
    folder: Path
    stale: frozenset[Channel]
    """Channels whose English words have changed since the translation was made."""

    def unfit(self, channel: Channel) -> str:
        """Why it must not be sent; empty if it may."""
        if channel in self.stale:
            return "the English words have changed since it was made"
        return "" if self.checked.checked_by else "nobody has checked it yet"


@cache
def translations() -> Mapping[str, Mapping[str, Translation]]:
    """Every translation by template and language, checked by the rules; raises TemplateInvalid."""
    return {each.name: {made.language: made for made in of_template(each)} for each in templates().values()}


def translation(template: str, channel: Channel, language: str, *, any_state: bool = False) -> Translation | None:
    """The words for somebody who wishes this language; for a letter, the page to enclose. None: English only.

    pt serves a wish for pt-BR. With `any_state` also translations that must not be sent: for looking at.
    """
    names = (template, COVER) if channel == "letter" else (template,)
    for name in names:
        made = translations().get(name, {})
        for wish in _and_wider(language):
            found = made.get(wish)
            if found and channel in found.sources and (any_state or not found.unfit(channel)):
                return found
    return None


def of_template(template: Template) -> Iterator[Translation]:
    """Read the translations of one template; raises TemplateInvalid."""
    for folder in sorted(each for each in template.folder.iterdir() if each.is_dir()):
        yield _read(template, folder)


def english_words(template: Template, channel: Channel) -> str:
    """The hash of a template's English words: its own file and the shared words it uses, but not the layout."""
    text = (template.folder / FILES[channel]).read_text("utf-8")
    shared = [(LAYOUTS / file).read_text("utf-8") for name, file in _SHARED_WORDS.items() if name in text]
    return hashlib.sha256("\0".join((text, *shared)).encode()).hexdigest()[:16]


def _read(template: Template, folder: Path) -> Translation:
    name, language = f"{template.name}/{folder.name}", folder.name
    if not _LANGUAGE.fullmatch(language):
        raise TemplateInvalid(f"{name}: a folder in a template is a language as BCP 47 writes it, such as pl or pt-BR")
    if language.split("-")[0] in _RIGHT_TO_LEFT:
        raise TemplateInvalid(f"{name}: it is written from right to left, which our letters and emails cannot set")
    try:
        checked = read_toml(_Checked, (folder / "meta.toml").read_text("utf-8"), f"{name}/meta.toml", TemplateInvalid)
    except OSError as error:
        raise TemplateInvalid(f"{name}/meta.toml: {error.strerror}") from None
    sources: dict[Channel, Source] = {
        channel: source_of(channel, (folder / file).read_text("utf-8"))
        for channel, file in FILES.items()
        if (folder / file).exists()
    }
    for channel, source in sources.items():
        if fault := _fault(template, channel, source, checked):
            raise TemplateInvalid(f"{name}/{FILES[channel]}: {fault}")
    current = {channel: english_words(template, channel) for channel in sources}
    return Translation(
        template.name,
        language,
        sources,
        {channel: _version(folder, channel) for channel in sources},
        checked,
        folder,
        frozenset(channel for channel in sources if checked.english[channel] != current[channel]),
    )


def _fault(template: Template, channel: Channel, source: Source, checked: _Checked) -> str:
    """Which house rule its words break."""
    if channel not in template.sources:
        return f"the template has no English words for the channel {channel}"
    if channel not in checked.english:
        return f"meta.toml does not say of which English words it was made: english.{channel}"
    if channel == "letter":
        return ""  # it helps to understand the letter, and need not say everything
    try:
        other = _facts(template.sources[channel]) ^ _facts(source)
    except TemplateSyntaxError as error:
        return f"line {error.lineno}: {error.message}"
    others = [f"it names other facts than the English words: {', '.join(sorted(other))}"] if other else []
    return "; ".join((*others, *broken(template.meta, channel, source)))


def _facts(source: Source) -> set[str]:
    """The facts that words name."""
    named = (meta.find_undeclared_variables(WORDS.parse(text)) for text in vars(source).values())
    return set().union(*named) - GLOBALS


def _version(folder: Path, channel: Channel) -> str:
    files = [folder / FILES[channel], *([LAYOUTS / "enclosed.typ"] if channel == "letter" else [])]
    return hashlib.sha256(b"\0".join(each.read_bytes() for each in files)).hexdigest()[:16]


def _and_wider(language: str) -> Iterator[str]:
    """A language, then the wider ones: pt-BR, pt (RFC 4647, lookup)."""
    parts = language.split("-")
    for end in range(len(parts), 0, -1):
        yield "-".join(parts[:end])
