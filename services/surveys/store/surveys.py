"""Surveys at the store: load, decide, save. What officers ask for; what the calendar brings about stands in due.py."""

from collections.abc import Callable, Collection
from typing import Any

from services.surveys.answers import deciding
from services.surveys.answers.deciding import Decided
from services.surveys.answers.running import Moment, Running
from services.surveys.answers.states import What
from services.surveys.questionnaire.authoring import SurveyInvalid, read_survey
from services.surveys.questionnaire.document import Survey
from services.surveys.questionnaire.terms import Terms
from services.surveys.store import records
from services.surveys.store.audience import Audience
from services.surveys.store.catalogue import Catalogue
from services.surveys.store.publishing import Publishing
from shared.contracts.base import Command, Event
from shared.contracts.surveys import Invite, PublishResults, PublishSurvey, SurveyCommand, SurveyCommandRefused
from shared.decisions.acting import LostRace, known, repeated, until_kept
from shared.decisions.deciding import Refused, Repeated, because
from shared.messaging.failures import Permanent
from shared.observing.telemetry import follow, log
from shared.people.returning import Erased
from shared.signing.signatories import Unproven
from shared.store.documents import Change, Store
from shared.store.references import References
from shared.time.clock import Clock, utc

Decide = Callable[[Running], Decided]

_KINDS: tuple[What, ...] = (
    "published", "invited", "opened", "closed", "reopened", "paper_added", "exported", "results_published", "refused",
)  # fmt: skip
LOG_EVENTS = frozenset(f"survey_{kind}" for kind in _KINDS)
"""Event names of log lines about a survey."""


class Surveys:
    """The surveys of the service. Each method handles one message and is idempotent."""

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        audience: Audience,
        publishing: Publishing,
        erased: Erased,
        terms: Terms,
        clock: Clock,
    ) -> None:
        self._surveys = store[records.SURVEYS]
        self._references = References(store)
        self._catalogue = catalogue
        self._audience = audience
        self._publishing = publishing
        self._erased = erased
        self._terms = terms
        self._clock = clock

    async def publish(self, command: PublishSurvey) -> None:
        """Publish a new survey, or the next version of one."""
        try:
            survey = read_survey(command.document)
        except SurveyInvalid as error:
            raise Permanent(str(error)[:1000]) from None
        if command.survey is not None:
            await self._act(command.survey, command, lambda running: self._publish(running, command, survey), survey)
            return
        reference = (await self._references.of("S", [command.id], self._held))[command.id]
        if await self._surveys.get(reference) is not None:
            return
        try:
            decided = self._publish(None, command, survey, reference)
        except Refused as refused:
            raise Permanent(str(refused)) from None
        await self._catalogue.keep(decided.running.newest.key, reference, survey)
        if await self._save(decided, 0):
            tell(decided.running)

    async def command(self, command: SurveyCommand) -> None:
        """Carry out what an officer asks for, or refuse it with the reason."""
        decide = deciding.COMMANDS[type(command)]
        await self._act(command.survey, command, lambda running: decide(running, command, self._moment(command)))

    async def invite(self, command: Invite) -> None:
        """Invite whom an officer names, except those who were erased: a person is asked whether they may be."""
        back = await self._erased.among(each.email for each in command.recipients)
        if back:
            await self._erased.ask(back, command.key(), command.survey)
            left = tuple(each for each in command.recipients if each.email not in back)
            command = command.model_copy(update={"recipients": left})
        await self.command(command)

    async def publish_results(self, command: PublishResults) -> None:
        """Work out the results, protect small numbers, publish, and tell everybody who was invited."""
        at = self._moment(command)
        running = known((await self._catalogue.running([command.survey])).get(command.survey), "survey")
        follow(running.correlation_id)
        if str(command.id) not in running.heard:
            try:
                made = await self._publishing.make(running, command, at)
            except Refused as refused:
                await self.refuse(command, refused)
            else:
                await self._act(command.survey, command, lambda current: made.decided(current, command, at))
        running = await self._catalogue.one(command.survey)
        if command.tell and (number := running.published_by(str(command.id))):
            await self._audience.announce(running, number, at)

    async def refuse_unproven(self, command: Command, why: Unproven) -> None:
        """Publish that a decision is not proven to be the named officer's."""
        if getattr(command, "survey", None) is None:
            raise Permanent(why.as_text)
        await self.refuse(command, Refused(because(why.code, str(why))))

    async def refuse(self, command: Any, refused: Refused) -> None:
        """Publish once that an officer's command is refused; the survey records the command and the reason."""

        def decide(_: Running) -> Decided:
            raise refused

        await self._act(command.survey, command, decide)

    def _publish(
        self, running: Running | None, command: PublishSurvey, survey: Survey, reference: str | None = None
    ) -> Decided:
        named = reference or str(command.survey)
        return deciding.publish(running, command, named, survey, self._terms, self._moment(command))

    async def _held(self, references: Collection[str]) -> dict[str, str]:
        found = await self._surveys.get_many(references)
        return {each: str(document["trail"][0]["cause"]) for each, document in found.items()}

    def _moment(self, command: Command) -> Moment:
        return Moment(utc(self._clock.now()), command.id)

    @until_kept
    async def _act(self, reference: str, command: Command, decide: Decide, survey: Survey | None = None) -> None:
        document = known(await self._surveys.get(reference), "survey")
        running = records.read_running(document)
        follow(running.correlation_id)
        if str(command.id) in running.heard:
            return
        try:
            decided = decide(running)
        except Repeated:
            repeated(command, survey=reference)
            return
        except Refused as why:
            decided = _refused(running, command, why, self._moment(command))
        if survey is not None and len(decided.running.editions) > len(running.editions):
            await self._catalogue.keep(decided.running.newest.key, reference, survey)
        if not await self._save(decided, document["version"]):
            raise LostRace
        tell(decided.running)

    async def _save(self, decided: Decided, version: int) -> bool:
        """Keep what has come of a decision; False when somebody else has changed the survey meanwhile."""
        fields = records.survey_fields(decided.running)
        return not await self._surveys.save(Change(decided.running.reference, version, fields, decided.events))


def _refused(running: Running, command: Command, refused: Refused, at: Moment) -> Decided:
    officer: Any = getattr(command, "officer", None)
    refusal = {"command": command.key(), "code": refused.code, "words": str(refused)}
    entry = at.entry("refused", asked_by=officer.model_dump(), **refusal)
    facts = {"asked_by": officer.id, **refusal}
    event: Event = running.event(SurveyCommandRefused, at, "refused", **facts)
    return Decided(running.with_entry(entry), (event,))


def tell(running: Running) -> None:
    """One log line for each step; codes, counts and staff ids only."""
    entry = running.trail[-1]
    line_facts = {
        name: entry[name] for name in ("edition", "count", "recipients", "code", "early", "number") if name in entry
    }
    who = (entry.get("officer") or entry.get("asked_by") or {}).get("id")
    log.info(f"survey_{entry['what']}", survey=running.reference, state=running.state, by=who, **line_facts)
