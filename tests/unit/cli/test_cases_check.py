"""`everyday cases check`: which notices' dates another letter had overwritten, and what that means."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services.cli import app
from services.notices.cli import desk
from shared.cli.places import Places
from tests.unit.notices.test_stored_cases import STORED


class Stored:
    """The cases that the version before wrote, in place of a store."""

    def __init__(self, cases: list[dict[str, Any]]) -> None:
        self.cases = cases

    def __getitem__(self, _kind: str) -> "Stored":
        return self

    async def stream(self, _query: Any) -> AsyncIterator[dict[str, Any]]:
        for each in self.cases:
            yield each


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    seen: list[Any] = []

    def run(*options: str, cases: list[dict[str, Any]]) -> Result:
        store = Stored(cases)
        monkeypatch.setattr(desk, "places", lambda: Places("amqp://nowhere", "mongodb://nowhere", None))
        monkeypatch.setattr(desk.asking, "ask", lambda _at, _service, question: asyncio.run(question(store)))
        monkeypatch.setattr(desk, "witnessed", lambda _at, *what: seen.append(what))
        ended = CliRunner().invoke(app, ["cases", "check", *options])
        assert seen.pop()[0] == "cases check"
        return ended

    return run


WRONG = [each["case"] for each in STORED if each["case"]["_id"] == "C-over"]
RIGHT = [each["case"] for each in STORED if each["case"]["_id"] != "C-over"]


def test_every_notice_with_another_letters_dates_is_named_with_both_and_what_the_records_say(check: Any) -> None:
    ended = check(cases=[*RIGHT, *WRONG])
    assert ended.exit_code == 0
    [notice] = WRONG[0]["notices"]
    for words in (
        f"{notice} (case C-over)",
        "posted on Tuesday 8 October 2024",
        "served on Thursday 10 October 2024",
        "Wednesday 23 October 2024 was shown",
        "records of regulation 20 say Thursday 10 October 2024 now",
        "before says Friday 25 October 2024",
    ):
        assert words in ended.stdout
    assert len(ended.stdout.splitlines()) == 1
    [told] = json.loads(check("--json", cases=WRONG).stdout)
    assert (told["posted_on"], told["shown"]) == ("2024-10-08", "2024-10-23")


def test_it_says_so_when_all_is_well(check: Any) -> None:
    assert "All is well" in check(cases=RIGHT).stdout
    assert json.loads(check("--json", cases=RIGHT).stdout) == []
