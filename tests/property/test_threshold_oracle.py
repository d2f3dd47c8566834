"""The threshold against an oracle written from the words of the law, and order that must not matter."""

import random
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import example, given
from hypothesis import strategies as st

from services.notices.attendance.calendar import Calendar, SchoolWeeks
from services.notices.attendance.child import Child, Stay
from services.notices.attendance.counting import sift
from services.notices.attendance.evidence import evidence
from services.notices.attendance.marks import Mark, Statement, merge, statements, winners
from services.notices.attendance.policy import Policies, shipped
from services.notices.attendance.threshold import assess
from shared.contracts.mis import RegisterTaken
from shared.time.clock import LONDON
from tests.making import PUPIL, at, on_rolls
from tests.sizes import tried

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
@tried(500, gate=3000)
def test_the_threshold_is_what_the_words_of_the_law_say(
    absent: set[tuple[int, str, str]], held: dict[str, set[int]]
) -> None:
    days = {(START + timedelta(days=day), session, urn) for day, session, urn in absent}
    marks = [Mark(urn, day, session, "O", 1, at(day), "e") for day, session, urn in days]
    weeks = {
        urn: SchoolWeeks(urn, seen=frozenset(START + timedelta(weeks=week) for week in mondays))
        for urn, mondays in held.items()
    }
    assert assess(marks, weeks, POLICY, on_rolls(*URNS)).met is oracle(absent, held)


FULLER_BEFORE_THE_LATEST = [10, 1, *[0] * 9, 10, *[0] * 12]
"""By week: eleven in a window, and after it a window of exactly ten."""


