"""A survey of every school in England: 24,000 invited, answers in bursts, the service killed at random."""

import random
import sys
import time

import pytest

from tests.system.bursts import Burst, acceptances
from tests.system.living import Living
from tests.waiting import eventually

pytestmark = pytest.mark.gate


@pytest.mark.parametrize("mode", ["confidential", "anonymous"])
async def test_24000_schools_have_one_official_answer_each_with_exact_rates_and_results_in_seconds(
    fresh: Living, mode: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def say(line: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{mode}: {line}")

    burst = Burst(fresh, schools=24_000, mode=mode, chance=random.Random(11))
    async with acceptances(fresh) as heard:
        started = time.monotonic()
        await burst.open()
        say(f"invited after {time.monotonic() - started:.0f} s")
        started = time.monotonic()
        assert await burst.send(kills=12) == 12
        say(f"{len(burst.sent)} answered after {time.monotonic() - started:.0f} s")
        await burst.close()
        await burst.each_school_has_answered_once()

        async def all_said() -> bool:
            return len(heard()) >= len(burst.sent)

        await eventually(all_said, "an acceptance for each answer", 300)
        assert len(heard()) == len(burst.sent)
    shown, took = await burst.publish()
    say(f"results after {took:.1f} s")
    assert (shown["invited"], shown["answered"]) == (24_000, len(burst.sent))
    [ready] = [each for each in shown["items"] if each["key"] == "ready"]
    assert sum(ready["counts"]) == len(burst.sent)
