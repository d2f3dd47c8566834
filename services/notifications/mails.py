"""The message that carries an email: built so that nothing in it can become a header (OWASP ASVS 1.3.11)."""

import re
import unicodedata
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr

from services.notifications.attachments import Attachment
from services.notifications.providers.outcomes import Outgoing

_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}")
_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+")
_METHOD = re.compile(r"[A-Z]*")


class NoAddress(ValueError):
    """This is not an email address. The text never repeats it."""


def message(outgoing: Outgoing, sender: str) -> EmailMessage:
    """The message as it is handed to the mail server; the same arguments always have the same Message-ID.

    `sender` is an address, with a name if wished; the outgoing's address an address alone. Plain text, with HTML as an
    alternative where there is any, and attachments.

    Raises:
        NoAddress: the recipient or the sender is no address.
        ValueError: something could smuggle a header in. The text never repeats it.
    """
    written = outgoing.written
    for value in (written.subject, sender, outgoing.address, outgoing.reference, outgoing.unsubscribe):
        _refuse_smuggling(value)
    if not _REFERENCE.fullmatch(outgoing.reference):
        raise ValueError("a reference of an email has letters, digits, full stops and hyphens only")
    name, address = parseaddr(sender)
    by = _address(address, name)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = by
    mail["To"] = _address(outgoing.address)
    mail["Subject"] = written.subject
    mail["Date"] = outgoing.at
    mail["Message-ID"] = f"<{outgoing.reference}@{by.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    if outgoing.unsubscribe:  # RFC 2369, RFC 8058
        mail["List-Unsubscribe"] = f"<{outgoing.unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(written.text, cte="quoted-printable")
    if written.html:
        mail.add_alternative(written.html, subtype="html", cte="quoted-printable")
    for attachment in outgoing.attachments:
        _attach(mail, attachment)
    return mail


def _attach(mail: EmailMessage, attachment: Attachment) -> None:
    checks = ((_NAME, attachment.name), (_TYPE, attachment.type), (_METHOD, attachment.method))
    if not all(pattern.fullmatch(value) for pattern, value in checks):
        raise ValueError("an attachment has a plain file name, a media type, and a method in capitals or none")
    kind, subtype = attachment.type.split("/")
    params = {"method": attachment.method, "charset": "utf-8"} if attachment.method else {}
    mail.add_attachment(
        attachment.content, maintype=kind, subtype=subtype, filename=attachment.name, cte="base64", params=params
    )


def _address(spec: str, name: str = "") -> Address:
    try:
        return Address(display_name=name, addr_spec=spec)
    except (MessageError, ValueError, IndexError):
        raise NoAddress("this is not an email address") from None


def _refuse_smuggling(value: str) -> None:
    """Control characters and line separators end a header early; "=?" begins an encoded word that may hold them."""
    if "=?" in value or any(unicodedata.category(each) in {"Cc", "Zl", "Zp"} for each in value):
        raise ValueError("a header of this email holds a control character, a line separator or an encoded word")
