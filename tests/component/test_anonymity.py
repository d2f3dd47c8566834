"""Anonymous surveys against an adversary who holds everything that the service keeps: no join better than chance."""

import contextlib
import json
import random
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.surveys.answers.invitation import Invitation
from services.surveys.store import mixer as mixer_module
from services.surveys.store import records
from shared.contracts.surveys import (
    EnterResponse,
    InvitationIssued,
    PublishResults,
    ResponseAccepted,
    ResponseRefused,
    SaveProgress,
    WithdrawResponse,
)
from shared.store.documents import Collection, Store
from tests.surveying import Surveying, survey, surveying

CLOSES = datetime(2024, 5, 16, 23, tzinfo=UTC)
SECRET = "secret-{}"


@pytest.fixture
async def surveys(store: Store) -> AsyncIterator[Surveying]:
    async with surveying(store, mix_every=60) as service:
        yield service


async def answered(surveys: Surveying, count: int, seed: int = 1, **document: Any) -> tuple[str, dict[str, str]]:
    """An anonymous survey with answers, each with a text that only its respondent knows; by invitation."""
    reference = await surveys.invited(survey(mode="anonymous", **document), count)
    chance = random.Random(seed)
    schools = await surveys.invitations(reference)
    chance.shuffle(schools)
    truth = {}
    for number, school in enumerate(schools):
        truth[school.id] = SECRET.format(number)
        if number % 3 == 0:
            await surveys.do(SaveProgress, invitation=school.id, answers={"ready": "no"})
        await surveys.answers(school, {"ready": "no", "why": truth[school.id]}, minutes=1 + number % 9)
        if number % 7 == 6:
            await mixed(surveys)
    return reference, truth


async def mixed(surveys: Surveying) -> None:
    surveys.clock.advance(timedelta(minutes=2))
    await surveys.timers(2)


async def closed(surveys: Surveying) -> None:
    surveys.clock.instant = CLOSES + timedelta(minutes=31)
    await surveys.timers(40)


async def raw(store: Store, name: str) -> list[dict[str, Any]]:
    """The documents of a collection in the order in which the store gives them, outboxes and all."""
    collection = store[name]._collection
    return [document async for document in collection.find({})]


async def test_every_answer_is_kept_once_and_no_box_keeps_anything(surveys: Surveying) -> None:
    reference, truth = await answered(surveys, 40)
    await closed(surveys)
    answers = await surveys.documents(records.ANSWERS)
    assert sorted(each["answers"]["why"] for each in answers) == sorted(truth.values())
    invitations = await surveys.invitations(reference)
    assert {(each.state, each.answer, each.progress, each.trail) for each in invitations} == {
        ("answered", None, None, ())
    }
    assert {each["batch"] for each in await surveys.documents(records.MIXERS)} == {None}


async def test_nothing_that_is_kept_joins_an_answer_to_an_invitation(surveys: Surveying, store: Store) -> None:
    _reference, _truth = await answered(surveys, 60)
    await closed(surveys)
    known = await raw(store, records.INVITATIONS)
    answers = await raw(store, records.ANSWERS)
    kept_elsewhere = [
        each for name in (records.SURVEYS, records.MIXERS, records.SCHOOLS) for each in await raw(store, name)
    ]
    written = {name: json.dumps(each, default=str) for name, each in (("who", known), ("rest", kept_elsewhere))}
    for answer in answers:
        for name in (answer["_id"], answer["response"], answer["answers"]["why"]):
            assert not any(name in text for text in written.values())
    for invitation in known:
        assert not any(str(invitation["_id"]) in json.dumps(each) for each in answers)
        assert not any(invitation["submission"] in json.dumps(each) for each in answers)
    assert not any(isinstance(value, datetime) for answer in answers for value in answer.values())
    indexes = await store[records.ANSWERS]._collection.index_information()
    assert {name for each in indexes.values() for name, _ in each["key"]} <= {"_id", "survey", "response"}
    assert len({each["version"] for each in known}) == 1, "how often a document was changed tells when it was"
    assert len({frozenset(each) for each in answers}) == 1


async def test_the_order_of_answers_says_nothing_of_the_order_in_which_they_came(
    surveys: Surveying, store: Store
) -> None:
    _reference, _truth = await answered(surveys, 60)
    await closed(surveys)
    found = [each["_id"] for each in await raw(store, records.ANSWERS)]
    assert found == sorted(found), "kept in the order of ids that are chosen by chance"
    options = await store[records.ANSWERS]._collection.options()
    assert options["clusteredIndex"]["key"] == {"_id": 1}


