"""The school's request for a notice: checked by the checklist, returned, declined, or an alternative chosen. Pure."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from services.notices.attendance.policy import Referral
from services.notices.attendance.six_months import months_after
from services.notices.casefile.case_states import BEFORE_AN_OFFICER
from services.notices.casefile.entries import Entry
from services.notices.casefile.file import CaseFile
from services.notices.casefile.words import listed
from services.notices.deciding.decision import Facts, Moment, Outcome, considered, require_case
from services.notices.deciding.issuing import in_window, periods
from services.notices.deciding.questions import raised
from shared.contracts.casework import ChooseAlternative, DeclineNotice, LinkParent, RequestNotice, ReturnRequest
from shared.contracts.notices import NoticeDeclined, NoticeRequested, NoticeReturned, Reason
from shared.decisions.deciding import Refused, Repeated, because
from shared.time.working_days import add_working_days

_NUMBERED = {1: "first", 2: "second"}
_SUPPORTED = {"support_has_not_worked", "support_not_engaged"}


def request_notice(file: CaseFile, command: RequestNotice, facts: Facts, at: Moment) -> Outcome:
    """Accept a complete request, or return it to the school with every reason; a repeated request changes nothing."""
    if command.route == "excluded_in_public_place":
        words = (
            "A notice for an excluded pupil found in a public place (s.105 Education and Inspections Act 2006) is a "
            "separate scheme with its own amounts and no threshold: this system does not issue it."
        )
        raise Refused(because("separate_scheme", words))
    if file.state in BEFORE_AN_OFFICER:
        period = (command.offence_from, command.offence_to)
        if file.request and set(command.parents) <= set(file.request.parents) and period == file.request.offence:
            raise Repeated
        require_case(file, "requested")
    reasons = list(shortcomings(file, command, facts, at.policy.referral, at.today))
    if not facts.assessment().met:
        reasons.append(because("threshold_not_met", "The national threshold is not met."))
    urn = facts.pupil.urn if facts.pupil else file.urn
    asked_by: dict[str, Any] = {"asked_by": command.requested_by.model_dump()}
    if command.entered_by:
        asked_by["entered_by"] = command.entered_by.model_dump()
    if reasons:
        require_case(file, "returned")
        coded = [reason.model_dump() for reason in reasons]
        back = at.event(NoticeReturned, file, "returned", upn=file.upn, urn=urn, reasons=reasons)
        return Outcome((at.entry("returned", reasons=coded, **asked_by),), (back,))
    require_case(file, "requested")
    late = _is_late(command.returned_on, at, facts, urn)
    decide_by = add_working_days(at.today, at.policy.referral.decide_within_working_days)
    entry = at.entry(
        "requested",
        parents=list(command.parents),
        route=command.route,
        main_reason=command.main_reason or main_reason(mark.code for mark in facts.assessment().sessions),
        offence_from=command.offence_from.isoformat(),
        offence_to=command.offence_to.isoformat(),
        papers=[paper.model_dump(mode="json") for paper in command.evidence],
        addresses_checked=list(command.addresses_checked),
        returned_on=command.returned_on.isoformat() if command.returned_on else None,
        late=late,
        decide_by=decide_by.isoformat(),
        **asked_by,
    )
    event = at.event(
        NoticeRequested,
        file,
        "requested",
        upn=file.upn,
        urn=urn,
        parents=command.parents,
        route=command.route,
        late=late,
        decide_by=decide_by,
    )
    counted = [in_window(file, parent, at.today, at.policy.limit) for parent in command.parents]
    if all(len(days) >= at.policy.limit.notices for days in counted):
        return Outcome((entry, at.entry("third_barred")), (event,))
    return Outcome((entry,), (event,))


def shortcomings(
    file: CaseFile, command: RequestNotice, facts: Facts, rules: Referral, today: date
) -> Iterable[Reason]:
    """What a request lacks, by the policy's checklist."""
    sent = {paper.kind for paper in command.evidence}
    if missing := [kind for kind in rules.always if kind not in sent]:
        yield because("papers_missing", f"Send also: {papers(missing)}.")
    reason = command.main_reason or main_reason(mark.code for mark in facts.assessment().sessions)
    sets = rules.holiday if reason == "holiday" else rules.other
    has_support_here = "support_record" in {kind for each in sets for kind in each} and bool(file.support)
    if sets and not has_support_here and not any(sent >= set(each) for each in sets):
        ways = ", or ".join(papers(each) for each in sets)
        yield because("papers_missing", f"For this reason send also: {ways}.")
    if command.route in _SUPPORTED and not file.support and "support_record" not in sent:
        words = "No support is recorded: send the support record, or record the support that was given."
        yield because("support_not_shown", words)
    if unchecked := [parent for parent in command.parents if parent not in command.addresses_checked]:
        words = f"The full name and address of {listed(unchecked)} have not been checked."
        yield because("address_not_checked", words)
    yield from _whom(command, facts, reason, rules, today)
    if facts.pupil is not None and any(facts.pupil.parent(each) is None for each in command.parents):
        yield because("parent_unknown", "The school's record does not name each of these parents.")
    if command.offence_to < command.offence_from:
        yield because("period_runs_backwards", "The period of the offence ends before it begins (offence_to).")
    elif differs := _other_period(file, command, facts):
        yield because("offence_period_differs", differs)
    if any(mark.code in facts.assessment().policy.threshold.blocking_codes for mark in facts.assessment().sessions):
        words = "The reason for some absences has not been established (code N): resolve them first."
        yield because("reason_not_established", words)


