"""A session counts only if it was one: inputs that once counted, and words that come late, in whatever order."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import permutations
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from services.notices.asking.explain import Explain
from services.notices.attendance.policy import shipped
from services.notices.cli.deciding import request
from services.notices.store.oddities import oddities
from services.notices.story.story import Story
from shared.cli.input import read_lines
from shared.cli.marks_csv import read_marks
from shared.contracts import Message
from shared.contracts.mis import CalendarPublished
from tests.component.test_notices import PAPERS, SCHOOL, Notices, decision, notices  # noqa: F401
from tests.making import PUPIL, URN, pupil, register, school, school_days, upn

CASES = Path(__file__).parents[1] / "cases" / "public-reports"
THEN = datetime(2026, 11, 30, 10, tzinfo=UTC)
REACHED = "notices.absence_threshold_reached.v1"
CLEARED = "notices.absence_threshold_cleared.v1"
WEEK = school_days(date(2024, 9, 9), 5)


async def comes(notices: Notices, name: str, at: datetime) -> None:  # noqa: F811
    """A case's facts and its marks export arrive at an instant, as `everyday send` and `import` read them."""
    notices.clock.instant = at
    facts, wrong = read_lines((CASES / f"{name}.jsonl").read_text().split("\n"), at)
    assert wrong == []
    await notices.hears(*facts)
    await imported(notices, name, at)


async def imported(notices: Notices, name: str, at: datetime) -> None:  # noqa: F811
    notices.clock.instant = at
    registers, wrong, _ = read_marks((CASES / f"{name}.csv").read_text(), None, {}, at)
    assert wrong == []
    await notices.hears(*registers)


async def story_of(notices: Notices, asked: str) -> Story:  # noqa: F811
    return await Explain(notices.store, shipped(), notices.clock).story(asked)


async def test_absences_sent_ahead_count_once_their_days_registers_say_so_and_not_before(notices: Notices) -> None:  # noqa: F811
    away = "X801200000001"
    await comes(notices, "count-future", THEN)
    story = await story_of(notices, away)
    assert (story["threshold_met"], story["count"], story["case"]) == (False, 0, None)
    assert {each["because"] for each in story["evidence"]["not_counted"]} == {
        "sent ahead of its day: it counts once that day's register says so"
    }
    assert len(story["evidence"]["not_counted"]) == 10
    assert await notices.said(REACHED) == []
    notices.clock.instant = datetime(2026, 12, 14, 10, tzinfo=UTC)
    assert (await story_of(notices, away))["count"] == 0, "that the days have come says nothing of who came to school"
    await imported(notices, "count-future", datetime(2026, 12, 14, 10, tzinfo=UTC))
    story = await story_of(notices, away)
    assert (story["threshold_met"], story["count"]) == (True, 10)
    assert len(await notices.said(REACHED)) == 1


async def test_of_sessions_sent_ahead_each_counts_with_its_own_days_register(notices: Notices) -> None:  # noqa: F811
    away = "X801200000001"
    await comes(notices, "count-future", THEN)
    for number, day in enumerate(school_days(date(2026, 12, 7), 5), start=1):
        notices.clock.instant = datetime(day.year, day.month, day.day, 17, tzinfo=UTC)
        code = "/" if number == 3 else "G"  # on the Wednesday they came after all
        await notices.hears(*(register(day, {away: code}, session=half, urn="123457") for half in ("AM", "PM")))
    story = await story_of(notices, away)
    assert (story["threshold_met"], story["count"], story["evidence"]["not_counted"]) == (False, 8, [])


async def test_marks_on_days_that_the_schools_own_calendar_closed_are_a_conflict_and_not_counted(
    notices: Notices,  # noqa: F811
) -> None:
    await comes(notices, "count-closed-days", THEN)
    story = await story_of(notices, "L801200000002")
    assert (story["threshold_met"], story["count"]) == (False, 1)
    [counted] = story["evidence"]["sessions"]
    assert (counted["date"], counted["session"]) == ("2026-11-18", "AM")
    assert [each["conflict"] for each in story["evidence"]["not_counted"]] == [True] * 9
    [against] = [each for each in story["parents"][0]["blocked_by"] if each["code"] == "against_calendar"]
    assert "Monday 16 November 2026 (AM)" in against["words"]
    assert against["owner"] == "school"


