"""The clocks: what the calendar does to a case, prompts, and what must not be left lying. Local dates only. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from services.notices.attendance.policy import Policies, Policy
from services.notices.attendance.six_months import last_day, warned_from
from services.notices.casefile.case_states import CASE, CaseState
from services.notices.casefile.entries import Entry
from services.notices.casefile.file import CaseFile
from services.notices.casefile.notice import SETTLED, UNPAID, Notice
from services.notices.casefile.words import name_of, pounds
from services.notices.deciding.decision import Facts, Moment, Outcome
from services.notices.deciding.support import last_day as last_day_of_period
from shared.contracts.fields import shortened
from shared.contracts.notices import NoticeExpired, NoticeServed, OfficerPrompted
from shared.time.clock import in_words, local_date
from shared.time.working_days import add_working_days
from shared.writing.counting import number_of

_WITH_AN_OFFICER: frozenset[CaseState] = frozenset({"nti_failed", "third_blocked"})
"""States of a case in which the authority has to act next; in the others it is the school or the family."""
POSTED_WITHIN = 2
"""Working days within which the print provider posts a letter."""

_CLOSES_AFTER = timedelta(days=28)  # a second payment for the same notice would have come by then
_MOST_STEPS = 500  # steps that may fall due in one tick; more than a case can have


@dataclass(frozen=True, order=True)
class Due:
    """Something that falls due by the calendar: on which day, what, and for which notice."""

    on: date
    is_prompt: bool
    """On the same day the notice moves first; then an officer is told how it stands."""
    what: str
    notice: str = ""


def next_day(file: CaseFile, policies: Policies, today: date) -> date | None:
    """The day on which something next falls due for a case, or None."""
    if file.state == "nti_monitoring":  # looked at every day
        return today + timedelta(days=1)
    due = min(_all_due(file, policies, today), default=None)
    return due.on if due else None


def tick(file: CaseFile, facts: Facts, at: Moment) -> Outcome:
    """Everything that has fallen due, in order of day; of missed prompts only the last is sent."""
    outcome = _review(file, facts, at) if file.state == "nti_monitoring" else Outcome()
    for _ in range(_MOST_STEPS):
        due = min(_all_due(file, at.policies, at.today), default=None)
        if due is None or due.on > at.today:
            break
        step = _come(file, due, facts, at)
        outcome += step
        file = file.with_entries(step.entries)
    return outcome


def catch_up(file: CaseFile, entry: Entry, facts: Facts, at: Moment) -> Outcome:
    """Something sets a notice going again: it catches up on what its clock would have done meanwhile."""
    return Outcome((entry,)) + tick(file.with_entries((entry,)), facts, at)


def is_overdue(notice: Notice, today: date) -> bool:
    """Whether a letter should have been posted by now and nobody has said that it was."""
    return notice.state == "issued" and _posted_by(notice) < today


def _posted_by(notice: Notice) -> date:
    return add_working_days(notice.letter_on, POSTED_WITHIN)


def _all_due(file: CaseFile, policies: Policies, today: date) -> Iterator[Due]:
    for notice in file.notices.values():
        policy = policies.on(notice.issued_on)
        yield from _moves(notice)
        yield from _prompts(notice, policy, today)
        yield from _six_months(notice, today)
    yield from _of_case(file, policies.on(today), today)


def _of_case(file: CaseFile, policy: Policy, today: date) -> Iterator[Due]:
    """What waits for an officer on the case itself: a request to decide, or an alternative to choose."""
    request = file.request
    if file.state == "requested" and request:
        if not request.prompted:
            days = {"decide_today": request.decide_by, "decide_late": request.decide_by + timedelta(days=1)}
        elif "decide_late" not in request.prompted:
            days = {"decide_late": request.decide_by + timedelta(days=1)}
        else:
            yield from _weekly(request.prompted, "decide_late", request.decide_by, policy.prompts.every_days, today)
            return
        yield from _latest(days, "", today)
    elif file.state in _WITH_AN_OFFICER and file.since:
        since = local_date(file.since)
        yield from _weekly(file.prompted, f"case_{file.state}", since, policy.prompts.every_days, today)


def _moves(notice: Notice) -> Iterator[Due]:
    """The moves that the notice's own clock makes."""
    reference, day = notice.reference, timedelta(days=1)
    if notice.state == "dispatched" and notice.served_on:
        yield Due(notice.served_on, False, "served", reference)
    if notice.state == "discount_period" and notice.discount_until:
        yield Due(notice.discount_until + day, False, "discount_ended", reference)
    if notice.state == "full_period" and notice.pay_until:
        yield Due(notice.pay_until + day, False, "expired", reference)
    if notice.state in SETTLED and notice.state != "closed" and notice.waits_for is None:
        yield Due(notice.since + _CLOSES_AFTER, False, "closed", reference)


