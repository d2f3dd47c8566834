"""The threshold against an oracle written from the words of the law, and order that must not matter."""

import random
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.notices.calendar import SchoolWeeks
from services.notices.evidence import evidence
from services.notices.marks import Mark, Statement, merge, statements, winners
from services.notices.policy import shipped
from services.notices.threshold import assess
from shared.contracts.mis import RegisterTaken
from tests.making import PUPIL

POLICY = shipped()
START = date(2024, 7, 29)  # a Monday, before the framework began
URNS = ("123456", "654321")
NOON = datetime(2024, 9, 1, 12, tzinfo=UTC)

places = st.tuples(st.integers(0, 24 * 7 - 1), st.sampled_from(("AM", "PM")), st.sampled_from(URNS))
weeks_held = st.dictionaries(st.sampled_from(URNS), st.sets(st.integers(0, 23)), min_size=2)


def oracle(absent: set[tuple[int, str, str]], held: dict[str, set[int]]) -> bool:
    """For each absence: walk back over its school's weeks until ten are passed; ten half-days on the way?

    Where the school is not known to have held ten, its first known week is where the walk ends.
    """

    def counts(day: int, urn: str) -> bool:
        return START + timedelta(days=day) >= date(2024, 8, 19) and day // 7 in held[urn]

    for last, _, urn in absent:
        if not counts(last, urn):
            continue
        week, passed, halves = last // 7, 0, set()
        while week >= min(held[urn]) and passed < 10:
            halves |= {(d, s) for d, s, u in absent if d // 7 == week and counts(d, u)}
            passed += week in held[urn]
            week -= 1
        if len(halves) >= 10:
            return True
    return False


FEW_WEEKS_KNOWN = {
    (21, "AM", "654321"), (21, "PM", "654321"), (22, "AM", "654321"), (49, "AM", "123456"), (49, "PM", "123456"),
    (126, "AM", "654321"), (140, "AM", "654321"), (140, "PM", "654321"), (154, "AM", "123456"), (154, "PM", "123456"),
}  # fmt: skip


@given(st.sets(places, max_size=45), weeks_held)
@example(FEW_WEEKS_KNOWN, {"123456": {22, 7}, "654321": {0, 1, 2, 3, 4, 5, 18, 20}})
@settings(max_examples=3000, deadline=None)
def test_the_threshold_is_what_the_words_of_the_law_say(
    absent: set[tuple[int, str, str]], held: dict[str, set[int]]
) -> None:
    marks = [Mark(urn, START + timedelta(days=day), session, "O", 1, NOON, "e") for day, session, urn in absent]
    weeks = {
        urn: SchoolWeeks(urn, seen=frozenset(START + timedelta(weeks=week) for week in mondays))
        for urn, mondays in held.items()
    }
    assert assess(marks, weeks, POLICY).met is oracle(absent, held)


said = st.lists(
    st.tuples(
        st.integers(0, 11),
        st.sampled_from(("AM", "PM")),
        st.sampled_from("OGNIM/-#"),
        st.integers(1, 3),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=40,
)


@given(said, st.randoms(use_true_random=False))
@settings(max_examples=1000, deadline=None)
def test_order_and_duplicates_do_not_matter(told: list[tuple[int, str, str, int, int]], chance: random.Random) -> None:
    registers = [
        RegisterTaken.model_validate(
            {
                "id": UUID(int=number + 1),
                "time": NOON + timedelta(hours=hour),
                "urn": URNS[0],
                "date": date(2024, 9, 2) + timedelta(days=day),
                "session": session,
                "group": "7A",
                "revision": revision,
                "marks": [{"upn": PUPIL, "code": code}],
            }
        )
        for number, (day, session, code, revision, hour) in enumerate(told)
    ]
    shuffled = registers + chance.sample(registers, len(registers) // 2)
    chance.shuffle(shuffled)
    assert _ends(registers) == _ends(shuffled) == _winner_by_hand(registers)


def _ends(registers: list[RegisterTaken]) -> dict[str, str | None]:
    known: dict[tuple[date, str], list[Statement]] = {}
    marks: dict[str, Mark] = {}
    for each in registers:
        for statement in statements(each, POLICY):
            known.setdefault((statement.day, statement.session), []).append(statement)
            marks = merge(marks, winners(known[statement.day, statement.session]).values())
    weeks = {URNS[0]: SchoolWeeks(URNS[0], seen=frozenset({date(2024, 9, 2), date(2024, 9, 9)}))}
    found = evidence(assess(marks.values(), weeks, POLICY))
    return {f"{m['date']} {m['session']}": m["code"] for m in found["sessions"]}


def _winner_by_hand(registers: list[RegisterTaken]) -> dict[str, str | None]:
    best: dict[str, RegisterTaken] = {}
    for each in registers:
        place = f"{each.date} {each.session}"
        rank = (each.revision, each.time, str(each.id))
        if place not in best or rank > (best[place].revision, best[place].time, str(best[place].id)):
            best[place] = each
    codes = {place: each.marks[0].code for place, each in best.items()}
    return {place: code for place, code in sorted(codes.items()) if code in "OGNU"}
