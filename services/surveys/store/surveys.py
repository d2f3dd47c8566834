"""Surveys at the store: load, decide, save. Officers' commands, and what the calendar brings about."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5

from services.surveys.answers import deciding
from services.surveys.answers.deciding import Decided
from services.surveys.answers.running import Moment, Refused, Repeated, Running
from services.surveys.answers.states import What
from services.surveys.questionnaire.authoring import SurveyInvalid, read_survey
from services.surveys.questionnaire.document import Survey
from services.surveys.questionnaire.terms import Terms
from services.surveys.store import records
from services.surveys.store.audience import Audience
from services.surveys.store.catalogue import Catalogue
from services.surveys.store.mixer import Mixer
from services.surveys.store.publishing import Publishing
from shared.contracts.base import Command, Event
from shared.contracts.surveys import Invite, PublishResults, PublishSurvey, SurveyCommand, SurveyCommandRefused
from shared.messaging.failures import NotYetKnown, Permanent
from shared.observing.telemetry import follow, log
from shared.people.returning import Erased
from shared.signing.signatories import Unproven
from shared.store.documents import Change, Document, Store
from shared.store.references import References
from shared.time.clock import Clock, utc

_TICKS = UUID("0f6d2b7c-7c49-4d0e-8a3e-7f1b7e3c5a90")

Decide = Callable[[Running], Decided]

_KINDS: tuple[What, ...] = (
    "published", "invited", "opened", "closed", "reopened", "paper_added", "exported", "results_published", "refused",
)  # fmt: skip
LOG_EVENTS = frozenset(f"survey_{kind}" for kind in _KINDS)
"""What a line on a survey may be called."""


class Surveys:
    """The surveys of the service. Each method handles one message and is idempotent."""

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        audience: Audience,
        publishing: Publishing,
        mixer: Mixer,
        erased: Erased,
        terms: Terms,
        clock: Clock,
    ) -> None:
        self._surveys = store[records.SURVEYS]
        self._references = References(store)
        self._catalogue = catalogue
        self._audience = audience
        self._publishing = publishing
        self._mixer = mixer
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
            key = deciding.edition_key(command.survey, command)
            await self._act(
                command.survey, command, lambda running: self._publish(running, command, survey), key, survey
            )
            return
        reference = (await self._references.of("S", [command.id], self._held))[command.id]
        key = deciding.edition_key(reference, command)
        if await self._surveys.get(reference) is not None:
            return
        try:
            decided = self._publish(None, command, survey, reference)
        except Refused as refused:
            raise Permanent(str(refused)) from None
        await self._catalogue.keep(key, reference, survey)
        fields = records.survey_fields(decided.running)
        if not await self._surveys.save(Change(reference, 0, fields, decided.events)):
            _tell(decided.running)

    async def command(self, command: SurveyCommand) -> None:
        """Do what an officer asks for, or refuse with the reason."""
        decide = deciding.COMMANDS[type(command)]
        await self._act(command.survey, command, lambda running: decide(running, command, self._moment(command)))

    async def invite(self, command: Invite) -> None:
        """Invite whom an officer names, but for those who were erased: a person is asked whether they may be."""
        back = await self._erased.among(each.email for each in command.recipients)
        if back:
            await self._erased.ask(back, command.key(), command.survey)
            left = tuple(each for each in command.recipients if each.email not in back)
            command = command.model_copy(update={"recipients": left})
        await self.command(command)

    async def publish_results(self, command: PublishResults) -> None:
        """Work out the results, protect small numbers, publish; and tell everybody who was invited."""
        at = self._moment(command)
        running = (await self._catalogue.running([command.survey])).get(command.survey)
        if running is None:
            raise NotYetKnown(f"survey: there is no survey {command.survey} yet")
        follow(running.story)
        if str(command.id) not in running.heard:
            try:
                made = await self._publishing.make(running, command, at)
            except Refused as refused:
                await self._act(command.survey, command, _refuses(refused))
            else:
                await self._act(command.survey, command, lambda current: made.decided(current, command, at))
        running = await self._catalogue.one(command.survey)
        if command.tell and (number := running.published_by(str(command.id))):
            await self._audience.announce(running, number, at)

    async def refuse_unproven(self, command: Command, why: Unproven) -> None:
        """Say that a decision is not proven to be that of the officer whom it names."""
        survey = getattr(command, "survey", None)
        if survey is None:
            raise Permanent(why.told)
        await self._act(str(survey), command, _refuses(Refused(why.code, str(why))))

    async def refuse(self, command: SurveyCommand, refused: Refused) -> None:
        """Say that what an officer asked cannot be done, once; the survey keeps that it was asked, and why not."""
        await self._act(command.survey, command, _refuses(refused))

    async def due(self, document: Document) -> None:
        """Something has fallen due for a survey: it opens, invites, reminds or closes; one step at a time."""
        running = records.read_running(document)
        follow(running.story)
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
            _tell(decided.running)

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

    async def _act(
        self, reference: str, command: Command, decide: Decide, key: str = "", survey: Survey | None = None
    ) -> None:
        """Load, decide, save; again when somebody else was quicker."""
        while True:
            document = await self._surveys.get(reference)
            if document is None:
                raise NotYetKnown(f"survey: there is no survey {reference} yet")
            running = records.read_running(document)
            follow(running.story)
            if str(command.id) in running.heard:
                return
            try:
                decided = decide(running)
            except Repeated:
                log.info("command_repeated", survey=reference, command=command.key())
                return
            except Refused as refused:
                decided = _refused(running, command, refused, self._moment(command))
            else:
                if survey is not None:
                    await self._catalogue.keep(key, reference, survey)
            fields = records.survey_fields(decided.running)
            if not await self._surveys.save(Change(reference, document["version"], fields, decided.events)):
                _tell(decided.running)
                return


def _refuses(refused: Refused) -> Decide:
    def decide(_running: Running) -> Decided:
        raise refused

    return decide


def _refused(running: Running, command: Command, refused: Refused, at: Moment) -> Decided:
    officer: Any = getattr(command, "officer", None)
    told = {"command": command.key(), "code": refused.code, "words": str(refused)[:2000]}
    entry = at.entry("refused", asked_by=officer.model_dump(), **told)
    facts = {"asked_by": officer.id, **told}
    event: Event = running.event(SurveyCommandRefused, at, "refused", **facts)
    return Decided(running.with_entry(entry), (event,))


def _tell(running: Running) -> None:
    """One line of log a step; codes, counts and staff ids only."""
    entry = running.trail[-1]
    told = {
        name: entry[name] for name in ("edition", "count", "recipients", "code", "early", "number") if name in entry
    }
    who = (entry.get("officer") or entry.get("asked_by") or {}).get("id")
    log.info(f"survey_{entry['what']}", survey=running.reference, state=running.state, by=who, **told)
