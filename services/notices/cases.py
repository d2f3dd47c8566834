"""Cases: opened when the threshold is met, told when it is un-reached, decided by a named officer."""

from typing import Any
from uuid import UUID

from services.notices import records
from services.notices.authorise import Facts, decide
from services.notices.evidence import evidence, evidence_hash
from services.notices.policy import Policy
from services.notices.registers import Registers
from services.notices.threshold import Assessment, assess
from shared.clock import Clock
from shared.contracts.base import Message
from shared.contracts.notices import (
    AbsenceThresholdCleared,
    AbsenceThresholdReached,
    AuthorisationRefused,
    AuthoriseNotice,
    NoticeIssued,
    Reason,
)
from shared.identity import derived, derived_reference
from shared.recovery import Permanent
from shared.store import Change, Document, Store, utc
from shared.telemetry import follow, log


class Cases:
    """The cases of the notices service. Each method handles one message and is idempotent."""

    def __init__(self, store: Store, registers: Registers, policy: Policy, clock: Clock) -> None:
        self._cases = store[records.CASES]
        self._notices = store[records.NOTICES]
        self._pupils = store[records.PUPILS]
        self._schools = store[records.SCHOOLS]
        self._registers = registers
        self._policy = policy
        self._clock = clock

    async def threshold_reached(self, event: AbsenceThresholdReached) -> None:
        """Open the case, or open it again after it was cleared."""

        def decide_state(case: Document | None) -> Change | None:
            if case is not None and str(event.id) in case["heard"]:
                return None
            fields = {
                "upn": event.upn,
                "urn": event.urn,
                "story": str(event.correlation_id),
                "heard": [*(case or {}).get("heard", ()), str(event.id)],
                "history": _with(
                    case, event, "threshold_reached", count=event.count, evidence_hash=event.evidence_hash
                ),
            }
            return Change(event.case, (case or {}).get("version", 0), fields)

        if await self._cases.update(event.case, decide_state):
            log.info("case_opened", case=event.case, count=event.count)

    async def threshold_cleared(self, event: AbsenceThresholdCleared) -> None:
        """Say on the case that corrections took it below the threshold; nothing is ever withdrawn by itself."""

        def decide_state(case: Document | None) -> Change | None:
            if case is None:
                raise CaseNotYetKnown(event.case)
            if str(event.id) in case["heard"]:
                return None
            fields = {
                "heard": [*case["heard"], str(event.id)],
                "history": _with(case, event, "threshold_cleared", count=event.count, because=event.because),
            }
            return Change(event.case, case["version"], fields)

        if await self._cases.update(event.case, decide_state):
            log.info("case_cleared", case=event.case, count=event.count, because=event.because)

    async def authorise(self, command: AuthoriseNotice) -> None:
        """Issue a notice to one parent on a named officer's decision, or refuse with every reason."""
        case = await self._cases.get(command.case)
        if case is None:
            raise Permanent("case: there is no case with this reference")
        follow(case["story"])
        reference = derived_reference("N", derived(_CASES, f"{command.case}:{command.parent_id}"))
        decision = await self._decide(command, case, reference)
        if isinstance(decision, NoticeIssued):
            if await self._notices.insert(reference, _notice_document(decision, command), [decision]):
                log.info("notice_issued", case=command.case, notice=reference, officer=command.officer.id)
                return
            if await self._is_redelivered(reference, command):
                return
            decision = ALREADY_ISSUED
        elif await self._is_redelivered(reference, command):
            return
        await self._refuse(command, decision)

    async def _decide(
        self, command: AuthoriseNotice, case: Document, reference: str
    ) -> NoticeIssued | tuple[Reason, ...]:
        pupil = await self._pupils.get(case["upn"]) or {"_id": case["upn"]}
        assessment = await self.assess(pupil)
        facts = await self.facts(case, pupil, assessment, command.parent_id)
        seen = evidence_hash(evidence(assessment, self._policy))
        return decide(command, facts, seen, self._policy, self._clock.now(), reference, case["story"])

    async def facts(self, case: Document, pupil: Document, assessment: Assessment, parent_id: str) -> Facts:
        """What is known now of the pupil, the school and the notices that this parent already has."""
        known = records.read_pupil(pupil)
        school = await self._schools.get(known.urn if known else case["urn"])
        notices = await self._notices.find({"upn": case["upn"], "parent_id": parent_id})
        here = sum(notice["case"] == case["_id"] for notice in notices)
        return Facts(known, records.read_school(school), assessment, here, len(notices) - here)

    async def assess(self, pupil: Document) -> Assessment:
        """Hold a pupil's marks, as they are kept now, against the threshold."""
        marks = records.read_marks(pupil).values()
        return assess(marks, await self._registers.weeks({mark.urn for mark in marks}), self._policy)

    async def _is_redelivered(self, reference: str, command: AuthoriseNotice) -> bool:
        notice = await self._notices.get(reference)
        return notice is not None and notice["command"] == str(command.id)

    async def _refuse(self, command: AuthoriseNotice, reasons: tuple[Reason, ...]) -> None:
        refusal = AuthorisationRefused(
            id=derived(command.id, "refused"),
            time=self._clock.now(),
            subject=command.case,
            correlation_id=command.correlation_id,
            causation_id=command.id,
            case=command.case,
            parent_id=command.parent_id,
            officer_id=command.officer.id,
            reasons=reasons,
        )

        def decide_state(case: Document | None) -> Change | None:
            if case is None or str(command.id) in case["heard"]:
                return None
            said = refusal.model_copy(update={"correlation_id": UUID(case["story"])})
            fields = {
                "heard": [*case["heard"], str(command.id)],
                "history": _with(
                    case,
                    said,
                    "authorisation_refused",
                    officer=command.officer.model_dump(),
                    reasons=[reason.model_dump() for reason in reasons],
                ),
            }
            return Change(command.case, case["version"], fields, (said,))

        if await self._cases.update(command.case, decide_state):
            log.info("authorisation_refused", case=command.case, reasons=[reason.code for reason in reasons])


class CaseNotYetKnown(Exception):
    """The message that opens this case has not arrived yet: worth another try later."""


ALREADY_ISSUED = (Reason(code="already_issued", words="A notice to this parent has already been issued in this case."),)

_CASES = UUID("5f0e7d36-6a0c-4c1e-9d53-3c6c1d9f7e02")


def _with(case: Document | None, message: Message, what: str, **facts: Any) -> list[Document]:
    """The case's history with one more line."""
    line = {"at": utc(message.time), "what": what, "cause": str(message.causation_id or message.id), **facts}
    return [*(case or {}).get("history", ()), line]


def _notice_document(issued: NoticeIssued, command: AuthoriseNotice) -> Document:
    return {
        "case": issued.case,
        "upn": issued.upn,
        "parent_id": issued.parent_id,
        "story": str(issued.correlation_id),
        "state": "issued",
        "command": str(command.id),
        "reason": command.reason,
        "issued": issued.model_dump(mode="json"),
        "issued_at": utc(issued.time),
    }
