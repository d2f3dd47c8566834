"""A table in a narrow terminal: what somebody copies out of it is never broken."""

import io
from datetime import date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.table import Table

from shared.cli.output import _Console
from shared.clock import LONDON, in_words, moment

ids = st.one_of(st.uuids().map(str), st.just("C-7K4M-9PXT3"), st.just("office@a-long-name.school.example.org"))
days, instants = st.dates(date(2000, 1, 1)), st.datetimes(datetime(2000, 1, 1))  # noqa: DTZ001 - only written out
dates = st.one_of(
    days.map(lambda day: f"{day:%d %b %Y}"),
    days.map(in_words),
    instants.map(lambda at: f"{at:%d %b %Y %H:%M}"),
    instants.map(lambda at: moment(at.replace(tzinfo=LONDON))),
    instants.map(lambda at: at.isoformat(" ", "seconds")),
)
prose = st.lists(st.sampled_from(["a", "longer", "sentence", "of", "words"]), max_size=30).map(" ".join)
whole, columns = st.sampled_from([ids, dates]), st.lists(st.sampled_from(["whole", "prose"]), min_size=1, max_size=9)


@settings(max_examples=50, deadline=None)
@given(st.data(), columns, st.integers(min_value=20, max_value=120))
def test_an_id_or_a_date_stands_in_one_line_however_narrow_the_terminal_is(
    data: st.DataObject, kinds: list[str], width: int
) -> None:
    of = [data.draw(whole) if kind == "whole" else prose for kind in kinds]
    rows = data.draw(st.lists(st.tuples(*of), min_size=1, max_size=3))
    table, shown = Table(*(str(number) for number in range(len(kinds)))), io.StringIO()
    for row in rows:
        table.add_row(*row)
    _Console(file=shown, width=width).print(table)
    lines = shown.getvalue().splitlines()
    assert len({len(line) for line in lines}) == 1
    for row in rows:
        for kind, cell in zip(kinds, row, strict=True):
            assert kind == "prose" or any(cell in line for line in lines)


@settings(max_examples=50, deadline=None)
@given(st.lists(prose, min_size=1, max_size=4))
def test_words_alone_keep_within_the_terminal(cells: list[str]) -> None:
    table, shown = Table(*("words" for _ in cells)), io.StringIO()
    table.add_row(*cells)
    _Console(file=shown, width=80).print(table)
    assert all(len(line) <= 80 for line in shown.getvalue().splitlines())
