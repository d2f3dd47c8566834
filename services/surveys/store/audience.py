"""A survey's invitations in bulk: inviting, reminding those who have not answered, announcing results.

Each of these goes over very many invitations in small batches. After a crash it starts again and finds what is done:
invitations have derived ids, and the change that tells somebody also records that they were told.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from itertools import chain
from typing import Any

from services.surveys.answers.invitation import Invitation, due_reminder, earlier_ids, invitation_id
from services.surveys.answers.reminders import Reminder, plan
from services.surveys.answers.running import Moment, Running
from services.surveys.answers.states import INVITATION
from services.surveys.answers.submitting import Asked, announced, invited, reminded
from services.surveys.questionnaire.document import Survey
from services.surveys.questionnaire.terms import SchoolDays, Terms
from services.surveys.questionnaire.words import mode_words, promise_words
from services.surveys.results.themes import done_of
from services.surveys.store import records
from services.surveys.store.catalogue import Catalogue
from shared.contracts.base import Event
from shared.contracts.schools import those
from shared.contracts.surveys import Respondent
from shared.identity import derived
from shared.observing.telemetry import log
from shared.store.documents import Change, Document, Store

_HANDFUL = 500


class Audience:
    """Invitations in bulk."""

    def __init__(self, store: Store, catalogue: Catalogue, terms: Terms, secret: str) -> None:
        self._invitations = store[records.INVITATIONS]
        self._schools = store[records.SCHOOLS]
        self._themes = store[records.THEMES]
        self._catalogue = catalogue
        self._terms = terms
        self._secret = secret

    async def issue(self, running: Running, at: Moment) -> None:
        """Issue the pending invitations; people already invited stay invited and are told nothing."""
        asked = await self._asked(running)
        words = {"mode_words": mode_words(asked.survey), "promise_words": promise_words(asked.survey)}
        async for handful in _handfuls(self._wanted(running)):
            known = await self.known(handful)
            changes = []
            for invitation in {each.id: each for each in handful}.values():
                if invitation.id in known:
                    continue
                after = invitation.with_entry(_of(invitation, at, "invited").entry("invited"))
                event = invited(after, asked, words, _of(invitation, at, "invited"))
                changes.append(Change(after.id, 0, records.invitation_fields(after), (event,)))
            await self._invitations.save(*changes)
        count = await self._invitations.count({"survey": running.reference})
        log.info("invitations_issued", survey=running.reference, invited=count)

    async def remind(self, running: Running, at: Moment) -> int:
        """Remind those who have not answered, as the plan for each one's school says; returns how many were."""
        asked = await self._asked(running)
        plans: dict[SchoolDays, tuple[Reminder, ...]] = {}

        def plan_of(days: SchoolDays) -> tuple[Reminder, ...]:
            if days not in plans:
                plans[days] = plan(asked.survey.reminders, running.window, days.includes)
            return plans[days]

        return await self._go_over(
            {"survey": running.reference, **INVITATION.among("open")},
            lambda invitation, days: self._reminded(invitation, plan_of(days), days, asked, at),
        )

    async def preview(self, running: Running, survey: Survey) -> dict[date, int]:
        """How many would be reminded on which day, if nobody answered meanwhile."""
        counts: dict[date, int] = {}
        query = {"survey": running.reference, **INVITATION.among("open")}
        async for handful in _handfuls(self._stream(query)):
            for invitation, days in await self._with_days(handful):
                for reminder in plan(survey.reminders, running.window, days.includes):
                    if not invitation.reminded_on or reminder.day > max(invitation.reminded_on):
                        counts[reminder.day] = counts.get(reminder.day, 0) + 1
        return counts

    async def announce(self, running: Running, publication: int, at: Moment) -> None:
        """Tell everybody who was invited that there are results."""
        asked = await self._asked(running)
        done = done_of(await self._themes.find({"survey": running.reference}, sort=[("history.0.at", 1)]))

        def tell(invitation: Invitation, _days: SchoolDays) -> tuple[Invitation, Event] | None:
            if invitation.recipient is None or any(_tells(entry, publication) for entry in invitation.trail):
                return None
            moment = _of(invitation, at, "announced")
            entry = moment.entry("announced", publication=publication)
            return invitation.with_entry(entry), announced(invitation, asked, publication, done, moment)

        count = await self._go_over({"survey": running.reference}, tell)
        log.info("results_announced", survey=running.reference, told=count)

    async def tidy(self, running: Running) -> None:
        """Remove unsent saved answers: nobody can continue them any more."""
        unsent = {"survey": running.reference, **INVITATION.among("open"), "progress": {"$ne": None}}
        count = await self._invitations.set_all(unsent, {"progress": None})
        log.info("saved_answers_removed", survey=running.reference, count=count)

    def _reminded(
        self, invitation: Invitation, plans: tuple[Reminder, ...], days: SchoolDays, asked: Asked, at: Moment
    ) -> tuple[Invitation, Event] | None:
        reminder = due_reminder(invitation, plans, days, at.today)
        if reminder is None or invitation.recipient is None:
            return None
        moment = _of(invitation, at, "reminded")
        entry = moment.entry("reminded", number=reminder.number, last_call=reminder.last_call)
        event = reminded(invitation, asked, reminder.number, reminder.last_call, moment)
        return invitation.with_entry(entry), event

    async def _go_over(
        self,
        query: Mapping[str, Any],
        step: Callable[[Invitation, SchoolDays], tuple[Invitation, Event] | None],
    ) -> int:
        """Do one step for each invitation of a query; one that changed meanwhile is tried again."""
        count = 0
        async for handful in _handfuls(self._stream(query)):
            left = handful
            while left:
                documents = await self._invitations.find({"_id": {"$in": [each.id for each in left]}, **query})
                versions = {document["_id"]: document["version"] for document in documents}
                current = [records.read_invitation(document) for document in documents]
                changes = []
                for invitation, days in await self._with_days(current):
                    if done := step(invitation, days):
                        after, event = done
                        fields = records.invitation_fields(after)
                        changes.append(Change(after.id, versions[after.id], fields, (event,)))
                lost = await self._invitations.save(*changes)
                count += len(changes) - len(lost)
                left = [each for each in current if each.id in lost]
        return count

    async def _with_days(self, invitations: Iterable[Invitation]) -> list[tuple[Invitation, SchoolDays]]:
        invitations = list(invitations)
        schools = await self._schools.get_many({each.respondent.urn for each in invitations if each.respondent.urn})
        return [(each, records.read_days(schools.get(each.respondent.urn or ""), self._terms)) for each in invitations]

    async def _stream(self, query: Mapping[str, Any]) -> AsyncIterator[Invitation]:
        async for document in self._invitations.stream(query):
            yield records.read_invitation(document)

    async def _wanted(self, running: Running) -> AsyncIterator[Invitation]:
        for asked in running.pending:
            for recipient in asked["recipients"]:
                respondent = Respondent.from_store(recipient)
                school = await self._schools.get(respondent.urn) if respondent.urn else None
                yield self.invitation(running.reference, respondent, school)
            if asked["schools"] is not None:
                async for school in self._schools.stream(_filter(asked["schools"])):
                    yield self.invitation(running.reference, _official(school), school)

    async def known(self, invitations: Iterable[Invitation]) -> dict[str, str]:
        """Which of some invitations already exist, and under which id."""
        invitations = list(invitations)
        ids = {each.id: (each.id, *earlier_ids(self._secret, each.survey, each.respondent)) for each in invitations}
        found = await self._invitations.get_many(chain.from_iterable(ids.values()))
        names = {key: document["respondent"]["name"].casefold() for key, document in found.items()}
        return {
            each.id: key
            for each in invitations
            for key in reversed(ids[each.id])
            if key in found and (key == each.id or names[key] == each.respondent.name.casefold())
        }

    def invitation(self, survey: str, respondent: Respondent, school: Document | None) -> Invitation:
        """A new invitation of somebody to a survey."""
        blank = Invitation(invitation_id(self._secret, survey, respondent), survey, respondent)
        return replace(blank, district=(school or {}).get("district"), phase=(school or {}).get("phase"))

    async def school(self, urn: str) -> Document | None:
        return await self._schools.get(urn)

    async def official(self, survey: str, urn: str) -> Invitation | None:
        """A school's official invitation; None for a school that no MIS has told us about."""
        school = await self._schools.get(urn)
        return self.invitation(survey, _official(school), school) if school and "name" in school else None

    async def _asked(self, running: Running) -> Asked:
        asked = await self._catalogue.asked(running)
        if asked is None:
            raise LookupError("a survey has a newest version")
        return asked


def _of(invitation: Invitation, at: Moment, what: str) -> Moment:
    """The moment for one invitation's step, so that its events have ids of their own."""
    return replace(at, cause=derived(at.cause, f"{what}:{invitation.id}"))


def _tells(entry: Mapping[str, Any], publication: int) -> bool:
    return bool(entry["what"] == "announced" and entry["publication"] == publication)


def _official(school: Document) -> Respondent:
    return Respondent(name=school["name"], email=school["email"], urn=school["_id"], official=True)


def _filter(audience: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": {"$exists": True}} | those(audience["districts"], audience["phases"], audience["urns"])


async def _handfuls(invitations: AsyncIterator[Invitation]) -> AsyncIterator[list[Invitation]]:
    handful: list[Invitation] = []
    async for invitation in invitations:
        handful.append(invitation)
        if len(handful) == _HANDFUL:
            yield handful
            handful = []
    if handful:
        yield handful