@given(st.lists(st.integers(0, 10), min_size=12, max_size=24))
@example(FULLER_BEFORE_THE_LATEST)
@tried(300, gate=3000)
def test_of_windows_that_meet_it_the_latest_stands_and_of_others_the_fullest(absences: list[int]) -> None:
    start = START + timedelta(weeks=4)  # all of it within the framework
    mondays = [start + timedelta(weeks=week) for week in range(len(absences))]
    halves = [
        (monday + timedelta(days=n // 2), "PM" if n % 2 else "AM")
        for monday, count in zip(mondays, absences, strict=True)
        for n in range(count)
    ]
    marks = [Mark(URNS[0], day, half, "O", 1, at(day), "e") for day, half in halves]
    weeks = {URNS[0]: SchoolWeeks(URNS[0], seen=frozenset(mondays))}
    windows = [(week, sum(absences[max(0, week - 9) : week + 1])) for week, count in enumerate(absences) if count]
    met = [(week, count) for week, count in windows if count >= 10]
    last, count = max(met, default=max(windows, key=lambda each: (each[1], each[0]), default=(None, 0)))
    found = assess(marks, weeks, POLICY, on_rolls(URNS[0]))
    assert (found.met, found.count) == (bool(met), count)
    assert found.school_weeks[-1:] == (() if last is None else (mondays[last],))


Born = tuple[date | None, date, date]
EVER, NEVER = date.min, date.max
BORN: list[Born] = [  # the date of birth, and the first and the last day of compulsory school age, by hand
    (None, EVER, NEVER),
    (date(2015, 3, 4), EVER, NEVER),
    (date(2019, 8, 31), date(2024, 8, 31), NEVER),
    (date(2019, 9, 1), date(2024, 12, 31), NEVER),
    (date(2020, 1, 1), NEVER, NEVER),
    (date(2008, 8, 31), EVER, date(2024, 6, 28)),
    (date(2008, 9, 1), EVER, date(2025, 6, 27)),
]


@dataclass(frozen=True)
class School:
    """What the oracle knows of a school. Days and weeks are counted from the start."""

    terms: tuple[tuple[int, int], ...]
    closed: frozenset[int]
    half_days: frozenset[tuple[int, str]]
    seen: frozenset[int]
    stay: tuple[int, int] | None
    silent: bool
    """Whether it has never said that it has the child on its roll."""

    def holds(self, day: int, half: str) -> bool:
        """Its own calendar decides each week that a term of it touches, its registers every other."""
        if not any(first // 7 <= day // 7 <= last // 7 for first, last in self.terms):
            return day // 7 in self.seen
        in_term = any(first <= day <= last for first, last in self.terms)
        return in_term and day % 7 < 5 and day not in self.closed and (day, half) not in self.half_days

    def is_school_week(self, week: int) -> bool:
        return any(self.holds(day, half) for day in range(7 * week, 7 * week + 7) for half in ("AM", "PM"))

    def has_on_roll(self, day: int) -> bool:
        return self.silent or self.stay is None or self.stay[0] <= day <= self.stay[1]


@dataclass(frozen=True)
class World:
    """A child of two schools, and what they have said: day, half and which school; and how many days later it was."""

    schools: tuple[School, School]
    born: Born
    roll: int | None
    absent: dict[tuple[int, str, int], int]

    def counting(self) -> dict[tuple[int, str], int]:
        """The half-days that count, each with the school whose word stands."""
        found: dict[tuple[int, str], int] = {}
        for (day, half, which), later in self.absent.items():
            when, school = START + timedelta(days=day), self.schools[which]
            counts = when >= date(2024, 8, 19) and later >= 0 and self.born[1] <= when <= self.born[2]
            known = not school.silent or self.roll == which
            if counts and known and school.has_on_roll(day) and school.holds(day, half):
                other = found.get((day, half))
                found[day, half] = which if other is None else self._stands(day, half)
        return found

    def _stands(self, day: int, half: str) -> int:
        if self.roll is not None:
            return self.roll
        return max((0, 1), key=lambda which: (self.absent[day, half, which], which))

    def is_met(self) -> bool:
        counting = self.counting()
        for (last, _), which in counting.items():
            week, passed, count = last // 7, 0, 0
            while week >= 0 and passed < 10:
                count += sum(day // 7 == week for day, _ in counting)
                passed += self.schools[which].is_school_week(week)
                week -= 1
            if count >= 10:
                return True
        return False

    def told(self, urns: tuple[str, str]) -> tuple[list[Mark], dict[str, SchoolWeeks], Child]:
        """The same in the words of the service, under some names of the schools."""
        marks = [
            Mark(urns[which], _day(day), half, "O", 1, at(_day(day + later)), f"{which}")
            for (day, half, which), later in self.absent.items()
        ]
        weeks = {urn: _weeks(urn, school) for urn, school in zip(urns, self.schools, strict=True)}
        stays = {
            urn: (Stay(_day(school.stay[0]), _day(school.stay[1])) if school.stay else Stay(None, None),)
            for urn, school in zip(urns, self.schools, strict=True)
            if not school.silent
        }
        return marks, weeks, Child(None if self.roll is None else urns[self.roll], self.born[0], stays)


def _day(day: int) -> date:
    return START + timedelta(days=day)


def _weeks(urn: str, school: School) -> SchoolWeeks:
    closed = frozenset(map(_day, school.closed))
    half_days = frozenset((_day(day), half) for day, half in school.half_days)
    calendars = tuple(
        Calendar(_day(first), _day(last), closed, half_days, NOON + timedelta(hours=number), f"{number}")
        for number, (first, last) in enumerate(school.terms)
    )
    return SchoolWeeks(urn, calendars, frozenset(_day(7 * week) for week in school.seen))


days = st.integers(0, 24 * 7 - 1)
spans = st.tuples(days, days).map(lambda pair: (min(pair), max(pair)))
halves = st.sampled_from(("AM", "PM"))
of_weeks = st.sets(st.integers(0, 23)).map(frozenset)
schools = st.builds(
    School,
    terms=st.lists(spans, max_size=3).map(tuple),
    closed=st.one_of(st.just(frozenset[int]()), st.frozensets(days, max_size=20)),
    half_days=st.frozensets(st.tuples(days, halves), max_size=10),
    seen=st.one_of(of_weeks, st.just(frozenset(range(24)))),
    stay=st.one_of(st.none(), spans),
    silent=st.sampled_from((False, False, True)),
)
worlds = st.builds(
    World,
    schools=st.tuples(schools, schools),
    born=st.one_of(st.sampled_from(BORN[:3]), st.sampled_from(BORN)),
    roll=st.sampled_from((None, 0, 1)),
    absent=st.dictionaries(
        st.tuples(st.one_of(days, st.integers(70, 95)), halves, st.sampled_from((0, 1))),
        st.sampled_from((0, 0, 0, 1, 40, -1, -7)),
        max_size=70,
    ),
)


@given(worlds, st.randoms(use_true_random=False))
@tried(800, gate=3000)
def test_only_sessions_that_were_count_whoever_said_so_in_whatever_order(world: World, chance: random.Random) -> None:
    marks, weeks, child = world.told(URNS)
    counting, left_out = sift(marks, weeks, POLICY, child)
    found = {((mark.day - START).days, mark.session): URNS.index(mark.urn) for mark in counting}
    assert found == world.counting()
    assert len(counting) + len(left_out) == len(marks), "what does not count is listed, with its reason"
    result = assess(marks, weeks, POLICY, child)
    assert result.met is world.is_met()
    shuffled = marks.copy()
    chance.shuffle(shuffled)
    assert assess(shuffled, weeks, POLICY, child) == result


@given(worlds)
@tried(250, gate=1500)
def test_other_names_of_the_schools_change_nothing(world: World) -> None:
    one, other = (assess(*_with_policy(world.told(urns))) for urns in (URNS, (URNS[1], URNS[0])))
    swapped = {URNS[0]: URNS[1], URNS[1]: URNS[0]}
    assert (one.met, one.count, one.school_weeks, one.skipped_weeks) == (
        other.met, other.count, other.school_weeks, other.skipped_weeks,
    )  # fmt: skip
    assert one.sessions == tuple(replace(mark, urn=swapped[mark.urn]) for mark in other.sessions)
    assert one.weeks_of == swapped.get(other.weeks_of or "")


def _with_policy(
    told: tuple[list[Mark], dict[str, SchoolWeeks], Child],
) -> tuple[list[Mark], dict[str, SchoolWeeks], Policies, Child]:
    marks, weeks, child = told
    return marks, weeks, POLICY, child


said = st.lists(
    st.tuples(
        st.integers(0, 11),
        st.sampled_from(("AM", "PM")),
        st.sampled_from("OGNIM/-#"),
        st.integers(1, 3),
        st.integers(-24, 360),
    ),
    min_size=1,
    max_size=40,
)


@given(said, st.randoms(use_true_random=False))
@tried(250, gate=1000)
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
    found = evidence(assess(marks.values(), weeks, POLICY, on_rolls(URNS[0])))
    return {f"{m['date']} {m['session']}": m["code"] for m in found["sessions"]}


def _winner_by_hand(registers: list[RegisterTaken]) -> dict[str, str | None]:
    """What was said before the day itself stands for nothing, whatever its revision."""
    best: dict[str, RegisterTaken] = {}
    for each in registers:
        place = f"{each.date} {each.session}"
        if each.time.astimezone(LONDON).date() < each.date:
            continue
        rank = (each.revision, each.time, str(each.id))
        if place not in best or rank > (best[place].revision, best[place].time, str(best[place].id)):
            best[place] = each
    codes = {place: each.marks[0].code for place, each in best.items()}
    return {place: code for place, code in sorted(codes.items()) if code in "OGNU"}
