"""The story of a pupil's case: what was counted and why, what happened, what comes next."""

from datetime import date, datetime
from typing import Any

from services.notices import records
from services.notices.authorise import decide
from services.notices.evidence import evidence, evidence_hash
from services.notices.policy import Policy
from services.notices.registers import Registers
from services.notices.threshold import Assessment, assess
from shared.clock import Clock, local_date
from shared.contracts.fields import check_upn
from shared.contracts.notices import Reason
from shared.identity import read_reference
from shared.store import Document, Store

Story = dict[str, Any]


class NoSuchStory(Exception):
    """There is no case, notice or pupil by this name. The text says what was looked for."""


class Explain:
    """Reads what the notices service knows; changes nothing."""

    def __init__(self, store: Store, policy: Policy, clock: Clock) -> None:
        self._store = store
        self._registers = Registers(store, policy, clock)
        self._policy = policy
        self._clock = clock

    async def story(self, asked: str) -> Story:
        """The story behind a case reference, a notice reference or a UPN; raises NoSuchStory."""
        case, upn = await self._find(asked)
        pupil = await self._store[records.PUPILS].get(upn) or {"_id": upn}
        marks = records.read_marks(pupil).values()
        assessment = assess(marks, await self._registers.weeks({mark.urn for mark in marks}), self._policy)
        facts = evidence(assessment, self._policy)
        notices = await self._store[records.NOTICES].find({"upn": upn}, sort=[("issued_at", 1)])
        story: Story = {
            "case": case["_id"] if case else None,
            "upn": upn,
            "urn": pupil.get("urn") or (case or {}).get("urn"),
            "correlation_id": (case or {}).get("story"),
            "threshold_met": assessment.met,
            "count": assessment.count,
            "evidence": facts,
            "evidence_hash": evidence_hash(facts),
            "history": _history(case, notices),
            "notices": [_notice(notice) for notice in notices],
            "parents": await self._parents(case, pupil, assessment, notices),
        }
        story["next"] = self._next(story)
        return story

    async def cases(self) -> list[Document]:
        """Every case, newest first, without personal data."""
        return await self._store[records.CASES].find({}, sort=[("history.0.at", -1)])

    async def _find(self, asked: str) -> tuple[Document | None, str]:
        try:
            reference = read_reference(asked)
        except ValueError:
            return await self._by_upn(asked)
        if reference.startswith("N-"):
            notice = await self._store[records.NOTICES].get(reference)
            reference = notice["case"] if notice else reference
        case = await self._store[records.CASES].get(reference)
        if case is None:
            raise NoSuchStory(f"there is no case or notice {reference}")
        return case, case["upn"]

    async def _by_upn(self, asked: str) -> tuple[Document | None, str]:
        try:
            upn = check_upn(asked.strip().upper())
        except ValueError as error:
            raise NoSuchStory(
                "give a case reference (C-7K4M-9PXT3), a notice reference (N-…) or a UPN; as a UPN this does not do: "
                + str(error)
            ) from None
        pupil = await self._store[records.PUPILS].get(upn)
        if pupil is None:
            raise NoSuchStory("no register, correction or pupil record has named this UPN")
        case = await self._store[records.CASES].get(pupil["case"]) if pupil.get("case") else None
        return case, upn

    async def _parents(
        self, case: Document | None, pupil: Document, assessment: Assessment, notices: list[Document]
    ) -> list[Story]:
        """Each parent by their opaque id, and everything that now stands in the way of a notice to them."""
        facts = records.read_pupil(pupil)
        if case is None or facts is None:
            return []
        school = records.read_school(await self._store[records.SCHOOLS].get(facts.urn))
        told = []
        for parent in facts.parents:
            own = [notice for notice in notices if notice["parent_id"] == parent.parent_id]
            blockers = decide.__globals__["blockers"](
                parent_id=parent.parent_id,
                pupil=facts,
                school=school,
                assessment=assessment,
                notices_in_case=sum(notice["case"] == case["_id"] for notice in own),
                notices_before=sum(notice["case"] != case["_id"] for notice in own),
                policy=self._policy,
            )
            told.append({"parent_id": parent.parent_id, "blocked_by": [reason.model_dump() for reason in blockers]})
        return told
