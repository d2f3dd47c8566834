"""Every template, written as its samples say."""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from markupsafe import escape

from services.notifications.addresses.sms_parts import size
from services.notifications.cli.templates import faults_of
from services.notifications.words.contacts import contact_book
from services.notifications.words.template_files import (
    FOLDER,
    LAYOUTS,
    Sample,
    Template,
    TemplateInvalid,
    read_template,
    templates,
)
from services.notifications.words.wording import Unwritable, write
from shared.contracts.notifications import Channel

ALL = [(template, channel) for template in templates().values() for channel in template.sources]
NAMED = pytest.mark.parametrize(("template", "channel"), ALL, ids=[f"{each.name}-{by}" for each, by in ALL])
UPN = "B801200005001"
HARMLESS_IN_SUBJECTS = {"case", "notice", "reference", "number", "title", "subject", "overdue", "kind", "answer_by"}


@NAMED
def test_it_is_written_with_plain_and_with_the_worst_facts_and_reads_well(template: Template, channel: Channel) -> None:
    assert list(faults_of(template, channel)) == []


@NAMED
def test_the_same_facts_give_the_same_words_and_version(template: Template, channel: Channel) -> None:
    facts = template.sample()
    assert write(template.name, channel, facts) == write(template.name, channel, facts)


def without(facts: Mapping[str, Any], path: str) -> Iterator[dict[str, Any]]:
    """The facts with one field taken out, and emptied."""
    first, _, rest = path.partition(".")
    if rest:
        yield from ({**facts, first: inner} for inner in without(facts[first], rest))
        return
    yield {name: value for name, value in facts.items() if name != first}
    for nothing in (None, "", " ", []):
        yield {**facts, first: nothing}


@NAMED
def test_a_missing_or_empty_field_blocks_the_send_and_is_named(template: Template, channel: Channel) -> None:
    for path in template.meta.needs:
        for facts in without(template.sample(), path):
            with pytest.raises(Unwritable) as refused:
                write(template.name, channel, facts)
            assert str(refused.value) == f"{template.name}: {path}: the field is missing or empty"


@NAMED
def test_no_subject_names_anybody(template: Template, channel: Channel) -> None:
    marked = {name: f"§{name}§" for name, value in template.sample().items() if isinstance(value, str)}
    kept = {name: value for name, value in template.sample().items() if name not in marked or is_coded(str(value))}
    facts = {**marked, **kept}
    subject = write(template.name, channel, facts).subject if channel == "email" else ""
    assert set(re.findall(r"§(\w+)§", subject)) <= HARMLESS_IN_SUBJECTS


def is_coded(value: str) -> bool:
    """A value that chooses words or is read as a date or an address, so that it cannot be changed to anything."""
    return bool(re.fullmatch(r"[a-z_]+|\d{4}-\d\d-\d\d.*|(https://|mailto:).*", value))


def test_a_subject_with_a_upn_is_never_sent() -> None:
    with pytest.raises(Unwritable, match="notice: subject: it must not hold a UPN") as refused:
        write("notice", "email", {"subject": f"About {UPN}", "words": "Please call us."})
    assert UPN not in str(refused.value)


def test_the_alert_to_parents_holds_nothing_of_the_case() -> None:
    [email, sms] = [write("penalty_notice_alert", channel, {}) for channel in ("email", "sms")]  # type: ignore[list-item]
    for words in (email.subject + email.text + email.html, sms.text):
        assert "A letter about school attendance" in words or "a letter about school attendance" in words
        assert "01603 222499" in words
        for said in ("penalty", "notice", "fine", "court", "child", "£", "absence", "offence", "UPN"):
            assert said not in words.lower().replace("penalty_notice", ""), said
    assert size(sms.text).parts == 1


