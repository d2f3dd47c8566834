"""What waits for whom in a case, and until when: for the day's list. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from services.notices.attendance.six_months import last_day, warned_from
from services.notices.casefile.file import CaseFile
from services.notices.casefile.notice import ENDED_IN_COURT, WAITS_FOR_A_PERSON, Notice
from services.notices.casefile.notice_states import NOTICE, PERIODS, QUERIES, NoticeState
from services.notices.casefile.words import pounds
from services.notices.deciding.clockwork import POSTED_WITHIN
from services.notices.story.next_steps import is_back
from shared.time.clock import in_words, local_date
from shared.time.working_days import add_working_days
from shared.writing.counting import number_of

Who = Literal["officers", "court team", "finance", "schools"]
WHO: tuple[Who, ...] = ("officers", "court team", "finance", "schools")
_SOON = timedelta(days=7)
_TOLD_OTHERWISE: frozenset[NoticeState] = frozenset(
    {*QUERIES, "representation", "service_disputed", "returned_undelivered"}
)


@dataclass(frozen=True, order=True)
class Waiting:
    """One thing that waits: since or until which day, for whom, and about which case or notice."""

    on: date
    who: Who
    what: str
    about: str


def waiting(file: CaseFile, today: date) -> Iterator[Waiting]:
    """Everything that waits for a person in a case, as it is kept; codes that are still open need the registers."""
    yield from _of_case(file)
    for notice in file.notices.values():
        if notice.state != "closed":
            yield from _of_notice(file, notice, today)


def open_codes(file: CaseFile, days: list[date]) -> Waiting:
    """Sessions whose reason the school has still to establish."""
    what = f"Find the reason for {number_of(len(days), 'session')} with code N."
    return Waiting(min(days), "schools", what, file.reference)


def _of_case(file: CaseFile) -> Iterator[Waiting]:
    since = local_date(file.since) if file.since else date.min
    if file.state == "requested" and file.request:
        yield Waiting(file.request.decide_by, "officers", "Decide on the school's request.", file.reference)
    elif file.state == "returned_to_school":
        yield Waiting(since, "schools", "Complete the request that went back.", file.reference)
    elif file.state == "third_blocked":
        yield Waiting(since, "officers", "A third notice is barred. Choose another way.", file.reference)
    elif file.state == "nti_failed":
        yield Waiting(since, "officers", "The notice to improve failed. Decide what comes next.", file.reference)
    elif file.state == "nti_monitoring" and (day := _period_over(file)):
        yield Waiting(day, "officers", "The notice to improve is over. Decide whether it worked.", file.reference)


def _period_over(file: CaseFile) -> date | None:
    """The day on which an officer was first told that the period of the notice to improve is over."""
    if file.improvement is None or not any(code.startswith("nti_ended") for code in file.improvement.prompted):
        return None
    prompts = [entry for entry in file.history if entry["what"] == "prompted" and entry["code"].startswith("nti_ended")]
    days = [date.fromisoformat(entry["on"]) for entry in prompts]
    return next(day for day in days if day >= file.improvement.starts_on)


def _of_notice(file: CaseFile, notice: Notice, today: date) -> Iterator[Waiting]:
    def item(on: date, who: Who, what: str) -> Waiting:
        return Waiting(on, who, what, notice.reference)

    money = pounds(notice.open_money)
    if notice.open_money and (not notice.stands or notice.state in ENDED_IN_COURT):
        yield item(notice.since, "finance", f"Refund {money}.")
    elif notice.open_money:
        yield item(notice.since, "officers", f"{money} received. Decide: keep or refund.")
    if notice.representation_open:
        yield item(_received(file, notice), "officers", "A parent has written. Decide on it.")
    for words in notice.questions.values():
        yield item(notice.since, "officers", words)
    if is_back(notice):
        came = "came back" if notice.returned_on else "did not go"
        yield item(
            notice.returned_on or notice.since, "officers", f"The letter {came}. Check the address and post it again."
        )
    if notice.lost_sessions and notice.stands:
        lost = f"{notice.lost_sessions} of {number_of(len(notice.slots), 'session')}"
        yield item(notice.since, "officers", f"Not unauthorised any more: {lost}. Check the evidence.")
    yield from _by_state(notice, today)
    if notice.stands and not notice.settled and notice.state not in ENDED_IN_COURT and not notice.prosecuted:
        yield from _six_months(notice, today)


def _by_state(notice: Notice, today: date) -> Iterator[Waiting]:
    about, pay_until = notice.reference, notice.pay_until
    if notice.state == "expired_unpaid" and pay_until:
        yield Waiting(pay_until + timedelta(days=1), "officers", "Not paid in 28 days. Prosecute or withdraw.", about)
    elif notice.state in PERIODS and pay_until and pay_until - today < _SOON:
        yield Waiting(pay_until + timedelta(days=1), "officers", "Day 29, if it is not paid before.", about)
    elif notice.state == "issued":
        by = add_working_days(notice.letter_on, POSTED_WITHIN)
        if by < today:
            yield Waiting(by, "officers", "The letter has not been posted. Ask the print provider.", about)
    elif notice.state == "prosecution_review":
        yield Waiting(notice.since, "court team", "Decide whether to prosecute.", about)
    elif notice.state == "proceedings":
        yield Waiting(notice.since, "court team", "Before the court. Record how it ends.", about)
    elif notice.state == "held":
        yield Waiting(notice.since, "court team", "The prosecution is stopped: something newer came. Decide.", about)
    elif notice.state in WAITS_FOR_A_PERSON - _TOLD_OTHERWISE:
        yield Waiting(notice.since, "officers", f"{NOTICE.states[notice.state].capitalize()}.", about)


def _six_months(notice: Notice, today: date) -> Iterator[Waiting]:
    until = last_day(notice.last_session)
    if until < today:
        yield Waiting(
            until, "court team", "Six months are over: no proceedings can begin. Withdraw it.", notice.reference
        )
    elif warned_from(notice.last_session) <= today:
        what = f"Last day to begin proceedings: {in_words(until)}."
        yield Waiting(until, "court team", what, notice.reference)


def _received(file: CaseFile, notice: Notice) -> date:
    """The day on which the last letter of a parent about a notice came."""
    days = [
        date.fromisoformat(entry["received_on"])
        for entry in file.history
        if entry["what"] == "representation" and entry.get("notice") == notice.reference
    ]
    return max(days, default=notice.since)
