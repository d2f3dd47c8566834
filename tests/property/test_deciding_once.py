"""Load, decide, save: whoever loses a race decides anew; of words that reach us in whatever order the latest stands."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.latest import believed, is_later
from shared.decisions.acting import LostRace, until_kept

NOW = datetime(2024, 10, 4, 9, tzinfo=UTC)
SECONDS = st.integers(-7 * 86_400, 7 * 86_400)


@given(st.lists(st.tuples(st.integers(1, 100), st.lists(st.integers(0, 3), max_size=4)), max_size=8))
async def test_everybody_has_their_say_once_however_many_decide_at_the_same_time(
    adding: list[tuple[int, list[int]]],
) -> None:
    """Each adds a number to what they read; how long each try takes is up to chance."""
    kept, version = 0, 0

    @until_kept
    async def add(number: int, pauses: list[int]) -> int:
        nonlocal kept, version
        read, at = kept, version
        for _ in range(pauses.pop() if pauses else 0):
            await asyncio.sleep(0)
        if version != at:
            raise LostRace
        kept, version = read + number, version + 1
        return number

    added = await asyncio.gather(*(add(number, list(pauses)) for number, pauses in adding))
    assert added == [number for number, _ in adding]
    assert (kept, version) == (sum(added), len(added))


@given(st.lists(SECONDS.map(lambda seconds: NOW + timedelta(seconds=seconds)), min_size=1).flatmap(
    lambda times: st.tuples(st.just(times), st.permutations(times))
))  # fmt: skip
def test_the_latest_word_stands_in_whatever_order_words_come(given_: tuple[list[datetime], list[datetime]]) -> None:
    said, heard = given_

    def keep(kept: datetime | None, time: datetime) -> datetime | None:
        return believed(time, NOW) if is_later(time, kept, NOW) else kept

    assert reduce(keep, heard, None) == max(believed(time, NOW) for time in said)
