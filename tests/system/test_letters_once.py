"""Whatever the print provider answers, and however often a notice is heard of, one notice is one letter."""

from datetime import datetime, timedelta
from uuid import uuid4

from shared.contracts.notices import NoticeIssued
from shared.time.clock import LONDON
from tests.making import a_holiday, upn
from tests.system.living import Living
from tests.waiting import eventually


async def test_failing_limited_and_silent_after_taking_it_the_provider_still_makes_one_letter(living: Living) -> None:
    away = upn("801200005031")
    living.set_clock(datetime(2024, 11, 4, 10, tzinfo=LONDON))
    await living.feed(a_holiday("801205", away))
    await eventually(lambda: living.has_case(away), "case")
    for fail, seconds in (("500", 0), ("429-rate", 0), ("accept-then-timeout", 6)):
        await living.fail_next_letters(fail, seconds=seconds)
    story = await living.story(away)
    await living.authorise(story, "p-1")
    notice = await living.notice(story["case"], "p-1", "issued")

    async def accepted_in_time() -> bool:
        living.set_clock(living.clock.now() + timedelta(seconds=5))
        query = {"about": notice["notice"], "channel": "letter", "state": "accepted"}
        return bool(await living.documents("notifications", "deliveries", query))

    await eventually(accepted_in_time, "accepted letter", 90)
    letters = {"about": notice["notice"], "channel": "letter"}
    [delivery] = await living.documents("notifications", "deliveries", letters)
    assert delivery["attempts"] == 3
    assert (await living.letters())[delivery["_id"]] == 1


async def test_a_notice_heard_of_twice_is_one_letter(living: Living) -> None:
    away = upn("801200005032")
    await living.feed(a_holiday("801206", away))
    await eventually(lambda: living.has_case(away), "case")
    story = await living.story(away)
    await living.authorise(story, "p-1")
    notice = await living.notice(story["case"], "p-1", "issued")
    letter = await living.accepted(notice["notice"])
    [case] = await living.documents("notices", "cases", {"notices": notice["notice"]})
    [content] = [entry["content"] for entry in case["history"] if entry["what"] == "notice_issued"]
    again = NoticeIssued.model_validate(content)
    await living.feed([again, again])
    other = NoticeIssued.model_validate({**content, "id": uuid4(), "notice": "N-OTHER", "subject": "N-OTHER"})
    await living.feed([other])  # behind them in the queue: when its letter is accepted, they have been heard
    await living.accepted("N-OTHER")
    assert (await living.letters())[letter["_id"]] == 1