async def test_a_child_below_compulsory_school_age_commits_nobody_to_anything(notices: Notices) -> None:  # noqa: F811
    await comes(notices, "count-under-age", THEN)
    story = await story_of(notices, "A801200000003")
    assert (story["threshold_met"], story["count"], len(story["evidence"]["not_counted"])) == (False, 0, 10)
    assert "which begins on Friday 31 December 2027" in story["evidence"]["not_counted"][0]["because"]
    assert await notices.said(REACHED) == []


def a_week_away() -> list[Message]:
    return [register(day, {PUPIL: "O"}, session=half) for day in WEEK for half in ("AM", "PM")]


def calendar(closed: tuple[date, ...] = ()) -> CalendarPublished:
    told: dict[str, Any] = {"first": date(2024, 9, 2), "last": date(2024, 12, 20), "closed": closed}
    return CalendarPublished.model_validate(
        {"id": uuid4(), "time": datetime(2024, 9, 20, tzinfo=UTC), "urn": URN, **told}
    )


LATE = {
    "too young after all": pupil(date_of_birth="2020-05-01", time=datetime(2024, 9, 20, tzinfo=UTC)),
    "had left before": pupil(left_on=WEEK[1], time=datetime(2024, 9, 20, tzinfo=UTC)),
    "came only then": pupil(on_roll_from=WEEK[2], time=datetime(2024, 9, 20, tzinfo=UTC)),
    "closed on a day": calendar(closed=(WEEK[3],)),
}


@pytest.mark.parametrize("late", LATE.values(), ids=LATE.keys())
async def test_a_word_that_comes_late_takes_the_threshold_back_and_the_next_restores_it(
    notices: Notices,  # noqa: F811
    late: Message,
) -> None:
    await notices.hears(school(), pupil(), *a_week_away())
    assert (await story_of(notices, PUPIL))["threshold_met"]
    await notices.hears(late)
    [cleared] = await notices.said(CLEARED)
    assert cleared.record_changed is not isinstance(late, CalendarPublished)
    assert not (await story_of(notices, PUPIL))["threshold_met"]
    mended = calendar() if isinstance(late, CalendarPublished) else pupil(time=datetime(2024, 9, 21, tzinfo=UTC))
    await notices.hears(mended.model_copy(update={"time": datetime(2024, 9, 22, tzinfo=UTC)}))
    assert (await story_of(notices, PUPIL))["threshold_met"]
    assert len(await notices.said(REACHED)) == 2


async def test_of_late_words_the_order_does_not_matter(notices: Notices) -> None:  # noqa: F811
    ends = []
    for number, order in enumerate(permutations(range(4))):
        who, urn = upn(f"8012000060{number:02}"), f"{200000 + number}"
        words: list[Message] = [
            pupil(who, urn),
            pupil(who, urn, left_on=WEEK[1], time=datetime(2024, 9, 20, tzinfo=UTC)),
            pupil(who, urn, left_on=WEEK[2], time=datetime(2024, 9, 21, tzinfo=UTC)),
            calendar(closed=(WEEK[0],)).model_copy(update={"urn": urn}),
        ]
        told = [words[place] for place in order]
        marks = [register(day, {who: "O"}, session=half, urn=urn) for day in WEEK for half in ("AM", "PM")]
        await notices.hears(*told[: number % 5], *marks, *told[number % 5 :])
        story = await story_of(notices, who)
        kept = await notices.store["pupils"].get(who)
        assert kept is not None
        assert kept.get("met", False) is story["threshold_met"]
        ends.append((story["count"], [each["because"] for each in story["evidence"]["not_counted"]]))
    assert ends[0][0] == 4
    assert all(end == ends[0] for end in ends)


