"""Emails, texts and letters through GOV.UK Notify, by its own client (notifications-python-client 13).

Notify treats a repeated reference as a new message, but can look it up: `GET /v2/notifications?reference=`. Emails
and texts go through one template each that holds only what we hand over, so that our words are in our own repository.
"""

import asyncio
import io
import logging
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import orjson
from notifications_python_client.errors import HTTPError
from notifications_python_client.notifications import NotificationsAPIClient
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from services.notifications.addresses import notify_texts
from services.notifications.providers.notify_errors import Fault, fault
from services.notifications.providers.outcomes import (
    Accepted,
    Limit,
    Listed,
    NotNow,
    Outgoing,
    Refused,
    Report,
    State,
    Unknown,
    told_at,
)
from services.notifications.settings import NotificationsSettings
from services.notifications.words.wording import Written
from shared.contracts.notifications import Channel

T = TypeVar("T")

STATES: Mapping[str, State] = {
    "delivered": "delivered",
    "temporary-failure": "temporary",
    "technical-failure": "temporary",
    "permanent-failure": "permanent",
}
LETTER_STATES: Mapping[str, State] = {
    "received": "dispatched",  # printed and posted; nobody reports whether it arrived
    **dict.fromkeys(
        ("cancelled", "virus-scan-failed", "validation-failed", "technical-failure", "permanent-failure"), "lost"
    ),
}
_LIMITS: Mapping[Fault, Limit] = {"account": "account", "rate": "rate", "day": "day", "abroad": "abroad"}


class Account:
    """One API key at Notify. Its client is synchronous and not thread-safe: each worker thread has its own."""

    def __init__(self, settings: NotificationsSettings) -> None:
        self._arguments = {
            "api_key": settings.notify_key,
            "base_url": settings.notify_url,
            "timeout": settings.notify_timeout,
        }
        logging.getLogger("notifications_python_client").setLevel(logging.CRITICAL)  # its text may repeat what was sent
        self._threads = ThreadPoolExecutor(settings.send_at_once, thread_name_prefix="notify")
        self._local = threading.local()

    async def ask(self, call: Callable[[Any], T]) -> T:
        """Make one call; raises Refused, NotNow or Unknown."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._call, call)

    def _call(self, call: Callable[[Any], T]) -> T:
        if not hasattr(self._local, "client"):
            self._local.client = NotificationsAPIClient(  # type: ignore[no-untyped-call]
                **self._arguments
            )
        try:
            return call(self._local.client)
        except HTTPError as error:
            raise _meaning(error) from None
        except Exception as error:
            raise Unknown(type(error).__name__) from None


class _OfNotify:
    """What Notify's three channels have in common."""

    channel: Channel
    account = "notify"
    _states: Mapping[str, State] = STATES

    def __init__(self, account: Account) -> None:
        self._account = account

    def objection(self, outgoing: Outgoing) -> str | None:
        return "GOV.UK Notify carries no attachments" if outgoing.attachments else None

    def as_sent(self, written: Written) -> Written:
        return written

    async def find(self, reference: str) -> Report | None:
        def call(client: Any) -> Report | None:
            found = client.get_all_notifications(reference=reference, template_type=self.channel)["notifications"]
            return self._report(found[0]) if found else None

        return await self._asked(call)

    async def ask(self, provider_id: str) -> Report:
        return await self._asked(lambda client: self._report(client.get_notification_by_id(provider_id)))

    async def listed(self, since: datetime) -> AsyncIterator[Listed]:
        older_than: str | None = None
        while True:

            def call(client: Any, older_than: str | None = older_than) -> Any:
                return client.get_all_notifications(template_type=self.channel, older_than=older_than)["notifications"]

            page = await self._asked(call)
            for each in page:
                one = Listed(each["reference"], each["id"], datetime.fromisoformat(each["created_at"]))
                if one.at < since:
                    return
                yield one
            if not page:
                return
            older_than = page[-1]["id"]

    async def _asked(self, call: Callable[[Any], T]) -> T:
        """A question that is refused or postponed has not been answered."""
        try:
            return await self._account.ask(call)
        except (Refused, NotNow) as error:
            raise Unknown(str(error)) from None

    def _report(self, answer: Mapping[str, Any]) -> Report:
        return report(answer, self._states)


class NotifyEmail(_OfNotify):
    """Emails by Notify."""

    name = "notify_email"
    channel: Channel = "email"

    def __init__(self, account: Account, template: str) -> None:
        super().__init__(account)
        self._template = template

    def objection(self, outgoing: Outgoing) -> str | None:
        if outgoing.unsubscribe and not outgoing.unsubscribe.startswith("https://"):
            return "GOV.UK Notify takes https addresses only for unsubscribing"
        return super().objection(outgoing)

    async def send(self, outgoing: Outgoing) -> Accepted:
        def call(client: Any) -> Accepted:
            answer = client.send_email_notification(
                outgoing.address,
                self._template,
                personalisation={"subject": outgoing.written.subject, "body": outgoing.written.text},
                reference=outgoing.reference,
                one_click_unsubscribe_url=outgoing.unsubscribe or None,
            )
            return Accepted(answer["id"])

        return await self._account.ask(call)


