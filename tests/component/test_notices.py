"""The notices service alone: messages in through an in-memory broker, what it keeps and what it leaves to be said."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from faststream.rabbit import RabbitBroker, TestRabbitBroker

from services.notices.app import composer
from services.notices.asking.explain import Explain
from services.notices.attendance.policy import shipped
from services.notices.cli.deciding import request
from services.notices.settings import NoticesSettings
from services.notices.story.story import Story, hash_for
from shared.contracts import CATALOGUE, Message
from shared.contracts.casework import AuthoriseNotice
from shared.contracts.fields import Person
from shared.contracts.notifications import LetterDispatched
from shared.identity import derived, derived_reference
from shared.messaging.failures import NotYetKnown, Permanent
from shared.running.service import Parts, consumer
from shared.running.settings import Settings
from shared.signing.signatories import DECIDES
from shared.store.documents import Store
from shared.store.references import References
from shared.time.clock import Clock, FixedClock
from tests.making import PUPIL, a_holiday, amended, pupil, register, school_days, upn
from tests.signing import credential, proving, tell
from tests.system.canaries import planted

NOW = datetime(2024, 9, 23, 9, tzinfo=UTC)
SCHOOL = Person(id="lead-3", name="Chris Amis", role="Attendance Lead")
PAPERS = ("registration_certificate", "registration_certificate_previous_year", "warning_to_parents")
OFFICER = {"id": "officer-17", "name": "Jo Harwood", "role": "Attendance Officer"}
WEEK = school_days(date(2024, 9, 9), 5)
ANOTHER = upn("801200005002")


@dataclass
class Notices:
    """The service without its surroundings: what it hears is handed to it, what it says is read from its outboxes."""

    store: Store
    clock: FixedClock
    parts: Parts
    broker: RabbitBroker

    async def hears(self, *messages: Message) -> None:
        bulk = {each.message: each.handle for each in self.parts.bulk}
        for message in messages:
            if type(message) in bulk:
                await bulk[type(message)]([message])
            else:
                await tell(self.broker, "notices", message)

    async def said(self, kind: str) -> list[Any]:
        """The messages of a kind that wait in outboxes."""
        entries = [
            entry
            for name in self.parts.outboxes
            for document in await self.store[name].pending(100)
            for entry in document["outbox"]
            if entry["type"] == kind
        ]
        return [CATALOGUE[kind].parse(entry["body"]) for entry in entries]

    async def story(self) -> Story:
        return await Explain(self.store, shipped(), self.clock).story(PUPIL)

    async def has_case(self) -> Story:
        """A pupil with a week's holiday, whose case has been opened."""
        await self.hears(*a_holiday("123456", PUPIL))
        await self.hears(*await self.said("notices.absence_threshold_reached.v1"))
        return await self.story()

    async def is_requested(self) -> Story:
        """The same case, for which the school has sent a complete request."""
        story = await self.has_case()
        await self.hears(request(story, ("p-1",), SCHOOL, PAPERS, self.clock))
        return await self.story()

    async def timers(self) -> None:
        for timer in self.parts.timers:
            await timer.once()


@pytest.fixture
async def notices(store: Store) -> AsyncIterator[Notices]:
    clock = FixedClock(NOW)
    parts = composer(NoticesSettings(amqp_url="", mongo_url=""))(store, clock)
    broker = consumer(Settings(amqp_url="amqp://in-memory/", mongo_url=""), [proving("notices", parts)])
    broker.include_routers(*parts.routers)
    async with TestRabbitBroker(broker):
        yield Notices(store, clock, parts, broker)


def decision(story: Story, **changed: Any) -> AuthoriseNotice:
    return AuthoriseNotice.model_validate(
        {
            "id": uuid4(),
            "time": NOW,
            "subject": story["case"],
            "case": story["case"],
            "parent_id": "p-1",
            "officer": OFFICER,
            "reason": "A holiday that the school had refused.",
            "evidence_hash": hash_for(story, "p-1"),
            **changed,
        }
    )


def posted(notice: str, on: date) -> LetterDispatched:
    facts = {"id": uuid4(), "time": NOW, "reference": notice, "delivery": str(uuid4()), "dispatched_on": on}
    return LetterDispatched.model_validate(facts)


async def test_ten_sessions_open_a_case_with_its_evidence(notices: Notices):
    story = await notices.has_case()
    assert (story["threshold_met"], story["count"]) == (True, 10)
    assert [line["what"] for line in story["history"]] == ["threshold_reached"]
    [reached] = await notices.said("notices.absence_threshold_reached.v1")
    assert reached.evidence_hash == story["evidence_hash"]
    assert {mark.date for mark in reached.sessions} == set(WEEK)


