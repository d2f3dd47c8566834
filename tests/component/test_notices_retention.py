"""What the notices service has kept for the policy's time goes by night, and nothing that a kept case rests on."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from services.notices.asking.explain import Explain
from services.notices.attendance.policy import shipped
from shared.contracts.casework import DeclineNotice
from shared.store.sweeping import Sweep
from tests.component.test_notices import OFFICER, Notices, notices  # noqa: F401
from tests.making import PUPIL, amended, pupil, register, school, school_days, upn

SOON = datetime(2024, 11, 20, 3, tzinfo=UTC)
THREE_YEARS_ON = datetime(2027, 12, 10, 3, tzinfo=UTC)
SEVEN_YEARS_ON = datetime(2031, 10, 1, 3, tzinfo=UTC)
WEEK = school_days(date(2024, 9, 9), 5)
OTHER = upn("801200005002")


async def night(notices: Notices, at: datetime) -> None:  # noqa: F811
    """The sweeps of one night, in whatever order."""
    notices.clock.instant = at
    for sweep in notices.parts.timers:
        if isinstance(sweep, Sweep):
            await sweep.prepare()
            await sweep.once()


async def kept(notices: Notices, collection: str) -> dict[str, Any]:  # noqa: F811
    return {document["_id"]: document for document in await notices.store[collection].find({})}


async def said(notices: Notices) -> int:  # noqa: F811
    """How many events wait to be published."""
    every = [each for name in notices.parts.outboxes for each in await notices.store[name].pending(100)]
    return sum(len(each["outbox"]) for each in every)


async def a_few_absences(notices: Notices) -> None:  # noqa: F811
    registers = [register(day, {PUPIL: "O", OTHER: "/"}) for day in WEEK]
    await notices.hears(school(), pupil(), *registers)


async def test_marks_and_registers_go_after_their_time_and_nothing_is_said_of_it(notices: Notices) -> None:  # noqa: F811
    await a_few_absences(notices)
    await night(notices, SOON)
    assert len((await kept(notices, "pupils"))[PUPIL]["marks"]) == 5
    assert len(await kept(notices, "registers")) == 5
    await night(notices, THREE_YEARS_ON)
    assert await kept(notices, "registers") == {}
    [left] = (await kept(notices, "pupils")).values()
    assert (left["marks"], left["details"]["given_name"]) == ({}, "Ava")
    assert await said(notices) == 0


async def test_a_late_word_on_a_session_that_has_gone_is_ignored_and_logged(notices: Notices) -> None:  # noqa: F811
    await a_few_absences(notices)
    await night(notices, THREE_YEARS_ON)
    late = amended(WEEK[0], "O")
    with capture_logs() as lines:
        await notices.hears(late, register(THREE_YEARS_ON.date(), {PUPIL: "O"}))
    [line] = [line for line in lines if line["event"] == "late_marks_ignored"]
    assert (line["message_id"], line["marks"]) == (str(late.id), 1)
    assert [*(await kept(notices, "pupils"))[PUPIL]["marks"]] == [f"123456:{THREE_YEARS_ON.date()}:AM"]
    assert len(await kept(notices, "registers")) == 1


async def test_what_a_kept_case_rests_on_stays_and_its_registers_say_nothing_of_others(notices: Notices) -> None:  # noqa: F811
    await notices.has_case()
    await notices.hears(register(WEEK[0], {PUPIL: "/", OTHER: "O"}, revision=0), register(WEEK[1], {OTHER: "O"}))
    before = await notices.story()
    await night(notices, THREE_YEARS_ON)
    after = await notices.story()
    assert (after["evidence_hash"], after["count"]) == (before["evidence_hash"], 10)
    then = await Explain(notices.store, shipped(), notices.clock).story(PUPIL, SOON)
    assert then["evidence_hash"] == before["evidence_hash"]
    told = await kept(notices, "registers")
    assert len(told) == 11, "ten that the case rests on, and what stood before one of them"
    assert OTHER not in str(told)
    assert [*await kept(notices, "pupils")] == [PUPIL], "of the other nothing else was known"


async def test_a_late_correction_of_what_a_kept_case_rests_on_counts(notices: Notices) -> None:  # noqa: F811
    await notices.has_case()
    await night(notices, THREE_YEARS_ON)
    await notices.hears(amended(WEEK[0], "C"))
    assert (await notices.story())["count"] == 9
    assert len(await notices.said("notices.absence_threshold_cleared.v1")) == 1


async def declined(notices: Notices) -> str:  # noqa: F811
    case = str((await notices.is_requested())["case"])
    facts = {"case": case, "officer": OFFICER, "reason": "Support works."}
    await notices.hears(DeclineNotice.model_validate({"id": uuid4(), "time": notices.clock.now(), **facts}))
    await published(notices)
    return case


async def published(notices: Notices) -> None:  # noqa: F811
    """Everything that waits in outboxes has reached the broker."""
    for name in notices.parts.outboxes:
        for each in await notices.store[name].pending(100):
            await notices.store[name].published({each["_id"]: [entry["id"] for entry in each["outbox"]]})


async def test_a_closed_file_goes_after_its_time_with_its_marks_and_is_not_called_cleared(notices: Notices) -> None:  # noqa: F811
    case = await declined(notices)
    await night(notices, THREE_YEARS_ON)
    assert [*await kept(notices, "cases")] == [case]
    await night(notices, SEVEN_YEARS_ON)
    await night(notices, SEVEN_YEARS_ON.replace(day=2))
    assert await kept(notices, "cases") == await kept(notices, "registers") == {}
    [left] = (await kept(notices, "pupils")).values()
    assert (left["marks"], left["case"], left["met"]) == ({}, None, False)
    assert await said(notices) == 0


async def test_a_file_stays_while_it_waits_for_somebody(notices: Notices) -> None:  # noqa: F811
    await notices.is_requested()
    await night(notices, SEVEN_YEARS_ON)
    assert len(await kept(notices, "cases")) == 1
    assert (await notices.story())["count"] == 10


async def test_a_file_stays_while_the_marks_that_stay_would_open_it_again(notices: Notices) -> None:  # noqa: F811
    await declined(notices)
    days = school_days(date(2031, 6, 2), 10)  # not yet beyond school age
    await night(notices, SEVEN_YEARS_ON.replace(year=2029))
    notices.clock.instant = SEVEN_YEARS_ON.replace(month=7)
    await notices.hears(*(register(day, {PUPIL: "O"}) for day in days))
    await night(notices, SEVEN_YEARS_ON)
    assert len(await kept(notices, "cases")) == 1
    assert (await kept(notices, "pupils"))[PUPIL]["met"]


@pytest.mark.parametrize(
    ("more", "stays"),
    [
        ({"left_on": "2024-12-20"}, True),
        ({"left_on": "2024-12-01"}, False),
        ({"date_of_birth": "2008-09-01"}, True),
        ({"date_of_birth": "2008-08-31"}, False),
    ],
)
async def test_a_pupils_details_go_when_they_have_left_for_as_long_as_marks_are_kept(
    notices: Notices,  # noqa: F811
    more: dict[str, str],
    stays: bool,
) -> None:
    await notices.hears(pupil(**more))
    await night(notices, THREE_YEARS_ON)
    assert bool(await kept(notices, "pupils")) is stays
