"""Which commands show personal data or act unseen: each leaves an entry in the audit trail; others say why not."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli import app
from shared.cli import audit
from tests.command_line import commands, whole

LEAVE_AN_ENTRY = {
    "audit list", "bookings certificate", "bookings evaluation", "bookings list", "bookings register",
    "bookings show", "cases", "cases check", "dead drop", "dead list --about", "dead replay", "dead show", "decide",
    "erase",
    "erase --do", "explain", "find", "messages language", "messages lift", "messages prefer", "messages preferences",
    "messages retry", "messages returned", "messages show", "messages suppressed", "oddities list", "papers bundle",
    "papers records", "papers register", "returns allow", "returns refuse",
    "subject-access", "surveys comments", "surveys consultees", "surveys export", "surveys integrity",
    "surveys school", "today", "watch --json",
}  # fmt: skip
SHOW_NOBODY = {
    "references, states, counts and dates": {
        "cases states", "notice due", "messages list", "messages states", "messages campaigns list",
        "messages sheets list", "messages sheets show", "dead list", "watch", "returns list",
        "bookings meetings", "bookings why", "bookings reach", "bookings pattern", "bookings nudge",
        "surveys list", "surveys show", "surveys progress", "surveys reminders", "surveys loop", "papers return",
    },
    "what is published, or was written to be": {
        "surveys check", "surveys results", "surveys report", "surveys themes", "surveys you-said", "bookings verify",
        "surveys preview",
        "policy show", "policy check", "policy diff", "templates list", "templates preview", "templates check",
    },
    "they hand over what a case, survey or booking keeps with who asked, and show what was typed": {
        "send", "import", "authorise", "messages send", "messages campaigns run", "messages campaigns stop",
        "messages sheets publish", "messages sheets send", "messages sheets done", "messages sheets chase",
        "bookings publish", "bookings change", "bookings cancel", "bookings materials", "bookings book",
        "bookings cancel-booking", "bookings substitute", "bookings change-booking", "bookings accept",
        "bookings decline", "bookings attendance", "bookings waive", "bookings import", "surveys publish",
        "surveys invite",
        "surveys enter", "surveys close", "surveys reopen", "surveys publish-results", "surveys paper",
        "surveys dispose", "surveys theme",
    },
    "they touch no data": {"clock show", "clock set", "clock advance", "topology"},
    "lines that name nobody": {"logs", "trace"},
    "the authority's own list of credentials, in a folder that only its administrator has": {
        "officers begin", "officers issue", "officers list", "officers revoke", "officers me",
    },
}  # fmt: skip


def test_every_command_says_whether_it_shows_personal_data() -> None:
    told = {*LEAVE_AN_ENTRY, *(name for names in SHOW_NOBODY.values() for name in names)}
    assert told == {*(name for name, _ in commands(whole())), "watch --json", "erase --do", "dead list --about"}


def test_those_that_do_leave_an_entry_under_their_own_name() -> None:
    sources = [path.read_text() for room in ("services", "shared/cli") for path in Path(room).rglob("*.py")]
    said = {name for text in sources for name in re.findall(r'(?:witnessed|_files)\((?:at, |here, )?"([^"]+)"', text)}
    assert said == LEAVE_AN_ENTRY


def test_without_its_entry_nothing_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVERYDAY_MONGO_URL", "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100")
    ended = CliRunner().invoke(app, ["audit", "list"])
    assert ended.exit_code == 1
    assert "the audit store does not answer" in ended.stderr


def test_who_looks_is_the_staff_id_else_whoever_is_logged_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVERYDAY_OFFICER_ID", "officer-17")
    assert audit.who() == "officer-17"
    monkeypatch.delenv("EVERYDAY_OFFICER_ID")
    assert audit.who().startswith("user:")
