"""The post room over folders as the stand-ins leave them."""

import asyncio
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from deploy.local.arrivals import Provider
from deploy.local.ledger import Item, Ledger
from deploy.local.mail import Sink
from deploy.local.post_room import create
from services.notifications.words.attachments import Attachment
from services.notifications.words.email_message import message
from services.notifications.words.template_files import templates
from services.notifications.words.wording import write
from shared.time.clock import FixedClock

AT = datetime(2024, 10, 4, 9, tzinfo=UTC)
SENDER = "Attendance Team <csattendance@norfolk.gov.uk>"
INVITE = Attachment("meeting.ics", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "text/calendar", "REQUEST")


class Links(HTMLParser):
    """The links of a page, by their words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._at = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._at = dict(attrs).get("href") or "" if tag == "a" else self._at

    def handle_data(self, data: str) -> None:
        if self._at and data.strip():
            self.found[data.strip()] = self._at
            self._at = ""


def providers_in(folder: Path) -> list[Provider]:
    return [Provider("notify", folder / "letters", "http://127.0.0.1:1")]


class Visitor:
    """Asks the post room without a server."""

    def __init__(self, app: Starlette) -> None:
        self._app = app

    def get(self, at: str) -> httpx.Response:
        return asyncio.run(self._ask("GET", at))

    def post(self, at: str, data: dict[str, str]) -> httpx.Response:
        return asyncio.run(self._ask("POST", at, data))

    async def _ask(self, method: str, at: str, data: dict[str, str] | None = None) -> httpx.Response:
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://room", follow_redirects=True) as client:
            return await client.request(method, at, data=data)


@pytest.fixture
def room(tmp_path: Path) -> Visitor:
    """A mail, a text and a letter, in this order, and a hostile mail before them."""
    mails, letters = Sink(tmp_path / "mails"), Ledger(tmp_path / "letters")

    def mail(reference: str, hours: int, template: str, *attachments: Attachment) -> None:
        written = write(template, "email", templates()[template].sample("worst" if hours < 0 else "sample"))
        made = message(
            written,
            sender=SENDER,
            recipient=f"office@{reference}.example",
            reference=reference,
            instant=AT + timedelta(hours=hours),
            attachments=attachments,
        )
        mails._keep(made.as_bytes())

    mail("hostile-1", -1, "mi_sheet")
    mail("school-2", 0, "notice_paid_school", INVITE)
    body = write("notice", "sms", {"subject": "x", "words": "Caf\u00e9 ŵ <b>bold</b>"}).text
    asked = {"phone_number": "07700900123", "template_id": "t", "personalisation": {"body": body}}
    letters.add(Item("00000000-0000-0000-0000-000000000003", "sms", "text-3", AT + timedelta(hours=1), asked))
    pdf = write("penalty_notice", "letter", templates()["penalty_notice"].sample()).pdf
    file = letters.keep_pdf("letter-4", pdf)
    letters.add(
        Item("00000000-0000-0000-0000-000000000004", "letter", "letter-4", AT + timedelta(hours=2), {}, "first", file)
    )
    with (tmp_path / "letters" / "accepted.jsonl").open("a") as being_written:
        being_written.write('{"id": "00000000')
    return Visitor(create(tmp_path / "mails", providers_in(tmp_path), FixedClock(AT), "amqp://127.0.0.1:1/"))


def test_everything_that_arrived_is_listed_the_newest_first(room: Visitor) -> None:
    page = room.get("/").text
    references = [each for each in ("letter-4", "text-3", "school-2", "hostile-1") if each in page]
    assert references == sorted(references, key=page.index)
    assert len(references) == 4
    assert "Friday 4 October 2024, 12:00:00" in page  # the letter's, by the clock of London
    assert "Ms Eleanor Marsh, 14 Mousehold Lane, Thorpe Hamlet, Norwich, NR1 4AB" in page
    assert "<script>" not in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("kind=letter", {"letter-4"}),
        ("kind=sms", {"text-3"}),
        ("kind=email", {"school-2", "hostile-1"}),
        ("q=LETTER-4", {"letter-4"}),
        ("q=school-2.example", {"school-2"}),
        ("q=N-7K4M-9PXT3", {"letter-4"}),
        ("q=nobody", set()),
    ],
)
def test_the_list_can_be_filtered(room: Visitor, query: str, shown: set[str]) -> None:
    page = room.get(f"/?{query}").text.split("<table>")[1]
    assert {each for each in ("letter-4", "text-3", "school-2", "hostile-1") if f">{each}<" in page} == shown


def test_an_email_is_shown_with_its_headers_its_text_and_its_attachments(room: Visitor) -> None:
    [at] = [link for words, link in Links(room.get("/?q=school-2").text).found.items() if words.startswith("Case")]
    page = room.get(at).text
    assert "&lt;school-2@norfolk.gov.uk&gt;" in page
    assert "To the attendance lead at Mousehold Lane Primary School" in page
    assert f'<iframe class="mail" src="{at}/html" sandbox title=' in page
    file = room.get(Links(page).found["meeting.ics"])
    assert file.content.splitlines() == INVITE.content.splitlines()
    assert file.headers["content-disposition"] == "attachment"


def test_a_mail_can_do_nothing_in_its_frame(room: Visitor) -> None:
    [at] = [link for words, link in Links(room.get("/?q=hostile").text).found.items() if words.startswith("MI Sheet")]
    page = room.get(f"{at}/html")
    rules = page.headers["content-security-policy"]
    assert rules.startswith("sandbox; default-src 'none'")
    assert "script-src" not in rules
    assert "<h1>The Right Reverend" in page.text
    assert "script-src" not in room.get("/").headers["content-security-policy"]


def test_a_text_is_shown_with_its_parts_its_price_and_what_raised_it(room: Visitor) -> None:
    page = room.get("/items/notify/00000000-0000-0000-0000-000000000003").text
    assert '<p class="bubble">Norfolk County Council: Café ŵ &lt;b&gt;bold&lt;/b&gt;</p>' in page
    assert "UCS-2, 42 characters, 1 part, 2.4 pence" in page
    assert "ŵ (LATIN SMALL LETTER W WITH CIRCUMFLEX), at character 30" in page


def test_a_letter_is_shown_as_pictures_of_its_pages_and_as_pdf(room: Visitor) -> None:
    at = "/items/notify/00000000-0000-0000-0000-000000000004"
    page = room.get(at).text
    assert "Ms Eleanor Marsh, 14 Mousehold Lane" in page
    assert "Penalty notice: school attendance" in page
    assert [room.get(f"{at}/pages/{number}").status_code for number in (1, 2, 3)] == [200, 200, 404]
    assert room.get(f"{at}/pages/2").content.startswith(b"\x89PNG")
    assert room.get(f"{at}/letter.pdf").content.startswith(b"%PDF")


@pytest.mark.parametrize(
    "at",
    ["/mails/nope", "/mails/..%2Fletters%2Fletters", "/items/notify/nope", "/items/nobody/x/letter.pdf",
     "/items/notify/00000000-0000-0000-0000-000000000003/letter.pdf"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(room: Visitor, at: str) -> None:
    assert room.get(at).status_code == 404


def test_a_failure_that_cannot_be_played_is_said(room: Visitor) -> None:
    page = room.post("/play", data={"provider": "notify", "fail": "500", "times": "2", "seconds": "1"}).text
    assert "notify does not answer (ConnectError): is the stack running?" in page
    letter = "/items/notify/00000000-0000-0000-0000-000000000004"
    page = room.post(f"{letter}/end", data={"status": "permanent-failure"}).text
    assert "notify does not answer (ConnectError): is the stack running?" in page
    assert "The broker does not take it" in room.post(f"{letter}/back", data={}).text
    assert room.post("/play", data={"provider": "nobody", "fail": "500"}).status_code == 404


def test_a_failure_of_the_mail_server_is_written_down_for_it(tmp_path: Path) -> None:
    faults = tmp_path / "faults.json"
    room = Visitor(create(tmp_path / "mails", providers_in(tmp_path), FixedClock(AT), mail_faults=faults))
    page = room.post("/play", data={"provider": "mail", "fail": "drop-after-data", "times": "2"}).text
    assert "mail: next, it takes the mail and then says nothing (mail)." in page
    sink = Sink(tmp_path / "mails", faults)
    assert [sink._fault() for _ in range(3)] == ["drop-after-data", "drop-after-data", ""]


def test_a_text_of_another_provider_is_shown(tmp_path: Path) -> None:
    asked = {"to": ["+447700900123"], "body": "A letter is on its way.", "client_reference": "text-9"}
    Ledger(tmp_path / "texts").add(Item("01J", "sms", "text-9", AT, asked))
    room = Visitor(create(tmp_path, [Provider("sinch", tmp_path / "texts", "")], FixedClock(AT)))
    assert "+447700900123" in room.get("/").text
    assert '<p class="bubble">A letter is on its way.</p>' in room.get("/items/sinch/01J").text


def test_an_empty_stack_has_an_empty_post_room(tmp_path: Path) -> None:
    page = Visitor(create(tmp_path / "mails", providers_in(tmp_path), FixedClock(AT))).get("/").text
    assert "Nothing yet." in page
