"""May a notice be issued to this parent on this evidence, and what must it say? Pure."""

import re
from datetime import date
from typing import Any

from pydantic import BaseModel

from services.notices.attendance.evidence import evidence, evidence_hash
from services.notices.attendance.policy import Limit, Policy
from services.notices.attendance.reconsidering import session_marks
from services.notices.attendance.threshold import Assessment
from services.notices.casefile.case_states import BEFORE_AN_OFFICER, CaseState
from services.notices.casefile.file import CaseFile
from services.notices.casefile.safety import unsafe_to_post, unsafe_to_print
from services.notices.casefile.words import listed
from services.notices.deciding.decision import Facts, Moment, Outcome, PupilFacts, require_case
from services.notices.deciding.seen import differs, letter_hash
from shared.contracts.casework import AuthoriseNotice
from shared.contracts.fields import Person
from shared.contracts.notices import Child, NoticeIssued, Reason, Recipient, SchoolNamed
from shared.decisions.deciding import Refused, because
from shared.identity import derived, derived_reference
from shared.time.clock import in_words
from shared.writing.counting import number_of

_POSTCODE = re.compile(r"(GIR ?0AA|[A-PR-UWYZ][A-HK-Y]?[0-9][0-9A-HJKMNPR-Y]? ?[0-9][ABD-HJLNP-UW-Z]{2})")

_UNASKED: frozenset[CaseState] = frozenset({"threshold_met", "decided"})
"""States in which the authority may decide without a school's request, if its policy does not require one."""


def authorise_notice(file: CaseFile, command: AuthoriseNotice, facts: Facts, at: Moment) -> Outcome:
    """The notice that a named officer decides to issue; or Refused with every reason why it cannot be issued."""
    reasons = list(blockers(file, command.parent_id, facts, at))
    if command.officer.role not in at.policy.issue.officer_roles:
        words = "The code of conduct does not allow this role to issue notices."
        reasons.append(because("officer_not_authorised", words))
    reasons.extend(_same_person(file, command.officer, at.policy))
    assessment = facts.assessment(file.used(command.parent_id))
    if changed := differs(command.evidence_hash, decided_on(file, command.parent_id, facts, at)):
        words = f"Since you looked, this has changed: {changed}. Look at it again, then decide."
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
        officer=command.officer,
        issued_on=at.today,
        **terms(file, command.parent_id, at),
        **content(command.parent_id, facts, assessment),
    )
    entry = at.entry(
        "notice_issued",
        notice=reference,
        content=issued.model_dump(mode="json"),
        seen=command.evidence_hash,
        reason=command.reason,
        officer=command.officer.model_dump(),
    )
    return Outcome((entry,), (issued,))


def decided_on(file: CaseFile, parent_id: str, facts: Facts, at: Moment) -> str:
    """The hash of everything that a notice to this parent would say now: what an officer sees and decides on."""
    stated = {
        name: value.model_dump(mode="json") if isinstance(value, BaseModel) else value
        for name, value in terms(file, parent_id, at).items()
        if name != "route"  # the letter does not say it
    }
    return letter_hash(file, parent_id, facts, stated)


def terms(file: CaseFile, parent_id: str, at: Moment) -> dict[str, Any]:
    """What a notice says about the law and the authority: its sequence, amounts, route, and the policy's words."""
    number, policy = sequence(file, parent_id, at.today, at.policy.limit), at.policy
    return {
        "sequence": number,
        "amounts": policy.amounts(number),
        "route": file.request.route if file.request else None,
        "authority": policy.authority,
        "contact": policy.contact,
        "policy": policy.id,
        **policy.wording.model_dump(),
    }


