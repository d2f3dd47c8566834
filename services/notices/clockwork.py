"""The clocks: deemed service, last days, prompts, and what must not rest. Local dates only. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from services.notices.casefile import SETTLED, UNPAID, WAITS_FOR_A_PERSON, CaseFile, Entry, Notice
from services.notices.decision import Facts, Moment, Outcome
from services.notices.policy import Policies, Policy
from services.notices.support import last_day
from services.notices.words import pounds
from shared.clock import in_words
from shared.contracts.notices import NoticeExpired, NoticeServed, OfficerPrompted
from shared.contracts.notifications import LetterDispatched
from shared.working_days import add_working_days

_CLOSES_AFTER = timedelta(days=28)  # a second payment of the same notice would have come by then
_AT_ONCE = 500  # things that may fall due in one tick; more than a case can have


@dataclass(frozen=True)
class Clocks:
    """A notice's dates. Day 1 is the day of deemed service; each last day is included."""

    posted_on: date
    served_on: date
    discount_until: date | None
    pay_until: date


def clocks(posted_on: date, sequence: int, policy: Policy) -> Clocks:
    """The dates that follow from the day on which the print provider posted the letter."""
    fee = policy.fee(sequence)
    served_on = add_working_days(posted_on, policy.service.working_days)
    discount_until = served_on + timedelta(days=fee.discount_days - 1) if fee.discount_days else None
    return Clocks(posted_on, served_on, discount_until, served_on + timedelta(days=fee.pay_days - 1))


def letter_dispatched(file: CaseFile, event: LetterDispatched, facts: Facts, at: Moment) -> Outcome:
    """The letter is posted: its dates follow, by the policy in force when the notice was issued."""
    notice = file.notices[event.reference]
    dates = clocks(event.dispatched_on, notice.sequence, at.policies.on(notice.issued_on))
    entry = at.entry(
        "letter_dispatched",
        notice=notice.reference,
        posted_on=dates.posted_on.isoformat(),
        served_on=dates.served_on.isoformat(),
        discount_until=dates.discount_until.isoformat() if dates.discount_until else None,
        pay_until=dates.pay_until.isoformat(),
    )
    return Outcome((entry,))


@dataclass(frozen=True, order=True)
class Due:
    """Something that the calendar brings about: on which day, what, and for which notice."""

    on: date
    is_prompt: bool
    """On one day the notice moves first; then an officer is told how it stands."""
    what: str
    notice: str = ""


def next_day(file: CaseFile, policies: Policies, today: date) -> date | None:
    """The day on which the calendar next brings something about for a case, or None."""
    if file.state == "nti_monitoring":  # looked at every day
        return today + timedelta(days=1)
    due = min(_all_due(file, policies), default=None)
    return due.on if due else None


def tick(file: CaseFile, facts: Facts, at: Moment) -> Outcome:
    """Everything that has fallen due, in the order of its days."""
    outcome = _review(file, facts, at) if file.state == "nti_monitoring" else Outcome()
    for _ in range(_AT_ONCE):
        due = min(_all_due(file, at.policies), default=None)
        if due is None or due.on > at.today:
            break
        step = _come(file, due, facts, at)
        outcome += step
        file = file.with_entries(step.entries)
    return outcome


def catch_up(file: CaseFile, entry: Entry, facts: Facts, at: Moment) -> Outcome:
    """Something sets a notice going again: what its clock would have brought meanwhile comes with it."""
    return Outcome((entry,)) + tick(file.with_entries((entry,)), facts, at)


def _all_due(file: CaseFile, policies: Policies) -> Iterator[Due]:
    for notice in file.notices.values():
        yield from _of_notice(notice, policies.on(notice.issued_on))
    request = file.request
    if request and file.state == "requested":
        yield from (
            Due(on, True, code)
            for on, code in (
                (request.decide_by, "decide_today"),
                (request.decide_by + timedelta(days=1), "decide_late"),
            )
            if code not in request.prompted
        )


def _of_notice(notice: Notice, policy: Policy) -> Iterator[Due]:
    reference, every = notice.reference, timedelta(days=policy.prompts.every_days)
    if notice.state == "dispatched" and notice.served_on:
        yield Due(notice.served_on, False, "served", reference)
    if notice.state == "discount_period" and notice.discount_until:
        yield Due(notice.discount_until + timedelta(days=1), False, "discount_ended", reference)
    if notice.state == "full_period" and notice.pay_until:
        yield Due(notice.pay_until + timedelta(days=1), False, "expired", reference)
    if notice.state in UNPAID and notice.served_on:
        for day in policy.prompts.days:
            if f"day_{day}" not in notice.prompted:
                yield Due(notice.served_on + timedelta(days=day - 1), True, f"day_{day}", reference)
    if notice.state in SETTLED - {"closed"} and not notice.open_money:
        yield Due(notice.since + _CLOSES_AFTER, False, "closed", reference)
    elif notice.state in WAITS_FOR_A_PERSON or notice.open_money:
        kind = notice.state if notice.state in WAITS_FOR_A_PERSON else "refund"
        done = sum(code.startswith(f"waits_{kind}_{notice.since}") for code in notice.prompted)
        yield Due(notice.since + (done + 1) * every, True, f"waits_{kind}_{notice.since}_{done + 1}", reference)


def _come(file: CaseFile, due: Due, facts: Facts, at: Moment) -> Outcome:
    if due.what == "served":
        return _served(file, file.notices[due.notice], at)
    if due.what == "expired":
        return _expired(file, file.notices[due.notice], due, at)
    if due.what in {"discount_ended", "closed"}:
        return Outcome((at.entry(due.what, notice=due.notice),))
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
        words = f"{absent} unauthorised sessions since the notice to improve began: is it breached?"
        outcome += _prompt(file, code, words, Due(at.today, True, code), at)
    ends_on = last_day(improvement, facts.weeks_of(file.urn), at.policy.support)
    if ends_on is not None and ends_on < at.today:
        code = f"nti_ended_{(at.today - ends_on).days // at.policy.prompts.every_days}"
        if code not in improvement.prompted:
            words = "The period of the notice to improve is over: decide whether it worked."
            outcome += _prompt(file, code, words, Due(at.today, True, code), at)
    return outcome


def _prompt(file: CaseFile, code: str, words: str, due: Due, at: Moment) -> Outcome:
    notice = {"notice": due.notice} if due.notice else {}
    entry = at.entry("prompted", code=code, words=words, on=due.on.isoformat(), **notice)
    purpose = f"prompt:{due.notice}:{code}:{due.on}"
    return Outcome((entry,), (at.event(OfficerPrompted, file, purpose, code=code, words=words, on=due.on, **notice),))


def _words(file: CaseFile, due: Due, at: Moment) -> str:
    if due.what == "decide_today":
        return "The school's request has to be decided by today."
    if due.what == "decide_late":
        return "The school's request should have been decided by yesterday."
    notice = file.notices[due.notice]
    if due.what.startswith("waits_refund"):
        return f"{pounds(notice.open_money)} is still to be repaid on this notice."
    if due.what.startswith("waits_"):
        return f"This notice still waits for a person: {notice.state.replace('_', ' ')}."
    day = due.what.removeprefix("day_")
    if notice.pay_until and due.on > notice.pay_until:
        return f"Day {day}, unpaid: the authority has to prosecute for the original offence or withdraw the notice."
    return f"Day {day}, {in_words(due.on)}: unpaid. {pounds(notice.due_on(due.on))} would discharge it on that day."
