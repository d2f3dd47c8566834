"""The stand-in for GOV.UK Notify answers as Notify's own code answered, in every case of the folder."""

import base64
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
import typst
from hypothesis import given
from hypothesis import strategies as st

from deploy.local.notify import create
from deploy.local.notify_templates import EMAIL, SMS
from services.notifications.providers.notify_errors import fault
from shared.time.clock import FixedClock
from tests.cases import rows, text

KEY = f"local-{uuid4()}-{uuid4()}"
NOW = datetime(2026, 7, 1, 14, tzinfo=UTC)
_LETTER = """#set page(paper: "a4", margin: 20mm)
#set text(font: "Libertinus Serif", size: 16pt)
#place(dx: 4.6mm, dy: 20.5mm)[#set text(9pt); ADDRESS]
#v(90mm)
Words #box("WORD")"""
WITHOUT_LANDLINES, WITHOUT_ABROAD = "service without landlines (the default)", "service without international"


def pdf(address: list[str], word: str = "") -> bytes:
    lines = "#linebreak()".join(f'#"{line}"' for line in address)
    made = typst.compile(_LETTER.replace("ADDRESS", lines).replace("WORD", word).encode(), format="pdf")
    assert isinstance(made, bytes)
    return made


PLAIN = pdf(["A Parent", "1 Lane", "NR1 4AB"])


class Desk:
    """The stand-in, asked as a client would."""

    def __init__(self, folder: Path) -> None:
        self.clock = FixedClock(NOW)
        app = create(folder, KEY, self.clock)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://notify")

    def _token(self) -> dict[str, str]:
        token = jwt.encode({"iss": KEY[-73:-37], "iat": int(time.time())}, KEY[-36:], algorithm="HS256")
        return {"Authorization": f"Bearer {token}"}

    async def post(self, kind: str, **asked: Any) -> httpx.Response:
        return await self.client.post(f"/v2/notifications/{kind}", json=asked, headers=self._token())

    async def sms(self, phone: str, body: str = "Words") -> httpx.Response:
        return await self.post("sms", phone_number=phone, template_id=SMS, personalisation={"body": body})

    async def email(self, address: str, **more: Any) -> httpx.Response:
        words = {"subject": "S", "body": "B"}
        return await self.post(
            "email", **{"email_address": address, "template_id": EMAIL, "personalisation": words, **more}
        )

    async def letter(self, content: bytes | str, reference: str = "r") -> httpx.Response:
        said = content if isinstance(content, str) else base64.b64encode(content).decode()
        return await self.post("letter", reference=reference, content=said)

    async def status(self, sent: httpx.Response) -> str:
        found = await self.client.get(f"/v2/notifications/{sent.json()['id']}", headers=self._token())
        return str(found.json()["status"])

    async def set_up(self, **service: Any) -> None:
        (await self.client.post("/_play", json={"service": service})).raise_for_status()


