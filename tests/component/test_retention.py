"""What has been kept long enough goes by itself: names and addresses first, and never what the law wants kept."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.notifications.deliveries.sweeps import sweeps
from services.surveys.store.retention import NOBODY, forget
from shared.contracts.surveys import Invite
from shared.store.documents import Store
from shared.store.sweeping import Sweep
from shared.time.clock import FixedClock
from tests.surveying import survey, surveying

NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)
SAM = {"name": "Sam Reed", "email": "sam@school.example.org", "group": "schools"}
BODY = {
    "name": "The Clerk",
    "email": "police@example.org",
    "group": "police",
    "organisation": "Police",
    "official": True,
}


async def test_a_sweep_comes_round_once_a_day_with_the_instant_before_which_all_is_too_old(store: Store) -> None:
    clock, asked = FixedClock(NOW), []

    async def too_old(before: datetime) -> int:
        asked.append(before)
        return 1

    sweep = Sweep(store, "things", timedelta(days=90), too_old, clock)
    await sweep.prepare()
    await sweep.prepare()
    assert (await sweep.once(), await sweep.once()) == (1, 0)
    clock.advance(timedelta(days=1))
    assert await sweep.once() == 1
    assert asked == [NOW - timedelta(days=90), NOW - timedelta(days=89)]
    assert await store[sweep.collection].count({}) == 1


def delivery(template: str, days: int, state: str) -> dict[str, Any]:
    recipient = {"key": "parent:p-1", "name": "Robin", "email": "r@example.org", "phone": "07700", "postal": ["1 Lane"]}
    event_at = NOW - timedelta(days=days)
    return {"template": template, "event_at": event_at, "state": state, "recipient": recipient, "address": "1 Lane"}


async def test_a_delivery_forgets_to_whom_it_went_when_its_words_are_forgotten(store: Store) -> None:
    kept = {
        "old": delivery("notice_issued_school", 91, "sent"),
        "refused": delivery("notice_issued_school", 91, "suppressed"),
        "young": delivery("notice_issued_school", 89, "sent"),
        "waits": delivery("notice_issued_school", 91, "held"),
        "with its file": delivery("penalty_notice", 2000, "dispatched"),
        "past its file": delivery("penalty_notice", 3000, "dispatched"),
    }
    for key, fields in kept.items():
        await store["deliveries"].insert(key, fields)
    every = list(sweeps(store, FixedClock(NOW)))
    for sweep in every:
        await sweep.prepare()
    for sweep in every:
        await sweep.once()
    found = {each["_id"]: each for each in await store["deliveries"].find({})}
    assert {key for key, each in found.items() if not each["address"]} == {"old", "refused", "past its file"}
    nobody = {"key": "parent:p-1", "name": "", "email": None, "phone": None, "postal": [], "language": None}
    assert found["old"]["recipient"] == nobody
    assert found["young"]["recipient"]["name"] == "Robin"


@pytest.mark.parametrize(
    ("mode", "names"), [("confidential", {NOBODY, "The Clerk"}), ("named", {"Sam Reed", "The Clerk"})]
)
async def test_who_was_asked_is_forgotten_but_for_bodies_and_answers_given_with_a_name(
    store: Store, mode: str, names: set[str]
) -> None:
    async with surveying(store) as service:
        reference = await service.published(survey(mode=mode))
        await service.do(Invite, survey=reference, recipients=[SAM, BODY])
        await service.timers()
        for invitation in await service.invitations(reference):
            await service.answers(invitation, {"ready": "yes"})
        assert await forget(store, NOW) == 0, "it is open"
        service.clock.advance(timedelta(days=30))
        await service.timers(40)
        assert await forget(store, service.clock.now() - timedelta(days=1096)) == 0, "it has only just closed"
        service.clock.advance(timedelta(days=1200))
        changed = await forget(store, service.clock.now() - timedelta(days=1096))
        found = await service.invitations(reference)
        assert changed == (mode == "confidential")
        assert {each.respondent.name for each in found} == names
        assert {each.answer["answers"]["ready"] for each in found if each.answer} == {"yes"}
        assert await forget(store, service.clock.now()) == 0, "nothing is left to forget"
