"""Reads what the surveys service knows, for the command line; changes nothing."""

import secrets
from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID

from services.surveys.answers.invitation import Invitation
from services.surveys.answers.running import Running
from services.surveys.answers.states import DONE, INVITATION
from services.surveys.answers.view import View, copy_of, in_words
from services.surveys.questionnaire.document import Survey
from services.surveys.questionnaire.terms import Terms
from services.surveys.results.comments import Comment
from services.surveys.results.integrity import Entry, chain
from services.surveys.results.ledger import Row, ledger, unheard
from services.surveys.results.rates import Rates
from services.surveys.results.results import require_enough
from services.surveys.results.story import facts_of
from services.surveys.results.turnout import Turnout
from services.surveys.store import records
from services.surveys.store.audience import Audience
from services.surveys.store.catalogue import Catalogue
from services.surveys.store.considering import Considering
from services.surveys.store.loop import Loop
from services.surveys.store.publishing import Publishing
from shared.identity import read_reference
from shared.links import Links
from shared.signing.signatories import refused_as
from shared.store.documents import Document, NotFound, Store
from shared.time.clock import LONDON, Clock

_OWN = (
    "response", "version", "day", "group", "official", "district", "phase", "channel", "minutes", "nothing_to_say",
)  # fmt: skip


def _column(question: str) -> str:
    """A question's column in an export, never the same as ours, since ids have no spaces."""
    return f"{question} (answer)" if question in _OWN else question


def columns_of(survey: Survey) -> list[str]:
    """The columns of an export of answers: ours, then one for each question that is not answered in words."""
    return [*_OWN, *(_column(each.id) for each in survey.questions if each.type != "text")]


