"""A half-term through the four services: in order, out of order, and while they are killed. Always the same end."""

import asyncio
import random
import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, time
from functools import partial
from itertools import groupby
from pathlib import Path
from uuid import UUID

import pytest

from deploy.local.half_term import half_term
from deploy.local.stack import SERVICES
from services.notices.story.story import Story
from shared.contracts import Message
from shared.contracts.mis import MarksAmended, PupilUpdated, RegisterTaken
from shared.time.clock import LONDON
from tests.system.living import Living, expected
from tests.waiting import eventually

MESSAGES = list(half_term(seed=5, pupils=150))
ENDS_IN = expected(MESSAGES)


async def ends(living: Living) -> None:
    """Every case's evidence is, byte by byte, what the messages as a set say; each pupil's case knows how it stands."""

    async def same() -> bool:
        return await living.evidence(ENDS_IN) == ENDS_IN

    await eventually(same, "end state", 120)
    cases = await eventually(lambda: _cases(living), "a case for each pupil", 60)
    met = {case["upn"] for case in cases if case["history"][-1]["what"] == "threshold_reached"}
    assert met == set(ENDS_IN)


async def _cases(living: Living) -> list[dict[str, object]]:
    """All cases, once every word that the registers left has been heard."""
    pupils = await living.documents("notices", "pupils", {"case": {"$ne": None, "$exists": True}})
    cases = await living.documents("notices", "cases")
    standing = {case["upn"]: case["history"][-1]["what"] for case in cases}
    heard = all(
        standing.get(pupil["_id"]) == ("threshold_reached" if pupil["met"] else "threshold_cleared") for pupil in pupils
    )
    return cases if heard else []


def ready(stories: Sequence[Story]) -> list[tuple[Story, str]]:
    """Cases and parents in which nothing stands in the way of a notice."""
    return [(story, each["parent_id"]) for story in stories for each in story["parents"] if not _missing(each)]


def _missing(parent: Story) -> set[str]:
    return {reason["code"] for reason in parent["blocked_by"]} - {"not_requested"}


async def stories(living: Living) -> list[Story]:
    return [await living.story(upn) for upn in sorted(ENDS_IN)]


