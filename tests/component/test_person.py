"""What the surveys service tells a person who asks what is held about them."""

import pytest

from services.surveys import person as surveys
from shared.contracts.surveys import Invite
from shared.person import read_person
from shared.store import Store
from tests.surveying import survey, surveying

SAM = {"name": "Sam Reed", "email": "Sam.Reed@School.example.org", "group": "schools", "urn": "100001"}


@pytest.mark.parametrize(("mode", "shown"), [("confidential", True), ("anonymous", False)])
async def test_an_answer_is_shown_where_it_is_kept_with_a_name_and_nowhere_else(
    store: Store, mode: str, shown: bool
) -> None:
    async with surveying(store) as service:
        await service.schools(3)
        reference = await service.published(survey(mode=mode))
        await service.do(Invite, survey=reference, recipients=[SAM, {**SAM, "email": "kim@school.example.org"}])
        await service.timers()
        for invitation in await service.invitations(reference):
            await service.answers(invitation, {"ready": "no", "why": "We wait for the policy."})
        [section] = await surveys.kept(store, read_person("sam.reed@school.example.org"))
    rows = dict(section.rows)
    assert (rows["Name"], rows["Email"]) == ("Sam Reed", "Sam.Reed@school.example.org")
    assert rows["Survey"] == "How ready are you?"
    assert (rows.get("Why not?") == "We wait for the policy.") is shown
    assert shown or "unread" in rows["State"]
    assert shown or "policy" not in str(section)


async def test_nothing_is_shown_of_whom_nobody_has_asked(store: Store) -> None:
    assert await surveys.kept(store, read_person("nobody@example.org")) == []
    assert await surveys.kept(store, read_person("B801200005001")) == []