async def test_a_message_is_what_it_said_first(notices: Notices):
    first = register(WEEK[0], {PUPIL: "G"})
    other = first.marks[0].model_copy(update={"upn": ANOTHER})
    await notices.hears(first, first.model_copy(update={"marks": (*first.marks, other)}))
    assert [pupil["_id"] for pupil in await notices.store["pupils"].find({})] == [PUPIL]


async def test_a_case_hears_of_its_threshold_once_however_often_it_is_told(notices: Notices):
    await notices.has_case()
    await notices.hears(*await notices.said("notices.absence_threshold_reached.v1"))
    assert len((await notices.story())["history"]) == 1


async def test_a_decision_on_the_evidence_seen_issues_one_notice_and_a_redelivery_none(notices: Notices):
    command = decision(await notices.is_requested())
    await notices.hears(command, command)
    [issued] = await notices.said("notices.notice_issued.v1")
    assert (issued.amounts.discounted, issued.amounts.full, issued.sequence) == (8000, 16000, 1)
    assert issued.recipient.name == "Robin Larter"
    assert await notices.said("notices.command_refused.v1") == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"evidence_hash": "sha256:of-another-day"}, "evidence_changed"),
        ({"parent_id": "p-9"}, "parent_unknown"),
        ({"officer": {**OFFICER, "role": "Caretaker"}}, "officer_not_authorised"),
    ],
)
async def test_what_the_law_does_not_allow_is_refused_with_its_reason_and_nothing_is_issued(
    notices: Notices, changed: dict[str, Any], code: str
):
    await notices.hears(decision(await notices.is_requested(), **changed))
    [refused] = await notices.said("notices.command_refused.v1")
    assert code in {reason.code for reason in refused.reasons}
    assert await notices.said("notices.notice_issued.v1") == []


async def test_a_correction_takes_the_pupil_below_and_the_case_says_so(notices: Notices):
    await notices.has_case()
    await notices.hears(amended(WEEK[0], "C"))
    cleared = await notices.said("notices.absence_threshold_cleared.v1")
    await notices.hears(*cleared)
    story = await notices.story()
    assert (story["threshold_met"], story["count"]) == (False, 9)
    assert story["history"][-1]["what"] == "threshold_cleared"


async def test_a_posted_letter_sets_the_clocks_and_its_day_says_that_it_is_served(notices: Notices):
    await notices.hears(decision(await notices.is_requested()))
    [issued] = await notices.said("notices.notice_issued.v1")
    notices.clock.instant = datetime(2024, 10, 9, 22, 59, tzinfo=UTC)
    await notices.hears(posted(issued.notice, date(2024, 10, 8)))
    await notices.timers()
    assert await notices.said("notices.notice_served.v1") == []
    notices.clock.advance(timedelta(minutes=1))
    await notices.timers()
    await notices.timers()
    [served] = await notices.said("notices.notice_served.v1")
    assert (served.served_on, served.discount_until, served.pay_until) == (
        date(2024, 10, 10),
        date(2024, 10, 30),
        date(2024, 11, 6),
    )


async def test_a_letter_posted_on_the_day_of_its_notice_is_told_after_it(notices: Notices):
    await notices.hears(decision(await notices.is_requested()))
    [issued] = await notices.said("notices.notice_issued.v1")
    await notices.hears(posted(issued.notice, NOW.date()))
    history = (await notices.story())["history"]
    assert [line["what"] for line in history] == [
        "threshold_reached",
        "requested",
        "notice_issued",
        "letter_dispatched",
    ]
    assert history[-1]["at"] == "2024-09-23"


async def test_a_letter_of_a_notice_that_is_not_here_yet_is_tried_again(notices: Notices):
    with pytest.raises(NotYetKnown):
        await notices.hears(posted("N-2222-22222", date(2024, 10, 8)))


async def test_an_older_word_on_a_pupil_does_not_replace_a_newer_one(notices: Notices):
    newer = pupil(given_name="Ava-Rose", time=datetime(2024, 9, 5, tzinfo=UTC))
    await notices.hears(newer, pupil(given_name="Eva", time=datetime(2024, 9, 4, tzinfo=UTC)))
    kept = await notices.store["pupils"].get(PUPIL)
    assert kept is not None
    assert kept["details"]["given_name"] == "Ava-Rose"


async def test_registers_keep_no_code_that_excuses(notices: Notices):
    await notices.hears(register(WEEK[0], {PUPIL: "I"}))
    [kept] = await notices.store["registers"].find({})
    assert kept["codes"] == {}
    assert kept["others"] == PUPIL


