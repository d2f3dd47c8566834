"""Surveys through the stack: bursts of answers, with duplicates, while the service dies."""

import asyncio
import json
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from services.cli import app
from services.surveys.cli import authoring
from shared.links import Links
from tests.surveying import school_of
from tests.system.bursts import Burst, acceptances
from tests.system.living import Living
from tests.system.test_bookings_cli import SMALL, DutyLine
from tests.waiting import eventually


@pytest.mark.parametrize("mode", ["confidential", "anonymous"])
async def test_answers_in_bursts_with_duplicates_while_the_service_is_killed_are_one_answer_each(
    living: Living, mode: str
) -> None:
    burst = Burst(living, schools=250, mode=mode, chance=random.Random(7))
    async with acceptances(living) as heard:
        await burst.open()
        assert await burst.send(kills=4) == 4
        await burst.close()
        await burst.each_school_has_answered_once()

        async def all_said() -> bool:
            return len(heard()) >= len(burst.sent)

        await eventually(all_said, "an acceptance for each answer")
        assert len(heard()) == len(burst.sent)
    shown, _ = await burst.publish()
    assert (shown["invited"], shown["answered"]) == (250, len(burst.sent))
    [ready] = [each for each in shown["items"] if each["key"] == "ready"]
    assert sum(ready["counts"]) == len(burst.sent)


WHO = ("--officer-id", "o-1", "--officer", "Jo Harwood")
CODE = Path(authoring.__file__).parents[1] / "examples" / "code-of-conduct.yaml"


def test_a_consultation_is_lived_from_its_file_to_what_was_done(
    living: Living, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By the team's commands and the respondents' links, as they use them."""
    monkeypatch.chdir(living.stack.folder.parent)

    def surveys(*words: str) -> str:
        ended = CliRunner().invoke(app, ["surveys", *words])
        assert ended.exit_code == 0, ended.output
        return ended.stdout

    def until(reached: Callable[[], bool], what: str) -> None:
        async def ask() -> bool:
            return await asyncio.to_thread(reached)

        asyncio.run(eventually(ask, what))

    living.set_clock(datetime(2024, 4, 30, 9, tzinfo=UTC))
    schools = [school_of(number) for number in range(900, 912)]
    asyncio.run(living.feed(schools))
    until(
        lambda: len(asyncio.run(living.documents("surveys", "schools", {"_id": {"$gte": "100900"}}))) >= 12, "schools"
    )
    reference = surveys("publish", str(CODE), *WHO).strip()
    until(lambda: reference in surveys("list"), "the survey")
    urns = [word for each in schools for word in ("--urn", each.urn)]
    surveys("invite", reference, *urns, *WHO)
    until(lambda: "0 of 12 invited" in surveys("progress", reference), "the invitations")
    invitations = asyncio.run(living.documents("surveys", "invitations", {"survey": reference}))
    links = _links(living, [each["_id"] for each in invitations])
    for number, link in enumerate(links[:10]):
        shown = httpx.get(link).json()
        assert shown["closing"] == "closes at 11:59pm on Friday 17 May 2024"
        answers: dict[str, Any] = {"overall": 4 if number % 2 else 3, "comments": f"Please allow {number} more days."}
        body = {"submission": shown["submission"], "begun": shown["begun"], "answers": answers}
        assert httpx.post(link, json=body).json()["accepted"]
    assert "10 of 12 invited" in surveys("progress", reference)
    comment = re.search(r"R-\S+/comments", surveys("comments", reference, "--open"))
    assert comment is not None
    decided = ("--outcome", "accepted", "--reason", "It is right.", "--clause", "4.2")
    surveys("dispose", reference, comment[0], *decided, *WHO)
    theme = surveys(
        "theme", reference, "More time", "--said", "Ten days are too short.", "--did", "Fifteen days.", *WHO
    )
    until(lambda: "Fifteen days." in surveys("you-said", reference), "the theme")
    _a_meeting_comes_of(living, theme.strip(), tmp_path)
    came = "1 booked from 1 school, 1 came from 1 school"
    until(lambda: came in surveys("loop", reference), "who came")
    assert came in surveys("you-said", reference)
    refused = CliRunner().invoke(app, ["surveys", "dispose", reference, "R-1/x", "--outcome", "noted", *WHO])
    assert refused.exit_code == 1
    assert "Refused: comment: this survey has no comment with this reference" in refused.output
    living.set_clock(datetime(2024, 5, 18, 12, tzinfo=UTC))
    until(lambda: "closed" in surveys("show", reference).splitlines()[1], "the close")
    surveys("publish-results", reference, *WHO)
    until(lambda: "results published" in surveys("show", reference), "the results")
    shown = json.loads(surveys("results", reference, "--json"))
    assert (shown["invited"], shown["answered"]) == (12, 10)
    assert shown["items"][0]["counts"][2:4] == [5, 5]
    files = {name: tmp_path / name for name in ("report.pdf", "report.html", "integrity.json")}
    surveys("report", reference, "--pdf", str(files["report.pdf"]), "--html", str(files["report.html"]))
    surveys("integrity", reference, "--into", str(files["integrity.json"]), *WHO)
    until(lambda: "exported" in surveys("show", reference), "the export's head")
    assert "the data is still the same" in surveys(
        "integrity", reference, "--check", str(files["integrity.json"]), *WHO
    )
    assert files["report.pdf"].read_bytes().startswith(b"%PDF")


def _a_meeting_comes_of(living: Living, theme: str, tmp_path: Path) -> None:
    """A meeting is put on because of a theme; somebody books it, and comes."""
    line, file = DutyLine(living), tmp_path / "webinar.toml"
    file.write_text(SMALL.replace("2024-06-13", "2024-05-01"))

    async def known() -> bool:
        return bool(await living.documents("bookings", "themes", {"_id": theme}))

    asyncio.run(eventually(known, "the theme"))
    meeting = line.reference("M", "publish", str(file), "--theme", theme)
    assert "Arranged because of: More time" in line.types("show", meeting)
    booking = line.books(meeting, "Wyn Hall", "100901")
    before = living.clock.now()
    living.set_clock(datetime(2024, 5, 1, 12, tzinfo=UTC))
    line.types("attendance", meeting, f"{booking}=attended")
    living.set_clock(before)


def _links(living: Living, invitations: list[str]) -> list[str]:
    """The links as they are signed by the running service: its key is in its own environment only."""
    environment = living.stack.parts["surveys"].environment
    links = Links(environment["EVERYDAY_LINK_KEY"], environment["EVERYDAY_PUBLIC_URL"])
    return [links.make("answer", each) for each in invitations]
