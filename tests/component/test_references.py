"""A reference that is already another's is never given again: not to a meeting, a survey, a theme or an answer."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bookings.store.looking import Looking
from services.surveys.questionnaire.document import canonical
from services.surveys.store import records
from shared import identity
from shared.contracts.hosting import PublishMeeting
from shared.contracts.surveys import PublishSurvey, RecordTheme
from shared.identity import derived_reference, read_reference
from shared.store import references
from shared.store.documents import Store
from shared.store.references import References
from tests.component.test_bookings import Service, service
from tests.desk import HOST, NETWORK
from tests.surveying import READY, Surveying, survey, surveying

__all__ = ["service"]


@pytest.fixture
async def surveys(store: Store) -> AsyncIterator[Surveying]:
    async with surveying(store) as service:
        yield service


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two messages in two have the same first reference, as two in five hundred thousand million have."""
    real = derived_reference

    def crowded(kind: str, cause: UUID, again: int = 0) -> str:
        return real(kind, UUID(int=7) if again == 0 else cause, again)

    monkeypatch.setattr(references, "derived_reference", crowded)


async def nothing_before(_: Any) -> dict[str, str]:
    return {}


async def test_each_cause_has_a_reference_of_its_own_the_same_at_every_delivery(store: Store, few: None) -> None:
    causes = [uuid4() for _ in range(5)]
    first = await References(store).of("B", causes, nothing_before)
    again = await References(store).of("B", [*reversed(causes), causes[0]], nothing_before)
    assert first == again
    assert len(set(first.values())) == len(causes)


async def test_what_a_document_of_before_holds_is_its_own_and_nobody_elses(store: Store, few: None) -> None:
    old, new = uuid4(), uuid4()
    taken = references.derived_reference("B", old)

    async def held(_: Any) -> dict[str, str]:
        return {taken: str(old)}

    found = await References(store).of("B", [new, old], held)
    assert found[old] == taken != found[new]


async def test_two_meetings_whose_references_would_meet_are_two_meetings(service: Service, few: None) -> None:
    commands = [service.command(PublishMeeting, details={**NETWORK, "title": title}, by=HOST) for title in "AB"]
    await service.hears(*commands, *commands)
    assert sorted(each.details.title for each in await Looking(service.store).meetings()) == ["A", "B"]


async def test_two_bookings_of_two_meetings_are_two_people(service: Service, few: None) -> None:
    meetings = [await service.publishes(), await service.publishes(title="Another")]
    found = await Looking(service.store).meetings()
    for meeting, name in zip(sorted(each.reference for each in found), ("Ada", "Ben"), strict=True):
        await service.hears(service.request(meeting, name))
    people = [each["person"]["name"] for each in await service.store["bookings"].find({})]
    assert (len(meetings), sorted(people)) == (2, ["Ada", "Ben"])


async def test_two_answers_have_two_references(surveys: Surveying, request: pytest.FixtureRequest) -> None:
    reference = await surveys.invited(survey(questions=[READY]), 2)
    request.getfixturevalue("few")
    for school in await surveys.invitations(reference):
        await surveys.answers(school, {"ready": "yes"})
    given_ = [each.response for each in await surveys.invitations(reference)]
    assert None not in given_
    assert len(set(given_)) == len(given_)


async def test_two_surveys_and_themes_whose_references_would_meet_are_two(surveys: Surveying, few: None) -> None:
    for title in ("A", "B"):
        await surveys.do(PublishSurvey, document=canonical(survey(title=title, questions=[READY])))
    await surveys.timers()
    found = await surveys.reading.surveys()
    assert sorted(each.title for each in found) == ["A", "B"]
    for title in ("one", "two"):
        await surveys.do(RecordTheme, survey=found[0].reference, title=title, said="It is so.")
    assert [each["title"] for each in await surveys.documents(records.THEMES)] == ["one", "two"]


@given(st.sampled_from("MBSTRKCN"), st.uuids(), st.integers(0, 5))
def test_every_further_reference_of_a_cause_reads_as_one_and_differs_from_the_others(
    kind: str, cause: UUID, again: int
) -> None:
    reference = identity.derived_reference(kind, cause, again)
    assert read_reference(reference) == reference
    assert reference != identity.derived_reference(kind, cause, again + 1)
