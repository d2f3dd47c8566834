"""May a notice be issued to this parent on this evidence, and what must it say? Pure."""

import re
from datetime import date
from typing import Any

from services.notices.attendance import session_marks
from services.notices.casefile import CaseFile
from services.notices.decision import Facts, Moment, Outcome, PupilFacts, Refused, because, require_case
from services.notices.evidence import evidence, evidence_hash
from services.notices.policy import Limit, Policy
from services.notices.threshold import Assessment
from shared.clock import in_words
from shared.contracts.casework import AuthoriseNotice
from shared.contracts.notices import Child, NoticeIssued, Reason, Recipient, SchoolNamed
from shared.identity import derived, derived_reference

_POSTCODE = re.compile(r"(GIR ?0AA|[A-PR-UWYZ][A-HK-Y]?[0-9][0-9A-HJKMNPR-Y]? ?[0-9][ABD-HJLNP-UW-Z]{2})")

_UNASKED = {"threshold_met", "decided"}
"""Where the authority may decide without a school's request, if its policy does not require one."""


def authorise_notice(file: CaseFile, command: AuthoriseNotice, facts: Facts, at: Moment) -> Outcome:
    """The notice that a named officer's decision makes; or Refused with every reason why it cannot be issued."""
    reasons = list(blockers(file, command.parent_id, facts, at))
    if command.officer.role not in at.policy.issue.officer_roles:
        words = "The code of conduct does not let this role issue notices."
        reasons.append(because("officer_not_authorised", words))
    assessment = facts.assessment(file.used(command.parent_id))
    seen = evidence_hash(evidence(assessment))
    if command.evidence_hash != seen:
        words = "The evidence has changed since the officer saw it: look at it again and decide on what it is now."
        reasons.append(because("evidence_changed", words))
    if reasons:
        raise Refused(*reasons)
    require_case(file, "notice_issued")
    reference = derived_reference("N", derived(command.id, "notice"))
    issued = at.event(
        NoticeIssued,
        file,
        "notice_issued",
        notice=reference,
        parent_id=command.parent_id,
        upn=file.upn,
        sequence=sequence(file, command.parent_id, at.today, at.policy.limit),
        officer=command.officer,
        issued_on=at.today,
        route=file.request.route if file.request else None,
        amounts=at.policy.amounts(sequence(file, command.parent_id, at.today, at.policy.limit)),
        **content(command.parent_id, facts, assessment, at.policy),
    )
    entry = at.entry(
        "notice_issued",
        notice=reference,
        content=issued.model_dump(mode="json"),
        reason=command.reason,
        officer=command.officer.model_dump(),
    )
    return Outcome((entry,), (issued,))


def blockers(file: CaseFile, parent_id: str, facts: Facts, at: Moment) -> tuple[Reason, ...]:
    """Everything that stands in the way of a notice to this parent, whoever decides."""
    reasons: list[Reason] = []

    def stop(code: str, words: str) -> None:
        reasons.append(because(code, words))

    used = file.used(parent_id)
    assessment = facts.assessment(used)
    threshold = assessment.policy.threshold
    if not assessment.met:
        free = " that no earlier notice to this parent rests on" if used else ""
        stop("threshold_not_met", f"The national threshold is not met: {assessment.count} sessions{free} are counted.")
    unresolved = sorted({mark.day for mark in assessment.sessions if mark.code in threshold.blocking_codes})
    if unresolved:
        days = ", ".join(in_words(day) for day in unresolved)
        stop("reason_not_established", f"The school has still to establish the reason for absence (code N) on {days}.")
    reasons.extend(_of_registers(assessment, facts))
    required = at.policy.referral.required
    unasked = required and (file.request is None or parent_id not in file.request.parents)
    if unasked or file.state not in ({"requested", "third_blocked"} | (set() if required else _UNASKED)):
        stop("not_requested", "The school has not asked for a notice to this parent, or that has been decided on.")
    if parent_id in file.decided_parents:
        stop("already_issued", "A notice to this parent has already been issued on this evidence.")
    counted = in_window(file, parent_id, at.today, at.policy.limit)
    if len(counted) >= at.policy.limit.notices:
        days = " and ".join(in_words(day) for day in counted)
        words = f"Two notices to this parent for this child within three years (issued on {days}): a third is barred."
        stop("third_barred", words)
    if facts.school is None:
        stop("school_unknown", "The school has not been named: its MIS has to send its details.")
    if facts.pupil is None:
        stop("pupil_unknown", "The pupil's details have not arrived: the school's MIS has to send them.")
    else:
        reasons.extend(_of_addresses(facts.pupil, parent_id))
        for earlier in _unknown_now(file, facts.pupil, parent_id):
            words = (
                f"A notice stands to parent {earlier}, whom the school's record does not name now: "
                f"say whether they are the same person as {parent_id}."
            )
            stop("parent_identity_open", words)
    return tuple(reasons)


