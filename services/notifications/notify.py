"""Letters through GOV.UK Notify, by its own client. What may have been accepted is looked up before it is sent."""

import asyncio
import io
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from notifications_python_client.errors import HTTPError
from notifications_python_client.notifications import NotificationsAPIClient

from shared.metrics import ProviderOutcome, provider_answered

T = TypeVar("T")

POSTED = "received"
LOST = frozenset({"cancelled", "virus-scan-failed", "validation-failed", "technical-failure", "permanent-failure"})


class Refused(Exception):
    """Notify refuses this letter: trying again cannot help. Holds Notify's error names only."""


class NotNow(Exception):
    """Notify has not taken the letter and said so (a rate or daily limit): try again later."""


class Unknown(Exception):
    """No clear answer: the letter may have been accepted. Look it up before anything else."""


@dataclass(frozen=True)
class LetterState:
    """A letter as Notify knows it: its id, status, and when its status was reached."""

    id: str
    status: str
    completed_at: datetime | None


_OUTCOMES: dict[type[Exception], ProviderOutcome] = {Refused: "refused", NotNow: "not_now", Unknown: "unknown"}


class Notify:
    """The few calls that letters need. The client is synchronous and not thread-safe: one for each worker thread."""

    def __init__(self, url: str, key: str, timeout: int) -> None:
        self._arguments = {"api_key": key, "base_url": url, "timeout": timeout}
        self._local = threading.local()

    async def send_letter(self, reference: str, pdf: bytes) -> str:
        """Send a precompiled letter and return Notify's id; raises Refused, NotNow or Unknown."""

        def call(client: Any) -> str:
            answer = client.send_precompiled_letter_notification(
                reference=reference, pdf_file=io.BytesIO(pdf), postage="first"
            )
            return str(answer["id"])

        return await self._ask(call)

    async def find_letter(self, reference: str) -> LetterState | None:
        """The letter that was accepted under our reference, if any; raises Unknown when Notify does not say."""

        def call(client: Any) -> LetterState | None:
            found = client.get_all_notifications(reference=reference, template_type="letter")["notifications"]
            return _state(found[0]) if found else None

        return await self._ask(call)

    async def letter(self, notify_id: str) -> LetterState:
        """Where a letter is now; raises Unknown when Notify does not say."""
        return await self._ask(lambda client: _state(client.get_notification_by_id(notify_id)))

    async def _ask(self, call: Callable[[Any], T]) -> T:
        began = time.perf_counter()
        outcome: ProviderOutcome = "accepted"
        try:
            return await asyncio.to_thread(self._call, call)
        except (Refused, NotNow, Unknown) as error:
            outcome = _OUTCOMES[type(error)]
            raise
        finally:
            provider_answered("notify_letter", outcome, time.perf_counter() - began)

    def _call(self, call: Callable[[Any], T]) -> T:
        if not hasattr(self._local, "client"):
            self._local.client = NotificationsAPIClient(  # type: ignore[no-untyped-call]
                **self._arguments
            )
        try:
            return call(self._local.client)
        except HTTPError as error:
            status = error.status_code
            if status == 429:
                raise NotNow from None
            if status == 403 or status >= 500:
                raise Unknown(str(status)) from None
            raise Refused(_names(error)) from None
        except Exception as error:
            raise Unknown(type(error).__name__) from None


def _state(answer: dict[str, Any]) -> LetterState:
    completed = answer.get("completed_at")
    return LetterState(answer["id"], answer["status"], datetime.fromisoformat(completed) if completed else None)


def _names(error: HTTPError) -> str:
    """Notify's names of what is wrong; its messages may repeat what was sent."""
    message = error.message
    entries = message if isinstance(message, list) else []
    return ", ".join(sorted({str(entry.get("error", "")) for entry in entries if isinstance(entry, dict)})) or "refused"