@pytest.fixture
async def notify(tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(tmp_path)
    yield made
    await made.client.aclose()


def error_of(answer: httpx.Response) -> tuple[int, str, str]:
    said = answer.json()["errors"][0]
    return answer.status_code, said["error"], said["message"]


@pytest.mark.parametrize("row", rows("notify/phones.json"), ids=lambda row: row["phone"])
async def test_a_number_is_taken_or_refused_as_notify_does(notify: Desk, row: dict[str, Any]) -> None:
    for service, setting in ((WITHOUT_LANDLINES, {}), (WITHOUT_ABROAD, {"international": False})):
        await notify.set_up(**setting)
        expected = row if "normalised" not in row else row[service]
        answer = await notify.sms(row["phone"])
        assert answer.status_code == expected["answer"]
        if answer.status_code != 201:
            assert error_of(answer) == (expected["answer"], expected["error"], expected["message"])


@pytest.mark.parametrize("row", rows("notify/emails.json"), ids=lambda row: row["email"])
async def test_an_email_address_is_taken_or_refused_as_notify_does(notify: Desk, row: dict[str, Any]) -> None:
    answer = await notify.email(row["email"])
    assert (answer.status_code == 201) == row["notify_takes"]


@pytest.mark.parametrize("row", rows("notify/texts.json"), ids=lambda row: row["id"])
async def test_a_text_is_kept_as_it_arrives_or_refused_as_too_long(notify: Desk, row: dict[str, Any]) -> None:
    answer = await notify.sms("07700 900123", text(row["text_pieces"]))
    if row["notify_too_long"]:
        assert error_of(answer)[:2] == (400, "BadRequestError")
        assert "too long" in error_of(answer)[2]
    else:
        assert answer.json()["content"]["body"] == row.get("arrives_as", text(row["text_pieces"]))


@pytest.mark.parametrize("row", rows("notify/addresses.json"), ids=lambda row: row["id"])
async def test_a_letter_is_taken_and_stopped_later_for_its_address(notify: Desk, row: dict[str, Any]) -> None:
    sent = await notify.letter(pdf(row["lines"]))
    assert (sent.status_code, await notify.status(sent)) == (201, "pending-virus-check")
    notify.clock.advance(timedelta(minutes=1))
    assert await notify.status(sent) == ("accepted" if row["notify"] == "valid" else "validation-failed")


CONTENTS: dict[str, bytes | str] = {
    "not-a-pdf": b"hello",
    "three-megabytes": PLAIN + bytes(3_000_000),
    "odd-base64": "!!!!",
    "long-reference": PLAIN,
}


@pytest.mark.parametrize("row", rows("notify/letters.json"), ids=lambda row: row["id"])
async def test_a_letter_is_taken_and_looked_at_afterwards(notify: Desk, row: dict[str, Any]) -> None:
    too_wide = pdf(["A Parent", "1 Lane", "NR1 4AB"], "x" * 80)  # as ours were, before their long words were broken
    sent = await notify.letter(CONTENTS.get(row["id"], too_wide), "r" * (1001 if row["id"] == "long-reference" else 1))
    assert sent.status_code == row.get("post", 201)
    notify.clock.advance(timedelta(minutes=1))
    is_stopped = row.get("later", "").startswith("validation-failed")
    assert await notify.status(sent) == ("validation-failed" if is_stopped else "accepted")


Ask = Callable[[Desk], Any]
ASKED: dict[str, tuple[dict[str, Any], Ask]] = {
    "landline": ({}, lambda desk: desk.sms("01603 223681")),
    "foreign": ({"international": False}, lambda desk: desk.sms("+48 601 123 456")),
    "bad-phone": ({}, lambda desk: desk.sms("077009")),
    "bad-email": ({}, lambda desk: desk.email("nobody")),
    "template-no-uuid": ({}, lambda desk: desk.email("a@b.example", template_id="mine")),
    "unsubscribe-http": ({}, lambda desk: desk.email("a@b.example", one_click_unsubscribe_url="http://x.example/")),
    "trial": ({"trial": True}, lambda desk: desk.email("a@b.example")),
    "template-deleted": ({"deleted": [EMAIL]}, lambda desk: desk.email("a@b.example")),
    "no-permission": ({"channels": ["email"]}, lambda desk: desk.sms("07700 900123")),
    "too-long": ({}, lambda desk: desk.sms("07700 900123", "a" * 919)),
    "empty": ({}, lambda desk: desk.sms("07700 900123", " ")),
    "letter-trial": ({"trial": True}, lambda desk: desk.letter(PLAIN)),
    "day-sms": ({"limits": {"sms": 1}}, lambda desk: desk.sms("07700 900123")),
    "day-international": ({"limits": {"international_sms": 1}}, lambda desk: desk.sms("+48 601 123 456")),
}
MEANS = {
    "address": "address",
    "message": "message",
    "configuration: never the address": "account",
    "account: hold, or another provider": "account",
    "account: hold": "account",
    "this channel's day": "day",
    "foreign numbers' day only: UK numbers still go": "abroad",
    "rate": "rate",
}


@pytest.mark.parametrize("row", rows("notify/answers.json"), ids=lambda row: row["id"])
async def test_an_error_is_given_as_notify_gives_it(notify: Desk, row: dict[str, Any]) -> None:
    if row["id"] == "rate":
        await notify.client.post("/_play", json={"fail": "429-rate"})
        answer = await notify.sms("07700 900123")
    else:
        service, ask = ASKED[row["id"]]
        await notify.set_up(**service)
        for _ in range(2 if "limits" in service else 1):
            answer = await ask(notify)
    assert error_of(answer) == (row["status"], row["error"], row["message"])


@pytest.mark.parametrize("row", rows("notify/answers.json"), ids=lambda row: row["id"])
def test_an_error_is_held_against_whom_it_concerns(row: dict[str, Any]) -> None:
    assert fault(row["status"], [row]) == MEANS[row["means"]]


@pytest.mark.parametrize("row", rows("notify/answers.json"), ids=lambda row: row["id"])
def test_beside_another_error_the_one_that_holds_most_back_counts(row: dict[str, Any]) -> None:
    wrong = {"error": "ValidationError", "message": "template_id is not a valid UUID"}
    assert fault(row["status"], [row, wrong]) == "account"


def test_what_the_table_does_not_know_is_the_message_s_and_no_address_is_given_up() -> None:
    assert fault(400, [{"error": "BadRequestError", "message": "phone number is not a valid wish"}]) == "message"
    assert fault(400, []) == "message"
    assert fault(404, []) == "account"


WORDS = st.sampled_from(["is a required property", "None is not of type string", "is not a valid UUID", "of no kind"])
FIELDS = st.sampled_from(["phone_number_of_nobody", "email_address_reply", "reference", "to", "template_id", "phone"])


@given(st.integers(300, 499), FIELDS, WORDS)
def test_only_what_is_said_of_an_address_itself_is_held_against_it(status: int, field: str, words: str) -> None:
    assert fault(status, [{"error": "ValidationError", "message": f"{field} {words}"}]) != "address"


@pytest.mark.parametrize("field", ["phone_number", "email_address"])
def test_an_address_that_we_did_not_send_is_no_fault_of_the_address(field: str) -> None:
    for words in ("is a required property", "5 is not of type string"):
        assert fault(400, [{"error": "ValidationError", "message": f"{field} {words}"}]) == "message"
    assert fault(400, [{"error": "ValidationError", "message": f"{field} Not enough digits"}]) == "address"


@pytest.mark.parametrize("row", rows("notify/day_limit.json"), ids=lambda row: row["id"])
async def test_a_day_ends_at_midnight_utc(notify: Desk, row: dict[str, Any]) -> None:
    await notify.set_up(limits={"sms": 1})
    notify.clock.instant = datetime.fromisoformat(row["limit_said_at"])
    assert [(await notify.sms("07700 900123")).status_code for _ in range(2)] == [201, 429]
    again = datetime.fromisoformat(row["notify_takes_again_from"])
    notify.clock.instant = again - timedelta(seconds=1)
    assert (await notify.sms("07700 900123")).status_code == 429
    notify.clock.instant = again
    assert (await notify.sms("07700 900123")).status_code == 201


async def test_the_limit_abroad_leaves_numbers_at_home_alone(notify: Desk) -> None:
    await notify.set_up(limits={"international_sms": 1})
    assert [(await notify.sms("+48 601 123 456")).status_code for _ in range(2)] == [201, 429]
    assert (await notify.sms("07700 900123")).status_code == 201
