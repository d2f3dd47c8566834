"""Anonymous means anonymous: whoever reads everything again and again joins nobody with an answer but by chance."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from services.surveys.answers import batch
from services.surveys.store import mixer, records
from services.surveys.store.box import Box
from services.surveys.store.mixer import Mixer
from shared.contracts.surveys import EnterResponse, SaveProgress, SurveyCommandRefused, WithdrawResponse
from shared.store.documents import Store
from tests.joining import Attacker, Features, cells_of, joins
from tests.surveying import HELP, READY, WHY, Surveying, survey, surveying

CLOSES = datetime(2024, 5, 16, 23, tzinfo=UTC)
LEAST = 5
ASKED = {"mode": "anonymous", "questions": [READY, {**WHY, "required": True}, HELP]}
WAYS = ("link", "link", "link", "saved", "letter", "phone", "email")


async def attacked(
    store: Store, seed: int, monkeypatch: pytest.MonkeyPatch, people: int = 60
) -> tuple[Attacker, dict[str, str], Features]:
    """A survey from its opening to its close, answered in every way, and looked at after each thing that happens."""
    chance = random.Random(seed)
    with capture_logs() as lines:
        async with surveying(store, mix_every=60) as surveys:
            attacker = Attacker(store, lines)
            kept = Mixer._carry_out

            async def seen(self: Mixer, *args: Any) -> None:
                await attacker.look()  # the batch is written down, and nothing of it is done
                await kept(self, *args)

            monkeypatch.setattr(Mixer, "_carry_out", seen)
            reference = await surveys.invited(survey(**ASKED), people)
            schools = await surveys.invitations(reference)
            chance.shuffle(schools)
            truth: dict[str, str] = {}
            ways: dict[str, Any] = {}
            for school in schools:
                way = chance.choice(WAYS)
                ways[school.id] = "link" if way == "saved" else way
                truth[school.id] = f"{chance.getrandbits(64):016x} {'x' * chance.randrange(400)}"
                await _answers(surveys, reference, school, way, truth[school.id], chance)
                await attacker.look()
                if chance.random() < 0.1:
                    surveys.clock.advance(timedelta(minutes=chance.choice((2, 60, 1500))))
                    await surveys.timers(2)
                    await attacker.look()
            surveys.clock.instant = CLOSES + timedelta(minutes=31)
            await surveys.timers(40)
            await attacker.look()
    entered = {who: way != "link" for who, way in ways.items()}
    return attacker, truth, {"how they answered": ways, "entered by staff": entered}


async def _answers(
    surveys: Surveying, reference: str, school: Any, way: str, words: str, chance: random.Random
) -> None:
    answers: dict[str, Any] = {"ready": chance.choice(("nearly", "no")), "why": words}
    if chance.random() < 0.5:
        answers["help"] = chance.sample(["webinars", "visits", "papers"], chance.randrange(1, 4))
    if way in {"letter", "phone", "email"}:
        day = surveys.clock.today() - timedelta(days=chance.randrange(2))
        facts = {"channel": way, "received_on": max(day, datetime(2024, 4, 30, tzinfo=UTC).date()), "answers": answers}
        who: dict[str, Any] = {"urn": school.respondent.urn} if chance.random() < 0.5 else {"invitation": school.id}
        await surveys.do(EnterResponse, survey=reference, **facts, **who)
        return
    if way == "saved":
        await surveys.do(SaveProgress, invitation=school.id, answers=answers)
    command = await surveys.answers(school, answers, minutes=chance.randrange(1, 40))
    if chance.random() < 0.2:
        await surveys.hears(command)
    if chance.random() < 0.2:
        await surveys.do(WithdrawResponse, invitation=school.id)


@pytest.mark.parametrize("seed", [1, 2])
async def test_no_field_order_version_time_or_size_of_anything_joins_better_than_chance(
    store: Store, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over all joins together, chance alone would look like one of them once in a million runs of this test."""
    attacker, truth, known = await attacked(store, seed, monkeypatch)
    cells = cells_of(attacker, LEAST)
    assert sum(len(each.what) for each in cells) == len(truth)
    assert len(cells) > 3
    assert all(len(each.who) == len(each.what) for each in cells)
    assert all(len(each.what) >= LEAST for each in cells[:-1])
    found, tried = joins(attacker, truth, known, LEAST)
    assert tried > 1000
    assert [(each.by, each.hits, float(each.chance)) for each in found] == []


def _minutes_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = batch._answer

    def leaking(invitation: Any, *more: Any) -> Any:
        return kept(invitation, *more) | {"minutes": invitation.answer["minutes"]}

    monkeypatch.setattr(batch, "_answer", leaking)


def _boxes_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Box, "seal", lambda self, invitation, content: content)


