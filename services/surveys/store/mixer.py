"""Takes anonymous answers out of their boxes in batches, so that nothing links them to their invitations any more.

A batch is chosen under a token, written down in full (whose boxes, and the answers under new ids, shuffled), carried
out, and forgotten. A replica that finds one written down carries it out first; twice is harmless: answers have
the ids that were written down, and an emptied box stays empty. Boxes are read only under the token, after
every earlier batch has been forgotten, so no answer gets into two batches.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import timedelta
from functools import partial
from secrets import SystemRandom
from uuid import UUID, uuid4

from services.surveys.answers.batch import Batch, mix
from services.surveys.answers.counts import added, count
from services.surveys.answers.invitation import Invitation
from services.surveys.answers.running import Running, is_settled
from services.surveys.answers.states import INVITATION
from services.surveys.store import records
from services.surveys.store.box import Box, size_of
from services.surveys.store.catalogue import Catalogue
from shared.observing.telemetry import follow, log
from shared.store.documents import Document, Store
from shared.store.references import References
from shared.store.timers import Timer
from shared.time.clock import Clock, local_date

_BATCH = 1000  # answers of one batch
_LARGEST = 8_000_000  # bytes of one batch: it is one document, of at most 16 MB
_AFTER_CLOSE = timedelta(hours=1)
_SPENT = 1_000_000  # the version of an emptied invitation: higher than any counted one


class Mixer:
    """A document for each anonymous survey, which falls due again and again."""

    def __init__(self, store: Store, catalogue: Catalogue, box: Box, clock: Clock, least: int, every: float) -> None:
        self._mixers = store[records.MIXERS]
        self._invitations = store[records.INVITATIONS]
        self._answers = store[records.ANSWERS]
        self._references = References(store)
        self._catalogue = catalogue
        self._box = box
        self._clock = clock
        self._least = least
        self._every = timedelta(seconds=every)
        self.timer = Timer(store, records.MIXERS, self._step, clock)

    async def watch(self, survey: str) -> None:
        """Let the mixer of a survey fall due from now on."""
        fresh = {"token": None, "batch": None, "last_day": None, "counts": count(())}
        await self._mixers.insert(survey, {"due_at": self._clock.now(), **fresh})

    async def _step(self, mixer: Document) -> None:
        running = await self._catalogue.one(mixer["_id"])
        follow(running.correlation_id)
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
                {"batch": asdict(batch)},
            )
            if written is None:
                return
            mixer = written
        await self._carry_out(running, mixer, token)

    async def _choose(self, running: Running, mixer: Document) -> Batch:
        if "counts" not in mixer:
            return await self._untidied(running)
        found = await self._invitations.find(self._boxed(running), limit=_BATCH)
        settled = is_settled(running, self._clock.now())
        boxed = _as_fit(self._alike(found, settled), self._least)
        last_day = mixer["last_day"]
        if len(boxed) < self._least:
            if not boxed or not settled:
                return Batch()
            # Too few to hide: they get the day of the batch before them.
            day = last_day or local_date(running.window.closes_at - timedelta(microseconds=1)).isoformat()
        else:
            day = self._clock.today().isoformat()
        batch = mix(boxed, self._least, day, SystemRandom())
        fresh = [UUID(each["_id"]) for each in batch.answers]
        references = await self._references.of("R", fresh, partial(self._held, running))
        named = ({**each, "response": references[UUID(each["_id"])]} for each in batch.answers)
        return replace(batch, answers=tuple(named))

    def _alike(self, found: Iterable[Document], settled: bool) -> list[Invitation]:
        """The largest set of boxed answers that look the same before they are mixed.

        They look the same if survey version and box size are the same. If too few are
        alike they wait for more; once no more can come, all the rest is mixed together.
        """
        kinds: dict[tuple[int, int], list[Invitation]] = {}
        for document in found:
            boxed = records.read_invitation(document)
            answer = self._box.open(boxed.id, boxed.answer) or {}
            kinds.setdefault((answer["edition"], size_of(boxed.answer)), []).append(replace(boxed, answer=answer))
        most = max(kinds.values(), key=len, default=[])
        if len(most) >= self._least:
            return most
        return [each for kind in kinds.values() for each in kind] if settled else []

    async def _untidied(self, running: Running) -> Batch:
        """A survey from before counting: its answers' minutes and invitations' channels still need counting."""
        of_before = {"survey": running.reference, "minutes": {"$exists": True}}
        answers = await self._answers.find(of_before, fields=["minutes"])
        entered = {"survey": running.reference, **INVITATION.among("answered"), "channel": {"$ne": None}}
        channels = [each["channel"] for each in await self._invitations.find(entered, fields=["channel"])]
        channels += ["link"] * (len(answers) - len(channels))
        minutes = [each["minutes"] for each in answers]
        counts = count(zip(channels, [*minutes, *[None] * (len(channels) - len(minutes))], strict=True))
        return Batch(counts=counts, tidied=tuple(each["_id"] for each in answers))

    async def _held(self, running: Running, references: Iterable[str]) -> dict[str, str]:
        query = {"survey": running.reference, "response": {"$in": list(references)}}
        found = await self._answers.find(query, fields=["response"])
        return {each["response"]: each["_id"] for each in found}

    @staticmethod
    def _boxed(running: Running) -> Document:
        return {"survey": running.reference, **INVITATION.among("boxed")}

    async def _carry_out(self, running: Running, mixer: Document, token: str) -> None:
        batch = mixer["batch"]
        answers, members = batch["answers"], batch["members"]
        await self._answers.insert_facts(answers)
        # Versions are made the same too: they count reminders and saves, and would tell early answers from late ones.
        boxed = {"_id": {"$in": members}, **INVITATION.among("boxed")}
        state = INVITATION.after("boxed", "mixed")
        emptied = INVITATION.put(state, answer=None, channel=None, version=_SPENT)
        await self._invitations.set_all(boxed, emptied)
        if batch.get("tidied") is not None:
            await self._answers.leave_out({"_id": {"$in": batch["tidied"]}}, "minutes")
            before = {"survey": running.reference, **INVITATION.among("answered")}
            await self._invitations.set_all(before, {"channel": None, "submission": None})
        after = self._every if not is_settled(running, self._clock.now()) else _AFTER_CLOSE
        if members and await self._invitations.count(self._boxed(running)) >= self._least:
            after = timedelta()
        last_day = answers[0]["day"] if answers else mixer["last_day"]
        if "counts" in mixer or batch.get("tidied") is not None:
            kept = {"counts": added(mixer.get("counts"), batch.get("counts"))}
        else:  # written down by the previous version: what it kept is counted next
            kept, after = {}, timedelta()
        blank = {"token": None, "batch": None, "last_day": last_day, "due_at": self._clock.now() + after, **kept}
        if await self._mixers.swap({"_id": mixer["_id"], "token": token}, blank) and members:
            log.info("answers_mixed", survey=running.reference, count=len(members))


def _as_fit(boxed: list[Invitation], least: int) -> list[Invitation]:
    """As many as fit one document; `least` always do, since an answer is smaller than a message."""
    size = 0
    for place, invitation in enumerate(boxed):
        size += len(json.dumps(invitation.answer, default=str))
        if size > _LARGEST and place >= least:
            return boxed[:place]
    return boxed
