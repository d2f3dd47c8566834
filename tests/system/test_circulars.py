"""MI Sheets and campaigns from the command line to mailboxes: fanned out, marked by the mail's own link, reported."""

import asyncio
import json
import re
from collections import Counter
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from typer.testing import CliRunner

from deploy.local.patience import stretched
from services.cli import app
from shared.identity import derived_reference
from shared.time.clock import LONDON
from tests.making import school
from tests.system.living import Living
from tests.visiting import Visitor
from tests.waiting import eventually

OCTOBER = datetime(2024, 10, 4, 10, tzinfo=LONDON)
SCHOOLS = 400
ACTION = """
number = "{number}"
title = "The new framework"
kind = "action"
complete_by = 2024-10-18
text = "Please read the revised code of conduct."
"""


class Desk:
    """Types commands, and reads what they say and what mailboxes have."""

    def __init__(self, living: Living) -> None:
        self.stack = living.stack
        self.environment = {
            "EVERYDAY_AMQP_URL": living.stack.amqp,
            "EVERYDAY_MONGO_URL": living.stack.mongo,
            "EVERYDAY_CLOCK_FILE": str(living.stack.clock_file),
            "EVERYDAY_OFFICER_ID": "officer-17",
            "EVERYDAY_OFFICER": "Jo Harwood",
        }

    def types(self, *words: str, ends: int = 0, answers: str = "") -> str:
        done = CliRunner().invoke(app, ["messages", *words], env=self.environment, input=answers)
        assert done.exit_code == ends, done.output
        return done.output

    def mails(self, words: str) -> list[tuple[str, str, str]]:
        """To whom, what a program unsubscribes by, and the text of every mail whose subject has these words."""
        read = [
            message_from_bytes(file.read_bytes(), policy=policy.default)
            for file in sorted(self.stack.mail_folder.glob("*.eml"))
        ]
        return [
            (str(each["To"]), str(each["List-Unsubscribe"]).strip("<>"), each.get_body(("plain",)).get_content())  # type: ignore[union-attr]
            for each in read
            if words in str(each["Subject"])
        ]

    async def has_mails(self, words: str, everybody: set[str], within: float = 60) -> None:
        """Wait until everybody has a mail whose subject has these words; each has one only."""

        async def arrived() -> bool:
            return {to for to, _, _ in self.mails(words)} == everybody

        await eventually(arrived, f"mail to each of {len(everybody)}", within)
        assert len(self.mails(words)) == len(everybody)


@pytest.fixture
def desk(living: Living) -> Desk:
    living.set_clock(OCTOBER)
    return Desk(living)


def feed(living: Living, first: int, count: int, district: str) -> None:
    made = [
        school(str(urn), district=district, phase="Primary", attendance_email=f"office@s{urn}.example.org")
        for urn in range(first, first + count)
    ]
    asyncio.run(living.feed(made))

    async def known() -> bool:
        return len(await living.documents("notifications", "schools", {"district": district})) == count

    asyncio.run(_wait(known, count))


async def _wait(known: object, count: int) -> None:
    await eventually(known, f"{count} known schools", 60)  # type: ignore[arg-type]


def test_one_command_takes_a_sheet_to_four_hundred_schools(living: Living, desk: Desk, tmp_path: Path) -> None:
    feed(living, 810001, SCHOOLS, "Four Hundred")
    file = tmp_path / "sheet.toml"
    file.write_text(ACTION.format(number="155/24"))
    words = ("sheets", "publish", str(file), "--district", "Four Hundred")
    assert "All schools in Four Hundred: 400" in desk.types(*words, "--check")
    assert "goes to 400. Send it?" in desk.types(*words, answers="n\n", ends=1)
    assert desk.mails("155/24") == []
    everybody = {f"office@s{urn}.example.org" for urn in range(810001, 810001 + SCHOOLS)}

    async def within_a_minute() -> None:
        typed = asyncio.create_task(asyncio.to_thread(desk.types, *words, "--yes"))
        await desk.has_mails("155/24", everybody)
        await typed

    asyncio.run(within_a_minute())
    assert "was published on Friday 4 October 2024" in desk.types(*words, ends=2)


def test_a_school_says_by_the_mails_link_that_it_is_done_and_the_report_shows_it(
    living: Living, desk: Desk, tmp_path: Path
) -> None:
    feed(living, 820001, 3, "Three")
    file = tmp_path / "sheet.toml"
    file.write_text(ACTION.format(number="156/24"))
    desk.types("sheets", "publish", str(file), "--district", "Three")
    asyncio.run(desk.has_mails("156/24", {f"office@s{urn}.example.org" for urn in (820001, 820002, 820003)}))
    links = {
        to: found[0]
        for to, _, text in desk.mails("156/24")
        if (found := re.findall(r"https?://\S+/done/[\w.-]+", text))
    }
    local = links["office@s820002.example.org"].partition("/done/")[2]
    assert asyncio.run(_marked(f"{living.stack.http['notifications']}/done/{local}")).status_code == 200
    desk.types("sheets", "done", "156/24", "820003")
    asyncio.run(_done(living, 2))
    report = desk.types("sheets", "show", "156/24")
    assert "Done by 2 of 3 schools" in report
    assert "next reminder Tuesday 15 October 2024" in report
    assert "820001" in desk.types("sheets", "show", "156/24", "--not-done")
    assert "820002" not in desk.types("sheets", "show", "156/24", "--not-done")
    csv = tmp_path / "schools.csv"
    desk.types("sheets", "show", "156/24", "--csv", str(csv))
    assert "820002,Marsh Lane School,sent,0,True,link" in csv.read_text()
    assert "156/24" in desk.types("sheets", "list")
    why = desk.types("show", "156/24")
    assert why.count("event: notifications.mi_sheet_published.v1") == why.count("notification rule: mi_sheet") == 3
    assert (why.count("correlation id: "), why.count("title: The new framework")) == (3, 3)
    told = [each["why_sent"] for each in json.loads(desk.types("show", "156/24", "--json"))]
    assert [each["facts"]["number"] for each in told] == ["156/24"] * 3
    assert len({each["correlation_id"] for each in told}) == 1
    desk.types("sheets", "chase", "156/24")
    asyncio.run(_reminded(desk, {"office@s820001.example.org": 1}))


