"""The acceptance examples of a case's life, through the broker: payments, races, limits, returned letters."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from services.notices.story.story import Story
from shared.contracts.base import Command
from shared.contracts.casework import (
    RecordOutcome,
    RecordPayment,
    RecordRepresentation,
    ReviewProsecution,
    StartProsecution,
    WithdrawNotice,
)
from shared.contracts.notifications import LetterDispatched, LetterReturned
from shared.time.clock import LONDON
from tests.making import ADDRESS, a_holiday, amended, pupil, register, school_days, upn
from tests.system.living import OFFICER, Living
from tests.waiting import eventually

P_1 = {"parent_id": "p-1", "name": "Robin Larter", "address": ADDRESS, "day_to_day_care": True}
P_2 = {"parent_id": "p-2", "name": "Sam Larter", "address": ADDRESS, "day_to_day_care": True}


async def on(living: Living, day: date, hour: int = 9) -> None:
    living.set_clock(datetime.combine(day, time(hour), LONDON))


async def away(living: Living, urn: str, child: str, **more: Any) -> Story:
    """A pupil who was away for a week of September 2024, and their case."""
    await living.feed([*a_holiday(urn, child), *([pupil(child, urn, **more)] if more else [])])
    await eventually(lambda: living.has_case(child), "case")
    await eventually(lambda: _parents(living, child, len(more.get("parents", [P_1]))), "parents")
    return await living.story(child)


async def _parents(living: Living, child: str, count: int) -> bool:
    return len((await living.story(child))["parents"]) == count


async def issue(living: Living, case: str, parent: str = "p-1") -> Story:
    """Ask for a notice and authorise it, whatever state its letter is in."""
    before = {notice["notice"] for notice in (await living.story(case))["notices"]}
    await living.authorise(await living.story(case), parent)

    async def issued() -> Story | None:
        notices = (await living.story(case))["notices"]
        return next((each for each in notices if each["notice"] not in before), None)

    return await eventually(issued, "notice") or {}


async def tell(living: Living, kind: type[Command], notice: str, **facts: Any) -> None:
    officer = {"officer": OFFICER} if "officer" in kind.model_fields else {}
    told = {"id": uuid4(), "time": living.clock.now(), "notice": notice, **officer, **facts}
    await living.feed([kind.model_validate(told)])


async def posted(living: Living, notice: str, day: date) -> None:
    """The print provider's word, without its lorry: the letter's own way is another test's."""
    facts = {"id": uuid4(), "time": living.clock.now(), "reference": notice, "delivery": "d", "dispatched_on": day}
    await living.feed([LetterDispatched.model_validate(facts)])


async def state(living: Living, notice: str, wanted: str) -> Story:
    async def look() -> Story | None:
        told = next(each for each in (await living.story(notice))["notices"] if each["notice"] == notice)
        return told if told["state"] == wanted else None

    return await eventually(look, f"notice {wanted}", 30) or {}


async def expired(living: Living, urn: str, child: str) -> str:
    """A notice of which day 28 passed unpaid: posted on 8 October 2024, to be paid until 6 November."""
    await on(living, date(2024, 10, 4), 18)
    story = await away(living, urn, child)
    notice = str((await issue(living, story["case"]))["notice"])
    await posted(living, notice, date(2024, 10, 8))
    await on(living, date(2024, 11, 7))
    await state(living, notice, "expired_unpaid")
    return notice


async def refusals(living: Living, notice: str) -> list[str]:
    history = (await living.story(notice))["history"]
    return [reason["code"] for line in history if line["what"] == "refused" for reason in line["reasons"]]


async def test_a_mark_corrected_after_service_is_told_and_nothing_is_withdrawn(living: Living) -> None:
    child = upn("801300005001")
    await on(living, date(2024, 10, 4), 18)
    story = await away(living, "801301", child)
    notice = (await issue(living, story["case"]))["notice"]
    await posted(living, notice, date(2024, 10, 8))
    await on(living, date(2024, 10, 11))
    await state(living, notice, "discount_period")
    correction = amended(date(2024, 9, 9), "I", urn="801301")
    mark = correction.marks[0].model_copy(update={"upn": child})
    await living.feed([correction.model_copy(update={"marks": (mark,)})])

    async def told() -> Story | None:
        now = await living.story(notice)
        return now if now["notices"][0]["lost_sessions"] else None

    now = await eventually(told, "evidence changed") or {}
    assert (now["count"], now["threshold_met"]) == (9, False)
    assert now["notices"][0]["state"] == "discount_period"
    assert "evidence_changed" in [line["what"] for line in now["history"]]


async def test_paid_on_30_october_and_reported_on_2_november_is_80_pounds(living: Living) -> None:
    child = upn("801300005002")
    await on(living, date(2024, 10, 4), 18)
    story = await away(living, "801302", child)
    notice = (await issue(living, story["case"]))["notice"]
    await posted(living, notice, date(2024, 10, 8))
    await on(living, date(2024, 11, 2))
    await state(living, notice, "full_period")
    facts = {"amount": 8000, "paid_on": date(2024, 10, 30), "payment_reference": "r-1"}
    await tell(living, RecordPayment, notice, **facts)
    paid = await state(living, notice, "paid")
    assert (paid["paid"], paid["band"], paid["pay_until"]) == (8000, "discount", "2024-11-06")