class Reading:
    """The reader's side of the surveys service."""

    def __init__(self, store: Store, terms: Terms, clock: Clock) -> None:
        self._surveys = store[records.SURVEYS]
        self._invitations = store[records.INVITATIONS]
        self._entered = store[records.ENTERED]
        self._catalogue = Catalogue(store, Links("", ""))
        self._audience = Audience(store, self._catalogue, terms, "")
        self._publishing = Publishing(store, self._catalogue)
        self._considering = Considering(store, self._catalogue, self._publishing, clock)
        self._loop = Loop(store, clock)
        self._clock = clock

    async def surveys(self) -> list[Running]:
        """Every survey, the newest first."""
        return [records.read_running(each) for each in await self._surveys.find({}, sort=[("opens_at", -1)])]

    async def running(self, reference: str) -> Running:
        try:
            return await self._catalogue.one(read_reference(reference))
        except ValueError as error:
            raise NotFound(f"a survey's reference begins with S: {error}") from None

    async def came_of(self, survey: str, command: UUID) -> str | None:
        """The result of an officer's command: why it was refused, an empty text if done, None while unknown."""
        cause, unproven = str(command), str(refused_as(command))
        for entry in (await self.running(survey)).trail:
            if entry["cause"] in (cause, unproven):
                return str(entry["words"]) if entry["what"] == "refused" else ""
        kept = [*await self._considering.dispositions(survey), *await self._considering.themes(survey)]
        if any(entry["cause"] == cause for each in kept for entry in each["history"]):
            return ""
        if await self._entered.get(cause) or await self._invitations.count({"survey": survey, "submission": cause}):
            return ""
        return None

    async def survey(self, running: Running) -> Survey:
        return await self._publishing.newest(running)

    async def rates(self, running: Running) -> Rates:
        return await self._publishing.rates(running)

    async def reminders(self, running: Running) -> dict[date, int]:
        return await self._audience.preview(running, await self.survey(running))

    async def ledger(self, running: Running) -> tuple[list[Row], list[str]]:
        """The consultees' ledger, and any gaps in the groups that have to be consulted."""
        survey = await self.survey(running)
        statutory = survey.consultation.statutory if survey.consultation else ()
        query = {"survey": running.reference, "respondent.official": True}
        found = [records.read_invitation(each) async for each in self._invitations.stream(query)]
        rows = ledger(found, statutory, running.state == "closed")
        return rows, unheard(await self.rates(running), statutory)

    async def results(self, running: Running, *, now: bool) -> dict[str, Any]:
        """The published results; or with `now`, as they would be if published now."""
        last = await self._publishing.last(running)
        if not now:
            if last is None:
                raise NotFound("no results are published yet: look at them with --now")
            shown: dict[str, Any] = last["shown"]
            return shown
        today = self._clock.today().isoformat()
        return (await self._publishing.work_out(running, today, last["basis"] if last else None)).shown

    async def comments(self, running: Running) -> list[tuple[Comment, list[Document]]]:
        """Every comment with its decision."""
        decided: dict[str, list[Document]] = {}
        for each in await self._considering.dispositions(running.reference):
            decided.setdefault(each["comment"], []).append(each)
        return [(comment, decided.get(comment.reference, [])) async for comment in self._considering.comments(running)]

    async def themes(self, running: Running) -> list[Document]:
        return await self._considering.themes(running.reference)

    async def themes_to_publish(self, running: Running) -> tuple[list[Document], int]:
        """The themes, and from which number a count may be shown; raises Refused where results would be."""
        least = (await self.survey(running)).least
        require_enough(await self._publishing.count(running), least)
        return await self.themes(running), least

    async def turnout(self, running: Running) -> list[Turnout]:
        """The meetings that this survey caused, with who booked and who came, counted."""
        return await self._loop.of(running.reference)

    async def school(self, running: Running, urn: str) -> View:
        """A school's official answer, for the meeting with it."""
        query = {"survey": running.reference, "respondent.urn": urn, "respondent.official": True}
        for document in await self._invitations.find(query):
            invitation = records.read_invitation(document)
            if invitation.answer is not None and invitation.response is not None:
                asked = await self._catalogue.asked(running, invitation.answer["edition"])
                if asked is not None:
                    return copy_of(invitation, asked)
        raise NotFound("there is no answer of this school that may be read")

    async def answers(self, running: Running) -> tuple[list[dict[str, object]], list[str]]:
        """One row for each answer, without names and free text; and the columns."""
        survey = await self.survey(running)
        closed = [each for each in survey.questions if each.type != "text"]
        rows = []
        async for document in self._publishing.documents(running):
            kept = document if running.mode == "anonymous" else document["answer"]
            about = document if running.mode == "anonymous" else document["respondent"]
            row: dict[str, object] = {
                "response": document["response"],
                "version": kept["edition"],
                "day": document.get("day") or kept["at"].astimezone(LONDON).date().isoformat(),
                "group": about["group"] or "",
                "official": {True: "yes", False: "no", "true": "yes", "false": "no"}.get(about["official"], ""),
                "district": document["district"] or "",
                "phase": document["phase"] or "",
                "channel": document.get("channel") or ("" if running.mode == "anonymous" else "link"),
                "minutes": kept.get("minutes") or "",
                "nothing_to_say": "yes" if kept["nothing_to_say"] else "",
            }
            answers = kept["answers"]
            for question in closed:
                row[_column(question.id)] = in_words(question, answers[question.id]) if question.id in answers else ""
            rows.append(row)
        return rows, columns_of(survey)

    async def texts(self, running: Running) -> list[dict[str, object]]:
        """Everything that was written, in random order, with nothing that says by whom."""
        found = [
            {"question": comment.question, "text": comment.text}
            async for comment in self._considering.comments(running)
        ]
        secrets.SystemRandom().shuffle(found)
        return [dict(each) for each in found]

    async def respondents(self, running: Running) -> list[dict[str, object]]:
        """Who answered, without what they said: the file that links references to names."""
        query = {"survey": running.reference, **INVITATION.among(*DONE)}
        return [
            {
                "response": document["response"] or "",
                "name": document["respondent"]["name"],
                "organisation": document["respondent"]["organisation"] or "",
                "group": document["respondent"]["group"],
                "urn": document["respondent"]["urn"] or "",
                "official": "yes" if document["respondent"]["official"] else "no",
            }
            async for document in self._invitations.stream(query)
        ]

    async def integrity(self, running: Running) -> list[Entry]:
        """The chain of everything that happened to a consultation, in order of time."""
        surveys = {each.number: await self._catalogue.survey(each.key) for each in running.editions}
        answers = [document async for document in self._publishing.documents(running)]
        invitations = [each async for each in self._everybody(running)]
        dispositions = await self._considering.dispositions(running.reference)
        themes = await self._considering.themes(running.reference)
        return chain(facts_of(running, surveys, invitations, answers, dispositions, themes))

    async def _everybody(self, running: Running) -> AsyncIterator[Invitation]:
        async for document in self._invitations.stream({"survey": running.reference}):
            yield records.read_invitation(document)
