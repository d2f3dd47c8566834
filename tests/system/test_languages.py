"""A parent's language from the command line to the letter, on real servers, with the translations as shipped."""

import asyncio
from datetime import datetime
from uuid import uuid4

import pytest

from shared.store.documents import Document
from shared.time.clock import LONDON
from tests.making import URN, school
from tests.system.living import Living
from tests.system.test_circulars import Desk
from tests.unit.notifications.conftest import MakeNotice, make_notice
from tests.waiting import eventually

__all__ = ["make_notice"]

MORNING = datetime(2024, 10, 4, 10, tzinfo=LONDON)


@pytest.fixture
def desk(living: Living) -> Desk:
    living.set_clock(MORNING)
    return Desk(living)


def test_what_is_wished_is_kept_and_unchecked_words_still_go_to_nobody(
    living: Living, desk: Desk, make_notice: MakeNotice
) -> None:
    said = desk.types("language", "pl", "--parent", "parent-pl")
    assert "there are no checked translations for pl yet" in said
    assert "language: write a language's code, such as pl or pt-BR" in desk.types(
        "language", "Polish", "--parent", "parent-pl", ends=2
    )
    asyncio.run(_is_told(living, make_notice))


async def _is_told(living: Living, make_notice: MakeNotice) -> None:
    async def kept() -> bool:
        return bool(await living.documents("notifications", "preferences", {"language.wished": "pl"}))

    await eventually(kept, "the language that is wished for", 30)
    plain = make_notice()
    named = plain.school.model_copy(update={"urn": URN})
    notice = plain.model_copy(
        update={"id": uuid4(), "notice": "N-P4K4M-9PXT3", "parent_id": "parent-pl", "school": named, "time": MORNING}
    )
    await living.feed([school(), notice])

    async def posted() -> list[Document]:
        query = {"about": notice.notice, "channel": "letter", "language": {"$exists": True}}
        return await living.documents("notifications", "deliveries", query)

    [letter] = await eventually(posted, "a letter", 60)
    [body] = await living.documents("notifications", "bodies", {"_id": letter["_id"]})
    assert (letter["language"], body["language"], body["wished"]) == ("en", "en", "pl")
    assert "Penalty notice: school attendance" in body["text"]
    assert "List" not in body["text"]
    [line] = [
        each for lines in living.logs().values() for each in lines
        if each["event"] == "letter_archived" and each["delivery"] == letter["_id"]
    ]  # fmt: skip
    assert (line["language"], line["wished"]) == ("en", "pl")