def blockers(file: CaseFile, parent_id: str, facts: Facts, at: Moment) -> tuple[Reason, ...]:
    """Everything that stands in the way of a notice to this parent, whoever decides."""
    reasons: list[Reason] = []

    def stop(code: str, words: str) -> None:
        reasons.append(because(code, words))

    used = file.used(parent_id)
    assessment = facts.assessment(used)
    threshold = assessment.policy.threshold
    if not assessment.met:
        free = ", without those of an earlier notice to this parent" if used else ""
        found = number_of(assessment.count, "session")
        stop("threshold_not_met", f"The national threshold is not met: {found} counted{free}.")
    unresolved = sorted({mark.day for mark in assessment.sessions if mark.code in threshold.blocking_codes})
    if unresolved:
        days = listed(map(in_words, unresolved))
        stop("reason_not_established", f"The school still has to say why the pupil was away (code N) on {days}.")
    reasons.extend(_of_registers(assessment, facts))
    reasons.extend(_of_sessions(file, assessment, facts))
    required = at.policy.referral.required
    unasked = required and (file.request is None or parent_id not in file.request.parents)
    if unasked or file.state not in (BEFORE_AN_OFFICER if required else BEFORE_AN_OFFICER | _UNASKED):
        stop(
            "not_requested",
            "The school has not asked for a notice to this parent, or the request is decided already.",
        )
    if parent_id in file.decided_parents:
        stop("already_issued", "A notice to this parent has already been issued on this evidence.")
    counted = in_window(file, parent_id, at.today, at.policy.limit)
    if len(counted) >= at.policy.limit.notices:
        days = listed(map(in_words, counted), " and ")
        words = f"This parent has had two notices for this child in three years (on {days}): a third is barred."
        stop("third_barred", words)
    if facts.school is None:
        stop("school_unknown", "We do not know the name of the school: its system has to send its details.")
    if facts.pupil is None:
        stop("pupil_unknown", "We do not have the pupil's details: the school's system has to send them.")
    else:
        reasons.extend(_of_addresses(facts.pupil, parent_id))
        reasons.extend(_of_safety(file, facts.pupil, parent_id))
        for earlier in _unknown_now(file, facts.pupil, parent_id):
            words = (
                f"A notice was issued to parent {earlier}, whom the school's record does not name now. "
                f"Say whether they are the same person as {parent_id}."
            )
            stop("parent_identity_open", words)
    return tuple(reasons)


def content(parent_id: str, facts: Facts, assessment: Assessment) -> dict[str, Any]:
    """Everything that the notice has to state about people and offence; blockers were checked before."""
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
        "circumstances": _circumstances(assessment),
        "evidence_hash": evidence_hash(evidence(assessment)),
    }


def in_window(file: CaseFile, parent_id: str, proposed: date, limit: Limit) -> list[date]:
    """The dates of the notices that count against a notice proposed for a day.

    They were issued in the three years ending with that day: from the proposed date minus three years plus one day,
    to the proposed date, both included. Withdrawn ones do not count, other authorities' do.
    """
    first = years_before(proposed, limit.years)
    here = [notice.issued_on for notice in file.standing(parent_id)]
    who = file.person(parent_id)
    reported = {
        (authority, day)
        for (authority, parent), days in file.elsewhere.items()
        if file.person(parent) == who
        for day in days
    }
    elsewhere = [day for _, day in reported]
    return sorted(day for day in (*here, *elsewhere) if first < day <= proposed and day >= limit.counted_from)


def sequence(file: CaseFile, parent_id: str, proposed: date, limit: Limit) -> int:
    """Whether this would be the first or the second notice within the limit's window."""
    return min(len(in_window(file, parent_id, proposed, limit)) + 1, 2)


def years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return date(day.year - years, 2, 28)


def _same_person(file: CaseFile, officer: Person, policy: Policy) -> list[Reason]:
    """If the policy wants a second person: who asked for the notice, or entered the request, cannot authorise it."""
    asked = next((entry for entry in reversed(file.history) if entry["what"] == "requested"), {})
    ids = {person["id"].strip().casefold() for name in ("asked_by", "entered_by") if (person := asked.get(name))}
    if not policy.issue.second_person or officer.id.strip().casefold() not in ids:
        return []
    words = "You entered the request for this notice: another officer has to authorise it."
    return [because("second_person_needed", words)]