async def test_an_adversary_joins_no_better_than_chance(surveys: Surveying, store: Store) -> None:
    """They hold both stores, and match by everything at once: attributes, days, order, versions, ids."""
    _reference, truth = await answered(surveys, 60, seed=4)
    await closed(surveys)
    known = sorted(await raw(store, records.INVITATIONS), key=lambda each: (each["version"], each["_id"]))
    answers = sorted(await raw(store, records.ANSWERS), key=lambda each: (each["day"], each["_id"]))
    least = 5
    classes: dict[Any, int] = defaultdict(int)
    for answer in answers:
        classes[answer["day"], answer["group"], answer["official"], answer["district"], answer["phase"]] += 1
    assert min(classes.values()) >= least, "an answer is described no finer than five answers of its day are"
    by_rank = sum(truth[who["_id"]] == what["answers"]["why"] for who, what in zip(known, answers, strict=True))
    assert by_rank <= 8  # of 60, by any order: one is expected by chance, more than eight once in a million times
    right = 0.0
    for answer in answers:
        fit = [each for each in known if all(answer[name] in (None, each[name]) for name in ("district", "phase"))]
        right += any(truth[each["_id"]] == answer["answers"]["why"] for each in fit) / len(fit)
    assert right / len(answers) <= 1 / least


async def test_what_is_said_of_an_anonymous_answer_is_survey_and_day(surveys: Surveying) -> None:
    reference, truth = await answered(surveys, 3)
    for said in await surveys.said(ResponseAccepted):
        told = said.model_dump(exclude_none=True, exclude={"id", "type", "correlation_id"})
        day = datetime(2024, 4, 30, tzinfo=UTC)
        assert told == {"survey": reference, "subject": reference, "day": day.date(), "time": day, "version": 0}
    assert not {str(said.id) for said in await surveys.said(ResponseAccepted)} & set(truth)


async def test_fewer_than_five_stay_in_their_boxes_until_the_close_and_then_bear_no_day_of_their_own(
    surveys: Surveying,
) -> None:
    reference = await surveys.invited(survey(mode="anonymous"), 9)
    schools = await surveys.invitations(reference)
    for school in schools[:5]:
        await surveys.answers(school, {"ready": "yes"})
    await mixed(surveys)
    surveys.clock.advance(timedelta(days=3))
    for school in schools[5:]:
        await surveys.answers(school, {"ready": "no"})
    await mixed(surveys)
    assert len(await surveys.documents(records.ANSWERS)) == 5
    await closed(surveys)
    answers = await surveys.documents(records.ANSWERS)
    assert len(answers) == 9
    assert {each["day"] for each in answers} == {"2024-04-30"}


async def test_it_cannot_be_withdrawn_and_says_so(surveys: Surveying) -> None:
    reference = await surveys.invited(survey(mode="anonymous"), 1)
    [school] = await surveys.invitations(reference)
    await surveys.answers(school, {"ready": "yes"})
    await surveys.do(WithdrawResponse, invitation=school.id)
    [refused] = await surveys.said(ResponseRefused)
    assert refused.code == "anonymous"
    assert refused.invitation is None
    [issued] = await surveys.said(InvitationIssued)
    for lost in ("you cannot change or withdraw it", "cannot give you a copy"):
        assert lost in issued.mode_words


async def test_what_was_saved_goes_when_the_answer_is_sent(surveys: Surveying) -> None:
    reference = await surveys.invited(survey(mode="anonymous"), 1)
    [school] = await surveys.invitations(reference)
    await surveys.do(SaveProgress, invitation=school.id, answers={"ready": "no", "why": "half a thought"})
    assert (await surveys.invitations(reference))[0].progress is not None
    await surveys.answers(school, {"ready": "yes"})
    assert (await surveys.invitations(reference))[0].progress is None


async def test_saved_answers_that_were_never_sent_go_at_the_close(surveys: Surveying) -> None:
    reference = await surveys.invited(survey(mode="anonymous"), 1)
    [school] = await surveys.invitations(reference)
    await surveys.do(SaveProgress, invitation=school.id, answers={"ready": "no", "why": "half a thought"})
    await closed(surveys)
    assert (await surveys.invitations(reference))[0].progress is None


