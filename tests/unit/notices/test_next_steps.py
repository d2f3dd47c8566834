"""What comes next, for whoever has the parent on the phone: with the command that does it."""

import re
from datetime import date

from services.notices.casefile.notice import Notice
from services.notices.cli.commands import NAMES
from services.notices.cli.typed import fields
from services.notices.story.story import tell
from shared.contracts.casework import (
    IssueNoticeToImprove,
    RecordPayment,
    RecordRepresentation,
    ReviewProsecution,
    WithdrawNotice,
)
from tests.casework import Life, with_holiday


def steps(life: Life) -> str:
    told = "\n".join(tell(life.file, life.facts, life.moment())["next"])
    for said in told.split("everyday decide ")[1:]:
        name, *rest = said.split("\n")[0].split("everyday")[0].split()
        assert name in NAMES, f"there is no command {name}"
        named = set(re.findall(r"(\w+)=", " ".join(rest)))
        assert named <= set(fields(NAMES[name])), f"{name} has no fields {named - set(fields(NAMES[name]))}"
    return told


def served() -> tuple[Life, Notice]:
    life = with_holiday(today=date(2024, 10, 4))
    return life, life.served(life.issue(), date(2024, 10, 8))


def test_a_case_names_the_papers_of_the_request_then_its_decision() -> None:
    life = with_holiday()
    assert "Ready for the next step" in steps(life)
    assert "registration certificate and registration certificate previous year" in steps(life)
    assert life.request("p-1") == ()
    assert "Chris Amis (Attendance Lead) asked for a notice to p-1: decide by" in steps(life)
    assert "everyday authorise C-1 --parent p-1 --evidence " in steps(life)


def test_a_request_that_went_back_says_what_is_missing() -> None:
    life = with_holiday()
    life.request("p-1", evidence=(), addresses_checked=())
    assert life.file.state == "returned_to_school"
    assert "Send also: registration certificate" in steps(life)
    assert "everyday decide request_notice C-1" in steps(life)


def test_nothing_is_due_while_the_letter_is_back_and_a_payment_does_not_hide_it() -> None:
    life, notice = served()
    life.go_to(date(2024, 10, 20))
    life.comes_back(notice)
    story = tell(life.file, life.facts, life.moment())
    assert story["notices"][0]["due_today"] == 0
    assert "The letter came back on Sunday 20 October 2024. Nothing is due until it is posted again." in steps(life)
    assert "everyday decide reissue_notice" in steps(life)
    assert life.do(RecordPayment, amount=3000, paid_on=life.today, payment_reference="R-1") == ()
    assert "£30 received. Decide: keep or refund." in steps(life)
    assert "The letter came back on Sunday 20 October 2024." in steps(life)
    assert tell(life.file, life.facts, life.moment())["notices"][0]["due_today"] == 0


def test_an_open_representation_is_known_whatever_the_state() -> None:
    life, _ = served()
    life.go_to(date(2024, 11, 7))
    assert life.do(ReviewProsecution) == ()
    assert life.do(RecordRepresentation, received_on=life.today, summary="It was illness.") == ()
    assert "A parent has written about it, and waits for a decision." in steps(life)
    assert "everyday decide decide_representation" in steps(life)


def test_money_on_a_withdrawn_notice_is_refunded() -> None:
    life, _ = served()
    assert life.do(RecordPayment, amount=8000, paid_on=life.today, payment_reference="R-1") == ()
    assert life.do(WithdrawNotice, ground="wrong_person") == ()
    assert "£80 has to be refunded." in steps(life)
    assert "record_refund" in steps(life)


def test_a_notice_that_can_be_paid_says_until_when() -> None:
    life, _ = served()
    wanted = "£80 until Wednesday 30 October 2024, then £160 until Wednesday 6 November 2024."
    assert wanted in steps(life)


def test_every_command_that_is_named_exists_in_every_state_that_the_days_bring() -> None:
    life, _ = served()
    for day in (date(2024, 10, 31), date(2024, 11, 7), date(2025, 1, 20), date(2025, 4, 1)):
        life.go_to(day)
        assert steps(life)


def test_a_notice_to_improve_says_until_when_it_runs() -> None:
    life = with_holiday()
    content = dict.fromkeys(("attendance", "support_given", "further_support", "success", "early_breach"), "words")
    facts = {"parents": ["p-1"], "starts_on": date(2024, 9, 30), "school_weeks": 6, "issued_by": "school"}
    assert life.do(IssueNoticeToImprove, content=content, **facts) == ()
    assert "The notice to improve runs until Friday 8 November 2024." in steps(life)
