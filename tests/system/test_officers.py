"""Who decides, on the real stack: tried as the attendance team's own identity, and judged by what comes of it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import aio_pika
import pytest

from deploy.local.stack import Stack
from services.notices.cli.deciding import authorisation
from services.notices.story.story import Story, hash_for
from shared.contracts import Message
from shared.contracts.fields import Person
from shared.contracts.surveys import Invite, PublishSurvey
from shared.hearing.dead import list_dead, replay
from shared.identity import derived_reference
from shared.messaging.publisher import Publisher, Sign
from shared.signing.authority import Folder
from shared.signing.credentials import Credential
from shared.signing.signatories import OFFICER, refused_as
from shared.time.clock import Clock
from tests.making import upn
from tests.surveying import plain
from tests.system.living import OFFICER as JO
from tests.system.living import Living
from tests.system.test_case_life import away
from tests.waiting import eventually

EVA = Person(id="officer-99", name="Eva Stone", role="Attendance Officer")
CHILD, URN, LATER = upn("801200005888"), "801888", datetime(2024, 9, 2, tzinfo=UTC)


def issued(stack: Stack, who: Person, **more: Any) -> Credential:
    return Folder(stack.officers).issue(who, more.pop("now", Clock.wall()), more.pop("days", 9), **more)


def by(credential: Credential) -> Sign:
    return lambda message, body: {OFFICER: credential.sign(message.key(), body, Clock.wall())}


async def say(living: Living, message: Message, sign: Sign | None = None) -> None:
    """As the attendance team's identity, which may say every command of casework."""
    async with Publisher(living.stack.servers.amqp("casework"), sign) as publisher:
        await publisher.publish(message)


async def refusal(living: Living, story: Story, decision: Message) -> str:
    """The code by which a case refused a decision, once it has."""

    async def look() -> str | None:
        history = (await living.documents("notices", "cases", {"_id": story["case"]}))[0]["history"]
        codes = [each["reasons"][0]["code"] for each in history if each["cause"] == str(refused_as(decision.id))]
        return codes[0] if codes else None

    return str(await eventually(look, "refusal"))


async def test_a_notice_is_issued_on_the_word_of_its_own_officer_alone(living: Living) -> None:
    living.set_clock(LATER + timedelta(days=30))
    story = await away(living, URN, CHILD, time=LATER)
    await living.request(story, "p-1")

    def decision() -> Message:
        return authorisation(story, "p-1", JO, "A holiday in term time.", hash_for(story, "p-1"), living.clock)

    jos = issued(living.stack, JO)
    lost = issued(living.stack, JO.model_copy(update={"id": "officer-98"}))
    Folder(living.stack.officers).revoke("officer-98", "lost laptop", Clock.wall())
    before = decision()
    replayed = by(jos)(before, before.model_dump_json().encode())
    attacks: dict[str, Sign | None] = {
        "not_signed": None,
        "credential_revoked": by(lost),
        "credential_expired": by(issued(living.stack, JO, now=Clock.wall() - timedelta(days=9), days=8)),
        "credential_elsewhere": by(issued(living.stack, JO, services=("surveys",))),
        "signed_by_another": by(issued(living.stack, EVA)),
        "signature_wrong": lambda message, body: replayed,
    }
    for code, sign in attacks.items():
        attempt = decision()
        await say(living, attempt, sign)
        assert await refusal(living, story, attempt) == code
    assert (await living.story(story["case"]))["notices"] == []
    await say(living, decision(), by(jos))
    await living.notice(story["case"], "p-1", "issued")


async def test_a_signed_decision_holds_through_ladder_and_dead_and_an_unsigned_one_does_not(living: Living) -> None:
    """It comes before the survey that it is about, is parked at last, and is brought back when the survey is there."""
    living.set_clock(datetime(2024, 5, 1, 9, tzinfo=UTC))
    key, jos = uuid4(), by(issued(living.stack, JO))
    publish = PublishSurvey(id=key, time=living.clock.now(), correlation_id=key, document=plain(), officer=JO)
    survey = derived_reference("S", key)

    def invite(name: str) -> Invite:
        about = {"id": uuid4(), "time": living.clock.now(), "survey": survey, "officer": JO}
        return Invite.model_validate({**about, "recipients": [{"name": name, "email": f"{name}@school.example.org"}]})

    signed, unsigned = invite("signed"), invite("unsigned")
    await say(living, signed, jos)
    await say(living, unsigned)
    ours = {str(signed.id), str(unsigned.id)}

    async def parked() -> bool:
        return ours <= {each.id for each in await list_dead(living.stack.amqp)}

    await eventually(parked, "both parked", 60)
    await say(living, publish, jos)

    async def is_open() -> bool:
        return bool(await living.documents("surveys", "surveys", {"_id": survey, "state": "open"}))

    await eventually(is_open, "the survey")
    assert await replay(living.stack.servers.amqp("operator"), ours) == 2

    async def trail() -> list[dict[str, Any]]:
        found = await living.documents("surveys", "surveys", {"_id": survey})
        return [each for each in found[0]["trail"] if each["what"] in ("invited", "refused")]

    async def both() -> bool:
        return len(await trail()) == 2

    await eventually(both, "both heard")
    assert {(each["what"], each.get("code")) for each in await trail()} == {
        ("invited", None),
        ("refused", "not_signed"),
    }
    query = {"survey": survey}
    invited = await eventually(lambda: living.documents("surveys", "invitations", query), "the invitation") or []
    assert [each["respondent"]["name"] for each in invited] == ["signed"]


@pytest.mark.parametrize(("identity", "named", "opens"), [
    ("root", True, True), ("root", False, True), ("casework", True, False),
])  # fmt: skip
async def test_a_script_of_the_stacks_owner_decides_unsigned_and_nobody_elses(
    living: Living, identity: str, named: bool, opens: bool
) -> None:
    """As somebody feeds a private local stack by hand, without this project's own publisher."""
    living.set_clock(datetime(2024, 5, 1, 9, tzinfo=UTC))
    key = uuid4()
    said = PublishSurvey(id=key, time=living.clock.now(), correlation_id=key, document=plain(), officer=JO)
    message = aio_pika.Message(
        said.model_dump_json().encode(), content_type="application/json", user_id=identity if named else None
    )
    connection = await aio_pika.connect(living.stack.servers.amqp(identity))
    async with connection:
        exchange = "commands" if identity == "root" else identity  # scripts may know the shared one still
        commands = await (await connection.channel()).get_exchange(exchange)
        await commands.publish(message, said.key())

    async def told() -> bool:
        return any(letter.body == message.body for letter in await list_dead(living.stack.amqp))

    async def there() -> bool:
        return bool(await living.documents("surveys", "surveys", {"_id": derived_reference("S", key)}))

    await eventually(there if opens else told, "the survey, or its refusal")
    assert await there() is opens


def test_the_stack_keeps_its_key_from_others_and_tells_where_it_is(living: Living) -> None:
    told = json.loads((living.stack.folder / "stack.json").read_text())
    assert (Path(told["officers"]) / "authority.json").stat().st_mode & 0o077 == 0
