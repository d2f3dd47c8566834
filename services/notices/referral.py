"""The school's request for a notice, held against the checklist; given back, declined, or another way chosen. Pure."""

from collections.abc import Iterable
from datetime import date, timedelta

from services.notices.casefile import CaseFile
from services.notices.decision import Facts, Moment, Outcome, Refused, Repeated, because, considered, require_case
from services.notices.issuing import in_window, periods
from services.notices.policy import Referral
from services.notices.words import listed
from shared.contracts.casework import ChooseAlternative, DeclineNotice, LinkParent, RequestNotice, ReturnRequest
from shared.contracts.notices import NoticeDeclined, NoticeRequested, NoticeReturned, Reason
from shared.working_days import add_working_days

_SUPPORTED = {"support_has_not_worked", "support_not_engaged"}


def request_notice(file: CaseFile, command: RequestNotice, facts: Facts, at: Moment) -> Outcome:
    """Take a complete request, or return it to the school with every reason; the same request again is none."""
    if command.route == "excluded_in_public_place":
        words = (
            "A notice for an excluded pupil found in a public place (s.105 Education and Inspections Act 2006) is a "
            "separate scheme with its own amounts and no threshold: this system does not issue it."
        )
        raise Refused(because("separate_scheme", words))
    if file.state in {"requested", "third_blocked"}:
        period = (command.offence_from, command.offence_to)
        if file.request and set(command.parents) <= set(file.request.parents) and period == file.request.offence:
            raise Repeated
        require_case(file, "requested")
    reasons = list(shortcomings(file, command, facts, at.policy.referral))
    if not facts.assessment().met:
        reasons.append(because("threshold_not_met", "The national threshold is not met."))
    urn = facts.pupil.urn if facts.pupil else file.urn
    asked_by = command.requested_by.model_dump()
    if reasons:
        require_case(file, "returned")
        told = [reason.model_dump() for reason in reasons]
        back = at.event(NoticeReturned, file, "returned", upn=file.upn, urn=urn, reasons=reasons)
        return Outcome((at.entry("returned", reasons=told, asked_by=asked_by),), (back,))
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
        asked_by=asked_by,
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


def shortcomings(file: CaseFile, command: RequestNotice, facts: Facts, rules: Referral) -> Iterable[Reason]:
    """What is missing in a request, by the checklist of the policy."""
    sent = {paper.kind for paper in command.evidence}
    if missing := [kind for kind in rules.always if kind not in sent]:
        yield because("papers_missing", f"Send also: {_listed(missing)}.")
    reason = command.main_reason or main_reason(mark.code for mark in facts.assessment().sessions)
    sets = rules.holiday if reason == "holiday" else rules.other
    has_support_here = "support_record" in {kind for each in sets for kind in each} and bool(file.support)
    if sets and not has_support_here and not any(sent >= set(each) for each in sets):
        ways = ", or ".join(_listed(each) for each in sets)
        yield because("papers_missing", f"For this reason send also: {ways}.")
    if command.route in _SUPPORTED and not file.support and "support_record" not in sent:
        words = "No support is recorded: send the support record, or record the support that was given."
        yield because("support_not_shown", words)
    if unchecked := [parent for parent in command.parents if parent not in command.addresses_checked]:
        words = f"The full name and address of {listed(unchecked)} have not been checked."
        yield because("address_not_checked", words)
    if facts.pupil is not None and any(facts.pupil.parent(each) is None for each in command.parents):
        yield because("parent_unknown", "The school's record does not name each of these parents.")
    if command.offence_to < command.offence_from:
        yield because("period_runs_backwards", "The period of the offence ends before it begins (offence_to).")
    elif differs := _other_period(file, command, facts):
        yield because("offence_period_differs", differs)
    if any(mark.code in facts.assessment().policy.threshold.blocking_codes for mark in facts.assessment().sessions):
        words = "The reason for some absences has not been established (code N): resolve them first."
        yield because("reason_not_established", words)


def _other_period(file: CaseFile, command: RequestNotice, facts: Facts) -> str | None:
    """Both periods in words, where the request's leaves out a session that a notice to a parent would name."""
    asked = (command.offence_from, command.offence_to)
    for parent in command.parents:
        assessment = facts.assessment(file.used(parent))
        if assessment.met and not all(asked[0] <= mark.day <= asked[1] for mark in assessment.sessions):
            return f"{periods(asked, assessment)} Ask about all of them (offence_from, offence_to)."
    return None


def main_reason(codes: Iterable[str | None]) -> str:
    """Holiday, late or other, as the annual return asks for it: what most of the sessions are."""
    told = list(codes)
    return max(
        ("holiday", "late", "other"),
        key=lambda reason: sum(_REASON.get(code or "", "other") == reason for code in told),
    )


_REASON = {"G": "holiday", "U": "late"}


def return_request(file: CaseFile, command: ReturnRequest, facts: Facts, at: Moment) -> Outcome:
    """An officer gives the request back to the school."""
    require_case(file, "returned")
    reasons = [Reason(code=each.code, words=each.words) for each in command.reasons]
    told = [reason.model_dump() for reason in reasons]
    event = at.event(NoticeReturned, file, "returned", upn=file.upn, urn=file.urn, reasons=reasons)
    return Outcome((at.entry("returned", reasons=told, officer=command.officer.model_dump()),), (event,))


def decline_notice(file: CaseFile, command: DeclineNotice, facts: Facts, at: Moment) -> Outcome:
    """An officer decides that no notice is issued on this evidence."""
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
    """Two schools' records name a parent each: the same person, or two."""
    if command.parent_id == command.earlier_id:
        raise Refused(because("same_id", "parent_id: name two different ids."))
    entry = at.entry(
        "parent_linked",
        parent_id=command.parent_id,
        earlier_id=command.earlier_id,
        same=command.same,
        officer=command.officer.model_dump(),
    )
    return Outcome((entry,))


def _is_late(returned_on: date | None, at: Moment, facts: Facts, urn: str) -> bool:
    if returned_on is None or returned_on > at.today or at.today - returned_on > timedelta(days=400):
        return returned_on is not None and returned_on < at.today
    return facts.weeks_of(urn).school_days_after(returned_on, at.today) > at.policy.referral.within_school_days


def _listed(kinds: Iterable[str]) -> str:
    return listed((kind.replace("_", " ") for kind in kinds), " and ")
