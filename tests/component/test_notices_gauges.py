"""What all cases add up to, as Prometheus is told: states and their ages, letters that were not posted, prompts."""

from datetime import date, datetime, timedelta
from uuid import uuid4

from services.notices.casefile.case_states import CASE
from services.notices.casefile.notice_states import NOTICE
from shared.contracts.casework import WithdrawNotice
from shared.time.clock import LONDON
from tests.component.test_notices import OFFICER, Notices, decision, notices, posted  # noqa: F401


async def told(notices: Notices) -> dict[tuple[str, ...], float]:  # noqa: F811
    answers = [answer for ask in notices.parts.gauges for answer in await ask()]
    return {(answer.asked.name, *answer.labels): answer.value for answer in answers}


async def issued(notices: Notices) -> str:  # noqa: F811
    await notices.hears(decision(await notices.is_requested()))
    [event] = await notices.said("notices.notice_issued.v1")
    return str(event.notice)


async def test_every_state_is_counted_those_without_cases_with_nought(notices: Notices) -> None:  # noqa: F811
    nothing = await told(notices)
    assert {labels[0] for name, *labels in nothing if name == "everyday_cases"} == set(CASE.states)
    assert {labels[0] for name, *labels in nothing if name == "everyday_notices"} == set(NOTICE.states)
    assert set(nothing.values()) == {0}


async def test_a_case_is_counted_in_its_state_with_how_long_it_has_been_there(notices: Notices) -> None:  # noqa: F811
    await notices.has_case()
    notices.clock.advance(timedelta(days=3))
    now = await told(notices)
    assert now["everyday_cases", "threshold_met"] == 1
    assert now["everyday_case_oldest_seconds", "threshold_met"] == timedelta(days=3).total_seconds()
    assert sum(value for (name, *_), value in now.items() if name == "everyday_cases") == 1


async def test_a_letter_is_missed_on_the_third_working_day_and_not_before(notices: Notices) -> None:  # noqa: F811
    notice = await issued(notices)  # on Monday 23 September
    notices.clock.instant = datetime(2024, 9, 25, 23, 30, tzinfo=LONDON)
    assert (await told(notices))["everyday_letters_unposted",] == 0
    notices.clock.instant = datetime(2024, 9, 26, 0, 30, tzinfo=LONDON)
    assert (await told(notices))["everyday_letters_unposted",] == 1
    await notices.hears(posted(notice, date(2024, 9, 26)))
    now = await told(notices)
    assert now["everyday_letters_unposted",] == 0
    assert now["everyday_notices", "dispatched"] == 1


async def test_an_unpaid_notice_rests_from_day_29_until_a_person_acts(notices: Notices) -> None:  # noqa: F811
    notice = await issued(notices)
    notices.clock.instant = datetime(2024, 10, 31, 12, tzinfo=LONDON)
    await notices.hears(posted(notice, date(2024, 9, 24)))  # served on the 26th: day 29 is 24 October
    await notices.timers()
    now = await told(notices)
    assert now["everyday_notices", "expired_unpaid"] == 1
    assert now["everyday_prompts_open",] == 1
    notices.clock.advance(timedelta(days=8))
    assert (await told(notices))["everyday_notice_oldest_seconds", "expired_unpaid"] > timedelta(days=7).total_seconds()
    withdraw = {"id": uuid4(), "time": notices.clock.now(), "notice": notice, "officer": OFFICER}
    await notices.hears(WithdrawNotice.model_validate({**withdraw, "ground": "wrong_person"}))
    now = await told(notices)
    assert (now["everyday_notices", "expired_unpaid"], now["everyday_prompts_open",]) == (0, 0)
    assert now["everyday_notices", "withdrawn"] == 1


async def test_states_are_counted_along_an_index(notices: Notices) -> None:  # noqa: F811
    for collection, fields in notices.parts.indexes:
        await notices.store[collection].index(*fields)
    await notices.has_case()
    documents = notices.store["cases"]._collection
    plan = await documents.database.command(
        "explain",
        {"aggregate": "cases", "pipeline": notices.store["cases"].tally_stages("state", "since"), "cursor": {}},
    )
    assert "COLLSCAN" not in str(plan)
    assert "'FETCH'" not in str(plan)
