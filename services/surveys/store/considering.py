"""Comments and themes at the store: the decision on each comment, and what is done about what was said."""

from collections.abc import AsyncIterator, Callable, Iterable
from uuid import UUID

from services.surveys.answers.running import Moment, Running
from services.surveys.results.comments import Comment, Disposition, comments_of, dispose
from services.surveys.results.themes import Theme, record
from services.surveys.store import records
from services.surveys.store.catalogue import Catalogue
from services.surveys.store.publishing import Publishing
from shared.contracts.base import Event
from shared.contracts.surveys import CommentDisposed, DisposeComment, RecordTheme, ThemeRecorded
from shared.decisions.acting import known
from shared.decisions.deciding import Refused, because
from shared.observing.telemetry import follow, log
from shared.store.documents import Change, Collection, Document, Store
from shared.store.references import References
from shared.time.clock import Clock, utc


class Considering:
    """Decisions on comments, and themes. Idempotent for each message."""

    def __init__(self, store: Store, catalogue: Catalogue, publishing: Publishing, clock: Clock) -> None:
        self._answers = store[records.ANSWERS]
        self._invitations = store[records.INVITATIONS]
        self._dispositions = store[records.DISPOSITIONS]
        self._themes = store[records.THEMES]
        self._references = References(store)
        self._catalogue = catalogue
        self._publishing = publishing
        self._clock = clock

    async def dispose(self, command: DisposeComment) -> None:
        """Keep the decision on a comment; a later one replaces it, both stay in the history. Raises Refused."""
        running = await self._running(command.survey)
        comment = await self.comment(running, command.comment)
        if comment is None:
            words = "comment: this survey has no comment with this reference. See `everyday surveys comments`."
            raise Refused(because("no_such_comment", words))
        survey = await self._publishing.newest(running)
        at = Moment(utc(self._clock.now()), command.id)
        facts = {"point": command.point, "outcome": command.outcome, "clause": command.clause, "theme": command.theme}
        event = running.event(CommentDisposed, at, "disposed", comment=command.comment, **facts)
        kept = await self._keep(
            self._dispositions,
            f"{command.survey}:{command.comment}:{command.point}",
            command.id,
            lambda earlier: dispose(command, comment, survey, earlier, at),
            event,
        )
        if kept:
            log.info("comment_disposed", survey=command.survey, outcome=command.outcome, by=command.officer.id)

    async def record(self, command: RecordTheme) -> None:
        """Keep a theme, or what has come of it since. Raises Refused."""
        running = await self._running(command.survey)
        reference = command.theme or (await self._references.of("T", [command.id], self._held))[command.id]
        if command.theme is not None and await self._themes.get(reference) is None:
            raise Refused(
                because("no_such_theme", f"theme: there is no theme {reference}; see `everyday surveys themes`")
            )
        at = Moment(utc(self._clock.now()), command.id)
        facts = command.model_dump(include={"title", "meeting", "clause"}) | {"owner": command.officer}
        decided = command.decision is not None
        event = running.event(ThemeRecorded, at, "theme", theme=reference, decided=decided, **facts)
        if await self._keep(self._themes, reference, command.id, lambda earlier: record(command, earlier, at), event):
            log.info("theme_recorded", survey=command.survey, theme=reference, by=command.officer.id)

    async def comments(self, running: Running) -> AsyncIterator[Comment]:
        """Every comment of a survey, without names."""
        async for document in self._publishing.documents(running):
            for comment in await self._of(running, document):
                yield comment

    async def comment(self, running: Running, reference: str) -> Comment | None:
        """One comment by its reference."""
        response, _, question = reference.partition("/")
        collection = self._answers if running.mode == "anonymous" else self._invitations
        for document in await collection.find({"survey": running.reference, "response": response}):
            for comment in await self._of(running, document):
                if comment.reference == f"{response}/{question}":
                    return comment
        return None

    async def dispositions(self, survey: str) -> list[Document]:
        return await self._dispositions.find({"survey": survey}, sort=[("_id", 1)])

    async def themes(self, survey: str) -> list[Document]:
        """The themes of a survey, in the order in which they were first recorded."""
        return await self._themes.find({"survey": survey}, sort=[("history.0.at", 1)])

    async def _of(self, running: Running, document: Document) -> list[Comment]:
        kept = document if running.mode == "anonymous" else document["answer"]
        edition = running.edition(kept["edition"]) or running.newest
        survey = await self._catalogue.survey(edition.key)
        return list(comments_of(document["response"], kept["answers"], survey))

    async def _keep(
        self,
        collection: Collection,
        key: str,
        cause: UUID,
        decide: Callable[[Disposition | Theme | None], Disposition | Theme],
        event: Event,
    ) -> Change | None:
        """What was kept; None where this message has been heard."""

        def change(earlier: Document | None) -> Change | None:
            if any(entry["cause"] == str(cause) for entry in (earlier or {}).get("history", ())):
                return None
            fields = {name: value for name, value in decide(earlier).items() if name not in ("_id", "version")}
            return Change(key, (earlier or {}).get("version", 0), fields, (event,))

        return await collection.update(key, change)

    async def _held(self, references: Iterable[str]) -> dict[str, str]:
        found = await self._themes.get_many(references)
        return {each: str(theme["history"][0]["cause"]) for each, theme in found.items()}

    async def _running(self, survey: str) -> Running:
        found = known((await self._catalogue.running([survey])).get(survey), "survey")
        follow(found.correlation_id)
        return found