def _of_registers(assessment: Assessment, facts: Facts) -> list[Reason]:
    """What is wrong in the registers of the offence: sessions without a mark, amendments without a reason."""
    reasons = []
    days = [mark.day for mark in assessment.sessions]
    known = [(urn, date.fromisoformat(day), half) for urn, day, half in (slot.split(":") for slot in facts.missing)]
    inside = [each for each in known if days and days[0] <= each[1] <= days[-1]]
    held = [(day, half) for urn, day, half in inside if facts.weeks_of(urn).why_no_session(day, half) is None]
    if blank := sorted(held):
        words = f"The register has no mark yet for {_listed(blank)}: the school has to complete it."
        reasons.append(because("mark_missing", words))
    if unexplained := [(mark.day, mark.session) for mark in assessment.sessions if mark.unexplained]:
        words = f"The mark of {_listed(unexplained)} was amended without saying why and by whom: the school has to."
        reasons.append(because("amendment_unexplained", words))
    return reasons


def _of_sessions(file: CaseFile, assessment: Assessment, facts: Facts) -> list[Reason]:
    """Whether the child was of school age at each session, and whether the school asked about that offence."""
    reasons = []
    if against := [(mark.day, mark.session) for mark in assessment.against_calendar()]:
        words = (
            f"The school's own calendar holds no session on {_listed(against)}, where its register has an absence: "
            "the school has to correct the one or the other."
        )
        reasons.append(because("against_calendar", words))
    if facts.pupil is not None and not assessment.is_age_known:
        words = (
            "The child's date of birth is not known, nor therefore whether they are of compulsory school age: "
            "the school's MIS has to send it."
        )
        reasons.append(because("date_of_birth_unknown", words))
    if assessment.met and file.request and file.state in BEFORE_AN_OFFICER:
        first, last = file.request.offence
        inside = sum(first <= mark.day <= last for mark in assessment.sessions)
        if inside < assessment.policy.threshold.sessions:
            words = f"{periods(file.request.offence, assessment)} Return the request, so that the school asks again."
            reasons.append(because("offence_period_differs", words))
    return reasons


def periods(asked: tuple[date, date], assessment: Assessment) -> str:
    """The period of the offence that the school asked about, and the one that the evidence shows."""
    first, last = assessment.sessions[0].day, assessment.sessions[-1].day
    return (
        f"The request is about {in_words(asked[0])} to {in_words(asked[1])}; "
        f"the sessions of the evidence are from {in_words(first)} to {in_words(last)}."
    )


def _listed(sessions: list[tuple[date, str]]) -> str:
    return listed(f"{in_words(day)} ({half})" for day, half in sessions)


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
        words = "The parent's address has no valid UK postcode, so the notice cannot be posted."
        reasons.append(because("parent_address_invalid", words))
    return reasons


def _of_safety(file: CaseFile, pupil: PupilFacts, parent_id: str) -> tuple[Reason, ...]:
    """What stands in the way for the safety of a parent or the child, and where the authority is the parent."""
    reasons: tuple[Reason, ...] = ()
    if pupil.looked_after:
        reasons += (because("looked_after", "The child is looked after by the authority: no notice is issued."),)
    parent = pupil.parent(parent_id)
    if parent is not None and parent.address is not None:
        reasons += unsafe_to_post(file.safety, file.links, parent_id, parent.address)
    if pupil.address is not None:
        reasons += unsafe_to_print(file.safety, file.links, parent_id, pupil.address, pupil.parents)
    return reasons


def _unknown_now(file: CaseFile, pupil: PupilFacts, parent_id: str) -> list[str]:
    """Parents with a standing notice whom the record no longer names and whom no officer has identified."""
    named = {file.person(parent.parent_id) for parent in pupil.parents}
    earlier = {file.person(notice.parent_id) for notice in file.notices.values() if notice.stands}
    return sorted(each for each in earlier - named if not file.links.are_two(parent_id, each))


def _circumstances(assessment: Assessment) -> str:
    first, last = assessment.sessions[0].day, assessment.sessions[-1].day
    weeks = assessment.school_weeks
    those = f"the week beginning {in_words(weeks[0])}"
    if len(weeks) > 1:
        those = f"from {those} to the week beginning {in_words(weeks[-1])}"
    return (
        f"Your child was absent from school without authority for {number_of(assessment.count, 'session')} between "
        f"{in_words(first)} and {in_words(last)}. They lie within {number_of(len(weeks), 'school week')}: {those}."
    )
