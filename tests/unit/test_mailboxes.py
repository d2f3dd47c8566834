"""Mail goes to a domain of any script in its ASCII form; what stands before the @ has none, and is refused."""

from datetime import UTC, datetime
from email import message_from_bytes
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.notifications.addresses.addresses import canonical, objection
from services.notifications.words.email_message import message
from services.notifications.words.wording import Written
from shared.contracts.hosting import RequestBooking
from shared.contracts.meetings import Attendee
from shared.contracts.surveys import Invite
from shared.writing.mailboxes import on_the_wire
from tests.cases import rows

EMAILS = rows("public-reports/booking-emails.json")
NOW = datetime(2024, 10, 4, 9, tzinfo=UTC)


def booking(email: str) -> RequestBooking:
    told = {"id": uuid4(), "time": NOW, "meeting": "M-1234-5678", "person": {"name": "Ann One", "email": email}}
    return RequestBooking.model_validate(told)


def headers(email: str) -> str:
    made = message(Written("t", "v", "email", "Subject", "Words"), sender="Team <team@council.example>",
                   recipient=email, reference="r-1", instant=NOW)  # fmt: skip
    return str(message_from_bytes(made.as_bytes())["To"])


@pytest.mark.parametrize("row", EMAILS, ids=lambda row: row["email"])
def test_what_is_booked_can_be_written_to_and_the_rest_is_refused_when_it_is_typed(row: dict[str, str]) -> None:
    if row["must"].startswith("refused"):
        with pytest.raises(ValidationError, match="email: the apostrophe"):
            booking(row["email"])
        with pytest.raises(ValidationError, match="email: the apostrophe"):
            Invite.model_validate(
                {
                    "id": uuid4(),
                    "time": NOW,
                    "survey": "S-1234-5678",
                    "officer": {"id": "o", "name": "Jo", "role": "Officer"},
                    "recipients": [{"name": "Ann One", "email": row["email"]}],
                }
            )
        assert "apostrophe" in str(objection("email", row["email"]))
        return
    sent = headers(booking(row["email"]).person.email)
    assert sent.isascii()
    assert sent.rpartition("@")[2] in (row["email"].rpartition("@")[2], "xn--ysgolgyr-g2b.cymru")


def test_who_was_kept_with_such_an_address_can_still_be_read() -> None:
    assert Attendee(name="Jo", email="jo.o’neill@st-example.example").email.startswith("jo.")


def test_a_domain_is_the_same_in_both_its_forms() -> None:
    assert canonical("email", "Info@例え.テスト") == canonical("email", "info@xn--r8jz45g.xn--zckzah")


LOCAL = st.text("abcXYZ09.'’éŵł+-_", min_size=1, max_size=12)
DOMAIN = st.text("abéŵ例9", min_size=1, max_size=8)


@given(LOCAL, DOMAIN)
def test_an_address_is_refused_at_the_door_or_can_be_put_on_an_envelope(local: str, domain: str) -> None:
    email = f"{local}@{domain}.example"
    if objection("email", email) is None:
        assert headers(email).isascii()
        assert on_the_wire(on_the_wire(email)) == on_the_wire(email)
    else:
        assert canonical("email", email) is None
