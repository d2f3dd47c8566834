"""Every life of a penalty notice, searched exhaustively: wherever it comes to, it has an end or a person looks."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.notices.attendance.six_months import last_day
from services.notices.casefile.notice import Notice
from services.notices.casefile.notice_states import BY_CLOCK, NOTICE
from services.notices.deciding.clockwork import next_day
from shared.contracts.casework import (
    DecidePayment,
    DecideRepresentation,
    DecideService,
    DisputeService,
    RaiseQuestion,
    RecordOutcome,
    RecordPayment,
    RecordRefund,
    RecordRepresentation,
    ReissueNotice,
    ReopenNotice,
    ResolveHold,
    ReversePayment,
    ReviewProsecution,
    SettleQuestion,
    StartProsecution,
    WithdrawNotice,
)
from shared.contracts.fields import Address
from tests.casework import POLICIES, Life, with_holiday

Step = Callable[[Life, Notice], Any]
Key = tuple[object, ...]

LONGEST = timedelta(days=36)
"""A court is asked after every four weeks, anything else sooner: nothing rests longer without a move or a prompt."""
WHY = {"reason": "as the officer says"}


def paid(pence: int, ago: int) -> Step:
    def step(life: Life, notice: Notice) -> None:
        if len(notice.payments) < 2:
            on = max(life.today - timedelta(days=ago), notice.issued_on)
            reference = f"r-{len(notice.payments) + 1}"
            life.do(RecordPayment, amount=pence, paid_on=on, payment_reference=reference)

    return step


def bounced(life: Life, notice: Notice) -> None:
    for payment in notice.payments:
        if payment.kept:
            life.do(ReversePayment, payment_reference=payment.reference, reversed_on=life.today)
            return


def refunded(life: Life, notice: Notice) -> None:
    if notice.open_money:
        facts = {"amount": notice.open_money, "refunded_on": life.today, "payment_reference": "out"}
        life.do(RecordRefund, **{**facts, "payment_reference": f"out-{notice.repaid}"})


def sent_again(life: Life, notice: Notice) -> None:
    if notice.letters == 1:
        life.moves_house(1, Address(lines=("2 New Road", "Cromer"), postcode="NR27 9AA"))
        life.do(ReissueNotice, **WHY)


def served_again(life: Life, notice: Notice) -> None:
    if notice.letters == 1:
        life.do(DecideService, decision="serve_again", **WHY)


def a_day_falls_due(life: Life, notice: Notice) -> None:
    due = next_day(life.file, POLICIES, life.today)
    if due and life.today <= last_day(notice.last_session) + timedelta(days=60):
        life.go_to(max(due, life.today + timedelta(days=1)))


def corrected(life: Life, notice: Notice) -> None:
    if not notice.lost_sessions:
        life.correct(date(2024, 9, 9), "AM", None)


def asked(about: str) -> Step:
    return lambda life, notice: None if notice.questions else life.do(RaiseQuestion, about=about, summary="a mail")


STEPS: dict[str, Step] = {
    "posted": lambda life, notice: life.post(notice),
    "posted, the provider says later, on another day": lambda life, notice: life.post(
        notice, life.today - timedelta(days=1)
    ),
    "failed": lambda life, notice: life.fails(notice),
    "came back": lambda life, notice: life.comes_back(notice),
    "a withdrawal letter was posted": lambda life, notice: life.post(notice, template="withdrawal_letter"),
    "80 pounds today": paid(8000, 0),
    "160 pounds of last week": paid(16000, 7),
    "a part": paid(3000, 0),
    "bounced": bounced,
    "a wrong payment": lambda life, notice: life.do(
        RecordPayment, amount=8000, paid_on=date(2024, 1, 1), payment_reference="bad"
    ),
    "accepted": lambda life, notice: life.do(DecidePayment, decision="accept", **WHY),
    "repaid": lambda life, notice: life.do(DecidePayment, decision="repay", **WHY),
    "refunded": refunded,
    "a parent writes": lambda life, notice: life.do(RecordRepresentation, received_on=life.today, summary="ill"),
    "rejected": lambda life, notice: life.do(DecideRepresentation, outcome="rejected", **WHY),
    "nothing came": lambda life, notice: life.do(DisputeService, received_on=life.today, summary="no letter"),
    "it came": lambda life, notice: life.do(DecideService, decision="go_on", **WHY),
    "served again": served_again,
    "sent again": sent_again,
    "a mail nobody read": asked("correspondence"),
    "read": lambda life, notice: [
        life.do(SettleQuestion, about=about, **WHY) for about in notice.questions if about != "service"
    ],
    "corrected": corrected,
    "review": lambda life, notice: life.do(ReviewProsecution),
    "start": lambda life, notice: life.do(StartProsecution, token=life.token(notice), **WHY),
    "continue": lambda life, notice: life.do(ResolveHold, decision="continue", **WHY),
    "take": lambda life, notice: life.do(ResolveHold, decision="accept_payment", **WHY),
    "give back": lambda life, notice: life.do(ResolveHold, decision="repay_payment", **WHY),
    **{
        outcome: lambda life, notice, outcome=outcome: life.do(  # type: ignore[misc]
            RecordOutcome, outcome=outcome, decided_on=life.today
        )
        for outcome in ("convicted", "acquitted", "discontinued", "set_aside")
    },
    "withdrawn": lambda life, notice: life.do(WithdrawNotice, ground="material_error"),
    "withdrawn, no proceedings": lambda life, notice: life.do(WithdrawNotice, ground="no_proceedings"),
    "reopened": lambda life, notice: life.do(ReopenNotice, **WHY),
    "a day falls due": a_day_falls_due,
}


def key(life: Life, *, fine: bool) -> Key:
    """What of a life decides how it can go on: everything but the days themselves; the finest at full size only."""
    [notice] = life.file.notices.values()
    day = life.today
    return (
        notice.state,
        notice.clock if notice.state in {"representation", "service_disputed", "underpaid", "overpaid"} else "",
        notice.held_from if notice.state == "held" else "",
        notice.posted_on is not None,
        notice.undelivered,
        bool(notice.settled),
        bool(notice.open_money),
        notice.representation_open,
        bool(notice.questions.keys() - {"service"}),
        notice.service_disputed,
        notice.court,
        notice.stands,
        notice.pay_until is not None and day > notice.pay_until,
        *(_finest(notice, day) if fine else ()),
    )


def _finest(notice: Notice, day: date) -> Key:
    return (
        notice.letters,
        len(notice.payments),
        frozenset(notice.questions),
        day > last_day(notice.last_session),
    )


def lived(life: Life, name: str) -> Life:
    after = copy(life)
    after.marks, after.events, after.heard = dict(life.marks), [], []
    [notice] = after.file.notices.values()
    STEPS[name](after, notice)
    return after


@pytest.fixture(scope="module", params=["coarse", pytest.param("fine", marks=pytest.mark.gate)])
def lives(request: pytest.FixtureRequest) -> tuple[dict[Key, Life], dict[Key, set[Key]], dict[Key, list[str]]]:
    """Every kind of life that a notice can have, the ways between them, and how each was come to."""
    fine = request.param == "fine"
    first = with_holiday()
    first.issue()
    start = key(first, fine=fine)
    found, ways, how = {start: first}, defaultdict[Key, set[Key]](set), {start: list[str]()}
    waiting = deque([first])
    while waiting:
        life = waiting.popleft()
        here = key(life, fine=fine)
        for name in STEPS:
            after = lived(life, name)
            there = key(after, fine=fine)
            ways[here].add(there)
            if there not in found:
                found[there], how[there] = after, [*how[here], name]
                waiting.append(after)
    return found, ways, how


def test_every_state_of_a_notice_is_come_to(lives: Any) -> None:
    assert {place[0] for place in lives[0]} == set(NOTICE.states)


def test_wherever_a_notice_is_something_falls_due_or_it_is_closed(lives: Any) -> None:
    found, _, how = lives
    for place, life in found.items():
        [notice] = life.file.notices.values()
        alone = replace(life.file, state="decided")
        due = next_day(alone, POLICIES, life.today)
        if notice.state == "closed" and not notice.waits_for:
            continue
        assert due is not None, how[place]
        assert due <= life.today + LONGEST, (how[place], due)


def test_from_wherever_a_notice_is_it_can_be_closed_with_nothing_open(lives: Any) -> None:
    found, ways, how = lives
    back = defaultdict[Key, set[Key]](set)
    for here, theres in ways.items():
        for there in theres:
            back[there].add(here)
    ends = [place for place, life in found.items() if _is_over(life)]
    ended, waiting = set(ends), deque(ends)
    while waiting:
        for before in back[waiting.popleft()] - ended:
            ended.add(before)
            waiting.append(before)
    assert [how[place] for place in found if place not in ended] == []


def test_what_was_paid_in_time_is_nowhere_on_its_way_to_a_conviction(lives: Any) -> None:
    """However it was come to: money in time and a court step that goes on are never together."""
    found, _, how = lives
    for place, life in found.items():
        [notice] = life.file.notices.values()
        if in_time(notice) and notice.stands:
            assert notice.state not in {*BY_CLOCK, "prosecution_review", "proceedings"}, how[place]
            if notice.state == "convicted":
                assert "conviction" in notice.questions, how[place]


def in_time(notice: Notice) -> bool:
    """Whether on some day everything that had been paid until then, and is here, was what was due on that day."""
    for day in {payment.paid_on for payment in notice.payments}:
        there = sum(_here(notice, until=day))
        if there and 0 < notice.due_on(day) <= there:
            return True
    return False


def _here(notice: Notice, until: date) -> Iterator[int]:
    for payment in notice.payments:
        if payment.paid_on <= until and not payment.reversed:
            yield payment.amount - payment.repaid


def _is_over(life: Life) -> bool:
    [notice] = life.file.notices.values()
    return notice.state == "closed" and notice.waits_for is None
