"""Letting the stand-ins fail, and letting the post bring a letter back: what the post room can play."""

import json
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from aio_pika.exceptions import AMQPError

from shared.contracts.fields import Person
from shared.contracts.notifications import RecordReturnedLetter
from shared.messaging.publisher import Publisher, Unroutable
from shared.time.clock import Clock

FAILURES = {
    "500": "it fails (500)",
    "429-rate": "its rate limit is reached (429, Notify)",
    "429-daily": "its daily limit is reached (429, Notify)",
    "429": "its rate limit is reached (429, others)",
    "slow": "it answers slowly",
    "accept-then-timeout": "it accepts and then says nothing",
    "accept-then-500": "it accepts and then says that it failed",
}
MAIL = "mail"
MAIL_FAILURES = {
    "451": "it puts the mail off (451, mail)",
    "554": "it refuses the mail (554, mail)",
    "lost": "the connection breaks before it has the mail (mail)",
    "drop-after-data": "it takes the mail and then says nothing (mail)",
}
ENDS = ("permanent-failure", "temporary-failure", "technical-failure")
"""How a message that was accepted can end. Which of these a stand-in knows, it says itself."""
_POST_ROOM = Person(id="post-room", name="The post room", role="Post room")
_REFERENCE = re.compile(r"\b[A-Z]-[0-9A-Z]{4}-[0-9A-Z]{5}\b")


class NotPlayed(Exception):
    """It could not be played; the text says why."""


async def play(provider: str, url: str, asked: dict[str, Any]) -> None:
    """Hand over what a stand-in shall do; raises NotPlayed."""
    try:
        async with httpx.AsyncClient(timeout=5) as client:
            answer = await client.post(f"{url}/_play", json=asked)
    except httpx.TransportError as error:
        raise NotPlayed(f"{provider} does not answer ({type(error).__name__}): is the stack running?") from None
    if answer.is_error:
        raise NotPlayed(f"{provider} refuses this: {_refusal(answer)}")


def play_mail(faults: Path, asked: dict[str, Any]) -> None:
    """Write down what the mail server shall do, whole or not at all; raises NotPlayed."""
    if asked["fail"] not in MAIL_FAILURES:
        raise NotPlayed(f"{MAIL} refuses this: it must be one of {', '.join(MAIL_FAILURES)}")
    part = faults.with_suffix(".part")
    part.write_text(json.dumps(asked))
    part.replace(faults)


async def bring_back(title: str, clock: Clock, amqp: str) -> str:
    """Let the post bring back the letter of this title, today by the stack's clock, and return its notice."""
    found = _REFERENCE.search(title)
    if found is None:
        raise NotPlayed("This letter carries no reference of a notice.")
    key = uuid4()
    returned = RecordReturnedLetter(
        id=key,
        time=clock.now(),
        subject=found[0],
        correlation_id=key,
        reference=found[0],
        returned_on=clock.today(),
        officer=_POST_ROOM,
    )
    try:
        async with Publisher(amqp) as publisher:
            await publisher.publish(returned)
    except (OSError, TimeoutError, AMQPError, Unroutable) as error:
        raise NotPlayed(f"The broker does not take it ({type(error).__name__}): is the stack running?") from None
    return found[0]


def _refusal(answer: httpx.Response) -> str:
    """What the stand-in says is wrong, in Notify's form or in any other."""
    try:
        return "; ".join(str(error["message"]) for error in answer.json()["errors"])
    except (ValueError, KeyError, TypeError):
        return f"{answer.status_code} {answer.text[:200]}"
