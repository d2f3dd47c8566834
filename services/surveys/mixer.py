"""Takes anonymous answers out of their boxes, in batches, so that nothing joins them to their invitations any more.

A batch is chosen under a token, written down whole (whose boxes, and the answers under fresh ids, shuffled), carried
out, and forgotten. Whoever finds a batch written down carries it out first; doing that twice does it once: answers have
the ids that were written down, and an emptied box stays empty. Boxes are read only by whoever holds the token, after
every earlier batch has been forgotten, so no answer gets into two batches.
"""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

from services.surveys import records
from services.surveys.catalogue import Catalogue
from services.surveys.invitation import Invitation
from services.surveys.mixing import Batch, mix
from services.surveys.running import Running, is_settled
from shared.clock import Clock, local_date
from shared.references import References
from shared.store import Document, Store
from shared.telemetry import follow, log
from shared.timers import Timer

_AT_ONCE = 1000  # answers of one batch
_LARGEST = 8_000_000  # bytes of one batch: it is one document, of at most 16 MB
_AFTER_CLOSE = timedelta(hours=1)
_SPENT = 1_000_000  # the version of an emptied invitation: higher than any that was counted up


class Mixer:
    """One mixer for each anonymous survey, as a document that falls due again and again."""

    def __init__(self, store: Store, catalogue: Catalogue, clock: Clock, least: int, every: float) -> None:
        self._mixers = store[records.MIXERS]
        self._invitations = store[records.INVITATIONS]
        self._answers = store[records.ANSWERS]
        self._references = References(store)
        self._catalogue = catalogue
        self._clock = clock
        self._least = least
        self._every = timedelta(seconds=every)
        self.timer = Timer(store, records.MIXERS, self._step, clock)

    async def watch(self, survey: str) -> None:
        """Have the mixer of a survey fall due from now on."""
        await self._mixers.insert(survey, {"due_at": self._clock.now(), "token": None, "batch": None, "last_day": None})

    async def _step(self, mixer: Document) -> None:
        running = await self._catalogue.one(mixer["_id"])
        follow(running.story)
        token = mixer["token"] or str(uuid4())
        if mixer["batch"] is None:
            token = str(uuid4())
            held = await self._mixers.swap(
                {"_id": mixer["_id"], "token": mixer["token"], "batch": None}, {"token": token}
            )
            if held is None:
                return
            batch = await self._choose(running, held)
            written = await self._mixers.swap(
                {"_id": mixer["_id"], "token": token, "batch": None},
                {"batch": {"members": list(batch.members), "answers": list(batch.answers)}},
            )
            if written is None:
                return
            mixer = written
        await self._carry_out(running, mixer, token)

    async def _choose(self, running: Running, mixer: Document) -> Batch:
        query = self._boxed(running)
        found = [records.read_invitation(each) for each in await self._invitations.find(query, limit=_AT_ONCE)]
        boxed = _as_fit(found, self._least)
        last_day = mixer["last_day"]
        if len(boxed) < self._least:
            if not boxed or not is_settled(running, self._clock.now()):
                return Batch((), ())
            # Too few to be told apart from nobody: they bear the day of the batch before them.
            day = last_day or local_date(running.window.closes_at - timedelta(microseconds=1)).isoformat()
        else:
            day = self._clock.today().isoformat()
        batch = mix(boxed, self._least, day)
        fresh = [UUID(each["_id"]) for each in batch.answers]
        references = await self._references.of("R", fresh, partial(self._held, running))
        named = ({**each, "response": references[UUID(each["_id"])]} for each in batch.answers)
        return replace(batch, answers=tuple(named))

    async def _held(self, running: Running, references: Iterable[str]) -> dict[str, str]:
        query = {"survey": running.reference, "response": {"$in": list(references)}}
        found = await self._answers.find(query, fields=["response"])
        return {each["response"]: each["_id"] for each in found}

    @staticmethod
    def _boxed(running: Running) -> Document:
        return {"survey": running.reference, "state": "boxed"}

    async def _carry_out(self, running: Running, mixer: Document, token: str) -> None:
        answers, members = mixer["batch"]["answers"], mixer["batch"]["members"]
        await self._answers.insert_facts(answers)
        # Versions are made alike too: they count reminders and savings, and so tell early answers from late ones.
        boxed = {"_id": {"$in": members}, "state": "boxed"}
        await self._invitations.set_all(boxed, {"state": "answered", "answer": None, "version": _SPENT})
        after = self._every if not is_settled(running, self._clock.now()) else _AFTER_CLOSE
        if members and await self._invitations.count(self._boxed(running)) >= self._least:
            after = timedelta()
        last_day = answers[0]["day"] if answers else mixer["last_day"]
        blank = {"token": None, "batch": None, "last_day": last_day, "due_at": self._clock.now() + after}
        if await self._mixers.swap({"_id": mixer["_id"], "token": token}, blank) and members:
            log.info("answers_mixed", survey=running.reference, count=len(members))


def _as_fit(boxed: list[Invitation], least: int) -> list[Invitation]:
    """As many as one document holds; `least` always do, as an answer is smaller than a message."""
    size = 0
    for place, invitation in enumerate(boxed):
        size += len(json.dumps(invitation.answer, default=str))
        if size > _LARGEST and place >= least:
            return boxed[:place]
    return boxed
