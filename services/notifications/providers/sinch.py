"""Texts through Sinch's SMS REST API.

Documentation: https://developers.sinch.com/docs/sms/api-reference/sms/batches (POST and GET
/xms/v1/{service_plan_id}/batches; `client_reference` is ours and can be asked for) and .../sms/delivery-reports (the
statuses, and the callback `recipient_delivery_report_sms`). A batch of ours has one recipient.
"""

import re
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson

from services.notifications.providers.outcomes import (
    Accepted,
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
from shared.time.clock import Clock
from shared.writing.characters import is_number

STATES: Mapping[str, State] = {
    "Delivered": "delivered",
    "Expired": "temporary",
    "Aborted": "temporary",
    "Cancelled": "temporary",
    "Unknown": "temporary",
    "Failed": "temporary",
    "Rejected": "permanent",
    "Deleted": "permanent",  # an invalid number, or one that has opted out at its operator
}
_UNROUTABLE = 402
"""The code in a report about a number that no operator serves: permanent, whatever the status."""
_LISTED_FOR = timedelta(days=14)
"""Sinch lists batches of the last 14 days; without a date it would list one day only."""
_PAGE = 100
_LONGEST = 2000
_OF_PARAMETER = "syntax_invalid_parameter_format"
_NUMBER, _SENDER = re.compile(r"\bMSISDN\b|\bin '?to\b", re.IGNORECASE), re.compile(r"\bin '?from\b", re.IGNORECASE)
_CODES_OF_ACCOUNT = {"service_not_provisioned", "missing_callback_url", "forbidden_request", "unauthorized"}
_OF_ACCOUNT = {401, 402, 403, 404}
"""No key, no credit, no right, no such service plan: Sinch accepts nothing from us until that is fixed."""


class Sinch:
    """Texts by Sinch."""

    name = "sinch"
    account = "sinch"
    channel: Channel = "sms"

    def __init__(self, settings: NotificationsSettings, clock: Clock) -> None:
        self._clock = clock
        self._sender = settings.sinch_sender
        self._client = httpx.AsyncClient(
            base_url=f"{settings.sinch_url}/xms/v1/{settings.sinch_plan}",
            headers={"Authorization": f"Bearer {settings.sinch_token}"},
            timeout=settings.sinch_timeout,
            limits=httpx.Limits(max_connections=settings.send_at_once),
        )

    def objection(self, outgoing: Outgoing) -> str | None:
        if outgoing.attachments:
            return "Sinch carries no attachments"
        count = len(outgoing.written.text)
        return f"Sinch takes {_LONGEST} characters, and this has {count}" if count > _LONGEST else None

    def as_sent(self, written: Written) -> Written:
        return written  # sent unchanged: what does not fit 7 bits goes as UCS-2

    async def send(self, outgoing: Outgoing) -> Accepted:
        asked = {
            "from": self._sender,
            "to": [outgoing.address],
            "body": outgoing.written.text,
            "delivery_report": "per_recipient_final",
            "client_reference": outgoing.reference,
        }
        answer = await self._answered("POST", "/batches", json=asked)
        return Accepted(str(answer["id"]))

    async def find(self, reference: str) -> Report | None:
        since = self._clock.now() - _LISTED_FOR + timedelta(hours=1)
        query = {"client_reference": reference, "start_date": _written(since)}
        answer = await self._asked("/batches", params=query)
        found = [each for each in answer.get("batches", []) if each.get("client_reference") == reference]
        return Report(found[0]["id"], "accepted", "accepted") if found else None

    async def ask(self, provider_id: str) -> Report:
        answer = await self._asked(f"/batches/{provider_id}/delivery_report", params={"type": "full"})
        final = [each for each in answer.get("statuses", []) if each["status"] in STATES]
        if not final:
            return Report(provider_id, "accepted", "Dispatched")
        return Report(provider_id, state(final[0]["status"], final[0].get("code", 0)), final[0]["status"])

    async def listed(self, since: datetime) -> AsyncIterator[Listed]:
        page, seen = 0, 0
        while True:
            query = {"start_date": _written(since), "page": str(page), "page_size": str(_PAGE)}
            answer = await self._asked("/batches", params=query)
            batches = answer.get("batches", [])
            for each in batches:
                yield Listed(each.get("client_reference"), each["id"], datetime.fromisoformat(each["created_at"]))
            page, seen = page + 1, seen + len(batches)
            if not batches or seen >= answer.get("count", 0):
                return

    async def _asked(self, path: str, **more: Any) -> Mapping[str, Any]:
        """A question that is refused or postponed has not been answered."""
        try:
            return await self._answered("GET", path, **more)
        except (Refused, NotNow) as error:
            raise Unknown(str(error)) from None

    async def _answered(self, method: str, path: str, **more: Any) -> Mapping[str, Any]:
        try:
            answer = await self._client.request(method, path, **more)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotNow(f"Sinch does not answer ({type(error).__name__})") from None
        except httpx.HTTPError as error:
            raise Unknown(type(error).__name__) from None
        if answer.status_code == 429:
            raise NotNow("its rate is reached", "rate")
        if answer.status_code in _OF_ACCOUNT:
            raise NotNow(f"Sinch does not let us in ({answer.status_code})", "account")
        if answer.status_code >= 500:
            raise Unknown(str(answer.status_code))
        try:
            answer_body = answer.json()
        except ValueError:
            raise Unknown("no JSON") from None
        if answer.status_code >= 400:
            raise _refusal(str(answer_body.get("code", answer.status_code)), str(answer_body.get("text", "")))
        return dict(answer_body)


def _refusal(code: str, text: str) -> Refused | NotNow:
    """By Sinch's code; if that is about a parameter's form, by the parameter: an unknown error is the message's."""
    if code in _CODES_OF_ACCOUNT or (code == _OF_PARAMETER and _SENDER.search(text)):
        return NotNow(f"Sinch takes nothing from us as things are set up ({code})", "account")
    return Refused(code, address=code == _OF_PARAMETER and bool(_NUMBER.search(text)))


def state(status: str, code: int) -> State:
    """What a Sinch status means for us."""
    return "permanent" if code == _UNROUTABLE and status != "Delivered" else STATES.get(status, "accepted")


def receipt(body: bytes) -> tuple[str, Report]:
    """Our reference, and what a callback reports; raises ValueError, KeyError or the like if it is not a callback."""
    answer_body = orjson.loads(body)
    instant = told_at(answer_body.get("operator_status_at")) or told_at(answer_body.get("at"))
    status, code = str(answer_body["status"]), str(answer_body.get("code"))
    return str(answer_body["client_reference"]), Report(
        str(answer_body["batch_id"]), state(status, int(code) if is_number(code) else 0), status, instant
    )


def _written(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
