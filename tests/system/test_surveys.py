"""Surveys through the stack: bursts of answers, with duplicates, while the service dies."""

import random

import pytest

from tests.system.bursts import Burst, acceptances
from tests.system.living import Living
from tests.waiting import eventually


@pytest.mark.parametrize("mode", ["confidential", "anonymous"])
async def test_answers_in_bursts_with_duplicates_while_the_service_is_killed_are_one_answer_each(
    living: Living, mode: str
) -> None:
    burst = Burst(living, schools=250, mode=mode, chance=random.Random(7))
    async with acceptances(living) as heard:
        await burst.open()
        assert await burst.send(kills=4) == 4
        await burst.close()
        await burst.each_school_has_answered_once()

        async def all_said() -> bool:
            return len(heard()) >= len(burst.sent)

        await eventually(all_said, "an acceptance for each answer")
        assert len(heard()) == len(burst.sent)
    shown, _ = await burst.publish()
    assert (shown["invited"], shown["answered"]) == (250, len(burst.sent))
    [ready] = [each for each in shown["items"] if each["key"] == "ready"]
    assert sum(ready["counts"]) == len(burst.sent)