async def _marked(link: str) -> httpx.Response:
    """A school opens its link and presses the button."""
    async with httpx.AsyncClient() as browser:
        return await Visitor(browser).presses(link)


async def _done(living: Living, count: int) -> None:
    async def look() -> bool:
        return len(await living.documents("notifications", "sheet_returns", {"sheet": "156/24"})) == count

    await eventually(look, "returns")


async def _reminded(desk: Desk, expected: dict[str, int]) -> None:
    async def look() -> bool:
        return Counter(to for to, _, _ in desk.mails("Reminder: MI Sheet 156/24")) == expected

    await eventually(look, "a reminder for whoever has not done it", 30)


def test_a_campaign_is_tried_out_sent_ended_by_one_click_and_stopped(
    living: Living, desk: Desk, tmp_path: Path
) -> None:
    living.set_clock(datetime(2024, 11, 4, 10, tzinfo=LONDON))
    people = tmp_path / "parents.csv"
    people.write_text("email,source,consent_on\nrobin@p1.example.org,sign-up,\nsam@p2.example.org,sign-up,2024-09-02\n")
    words = ("campaigns", "run", "everyday-counts", "november", "--to", "parents", "--list", str(people))
    assert "line 2: consent_on: a parent is sent nothing without it" in desk.types(*words, ends=2)
    people.write_text(people.read_text().replace("p1.example.org,sign-up,", "p1.example.org,sign-up,2024-09-02"))
    tried = desk.types(*words, "--dry-run")
    assert "Nothing was sent. Of 2:" in tried
    assert "2 would be sent an email" in tried
    assert "It costs nothing" in tried
    assert "We hope you had a great half term!" in tried
    assert desk.mails("Back to school after half term") == []
    desk.types(*words)
    asyncio.run(desk.has_mails("Back to school after half term", {"robin@p1.example.org", "sam@p2.example.org"}))
    mails = {to: (by, text) for to, by, text in desk.mails("Back to school after half term")}
    assert "www.justonenorfolk.nhs.uk/attendance" in mails["robin@p1.example.org"][1]
    token = mails["robin@p1.example.org"][0].partition("/unsubscribe/")[2]
    one_click = {"List-Unsubscribe": "One-Click"}
    assert httpx.post(f"{living.stack.http['notifications']}/unsubscribe/{token}", data=one_click).status_code == 200
    again = desk.types("campaigns", "run", "everyday-counts", "every-day", *words[4:], "--dry-run")
    assert "1 would be sent an email" in again
    assert "1 would not: no campaign messages by email are wanted" in again
    assert "campaign: not wanted" not in desk.types("preferences", "--email", "sam@p2.example.org")
    assert "campaign by email: not wanted" in desk.types("preferences", "--email", "robin@p1.example.org")
    desk.types("campaigns", "stop", "everyday-counts")
    asyncio.run(_stopped(living))
    assert "stopped" in desk.types("campaigns", "list")
    assert "is for" in desk.types("campaigns", "run", "everyday-counts", "january", *words[4:], ends=2)


async def _stopped(living: Living) -> None:
    query = {"_id": "everyday-counts/november", "stopped": True}
    await eventually(lambda: living.documents("notifications", "campaign_switches", query), "a stopped campaign")


def test_a_colleagues_own_words_reach_one_school(living: Living, desk: Desk) -> None:
    feed(living, 830001, 1, "One")
    said = desk.types("send", "--school", "830001", "--title", "Thursday", "--words", "We come at 10.")
    assert "messages list --about" in said
    assert "name one" in desk.types("send", "--title", "A", "--words", "B", ends=2)

    async def arrived() -> bool:
        return [to for to, _, _ in desk.mails("Thursday")] == ["office@s830001.example.org"]

    asyncio.run(_wait(arrived, 1))


def test_what_waits_is_listed_with_its_time_and_its_reason(living: Living, desk: Desk) -> None:
    living.set_clock(datetime(2024, 10, 5, 10, tzinfo=LONDON))
    case = derived_reference("C", uuid4())
    words = ("--title", "Monday", "--words", "Words.", "--case", case)
    desk.types("send", "--email", "robin@p9.example.org", *words)
    query = {"about": case, "held_for": {"$gt": ""}}

    async def held() -> bool:
        return bool(await living.documents("notifications", "intents", query))

    asyncio.run(_wait(held, 1))
    for asked in (("--about", case), ("--state", "held")):
        assert "held until 7 Oct 2024 08:00 (quiet hours)" in desk.types("list", *asked)
    page = httpx.get(f"{living.stack.post_room}/?q={case}", timeout=stretched(30)).text
    assert "quiet hours" in page
    assert "Monday 7 October 2024" in page