def _prompts(notice: Notice, policy: Policy, today: date) -> Iterator[Due]:
    """What an officer is prompted about: the days of an unpaid notice, and repeatedly whatever waits for a person."""
    if notice.state in UNPAID and notice.served_on and not notice.undelivered:
        first = notice.served_on - timedelta(days=1)
        done = max((int(code[4:]) for code in notice.prompted if code.startswith("day_")), default=0)
        days = {f"day_{day}": first + timedelta(days=day) for day in policy.prompts.days if day > done}
        yield from _latest(days, notice.reference, today)
    every = policy.prompts.every_days
    if notice.state == "issued":
        yield from _weekly(notice.prompted, "unposted", _posted_by(notice), every, today, notice.reference)
    if notice.state == "proceedings":
        yield from _weekly(notice.prompted, "court", notice.since, 4 * every, today, notice.reference)
    if waits := notice.waits_for:
        yield from _weekly(notice.prompted, f"waits_{waits}", notice.since, every, today, notice.reference)


def _weekly(
    prompted: frozenset[str], about: str, since: date, every: int, today: date, notice: str = ""
) -> Iterator[Due]:
    """The next prompt about something that must not be left lying; missed ones are not made up for one by one."""
    start = f"{about}_{since}_"
    done = max((int(code.removeprefix(start)) for code in prompted if code.startswith(start)), default=0)
    number = max(done + 1, (today - since).days // every)
    yield Due(since + timedelta(days=number * every), True, f"{start}{number}", notice)


def _latest(days: Mapping[str, date], notice: str, today: date) -> Iterator[Due]:
    """Of the prompts already due only the last, which says how things stand now; and all future ones."""
    come = [(on, code) for code, on in days.items() if on <= today]
    for on, code in (*sorted(come)[-1:], *((on, code) for code, on in days.items() if on > today)):
        yield Due(on, True, code, notice)


def _six_months(notice: Notice, today: date) -> Iterator[Due]:
    """Prompts that the time for proceedings runs out, and that it is over, while a notice is unpaid without any."""
    if notice.state in SETTLED or notice.settled or notice.prosecuted:
        return
    last = notice.last_session
    days = {"four_months": warned_from(last), "six_months": last_day(last) + timedelta(days=1)}
    if "six_months" not in notice.prompted:
        left = {code: max(on, notice.issued_on) for code, on in days.items() if code not in notice.prompted}
        yield from _latest(left, notice.reference, today)


def _come(file: CaseFile, due: Due, facts: Facts, at: Moment) -> Outcome:
    if due.what == "served":
        return _served(file, file.notices[due.notice], at)
    if due.what == "expired":
        return _expired(file, file.notices[due.notice], due, at)
    if due.what == "discount_ended":
        return Outcome((at.entry("discount_ended", notice=due.notice),))
    if due.what == "closed":
        return Outcome((at.entry("closed", notice=due.notice),))
    return _prompt(file, due.what, _words(file, due, at), due, at)


def _served(file: CaseFile, notice: Notice, at: Moment) -> Outcome:
    to = "discount_period" if notice.discount_until else "full_period"
    event = at.event(
        NoticeServed,
        file,
        f"served:{notice.reference}:{notice.letters}",
        notice=notice.reference,
        posted_on=notice.posted_on,
        served_on=notice.served_on,
        discount_until=notice.discount_until,
        pay_until=notice.pay_until,
    )
    return Outcome((at.entry("served", notice=notice.reference, to=to, served_on=str(notice.served_on)),), (event,))


def _expired(file: CaseFile, notice: Notice, due: Due, at: Moment) -> Outcome:
    event = at.event(
        NoticeExpired,
        file,
        f"expired:{notice.reference}:{notice.letters}",
        notice=notice.reference,
        urn=file.urn,
        pay_until=notice.pay_until,
    )
    return Outcome((at.entry("expired", notice=due.notice),), (event,))


def _review(file: CaseFile, facts: Facts, at: Moment) -> Outcome:
    """A day of a notice to improve: an officer is prompted on new absences, and each week once its period is over."""
    improvement = file.improvement
    if improvement is None or at.today <= improvement.starts_on:
        return Outcome()
    outcome = Outcome()
    absent = sum(improvement.starts_on <= mark.day for mark in facts.counting())
    if absent and (code := f"nti_absent_{absent}") not in improvement.prompted:
        words = f"{number_of(absent, 'unauthorised session')} since the notice to improve began. Is it breached?"
        outcome += _prompt(file, code, words, Due(at.today, True, code), at)
    ends_on = last_day_of_period(improvement, facts.weeks_of(file.urn), at.policy.support)
    if ends_on is not None and ends_on < at.today:
        code = f"nti_ended_{(at.today - ends_on).days // at.policy.prompts.every_days}"
        if code not in improvement.prompted:
            words = "The period of the notice to improve is over: decide whether it worked."
            outcome += _prompt(file, code, words, Due(at.today, True, code), at)
    return outcome


def _prompt(file: CaseFile, code: str, words: str, due: Due, at: Moment) -> Outcome:
    words, notice = shortened(words), {"notice": due.notice} if due.notice else {}
    entry = at.entry("prompted", code=code, words=words, on=at.today.isoformat(), **notice)
    purpose = f"prompt:{due.notice}:{code}:{due.on}"
    return Outcome((entry,), (at.event(OfficerPrompted, file, purpose, code=code, words=words, on=at.today, **notice),))


def _words(file: CaseFile, due: Due, at: Moment) -> str:
    if due.what == "decide_today":
        return "The school's request has to be decided by today."
    if due.what.startswith("decide_late"):
        return "The day by which the school's request had to be decided has passed."
    if due.what.startswith("case_"):
        return f"This case waits for an officer: {CASE.states[file.state]}."
    return _words_of(file.notices[due.notice], due, at.today)


def _words_of(notice: Notice, due: Due, today: date) -> str:
    about = due.what.rsplit("_", 2)[0] if due.what.startswith(("unposted", "court", "waits")) else due.what
    last = last_day(notice.last_session)
    if about in _NOTICE_WORDS:
        return _NOTICE_WORDS[about].format(money=pounds(notice.open_money), last=in_words(last))
    if about.startswith("waits_"):
        waits = about.removeprefix("waits_")
        return f"This notice still waits for a person: {notice.questions.get(waits) or name_of(waits)}."
    day = (today - notice.served_on).days + 1 if notice.served_on else 0
    if notice.pay_until and today > notice.pay_until:
        return f"Day {day}, unpaid: the authority has to prosecute for the original offence or withdraw the notice."
    return f"Day {day}, {in_words(today)}: unpaid. {pounds(notice.due_on(today))} would discharge it today."


_NOTICE_WORDS = {
    "unposted": "The letter should have been posted by now, and nobody has said that it was: ask the print provider.",
    "court": "This notice is before the court: record the outcome when there is one.",
    "four_months": (
        "Four months since the latest session of this notice: proceedings can begin until {last}, not later."
    ),
    "six_months": "Six months since the latest session of this notice: no proceedings can begin. Withdraw it.",
    "waits_refund": "{money} is still to be decided on or repaid on this notice.",
}