async def test_what_was_known_at_an_instant_is_told_as_it_was_then(notices: Notices):
    await notices.has_case()
    before = notices.clock.instant
    hash_then = (await notices.story())["evidence_hash"]
    notices.clock.advance(timedelta(days=1))
    await notices.hears(amended(WEEK[0], "I"))
    await notices.hears(*await notices.said("notices.absence_threshold_cleared.v1"))
    now = await notices.story()
    assert (now["threshold_met"], now["count"], now["state"]) == (False, 9, "watching")
    then = await Explain(notices.store, shipped(), notices.clock).story(PUPIL, before)
    assert (then["threshold_met"], then["count"], then["state"]) == (True, 10, "threshold_met")
    assert then["evidence_hash"] == hash_then
    assert [line["what"] for line in then["history"]] == ["threshold_reached"]


async def test_a_session_without_a_mark_within_the_offence_is_named_until_the_register_is_complete(notices: Notices):
    await notices.is_requested()
    await notices.hears(register(WEEK[2], {PUPIL: "-"}, session="PM", revision=2, group="7B", urn="123456"))
    # the pupil's own absence of that session gave way to "no mark yet": nine sessions are left, and one is open
    story = await notices.story()
    assert story["count"] == 9
    await notices.hears(register(WEEK[2], {PUPIL: "G"}, session="PM", revision=3, urn="123456"))
    codes = {reason["code"] for reason in (await notices.story())["parents"][0]["blocked_by"]}
    assert "mark_missing" not in codes
    await notices.hears(register(WEEK[4], {PUPIL: "G"}, session="PM", revision=2, urn="123457"))
    other = register(WEEK[2], {PUPIL: "-"}, session="AM", revision=1, urn="123457")
    await notices.hears(other)
    reasons = (await notices.story())["parents"][0]["blocked_by"]
    [missing] = [reason for reason in reasons if reason["code"] == "mark_missing"]
    assert "Wednesday 11 September 2024 (AM)" in missing["words"]
    assert missing["owner"] == "school"


async def test_a_reference_that_is_another_notices_is_never_given_again(notices: Notices) -> None:
    command = decision(await notices.is_requested())
    taken = derived_reference("N", derived(command.id, "notice"))
    assert await References(notices.store).claim(taken, "another decision")
    with pytest.raises(Permanent, match="decide once more"):
        await notices.hears(command)
    assert await notices.said("notices.notice_issued.v1") == []


async def test_a_decision_that_nobody_signed_is_refused_and_the_signed_one_can_still_come(notices: Notices):
    story = await notices.is_requested()
    said = decision(story)
    for _ in range(2):
        await tell(notices.broker, "notices", said, officer="")
    [refused] = await notices.said("notices.command_refused.v1")
    assert [reason.code for reason in refused.reasons] == ["not_signed"]
    story = await notices.story()
    assert (story["state"], story["notices"]) == ("requested", [])
    assert [line["what"] for line in story["history"]].count("refused") == 1
    assert await Explain(notices.store, shipped(), notices.clock).came_of(story["case"], str(said.id))
    await notices.hears(said)
    [issued] = await notices.said("notices.notice_issued.v1")
    assert issued.officer == Person(**OFFICER)


async def test_a_case_keeps_by_which_credential_its_decisions_are_proven(notices: Notices):
    story = await notices.is_requested()
    await notices.hears(decision(story))
    proofs = {line["what"]: line.get("proof") for line in (await notices.story())["history"]}
    assert proofs["notice_issued"] == {"credential": credential(Person(**OFFICER)).claims.jti, "door": "cli"}
    assert proofs["threshold_reached"] is proofs["requested"] is None


@pytest.mark.parametrize("kind", [each for each in DECIDES if each.key().startswith("notices.")])
async def test_no_unproven_decision_changes_a_case(notices: Notices, kind: type[Message]):
    """Each is tried as the officer in whose name it is, with the signature of a colleague."""
    story = await notices.is_requested()
    if "notice" in kind.model_fields:
        await notices.hears(decision(story))
    story = await notices.story()
    [issued] = story["notices"] or [{"notice": "none"}]
    about = {"case": story["case"], "notice": issued["notice"], "officer": Person(**OFFICER)}
    said = planted(kind).model_copy(update={name: each for name, each in about.items() if name in kind.model_fields})
    colleague = credential(Person(id="officer-18", name="Eva Stone", role=OFFICER["role"]))
    signature = colleague.sign(kind.key(), said.model_dump_json().encode(), Clock.wall())
    before = await notices.store["cases"].get(story["case"])
    await tell(notices.broker, "notices", said, officer=signature)
    after = await notices.store["cases"].get(story["case"])
    assert before is not None
    assert after is not None
    [*same, entry] = after["history"]
    assert same == before["history"]
    assert (entry["what"], entry["reasons"][0]["code"]) == ("refused", "signed_by_another")
    changing = {"history", "version", "outbox"}
    assert {k: v for k, v in after.items() if k not in changing} == {
        k: v for k, v in before.items() if k not in changing
    }