async def test_a_third_notice_is_barred_on_30_september_2027_and_a_second_on_1_october_is_not(living: Living) -> None:
    child, urn = upn("801300005003"), "801303"
    await on(living, date(2024, 9, 16))
    story = await away(living, urn, child)
    first = await issue(living, story["case"])
    await tell(living, WithdrawNotice, first["notice"], ground="material_error")
    await state(living, first["notice"], "withdrawn")
    for issued_on, again in ((date(2024, 10, 1), None), (date(2026, 2, 1), date(2026, 1, 12))):
        await on(living, issued_on)
        if again:
            await _away_again(living, urn, child, again)
        await issue(living, story["case"])
    await on(living, date(2027, 9, 30))
    await _away_again(living, urn, child, date(2027, 9, 6))
    await living.request(await living.story(story["case"]), "p-1", becomes="third_blocked")
    now = await living.story(story["case"])
    assert [reason["code"] for reason in now["parents"][0]["blocked_by"]] == ["third_barred"]
    await on(living, date(2027, 10, 1))
    await living.decide(now, "p-1")

    async def four() -> list[Story]:
        notices = (await living.story(story["case"]))["notices"]
        return notices if len(notices) == 4 else []

    last = max(await eventually(four, "a fourth notice"), key=lambda each: str(each["issued_on"]))
    assert (last["issued_on"], last["sequence"], last["amounts"]["discounted"]) == ("2027-10-01", 2, None)
    assert last["amounts"]["full"] == 16000


async def _away_again(living: Living, urn: str, child: str, monday: date) -> None:
    days = school_days(monday, 5)
    await living.feed([register(day, {child: "G"}, session=half, urn=urn) for day in days for half in ("AM", "PM")])

    async def met() -> bool:
        return (await living.story(child))["state"] == "threshold_met"

    await eventually(met, "threshold met anew")


async def test_two_parents_two_children_and_one_holiday_are_four_notices(living: Living) -> None:
    await on(living, date(2024, 10, 7))
    made = []
    for child in (upn("801300005041"), upn("801300005042")):
        story = await away(living, "801304", child, parents=[P_1, P_2], time=living.clock.now())
        for who in ("p-1", "p-2"):
            made.append(await issue(living, story["case"], who))
    assert len({each["notice"] for each in made}) == 4
    assert [each["sequence"] for each in made] == [1, 1, 1, 1]
    await on(living, date(2024, 10, 8))
    await posted(living, made[0]["notice"], date(2024, 10, 8))
    first = await state(living, made[0]["notice"], "dispatched")
    assert first["pay_until"] == "2024-11-06"
    others = [each for each in made[1:] if (await living.story(each["notice"]))["notices"][0]["notice"]]
    assert len(others) == 3


async def test_a_payment_on_the_day_before_the_hearing_holds_the_case_and_the_court_step_is_refused(
    living: Living,
) -> None:
    notice = await expired(living, "801305", upn("801300005005"))
    await tell(living, ReviewProsecution, notice)
    token = (await state(living, notice, "prosecution_review"))["token"]
    await tell(living, RecordPayment, notice, amount=16000, paid_on=date(2024, 11, 6), payment_reference="r-9")
    await state(living, notice, "held")
    await tell(living, StartProsecution, notice, token=token, reason="unpaid")
    await eventually(lambda: _refused(living, notice, "impossible_now"), "refusal")
    held = await state(living, notice, "held")
    assert (held["paid"], held["band"], held["open_money"]) == (16000, "full", 0)


async def test_a_stale_token_does_not_reach_the_court_and_news_after_it_stops_it(living: Living) -> None:
    notice = await expired(living, "801306", upn("801300005006"))
    await tell(living, ReviewProsecution, notice)
    token = (await state(living, notice, "prosecution_review"))["token"]
    await tell(living, StartProsecution, notice, token="an-older-one", reason="unpaid")
    await eventually(lambda: _refused(living, notice, "token_stale"), "refusal")
    await tell(living, StartProsecution, notice, token=token, reason="unpaid")
    await state(living, notice, "proceedings")
    await tell(living, RecordRepresentation, notice, received_on=date(2024, 11, 7), summary="They were ill.")
    await state(living, notice, "held")
    await tell(living, RecordOutcome, notice, outcome="convicted", decided_on=date(2024, 11, 7))
    await eventually(lambda: _refused(living, notice, "impossible_now"), "refusal")


async def test_a_letter_that_comes_back_on_day_40_blocks_the_prosecution(living: Living) -> None:
    notice = await expired(living, "801307", upn("801300005007"))
    day_40 = date(2024, 10, 10) + timedelta(days=39)
    await on(living, day_40)
    facts = {"id": uuid4(), "time": living.clock.now(), "reference": notice, "returned_on": day_40}
    await living.feed([LetterReturned.model_validate(facts)])
    returned = await state(living, notice, "returned_undelivered")
    assert "review_opened" not in returned["possible"]
    await tell(living, ReviewProsecution, notice)
    await eventually(lambda: _refused(living, notice, "impossible_now"), "refusal")


async def _refused(living: Living, notice: str, code: str) -> bool:
    return code in await refusals(living, notice)