def _whom(command: RequestNotice, facts: Facts, reason: str, rules: Referral, today: date) -> Iterable[Reason]:
    """Parents for whom no notice is proposed: of a looked-after child, or without day-to-day care and not there."""
    pupil = facts.pupil
    if command.looked_after or (pupil is not None and pupil.looked_after):
        words = "The child is looked after: the authority is the parent in law; speak to the virtual school instead."
        yield because("looked_after", words)
    if pupil is None:
        return
    apart = [each for each in command.parents if (parent := pupil.parent(each)) and not parent.day_to_day_care]
    if absent := [each for each in apart if reason != "holiday" or each not in command.went_along]:
        words = (
            f"{listed(absent)} has no day-to-day care of the child, and is not said to have gone on the holiday "
            "(went_along): propose only the parent who is responsible."
        )
        yield because("no_day_to_day_care", words)
    elif apart and not _is_recent(command.addresses_checked_on, rules.address_checked_within_months, today):
        words = (
            f"The address of {listed(apart)}, who has no day-to-day care, has to be checked within the last "
            f"{rules.address_checked_within_months} months: say when it was (addresses_checked_on)."
        )
        yield because("address_not_checked", words)


def _is_recent(checked_on: date | None, months: int, today: date) -> bool:
    return checked_on is not None and checked_on <= today <= months_after(checked_on, months)


def _other_period(file: CaseFile, command: RequestNotice, facts: Facts) -> str | None:
    """Both periods in words, if the requested one leaves out a session that a notice would name."""
    asked = (command.offence_from, command.offence_to)
    for parent in command.parents:
        assessment = facts.assessment(file.used(parent))
        if assessment.met and not all(asked[0] <= mark.day <= asked[1] for mark in assessment.sessions):
            return f"{periods(asked, assessment)} Ask about all of them (offence_from, offence_to)."
    return None


def main_reason(codes: Iterable[str | None]) -> str:
    """Holiday, late or other, as the annual return wants it: the reason for most of the sessions."""
    found = list(codes)
    return max(
        ("holiday", "late", "other"),
        key=lambda reason: sum(_REASON.get(code or "", "other") == reason for code in found),
    )


_REASON = {"G": "holiday", "U": "late"}


def return_request(file: CaseFile, command: ReturnRequest, facts: Facts, at: Moment) -> Outcome:
    """An officer returns the request to the school."""
    require_case(file, "returned")
    reasons = [Reason(code=each.code, words=each.words) for each in command.reasons]
    coded = [reason.model_dump() for reason in reasons]
    event = at.event(NoticeReturned, file, "returned", upn=file.upn, urn=file.urn, reasons=reasons)
    return Outcome((at.entry("returned", reasons=coded, officer=command.officer.model_dump()),), (event,))


def decline_notice(file: CaseFile, command: DeclineNotice, facts: Facts, at: Moment) -> Outcome:
    """An officer decides against a notice on this evidence."""
    require_case(file, "declined")
    event = at.event(NoticeDeclined, file, "declined", upn=file.upn, urn=file.urn, reason=command.reason)
    officer = command.officer.model_dump()
    entry = at.entry("declined", reason=command.reason, considered=considered(facts), officer=officer)
    return Outcome((entry,), (event,))


def choose_alternative(file: CaseFile, command: ChooseAlternative, facts: Facts, at: Moment) -> Outcome:
    """Instead of a barred third notice."""
    require_case(file, "alternative_chosen")
    officer = command.officer.model_dump()
    entry = at.entry(
        "alternative_chosen", alternative=command.alternative, considered=considered(facts), officer=officer
    )
    return Outcome((entry,))


def link_parent(file: CaseFile, command: LinkParent, facts: Facts, at: Moment) -> Outcome:
    """Two schools' records each name a parent: the same person, or two. A later word replaces an earlier one."""
    if command.parent_id == command.earlier_id:
        raise Refused(because("same_id", "parent_id: name two different ids."))
    links = file.links.with_link(command.parent_id, command.earlier_id, command.same)
    if against := links.contradiction():
        words = (
            f"Other links say otherwise: {against[0]} and {against[1]} would be one person and two at once. "
            "Undo first the link that is wrong."
        )
        raise Refused(because("links_contradict", words))
    entry = at.entry(
        "parent_linked",
        parent_id=command.parent_id,
        earlier_id=command.earlier_id,
        same=command.same,
        officer=command.officer.model_dump(),
    )
    return recounted(file, entry, at)


def recounted(file: CaseFile, entry: Entry, at: Moment) -> Outcome:
    """Records the link, and raises a question on each notice that it shows to be a third or wrongly numbered."""
    after, limit, outcome = file.with_entries((entry,)), at.policy.limit, Outcome((entry,))
    for notice in after.notices.values():
        now, before = (len(in_window(each, notice.parent_id, notice.issued_on, limit)) for each in (after, file))
        if not notice.stands or now == before:
            continue
        if now > limit.notices:
            words = "More notices stand to this person within three years than the law allows: withdraw this one?"
            outcome += raised(file, notice, "third_notice", words, at)
        elif min(now, 2) != notice.sequence:
            words = (
                f"By what is known now, this is the {_NUMBERED[min(now, 2)]} notice to this person within three years. "
                f"It was issued as the {_NUMBERED[notice.sequence]}, with other amounts: withdraw it?"
            )
            outcome += raised(file, notice, "third_notice", words, at)
    return outcome


def _is_late(returned_on: date | None, at: Moment, facts: Facts, urn: str) -> bool:
    if returned_on is None or returned_on > at.today or at.today - returned_on > timedelta(days=400):
        return returned_on is not None and returned_on < at.today
    return facts.weeks_of(urn).school_days_after(returned_on, at.today) > at.policy.referral.within_school_days


def papers(kinds: Iterable[str]) -> str:
    """Papers as people say them: registration certificate and leave refusal."""
    return listed((kind.replace("_", " ") for kind in kinds), " and ")