@pytest.mark.parametrize("season", ["holiday", "half_term", "exams", "everyday", "adds_up"])
@pytest.mark.parametrize("channel", ["email", "sms"])
def test_the_campaign_says_the_councils_message_with_its_link_and_how_to_stop(season: str, channel: Channel) -> None:
    messages = {
        "holiday": "We hope you had a great school holiday! Get ready to get back to school",
        "half_term": "We hope you had a great half term! Get ready to get back to school",
        "exams": "being at school as much as possible is important. Every day adds up and will help you get the grades",
        "everyday": "Every day at school counts, helping with learning, developing skills, and building friendships.",
        "adds_up": "Every day at school adds up, so make the most of it.",
    }
    stop = "https://attendance.norfolk.gov.uk/stop/IkI.abc"
    written = write("campaign_parents", channel, {"season": season, "unsubscribe": stop})
    assert messages[season] in written.text
    assert "www.justonenorfolk.nhs.uk/attendance" in written.text
    assert stop in written.text
    if channel == "email":
        assert "#everydaycounts #schoolattendance" in written.text
        assert 'href="https://www.justonenorfolk.nhs.uk/attendance"' in written.html
        assert f'href="{stop}"' in written.html


@NAMED
def test_every_email_and_letter_carries_the_contact_of_its_kind(template: Template, channel: Channel) -> None:
    contact = contact_book().kinds[template.meta.contact]
    text = write(template.name, channel, template.sample()).text
    if channel == "email":
        assert all(
            said in text for said in (contact.name, contact.email, *contact.phones, "County Hall, Martineau Lane")
        )


@pytest.mark.parametrize("sample", ["sample", "worst"])
def test_nothing_follows_an_address_that_a_mail_program_could_take_for_its_end(sample: Sample) -> None:
    for name, template in templates().items():
        if "email" in template.sources:
            text = write(name, "email", template.sample(sample)).text
            assert not re.findall(r"https://\S+[.,;:!?](?=\s|$)", text), name


def test_a_returned_request_says_of_each_reason_how_to_mend_it() -> None:
    reasons = [{"code": code, "words": f"Words on {code}."} for code in ("papers_missing", "names_incomplete", "other")]
    facts = {**templates()["request_returned"].sample(), "reasons": reasons}
    text = write("request_returned", "email", facts).text
    assert "1. Words on papers missing" not in text
    assert "1. Words on papers_missing. What to do: Find the papers that are named here" in text
    assert "2. Words on names_incomplete. What to do: Put each parent's full name into your system." in text
    assert "3. Words on other. What to do: If you are not sure what to do, call the duty line." in text


def test_an_mi_sheet_says_by_when_only_where_there_is_something_to_do() -> None:
    facts = templates()["mi_sheet"].sample()
    action = write("mi_sheet", "email", facts)
    assert action.subject == "MI Sheet 55/24 (action): Working together to improve school attendance"
    assert "Complete by: the end of Thursday 16 May 2024" in action.text
    assert "Fill in the survey: https://www.norfolk.gov.uk/attendance-survey" in action.text
    information = write("mi_sheet", "email", {**facts, "kind": "information", "complete_by": None, "links": []})
    assert "Complete by" not in information.text
    assert "Links" not in information.text


def test_an_action_without_its_day_is_not_sent() -> None:
    facts = {**templates()["mi_sheet"].sample(), "complete_by": None}
    with pytest.raises(Unwritable, match="mi_sheet: the field complete_by is empty"):
        write("mi_sheet", "email", facts)


def test_a_digest_holds_each_message_whole_with_one_greeting_and_one_contact() -> None:
    known = templates()
    parts = [{"template": each, "facts": known[each].sample()} for each in ("threshold_reached", "notice_paid_school")]
    digest = write("digest", "email", {"school": "Marsh Lane School", "messages": parts})
    assert digest.subject == "2 messages about attendance"
    assert "- Case C-7K4M-9PXT3: the national threshold for absence has been met\n- Case C-7K4M" in digest.text
    assert digest.text.count("To the attendance lead") == digest.text.count("Contact us\n") == 1
    for part in parts:
        alone = write(str(part["template"]), "email", part["facts"]).html  # type: ignore[arg-type]
        body = alone.split('<div role="main">')[1].split("<h2>Contact us</h2>")[0]
        deeper = body.replace("<h2>", "<h3>").replace("</h2>", "</h3>").replace("h1>", "h2>")
        assert re.sub(r"<p>To the attendance lead at [^<]*</p>\n", "", deeper).strip() in digest.html