class NotifySms(_OfNotify):
    """Texts by Notify. `prefix` is the service's name, where Notify puts it before each text (a setting there)."""

    name = "notify_sms"
    channel: Channel = "sms"

    def __init__(self, account: Account, template: str, prefix: str = "") -> None:
        super().__init__(account)
        self._template = template
        self._prefix = prefix

    def objection(self, outgoing: Outgoing) -> str | None:
        return notify_texts.unfit(outgoing.written.text) or super().objection(outgoing)

    def as_sent(self, written: Written) -> Written:
        return replace(written, text=notify_texts.arriving(written.text, self._prefix))

    async def send(self, outgoing: Outgoing) -> Accepted:
        def call(client: Any) -> Accepted:
            answer = client.send_sms_notification(
                outgoing.address,
                self._template,
                personalisation={"body": outgoing.written.text},
                reference=outgoing.reference,
            )
            return Accepted(answer["id"])

        return await self._account.ask(call)


class NotifyLetter(_OfNotify):
    """Letters by Notify, as the PDF that we made. They have no receipts, so their states are polled."""

    name = "notify_letter"
    channel: Channel = "letter"
    _states = LETTER_STATES

    async def send(self, outgoing: Outgoing) -> Accepted:
        def call(client: Any) -> Accepted:
            answer = client.send_precompiled_letter_notification(
                reference=outgoing.reference, pdf_file=io.BytesIO(outgoing.written.pdf), postage="first"
            )
            return Accepted(str(answer["id"]), postage=answer.get("postage"))

        return await self._account.ask(call)


def report(answer: Mapping[str, Any], states: Mapping[str, State] = STATES) -> Report:
    """What Notify says about a notification, in an answer or a receipt.

    It does not say when a letter was posted. `completed_at` is when Notify heard from the printer that it had
    gone: never before the posting, often the same evening, sometimes a day or more after. We take
    its day as the day of posting anyway: it is the only one there is, and an error makes a parent's time to pay
    longer, never shorter.
    """
    status = str(answer["status"])
    completed = answer.get("completed_at")
    return Report(
        str(answer["id"]),
        states.get(status, "accepted"),
        status,
        datetime.fromisoformat(completed) if completed else None,
        answer.get("postage"),
    )


def called_back(body: bytes) -> tuple[str | None, Report]:
    """What Notify posts to us: a delivery receipt, a returned letter, or a spam complaint about an email.

    The reference is ours; None if somebody sent it by hand on Notify's pages. Raises ValueError, KeyError or the like
    for anything else.
    """
    posted = orjson.loads(body)
    reference = None if posted.get("reference") is None else str(posted["reference"])
    if "complaint_id" in posted:
        at = told_at(posted.get("complaint_date"))
        return reference, Report(str(posted["notification_id"]), "complaint", "complaint", at)
    if "notification_id" in posted:  # Notify does not say on which day it came back
        return reference, Report(str(posted["notification_id"]), "returned", "returned-letter")
    at = told_at(posted.get("completed_at"))
    return reference, report({**posted, "completed_at": at and at.isoformat()})


def _meaning(error: HTTPError) -> Exception:
    """What a Notify error means; the table says whose fault it is."""
    status, names = error.status_code, _names(error)
    if status >= 500:
        return NotNow("Notify cannot be reached") if _never_connected(error) else Unknown(str(status))
    whose = fault(status, _entries(error))
    if whose in _LIMITS:
        return NotNow(
            _WHY.get(whose, f"Notify takes nothing from us as things are set up ({status} {names})"), _LIMITS[whose]
        )
    return Refused(names, address=whose == "address")


_WHY: Mapping[Fault, str] = {
    "rate": "its rate is reached",
    "day": "its daily limit is reached",
    "abroad": "its daily limit for numbers abroad is reached",
}


def _never_connected(error: HTTPError) -> bool:
    """Whether nothing can have been sent: the client reports every failure of the network as 503."""
    reason = next((getattr(each, "reason", None) for each in getattr(error.__cause__, "args", ())), None)
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def _names(error: HTTPError) -> str:
    """Notify's error names; its messages may repeat what was sent."""
    names = {str(entry.get("error", "")) for entry in _entries(error)}
    return ", ".join(sorted(names - {""})) or "refused"


def _entries(error: HTTPError) -> list[dict[str, Any]]:
    message: Any = error.message
    return [entry for entry in message if isinstance(entry, dict)] if isinstance(message, list) else []