async def test_a_letter_leaves_no_clerk_and_no_channel_on_an_anonymous_answer(surveys: Surveying) -> None:
    reference = await surveys.invited(survey(mode="anonymous"), 6)
    facts = {"survey": reference, "channel": "letter", "received_on": "2024-04-30", "answers": {"ready": "yes"}}
    await surveys.do(EnterResponse, urn="100000", **facts)
    for school in (await surveys.invitations(reference))[1:]:
        await surveys.answers(school, {"ready": "yes"})
    await closed(surveys)
    answers = await surveys.documents(records.ANSWERS)
    assert len({frozenset(each) for each in answers}) == 1
    assert "o-1" not in json.dumps(answers)
    assert "letter" not in json.dumps(answers)


class _Died(BaseException):
    """The process, killed at a certain write."""


@pytest.mark.parametrize("survives", range(12))
async def test_killed_at_any_write_of_a_mixing_no_answer_is_lost_or_doubled(
    surveys: Surveying, monkeypatch: pytest.MonkeyPatch, survives: int
) -> None:
    reference = await surveys.invited(survey(mode="anonymous"), 12)
    for number, school in enumerate(await surveys.invitations(reference)):
        await surveys.answers(school, {"ready": "no", "why": SECRET.format(number)})
    writes = 0
    for name in ("swap", "insert_facts", "save"):
        kept = getattr(Collection, name)

        async def dying(self: Collection, *args: Any, _kept: Any = kept, **more: Any) -> Any:
            nonlocal writes
            writes += 1
            done = await _kept(self, *args, **more)
            if writes == survives + 1:
                raise _Died
            return done

        monkeypatch.setattr(Collection, name, dying)
    surveys.clock.advance(timedelta(minutes=2))
    with contextlib.suppress(_Died):
        await surveys.parts.timers[1].once()
    monkeypatch.undo()
    await closed(surveys)
    answers = await surveys.documents(records.ANSWERS)
    assert sorted(each["answers"]["why"] for each in answers) == sorted(SECRET.format(number) for number in range(12))
    assert {each.state for each in await surveys.invitations(reference)} == {"answered"}


async def test_two_replicas_that_mix_at_once_double_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """One is held just before it writes its batch down, while the other takes over, finishes, and mixes more."""
    async with surveying(store, mix_every=60) as one, surveying(store, mix_every=60) as other:
        reference = await one.invited(survey(mode="anonymous"), 20)
        schools = await one.invitations(reference)
        for school in schools[:10]:
            await one.answers(school, {"ready": "yes"})
        one.clock.advance(timedelta(minutes=2))
        other.clock.instant = one.clock.instant
        kept = mixer_module.mix
        held: list[Any] = []

        def holding(boxed: list[Invitation], least: int, day: str, chance: Any) -> Any:
            batch = kept(boxed, least, day, chance)
            if not held:
                held.append(batch)
                raise _Died
            return batch

        monkeypatch.setattr(mixer_module, "mix", holding)
        [document] = await store[records.MIXERS].find({})
        with pytest.raises(_Died):
            await one.parts.timers[1]._step(document)
        [stale] = await store[records.MIXERS].find({})
        await other.parts.timers[1].once()
        for school in schools[10:]:
            await other.answers(school, {"ready": "no"})
        written = await store[records.MIXERS].swap(
            {"_id": reference, "token": stale["token"], "batch": None}, {"batch": {"members": [], "answers": []}}
        )
        assert written is None, "the token that was held is worth nothing any more"
        other.clock.advance(timedelta(minutes=2))
        await other.parts.timers[1].once()
        assert len(await store[records.ANSWERS].find({})) == 20


async def test_more_letters_than_fit_into_one_batch_are_mixed_in_several(
    surveys: Surveying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mixer_module, "_LARGEST", 2000)
    reference = await surveys.invited(survey(mode="anonymous"), 20)
    for school in await surveys.invitations(reference):
        await surveys.answers(school, {"ready": "no", "why": "x" * 500})
    surveys.clock.advance(timedelta(minutes=2))
    await surveys.parts.timers[1].once()
    assert len(await surveys.documents(records.ANSWERS)) == 5
    await closed(surveys)
    assert len(await surveys.documents(records.ANSWERS)) == 20


async def test_results_wait_until_every_box_is_empty(surveys: Surveying) -> None:
    reference, _ = await answered(surveys, 20)
    await closed(surveys)
    await surveys.do(PublishResults, survey=reference)
    shown = await surveys.reading.results(await surveys.running(reference), now=False)
    assert shown["respondents"] == 20
    assert shown["items"][0]["counts"] == [0, 0, 20, 0]
    assert (await surveys.reading.rates(await surveys.running(reference))).total == (20, 20)
