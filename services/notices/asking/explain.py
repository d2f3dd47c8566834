"""Reads what the notices service knows of a case, now or at an instant; changes nothing."""

from datetime import datetime
from uuid import UUID

from services.notices.attendance.policy import Policies
from services.notices.casefile.entries import Entry
from services.notices.casefile.file import CaseFile
from services.notices.deciding.decision import Facts, Moment
from services.notices.store import records
from services.notices.store.cases import Cases
from services.notices.store.registers import Registers
from services.notices.story.story import Story, tell
from shared.contracts.fields import check_upn
from shared.identity import read_reference
from shared.signing.signatories import refused_as
from shared.store.documents import Document, NotFound, Store
from shared.time.clock import Clock


class NoSuchStory(NotFound):
    """There is no case, notice or pupil by this name. The text says what was looked for."""


class Explain:
    """The reader's side of the notices service."""

    def __init__(self, store: Store, policies: Policies, clock: Clock) -> None:
        self._store = store
        self._cases = Cases(store, Registers(store, policies, clock), policies, clock)
        self._policies = policies
        self._clock = clock

    async def story(self, asked: str, known_by: datetime | None = None) -> Story:
        """The story behind a case reference, a notice reference or a UPN, as it was known at an instant.

        Raises:
            NoSuchStory: nothing is known by this name.
        """
        file, facts = await self.file(asked, known_by)
        return tell(file, facts, Moment(known_by or self._clock.now(), UUID(int=0), self._policies))

    async def file(self, asked: str, known_by: datetime | None = None) -> tuple[CaseFile, Facts]:
        """The file of a case and the facts beside it; raises NoSuchStory."""
        case, pupil = await self._find(asked)
        document = case or {"_id": "", "upn": pupil["_id"], "story": ""}
        return records.read_case(document, pupil, known_by), await self._cases.facts(pupil, known_by)

    async def came_of(self, asked: str, cause: str) -> list[Entry] | None:
        """What a command did to a case, refusals included; None until it has had an effect."""
        case, _ = await self._find(asked)
        causes = {cause, str(refused_as(UUID(cause)))}
        return [entry for entry in (case or {}).get("history", ()) if entry["cause"] in causes] or None

    async def files(self) -> list[CaseFile]:
        """Every case with what happened in it, oldest first: for registers and returns."""
        cases = await self._store[records.CASES].find({}, sort=[("history.0.at", 1)])
        pupils = await self._store[records.PUPILS].get_many(case["upn"] for case in cases)
        return [records.read_case(case, pupils.get(case["upn"], {})) for case in cases]

    async def _find(self, asked: str) -> tuple[Document | None, Document]:
        try:
            reference = read_reference(asked)
        except ValueError as error:
            if asked.strip().upper().startswith(("C-", "N-")):
                raise NoSuchStory(str(error)) from None
            return await self._by_upn(asked)
        query = {"notices": reference} if reference.startswith("N-") else {"_id": reference}
        found = await self._store[records.CASES].find(query)
        if not found:
            raise NoSuchStory(f"There is no case or notice {reference}.")
        upn = found[0]["upn"]
        return found[0], await self._store[records.PUPILS].get(upn) or {"_id": upn}

    async def _by_upn(self, asked: str) -> tuple[Document | None, Document]:
        try:
            upn = check_upn(asked.strip().upper())
        except ValueError as error:
            raise NoSuchStory(
                f"That is not a UPN or a case reference: {error}. Give a UPN, a case (C-7K4M-9PXT3) or a notice (N-…)."
            ) from None
        pupil = await self._store[records.PUPILS].get(upn)
        if pupil is None:
            raise NoSuchStory("We know no pupil with this UPN: no register and no school's record has named it.")
        case = await self._store[records.CASES].get(pupil["case"]) if pupil.get("case") else None
        return case, pupil
