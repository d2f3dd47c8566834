"""Cases at the store: load, decide, save. Every message about a case takes the same path, once."""

from collections.abc import Callable, Mapping
from datetime import datetime, time
from typing import Any
from uuid import UUID

from services.notices.attendance.policy import Policies
from services.notices.attendance.threshold import Assessment
from services.notices.casefile.file import CaseFile
from services.notices.deciding.clockwork import next_day, tick
from services.notices.deciding.commands import decide, refusal, repetition
from services.notices.deciding.decision import Facts, Moment, Outcome
from services.notices.deciding.letters import (
    FIRST_LETTER,
    LATER_LETTER,
    letter_dispatched,
    letter_failed,
    letter_returned,
)
from services.notices.deciding.looking import Looked, look_again
from services.notices.store import records
from services.notices.store.log_lines import log_step
from services.notices.store.registers import Registers
from shared.contracts.base import Command, Message
from shared.contracts.casework import AnswerHistory
from shared.contracts.notices import HistoryAnswered
from shared.contracts.notifications import LetterDispatched, LetterReturned, NotificationFailed
from shared.decisions.acting import LostRace, known, repeated, until_kept
from shared.decisions.deciding import Refused, Repeated, because
from shared.identity import derived
from shared.messaging.failures import Permanent
from shared.observing.telemetry import follow
from shared.signing.signatories import PROOF, Unproven
from shared.store.documents import Change, Document, Store
from shared.store.references import References
from shared.time.clock import LONDON, Clock, utc

_TICKS = UUID("5f0e7d36-6a0c-4c1e-9d53-3c6c1d9f7e02")

Decides = Callable[[CaseFile, Any, Facts, Moment], Outcome]


