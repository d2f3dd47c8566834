"""Which commands show personal data: each leaves a line in the audit trail, and says so here; so does every other."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import typer
from typer.testing import CliRunner

from services.cli import app
from shared.cli import audit

LEAVE_A_LINE = {
    "audit list", "bookings certificate", "bookings list", "bookings register", "bookings show", "dead show", "explain",
    "messages show", "messages suppressed", "papers bundle", "papers records", "papers register", "subject-access",
    "surveys comments", "surveys consultees", "surveys export", "surveys integrity", "surveys school", "watch --json",
    "erase",
}  # fmt: skip
SHOW_NOBODY = {
    "references, states, counts and dates": {
        "cases", "cases states", "notice due", "messages list", "messages states", "dead list", "watch", "retention",
        "bookings meetings", "bookings why", "bookings reach", "bookings pattern", "bookings nudge",
        "surveys list", "surveys show", "surveys progress", "surveys reminders", "papers return",
    },
    "what is published, or was written to be": {
        "surveys check", "surveys results", "surveys report", "surveys themes", "surveys you-said", "bookings verify",
        "policy show", "policy check", "policy diff", "templates list", "templates preview", "templates check",
    },
    "they hand something over, and show what was typed": {
        "send", "import", "authorise", "decide", "messages retry", "messages returned", "messages lift",
        "bookings publish", "bookings change", "bookings cancel", "bookings materials", "bookings book",
        "bookings cancel-booking", "bookings substitute", "bookings change-booking", "bookings accept",
        "bookings decline", "bookings attendance", "bookings import", "surveys publish", "surveys invite",
        "surveys enter", "surveys close", "surveys reopen", "surveys publish-results", "surveys paper",
        "surveys dispose", "surveys theme", "dead replay",
    },
    "they touch no data": {"clock show", "clock set", "clock advance", "topology"},
}  # fmt: skip


def commands(group: click.Command, name: str = "") -> Iterator[str]:
    if isinstance(group, click.Group):
        if name and group.invoke_without_command:
            yield name
        for inner, command in group.commands.items():
            yield from commands(command, f"{name} {inner}".strip())
    else:
        yield name


def test_every_command_says_whether_it_shows_personal_data() -> None:
    told = {*LEAVE_A_LINE, *(name for names in SHOW_NOBODY.values() for name in names)}
    assert told == {*commands(typer.main.get_command(app)), "watch --json"}


def test_those_that_do_leave_a_line_of_their_own_name() -> None:
    sources = [path.read_text() for room in ("services", "shared/cli") for path in Path(room).rglob("*.py")]
    said = {name for text in sources for name in re.findall(r'(?:looked|_files)\((?:at, |here, )?"([^"]+)"', text)}
    assert said == LEAVE_A_LINE


def test_without_its_line_nothing_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVERYDAY_MONGO_URL", "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100")
    ended = CliRunner().invoke(app, ["audit", "list"])
    assert ended.exit_code == 1
    assert "so nothing is shown" in ended.stderr


def test_who_looks_is_the_staff_id_else_whoever_is_logged_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVERYDAY_OFFICER_ID", "officer-17")
    assert audit.who() == "officer-17"
    monkeypatch.delenv("EVERYDAY_OFFICER_ID")
    assert audit.who().startswith("user:")
