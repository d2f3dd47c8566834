"""What the calendar brings about in a survey: it opens, invites, reminds and closes; one step at a time."""

from dataclasses import replace
from uuid import UUID, uuid5

from services.surveys.answers import deciding
from services.surveys.answers.deciding import Decided
from services.surveys.answers.running import Moment
from services.surveys.store import records
from services.surveys.store.audience import Audience
from services.surveys.store.mixer import Mixer
from services.surveys.store.surveys import tell
from shared.observing.telemetry import follow
from shared.store.documents import Change, Document, Store
from shared.time.clock import Clock, utc

_TICKS = UUID("0f6d2b7c-7c49-4d0e-8a3e-7f1b7e3c5a90")


class Due:
    """Takes surveys on whose time has come."""

    def __init__(self, store: Store, audience: Audience, mixer: Mixer, clock: Clock) -> None:
        self._surveys = store[records.SURVEYS]
        self._audience = audience
        self._mixer = mixer
        self._clock = clock

    async def take_on(self, document: Document) -> None:
        """Take the next step of a survey, and save it."""
        running = records.read_running(document)
        follow(running.correlation_id)
        now = utc(self._clock.now())
        at = Moment(now, uuid5(_TICKS, f"{running.reference}:{document['version']}"))
        if running.mode == "anonymous":
            await self._mixer.watch(running.reference)
        decided = deciding.tick(running, at)
        if decided is None and running.state == "closed":
            await self._audience.tidy(running)
            decided = Decided(replace(running, tidied=True))
        if decided is None and running.pending:
            await self._audience.issue(running, at)
            decided = Decided(replace(running, pending=()))
        if decided is None:
            count = await self._audience.remind(running, at)
            after = replace(running, last_round=at.today)
            decided = Decided(after.with_entry(at.entry("reminded", count=count)) if count else after)
        change = Change(running.reference, document["version"], records.survey_fields(decided.running), decided.events)
        if not await self._surveys.save(change) and len(decided.running.trail) > len(running.trail):
            tell(decided.running)
