"""Publishing results: one pass over the answers, worked out, protected, saved, published."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.surveys.answers.counts import channels_of, minutes_of
from services.surveys.answers.deciding import Decided
from services.surveys.answers.running import Moment, Running, is_settled, settled_words
from services.surveys.answers.states import INVITATION
from services.surveys.questionnaire.document import Survey
from services.surveys.results.integrity import digest
from services.surveys.results.rates import FIELDS, Rates
from services.surveys.results.results import Published, results
from services.surveys.results.tally import Answer, Tally, items_of
from services.surveys.store import records
from services.surveys.store.catalogue import Catalogue
from shared.contracts.surveys import PublishResults, ResultsPublished
from shared.decisions.deciding import Refused, because
from shared.store.documents import Document, Store


@dataclass(frozen=True)
class Made:
    """A saved publication that now has to be announced for its survey."""

    number: int
    shown: Mapping[str, Any]
    link: str

    def decided(self, running: Running, command: PublishResults, at: Moment) -> Decided:
        if running.publications >= self.number:
            raise Refused(because("overtaken", "Somebody else has just published results. Look at them first."))
        event = running.event(
            ResultsPublished,
            at,
            "results",
            publication=self.number,
            title=running.title,
            invited=self.shown["invited"],
            answered=self.shown["answered"],
            sha256=digest(self.shown),
            link=self.link,
        )
        entry = at.entry("results_published", number=self.number, officer=command.officer.model_dump())
        return Decided(running.with_entry(entry, publications=self.number), (event,))


class Publishing:
    """Works results out, and keeps what is published."""

    def __init__(self, store: Store, catalogue: Catalogue) -> None:
        self._answers = store[records.ANSWERS]
        self._invitations = store[records.INVITATIONS]
        self._mixers = store[records.MIXERS]
        self._publications = store[records.PUBLICATIONS]
        self._catalogue = catalogue

    async def make(self, running: Running, command: PublishResults, at: Moment) -> Made:
        """Work out and save the next publication of a settled survey; raises Refused."""
        if not is_settled(running, at.now):
            raise Refused(because("not_settled", settled_words(running, at.now)))
        if running.mode == "anonymous" and await self._invitations.count(
            {"survey": running.reference, **INVITATION.among("boxed")}
        ):
            raise Refused(
                because(
                    "not_mixed", "The last anonymous answers are still being processed. Try again in a few minutes."
                )
            )
        number = running.publications + 1
        key = f"{running.reference}:{number}:{command.id}"
        published = await self.work_out(running, at.today.isoformat(), await self._last(running))
        asked = await self._catalogue.asked(running)
        link = asked.link("results", running.reference) if asked else ""
        fields: Document = {
            "survey": running.reference,
            "number": number,
            "shown": published.shown,
            "basis": published.basis,
        }
        await self._publications.insert(key, fields)
        kept = await self._publications.get(key) or fields
        return Made(number, kept["shown"], link)

    async def work_out(self, running: Running, day: str, before: Mapping[str, Any] | None) -> Published:
        """Results as they would be published now; raises Refused if too little may be shown."""
        surveys = {each.number: await self._catalogue.survey(each.key) for each in running.editions}
        tally = Tally(items_of(surveys))
        async for answer in self.answers(running):
            tally.add(answer)
        if running.mode == "anonymous":
            tally.minutes = minutes_of(await self._counts(running))
        found = await self.rates(running)
        return results(running, surveys[running.newest.number], tally, found, day, before)

    async def rates(self, running: Running) -> Rates:
        """Who has answered, and how the answers came; anonymous ones are counted by channel once they are mixed."""
        found = Rates()
        async for document in self._invitations.stream({"survey": running.reference}, fields=FIELDS):
            found.add(document)
        if running.mode == "anonymous":
            found.channels = channels_of(await self._counts(running))
        return found

    async def _counts(self, running: Running) -> Document | None:
        return (await self._mixers.get(running.reference) or {}).get("counts")

    async def answers(self, running: Running) -> AsyncIterator[Answer]:
        """Every finished answer of a survey, for counting."""
        async for document in self.documents(running):
            yield _answer(document)

    async def count(self, running: Running) -> int:
        """How many finished answers a survey has."""
        if running.mode == "anonymous":
            return await self._answers.count({"survey": running.reference})
        return await self._invitations.count({"survey": running.reference, **INVITATION.among("answered")})

    async def documents(self, running: Running) -> AsyncIterator[Document]:
        """The documents that hold a survey's finished answers: invitations, or the anonymous answers by themselves."""
        if running.mode == "anonymous":
            async for document in self._answers.stream({"survey": running.reference}):
                yield document
        else:
            async for document in self._invitations.stream(
                {"survey": running.reference, **INVITATION.among("answered")}
            ):
                yield document

    async def last(self, running: Running) -> Document | None:
        """The latest publication."""
        if not running.publications:
            return None
        cause = next(entry["cause"] for entry in reversed(running.trail) if entry["what"] == "results_published")
        return await self._publications.get(f"{running.reference}:{running.publications}:{cause}")

    async def newest(self, running: Running) -> Survey:
        return await self._catalogue.survey(running.newest.key)

    async def _last(self, running: Running) -> Mapping[str, Any] | None:
        last = await self.last(running)
        return last["basis"] if last else None


def _answer(document: Document) -> Answer:
    kept: Mapping[str, Any] = document if "answers" in document else document["answer"]
    about: Mapping[str, Any] = document.get("respondent") or document
    group, official = about["group"], str(about["official"]).lower() if about["official"] is not None else None
    who = None if group is None else f"{group}, {'official' if official == 'true' else 'individual'}"
    return Answer(
        edition=kept["edition"],
        answers=kept["answers"],
        nothing_to_say=kept["nothing_to_say"],
        minutes=kept.get("minutes"),
        district=document["district"],
        phase=document["phase"],
        who=who,
    )
