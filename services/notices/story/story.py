"""The story of a case: where it stands, what was counted and why, what happened, what comes next. Pure."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from services.notices.attendance.evidence import evidence, evidence_hash
from services.notices.attendance.policy import Policies
from services.notices.attendance.six_months import running_out
from services.notices.casefile.case_states import CASE
from services.notices.casefile.clocks import clocks
from services.notices.casefile.entries import Entry
from services.notices.casefile.file import CaseFile
from services.notices.casefile.happened import BY_THE_CALENDAR, happened
from services.notices.casefile.notice import Notice
from services.notices.casefile.notice_states import NOTICE
from services.notices.deciding.decision import Facts, Moment
from services.notices.deciding.issuing import blockers, decided_on, sequence
from services.notices.deciding.prosecution import token
from services.notices.story.next_steps import is_back, next_steps, running_out_of
from services.notices.story.whatif import what_would_change_it
from shared.contracts.notices import Reason
from shared.time.clock import LONDON, in_words, local_date
from shared.time.working_days import why_no_working_day

Story = dict[str, Any]
"""A story as JSON: dates and instants as ISO text, amounts in pence."""

_OWNERS = {
    "reason_not_established": "school",
    "mark_missing": "school",
    "amendment_unexplained": "school",
    "against_calendar": "school",
    "date_of_birth_unknown": "school",
    "not_requested": "school",
    "school_unknown": "school",
    "pupil_unknown": "school",
    "child_address_missing": "school",
    "parent_unknown": "school",
    "parent_address_missing": "school",
    "parent_address_invalid": "school",
}


def tell(file: CaseFile, facts: Facts, at: Moment) -> Story:
    """Everything that can be said about a case at a moment."""
    assessment = facts.assessment()
    found = evidence(assessment)
    story: Story = {
        "case": file.reference if file.history else None,
        "upn": file.upn,
        "urn": facts.pupil.urn if facts.pupil else file.urn or None,
        "correlation_id": file.correlation_id or None,
        "at": at.now.isoformat(),
        "state": file.state,
        "means": CASE.states[file.state],
        "threshold_met": assessment.met,
        "count": assessment.count,
        "evidence": found,
        "evidence_hash": evidence_hash(found),
        "history": _history(file.history),
        "notices": [_notice(file, notice, facts, at) for notice in file.notices.values()],
        "parents": [
            _parent(file, parent.parent_id, facts, at) for parent in (facts.pupil.parents if facts.pupil else ())
        ],
        "running_out": running_out([mark.day for mark in assessment.sessions], at.today) if assessment.met else None,
        "would_change_it": what_would_change_it(file, facts, at.today),
        "people": _people(facts),
    }
    if assessment.met and file.state == "threshold_met" and _is_blocked(story):
        story |= {
            "state": "evidence_blocked",
            "means": "the threshold is met, and something stands in the way of a notice",
        }
    story["next"] = next_steps(file, story["parents"], assessment.met, facts, at)
    return story


def _people(facts: Facts) -> Story:
    """Who they are, for the person who has the family on the phone. Never for logs."""
    pupil, school = facts.pupil, facts.school
    return {
        "pupil": pupil.name if pupil else None,
        "school": school.name if school else None,
        "parents": {parent.parent_id: parent.name for parent in pupil.parents} if pupil else {},
    }


def _parent(file: CaseFile, parent_id: str, facts: Facts, at: Moment) -> Story:
    """A parent by their opaque id: the evidence that a notice to them would rest on, and what stands in its way."""
    found = evidence(facts.assessment(file.used(parent_id)))
    reasons = blockers(file, parent_id, facts, at)
    return {
        "parent_id": parent_id,
        "count": found["count"],
        "sequence": sequence(file, parent_id, at.today, at.policy.limit),
        "evidence": found,
        "evidence_hash": decided_on(file, parent_id, facts, at),
        "blocked_by": [{**reason.model_dump(), "owner": _owner(reason)} for reason in reasons],
    }


def hash_for(story: Story, parent_id: str) -> str:
    """The hash on which a notice to this parent is decided, as the story shows it."""
    return next(str(each["evidence_hash"]) for each in story["parents"] if each["parent_id"] == parent_id)


def _owner(reason: Reason) -> str:
    """Who can remove the obstacle."""
    return _OWNERS.get(reason.code, "attendance officer")


def _is_blocked(story: Story) -> bool:
    """Whether evidence is missing or open; a barred third notice is not about evidence."""
    codes = [{reason["code"] for reason in parent["blocked_by"]} for parent in story["parents"]]
    return not codes or any(each - {"not_requested", "third_barred"} for each in codes)


def _notice(file: CaseFile, notice: Notice, facts: Facts, at: Moment) -> Story:
    content = notice.content
    due = notice.due_on(at.today) if notice.stands and not notice.settled and not is_back(notice) else 0
    return {
        "notice": notice.reference,
        "case": file.reference,
        "parent_id": notice.parent_id,
        "state": notice.state,
        "means": NOTICE.states[notice.state],
        "sequence": notice.sequence,
        "amounts": content["amounts"],
        "issued_on": content["issued_on"],
        "officer": content["officer"],
        "evidence_hash": content["evidence_hash"],
        "sessions": len(notice.slots),
        "lost_sessions": notice.lost_sessions,
        "running_out": running_out_of(notice, at.today),
        "route": content.get("route"),
        **{name: _iso(getattr(notice, name)) for name in ("posted_on", "served_on", "discount_until", "pay_until")},
        "due_today": due,
        "paid": notice.paid,
        "band": notice.band,
        "open_money": notice.open_money,
        "returned_on": _iso(notice.returned_on),
        "representation_open": notice.representation_open,
        "ground": notice.ground,
        "letters": notice.letters,
        "working": working(notice, facts.policies),
        "possible": NOTICE.possible(notice.state),
        "token": token(file, notice.reference, facts) if notice.state == "prosecution_review" else None,
    }


def working(notice: Notice, policies: Policies) -> list[str]:
    """How the dates of a notice follow from the day on which it was posted, so that anyone can follow each step."""
    if notice.posted_on is None or notice.served_on is None:
        return []
    policy = policies.on(notice.issued_on)
    dates = clocks(notice.posted_on, notice.sequence, policy)
    lines = [f"posted on {in_words(notice.posted_on)} (the print provider's date)"]
    day, count = notice.posted_on, 0
    while day < dates.served_on:
        day += timedelta(days=1)
        why = why_no_working_day(day)
        count += why is None
        lines.append(
            f"{in_words(day)}: " + (f"no working day ({why})" if why else f"working day {count} after posting")
        )
    lines.append(f"deemed served on {in_words(dates.served_on)}: day 1")
    fee = policy.fee(notice.sequence)
    if dates.discount_until:
        lines.append(f"day {fee.discount_days}: {in_words(dates.discount_until)}, the last day of the lower amount")
    lines.append(f"day {fee.pay_days}: {in_words(dates.pay_until)}, the last day to pay")
    return lines


def _history(entries: Iterable[Entry]) -> list[Story]:
    """What happened, in order: `at` is an instant, or a date if only that is known.

    `recorded_at` is when we heard about it, if that is another day.
    """
    lines = []
    for entry, at in happened(entries):
        facts_of_entry = {name: value for name, value in entry.items() if name not in {"content", "considered", "at"}}
        late = {"recorded_at": entry["at"].isoformat()} if local_date(entry["at"]) != _day_of(at) else {}
        lines.append((_place(entry["what"], at), {"at": at.isoformat(), **facts_of_entry, **late}))
    return [line for _, line in sorted(lines, key=lambda each: each[0])]


def _day_of(at: date | datetime) -> date:
    return local_date(at) if isinstance(at, datetime) else at


def _place(what: str, at: date | datetime) -> datetime:
    """Sort key: an instant as it is; a calendar step at the start of its day, any other bare day at its end."""
    if isinstance(at, datetime):
        return at
    return datetime.combine(at, time.min if what in BY_THE_CALENDAR else time.max, tzinfo=LONDON)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
