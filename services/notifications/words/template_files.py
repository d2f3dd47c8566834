"""The templates: a folder each, with its description, words by channel, and the facts of a sample and a worst case."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from jinja2 import TemplateSyntaxError, meta
from pydantic import BaseModel, ConfigDict

from services.notifications.words.contacts import ContactBook, Kind, contact_book
from services.notifications.words.filling import GLOBALS, WORDS
from shared.contracts.notifications import Channel
from shared.writing.toml_files import read_toml

FOLDER = Path(__file__).parents[1] / "templates"
LAYOUTS = FOLDER / "layouts"
Sample = Literal["sample", "worst"]
"""Facts to look at a template with: plain ones, or long, strange and hostile ones."""
FILES: Mapping[Channel, str] = {"email": "email.md", "sms": "sms.txt", "letter": "letter.typ"}
"""The words of each channel, in a template's folder and in those of its translations."""
_LAYOUTS: Mapping[Channel, tuple[str, ...]] = {
    "email": ("email.html", "contact.md", "codes.toml", "campaign.toml"),
    "sms": ("campaign.toml",),
    "letter": ("letter.typ", "penalty_notice.typ", "codes.toml"),
}
_SUBJECT = "Subject: "
_OF_A_SUBJECT = {
    "case", "notice", "reference", "number", "title", "kind", "count", "subject", "overdue", "campaign", "messages",
    "season", "titles", "answer_by",
}  # fmt: skip
"""The only facts a subject may use: it shows on locked screens and in logs."""


class Unwritable(Exception):
    """These words cannot be written. The text names template and field, and holds no personal data."""


class TemplateInvalid(ValueError):
    """A template whose files break a rule. The text names the file and the fix."""


class Meta(BaseModel):
    """What a template is for. `needs` and `may_have` name facts, inner ones with dots, such as `child.address`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    about: str
    category: Literal["statutory", "service", "campaign"]
    audience: Literal["school", "parent", "attendee", "respondent", "officer", "anyone"]
    contact: Kind
    """Which entry of the contact book its messages carry."""
    needs: tuple[str, ...] = ()
    may_have: tuple[str, ...] = ()
    dated: str = "time"
    """The fact that gives a letter its date: a day, or an instant."""

    @property
    def names(self) -> frozenset[str]:
        return frozenset(name.partition(".")[0] for name in (*self.needs, *self.may_have))


@dataclass(frozen=True)
class Source:
    """The words of one channel, not yet filled; for an email with its subject."""

    body: str
    subject: str = ""


@dataclass(frozen=True)
class Template:
    """One template as its files say it."""

    name: str
    meta: Meta
    sources: Mapping[Channel, Source]
    versions: Mapping[Channel, str]
    folder: Path

    def sample(self, kind: Sample = "sample") -> dict[str, Any]:
        """The facts of a sample; the worst one overrides fields of the plain one."""
        files = ("sample.json",) if kind == "sample" else ("sample.json", "worst.json")
        facts: dict[str, Any] = {}
        for file in files:
            facts |= json.loads((self.folder / file).read_text("utf-8"))
        return facts


@cache
def templates() -> Mapping[str, Template]:
    """Every template by its name, checked; raises TemplateInvalid or ContactsInvalid."""
    book = contact_book()
    folders = sorted(folder for folder in FOLDER.iterdir() if folder.is_dir() and folder != LAYOUTS)
    return {folder.name: read_template(folder, book) for folder in folders}


def find(name: str, channel: Channel) -> Template:
    """The template that has words for a channel; raises Unwritable."""
    found = templates().get(name)
    if found is None:
        raise Unwritable(f"{name}: there is no such template; `everyday templates list` names them")
    if channel not in found.sources:
        raise Unwritable(f"{name}: it has no words for the channel {channel}, only for {', '.join(found.sources)}")
    return found


def read_template(folder: Path, book: ContactBook) -> Template:
    """Read one template's folder and check it by the rules; raises TemplateInvalid."""
    try:
        text = (folder / "meta.toml").read_text("utf-8")
    except OSError as error:
        raise TemplateInvalid(f"{folder.name}/meta.toml: {error.strerror}") from None
    described = read_toml(Meta, text, f"{folder.name}/meta.toml", TemplateInvalid)
    there = {channel: folder / file for channel, file in FILES.items() if (folder / file).exists()}
    if not there:
        raise TemplateInvalid(f"{folder.name}: give it words: {', '.join(FILES.values())}")
    sources = {channel: source_of(channel, file.read_text("utf-8")) for channel, file in there.items()}
    for channel, source in sources.items():
        if faults := [*_unknown(described, channel, source), *broken(described, channel, source)]:
            raise TemplateInvalid(f"{folder.name}/{FILES[channel]}: {'; '.join(faults)}")
    versions = {channel: _version(folder, channel, book) for channel in there}
    return Template(folder.name, described, sources, versions, folder)


def source_of(channel: Channel, text: str) -> Source:
    """An email begins with its subject and an empty line; other channels have none."""
    if channel != "email" or not text.startswith(_SUBJECT):
        return Source(text)
    subject, _, body = text.removeprefix(_SUBJECT).partition("\n\n")
    return Source(body, subject)


def _unknown(described: Meta, channel: Channel, source: Source) -> Sequence[str]:
    """Names that the words use and meta.toml does not list."""
    if channel == "letter":
        return ()  # typst refuses them when it typesets the letter
    try:
        used = set().union(*(meta.find_undeclared_variables(WORDS.parse(text)) for text in vars(source).values()))
    except TemplateSyntaxError as error:
        return (f"line {error.lineno}: {error.message}",)
    return [f"meta.toml does not name the fact {name}" for name in sorted(used - described.names - GLOBALS)]


def broken(described: Meta, channel: Channel, source: Source) -> Sequence[str]:
    """House rules that the words break."""
    return [
        *(_broken_by_head(described, source) if channel == "email" else ()),
        *_broken_by_campaign(described, source),
    ]


def _broken_by_head(described: Meta, source: Source) -> Iterator[str]:
    if not source.subject:
        yield "begin with a line `Subject: …` and an empty line"
    named = meta.find_undeclared_variables(WORDS.parse(source.subject))
    if personal := sorted(named - _OF_A_SUBJECT):
        yield f"a subject is read on locked screens: it must not name {', '.join(personal)}"


def _broken_by_campaign(described: Meta, source: Source) -> Iterator[str]:
    if described.category != "campaign":
        return
    if described.audience == "parent" and "campaign.parents_link" not in source.body:
        yield "a campaign's words to parents carry the link: write {{ campaign.parents_link }}"
    if "unsubscribe" not in described.needs or "unsubscribe" not in source.body:
        yield "a campaign's words say how to stop them: name the fact unsubscribe and write its link"


def _version(folder: Path, channel: Channel, book: ContactBook) -> str:
    """A hash of the words: two bodies of one version came from the same words."""
    files = [folder / "meta.toml", folder / FILES[channel], *(LAYOUTS / name for name in _LAYOUTS[channel])]
    content = [file.read_bytes() for file in files] + [book.model_dump_json().encode()]
    return hashlib.sha256(b"\0".join(hashlib.sha256(each).digest() for each in content)).hexdigest()[:16]
