"""Answers at the store: load, decide, save; one at a time or four hundred at once, always on the same path.

An answer and the spending of its link are one change of one document, so an answer can be neither lost nor doubled,
however often it is sent and whatever dies in between.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from services.surveys.answers.answering import Problem
from services.surveys.answers.invitation import Invitation
from services.surveys.answers.running import Moment, Running
from services.surveys.answers.submitting import SAID, Asked, take, unchanged
from services.surveys.store import records
from services.surveys.store.audience import Audience
from services.surveys.store.box import Box
from services.surveys.store.catalogue import Catalogue
from shared.contracts.surveys import EnterResponse, SaveProgress, SubmitResponse, WithdrawResponse
from shared.decisions.acting import known, repeated
from shared.decisions.deciding import Refused, Repeated, because
from shared.observing.telemetry import log
from shared.people.returning import Erased
from shared.store.documents import Change, Document, Store
from shared.store.references import Held, References
from shared.time.clock import Clock, utc

LOG_EVENTS = frozenset(f"{command.key().split('.')[1]}_kept" for command in SAID)
"""Event names of log lines about an answer."""


@dataclass(frozen=True)
class Answered:
    """The result of one message: the invitation as it is now, why it was refused, what could not be saved."""

    invitation: Invitation | None
    refused: Refused | None = None
    problems: tuple[Problem, ...] = ()


class Responses:
    """The answers of the service. Idempotent for each message, in any batch."""

    def __init__(
        self, store: Store, catalogue: Catalogue, audience: Audience, box: Box, erased: Erased, clock: Clock
    ) -> None:
        self._invitations = store[records.INVITATIONS]
        self._entered = store[records.ENTERED]
        self._references = References(store)
        self._catalogue = catalogue
        self._audience = audience
        self._box = box
        self._erased = erased
        self._clock = clock

    async def take(self, commands: Sequence[SubmitResponse]) -> None:
        """Take many finished answers together; an answer that overtook its invitation waits for it."""
        for answered in await self.act(commands):
            known(answered.invitation, "invitation")

    async def one(self, command: SubmitResponse | SaveProgress | WithdrawResponse) -> Answered:
        """Take one message; raises NotYetKnown."""
        [answered] = await self.act([command])
        known(answered.invitation, "invitation")
        return answered

    async def enter(self, command: EnterResponse) -> None:
        """Accept an answer that a member of staff enters: for an invitation, a school, or somebody not invited.

        Raises Refused, with question and fix.
        """
        running = known((await self._catalogue.running([command.survey])).get(command.survey), "survey")
        if str(command.id) in running.heard:
            return
        email = command.respondent.email if command.respondent else None
        if back := await self._erased.among([email]):
            await self._erased.ask(back, command.key(), command.survey)
            words = "respondent.email: this person was erased at their request. Allow them first (everyday returns)."
            raise Refused(because("was_erased", words))
        blank = await self._entered_for(command)
        if command.invitation is None and blank is None:
            words = "Say whose answer it is: invitation, the urn of a school that we know, or respondent."
            raise Refused(because("nobody_named", words))
        if blank is None:
            named = await self.find(str(command.invitation))
            if named is None or named.survey != command.survey:
                raise Refused(because("no_such_invitation", "invitation: this survey has no invitation with this id."))
        [answered] = await self.act([command], {command.id: blank} if blank else {})
        if answered.refused is not None:
            raise answered.refused
        if running.mode == "anonymous":  # who entered it learns that it was accepted, and nothing says whose it is
            await self._entered.insert_facts([{"_id": str(command.id)}])

    async def find(self, invitation: str) -> Invitation | None:
        document = await self._invitations.get(invitation)
        return self._opened(records.read_invitation(document)) if document else None

    def is_from(self, invitation: Invitation, submission: UUID) -> bool:
        """Whether an invitation's answer came with this submission."""
        return invitation.submission in (str(submission), str(self._box.known_as(submission)))

    async def asked(self, invitation: Invitation, edition: int | None = None) -> Asked | None:
        """The survey of an invitation, in the version that was begun, else the newest."""
        number = edition or (invitation.progress or {}).get("edition")
        return await self._catalogue.asked(await self._catalogue.one(invitation.survey), number)

    async def act(self, commands: Sequence[Any], blanks: dict[UUID, Invitation] | None = None) -> list[Answered]:
        """Decide messages in order, those of one invitation one after the other; `blanks` are not stored yet."""
        blanks = blanks or {}
        done: dict[int, Answered] = {}
        while len(done) < len(commands):
            turn: dict[str, int] = {}
            for place, command in enumerate(commands):
                if place not in done:
                    turn.setdefault(_of(command, blanks), place)
            done |= await self._turn({key: (place, commands[place]) for key, place in turn.items()}, blanks)
        return [done[place] for place in range(len(commands))]

    async def _turn(self, turn: dict[str, tuple[int, Any]], blanks: dict[UUID, Invitation]) -> dict[int, Answered]:
        """One message for each of some invitations; those that lost a race are left for the next turn."""
        documents = await self._invitations.get_many(turn)
        running = await self._catalogue.running(
            {each["survey"] for each in documents.values()} | {each.survey for each in blanks.values()}
        )
        read = {key: self._read(documents.get(key), blanks.get(command.id)) for key, (_, command) in turn.items()}
        references = await self._references.of("R", _to_be_named(turn, read, running), self._held(running))
        changes: dict[str, Change] = {}
        done: dict[int, Answered] = {}
        for key, (place, command) in turn.items():
            invitation, version = read[key]
            if invitation is None:
                done[place] = Answered(None)
                continue
            response = references.get(_cause(command))
            outcome, change = await self._decide(invitation, version, command, running[invitation.survey], response)
            done[place] = outcome
            if change is not None:
                changes[key] = change
        lost = await self._invitations.save(*changes.values())
        for key in lost:
            del done[turn[key][0]]
        for key in changes.keys() - lost:
            place, command = turn[key]
            _log_step(
                command, done[place], running[changes[key].fields.get("survey", "")] if changes[key].fields else None
            )
        return done

    async def _decide(
        self, invitation: Invitation, version: int, command: Any, running: Running, response: str | None
    ) -> tuple[Answered, Change | None]:
        at = Moment(utc(self._clock.now()), command.id)
        edition = getattr(command, "edition", None) or (invitation.progress or {}).get("edition")
        try:
            asked = await self._catalogue.asked(running, edition)
            if asked is None:
                raise Refused(because("no_such_version", f"edition: the survey has {len(running.editions)} versions."))
            asked = replace(asked, response=response)
            if running.mode == "anonymous":
                asked = replace(asked, known_as=self._box.known_as)
            kept = take(invitation, command, asked, at)
        except Repeated:
            if str(command.id) not in invitation.heard:
                repeated(command, survey=running.reference, correlation_id=running.correlation_id)
            return Answered(invitation), None
        except Refused as refused:
            log.info(
                "answer_refused", correlation_id=running.correlation_id, survey=running.reference, code=refused.code
            )
            if not version:
                return Answered(invitation, refused), None
            kept = unchanged(invitation, command, refused, running, at)
            answered = Answered(invitation, refused)
        else:
            answered = Answered(kept.invitation, problems=kept.problems)
        after = self._sealed(kept.invitation) if running.mode == "anonymous" else kept.invitation
        return answered, Change(invitation.id, version, records.invitation_fields(after), kept.events)

    def _sealed(self, invitation: Invitation) -> Invitation:
        progress = self._box.seal(invitation.id, invitation.progress)
        return replace(invitation, progress=progress, answer=self._box.seal(invitation.id, invitation.answer))

    def _opened(self, invitation: Invitation) -> Invitation:
        progress = self._box.open(invitation.id, invitation.progress)
        return replace(invitation, progress=progress, answer=self._box.open(invitation.id, invitation.answer))

    def _read(self, document: Document | None, blank: Invitation | None) -> tuple[Invitation | None, int]:
        if document is not None:
            return self._opened(records.read_invitation(document)), document["version"]
        return blank, 0

    def _held(self, running: Iterable[str]) -> Held:
        """References of answers from before references had their own collection."""

        async def held(references: Iterable[str]) -> dict[str, str]:
            query = {"survey": {"$in": list(running)}, "response": {"$in": list(references)}}
            found = await self._invitations.find(query, fields=["response", "submission"])
            return {each["response"]: each["submission"] for each in found}

        return held

    async def _entered_for(self, command: EnterResponse) -> Invitation | None:
        if command.urn is not None:
            return await self._audience.official(command.survey, command.urn)
        if command.respondent is not None:
            school = await self._audience.school(command.respondent.urn) if command.respondent.urn else None
            blank = self._audience.invitation(command.survey, command.respondent, school)
            return replace(blank, id=(await self._audience.known([blank])).get(blank.id, blank.id))
        return None


