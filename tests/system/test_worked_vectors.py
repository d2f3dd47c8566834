"""The worked vectors of the rules, through the command line and the broker: send, authorise, explain --json."""

import asyncio
import json
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deploy.local.patience import stretched
from services.cli import app
from services.notices.asking.explain import NoSuchStory
from services.notices.story.story import hash_for
from shared.time.clock import LONDON
from tests.making import a_holiday, pupil, register, school, upn
from tests.system.living import Living
from tests.waiting import eventually

PRESENT = "B801200005001"
TEN_WEEKS = [
    *(date(2025, 6, day) for day in (16, 23, 30)),
    *(date(2025, 7, day) for day in (7, 14, 21)),
    *(date(2025, 9, day) for day in (1, 8, 15, 22)),
]


def everyday(living: Living, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """The command line, run where the stack is found."""
    return subprocess.run(
        [sys.executable, "-m", "services.cli", *arguments],
        cwd=living.stack.folder.parent,
        capture_output=True,
        text=True,
        timeout=stretched(60),
        check=False,
    )


async def types(living: Living, *arguments: str) -> str:
    """The same command without a process of its own, which takes a second to load all of it; what it says."""
    at = living.stack
    places = {"EVERYDAY_AMQP_URL": at.amqp, "EVERYDAY_MONGO_URL": at.mongo, "EVERYDAY_CLOCK_FILE": str(at.clock_file)}
    done = await asyncio.to_thread(CliRunner().invoke, app, arguments, env=places)
    assert done.exit_code == 0, done.output
    return done.stdout


async def explain(living: Living, asked: str) -> dict[str, Any]:
    story: dict[str, Any] = json.loads(await types(living, "explain", asked, "--json"))
    return story


def calendars(urn: str) -> list[dict[str, Any]]:
    """Norfolk's terms around the summer of 2025, without the five days of the May half term."""
    told = {"type": "mis.calendar_published.v1", "urn": urn, "time": "2025-04-01T09:00:00+01:00"}
    may = [f"2025-05-{day:02}" for day in (5, 26, 27, 28, 29, 30)]
    return [
        {**told, "first": "2025-04-23", "last": "2025-07-22", "closed": may},
        {**told, "first": "2025-09-03", "last": "2025-12-19", "closed": [f"2025-10-{n}" for n in (27, 28, 29, 30, 31)]},
    ]


@pytest.mark.parametrize("has_published", [True, False], ids=["published calendar", "weeks seen in registers"])
async def test_ten_sessions_in_the_ten_school_weeks_to_22_september_2025_meet_it_and_in_eleven_do_not(
    living: Living, tmp_path: Path, has_published: bool
) -> None:
    living.set_clock(datetime(2025, 9, 26, 17, tzinfo=LONDON))
    urn = "801201" if has_published else "801202"
    september = [date(2025, 9, day) for day in (17, 18, 19, 22)]
    july, june = date(2025, 7, 1), date(2025, 6, 9)
    weeks = [june, *(monday + timedelta(days=3) for monday in TEN_WEEKS)]
    days = sorted({july, *september, *weeks})
    suffix = "2" if has_published else "3"
    met, spread = upn(f"80120000500{suffix}"), upn(f"80120000501{suffix}")
    registers = [
        register(
            day,
            {
                PRESENT: "/",
                met: "O" if day in (july, *september) else "/",
                spread: "O" if day in (june, *september) else "/",
            },
            session=session,
            urn=urn,
        )
        for day in days
        for session in ("AM", "PM")
    ]
    file = tmp_path / "summer.jsonl"
    lines = [pupil(each, urn).model_dump_json() for each in (met, spread)]
    lines += [json.dumps(each) for each in calendars(urn)] if has_published else []
    file.write_text("\n".join([*lines, *(each.model_dump_json() for each in registers)]))
    await types(living, "send", str(file))
    await eventually(lambda: _counted(living, met, 10), "ten sessions counted")
    await eventually(lambda: _counted(living, spread, 8), "eight sessions counted")

    ten = await explain(living, met)
    assert (ten["threshold_met"], ten["count"]) == (True, 10)
    assert ten["evidence"]["school_weeks"] == [monday.isoformat() for monday in TEN_WEEKS]
    assert ten["evidence"]["skipped_weeks"] == [f"2025-{day}" for day in ("07-28", "08-04", "08-11", "08-18", "08-25")]
    assert ten["case"].startswith("C-")
    eleven = await explain(living, spread)
    assert (eleven["threshold_met"], eleven["count"], eleven["case"]) == (False, 8, None)


async def test_a_notice_approved_on_friday_4_october_2024_at_six_is_served_on_the_thursday_after(
    living: Living, tmp_path: Path
) -> None:
    away = upn("801200005024")
    file = tmp_path / "autumn.jsonl"
    file.write_text("".join(message.model_dump_json() + "\n" for message in a_holiday("801203", away)))
    await types(living, "send", str(file))
    await eventually(lambda: living.has_case(away), "case")
    await types(living, "clock", "set", "2024-10-04T18:00")
    story = await explain(living, away)
    await living.request(story, "p-1")
    await types(
        living, "authorise", story["case"], "--parent", "p-1", "--officer-id", "o-1", "--officer", "Jo Harwood",
        "--reason", "A holiday in term time that was refused.", "--evidence", hash_for(story, "p-1"),
    )  # fmt: skip
    notice = await living.notice(story["case"], "p-1", "issued")
    await living.accepted(notice["notice"])
    await living.live_until_served(story["case"], "p-1")

    [served] = (await explain(living, notice["notice"]))["notices"]
    assert served["issued_on"] == "2024-10-04"
    assert served["posted_on"] == "2024-10-08"
    assert served["served_on"] == "2024-10-10"
    assert served["discount_until"] == "2024-10-30"
    assert served["pay_until"] == "2024-11-06"
    assert living.clock.now().astimezone(LONDON) >= datetime(2024, 10, 10, tzinfo=LONDON)
    assert "Wednesday 30 October 2024" in await types(living, "explain", notice["notice"])


async def test_bad_lines_are_named_with_their_fields_and_nothing_is_sent(living: Living, tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    good = school("801204").model_dump_json()
    file.write_text(f'{good}\n{{"type": "mis.school_updated.v1", "urn": "12", "name": "X"}}\n{{')
    done = everyday(living, "send", str(file))
    assert done.returncode == 2
    assert "line 2: urn" in done.stderr
    assert "line 2: attendance_email" in done.stderr
    assert "line 3" in done.stderr
    assert await living.documents("notices", "schools", {"_id": "801204"}) == []


def test_a_reference_that_is_not_there_is_bad_input(living: Living) -> None:
    assert everyday(living, "explain", "C-XXXX").returncode == 2


async def _counted(living: Living, who: str, count: int) -> bool:
    try:
        return bool((await living.story(who))["count"] == count)
    except NoSuchStory:
        return False
