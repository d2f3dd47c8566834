"""`everyday decide` and `authorise`: amounts are shown before they count, and every command says what came of it."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import pytest
import typer
from click.testing import Result
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from services.cli import app
from services.notices.cli import deciding, typed
from services.notices.cli.commands import NAMES
from shared.cli import asking
from shared.cli.places import Places
from shared.contracts import CATALOGUE
from shared.contracts.base import Command, Message
from shared.contracts.fields import Address
from shared.time.clock import FixedClock
from tests.casework import with_holiday

WHO = {"EVERYDAY_OFFICER_ID": "o-2", "EVERYDAY_OFFICER": "Sam Reid", "EVERYDAY_PATIENCE": "0"}
NOW = datetime(2024, 10, 20, 9, tzinfo=UTC)


class Here(Places):
    def clock(self) -> FixedClock:
        return FixedClock(NOW)


class Desk:
    """A case behind the commands, in place of a stack: what is sent is heard at once, or by nobody."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.life = with_holiday(today=date(2024, 10, 4))
        self.notice = self.life.served(self.life.issue(), date(2024, 10, 8)).reference
        self.life.go_to(date(2024, 10, 20))
        self.sent: list[Any] = []
        self.seen: list[str] = []
        self.hears = True
        monkeypatch.setattr(deciding, "places", lambda: Here("amqp://nowhere", "mongodb://nowhere", None))
        monkeypatch.setattr(deciding, "ask", self._ask)
        monkeypatch.setattr(deciding, "hand_over", self._send)
        monkeypatch.setattr(deciding, "witnessed", lambda at, what, *about, by="": self.seen.append(what))
        monkeypatch.setattr(asking, "_PATIENCE", 0)

    def types(self, *words: str, **environment: str) -> Result:
        return CliRunner().invoke(app, list(words), env={**WHO, **environment})

    def decides(self, what: str, *facts: str) -> Result:
        return self.types("decide", what, self.notice, *facts)

    def _send(self, at: Places, *commands: Message) -> None:
        self.sent += commands
        if self.hears:
            for command in commands:
                self.life.hear(command)

    def _ask(self, at: Places, question: Callable[[Any], Any]) -> Any:
        return question(self)

    def file(self, _asked: str) -> tuple[Any, Any]:
        return self.life.file, self.life.facts

    def came_of(self, _asked: str, cause: str) -> list[Any] | None:
        return [entry for entry in self.life.file.history if entry["cause"] == cause] or None


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(monkeypatch)


PAYMENT = ("record_payment", "paid_on=2024-10-10", "payment_reference=R-1")


@pytest.mark.parametrize("amount", ["80", "£80", "80.00", "£80.00"])
def test_an_amount_is_pounds_and_is_shown_with_its_day_before_it_counts(desk: Desk, amount: str) -> None:
    ended = desk.decides(*PAYMENT, f"amount={amount}")
    assert (ended.exit_code, desk.sent) == (2, [])
    assert f"£80.00 paid on Thursday 10 October 2024 for notice {desk.notice}." in " ".join(ended.stderr.split())
    assert "Nothing was recorded. If this is right, add --yes." in ended.stderr
    assert desk.decides(*PAYMENT, f"amount={amount}", "--yes").exit_code == 0
    assert desk.life.file.notices[desk.notice].settled == 8000
    assert desk.seen == ["decide", "decide"]


@pytest.mark.parametrize("amount", ["80p", "8e1", "80,5", "-80", ""])
def test_an_amount_that_could_be_meant_otherwise_is_bad_input(desk: Desk, amount: str) -> None:
    ended = desk.decides(*PAYMENT, f"amount={amount}", "--yes")
    assert (ended.exit_code, desk.sent) == (2, [])
    assert "amount: write pounds" in ended.stderr


def test_a_command_that_is_done_says_what_happened(desk: Desk) -> None:
    ended = desk.decides("withdraw_notice", "ground=wrong_person", "reason=The wrong Robin.")
    assert ended.exit_code == 0
    assert f"The notice was withdrawn: wrong person ({desk.notice}): The wrong Robin." in " ".join(ended.stdout.split())


def test_one_that_is_refused_says_why_and_ends_with_1(desk: Desk) -> None:
    ended = desk.decides("start_prosecution", "token=x", "reason=unpaid")
    assert (ended.exit_code, len(desk.sent)) == (1, 1)
    assert "Refused: This cannot be done while the penalty notice is “discount period”" in " ".join(
        ended.stderr.split()
    )


def test_one_that_nobody_answers_ends_with_3_and_where_to_check(desk: Desk) -> None:
    desk.hears = False
    ended = desk.decides("withdraw_notice", "ground=wrong_person")
    assert (ended.exit_code, len(desk.sent)) == (3, 1)
    assert f"Sent, not confirmed yet. Check with: everyday explain {desk.notice}" in " ".join(ended.stderr.split())


