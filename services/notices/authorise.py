"""May a notice be issued to this parent on this evidence, and what must it say? Facts in, reasons or notice out."""

import re
from dataclasses import dataclass
from datetime import datetime

from services.notices.policy import Policy
from services.notices.threshold import Assessment
from shared.clock import in_words, local_date
from shared.contracts.fields import Address, SessionMark
from shared.contracts.mis import Parent
from shared.contracts.notices import AuthoriseNotice, Child, NoticeIssued, Reason, Recipient, SchoolNamed
from shared.identity import derived

_POSTCODE = re.compile(r"(GIR ?0AA|[A-PR-UWYZ][A-HK-Y]?[0-9][0-9A-HJKMNPR-Y]? ?[0-9][ABD-HJLNP-UW-Z]{2})")


@dataclass(frozen=True)
class PupilFacts:
    """What a notice needs to know of a pupil."""

    upn: str
    urn: str
    given_name: str
    family_name: str
    address: Address | None
    parents: tuple[Parent, ...]


@dataclass(frozen=True)
class SchoolFacts:
    """The school as the notice names it."""

    urn: str
    name: str


@dataclass(frozen=True)
class Facts:
    """Everything on which the decision rests, as it is known now."""

    pupil: PupilFacts | None
    school: SchoolFacts | None
    assessment: Assessment
    notices_in_case: int
    """Notices to this parent in this case."""
    notices_before: int
    """Notices to this parent for this child in earlier cases."""


def blockers(facts: Facts, parent_id: str, policy: Policy) -> tuple[Reason, ...]:
    """Everything that stands in the way of a notice to this parent, whoever decides."""
    reasons: list[Reason] = []

    def stop(code: str, words: str) -> None:
        reasons.append(Reason(code=code, words=words))

    if not facts.assessment.met:
        stop("threshold_not_met", f"The national threshold is not met: {facts.assessment.count} sessions are counted.")
    unresolved = sorted({mark.day for mark in facts.assessment.sessions if mark.code in policy.blocking_codes})
    if unresolved:
        days = ", ".join(in_words(day) for day in unresolved)
        stop("reason_not_established", f"The school has still to establish the reason for absence (code N) on {days}.")
    if facts.notices_in_case:
        stop("already_issued", "A notice to this parent has already been issued in this case.")
    if facts.notices_before:
        stop(
            "earlier_notice",
            "An earlier notice to this parent for this child stands; a further one is not issued here.",
        )
    if facts.school is None:
        stop("school_unknown", "The school has not been named: its MIS has to send its details.")
    if facts.pupil is None:
        stop("pupil_unknown", "The pupil's details have not arrived: the school's MIS has to send them.")
        return tuple(reasons)
    if facts.pupil.address is None:
        stop("child_address_missing", "The child's address is missing from the school's record.")
    parent = _parent(facts.pupil, parent_id)
    if parent is None:
        stop("parent_unknown", "The school's record names no parent with this id.")
    elif parent.address is None:
        stop("parent_address_missing", "The parent's address is missing from the school's record.")
    elif not _POSTCODE.fullmatch(parent.address.postcode):
        stop("parent_address_invalid", "The parent's address has no valid UK postcode, so that it cannot be posted.")
    return tuple(reasons)


def decide(
    command: AuthoriseNotice,
    facts: Facts,
    evidence_hash: str,
    policy: Policy,
    now: datetime,
    reference: str,
    correlation_id: str,
) -> NoticeIssued | tuple[Reason, ...]:
    """The notice that an officer's decision makes, or every reason why it cannot be issued."""
    reasons = list(blockers(facts, command.parent_id, policy))
    if command.officer.role not in policy.officer_roles:
        reasons.append(
            Reason(code="officer_not_authorised", words="The code of conduct does not let this role issue notices.")
        )
    if command.evidence_hash != evidence_hash:
        words = "The evidence has changed since the officer saw it: look at it again and decide on what it is now."
        reasons.append(Reason(code="evidence_changed", words=words))
    parent = _parent(facts.pupil, command.parent_id) if facts.pupil else None
    if reasons or facts.pupil is None or facts.school is None or parent is None:
        return tuple(reasons)
    if parent.address is None or facts.pupil.address is None:
        return tuple(reasons)
    sessions = facts.assessment.sessions
    return NoticeIssued(
        id=derived(command.id, "notice_issued"),
        time=now,
        subject=reference,
        correlation_id=correlation_id,
        causation_id=command.id,
        notice=reference,
        case=command.case,
        parent_id=command.parent_id,
        upn=facts.pupil.upn,
        sequence=1,
        amounts=policy.amounts(1),
        sessions=tuple(
            SessionMark(date=mark.day, session=mark.session, code=mark.code, urn=mark.urn) for mark in sessions
        ),
        recipient=Recipient(name=parent.name, address=parent.address),
        child=Child(name=f"{facts.pupil.given_name} {facts.pupil.family_name}", address=facts.pupil.address),
        school=SchoolNamed(urn=facts.school.urn, name=facts.school.name),
        officer=command.officer,
        issued_on=local_date(now),
        offence_from=sessions[0].day,
        offence_to=sessions[-1].day,
        authority=policy.authority,
        how_to_pay=policy.how_to_pay,
        contact=policy.contact,
        discharge=policy.discharge,
        consequence=policy.consequence,
        withdrawal_grounds=policy.withdrawal_grounds,
        circumstances=_circumstances(facts.assessment),
        policy=policy.id,
        evidence_hash=evidence_hash,
    )


def _circumstances(assessment: Assessment) -> str:
    first, last = assessment.sessions[0].day, assessment.sessions[-1].day
    weeks = assessment.school_weeks
    return (
        f"Your child was absent from school without authority for {assessment.count} sessions between "
        f"{in_words(first)} and {in_words(last)}, within the ten school weeks from the week beginning "
        f"{in_words(weeks[0])} to the week beginning {in_words(weeks[-1])}."
    )


def _parent(pupil: PupilFacts, parent_id: str) -> Parent | None:
    return next((parent for parent in pupil.parents if parent.parent_id == parent_id), None)
