"""Emails to schools: their words from templates, and the message that carries them."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr

from jinja2 import Environment, PackageLoader, StrictUndefined

from shared.clock import in_words
from shared.contracts.notices import AbsenceThresholdCleared, AbsenceThresholdReached

_BECAUSE = {
    "marks_changed": "Since then, marks have been corrected.",
    "school_weeks_changed": "Since then, the school weeks that we count by have changed.",
}
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_TEMPLATES = Environment(
    loader=PackageLoader("services.notifications"),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701  plain text: there is no mark-up that a value could become
    keep_trailing_newline=True,
    trim_blocks=True,
)
_TEMPLATES.filters["in_words"] = in_words


@dataclass(frozen=True)
class Mail:
    """What an email says. The subject holds no personal data: it is seen on locked screens and in logs."""

    subject: str
    text: str


def threshold_reached(event: AbsenceThresholdReached, school_name: str) -> Mail:
    """Tell a school that a pupil has met the national threshold, what was counted, and what to do."""
    return _written(
        "threshold_reached.txt",
        school=_one_line(school_name),
        case=event.case,
        upn=event.upn,
        urn=event.urn,
        count=event.count,
        sessions=event.sessions,
        school_weeks=event.school_weeks,
        policy=event.policy,
        evidence_hash=event.evidence_hash,
    )


def threshold_cleared(event: AbsenceThresholdCleared, school_name: str) -> Mail:
    """Tell a school that the threshold is no longer met, and why."""
    return _written(
        "threshold_cleared.txt",
        school=_one_line(school_name),
        case=event.case,
        upn=event.upn,
        count=event.count,
        why=_BECAUSE[event.because],
    )


def message(mail: Mail, sender: str, recipient: str, reference: str, instant: datetime) -> EmailMessage:
    """The message as it is handed to the mail server; the same arguments always give the same bytes.

    `sender` is an address, with a name if wished; `recipient` an address alone; `reference` becomes the Message-ID.

    Raises:
        ValueError: something could smuggle a header in, or is no address. The text never repeats it.
    """
    for value in (mail.subject, sender, recipient, reference):
        _refuse_smuggling(value)
    if not _REFERENCE.fullmatch(reference):
        raise ValueError("a reference of an email has letters, digits, full stops and hyphens only")
    name, address = parseaddr(sender)
    by = _address(address, name)
    written = EmailMessage(policy=SMTP)
    written["From"] = by
    written["To"] = _address(recipient)
    written["Subject"] = mail.subject
    written["Date"] = instant
    written["Message-ID"] = f"<{reference}@{by.domain}>"
    written["Auto-Submitted"] = "auto-generated"
    written.set_content(mail.text, cte="quoted-printable")
    return written


def _written(template: str, **facts: object) -> Mail:
    """A template's first line is the subject, the rest after an empty line the text."""
    subject, text = _TEMPLATES.get_template(template).render(facts).split("\n\n", 1)
    return Mail(subject.removeprefix("Subject: "), text)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _address(spec: str, name: str = "") -> Address:
    try:
        return Address(display_name=name, addr_spec=spec)
    except (MessageError, ValueError, IndexError):
        raise ValueError("this is not an email address") from None


def _refuse_smuggling(value: str) -> None:
    """Control characters and line separators end a header early; "=?" begins an encoded word that may hold them."""
    if "=?" in value or any(unicodedata.category(each) in {"Cc", "Zl", "Zp"} for each in value):
        raise ValueError("a header of this email holds a control character, a line separator or an encoded word")