def _not_shuffled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fresh ids in the order in which the boxes were found."""
    kept = batch.mix

    def in_order(boxed: Any, least: int, day: str, chance: Any) -> Any:
        mixed = kept(boxed, least, day, chance)
        words = {each.answer["answers"]["why"]: n for n, each in enumerate(boxed)}
        ids = sorted(each["_id"] for each in mixed.answers)
        answers = sorted(mixed.answers, key=lambda each: words[each["answers"]["why"]])
        plain = tuple({**each, "_id": key} for each, key in zip(answers, ids, strict=True))
        return batch.Batch(mixed.members, plain, mixed.counts)

    monkeypatch.setattr(mixer, "mix", in_order)


def _sizes_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_padding(self: Box, invitation: str, content: Any) -> Any:
        kept = sealed(self, invitation, content)
        return kept and {"sealed": len(str(content)) * b"x", "kept": kept["sealed"]}

    sealed, opened = Box.seal, Box.open
    monkeypatch.setattr(Box, "seal", without_padding)
    monkeypatch.setattr(Box, "open", lambda self, i, kept: opened(self, i, {"sealed": kept["kept"]} if kept else kept))
    monkeypatch.setattr(mixer, "size_of", lambda kept: 0)


@pytest.mark.parametrize("leak", [_minutes_put_back, _boxes_open, _not_shuffled, _sizes_seen])
async def test_a_leak_is_found(
    store: Store, leak: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    leak(monkeypatch)
    attacker, truth, known = await attacked(store, 3, monkeypatch)
    found, _ = joins(attacker, truth, known, LEAST)
    assert found


async def test_channels_and_minutes_are_counted_and_stand_with_no_answer_and_no_invitation(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    attacker, _truth, known = await attacked(store, 4, monkeypatch, people=40)
    last = attacker.seen[-1]
    [kept] = last[records.MIXERS]
    ways = list(known["how they answered"].values())
    assert kept["counts"]["channels"] == {way: ways.count(way) for way in sorted(set(ways))}
    assert sum(kept["counts"]["minutes"].values()) == ways.count("link")
    assert {tuple(sorted(each)) for each in last[records.ANSWERS]} == {
        ("_id", "answers", "day", "district", "edition", "group", "nothing_to_say", "official", "phase", "response",
         "survey")
    }  # fmt: skip
    for seen in attacker.seen:
        assert {each["channel"] for each in seen.get(records.INVITATIONS, ())} <= {None}


async def test_what_was_kept_before_is_counted_once_and_taken_from_answers_and_invitations(store: Store) -> None:
    """As it stood: minutes with the answers, the channel and the submission with the invitations, and no counts."""
    async with surveying(store, mix_every=60) as surveys:
        reference = await surveys.invited(survey(**ASKED), 12)
        schools = await surveys.invitations(reference)
        for school in schools:
            await surveys.answers(school, {"ready": "no", "why": "Because."})
        surveys.clock.advance(timedelta(minutes=2))
        await surveys.timers(2)
        answers = await surveys.documents(records.ANSWERS)
        for number, answer in enumerate(answers):
            await store[records.ANSWERS].set_all({"_id": answer["_id"]}, {"minutes": None if number < 2 else number})
        for school in schools[:2]:
            entered = {"channel": "letter", "submission": str(school.id)}
            await store[records.INVITATIONS].set_all({"_id": school.id}, entered)
        await store[records.MIXERS].leave_out({"_id": reference}, "counts")
        for _ in range(3):
            surveys.clock.advance(timedelta(minutes=2))
            await surveys.timers(2)
        [kept] = await surveys.documents(records.MIXERS)
        assert kept["counts"]["channels"] == {"letter": 2, "link": 10}
        assert kept["counts"]["minutes"] == dict(sorted((str(number), 1) for number in range(2, 12)))
        assert not [each for each in await surveys.documents(records.ANSWERS) if "minutes" in each]
        assert {each["channel"] for each in await surveys.documents(records.INVITATIONS)} == {None}
        rates = await surveys.reading.rates(await surveys.running(reference))
        assert rates.channels == {"letter": 2, "link": 10}


async def test_a_letter_with_a_gap_is_not_taken_by_an_anonymous_survey(store: Store) -> None:
    async with surveying(store) as surveys:
        reference = await surveys.invited(survey(**ASKED), 1)
        [school] = await surveys.invitations(reference)
        facts = {"channel": "letter", "received_on": "2024-04-30", "answers": {"ready": "no"}}
        await surveys.do(EnterResponse, survey=reference, invitation=school.id, **facts)
        [refused] = await surveys.said(SurveyCommandRefused)
        assert "please answer this question" in refused.words
        [left] = await surveys.invitations(reference)
        assert left.state == "open"