def disturbed(messages: Sequence[Message], seed: int) -> list[Message]:
    """The same messages shuffled, a third of them twice, corrections after everything else or before it."""
    chance = random.Random(seed)
    told = [*messages, *chance.sample(list(messages), len(messages) // 3)]
    chance.shuffle(told)
    corrections = [each for each in told if isinstance(each, MarksAmended)]
    others = [each for each in told if not isinstance(each, MarksAmended)]
    half = len(corrections) // 2
    return [*corrections[:half], *others, *corrections[half:]]


def test_the_half_term_is_worth_its_name() -> None:
    assert len(ENDS_IN) >= 3
    revisions = Counter(each.revision for each in MESSAGES if isinstance(each, RegisterTaken))
    assert revisions[2] > 0
    assert sum(isinstance(each, MarksAmended) for each in MESSAGES) > 10


async def test_one_absence_becomes_one_letter_under_one_correlation_id_and_no_log_line_names_anybody(
    fresh: Living,
) -> None:
    fresh.set_clock(MESSAGES[-1].time.astimezone(LONDON))
    await fresh.feed(MESSAGES)
    await ends(fresh)
    story, parent = ready(await stories(fresh))[0]
    await fresh.authorise(story, parent)
    notice = await fresh.notice(story["case"], parent, "issued")
    letter = await fresh.accepted(notice["notice"])
    await fresh.live_until_served(story["case"], parent)
    fresh.set_clock(datetime.combine(fresh.clock.today(), time(10), LONDON))  # emails go in working hours
    await eventually(lambda: _mailed(fresh, len(ENDS_IN)), "an email for each case")
    assert await fresh.letters() == {letter["_id"]: 1}
    assert (fresh.stack.letters_folder / f"{letter['_id']}-1.pdf").read_bytes().startswith(b"%PDF")
    _one_story(fresh.logs(), str(story["correlation_id"]))
    _names_nobody(fresh.stack.logs)


def _one_story(logs: dict[str, list[dict[str, object]]], correlation_id: str) -> None:
    told = {
        name: [line["event"] for line in lines if line.get("correlation_id") == correlation_id]
        for name, lines in logs.items()
    }
    assert {
        "register_kept", "absence_threshold_reached", "case_threshold_reached", "case_requested", "notice_issued",
        "notice_letter_dispatched", "notice_served",
    } <= set(told["notices"])  # fmt: skip
    assert {
        "delivery_planned", "email_sent", "letter_archived", "letter_accepted", "letter_dispatched",
    } <= set(told["notifications"])  # fmt: skip


def _names_nobody(logs: Path) -> None:
    text = "\n".join(file.read_text() for file in logs.iterdir())
    found = [kind for kind, value in _personal() if re.search(rf"(?<![\w-]){re.escape(value)}(?![\w-])", text, re.I)]
    assert found == []
    assert len(text) > 100_000


def _personal() -> set[tuple[str, str]]:
    """Everything that the half-term says of a child or a parent, by its kind."""
    said = set()
    for pupil in MESSAGES:
        if isinstance(pupil, PupilUpdated):
            said |= {("UPN", pupil.upn), ("name", pupil.given_name), ("name", pupil.family_name)}
            said |= {("date of birth", pupil.date_of_birth.isoformat())}
            homes = [pupil.address, *(parent.address for parent in pupil.parents)]
            said |= {("address", line) for home in homes if home for line in (home.lines[0], home.postcode)}
            for parent in pupil.parents:
                said |= {("parent", parent.name), ("email", parent.email or ""), ("phone", parent.phone or "")}
    return {each for each in said if each[1]}


async def test_shuffled_duplicated_and_corrected_late_it_ends_in_the_same_evidence(fresh: Living) -> None:
    await fresh.feed(disturbed(MESSAGES, seed=1))
    await ends(fresh)


@pytest.mark.parametrize(("seed", "kills"), [(1, 10), (2, 10), pytest.param(3, 40, marks=pytest.mark.gate)])
async def test_killed_at_any_moment_of_the_feed_it_ends_the_same_with_each_letter_once(
    fresh: Living, seed: int, kills: int
) -> None:
    chance = random.Random(seed)
    await _feed_and_kill(fresh, disturbed(MESSAGES, seed), chance, kills)
    await ends(fresh)

    fresh.set_clock(MESSAGES[-1].time.astimezone(LONDON))
    decided = ready(await stories(fresh))
    for _, pairs in groupby(decided, lambda pair: str(pair[0]["case"])):
        asked = list(pairs)  # one request for all parents of a case: while one waits, another is refused
        await fresh.request(asked[0][0], *(parent for _, parent in asked))
        for story, parent in asked:
            await fresh.decide(story, parent)
    posted = asyncio.create_task(_all_accepted(fresh, len(decided)))
    assert await _kill_until(fresh, posted, chance, ["notices", "notifications"], at_most=6)
    letters = await fresh.letters()
    assert len(letters) == len(decided)
    assert set(letters.values()) == {1}
    for story, parent in decided:
        await fresh.live_until_served(story["case"], parent)
    assert await fresh.letters() == letters


async def _feed_and_kill(living: Living, messages: list[Message], chance: random.Random, kills: int) -> None:
    """Feed in handfuls; while each is being worked on, kill one of the services, most often notices."""
    size = len(messages) // kills + 1
    sent: set[UUID] = set()
    for start in range(0, len(messages), size):
        handful = messages[start : start + size]
        sent |= {each.id for each in handful if isinstance(each, RegisterTaken)}
        fed = asyncio.create_task(living.feed(handful))
        await asyncio.wait([fed], timeout=chance.uniform(0, 0.3))
        living.kill_one(chance, [*SERVICES, "notices", "notices"])
        await fed
        await eventually(partial(_kept, living, len(sent) * 2 // 3), "kept registers", 60)


async def _kept(living: Living, count: int) -> bool:
    return len(await living.documents("notices", "registers")) >= count


async def _kill_until(
    living: Living, done: "asyncio.Task[None]", chance: random.Random, names: Sequence[str], at_most: int
) -> Counter[str]:
    """Kill one process after another, at random moments, until the work is done."""
    kills: Counter[str] = Counter()
    while not done.done() and sum(kills.values()) < at_most:
        kills[living.kill_one(chance, names)] += 1
        await asyncio.wait([done], timeout=chance.uniform(0.3, 3.5))
    await done
    return kills


async def _all_accepted(living: Living, count: int) -> None:
    query = {"channel": "letter", "state": "accepted"}

    async def all_of_them() -> bool:
        return len(await living.documents("notifications", "deliveries", query)) == count

    await eventually(all_of_them, f"{count} accepted letters", 90)


async def _mailed(living: Living, count: int) -> bool:
    return len(list(living.stack.mail_folder.glob("*.eml"))) >= count
