"""What waits for whom today, and whom somebody means by a name."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notices.asking.finding import Words, best, plain
from services.notices.casefile.notice import WAITS_FOR_A_PERSON, Notice
from services.notices.story.waiting import waiting
from shared.contracts.casework import (
    RecordPayment,
    RecordRepresentation,
    ReviewProsecution,
    StartProsecution,
    WithdrawNotice,
)
from tests.casework import Life, with_holiday


def waits(life: Life) -> list[tuple[str, str, str]]:
    return [(each.on.isoformat(), each.who, each.what) for each in sorted(waiting(life.file, life.today))]


def served() -> tuple[Life, Notice]:
    life = with_holiday(today=date(2024, 10, 4))
    return life, life.served(life.issue(), date(2024, 10, 8))


def test_a_request_waits_for_an_officer_until_its_day_and_one_that_went_back_for_the_school() -> None:
    life = with_holiday()
    assert waits(life) == []
    assert life.request("p-1") == ()
    assert waits(life) == [("2024-10-07", "officers", "Decide on the school's request.")]
    life = with_holiday()
    life.request("p-1", evidence=())
    assert waits(life) == [("2024-09-23", "schools", "Complete the request that went back.")]


def test_a_notice_s_life_waits_for_one_after_the_other() -> None:
    life, notice = served()
    assert waits(life) == []
    life.go_to(date(2024, 10, 31))
    assert waits(life) == [("2024-11-07", "officers", "Day 29, if it is not paid before.")]
    life.go_to(date(2024, 11, 7))
    assert waits(life) == [("2024-11-07", "officers", "Not paid in 28 days. Prosecute or withdraw.")]
    life.go_to(date(2025, 1, 14))
    assert ("2025-03-13", "court team", "Last day to begin proceedings: Thursday 13 March 2025.") in waits(life)
    assert life.do(ReviewProsecution) == ()
    assert ("2025-01-14", "court team", "Decide whether to prosecute.") in waits(life)
    assert life.do(StartProsecution, token=life.token(notice), reason="unpaid") == ()
    assert waits(life) == [("2025-01-14", "court team", "Before the court. Record how it ends.")]
    assert life.do(RecordPayment, amount=16000, paid_on=life.today, payment_reference="R-1") == ()
    assert [what for _, _, what in waits(life)] == [
        "The prosecution is stopped: something newer came. Decide.", "£160 received. Decide: keep or refund.",
    ]  # fmt: skip
    assert life.do(WithdrawNotice, ground="wrong_person") == ()
    assert waits(life) == [("2025-01-14", "finance", "Refund £160.")]


def test_a_letter_that_is_back_and_what_a_parent_wrote_wait_beside_each_other() -> None:
    life, notice = served()
    life.go_to(date(2024, 10, 20))
    life.comes_back(notice)
    assert life.do(RecordRepresentation, received_on=date(2024, 10, 18), summary="It was illness.") == ()
    assert waits(life)[:2] == [
        ("2024-10-18", "officers", "A parent has written. Decide on it."),
        ("2024-10-20", "officers", "The letter came back. Check the address and post it again."),
    ]


def test_whatever_waits_for_a_person_is_on_the_list() -> None:
    life, notice = served()
    for day in range(1, 200, 7):
        life.go_to(date.fromordinal(date(2024, 10, 10).toordinal() + day))
        if life.notice(notice).state in WAITS_FOR_A_PERSON or life.notice(notice).waits_for:
            assert waits(life)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("robbin lartor", "Robin Larter"), ("LARTER", "Robin Larter"), ("Larter, Robin", "Robin Larter"),
        ("obrien", "Zoë O’Brien-Smith"), ("zoe", "ZOË Adams"), ("jon smyth", "John Smith"), ("muhamad", "Mohammed Ali"),
        ("catherine", "Katherine Howe"), ("ahmad", "Ahmed Khan"),
    ],
)  # fmt: skip
def test_names_are_found_though_they_are_misspelt(typed: str, name: str) -> None:
    assert Words(typed).likeness(name) > 0


@pytest.mark.parametrize(("typed", "name"), [("larter", "Harwood"), ("robin larter", "Robin Moss"), ("", "Robin")])
def test_other_names_are_not(typed: str, name: str) -> None:
    assert Words(typed).likeness(name) == 0


NAMES = st.text(alphabet="abcdefghijklmnoprstuvwyz", min_size=5, max_size=12)


@given(first=NAMES, last=NAMES, place=st.integers(min_value=1, max_value=3), letter=st.sampled_from("aeiourst"))
def test_one_wrong_letter_behind_the_first_is_forgiven_and_the_right_name_is_likelier(
    first: str, last: str, place: int, letter: str
) -> None:
    wrong = last[:place] + letter + last[place + 1 :]
    assert Words(f"{wrong} {first}").likeness(f"{first} {last}") > 0
    right = Words(f"{first} {last}").likeness(f"{first} {last}")
    assert right == 1 >= Words(f"{wrong} {first}").likeness(f"{first} {last}")


@given(st.text(max_size=30))
def test_what_is_typed_is_compared_without_accents_case_and_punctuation(text: str) -> None:
    assert plain(plain(text)) == plain(text)


def test_the_likeliest_come_first_and_no_more_than_were_asked_for() -> None:
    found = [(0.8, "b", "b"), (1.0, "c", "c"), (0.8, "a", "a"), (0.7, "d", "d")]
    assert best(found, 3) == ["c", "a", "b"]
