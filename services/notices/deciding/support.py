"""Support first: support offered, the notice to improve with its period in school weeks, and how it ended. Pure."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal

from services.notices.attendance.calendar import SchoolWeeks
from services.notices.attendance.policy import Support
from services.notices.casefile.entries import CaseMove
from services.notices.casefile.file import CaseFile, Improvement
from services.notices.casefile.safety import unsafe_to_post
from services.notices.casefile.words import listed
from services.notices.deciding.decision import Facts, Moment, Outcome, considered, require_case
from shared.contracts.casework import DecideNoticeToImprove, IssueNoticeToImprove, RecordSupport
from shared.contracts.notices import (
    ImprovementLetter,
    ImprovementRecipient,
    NoticeToImproveDecided,
    NoticeToImproveIssued,
    Recipient,
    SchoolNamed,
)
from shared.decisions.deciding import Refused, because

_FARTHEST = timedelta(days=400)
_DECIDED: Mapping[Literal["improved", "failed", "breached"], CaseMove] = {
    "improved": "nti_improved",
    "failed": "nti_failed",
    "breached": "nti_breached",
}


def record_support(file: CaseFile, command: RecordSupport, facts: Facts, at: Moment) -> Outcome:
    """Record what support was offered, and whether the family engaged with it."""
    if command.offered_on > at.today:
        raise Refused(because("in_the_future", "offered_on: support that has not been offered yet is not recorded."))
    entry = at.entry(
        "support_recorded",
        support=command.support,
        offered_on=command.offered_on.isoformat(),
        engaged=command.engaged,
        officer=command.officer.model_dump(),
    )
    return Outcome((entry,))


def issue_notice_to_improve(file: CaseFile, command: IssueNoticeToImprove, facts: Facts, at: Moment) -> Outcome:
    """Start a notice to improve: sender, period and parents as the policy and the school's record allow."""
    require_case(file, "nti_issued")
    rules = at.policy.support
    reasons = []
    if command.issued_by != rules.issued_by:
        reasons.append(because("wrong_issuer", f"Notices to improve are sent by the {rules.issued_by} here."))
    if not rules.shortest_weeks <= command.school_weeks <= rules.longest_weeks:
        words = f"school_weeks: between {rules.shortest_weeks} and {rules.longest_weeks} school weeks."
        reasons.append(because("period_not_allowed", words))
    if facts.pupil is None:
        reasons.append(because("pupil_unknown", "The pupil's details have not arrived: the school's MIS sends them."))
    elif unknown := [each for each in command.parents if facts.pupil.parent(each) is None]:
        reasons.append(because("parent_unknown", f"The school's record names no parent {listed(unknown)}."))
    letter = _letter(command, facts, at) if command.issued_by == "authority" else None
    if command.issued_by == "authority" and letter is None and not reasons:
        words = "The school's record lacks the school's name or a parent's address, so that nothing can be posted."
        reasons.append(because("address_missing", words))
    for each in letter.recipients if letter else ():
        reasons += unsafe_to_post(file.safety, file.links, each.parent_id, each.recipient.address)
    if reasons:
        raise Refused(*reasons)
    improvement = Improvement(command.starts_on, command.school_weeks, command.parents)
    urn = facts.pupil.urn if facts.pupil else file.urn
    entry = at.entry(
        "nti_issued",
        starts_on=command.starts_on.isoformat(),
        school_weeks=command.school_weeks,
        parents=list(command.parents),
        content=command.content.model_dump(),
        officer=command.officer.model_dump(),
    )
    event = at.event(
        NoticeToImproveIssued,
        file,
        "nti_issued",
        upn=file.upn,
        urn=urn,
        parents=command.parents,
        starts_on=command.starts_on,
        school_weeks=command.school_weeks,
        ends_on=last_day(improvement, facts.weeks_of(urn), rules),
        issued_by=command.issued_by,
        letter=letter,
    )
    return Outcome((entry,), (event,))


def decide_notice_to_improve(file: CaseFile, command: DecideNoticeToImprove, facts: Facts, at: Moment) -> Outcome:
    """A person's decision. "Failed" needs the period to be over; "breached" can come earlier."""
    move = _DECIDED[command.outcome]
    require_case(file, move)
    if command.outcome == "failed" and file.improvement is not None:
        ends_on = last_day(file.improvement, facts.weeks_of(file.urn), at.policy.support)
        if ends_on is None or at.today <= ends_on:
            words = "The period of the notice to improve is not over: it can be breached early, on its own grounds."
            raise Refused(because("period_not_over", words))
    if command.outcome == "breached" and not _were_parents_told(command, file, at):
        words = "parents_told_on: tell the parents first that the notice to improve is cut short; say when that was."
        raise Refused(because("parents_not_told", words))
    entry = at.entry(move, reason=command.reason, considered=considered(facts), officer=command.officer.model_dump())
    event = at.event(NoticeToImproveDecided, file, move, upn=file.upn, urn=file.urn, outcome=command.outcome)
    return Outcome((entry,), (event,))


def _were_parents_told(command: DecideNoticeToImprove, file: CaseFile, at: Moment) -> bool:
    """Whether the parents were told, while it ran, that the notice to improve is cut short."""
    starts_on = file.improvement.starts_on if file.improvement else date.min
    return command.parents_told_on is not None and starts_on <= command.parents_told_on <= at.today


def last_day(improvement: Improvement, weeks: SchoolWeeks, rules: Support) -> date | None:
    """The last day of the period, in school days from its start (five a school week, at most the policy's limit).

    None while the known school weeks do not reach that far.
    """
    left = min(improvement.school_weeks * 5, rules.longest_school_days)
    day = improvement.starts_on
    while day <= improvement.starts_on + _FARTHEST:
        left -= weeks.is_school_day(day)
        if left == 0:
            return day
        day += timedelta(days=1)
    return None


def _letter(command: IssueNoticeToImprove, facts: Facts, at: Moment) -> ImprovementLetter | None:
    """What the authority's letter states; None if the school's record lacks what is needed to post it."""
    parents = [facts.pupil.parent(each) for each in command.parents] if facts.pupil else []
    recipients = tuple(
        ImprovementRecipient(
            parent_id=parent.parent_id,
            recipient=Recipient(name=parent.name, address=parent.address, language=parent.language),
        )
        for parent in parents
        if parent is not None and parent.address is not None
    )
    if facts.pupil is None or facts.school is None or len(recipients) != len(command.parents):
        return None
    return ImprovementLetter(
        recipients=recipients,
        child=facts.pupil.name,
        school=SchoolNamed(urn=facts.school.urn, name=facts.school.name),
        officer=command.officer,
        authority=at.policy.authority,
        contact=at.policy.contact,
        content=command.content,
    )
