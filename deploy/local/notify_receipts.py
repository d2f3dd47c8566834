"""Delivery receipts of emails and texts, as GOV.UK Notify posts them to its users."""

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class Receipts:
    """Where delivery receipts of emails and texts are posted. Letters have none: one has to ask."""

    url: str
    token: str


async def post_receipt(receipts: Receipts, shown: dict[str, Any]) -> None:
    """Post one receipt; like Notify, try again only on 5xx, 429 and silence, and drop it on any other 4xx."""
    told = ("id", "reference", "status", "created_at", "completed_at", "sent_at")
    to = shown["email_address"] or shown["phone_number"]
    receipt = {**{field: shown[field] for field in told}, "to": to, "notification_type": shown["type"]}
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {receipts.token}"}, timeout=5) as client:
        for wait in (0.1, 0.5, 2, 5):
            try:
                answer = await client.post(receipts.url, json=receipt)
                if answer.status_code < 500 and answer.status_code != 429:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(wait)
