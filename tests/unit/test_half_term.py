from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise

import pytest

from deploy.local.half_term import FIRST, INSET, LAST, half_term, pure_registers
from shared.contracts import CATALOGUE
from shared.contracts.mis import CalendarPublished, MarksAmended, PupilUpdated, RegisterTaken, SchoolUpdated
from shared.time.clock import local_date

UNAUTHORISED = frozenset("GNOU")


def standing(messages) -> dict[str, dict[tuple[date, str], str]]:
    """Each pupil's codes in the end, by an oracle of its own: the highest revision, then the latest."""
    best: dict = defaultdict(dict)
    for message in messages:
        if isinstance(message, RegisterTaken):
            said = [(mark.upn, message.date, message.session, message.revision, mark.code) for mark in message.marks]
        elif isinstance(message, MarksAmended):
            said = [(mark.upn, mark.date, mark.session, mark.revision, mark.code) for mark in message.marks]
        else:
            continue
        for upn, day, session, revision, code in said:
            rank = (revision, message.time, str(message.id), code)
            best[upn][day, session] = max(best[upn].get((day, session), rank), rank)
    return {upn: {slot: rank[3] for slot, rank in slots.items()} for upn, slots in best.items()}


def unauthorised(codes: dict) -> list[str]:
    return [code for code in codes.values() if code in UNAUTHORISED]


def meeting(codes: dict) -> int:
    return sum(len(unauthorised(slots)) >= 10 for slots in codes.values())


@pytest.fixture(scope="module")
def messages():
    return list(half_term())


@pytest.fixture(scope="module")
def pupils(messages):
    return {message.upn: message for message in messages if isinstance(message, PupilUpdated)}


@pytest.fixture(scope="module")
def codes(messages):
    return standing(messages)


def test_the_same_seed_is_the_same_half_term_and_another_seed_another():
    assert list(half_term(7, 200)) == list(half_term(7, 200)) != list(half_term(8, 200))


def test_every_message_has_an_id_of_its_own_and_comes_when_it_was_sent(messages):
    assert len({message.id for message in messages}) == len(messages)
    assert all(earlier.time <= later.time for earlier, later in pairwise(messages))
    assert local_date(messages[-1].time) <= LAST


def test_every_message_survives_the_wire(messages):
    assert all(CATALOGUE[each.type].parse(each.model_dump_json()) == each for each in messages[::50])


def test_no_subject_names_a_pupil(messages, pupils):
    subjects = {message.subject for message in messages}
    assert not any(upn in subject for upn in pupils for subject in subjects)


def test_three_schools_their_calendars_and_1500_pupils_come_before_the_registers(messages, pupils):
    kinds = Counter(type(message) for message in messages)
    assert (kinds[SchoolUpdated], kinds[CalendarPublished], len(pupils), kinds[PupilUpdated]) == (3, 3, 1500, 1500)
    first = next(index for index, message in enumerate(messages) if isinstance(message, RegisterTaken))
    assert not any(isinstance(each, PupilUpdated | SchoolUpdated) for each in messages[first:])


def test_every_group_has_one_first_register_for_each_session_of_each_school_day(messages):
    first = Counter(
        (each.urn, each.group, each.date, each.session)
        for each in messages
        if isinstance(each, RegisterTaken) and each.revision == 1
    )
    assert set(first.values()) == {1}
    days = {slot[2] for slot in first}
    assert (min(days), max(days), len(days)) == (FIRST, LAST, 36)
    assert INSET not in days
    assert len(first) == len({slot[:2] for slot in first}) * len(days) * 2


def test_groups_are_as_large_as_in_schools(messages):
    sizes = {len(message.marks) for message in messages if isinstance(message, RegisterTaken)}
    assert min(sizes) >= 20
    assert max(sizes) <= 32


