"""A table in a narrow terminal: what somebody copies out of it is never broken."""

import io
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.table import Table
from typer.testing import CliRunner

from services.cli import app
from services.notices.asking.desk import Known
from services.notices.cli import desk, oddities
from services.notices.store.oddities import Oddity
from services.notifications.cli import messages
from shared.cli.output import _Console
from shared.cli.places import Places
from shared.contracts.untidy import Untidy
from shared.time.clock import LONDON, in_words, moment
from tests.casework import with_holiday

AT = datetime(2026, 11, 30, 10, 1, tzinfo=UTC)

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


def test_cases_messages_and_oddities_fit_in_eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    life = with_holiday(today=date(2024, 10, 4))
    known = Known(
        pupils={life.file.upn: "Bartholomew Featherstone"}, schools={life.file.urn: "Brackenfield High School"}
    )
    delivery = {
        "_id": "5738ed20-f9df-5dbf-b2e1-54afa928f19a", "about": "N-HRXW-NK6L4", "telling": "notice_to_improve_ended",
        "channel": "email", "state": "held", "attempts": 3, "held_for": "quiet hours", "due_at": AT,
    }  # fmt: skip
    untidy = Untidy("parents.10.email", "unreadable", "T801200000006", "2026-11-23", "AM")
    oddity = Oddity(urn="123457", kind="pupil_updated", at=AT, untidy=untidy)
    monkeypatch.setattr(desk, "_ask", lambda *_: ([life.file], known))
    monkeypatch.setattr(messages, "ask", lambda *_: [delivery])
    monkeypatch.setattr(oddities, "ask", lambda *_: [oddity])
    for module in (desk, messages, oddities):
        monkeypatch.setattr(module, "places", lambda *_: Places("amqp://nowhere", "mongodb://nowhere", None))
        if hasattr(module, "witnessed"):
            monkeypatch.setattr(module, "witnessed", lambda *_: None)
    for words in (["cases"], ["messages", "list"], ["oddities", "list"]):
        shown = io.StringIO()
        for module in (desk, messages, oddities):
            monkeypatch.setattr(module, "out", _Console(file=shown, width=80))
        ended = CliRunner().invoke(app, words)
        assert ended.exit_code == 0, ended.output
        table = [line for line in shown.getvalue().splitlines() if line[:1] in "┏┡│└┃"]
        assert len(table) > 3
        assert max(map(len, table)) <= 80, words
