"""What was sent, word for word: kept as first written, so that what is sent is what is kept; forgotten in time."""

import asyncio
import hashlib
from collections.abc import Mapping
from typing import Any, get_args

from services.notifications.deliveries.retention import kept_for
from services.notifications.words.translations import ENGLISH, translation
from services.notifications.words.wording import Written, write
from shared.contracts.notifications import Channel
from shared.observing.telemetry import log
from shared.store.documents import Document, Store
from shared.store.timers import Timer
from shared.time.clock import Clock

BODIES = "bodies"
NO_WORDS: Document = {"subject": "", "text": "", "html": "", "pdf": b"", "as_sent": {}}
"""What remains of a forgotten message, besides its hash."""


LOG_EVENTS = frozenset(f"{channel}_archived" for channel in get_args(Channel))
"""Event names of log lines about keeping the words of a message."""


class Bodies:
    """The words of every delivery, and the letters' PDFs."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._bodies = store[BODIES]
        self._clock = clock
        self.timer = Timer(store, BODIES, self._forget, clock)

    async def of(self, delivery: Document, facts: Mapping[str, Any], wished: str = ENGLISH) -> tuple[Written, str]:
        """The message as it was first written, and its hash; in the language that was asked for, if possible.

        Raises:
            Unwritable: it cannot be written; the text names the field.
        """
        kept = await self._bodies.get(delivery["_id"])
        if kept is None:
            channel: Channel = delivery["channel"]
            template = delivery["template"]
            arguments = (template, channel, facts, translation(template, channel, wished))
            written = await asyncio.to_thread(write, *arguments) if channel == "letter" else write(*arguments)
            kept = await self._keep(delivery, written, wished)
        return _read(kept), kept["sha256"]

    async def keep_as_sent(self, delivery: str, provider: str, sent: Written) -> str:
        """Keep the words as this provider changes them for sending; returns their hash.

        The original words are kept too: another provider may send them unchanged.
        """
        digest = content_hash(sent)
        words = {"text": sent.text, "sha256": digest}
        await self._bodies.swap({"_id": delivery, "forgotten_at": None}, {f"as_sent.{provider}": words})
        return digest

    async def _keep(self, delivery: Document, written: Written, wished: str) -> Document:
        digest = content_hash(written)
        fields: Document = {
            "about": delivery["about"],
            "template": written.template,
            "template_version": written.version,
            "channel": written.channel,
            "language": written.language,
            "wished": wished,
            "subject": written.subject,
            "text": written.text,
            "html": written.html,
            "pdf": written.pdf,
            "sha256": digest,
            "due_at": self._clock.now() + kept_for(written.template),
        }
        if await self._bodies.insert(delivery["_id"], fields):
            log.info(
                f"{written.channel}_archived",
                delivery=delivery["_id"],
                about=delivery["about"],
                template=written.template,
                template_version=written.version,
                language=written.language,
                wished=wished,
                sha256=digest,
            )
            return fields
        return await self._bodies.get(delivery["_id"]) or fields

    async def _forget(self, body: Document) -> None:
        """Its retention time is over: the hash stays, the words go."""
        nothing = {**NO_WORDS, "due_at": None, "forgotten_at": self._clock.now()}
        if await self._bodies.swap({"_id": body["_id"], "version": body["version"]}, nothing):
            log.info("message_forgotten", delivery=body["_id"], about=body["about"], template=body["template"])


def content_hash(written: Written) -> str:
    """SHA-256 of what was sent: for a letter, of its PDF file, so that anybody can compare it."""
    plain = "\0".join((written.subject, written.text, written.html)).encode()
    return hashlib.sha256(written.pdf or plain).hexdigest()


def _read(kept: Document) -> Written:
    return Written(
        kept["template"],
        kept["template_version"],
        kept["channel"],
        kept["subject"],
        kept["text"],
        kept["html"],
        bytes(kept["pdf"]),
        kept.get("language", ENGLISH),
    )
