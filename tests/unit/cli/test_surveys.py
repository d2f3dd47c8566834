"""The team's commands: what needs no stack, what is refused before it is sent, and what is handed over."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from typer.testing import CliRunner, Result

from services.cli import app
from services.surveys.cli import asking, authoring, consulting, running
from shared.cli.places import Places
from shared.contracts import Message
from shared.contracts.surveys import AddPaper, EnterResponse, Invite, PublishSurvey, RecordTheme, ReopenSurvey

EXAMPLES = Path(authoring.__file__).parents[1] / "examples"
WHO = ("--officer-id", "o-1", "--officer", "Jo Harwood")
SURVEY = "s bs2v 9329q"  # as somebody types it


class Answers:
    """A store that knows every survey, and what is said to have come of a command."""

    came = ""

    async def running(self, survey: str) -> str:
        return survey

    async def came_of(self, _survey: str, _command: UUID) -> str:
        return self.came


@pytest.fixture
def reading() -> Answers:
    return Answers()


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, reading: Answers) -> list[Any]:
    """What is handed over, instead of to a broker."""
    told: list[Message] = []
    monkeypatch.setattr(asking, "ask", lambda _at, question: asyncio.run(question(reading)))
    here = Places("amqp://nowhere", "mongodb://nowhere", None)
    for module in (authoring, running, consulting):
        monkeypatch.setattr(module, "places", lambda: here)
    monkeypatch.setattr(asking, "hand_over", lambda _at, *commands: told.extend(commands))
    monkeypatch.chdir(tmp_path)
    return told


def surveys(*words: str) -> Result:
    return CliRunner().invoke(app, ["surveys", *words])


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("code-of-conduct", ["18 calendar days, 13 working days", "includes a bank holiday: Monday 6 May 2024"]),
        ("schools-survey", ["closes at 11:59pm on Thursday 16 May 2024", "promised: no longer than 10"]),
    ],
)
def test_a_check_says_what_respondents_will_be_told_and_warns(name: str, told: list[str]) -> None:
    ended = surveys("check", str(EXAMPLES / f"{name}.yaml"))
    assert ended.exit_code == 0
    for each in told:
        assert each in ended.stdout


def test_a_wrong_file_ends_with_every_problem_by_its_question(tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    text = (EXAMPLES / "schools-survey.yaml").read_text()
    file.write_text(text.replace("question: guidance", "question: guidnce").replace("type: yes_no", "type: yesno"))
    ended = surveys("check", str(file))
    assert ended.exit_code == 2
    assert "ours.yaml: question 9 “meeting”: its type is one of" in ended.stderr
    file.write_text(text.replace("question: guidance", "question: guidnce"))
    assert "question 4 “worry”: when: there is no question “guidnce”" in surveys("check", str(file)).stderr


def test_publishing_says_the_reference_under_which_it_is_found(handed: list[Any]) -> None:
    ended = surveys("publish", str(EXAMPLES / "code-of-conduct.yaml"), *WHO)
    [command] = handed
    assert isinstance(command, PublishSurvey)
    assert ended.stdout.strip().startswith("S-")
    assert command.officer.name == "Jo Harwood"


def test_a_mistyped_reference_is_refused_before_anything_is_sent(handed: list[Any]) -> None:
    ended = surveys("invite", "S-BS2V-9329R", "--schools", *WHO)
    assert ended.exit_code == 2
    assert "typing mistake" in ended.stderr
    assert handed == []


def test_schools_and_people_of_a_csv_are_invited(handed: list[Any], tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("Name,Email,Group,Official\nPC Gurney,gurney@police.example.org,police,yes\n")
    assert surveys("invite", SURVEY, "--district", "Norwich", "--people", str(file), *WHO).exit_code == 0
    [command] = handed
    assert isinstance(command, Invite)
    assert command.survey == "S-BS2V-9329Q"
    assert command.schools is not None
    assert command.schools.districts == ("Norwich",)
    assert (command.recipients[0].group, command.recipients[0].official) == ("police", True)


def test_every_wrong_line_of_a_csv_is_named_with_its_fix(handed: list[Any], tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("name,email,group,urn\nA,a@example.org,schools,12\nB,b,army,\n")
    ended = surveys("invite", SURVEY, "--people", str(file), *WHO)
    assert ended.exit_code == 2
    for told in ("line 2: urn: a URN has 6 digits", "line 3: email: write an address", "line 3: group: one of schools"):
        assert told in ended.stderr
    assert handed == []


def test_a_letter_is_entered_for_a_school(handed: list[Any], tmp_path: Path) -> None:
    file = tmp_path / "answer.yaml"
    file.write_text("overall: 4\ncomments: Ten days are too short.\n")
    received = ("--channel", "letter", "--received", "2024-05-14")
    assert surveys("enter", SURVEY, *received, "--urn", "123456", "--answers", str(file), *WHO).exit_code == 0
    [command] = handed
    assert isinstance(command, EnterResponse)
    assert command.answers == {"overall": "4", "comments": "Ten days are too short."}
    ended = surveys("enter", SURVEY, *received, *WHO)
    assert "say whose answer it is" in ended.stderr
    assert surveys("enter", SURVEY, "--channel", "pigeon", "--received", "x", "--name", "A", *WHO).exit_code == 2


@pytest.mark.parametrize(
    ("more", "field"),
    [
        (("--email", "nobody"), "respondent.email"),
        (("--email", "o’neil@example.org"), "respondent"),
        (("--group", "friends"), "respondent.group"),
    ],
)
def test_who_answered_by_letter_is_refused_by_field(handed: list[Any], more: tuple[str, str], field: str) -> None:
    ended = surveys("enter", SURVEY, "--channel", "letter", "--received", "2024-05-14", "--name", "A", *more, *WHO)
    assert (ended.exit_code, handed) == (2, [])
    assert ended.stderr.startswith(field)


def test_a_paper_goes_into_the_pack_by_its_hash(handed: list[Any], tmp_path: Path) -> None:
    file = tmp_path / "code.docx"
    file.write_bytes(b"abc")
    assert surveys("paper", SURVEY, str(file), "--label", "draft v3", *WHO).exit_code == 0
    [command] = handed
    assert isinstance(command, AddPaper)
    assert command.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert (command.name, command.size) == ("code.docx", 3)


def test_themes_and_reopening_are_handed_over(handed: list[Any]) -> None:
    assert surveys("theme", SURVEY, "Webinars", "--said", "Short ones", "--did", "Two", *WHO).exit_code == 0
    assert surveys("reopen", SURVEY, "--to", "2024-05-24", "--reason", "The police asked", *WHO).exit_code == 0
    theme, reopened = handed
    assert isinstance(theme, RecordTheme)
    assert isinstance(reopened, ReopenSurvey)
    assert reopened.closes == {"to": "2024-05-24"}


@pytest.mark.parametrize(
    "name",
    [
        "check", "publish", "invite", "list", "show", "progress", "enter", "reminders", "close", "reopen", "results",
        "publish-results", "report", "export", "school", "consultees", "paper", "comments", "dispose", "theme",
        "themes", "you-said", "integrity",
    ],
)  # fmt: skip
def test_every_command_teaches_with_an_example(name: str) -> None:
    assert "Example" in surveys(name, "--help").stdout


def test_what_is_refused_ends_with_the_reason(handed: list[Any], reading: Answers) -> None:
    reading.came = "theme: there is no theme T-2222-22222; see `everyday surveys themes`"
    ended = surveys("theme", SURVEY, "Webinars", "--said", "Short ones", "--change", "T-2222-22222", *WHO)
    assert (ended.exit_code, len(handed)) == (1, 1)
    assert "Refused: theme: there is no theme T-2222-22222" in " ".join(ended.stderr.split())
