"""What has arrived at the stand-ins: their folders, read as they are and never written to."""

import io
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any, Literal

import typst
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from deploy.local.printing import address_lines

Kind = Literal["email", "sms", "letter"]
_ONE_PAGE = b"""
#set page(width: auto, height: auto, margin: 0pt)
#image(sys.inputs.file, page: int(sys.inputs.page))
"""
KINDS: tuple[Kind, ...] = ("email", "sms", "letter")


@dataclass(frozen=True)
class Arrival:
    """One message, as a list shows it. `key` names it in a link."""

    key: str
    kind: Kind
    instant: datetime
    reference: str
    recipient: str
    subject: str
    by: str
    """Which stand-in took it."""

    def matches(self, kind: str, words: str, about: Collection[str] = ()) -> bool:
        """Whether it is of a kind (any when empty) and has words in its reference, recipient or subject.

        `about` holds the references of messages that are about these words without saying so, such as an alert.
        """
        said = f"{self.reference} {self.recipient} {self.subject}".casefold()
        return kind in ("", self.kind) and (words.casefold().strip() in said or self.reference in about)


@dataclass(frozen=True)
class Provider:
    """A provider's stand-in: where it keeps what it has accepted, and where it is reached."""

    name: str
    folder: Path
    url: str


class Arrivals:
    """The mail sink's folder and those of the providers' stand-ins."""

    def __init__(self, mails: Path, providers: Sequence[Provider]) -> None:
        self._mails = mails
        self.providers = {each.name: each for each in providers}

    def newest_first(self) -> list[Arrival]:
        items = [_of_item(item, each) for each in self.providers.values() for item in self.items(each.name).values()]
        return sorted([*self._of_mails(), *items], key=lambda arrival: (arrival.instant, arrival.key), reverse=True)

    def mail(self, name: str) -> EmailMessage:
        """One message; raises KeyError."""
        file = self._mails / f"{Path(name).name}.eml"
        if not file.is_file():
            raise KeyError(name)
        return _parsed(file)

    def items(self, provider: str) -> dict[str, dict[str, Any]]:
        """What a stand-in has accepted, by its id; a line that is still being written is left out. Raises KeyError."""
        files = self.providers[provider].folder.glob("*.jsonl")
        lines = [line for file in files for line in file.read_bytes().split(b"\n")[:-1]]
        return {item["id"]: item for item in map(json.loads, lines)}

    def pdf(self, provider: str, item: dict[str, Any]) -> bytes:
        """A letter's file; raises KeyError."""
        file = self.providers[provider].folder / Path(str(item.get("file"))).name
        if not file.is_file():
            raise KeyError(item["id"])
        return file.read_bytes()

    def picture(self, provider: str, item: dict[str, Any], page: int) -> bytes:
        """One page of a letter as PNG, from 1; raises KeyError."""
        self.pdf(provider, item)
        try:
            picture = typst.compile(  # type: ignore[call-overload]  # its types want a root of the source's type
                _ONE_PAGE,
                root=self.providers[provider].folder,
                format="png",
                ppi=96,
                sys_inputs={"file": f"/{Path(item['file']).name}", "page": str(page)},
            )
        except typst.TypstError:
            raise KeyError(page) from None
        assert isinstance(picture, bytes)
        return picture

    def _of_mails(self) -> Iterator[Arrival]:
        for file in self._mails.glob("*.eml"):
            mail = _parsed(file)
            reference = str(mail["Message-ID"] or "").strip("<> ").partition("@")[0]
            yield Arrival(
                f"mails/{file.stem}",
                "email",
                _date(mail, file),
                reference,
                str(mail["To"]),
                str(mail["Subject"]),
                "SMTP",
            )


@cache
def _parsed(file: Path) -> EmailMessage:
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def _date(mail: EmailMessage, file: Path) -> datetime:
    told = getattr(mail["Date"], "datetime", None)
    if not isinstance(told, datetime):
        return datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return told.replace(tzinfo=told.tzinfo or UTC)


def words_of(item: dict[str, Any]) -> tuple[str, str]:
    """Subject and body of a text or an email: what a provider's template was filled with, or the body itself."""
    asked = item["asked"]
    filled = asked.get("personalisation") or {"body": asked.get("body", "")}
    others = [str(value) for name, value in filled.items() if name not in {"subject", "body"}]
    return str(filled.get("subject", "")), str(filled.get("body", "\n".join(others)))


def recipient_of(item: dict[str, Any]) -> str:
    """The address or number that a text or an email went to."""
    asked = item["asked"]
    to = asked.get("email_address") or asked.get("phone_number") or asked.get("to") or ""
    return ", ".join(map(str, to)) if isinstance(to, list) else str(to)


def _of_item(item: dict[str, Any], provider: Provider) -> Arrival:
    recipient, (subject, body) = recipient_of(item), words_of(item)
    if item["type"] == "letter":
        recipient, subject = _head_of(provider.folder / str(item["file"]))
    return Arrival(
        f"items/{provider.name}/{item['id']}",
        item["type"],
        datetime.fromisoformat(item["accepted_at"]),
        item["reference"] or "",
        recipient,
        subject or body[:60],
        provider.name,
    )


@cache
def _head_of(file: Path) -> tuple[str, str]:
    return letter_head(file.read_bytes()) if file.is_file() else ("", "")


def letter_head(pdf: bytes) -> tuple[str, str]:
    """What shows through a letter's window, in one line, and its title."""
    try:
        letter = PdfReader(io.BytesIO(pdf))
        return ", ".join(address_lines(letter.pages[0])), str((letter.metadata and letter.metadata.title) or "")
    except (PyPdfError, ValueError, KeyError, IndexError):
        return "", "A file that is no letter"


def letter_pages(pdf: bytes) -> list[str]:
    """The words of each page of a letter."""
    try:
        return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    except (PyPdfError, ValueError, KeyError, IndexError):
        return []
