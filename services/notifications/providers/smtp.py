"""Email over our own mail server (SMTP, RFC 5321), with TLS and a login if it asks for them.

A mail server cannot be asked afterwards: a mail under way when the connection broke is sent again, with the same
Message-ID (decision 7).
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPSenderRefused,
)

from services.notifications.providers.outcomes import Accepted, NotNow, Outgoing, Refused, Unknown
from services.notifications.settings import NotificationsSettings
from services.notifications.words.email_message import NoAddress, NoSender, message
from services.notifications.words.wording import Written
from shared.contracts.notifications import Channel

_OF_ADDRESS = re.compile(r"5\.(1\.|2\.(?!2))")
"""Enhanced status codes (RFC 3463) about an address or a mailbox; a full one (5.2.2) still exists."""
_ENHANCED = re.compile(r"5\.[0-9]{1,3}\.[0-9]{1,3}\b")


class Smtp:
    """Sends mail on connections that stay open from one message to the next."""

    name = "smtp"
    account = "smtp"
    channel: Channel = "email"

    def __init__(self, settings: NotificationsSettings) -> None:
        self._settings = settings
        self._idle: list[SMTP] = []

    def objection(self, outgoing: Outgoing) -> str | None:
        return None

    def as_sent(self, written: Written) -> Written:
        return written

    async def send(self, outgoing: Outgoing) -> Accepted:
        """Send one mail. Nothing is accepted before its body goes out; after that, without an answer, nobody knows."""
        try:
            mail = message(
                outgoing.written,
                sender=self._settings.mail_from,
                recipient=outgoing.address,
                reference=outgoing.reference,
                instant=outgoing.at,
                unsubscribe=outgoing.unsubscribe,
                attachments=outgoing.attachments,
            )
            content = mail.as_bytes()
        except NoSender as error:
            raise NotNow(str(error), "account") from None
        except NoAddress as error:
            raise Refused(str(error), address=True) from None
        except ValueError as error:
            raise Refused(str(error)) from None
        sender, recipient = (mail[header].addresses[0].addr_spec for header in ("From", "To"))
        try:
            async with self._connection() as smtp:
                await _envelope(smtp, sender, recipient)
                await _words(smtp, content)
        except (SMTPAuthenticationError, SMTPSenderRefused) as error:
            if error.code < 500:
                raise NotNow(f"the mail server does not let us in now ({error.code})") from None
            raise NotNow(f"the mail server does not let us in ({error.code})", "account") from None
        except (SMTPException, OSError) as error:
            raise NotNow(f"the mail server does not answer ({type(error).__name__})") from None
        return Accepted(str(mail["Message-ID"]), more=False)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[SMTP]:
        """An idle connection that still answers, else a new one; a broken one is not used again."""
        smtp = await self._open()
        try:
            yield smtp
        except (Refused, NotNow):
            self._idle.append(smtp)
            raise
        except BaseException:
            smtp.close()
            raise
        self._idle.append(smtp)

    async def _open(self) -> SMTP:
        while self._idle:
            smtp = self._idle.pop()
            with suppress(SMTPException, OSError):
                await smtp.rset()
                return smtp
        settings = self._settings
        smtp = SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_user or None,
            password=settings.smtp_password or None,
            use_tls=settings.smtp_security == "tls",
            start_tls={"tls": False, "starttls": True, "if_offered": None}[settings.smtp_security],
            cert_bundle=str(settings.smtp_ca_file) if settings.smtp_ca_file else None,
            timeout=settings.smtp_timeout,
        )
        await smtp.connect()
        return smtp


async def _envelope(smtp: SMTP, sender: str, recipient: str) -> None:
    await smtp.mail(sender)
    try:
        await smtp.rcpt(recipient)
    except SMTPRecipientRefused as error:
        if _is_of_address(error):
            raise Refused("the address does not take mail", address=True) from None
        raise NotNow(f"the mail server does not take mail for this address now ({error.code})") from None


def _is_of_address(error: SMTPRecipientRefused) -> bool:
    """Whether nobody will ever be reached there. A server that does not relay for us also answers 5xx (5.7.1),
    for every address: then none may be suppressed.
    """
    enhanced = _ENHANCED.match(error.message)
    return bool(_OF_ADDRESS.match(enhanced[0])) if enhanced else error.code in {550, 551, 553}


async def _words(smtp: SMTP, content: bytes) -> None:
    try:
        await smtp.data(content)
    except SMTPDataError as error:
        if error.code >= 500:
            raise Refused(f"the mail server refuses the message ({error.code})") from None
        raise NotNow(f"the mail server does not take the message now ({error.code})") from None
    except (SMTPException, OSError) as error:
        raise Unknown(type(error).__name__) from None
