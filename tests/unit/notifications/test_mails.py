from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from services.notifications.attachments import Attachment
from services.notifications.mails import message
from services.notifications.providers.outcomes import Outgoing
from services.notifications.wording import Written

SENDER = "Attendance Team <csattendance@norfolk.gov.uk>"
AT = datetime(2025, 9, 22, 9, 30, tzinfo=UTC)


def outgoing(subject: str = "S", text: str = "Words £80\n", html: str = "", **more: Any) -> Outgoing:
    written = Written("t", "v", "email", subject, text, html)
    return Outgoing(**{"reference": "r-1", "address": "office@school.example", "written": written, "at": AT, **more})


def read(sent: EmailMessage) -> EmailMessage:
    return message_from_bytes(sent.as_bytes(), policy=policy.default)  # type: ignore[return-value]


def test_a_message_carries_its_reference_and_the_given_instant() -> None:
    mail = read(message(outgoing("Subject é", reference="0c5d-11"), SENDER))
    assert mail["Message-ID"] == "<0c5d-11@norfolk.gov.uk>"
    assert mail["Date"].datetime == AT
    assert mail["From"] == SENDER
    assert mail["To"] == "office@school.example"
    assert mail["Subject"] == "Subject é"
    assert mail.get_content().splitlines() == ["Words £80"]


def test_the_same_message_has_the_same_bytes() -> None:
    assert message(outgoing(), SENDER).as_bytes() == message(outgoing(), SENDER).as_bytes()


def test_html_stands_beside_the_text() -> None:
    mail = read(message(outgoing(html="<p>Words <b>£80</b></p>"), SENDER))
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert mail.get_body(("html",)).get_content().strip() == "<p>Words <b>£80</b></p>"  # type: ignore[union-attr]


def test_a_calendar_file_names_its_method_in_its_type() -> None:
    calendar = Attachment("meeting.ics", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "text/calendar", "REQUEST")
    mail = read(message(outgoing(html="<p>x</p>", attachments=(calendar,)), SENDER))
    [part] = mail.iter_attachments()
    assert part["Content-Type"].params == {"method": "REQUEST", "charset": "utf-8"}
    assert (part.get_content_type(), part.get_filename()) == ("text/calendar", "meeting.ics")
    assert part.get_payload(decode=True) == calendar.content


@pytest.mark.parametrize(
    "bad",
    [
        Attachment('a".ics', b""),
        Attachment("a\r\nBcc: x", b""),
        Attachment("a.ics", b"", "text/calendar; x=y"),
        Attachment("a.ics", b"", "text/calendar", "request\r\n"),
    ],
)
def test_an_attachment_cannot_smuggle_anything_into_its_headers(bad: Attachment) -> None:
    with pytest.raises(ValueError, match="attachment"):
        message(outgoing(attachments=(bad,)), SENDER)


def test_a_campaign_can_be_ended_with_one_click() -> None:
    mail = read(message(outgoing(unsubscribe="https://here.example/unsubscribe/abc"), SENDER))
    assert mail["List-Unsubscribe"] == "<https://here.example/unsubscribe/abc>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert read(message(outgoing(), SENDER))["List-Unsubscribe"] is None


@pytest.mark.parametrize(
    "smuggled", ["a\r\nBcc: x@y.example", "a\nb", "a\x85b", "a\u2028b", "a\u2029b", "a\x00", "=?utf-8?q?=0ABcc:?="]
)
@pytest.mark.parametrize("place", ["subject", "sender", "address", "reference", "unsubscribe"])
def test_nothing_can_smuggle_a_header_in(place: str, smuggled: str) -> None:
    values = {"subject": "S", "address": "office@school.example", "reference": "r-1", "unsubscribe": "https://x/"}
    sender = SENDER + smuggled if place == "sender" else SENDER
    if place != "sender":
        values[place] += smuggled
    with pytest.raises(ValueError, match=r"header|reference") as refused:
        message(outgoing(**values), sender)
    assert smuggled not in str(refused.value)


@pytest.mark.parametrize("address", ["", "nobody", "a@b@c", "a b@c.example", "x@y.example, z@y.example"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="email address"):
        message(outgoing(address=address), SENDER)
