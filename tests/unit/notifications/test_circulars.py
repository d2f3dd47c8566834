"""MI Sheets and campaigns without their surroundings: the days of a chase, a campaign's file, a list, a price."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

import pytest

from services.notifications.circulars.chase_days import chases
from services.notifications.circulars.member_files import parts, read_members
from services.notifications.circulars.progress import Progress
from services.notifications.cli.following import summary_lines
from services.notifications.cli.trials import price
from services.notifications.rules import campaign_files
from services.notifications.rules.campaign_files import (
    CampaignInvalid,
    NoSuchStep,
    campaigns,
    read_campaign,
    step_of,
)
from services.notifications.rules.circulars import audience_in_words
from services.notifications.settings import WordingSettings
from services.notifications.words.wording import key_messages
from shared.cli.input import Problem
from shared.contracts.circulars import Member, MiSheet
from shared.contracts.fields import WhichSchools
from shared.time.clock import LONDON
from shared.writing.toml_files import read_toml

SHIPPED = Path(campaign_files.__file__).parents[1]
EXAMPLE = SHIPPED / "examples" / "sheet-55-24.toml"
CAMPAIGN = """
title = "A campaign"
first = 2024-09-02
last = 2025-07-22
[[steps]]
name = "september"
message = "holiday"
first = 2024-09-02
last = 2024-09-13
"""

TODAY = date(2024, 11, 11)


def listed(text: str, to: Literal["parents", "schools"]) -> tuple[list[Member], int, list[Problem]]:
    read = read_members(text, to, TODAY)
    return list(read.members), read.repeated, list(read.problems)


@pytest.mark.parametrize(
    ("published", "complete_by", "days"),
    [
        ("2024-10-04", "2024-10-18", ["2024-10-15", "2024-10-21"]),  # three working days before, one after
        ("2024-12-18", "2025-01-03", ["2024-12-30", "2025-01-06"]),  # Christmas and the New Year are no working days
        ("2024-10-16", "2024-10-18", ["2024-10-17", "2024-10-21"]),  # not before anybody could have read it
        ("2024-10-18", "2024-10-18", ["2024-10-21"]),  # for the very day: only after it
    ],
)
def test_a_school_is_reminded_before_the_last_day_and_after_it(published: str, complete_by: str, days: list[str]):
    found = chases(date.fromisoformat(published), date.fromisoformat(complete_by), 3, 1)
    assert [at.astimezone(LONDON).date().isoformat() for at, _ in found] == days
    assert [overdue for _, overdue in found] == [*[False] * (len(days) - 1), True]


def test_an_authority_chooses_its_own_days():
    found = chases(date(2024, 10, 4), date(2024, 10, 18), 5, 2)
    assert [at.astimezone(LONDON).date() for at, _ in found] == [date(2024, 10, 11), date(2024, 10, 22)]


def test_the_days_of_a_chase_begin_in_london():
    [(before, _), _] = chases(date(2024, 10, 4), date(2024, 10, 18), 3, 1)
    assert before == datetime(2024, 10, 14, 23, tzinfo=UTC)


def test_the_campaign_has_every_key_message_of_the_page_in_the_academic_year():
    campaign = campaigns()["everyday-counts"]
    assert {step.message for step in campaign.steps} == set(key_messages())
    assert step_of("everyday-counts", "november").days == "Friday 1 November 2024 to Friday 8 November 2024"
    assert {asset.use for asset in campaign.assets} == {"On social media", "In newsletters", "In emails"}


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('message = "holiday"', 'message = "party"', "c.toml: steps.0: message: one of holiday"),
        ("last = 2024-09-13", "last = 2024-09-01", "last: must not be before first"),
        ("last = 2024-09-13", "last = 2026-09-13", "september must lie within the days of the campaign"),
        ('name = "september"', 'name = "Sept ember"', "steps.0.name"),
        ("[[steps]]", "[[assets]]\nuse='x'\nwords='x'\nlink='http://plain.example'\n[[steps]]", "assets.0.link"),
    ],
)
def test_a_campaigns_file_that_is_wrong_names_field_and_fix(old: str, new: str, why: str):
    assert read_campaign(CAMPAIGN, "c.toml").title == "A campaign"
    with pytest.raises(CampaignInvalid) as refused:
        read_campaign(CAMPAIGN.replace(old, new), "c.toml")
    assert why in str(refused.value)


def test_a_step_that_is_not_there_is_answered_with_those_that_are():
    with pytest.raises(NoSuchStep, match="has no step easter: choose one of september, adds-up"):
        step_of("everyday-counts", "easter")


def test_a_list_is_read_whatever_its_delimiter_and_each_address_once():
    text = "Email;Phone;Source\nrobin@home.example;;sign-up\n;07700 900123;sign-up\nROBIN@home.example;;fair\n"
    members, repeated, problems = listed(text, "schools")
    assert ([each.email or each.phone for each in members], repeated, problems) == (
        ["robin@home.example", "07700 900123"], 1, [],
    )  # fmt: skip


def test_every_line_that_is_wrong_is_named_without_its_address():
    text = "email,phone,source\nnonsense,,x\n,123,x\n,,x\nrobin@home.example,,\n"
    members, _, problems = listed(text, "schools")
    assert members == []
    assert [(each.line, each.field) for each in problems] == [(2, "email"), (3, "phone"), (4, "email"), (5, "source")]
    assert "nonsense" not in str(problems)
    assert [each.field for each in listed("email\nrobin@home.example\n", "schools")[2]] == ["source"]


def test_of_each_parent_a_list_says_since_when_they_want_messages_and_in_which_language():
    text = (
        "email,source,consent_on,language\n"
        "a@home.example,x,2024-09-02,pl\nb@home.example,x,,\nc@home.example,x,2024-11-12,\nd@home.example,x,2024-09-02,Polish\n"
    )
    members, _, problems = listed(text, "parents")
    assert [(each.email, each.language) for each in members] == [("a@home.example", "pl")]
    assert [(each.line, each.field) for each in problems] == [(3, "consent_on"), (4, "consent_on"), (5, "language")]
    assert "write the day since when they want messages" in problems[0].fix
    assert "must not be to come" in problems[1].fix
    assert [each.field for each in listed("email,source\na@home.example,x\n", "parents")[2]] == ["consent_on"]


def test_a_long_list_goes_in_parts_and_nobody_is_lost():
    text = "email,source\n" + "".join(f"p{n}@home.example,x\n" for n in range(1001))
    members, _, _ = listed(text, "schools")
    assert [len(each) for each in parts(members)] == [500, 500, 1]


@pytest.mark.parametrize(
    ("count", "free", "says"),
    [
        (0, 0, "It costs nothing: there are no texts."),
        (1000, 0, "It costs £24.00 without VAT: 1,000 parts of texts."),
        (1000, 400, "It costs £14.40 without VAT: 1,000 parts of texts, 400 of them free."),
        (100, 400, "It costs £0.00 without VAT: 100 parts of texts, 100 of them free."),
    ],
)
def test_a_campaigns_price_counts_what_is_still_free(count: int, free: int, says: str):
    assert price(count, WordingSettings(sms_pence_per_part=Decimal("2.4"), sms_free_parts=free)) == says


@pytest.mark.parametrize(
    ("audience", "words"),
    [
        ({}, "All schools"),
        ({"phases": ["Primary"], "districts": ["Norwich", "Breckland"]}, "Primary schools in Norwich and Breckland"),
        ({"urns": ["123456"]}, "The schools to which it is sent"),
    ],
)
def test_an_audience_is_said_as_an_mi_sheet_says_it(audience: dict[str, list[str]], words: str):
    assert audience_in_words(WhichSchools.model_validate(audience)) == words


def test_the_shipped_example_is_an_mi_sheet():
    sheet = read_toml(MiSheet, EXAMPLE.read_text("utf-8"), EXAMPLE.name, ValueError)
    assert (sheet.number, sheet.kind, len(sheet.links)) == ("55/24", "action", 1)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"number": "55"}, "number"),
        ({"complete_by": None}, "an Action needs its last day"),
        ({"kind": "information"}, "Information has none"),
        ({"title": "two\nlines"}, "one line"),
    ],
)
def test_a_file_that_is_no_mi_sheet_names_field_and_fix(more: dict[str, str | None], why: str):
    plain = {"number": "55/24", "title": "A title", "kind": "action", "complete_by": "2024-10-18", "text": "Words."}
    text = "\n".join(f'{name} = """{value}"""' for name, value in (plain | more).items() if value is not None)
    with pytest.raises(ValueError, match=why):
        read_toml(MiSheet, text, "sheet.toml", ValueError)


def test_what_became_of_a_sending_is_said_in_words():
    opens = datetime(2024, 10, 7, 7, tzinfo=UTC)
    said = summary_lines(Progress(400, 390, 8, 1, 1, 8, opens, "quiet hours", True), 400, 11.6, "55/24")
    assert said == [
        "[green]sent[/green] 390 of 400 in 12 s",
        "8 messages wait until Monday 7 October 2024, 08:00: quiet hours",
        "1 recipient is not sent it; see why with: everyday messages list --about 55/24",
        "1 recipient had it before, or had no address for it",
    ]
    at_night = summary_lines(Progress(0, 0, 0, 0, 0, 0, opens, "quiet hours", True), 400, 0.2, "55/24")
    assert at_night == [
        "[green]sent[/green] 0 of 400 in 0 s",
        "400 messages wait until Monday 7 October 2024, 08:00: quiet hours",
    ]
