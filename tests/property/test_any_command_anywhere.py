"""Every command in every state of a notice: done, refused with its reasons, or said to be done already; never a crash.

The texts are as long as the contract lets them be, since words that quote words have to stay within it too.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest

from services.notices.casefile.notice import Notice
from services.notices.casefile.notice_states import NOTICE
from services.notices.deciding.clockwork import next_day
from services.notices.deciding.commands import COMMANDS
from services.notices.story.bundle import bundle
from services.notices.story.page import page_of
from services.notices.story.story import tell
from services.notices.story.waiting import waiting
from shared.contracts.base import Command
from shared.contracts.casework import (
    DisputeService,
    RaiseQuestion,
    RecordOutcome,
    RecordPayment,
    RecordRepresentation,
    ReviewProsecution,
    StartProsecution,
    WithdrawNotice,
)
from shared.contracts.notices import ImprovementContent
from tests.casework import HOME, OFFICER, PAPERS, POLICIES, Life, parent, with_holiday
from tests.making import PUPIL

LONGEST, LONG = "x" * 2000, "y" * 200
POSTED = date(2024, 10, 8)


def come_to(state: str) -> Life:
    """A life whose notice is in a state, with a question on it in the longest words."""
    life = _in(state)
    for about in ("correspondence", "payment"):
        life.do(RaiseQuestion, about=about, summary=LONGEST)
    [notice] = life.file.notices.values()
    assert notice.state == ("held" if state in {"prosecution_review", "proceedings"} else state)
    return life


def _in(state: str) -> Life:
    life = with_holiday(today=date(2024, 10, 4), parents=tuple(parent(n) for n in range(1, 61)))
    life.request(*(f"p-{n}" for n in range(1, 61)))
    life.authorise()
    [notice] = life.file.notices.values()
    if state in {"issued", "returned_undelivered"}:
        if state != "issued":
            life.fails(notice)
        return life
    life.go_to(POSTED)
    life.post(notice)
    if state == "dispatched":
        return life
    life.go_to(POSTED + timedelta(days={"full_period": 25, "paid_late": 40}.get(state, 3)))
    if state in {
        "convicted",
        "acquitted",
        "discontinued",
        "prosecution_review",
        "proceedings",
        "held",
        "expired_unpaid",
    }:
        _to_court(life, state, notice)
    news = {"received_on": life.today, "summary": LONGEST}
    match state:
        case "representation":
            life.do(RecordRepresentation, **news)
        case "service_disputed":
            life.do(DisputeService, **news)
        case "paid" | "closed" | "underpaid" | "overpaid" | "paid_late":
            pence = {"underpaid": 3000, "overpaid": 9000}.get(state, 8000)
            life.do(RecordPayment, amount=pence, paid_on=life.today, payment_reference=LONG)
        case "withdrawn":
            life.do(WithdrawNotice, ground="material_error", reason=LONGEST)
    if state == "closed":
        life.go_to(life.today + timedelta(days=40))
    return life


def _to_court(life: Life, state: str, notice: Notice) -> None:
    life.go_to(POSTED + timedelta(days=40))
    if state == "expired_unpaid":
        return
    life.do(ReviewProsecution)
    if state not in {"prosecution_review", "held"}:
        life.do(StartProsecution, token=life.token(notice), reason=LONGEST)
    if state in {"convicted", "acquitted", "discontinued"}:
        life.do(RecordOutcome, outcome=state, decided_on=life.today)
    if state == "held":
        life.do(RecordRepresentation, received_on=life.today, summary=LONGEST)


def commands(kind: type[Command], life: Life) -> Iterator[dict[str, Any]]:
    """The command with each of its choices in turn, everything else as long as it may be."""
    fields = {name: field.annotation for name, field in kind.model_fields.items() if name not in Command.model_fields}
    choices = {name: found for name, of in fields.items() if name not in _MEANT and (found := _choices(of))}
    plain = {name: _value(name, life) for name in fields if name not in choices and name != "case"}
    first = {name: of[0] for name, of in choices.items()}
    yield plain | first
    for name, of in choices.items():
        yield from (plain | first | {name: value} for value in of[1:])


def _choices(annotation: Any) -> list[Any]:
    """The values of a literal or a yes and no; nothing of anything else."""
    if annotation is bool:
        return [True, False]
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    if get_origin(annotation) in {Union, UnionType}:
        return [each for of in get_args(annotation) for each in _choices(of)]
    return []


_MEANT = frozenset({"notices", "parents"})


def _value(name: str, life: Life) -> Any:
    [notice] = life.file.notices.values()
    everybody = [f"p-{n}" for n in range(1, 61)]
    meant = {
        "notice": notice.reference, "officer": OFFICER, "requested_by": OFFICER, "entered_by": OFFICER,
        "parent_id": "p-1", "earlier_id": "p-2", "parents": everybody, "addresses_checked": everybody,
        "went_along": [], "address": HOME, "school_weeks": 6, "amount": 8000, "upn": PUPIL, "question": "Q-1234",
        "token": life.token(notice), "evidence_hash": LONG, "authority": LONG, "payment_reference": LONG,
        "evidence": [{"kind": kind, "reference": LONG} for kind in PAPERS],
        "reasons": [{"code": "other", "words": LONGEST}] * 60,
        "notices": [{"issued_on": date(2024, 9, 2), "sequence": 1}] * 60,
        "content": dict.fromkeys(ImprovementContent.model_fields, LONGEST),
    }  # fmt: skip
    if name in meant:
        return meant[name]
    return life.today if name.endswith("_on") or name.startswith("offence") else LONGEST


@pytest.mark.parametrize("state", sorted(NOTICE.states))
def test_every_command_is_answered_kept_and_can_be_told(state: str) -> None:
    start = come_to(state)
    falls_due = next_day(start.file, POLICIES, start.today)
    for kind in COMMANDS:
        for facts in commands(kind, start):
            life = replace(start, marks=dict(start.marks), events=[], heard=[])
            before = len(life.file.history)
            refused = life.do(kind, **facts)
            assert len(life.file.history) > before, kind
            if refused:
                assert next_day(life.file, POLICIES, life.today) == falls_due, kind
            else:
                life.go_to(life.today + timedelta(days=60))


@pytest.mark.parametrize("state", sorted(NOTICE.states))
def test_whatever_it_holds_it_can_be_told(state: str) -> None:
    life = come_to(state)
    assert list(waiting(life.file, life.today)) or state == "closed"
    assert page_of(tell(life.file, life.facts, life.moment()))
    for reference in life.file.notices:
        assert bundle(life.file, reference, life.facts, life.moment())