def test_a_digest_has_the_version_of_all_its_words() -> None:
    def version(*names: str) -> str:
        parts = [{"template": each, "facts": templates()[each].sample()} for each in names]
        return write("digest", "email", {"school": "Marsh Lane School", "messages": parts}).version

    assert version("notice_paid_school") == version("notice_paid_school")
    assert version("notice_paid_school") != version("notice_expired_school")


@pytest.mark.parametrize(
    ("messages", "why"),
    [
        ([{"template": "notice_paid_school"}], "digest: messages: each has the name of a template and its facts"),
        (["a"], "digest: messages: each has the name of a template and its facts"),
        ([{"template": "nonsense", "facts": {}}], "nonsense: there is no such template"),
        (
            [{"template": "notice_paid_school", "facts": {}}],
            "notice_paid_school: school: the field is missing or empty",
        ),
    ],
)
def test_a_message_that_cannot_be_written_is_in_no_digest(messages: object, why: str) -> None:
    with pytest.raises(Unwritable, match=why):
        write("digest", "email", {"school": "Marsh Lane School", "messages": messages})


def test_facts_may_be_as_python_has_them() -> None:
    sample = templates()["notice_paid_school"].sample()
    as_python = {**sample, "paid_on": date.fromisoformat(sample["paid_on"])}
    assert write("notice_paid_school", "email", as_python) == write("notice_paid_school", "email", sample)
    with pytest.raises(Unwritable, match="notice_paid_school: a field is of a kind that cannot be written"):
        write("notice_paid_school", "email", {**sample, "school": object()})


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(Unwritable, match="nonsense: there is no such template"):
        write("nonsense", "email", {})
    with pytest.raises(Unwritable, match="digest: it has no words for the channel letter, only for email"):
        write("digest", "letter", {})


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"sessions": [{"date": "2024-09-09", "session": "AM", "urn": "120001"}]}, "has no attribute 'code'"),
        ({"sessions": [{"date": "2024-09-09", "session": "AM", "code": None, "urn": "1"}]}, "the field code is empty"),
        ({"school_weeks": ["9 September"]}, "a date is not written as 2024-10-04"),
        ({"school": {"urn": "1", "name": "September"}}, "a field holds several values where words are wanted"),
        ({"sessions": 7}, "a field is not of the kind that is wanted there"),
    ],
)
def test_an_inner_field_that_cannot_be_written_is_said_without_its_value(changed: dict[str, Any], why: str) -> None:
    with pytest.raises(Unwritable, match=why) as refused:
        write("threshold_reached", "email", {**templates()["threshold_reached"].sample(), **changed})
    assert str(refused.value).startswith("threshold_reached: ")
    assert "September" not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert",
        "ftp://a.example",
        "https:a.example",
        "https://b.example@a.example",
        "data:text/html,x",
        "www.a.example",
        "",
    ],
)
def test_a_link_that_is_no_web_address_blocks_the_send(address: str) -> None:
    facts = {**templates()["notice"].sample(), "more_link": address or None, "more_words": "x"}
    if not address:
        assert "https" not in write("notice", "email", facts).text
        return
    with pytest.raises(Unwritable, match="an address of a link is not a plain https address"):
        write("notice", "email", facts)


def test_a_text_message_that_is_too_long_is_not_sent() -> None:
    with pytest.raises(Unwritable, match="notice: the text message is longer than 918 characters"):
        write("notice", "sms", {"subject": "x", "words": "word " * 200})


Change = Callable[[Path], None]


@pytest.fixture
def campaign(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER / "campaign_parents", tmp_path / "campaign_parents"))


