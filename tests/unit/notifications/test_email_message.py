from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from services.notifications.words.attachments import Attachment
from services.notifications.words.email_message import NoAddress, message
from services.notifications.words.wording import Written

SENDER = "Attendance Team <csattendance@norfolk.gov.uk>"
AT = datetime(2025, 9, 22, 9, 30, tzinfo=UTC)
SMUGGLED = ["a\r\nBcc: x@y.example", "a\nb", "a\x85b", "a\u2028b", "a\u2029b", "a\x00", "=?utf-8?q?=0ABcc:?="]
INVITE = Attachment("meeting.ics", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "text/calendar", "REQUEST")


def words(subject: str = "S", text: str = "Words £80\n", html: str = "") -> Written:
    return Written("notice", "v1", "email", subject, text, html)


PLAIN = words()


def sent(written: Written = PLAIN, **changed: Any) -> EmailMessage:
    plain = {"sender": SENDER, "recipient": "office@school.example", "reference": "0c5d-11", "instant": AT}
    return message(written, **{**plain, **changed})


def read(made: EmailMessage) -> EmailMessage:
    parsed = message_from_bytes(made.as_bytes(), policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def test_a_message_carries_its_reference_and_the_given_instant() -> None:
    made = read(sent(words("Subject é")))
    assert made["Message-ID"] == "<0c5d-11@norfolk.gov.uk>"
    assert made["Date"].datetime == AT
    assert made["From"] == SENDER
    assert made["To"] == "office@school.example"
    assert made["Subject"] == "Subject é"
    assert made.get_content().splitlines() == ["Words £80"]


def test_the_same_arguments_give_the_same_bytes_and_others_do_not() -> None:
    def bytes_of(reference: str) -> bytes:
        return sent(words(html="<p>Words</p>"), reference=reference, attachments=[INVITE]).as_bytes()

    assert bytes_of("r-1") == bytes_of("r-1")
    assert bytes_of("r-1") != bytes_of("r-2")


def test_text_comes_first_and_html_is_the_better_choice() -> None:
    made = read(sent(words(html="<p>Words £80</p>")))
    assert made.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in made.iter_parts()] == ["text/plain", "text/html"]
    assert [part.get_content().strip() for part in made.iter_parts()] == ["Words £80", "<p>Words £80</p>"]


def test_a_calendar_keeps_its_method_and_its_bytes() -> None:
    made = read(
        sent(
            words(html="<p>Words</p>"),
            attachments=[INVITE, Attachment("a.pdf", b"%PDF-1.7\n\x00\xff", "application/pdf")],
        )
    )
    calendar, paper = made.iter_attachments()
    assert (calendar.get_content_type(), calendar.get_param("method")) == ("text/calendar", "REQUEST")
    assert calendar.get_filename() == "meeting.ics"
    assert calendar.get_payload(decode=True) == INVITE.content
    assert paper.get_content() == b"%PDF-1.7\n\x00\xff"
    assert [part.get_content_type() for part in made.walk()][:2] == ["multipart/mixed", "multipart/alternative"]


def test_a_campaign_can_be_stopped_by_one_click_and_nothing_else_can() -> None:
    made = sent(unsubscribe="https://attendance.example.org/stop/IkI.x_-")
    assert made["List-Unsubscribe"] == "<https://attendance.example.org/stop/IkI.x_->"
    assert made["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert not {"List-Unsubscribe", "List-Unsubscribe-Post"} & set(sent().keys())


def test_a_later_message_answers_an_earlier_one() -> None:
    made = sent(in_reply_to="0c5d-10")
    assert made["In-Reply-To"] == made["References"] == "<0c5d-10@norfolk.gov.uk>"


@pytest.mark.parametrize("smuggled", SMUGGLED)
@pytest.mark.parametrize("place", ["sender", "recipient", "reference", "in_reply_to", "unsubscribe"])
def test_nothing_can_smuggle_a_header_in(place: str, smuggled: str) -> None:
    values = {
        "sender": SENDER,
        "recipient": "office@school.example",
        "reference": "r-1",
        "in_reply_to": "r-0",
        "unsubscribe": "https://a.example/x",
    }
    with pytest.raises(ValueError, match=r"header|reference") as refused:
        sent(**{place: values[place] + smuggled})
    assert smuggled not in str(refused.value)


@pytest.mark.parametrize("smuggled", SMUGGLED)
def test_no_subject_can_smuggle_a_header_in(smuggled: str) -> None:
    with pytest.raises(ValueError, match="header") as refused:
        sent(words("S" + smuggled))
    assert smuggled not in str(refused.value)


@pytest.mark.parametrize("recipient", ["", "nobody", "a@b@c", "a b@c.example", "x@y.example, z@y.example"])
def test_what_is_no_address_is_refused(recipient: str) -> None:
    with pytest.raises(NoAddress, match="email address"):
        sent(recipient=recipient)


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "https://a.example/x>, <mailto:b@c", "https://a.example/ x", "x"]
)
def test_an_address_for_unsubscribing_is_a_web_address(address: str) -> None:
    with pytest.raises(ValueError, match="unsubscribing") as refused:
        sent(unsubscribe=address)
    assert address not in str(refused.value)


@pytest.mark.parametrize("name", ['a"; x="b.pdf', "a\r\nb.pdf", "../a.pdf", "", "a/b.pdf"])
def test_a_file_has_a_plain_name(name: str) -> None:
    with pytest.raises(ValueError, match="plain file name"):
        sent(attachments=[Attachment(name, b"")])


@pytest.mark.parametrize(("kind", "method"), [("text", ""), ("text/calendar; x=y", ""), ("text/calendar", 'R"; x="y')])
def test_a_file_has_a_plain_type_and_method(kind: str, method: str) -> None:
    with pytest.raises(ValueError, match="media type"):
        sent(attachments=[Attachment("a.ics", b"", kind, method)])
