"""An email for the mail server: text and HTML, attachments, and headers that nobody can inject into."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr

from services.notifications.words.attachments import Attachment
from services.notifications.words.wording import Written
from shared.writing.mailboxes import NoMailbox, on_the_wire

_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,99}")
_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+")
_METHOD = re.compile(r"[A-Z]*")
_UNSUBSCRIBE = re.compile(r"https?://[A-Za-z0-9.:-]+/[A-Za-z0-9._~/?=&%-]*")


class NoSender(ValueError):
    """The sender is not an address: no mail at all can be sent, whoever it is to."""


class NoAddress(ValueError):
    """No mail can be sent to this address. The text never repeats it."""


def message(
    written: Written,
    *,
    sender: str,
    recipient: str,
    reference: str,
    instant: datetime,
    unsubscribe: str = "",
    attachments: Sequence[Attachment] = (),
    in_reply_to: str = "",
) -> EmailMessage:
    """The message; the same arguments always give the same bytes.

    `sender` is an address, with or without a name; `recipient` an address; `reference` becomes the Message-ID, and
    `in_reply_to` is the reference of an earlier message to the same person. `unsubscribe` is the address that takes a
    one-click POST (RFC 8058).

    Raises:
        NoAddress: the recipient is not an address.
        NoSender: the sender is none.
        ValueError: something could smuggle a header in. The text never repeats it.
    """
    for value in (written.subject, sender, recipient, reference, in_reply_to, unsubscribe):
        _refuse_smuggling(value)
    name, address = parseaddr(sender)
    try:
        by = _address(address, name)
    except NoAddress as error:
        raise NoSender(f"the sender: {error}") from None
    made = EmailMessage(policy=SMTP)
    made["From"] = by
    made["To"] = _address(recipient)
    made["Subject"] = written.subject
    made["Date"] = instant
    made["Message-ID"] = _message_id(reference, by)
    if in_reply_to:
        made["In-Reply-To"] = made["References"] = _message_id(in_reply_to, by)
    made["Auto-Submitted"] = "auto-generated"
    if unsubscribe:
        if not _UNSUBSCRIBE.fullmatch(unsubscribe):
            raise ValueError("the address for unsubscribing is not a plain web address")
        made["List-Unsubscribe"] = f"<{unsubscribe}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(written.text, cte="quoted-printable")
    if written.html:
        made.add_alternative(written.html, subtype="html", cte="quoted-printable")
    for attachment in attachments:
        _attach(made, attachment)
    _fix_boundaries(made, reference)
    return made


def _attach(made: EmailMessage, attachment: Attachment) -> None:
    checks = ((_FILE, attachment.name), (_TYPE, attachment.type), (_METHOD, attachment.method))
    if not all(pattern.fullmatch(value) for pattern, value in checks):
        raise ValueError("an attachment has a plain file name, a media type, and a method in capitals or none")
    kind, subtype = attachment.type.split("/")
    params = {"method": attachment.method, "charset": "utf-8"} if attachment.method else {}
    made.add_attachment(
        attachment.content, maintype=kind, subtype=subtype, filename=attachment.name, cte="base64", params=params
    )


def _fix_boundaries(made: EmailMessage, reference: str) -> None:
    """Boundaries derived from the reference: no part can contain them, since "=_" never occurs in an encoded body."""
    for place, part in enumerate(made.walk()):
        if part.is_multipart():
            digest = hashlib.sha256(f"{reference}:{place}".encode()).hexdigest()[:24]
            part.set_boundary(f"=_{digest}")


def _message_id(reference: str, by: Address) -> str:
    if not _REFERENCE.fullmatch(reference):
        raise ValueError("a reference of an email has letters, digits, full stops and hyphens only")
    return f"<{reference}@{by.domain}>"


def _address(spec: str, name: str = "") -> Address:
    """An address in the form that servers take: a header with any other cannot be sent (RFC 6532)."""
    try:
        return Address(display_name=name, addr_spec=on_the_wire(spec))
    except NoMailbox as error:
        raise NoAddress(str(error)) from None
    except (MessageError, ValueError, IndexError):
        raise NoAddress("this is not an email address") from None


def _refuse_smuggling(value: str) -> None:
    """Control characters and line separators end a header early; "=?" begins an encoded word that may contain them."""
    if "=?" in value or any(unicodedata.category(each) in {"Cc", "Zl", "Zp"} for each in value):
        raise ValueError("a header of this email holds a control character, a line separator or an encoded word")