def content(parent_id: str, facts: Facts, assessment: Assessment, policy: Policy) -> dict[str, Any]:
    """Everything that the notice has to state of persons, offence and law; the blockers have been looked at."""
    pupil, school = facts.pupil, facts.school
    parent = pupil.parent(parent_id) if pupil else None
    if pupil is None or school is None or parent is None or parent.address is None or pupil.address is None:
        raise Refused(because("incomplete", "The notice is not complete."))
    return {
        "sessions": session_marks(assessment.sessions),
        "recipient": Recipient.model_validate(parent, from_attributes=True),
        "child": Child(name=pupil.name, address=pupil.address),
        "school": SchoolNamed(urn=school.urn, name=school.name),
        "offence_from": assessment.sessions[0].day,
        "offence_to": assessment.sessions[-1].day,
        "authority": policy.authority,
        "contact": policy.contact,
        **policy.wording.model_dump(),
        "circumstances": _circumstances(assessment),
        "policy": policy.id,
        "evidence_hash": evidence_hash(evidence(assessment)),
    }


def in_window(file: CaseFile, parent_id: str, proposed: date, limit: Limit) -> list[date]:
    """The dates of the notices that count against a notice proposed for a day.

    They were issued in the three years ending with that day: from the proposed date less three years, plus one day,
    to the proposed date, both included. Withdrawn ones do not count, other authorities' do.
    """
    first = years_before(proposed, limit.years)
    here = [notice.issued_on for notice in file.standing(parent_id)]
    who = file.person(parent_id)
    elsewhere = [day for parent, day in file.elsewhere if file.person(parent) == who]
    return sorted(day for day in (*here, *elsewhere) if first < day <= proposed and day >= limit.counted_from)


def sequence(file: CaseFile, parent_id: str, proposed: date, limit: Limit) -> int:
    """Whether this would be the first or the second notice within the limit's window."""
    return min(len(in_window(file, parent_id, proposed, limit)) + 1, 2)


def years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return date(day.year - years, 2, 28)


def _of_registers(assessment: Assessment, facts: Facts) -> list[Reason]:
    """What is not as it must be in the registers of the offence: sessions without a mark, amendments without a why."""
    reasons = []
    days = [mark.day for mark in assessment.sessions]
    known = [(date.fromisoformat(day), half) for day, half in (slot.split(":")[1:] for slot in facts.missing)]
    if blank := sorted((day, half) for day, half in known if days and days[0] <= day <= days[-1]):
        words = f"The register has no mark yet for {_listed(blank)}: the school has to complete it."
        reasons.append(because("mark_missing", words))
    if unexplained := [(mark.day, mark.session) for mark in assessment.sessions if mark.unexplained]:
        words = f"The mark of {_listed(unexplained)} was amended without saying why and by whom: the school has to."
        reasons.append(because("amendment_unexplained", words))
    return reasons


def _listed(sessions: list[tuple[date, str]]) -> str:
    return ", ".join(f"{in_words(day)} ({half})" for day, half in sessions)


def _of_addresses(pupil: PupilFacts, parent_id: str) -> list[Reason]:
    reasons = []
    if pupil.address is None:
        reasons.append(because("child_address_missing", "The child's address is missing from the school's record."))
    parent = pupil.parent(parent_id)
    if parent is None:
        reasons.append(because("parent_unknown", "The school's record names no parent with this id."))
    elif parent.address is None:
        reasons.append(because("parent_address_missing", "The parent's address is missing from the school's record."))
    elif not _POSTCODE.fullmatch(parent.address.postcode):
        words = "The parent's address has no valid UK postcode, so that it cannot be posted."
        reasons.append(because("parent_address_invalid", words))
    return reasons


def _unknown_now(file: CaseFile, pupil: PupilFacts, parent_id: str) -> list[str]:
    """Parents with a standing notice whom the record does not name now, and of whom no officer has said who that is."""
    named = {file.person(parent.parent_id) for parent in pupil.parents}
    earlier = {file.person(notice.parent_id) for notice in file.notices.values() if notice.stands}
    return sorted(each for each in earlier - named if (parent_id, each) not in file.other_parent)


def _circumstances(assessment: Assessment) -> str:
    first, last = assessment.sessions[0].day, assessment.sessions[-1].day
    weeks = assessment.school_weeks
    return (
        f"Your child was absent from school without authority for {assessment.count} sessions between "
        f"{in_words(first)} and {in_words(last)}. They lie within {len(weeks)} school weeks: from the week beginning "
        f"{in_words(weeks[0])} to the week beginning {in_words(weeks[-1])}."
    )
