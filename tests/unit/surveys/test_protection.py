"""Small numbers against an adversary who combines every published table, and every publication with the one before."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.surveys.answers.running import Edition, Running
from services.surveys.questionnaire.document import Survey
from services.surveys.results.bounds import Cell, Table, could_fall, could_rise
from services.surveys.results.rates import Rates
from services.surveys.results.results import Published, results
from services.surveys.results.suppression import Before, protect
from services.surveys.results.tally import Answer, Tally, items_of
from services.surveys.results.themes import you_said
from shared.decisions.deciding import Refused
from tests.surveying import survey

LEAST = 5
SMALL = st.integers(0, 9)


def tables(rows: int = 3, columns: int = 3) -> st.SearchStrategy[Table]:
    counts = st.lists(st.lists(SMALL, min_size=columns, max_size=columns), min_size=rows, max_size=rows)
    return counts.map(lambda found: Table(found, [True] * rows, [True] * columns))


def possible(table: Table, hidden: frozenset[Cell]) -> Iterator[dict[Cell, int]]:
    """Every way in which hidden cells may be filled, given the shown ones and every total: counted out one by one."""
    cells = sorted(hidden)
    rows = [sum(table.at(cell) for cell in hidden if cell[0] == row) for row in range(len(table.counts))]
    columns = [sum(table.at(cell) for cell in hidden if cell[1] == place) for place in range(len(table.columns_known))]

    def fill(place: int) -> Iterator[dict[Cell, int]]:
        if place == len(cells):
            if not any(rows) and not any(columns):
                yield {}
            return
        row, column = cells[place]
        rest = sum(1 for each in cells[place + 1 :] if each[0] == row)
        choices = range(min(rows[row], columns[column]) + 1) if rest else [rows[row]]
        for value in choices:
            if value > min(rows[row], columns[column]):
                continue
            rows[row] -= value
            columns[column] -= value
            for more in fill(place + 1):
                yield {(row, column): value, **more}
            rows[row] += value
            columns[column] += value

    return fill(0)


def ranges(table: Table, hidden: frozenset[Cell]) -> dict[Cell, tuple[int, int]]:
    found: dict[Cell, tuple[int, int]] = {}
    for filled in possible(table, hidden):
        for cell, value in filled.items():
            low, high = found.get(cell, (value, value))
            found[cell] = (min(low, value), max(high, value))
    return found


@settings(max_examples=40, deadline=None)
@given(tables(), st.sets(st.tuples(st.integers(0, 2), st.integers(0, 2))))
def test_what_can_be_worked_out_of_a_hidden_cell_is_what_counting_out_says(table: Table, hidden: set[Cell]) -> None:
    for cell, (low, high) in ranges(table, frozenset(hidden)).items():
        assert table.at(cell) + could_rise(table, hidden, cell, 99) == high
        assert table.at(cell) - could_fall(table, hidden, cell, 99) == low


@settings(max_examples=60, deadline=None)
@given(tables())
def test_no_small_count_is_shown_and_none_can_be_worked_out(table: Table) -> None:
    hidden = protect(table, LEAST)
    assert hidden is not None
    everything = hidden == set(table.cells)
    for cell in table.cells:
        assert table.at(cell) == 0 or table.at(cell) >= LEAST or cell in hidden
    for cell, (low, high) in ranges(table, hidden).items():
        if 0 < table.at(cell) < LEAST and not everything:
            assert high >= LEAST, "it might as well be large"
            assert high - low >= LEAST - 1


@settings(max_examples=30, deadline=None)
@given(tables(2), tables(2), st.booleans())
def test_two_publications_together_give_no_difference_away(first: Table, more: Table, none_in_a_row: bool) -> None:
    if none_in_a_row:
        more = replace(more, counts=[[0, 0, 0], more.counts[1]])
    both = [[a + b for a, b in zip(x, y, strict=True)] for x, y in zip(first.counts, more.counts, strict=True)]
    earlier = protect(first, LEAST) or frozenset()
    later = protect(replace(first, counts=both), LEAST, Before(first.counts, earlier))
    assert later is not None
    assert earlier <= later
    everything = later == set(first.cells)
    for cell in more.cells:
        assert more.at(cell) == 0 or more.at(cell) >= LEAST or cell in later
    for cell, (low, high) in ranges(more, later).items():
        if 0 < more.at(cell) < LEAST and not everything:
            assert high >= LEAST
            assert high - low >= LEAST - 1


def test_a_table_in_which_a_count_has_fallen_is_not_published_anew() -> None:
    before = Before([[9, 9], [9, 9]], frozenset())
    table = Table([[8, 10], [9, 9]], [True] * 2, [True] * 2)
    assert protect(table, LEAST, before) is None


def test_one_small_count_takes_others_with_it() -> None:
    table = Table([[20, 3, 30], [25, 9, 40], [30, 8, 50]], [True] * 3, [True] * 3)
    hidden = protect(table, LEAST)
    assert hidden is not None
    assert (0, 1) in hidden
    for line in table.lines():
        inside = [cell for cell in line if cell in hidden]
        assert len(inside) != 1
        assert not inside or sum(table.at(cell) for cell in inside) >= LEAST


def unnamed(**changed: Any) -> Survey:
    """A survey whose answers bear no names."""
    return survey(mode="confidential", **changed)


RUNNING = Running(
    reference="S-2222-22222",
    correlation_id="",
    title="t",
    mode="named",
    consultation=False,
    window=unnamed().window,
    editions=(Edition(1, "k", "h"),),
)
ANSWERS = ("yes", "nearly", "no")


def published(people: list[tuple[str, str, str]], before: Any = None) -> Published:
    """Results of (answer, district, phase), protected."""
    tally = Tally(items_of({1: unnamed()}))
    rates = Rates()
    for answer, district, phase in people:
        tally.add(Answer(1, {"ready": answer}, False, 5, district, phase, "schools, official"))
        about = {"official": True, "group": "schools"}
        rates.add({"respondent": about, "state": "answered", "channel": None, "district": district, "phase": phase})
    return results(RUNNING, unnamed(), tally, rates, "2024-05-20", before)


class Adversary:
    """Holds published counts as linear equations on how many people gave which answer in which district and phase."""

    def __init__(self, people: list[tuple[str, str, str]]) -> None:
        self.kinds = sorted(set(itertools.product(ANSWERS, {p[1] for p in people}, {p[2] for p in people})))
        self.truth = [people.count(kind) for kind in self.kinds]
        self.rows: list[tuple[list[int], int]] = []

    def reads(self, shown: dict[str, Any]) -> None:
        item = next(each for each in shown["items"] if each["key"] == "ready")
        self._knows(lambda kind: True, shown["respondents"])
        for answer, count in zip(ANSWERS, item["counts"], strict=False):
            self._knows(lambda kind, a=answer: kind[0] == a, count)
        for place, dimension in ((1, "district"), (2, "phase")):
            for group in item["by"][dimension]:
                name = group["group"]
                self._knows(lambda kind, n=name, p=place: kind[p] == n, group["respondents"])
                for answer, count in zip(ANSWERS, group["counts"], strict=False):
                    self._knows(lambda kind, a=answer, n=name, p=place: kind[0] == a and kind[p] == n, count)

    def reads_differences(self, earlier: dict[str, Any], later: dict[str, Any]) -> None:
        """What was published twice, as what has come in between."""
        now, then = Adversary([]), Adversary([])
        now.kinds = then.kinds = self.kinds
        now.reads(later)
        then.reads(earlier)
        known = {tuple(row): count for row, count in then.rows}
        self.rows += [(row, count - known[tuple(row)]) for row, count in now.rows if tuple(row) in known]

    def _knows(self, counted: Any, count: int | None) -> None:
        if count is not None:
            self.rows.append(([int(counted(kind)) for kind in self.kinds], count))

    def works_out(self, counted: Any) -> int | None:
        """The exact count of a kind of people, if it follows from everything that was read; by Gaussian elimination."""
        target = [Fraction(int(counted(kind))) for kind in self.kinds] + [Fraction(0)]
        basis: list[list[Fraction]] = []
        for coefficients, count in self.rows:
            row = [Fraction(each) for each in (*coefficients, count)]
            for other in basis:
                lead = next(place for place, value in enumerate(other) if value)
                if row[lead]:
                    row = [a - row[lead] / other[lead] * b for a, b in zip(row, other, strict=True)]
            if any(row[:-1]):
                basis.append(row)
        for other in basis:
            lead = next(place for place, value in enumerate(other) if value)
            if target[lead]:
                target = [a - target[lead] / other[lead] * b for a, b in zip(target, other, strict=True)]
        return None if any(target[:-1]) else int(-target[-1])


DISTRICTS = st.sampled_from(("Norwich", "Breckland", "Broadland"))
PEOPLE = st.lists(st.tuples(st.sampled_from(ANSWERS), DISTRICTS, st.sampled_from(("A", "B"))), min_size=12, max_size=60)


@settings(max_examples=20, deadline=None)
@given(PEOPLE, PEOPLE)
def test_all_published_tables_of_two_publications_give_no_small_count_away(
    first: list[tuple[str, str, str]], more: list[tuple[str, str, str]]
) -> None:
    one = published(first)
    two = published(first + more, one.basis)
    adversary = Adversary(first + more)
    adversary.reads(two.shown)
    since = Adversary(more)
    since.reads_differences(one.shown, two.shown)
    for answer in ANSWERS:
        for place in (1, 2):
            for name in {person[place] for person in first + more}:
                true = sum(person[0] == answer and person[place] == name for person in first + more)
                exact = adversary.works_out(lambda kind, a=answer, n=name, p=place: kind[0] == a and kind[p] == n)
                assert exact is None or exact == true
                assert exact is None or exact == 0 or exact >= LEAST
                fresh = since.works_out(lambda kind, a=answer, n=name, p=place: kind[0] == a and kind[p] == n)
                assert fresh is None or fresh == 0 or fresh >= LEAST


def test_too_few_answers_and_too_few_new_ones_are_not_published() -> None:
    few = [("yes", "Norwich", "A")] * 4
    with pytest.raises(Refused, match="at least 5 answers"):
        published(few)
    many = published(few * 5)
    with pytest.raises(Refused, match="Fewer than 5 new answers"):
        published(few * 6, many.basis)
    assert published(few * 6 + few[:1], many.basis).shown["respondents"] == 25


def test_counts_are_the_counts_and_the_median_is_held_against_the_promise() -> None:
    people = [("yes", "Norwich", "A")] * 12 + [("no", "Norwich", "A")] * 8 + [("no", "Breckland", "B")] * 10
    shown = published(people).shown
    [ready] = [each for each in shown["items"] if each["key"] == "ready"]
    assert ready["columns"] == ["Yes", "Nearly", "No", "no answer"]
    assert ready["counts"] == [12, 0, 18, 0]
    assert {each["group"]: each["counts"] for each in ready["by"]["district"]} == {
        "Breckland": [0, 0, 10, 0],
        "Norwich": [12, 0, 8, 0],
    }
    assert shown["time"] == {"median": 5.0, "ninetieth": 5, "promise": None}


def test_a_question_whose_words_changed_is_counted_apart_and_the_results_say_so() -> None:
    changed = unnamed(questions=[{"id": "ready", "type": "single", "text": "Ready now?", "options": ["Yes", "No"]}])
    tally = Tally(items_of({1: unnamed(), 2: changed}))
    for edition in (1, 2):
        for _ in range(6):
            tally.add(Answer(edition, {"ready": "yes"}, False, None, None, None, None))
    two = replace(RUNNING, editions=(Edition(1, "a", "a"), Edition(2, "b", "b")))
    shown = results(two, changed, tally, Rates(), "2024-05-20").shown
    notes = {each["key"]: (each["counts"], each.get("note")) for each in shown["items"] if "ready" in each["key"]}
    assert notes == {
        "ready": ([6, 0, 0, 6], "asked like this in version 1 only"),
        "ready@2": ([6, 0, 6], "asked like this in version 2 only"),
    }


def test_the_window_of_a_survey_that_was_reopened_is_told_as_it_is() -> None:
    later = replace(RUNNING, window=replace(RUNNING.window, closes_at=RUNNING.window.closes_at + timedelta(days=7)))
    tally = Tally(items_of({1: unnamed()}))
    for _ in range(5):
        tally.add(Answer(1, {"ready": "yes"}, False, None, None, None, None))
    shown = results(later, unnamed(), tally, Rates(), "2024-05-24").shown
    assert shown["window"]["closed"] == "closed at 11:59pm on Thursday 23 May 2024"


def test_a_survey_whose_answers_bear_names_has_no_rule_of_five_unless_it_says_so() -> None:
    for document, shown in ((survey(), 1), (survey(least_shown=4), None), (unnamed(), None)):
        tally = Tally(items_of({1: document}))
        tally.add(Answer(1, {"ready": "yes"}, False, 5, "Norwich", "A", "schools, official"))
        try:
            found = results(RUNNING, document, tally, Rates(), "2024-05-20").shown["respondents"]
        except Refused:
            found = None
        assert found == shown


def test_how_many_said_so_is_told_by_the_rule_for_results() -> None:
    theme = {"_id": "T-2", "title": "t", "said": "s", "count": 4, "decision": "d", "reason": None, "meeting": None}
    theme |= {"clause": None, "on": "2024-06-01", "owner": {"name": "Jo", "role": "r"}}
    told = [str(you_said([theme], least)) for least in (1, 4, 5)]
    assert ["(4 said so)" in each for each in told] == [True, True, False]
