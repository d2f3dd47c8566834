"""The story of a pupil's case: what was counted and why, what happened, what comes next."""

from datetime import date, datetime, time
from typing import Any

from services.notices import records
from services.notices.authorise import blockers
from services.notices.cases import Cases
from services.notices.evidence import evidence, evidence_hash
from services.notices.policy import Policy
from services.notices.registers import Registers
from services.notices.threshold import Assessment, assess
from shared.clock import LONDON, Clock, in_words
from shared.contracts.fields import check_upn
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
        self._cases = Cases(store, self._registers, policy, clock)
        self._policy = policy

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
            "parents": await self._parents(case, pupil, assessment),
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

    async def _parents(self, case: Document | None, pupil: Document, assessment: Assessment) -> list[Story]:
        """Each parent by their opaque id, and everything that now stands in the way of a notice to them."""
        if case is None or (known := records.read_pupil(pupil)) is None:
            return []
        told = []
        for parent in known.parents:
            facts = await self._cases.facts(case, pupil, assessment, parent.parent_id)
            reasons = [reason.model_dump() for reason in blockers(facts, parent.parent_id, self._policy)]
            told.append({"parent_id": parent.parent_id, "blocked_by": reasons})
        return told

    def _next(self, story: Story) -> list[str]:
        """What comes next, in words for the person on the phone."""
        if not story["threshold_met"]:
            missing = self._policy.sessions - story["count"]
            return [f"Nothing is to be decided: {missing} more unauthorised sessions in the window would meet it."]
        steps = [_next_of(notice) for notice in story["notices"]]
        for parent in story["parents"]:
            if not parent["blocked_by"]:
                steps.append(f"A named officer may decide on a notice to parent {parent['parent_id']}.")
            elif not any(reason["code"] == "already_issued" for reason in parent["blocked_by"]):
                words = " ".join(reason["words"] for reason in parent["blocked_by"])
                steps.append(f"No notice can be issued to parent {parent['parent_id']} yet. {words}")
        return steps or ["The school's MIS has to send the pupil's details before anything can be decided."]


def _next_of(notice: Story) -> str:
    if notice["state"] == "issued":
        return f"{notice['notice']}: the letter is with the print provider; its dates follow from the day it is posted."
    first = (
        f"£{notice['amounts']['discounted'] // 100} until {_words(notice['discount_until'])}, "
        if notice["discount_until"]
        else ""
    )
    when = "is deemed served" if notice["state"] == "served" else "will be deemed served"
    return (
        f"{notice['notice']}: posted on {_words(notice['posted_on'])}, {when} on {_words(notice['served_on'])}; "
        f"{first}£{notice['amounts']['full'] // 100} until {_words(notice['pay_until'])}."
    )


def _notice(notice: Document) -> Story:
    issued = notice["issued"]
    return {
        "notice": notice["_id"],
        "case": notice["case"],
        "parent_id": notice["parent_id"],
        "state": notice["state"],
        "sequence": issued["sequence"],
        "amounts": issued["amounts"],
        "issued_on": issued["issued_on"],
        "officer": issued["officer"],
        "reason": notice["reason"],
        "evidence_hash": issued["evidence_hash"],
        **{name: notice.get(name) for name in ("posted_on", "served_on", "discount_until", "pay_until")},
    }


def _history(case: Document | None, notices: list[Document]) -> list[Story]:
    """What happened, in order: `at` is an instant, or only a date where that is all that is known."""
    lines = list((case or {}).get("history", ()))
    for notice in notices:
        officer = notice["issued"]["officer"]
        lines.append({"at": notice["issued_at"], "what": "notice_issued", "notice": notice["_id"], "officer": officer})
        if notice.get("posted_on"):
            posted = date.fromisoformat(notice["posted_on"])
            lines.append({"at": posted, "what": "letter_posted", "notice": notice["_id"]})
        if notice["state"] == "served":
            served = date.fromisoformat(notice["served_on"])
            lines.append({"at": served, "what": "deemed_served", "notice": notice["_id"]})
    ordered = sorted(lines, key=lambda line: _end_of(line["at"]))
    return [{**line, "at": line["at"].isoformat()} for line in ordered]


def _end_of(at: date | datetime) -> datetime:
    """An instant as it is; a day at its end: what is dated only by its day came after what led to it on that day."""
    return at if isinstance(at, datetime) else datetime.combine(at, time.max, tzinfo=LONDON)


def _words(day: str) -> str:
    return in_words(date.fromisoformat(day))