async def test_a_date_of_birth_that_is_not_known_blocks_a_notice_and_is_said(notices: Notices) -> None:  # noqa: F811
    await notices.is_requested()
    kept = await notices.store["pupils"].get(PUPIL)
    assert kept is not None
    await notices.store["pupils"].set_all({"_id": PUPIL}, {"details": {**kept["details"], "date_of_birth": None}})
    story = await notices.story()
    assert story["threshold_met"], "what is not known excludes nothing"
    await notices.hears(decision(story))
    [refused] = await notices.said("notices.command_refused.v1")
    assert [reason.code for reason in refused.reasons] == ["date_of_birth_unknown"]


async def test_pupils_kept_before_rolls_were_are_read_by_their_details(notices: Notices) -> None:  # noqa: F811
    await notices.hears(school(), pupil(left_on=WEEK[1]))
    await notices.store["pupils"].swap({"_id": PUPIL}, {"rolls": None})
    await notices.hears(*a_week_away())
    assert (await story_of(notices, PUPIL))["count"] == 4


async def test_sixty_four_sessions_that_nobody_explained_are_refused_in_words_of_bounded_length(
    notices: Notices,  # noqa: F811
) -> None:
    days = school_days(date(2024, 9, 2), 16)
    notices.clock.instant = datetime(2024, 10, 1, 9, tzinfo=UTC)
    ahead = [register(day, {PUPIL: "N"}, session=half) for day in days for half in ("AM", "PM")]
    await notices.hears(school(), pupil(), *ahead)
    await notices.hears(*await notices.said(REACHED))
    story = await notices.story()
    await notices.hears(request(story, ("p-1",), SCHOOL, PAPERS, notices.clock), decision(story))
    refused = await notices.said("notices.command_refused.v1")
    words = [reason.words for each in refused for reason in each.reasons if reason.code == "reason_not_established"]
    assert words
    assert all("and 8 more" in each and len(each) < 600 for each in words)


async def test_marks_count_once_their_school_has_the_pupil_on_its_roll_whatever_came_first(notices: Notices) -> None:  # noqa: F811
    """Each word may come before the others; until the school's own record names the pupil, its marks count nothing."""
    ends = []
    for number, order in enumerate(permutations(range(4))):
        who, urn, other = upn(f"8012000070{number:02}"), f"{300000 + number}", f"{400000 + number}"
        away = [register(day, {who: "O"}, session=half, urn=urn) for day in WEEK for half in ("AM", "PM")]
        words: list[Sequence[Message]] = [[pupil(who, urn)], [pupil(who, other)], away[:5], away[5:]]
        for place in order:
            await notices.hears(*words[place])
        story = await story_of(notices, who)
        ends.append((story["threshold_met"], story["count"], story["evidence"]["not_counted"]))
    assert ends == [(True, 10, [])] * 24
    assert len(await notices.said(REACHED)) == 24
    assert await oddities(notices.store) == []


@pytest.mark.parametrize("known", [False, True], ids=["of no school's record", "of another school's record"])
async def test_marks_of_a_school_that_never_had_the_pupil_are_kept_as_a_conflict_and_reach_nothing(
    notices: Notices,  # noqa: F811
    known: bool,
) -> None:
    if known:
        await notices.hears(school("654321"), pupil(urn="654321"))
    await notices.hears(school(), *a_week_away())
    story = await story_of(notices, PUPIL)
    assert (story["threshold_met"], story["count"], story["case"]) == (False, 0, None)
    assert [each["conflict"] for each in story["evidence"]["not_counted"]] == [True] * 10
    assert await notices.said(REACHED) == []
    [odd] = await oddities(notices.store)
    assert (odd.urn, odd.untidy.reason, odd.untidy.upn) == (URN, "never_on_roll", PUPIL)
    await notices.hears(pupil(left_on=WEEK[3], time=datetime(2024, 9, 2, tzinfo=UTC)))
    story = await story_of(notices, PUPIL)
    assert (story["threshold_met"], story["count"]) == (False, 8), "a former roll counts for its own days"
    await notices.hears(pupil(time=datetime(2024, 9, 3, tzinfo=UTC)))
    assert (await story_of(notices, PUPIL))["threshold_met"]
    [reached] = await notices.said(REACHED)
    assert reached.count == 10
    assert await oddities(notices.store) == []