def _to_be_named(
    turn: Mapping[str, tuple[int, Any]],
    read: Mapping[str, tuple[Invitation | None, int]],
    running: Mapping[str, Running],
) -> list[UUID]:
    """The causes of answers that get a reference if accepted."""
    found = []
    for key, (_, command) in turn.items():
        invitation, _ = read[key]
        gives = isinstance(command, SubmitResponse | EnterResponse) and invitation and invitation.state == "open"
        if gives and invitation and running[invitation.survey].mode != "anonymous":
            found.append(_cause(command))
    return found


def _cause(command: Any) -> UUID:
    """The identity of an answer, however often it is sent."""
    cause: UUID = command.submission if isinstance(command, SubmitResponse) else command.id
    return cause


def _of(command: Any, blanks: dict[UUID, Invitation]) -> str:
    blank = blanks.get(command.id)
    return blank.id if blank else str(command.invitation)


def _log_step(command: Any, answered: Answered, running: Running | None) -> None:
    """One log line for each answer; for an anonymous one, nothing that leads to its invitation."""
    if answered.invitation is None or answered.refused is not None or running is None:
        return
    about = {} if running.mode == "anonymous" else {"invitation": answered.invitation.id}
    what = type(command).key().split(".")[1]
    log.info(f"{what}_kept", correlation_id=running.correlation_id, survey=running.reference, **about)
