"""Providers' receipts: accepted and stored at once, matched to deliveries afterwards. Anything else does no harm.

Notify retries a callback on 5xx and 429 only, so any other refusal would lose it: duplicates, late ones and those
that match nothing are answered with 200 like all others.
"""

import hmac
from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, get_args
from uuid import NAMESPACE_OID, uuid5

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from services.notifications.deliveries.deliveries import Deliveries
from services.notifications.deliveries.retention import RECEIPTS as KEPT_FOR
from services.notifications.providers import notify, sinch
from services.notifications.providers.outcomes import Report, State
from services.notifications.sending.following import Following
from shared.machine import NoSuchState
from shared.observing.telemetry import follow, log
from shared.store.documents import Document, Store
from shared.store.timers import Timer
from shared.time.clock import Clock, is_near, local_date

RECEIPTS = "receipts"
_REPORTED: tuple[State, ...] = get_args(State)
_LARGEST = 16_384  # bytes; a receipt has less than one kilobyte
_LOOK_AGAIN = (timedelta(seconds=5), timedelta(minutes=5), timedelta(hours=1), timedelta(days=1))

Read = Callable[[bytes], tuple[str | None, Report]]
"""Our reference and the report; no reference if we did not send that message."""


_READERS: Mapping[str, Read] = {"notify": notify.called_back, "sinch": sinch.receipt}


class Receipts:
    """What providers report of their own accord."""

    def __init__(
        self,
        store: Store,
        deliveries: Deliveries,
        following: Following,
        clock: Clock,
        token: str,
        at_once: int,
    ) -> None:
        self._receipts = store[RECEIPTS]
        self._deliveries = deliveries
        self._following = following
        self._clock = clock
        self._token = token
        self.timer = Timer(store, RECEIPTS, self._place, clock, at_once)

    def routes(self) -> list[BaseRoute]:
        return [Route("/receipts/{provider:str}", self._take, methods=["POST"])]

    async def _take(self, request: Request) -> Response:
        """Keep a receipt, without the address, which its delivery has."""
        provider = request.path_params["provider"]
        if provider not in _READERS:
            return JSONResponse({"error": "no such provider"}, status_code=404)
        if not _may_tell(request.headers.get("authorization", ""), self._token):
            log.warning("receipt_refused", provider=provider)
            return JSONResponse({"error": "authorization: the token of these receipts is needed"}, status_code=401)
        body = await _bounded(request)
        if body is None:
            return JSONResponse({"error": f"body: at most {_LARGEST} bytes"}, status_code=413)
        try:
            reference, report = _READERS[provider](body)
            if report.at is not None and not is_near(local_date(report.at), self._latest_day()):
                raise ValueError("at: nothing was reported on such a day")
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            log.warning("receipt_unreadable", provider=provider, error=error)
            return JSONResponse({"error": "body: not a receipt of this provider"}, status_code=400)
        if reference is None:
            log.info("receipt_of_nobody", provider=provider, reference=None)
            return JSONResponse({"kept": False})
        await self._keep(provider, reference, report)
        return JSONResponse({"kept": True})

    def _latest_day(self) -> date:
        """Today, or the machine's day if a local clock is behind it: a provider's clock cannot be set."""
        return max(self._clock.today(), local_date(Clock.wall()))

    async def _keep(self, provider: str, reference: str, report: Report) -> None:
        key = str(uuid5(NAMESPACE_OID, f"{provider}:{reference}:{report.id}:{report.status}:{report.at}"))
        fields: Document = {
            "provider": provider,
            "reference": reference[:100],
            "report": {"id": report.id[:100], "state": report.state, "status": report.status[:100], "at": report.at},
            "kept_at": self._clock.now(),
            "placed": False,
            "looked": 0,
            "due_at": self._clock.now(),
        }
        is_new = await self._receipts.insert(key, fields)
        log.info(
            "receipt_kept", provider=provider, reference=reference[:100], status=report.status[:40], again=not is_new
        )

    async def _place(self, kept: Document) -> None:
        """Match a receipt to its delivery; an unknown one is kept and tried again for a day."""
        if kept["placed"] or kept["looked"] > len(_LOOK_AGAIN):
            await self._receipts.remove({"_id": kept["_id"]})
            return
        delivery = await self._find(kept["reference"])
        if delivery is not None:
            follow(delivery["story"])
            placed = await self._following.report(delivery, _report(kept["report"]))
            if not placed:
                return  # the delivery has changed meanwhile: look at it again at the next tick
        looked = kept["looked"] + 1
        is_over = delivery is not None or kept["looked"] == len(_LOOK_AGAIN)
        wait = KEPT_FOR if is_over else _LOOK_AGAIN[kept["looked"]]
        fields = {"placed": delivery is not None, "looked": looked, "due_at": self._clock.now() + wait}
        await self._receipts.swap({"_id": kept["_id"], "looked": kept["looked"]}, fields)
        if delivery is None:
            log.warning("receipt_of_nobody", reference=kept["reference"], provider=kept["provider"])

    async def _find(self, reference: str) -> Document | None:
        found = await self._deliveries.get(reference)
        if found is not None and found["reference"] == reference:
            return found
        return next(iter(await self._deliveries.find({"reference": reference})), None)


def _may_tell(header: str, token: str) -> bool:
    """Whether the header has our token: as Notify's bearer, or as the password that Sinch takes from the URL."""
    scheme, _, given = header.partition(" ")
    if scheme.lower() == "basic":
        try:
            given = b64decode(given, validate=True).decode().partition(":")[2]
        except ValueError:  # not base64
            return False
    elif scheme.lower() != "bearer":
        return False
    return bool(token) and hmac.compare_digest(given.encode(), token.encode())


async def _bounded(request: Request) -> bytes | None:
    """The body; None once it is larger than any receipt."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST:
            return None
    return body


def _report(kept: Mapping[str, Any]) -> Report:
    state = next((each for each in _REPORTED if each == kept["state"]), None)
    if state is None:
        raise NoSuchState(f"state: a report has no state {kept['state']!r}: {', '.join(_REPORTED)}")
    return Report(kept["id"], state, kept["status"], kept["at"])