def edit(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), "utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "why"),
    [
        ("email.md", "{{ link(campaign.parents_link) }}", "our page", "carry the link"),
        ("sms.txt", "{{ campaign.parents_link }}", "our page", "carry the link"),
        ("email.md", "{{ link(unsubscribe,", "{{ link(campaign.name,", "how to stop them"),
        ("email.md", "Subject: {{ titles", "{{ titles", "begin with a line `Subject: …`"),
        ("email.md", "Subject: {{ titles", "Subject: {{ child }} {{ titles", "must not name child"),
        ("email.md", "Help is there", "{{ parent }} help", "does not name the fact parent"),
        ("email.md", "Help is there", "{% if x %}", "line"),
        ("meta.toml", "audience", "audiences", "audience"),
        ("meta.toml", 'contact = "post"', 'contact = "friend"', "contact"),
    ],
)
def test_a_template_that_breaks_a_rule_is_refused_when_it_is_read(
    campaign: Path, file: str, old: str, new: str, why: str
) -> None:
    edit(campaign, file, old, new)
    with pytest.raises(TemplateInvalid, match=r"^campaign_parents/") as refused:
        read_template(campaign, contact_book())
    assert why in str(refused.value)


def test_a_version_stands_for_its_words_its_layout_and_the_contact_book(
    campaign: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layouts = Path(shutil.copytree(LAYOUTS, tmp_path / "layouts"))
    monkeypatch.setattr("services.notifications.words.template_files.LAYOUTS", layouts)
    book = contact_book()
    seen = [read_template(campaign, book).versions]

    def differs(channel: Channel, of: Any = book) -> bool:
        seen.append(read_template(campaign, of).versions)
        return seen[-1][channel] != seen[-2][channel]

    assert not differs("email")
    (campaign / "sample.json").write_text("{}")
    assert not differs("email")
    edit(campaign, "email.md", "You can also talk", "You may talk")
    assert differs("email")
    assert seen[-1]["sms"] == seen[0]["sms"]
    edit(layouts, "email.html", "font-size: 18px", "font-size: 19px")
    assert differs("email")
    edit(layouts, "campaign.toml", "Remember", "Think")
    assert differs("sms")
    assert differs("sms", book.model_copy(update={"authority": "Rutland County Council"}))


def colours(css: str) -> dict[str, str]:
    return dict(re.findall(r"(background-color|(?<!-)color): (#[0-9a-f]{6})", css))


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio."""

    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_layout_is_accessible_loads_nothing_and_has_contrast_by_day_and_by_night() -> None:
    html = write("threshold_reached", "email", templates()["threshold_reached"].sample()).html
    assert '<html lang="en-GB">' in html
    assert "<h1>A pupil has met the national threshold</h1>" in html
    assert html.count("<h1>") == 1
    assert '<th scope="col">Date</th>' in html
    assert not re.search(r"<img|src=|url\(|@import|<link|<script|<form|http-equiv|onclick", html)
    assert min(float(size) for size in re.findall(r"font-size: (\d+)px", html)) >= 16
    by_day, by_night = html.split("prefers-color-scheme: dark")
    for css in (by_day, by_night):
        page = colours(re.findall(r"body \{([^}]*)\}", css)[0])
        link = colours(re.findall(r"\na \{([^}]*)\}|  a \{([^}]*)\}", css)[0][by_night is css])
        assert contrast(page["color"], page["background-color"]) >= 7
        assert contrast(link["color"], page["background-color"]) >= 4.5


def test_a_name_is_shown_as_it_is_written() -> None:
    facts = {**templates()["notice_paid_school"].sample(), "school": "St. Mary's & St. John's <Primary> *1st*"}
    written = write("notice_paid_school", "email", facts)
    assert "To the attendance lead at St. Mary's & St. John's <Primary> *1st*" in written.text
    assert str(escape("St. Mary's & St. John's <Primary> *1st*")).replace("&#39;", "'") in written.html