def test_codes_are_as_frequent_as_in_schools(codes):
    seen = Counter(code for slots in codes.values() for code in slots.values())
    rates = {code: 100 * number / seen.total() for code, number in seen.items()}
    assert 91 < rates["/"] + rates["\\"] + rates["L"] < 95
    assert 3 < rates["I"] < 5
    assert 0.7 < sum(rates[code] for code in UNAUTHORISED) < 2
    assert {"M", "C", "V"} <= set(rates)


def test_some_registers_come_days_late(messages):
    late = [
        message
        for message in messages
        if isinstance(message, RegisterTaken) and message.revision == 1 and local_date(message.time) > message.date
    ]
    assert 0.01 < len(late) / sum(isinstance(message, RegisterTaken) for message in messages) < 0.04


def test_most_reasons_not_established_at_first_are_corrected(messages, codes):
    first = Counter(
        mark.code
        for message in messages
        if isinstance(message, RegisterTaken) and message.revision == 1
        for mark in message.marks
    )
    left = Counter(code for slots in codes.values() for code in slots.values())
    assert first["N"] > 400
    assert left["N"] < first["N"] / 3
    assert any(isinstance(message, RegisterTaken) and message.revision == 2 for message in messages)
    assert any(isinstance(message, MarksAmended) for message in messages)


def test_6_to_15_pupils_meet_the_threshold(codes):
    assert 6 <= meeting(codes) <= 15


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.gate) for seed in (2, 3))])
def test_6_to_15_pupils_of_any_half_term_meet_the_threshold(seed):
    assert 6 <= meeting(standing(half_term(seed))) <= 15


def test_a_two_parent_holiday_of_a_week_without_n_is_ready_for_an_officer(codes, pupils):
    ready = [
        upn
        for upn, slots in codes.items()
        if Counter(unauthorised(slots))["G"] >= 10
        and "N" not in unauthorised(slots)
        and pupils[upn].address
        and len(pupils[upn].parents) == 2
        and all(parent.address and parent.day_to_day_care for parent in pupils[upn].parents)
    ]
    assert ready


def test_brothers_and_sisters_are_away_together(codes, pupils):
    families = defaultdict(list)
    for pupil in pupils.values():
        families[pupil.parents[0].parent_id].append(pupil.upn)
    away = {upn: {slot for slot, code in slots.items() if code == "G"} for upn, slots in codes.items()}
    together = [upns for upns in families.values() if len(upns) == 2 and any(len(away[upn]) >= 4 for upn in upns)]
    assert together
    assert all(abs(len(away[one]) - len(away[other])) <= 1 for one, other in together)


def test_leave_given_afterwards_un_reaches_the_threshold(messages, codes):
    before = standing(each for each in messages if not (isinstance(each, MarksAmended) and each.marks[0].code == "C"))
    assert any(len(unauthorised(before[upn])) >= 10 > len(unauthorised(codes[upn])) for upn in codes)


def test_some_parents_live_apart_and_some_have_no_address(pupils):
    parents = [pupil.parents for pupil in pupils.values()]
    assert any(len(each) == 2 and each[0].address != each[1].address for each in parents)
    assert any(parent.address is None for each in parents for parent in each)
    assert {len(each) for each in parents} == {1, 2}


def test_a_half_term_that_has_no_room_for_its_pupils_is_refused():
    with pytest.raises(ValueError, match="150 to 4,500"):
        next(half_term(pupils=5000))


def test_pure_registers_are_as_many_as_asked_all_different_and_the_same_for_a_seed():
    some = list(pure_registers(1500, schools=40))
    assert some == list(pure_registers(1500, schools=40))
    assert len({each.id for each in some}) == len({(e.urn, e.date, e.session, e.group) for e in some}) == 1500
    marks = [mark.code for each in some for mark in each.marks]
    assert len(marks) == 1500 * 30
    assert sum(code in UNAUTHORISED for code in marks) / len(marks) == pytest.approx(0.015, abs=0.003)
