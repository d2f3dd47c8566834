"""Commands about sheets, campaigns and single messages that are refused before anything is said to anybody."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from services.cli import app

WHO = ("--officer-id", "o-17", "--officer", "Jo Harwood")


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    for name in ("AMQP_URL", "MONGO_URL", "CLOCK_FILE"):
        monkeypatch.delenv(f"EVERYDAY_{name}", raising=False)
    monkeypatch.chdir(tmp_path)
    stack = tmp_path / ".local" / "stack.json"
    stack.parent.mkdir()
    clock = tmp_path / "clock.json"
    stack.write_text(json.dumps({"amqp": "amqp://a", "mongo": "mongodb://a", "clock_file": str(clock)}))
    return lambda *words, **more: CliRunner().invoke(app, ["messages", *words, *WHO], **more)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('number = "55"', "sheet.toml: number"),
        ("number =", "this is not TOML"),
        (
            'number = "55/24"\ntitle = "T"\nkind = "action"\ntext = "W"\ncomplete_by = 2001-01-01',
            "Monday 1 January 2001 has passed: give a day to come",
        ),
    ],
)
def test_a_file_that_is_no_sheet_is_refused_with_field_and_fix(
    messages: Callable[..., Result], tmp_path: Path, text: str, why: str
) -> None:
    (tmp_path / "sheet.toml").write_text(text)
    ended = messages("sheets", "publish", "sheet.toml")
    assert (ended.exit_code, why in ended.stderr) == (2, True), ended.stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("everyday-counts", "easter", "--to", "schools"), "has no step easter"),
        (("nothing", "november", "--to", "schools"), "there is no nothing: choose one of everyday-counts"),
        (("everyday-counts", "november", "--to", "schools"), "november is for Friday 1 November 2024"),
        (("everyday-counts", "november", "--to", "parents", "--dry-run"), "--list: parents are known only from a list"),
        (("everyday-counts", "november", "--to", "parents", "--dry-run", "--list", "p.csv"), "line 2: email"),
        (
            ("everyday-counts", "november", "--to", "schools", "--dry-run", "--list", "p.csv", "--phase", "Primary"),
            "a list and filters cannot go together",
        ),
    ],
)
def test_a_campaign_that_cannot_go_is_refused_with_the_reason(
    messages: Callable[..., Result], tmp_path: Path, words: tuple[str, ...], why: str
) -> None:
    (tmp_path / "p.csv").write_text("email,source,consent_on\nnonsense,x,2024-09-02\n")
    ended = messages("campaigns", "run", *words)
    assert (ended.exit_code, why in ended.stderr) == (2, True), ended.stderr


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"--words": "Words."}, "name one"),
        ({"--words": "Words.", "--school": "12"}, "a URN has 6 digits"),
        ({"--words": "W" * 2000, "--phone": "07700 900123"}, "longer than"),
        ({"--words": "Words.", "--email": "a@b.example.org", "--link": "//plain.example"}, "write a whole web address"),
    ],
)
def test_words_that_no_message_can_hold_are_refused(
    messages: Callable[..., Result], more: dict[str, Any], why: str
) -> None:
    ended = messages("send", "--title", "A word", *(each for pair in more.items() for each in pair))
    assert (ended.exit_code, why in ended.stderr) == (2, True), ended.stderr
