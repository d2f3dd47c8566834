"""What the services hold about a person, in one file; what may be erased of it; and that who asked is kept."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.bookings.places.asking import booking_of
from services.cli import app
from shared.contracts.hosting import RequestBooking
from tests.making import ADDRESS, upn
from tests.system.crowd import command, published
from tests.system.living import Living
from tests.system.test_case_life import away, issue
from tests.waiting import eventually

CHILD, URN = upn("801200005777"), "801777"
LATER = datetime(2024, 9, 2, tzinfo=UTC)
ROBIN = {
    "parent_id": "p-701", "name": "Robin Fairweather", "address": ADDRESS, "day_to_day_care": True,
    "email": "robin.fairweather@example.org",
}  # fmt: skip
SANDY = {
    **ROBIN, "parent_id": "p-702", "name": "Sandy Quillfeather", "email": "sandy.quillfeather@example.org",
    "address": {"lines": ["7 Safe House Row", "Norwich"], "postcode": "NR1 1AA"},
}  # fmt: skip


@pytest.fixture
def desk(living: Living, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(living.stack.folder.parent)
    monkeypatch.setenv("EVERYDAY_OFFICER_ID", "officer-access")


def types(*words: str) -> str:
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    return done.stdout


def told(into: Path, person: str) -> str:
    types("subject-access", person, "--into", str(into))
    return into.read_text()


async def test_a_pupil_and_a_parent_are_told_what_is_held_and_not_who_else_is_named(
    living: Living, desk: None, tmp_path: Path
) -> None:
    living.set_clock(LATER + timedelta(days=30))
    story = await away(living, URN, CHILD, parents=[ROBIN, SANDY], time=LATER)
    notice = str((await issue(living, story["case"], "p-702"))["notice"])
    await living.accepted(notice)
    child = await asyncio.to_thread(told, tmp_path / "child.txt", CHILD.lower())
    robin = await asyncio.to_thread(told, tmp_path / "robin.txt", "Robin.Fairweather@example.org")
    sandy = await asyncio.to_thread(told, tmp_path / "sandy.html", "p-702")
    for text in (
        CHILD,
        "Ava Larter",
        "Sessions of absence without authority",
        story["case"],
        notice,
        "code G",
        "penalty notice",
    ):
        assert text in child
    for text in ("Robin Fairweather", "robin.fairweather@example.org", "A L, at school"):
        assert text in robin
    for text in ("Sandy Quillfeather", "7 Safe House Row", notice, "Dear Sandy Quillfeather"):
        assert text in sandy
    for text, others in (
        (child, ("Fairweather", "Quillfeather", "Safe House")),
        (robin, ("Quillfeather", "Safe House")),
    ):
        assert not [name for name in others if name in text]
    assert "Fairweather" not in sandy
    entries = json.loads(await asyncio.to_thread(types, "audit", "list", "--who", "officer-access", "--json"))
    looks = {(each["what"], *each["about"]) for each in entries}
    assert ("subject-access", CHILD) in looks
    assert ("subject-access", "p-702") in looks


async def test_what_may_be_erased_goes_from_every_service_and_the_rest_is_named_with_its_reason(
    living: Living, desk: None
) -> None:
    address = "pia.fellowes@school.example.org"
    meeting = await published(living, 1)
    asked = command(living, RequestBooking, meeting=meeting, person={"name": "Pia Fellowes", "email": address})
    await living.feed([asked])
    await eventually(lambda: living.documents("bookings", "bookings", {"_id": booking_of(asked)}), "booking")
    assert "is given back" in await asyncio.to_thread(types, "erase", address)

    async def of(service: str, collection: str, field: str) -> list[dict[str, object]]:
        return await living.documents(service, collection, {field: address})

    async def told(count: int) -> bool:
        sent = await of("notifications", "deliveries", "recipient.email")
        return len(sent) == count and all(each["state"] in {"sent", "delivered"} for each in sent)

    async def forgotten() -> bool:
        left = [
            *await of("notifications", "deliveries", "recipient.email"),
            *await of("bookings", "bookings", "person.email"),
        ]
        return not left

    await eventually(lambda: told(1), "email that confirms")
    by = ("--officer-id", "officer-17", "--officer", "Jo Harwood", "--reason", "Asked by letter.")
    await asyncio.to_thread(types, "erase", address)
    assert not await forgotten(), "looking changes nothing"
    await asyncio.to_thread(types, "erase", address, "--do", *by)
    await eventually(forgotten, "forgotten person")
    assert "nothing is held" in await asyncio.to_thread(types, "erase", address)
    entries = json.loads(await asyncio.to_thread(types, "audit", "list", "--about", address, "--json"))
    assert [(each["who"], each["what"]) for each in entries if each["what"] == "erase --do"] == [
        ("officer-17", "erase --do")
    ]
    await living.feed([command(living, RequestBooking, meeting=meeting, person=asked.person.model_dump())])

    async def asked_about() -> bool:
        return "request booking" in await asyncio.to_thread(types, "returns", "list")

    await eventually(asked_about, "question whether they may be booked again")
    assert await forgotten(), "and nothing of them is kept meanwhile"
    await asyncio.to_thread(types, "returns", "allow", address, *by)
    await living.feed([command(living, RequestBooking, meeting=meeting, person=asked.person.model_dump())])
    await eventually(lambda: of("bookings", "bookings", "person.email"), "booking of who was allowed back")
    await eventually(lambda: told(1), "email that confirms it")


def test_nothing_is_erased_without_a_reason_and_a_name() -> None:
    ended = CliRunner().invoke(app, ["erase", "pia@school.example.org", "--do", "--reason", "Asked by letter."])
    assert ended.exit_code == 2
    assert "--officer" in ended.stderr