def test_the_same_money_again_is_not_sent(desk: Desk) -> None:
    assert desk.decides(*PAYMENT, "amount=80", "--yes").exit_code == 0
    ended = desk.decides(*PAYMENT, "amount=80", "--yes")
    assert (ended.exit_code, len(desk.sent)) == (0, 1)
    assert "This was done before, and nothing has changed." in " ".join(ended.stderr.split())


def test_who_acts_comes_from_the_environment_and_a_request_names_the_school_s_person(desk: Desk) -> None:
    desk.decides("withdraw_notice", "ground=wrong_person")
    assert (desk.sent[0].officer.id, desk.sent[0].officer.name) == ("o-2", "Sam Reid")
    ended = desk.types(
        "decide", "request_notice", "C-2222-22222", "parents=p-1, p-2", "requested_by=Chris Amis, Attendance Lead",
        "route=support_not_appropriate", "offence_from=2024-09-09", "offence_to=2024-09-13",
        "evidence=leave_application:f-1, leave_refusal:f-2",
    )  # fmt: skip
    assert ended.exit_code != 2, ended.stderr
    asked = desk.sent[-1]
    assert (asked.requested_by.name, asked.requested_by.role) == ("Chris Amis", "Attendance Lead")
    assert (asked.entered_by.id, asked.parents) == ("o-2", ("p-1", "p-2"))
    assert [paper.kind for paper in asked.evidence] == ["leave_application", "leave_refusal"]


@pytest.mark.parametrize(
    ("fact", "fix"),
    [("grund=x", "write field=value: ground="), ("ground", "write field=value"), ("ground=because", "ground")],
)
def test_what_cannot_be_read_names_the_field_and_the_fix(desk: Desk, fact: str, fix: str) -> None:
    ended = desk.decides("withdraw_notice", fact)
    assert (ended.exit_code, desk.sent) == (2, [])
    assert fix in " ".join(ended.stderr.split())


def test_the_help_lists_every_command_its_fields_and_the_kinds_of_papers() -> None:
    told = " ".join(CliRunner().invoke(app, ["decide", "--help"], env={"COLUMNS": "200"}).stdout.split())
    for name in NAMES:
        assert name in told
    for words in (
        "ground=ought_not_to_have_been_issued | wrong_person",
        "leave_refusal",
        "amount=80",
        "3 sent and not",
    ):
        assert words in told


@pytest.mark.parametrize(
    "kind", [kind for kind in CATALOGUE.values() if issubclass(kind, Command)], ids=lambda kind: kind.key()
)
def test_a_command_is_read_or_refused_by_field_whatever_its_fields_are_called(
    kind: type[Command], capsys: pytest.CaptureFixture[str]
) -> None:
    given = {name: "?" for name in kind.model_fields if name not in Command.model_fields}
    with suppress(typer.Exit):
        assert isinstance(asking.command(FixedClock(NOW), kind, **given), kind)
    assert all(": " in line for line in capsys.readouterr().err.splitlines())


def test_a_safety_flag_is_put_on_a_case(desk: Desk) -> None:
    ended = desk.types("decide", "flag_safety", desk.life.file.reference, "kind=refuge", "reason=Told by phone.")
    assert ended.exit_code == 0, ended.output
    assert (desk.sent[-1].type, desk.sent[-1].kind) == ("notices.flag_safety.v1", "refuge")


lines_of_addresses = st.from_regex(r"[A-Z1-9][a-z0-9]{1,8}( [A-Z][a-z]{1,8})?", fullmatch=True)


@given(st.lists(lines_of_addresses, min_size=1, max_size=5), st.sampled_from(["NR1 1AA", "nr11aa", "SW1A 2AA"]))
def test_an_address_is_typed_as_people_write_it(lines: list[str], postcode: str) -> None:
    for name in ("confirm_address", "decide_service", "reissue_notice"):
        field = typed.fields(NAMES[name])["address"]
        read = Address.model_validate(typed.read(", ".join([*lines, postcode]), field))
        assert (read.lines, read.postcode) == (tuple(lines), postcode.upper())


@given(st.text(max_size=30))
def test_an_address_without_a_postcode_or_broken_json_is_answered_in_words(text: str) -> None:
    for wrong in (f"{{{text.replace('}', '')}", re.sub(r"[\d{}\[\]]", "", text)):
        with pytest.raises(ValueError, match=r"postcode last|not JSON"):
            typed.read(wrong, typed.fields(NAMES["confirm_address"])["address"])


def test_a_choice_of_the_help_is_never_broken_across_lines() -> None:
    told = CliRunner().invoke(app, ["decide", "--help"], env={"COLUMNS": "80"}).stdout.split()
    words = {word.strip("()").rpartition("=")[2] for word in told}
    for kind in NAMES.values():
        for field in typed.fields(kind).values():
            assert set(typed.choices(field)) <= words