class Cases:
    """The cases of the notices service. Each method handles one message and is idempotent."""

    def __init__(self, store: Store, registers: Registers, policies: Policies, clock: Clock) -> None:
        self._cases = store[records.CASES]
        self._pupils = store[records.PUPILS]
        self._schools = store[records.SCHOOLS]
        self._references = References(store)
        self._registers = registers
        self._policies = policies
        self._clock = clock

    async def looked(self, event: Looked) -> None:
        """The registers say something new about a pupil; the first time, this opens the case."""
        pupil = await self._pupils.get(event.upn) or {"_id": event.upn}
        opened = {
            "_id": event.case,
            "version": 0,
            "upn": event.upn,
            "urn": event.urn,
            "story": pupil.get("story", str(event.correlation_id)),
        }
        await self._act(event.case, event, look_again, opened)

    async def command(self, command: Command) -> None:
        """Carry out what an officer, a school or finance asks for, or refuse it with every reason."""
        if isinstance(command, AnswerHistory):
            await self._answer(command)
            return
        await self._act(await self._case_of(command), command, decide)

    async def refuse(self, command: Command, why: Unproven) -> None:
        """Publish that a decision is not proven to be the named officer's. It has no other effect."""

        def decides(*_: Any) -> Outcome:
            raise Refused(because(why.code, str(why)))

        await self._act(await self._case_of(command), command, decides)

    async def letter_dispatched(self, event: LetterDispatched) -> None:
        await self._about_letter(event.reference, event, letter_dispatched)

    async def letter_returned(self, event: LetterReturned) -> None:
        if event.template not in {None, FIRST_LETTER, LATER_LETTER}:
            return
        await self._about_letter(event.reference, event, letter_returned)

    async def notification_failed(self, event: NotificationFailed) -> None:
        """A notice whose letter could not be sent; other messages do not concern a case."""
        if event.channel == "letter" and event.template in {None, FIRST_LETTER, LATER_LETTER}:
            await self._about_letter(event.about, event, letter_failed)

    async def due(self, document: Document) -> None:
        """Something has fallen due in a case."""
        follow(document["story"])
        file, facts = await self._read(document)
        at = Moment(utc(self._clock.now()), derived(_TICKS, document["_id"]), self._policies)
        await self._save(document, file, tick(file, facts, at), at)

    async def assess(self, pupil: Document) -> Assessment:
        """Check a pupil's marks, as they are kept now, against the threshold."""
        return (await self.facts(pupil)).assessment()

    async def facts(self, pupil: Document, known_by: datetime | None = None) -> Facts:
        """What is known about a pupil, now or at an instant (names and addresses are always the current ones)."""
        known = records.read_pupil(pupil)
        marks = await self._registers.marks(pupil, known_by)
        urns = {mark.urn for mark in marks.values()} | ({known.urn} if known else set())
        school = await self._schools.get(known.urn) if known else None
        weeks = await self._registers.weeks(urns, known_by)
        missing = await self._registers.missing(pupil["_id"], known_by)
        return Facts(known, records.read_school(school), marks, weeks, self._policies, missing)

    async def _about_letter(self, about: str, event: Message, decides: Decides) -> None:
        """A letter about a notice or a case; letters about anything else do not concern a case."""
        if not about.startswith(("N-", "C-")):
            return
        query = {"notices": about} if about.startswith("N-") else {"_id": about}
        found = await self._cases.find(query, fields=["_id"])
        case = known(next(iter(found), None), "reference", "notice" if about.startswith("N-") else "case")
        await self._act(case["_id"], event, decides)

    async def _case_of(self, command: Command) -> str:
        named = "notice" if hasattr(command, "notice") else "case"
        if (notice := getattr(command, "notice", None)) is not None:
            query: Mapping[str, Any] = {"notices": notice}
        else:
            query = {"_id": getattr(command, "case", None)}
        found = await self._cases.find(query, fields=["_id"])
        return str(known(next(iter(found), None), named)["_id"])

    async def _answer(self, command: AnswerHistory) -> None:
        pupil = await self._pupils.get(command.upn)
        if pupil is not None and pupil.get("case"):
            await self._act(pupil["case"], command, decide)
            return
        nothing = HistoryAnswered(
            id=derived(command.id, "answered"),
            time=self._clock.now(),
            correlation_id=command.correlation_id,
            causation_id=command.id,
            question=command.question,
            upn=command.upn,
            authority=command.authority,
            notices=(),
        )

        def once(kept: Document | None) -> Change | None:
            answered: list[str] = (kept or {}).get("answered", [])
            if str(command.id) in answered:
                return None
            fields = {"answered": [*answered, str(command.id)]}
            return Change(command.upn, (kept or {}).get("version", 0), fields, (nothing,))

        await self._pupils.update(command.upn, once)

    @until_kept
    async def _act(self, case: str, message: Message, decides: Decides, opened: Document | None = None) -> None:
        """The case is read before its facts: a later change of the facts then finds this decision."""
        document = known(await self._cases.get(case) or opened, "case")
        follow(document["story"])
        file, facts = await self._read(document)
        if file.has_heard(str(message.id)):
            return
        at = Moment(utc(self._clock.now()), message.id, self._policies, proof=PROOF.get())
        try:
            outcome = decides(file, message, facts, at)
        except Repeated:
            repeated(message, case=case)
            outcome = repetition(message, at)
        except Refused as why:
            outcome = refusal(file, message, why, at)
        await self._claim_notices(outcome, message)
        if not await self._save(document, file, outcome, at):
            raise LostRace

    async def _claim_notices(self, outcome: Outcome, message: Message) -> None:
        """Make sure that a new notice's reference is unique over all cases; a clash is one in billions."""
        for notice in (entry["notice"] for entry in outcome.entries if entry["what"] == "notice_issued"):
            others = await self._cases.find({"notices": notice}, fields=["_id"])
            if others or not await self._references.claim(notice, str(message.id)):
                raise Permanent("notice: its reference is another notice's already: decide once more")

    async def _read(self, document: Document) -> tuple[CaseFile, Facts]:
        pupil = await self._pupils.get(document["upn"]) or {"_id": document["upn"]}
        facts = await self.facts(pupil)
        return records.read_case(document, pupil), facts

    async def _save(self, document: Document, file: CaseFile, outcome: Outcome, at: Moment) -> bool:
        """Save the outcome of a decision; False if somebody else has changed the case meanwhile."""
        after = file.with_entries(outcome.entries)
        day = next_day(after, self._policies, at.today)
        due_at = datetime.combine(day, time(), tzinfo=LONDON) if day else None
        if not outcome.entries and due_at == document.get("due_at"):
            return True
        fields = {**records.case_fields(after), "due_at": due_at}
        if await self._cases.save(Change(after.reference, document["version"], fields, outcome.events)):
            return False
        for entry in outcome.entries:
            log_step(after, entry)
        return True
