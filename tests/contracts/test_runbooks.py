"""What the runbooks tell an engineer to type exists."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from deploy.local.stack import SERVICES
from services.cli import app
from tests.contracts.test_metrics import RUNBOOKS
from tests.contracts.vocabulary import vocabulary

PAGES = sorted(RUNBOOKS.glob("Everyday*.md"))
HEADINGS = [
    "What it means", "Whom it hurts", "First three commands", "How to mend", "How to replay safely",
    "When to stop sending",
]  # fmt: skip
KUBECTL = {"get", "logs", "describe", "rollout", "scale", "top", "exec"}
SERVERS = {"statefulset/everyday-rabbitmq-server"}
COMMAND: Any = typer.main.get_command(app)
ids = {"ids": lambda path: path.stem}


def commands(page: Path) -> list[str]:
    """Everything that a page tells somebody to type."""
    text = page.read_text()
    [block] = re.findall(r"```sh\n(.*?)```", text, re.S)
    inline = [each.replace("\n", " ") for each in re.findall(r"`((?:everyday|kubectl|make) [^`]*)`", text)]
    return [*block.splitlines(), *inline]


@pytest.mark.parametrize("page", PAGES, **ids)
def test_a_runbook_has_its_parts_and_three_first_commands(page: Path) -> None:
    text = page.read_text()
    assert text.startswith(f"# {page.stem}\n")
    assert re.findall(r"^## (.*)$", text, re.M) == HEADINGS
    assert len(re.findall(r"```sh\n(.*?)```", text, re.S)[0].splitlines()) == 3
    for link in re.findall(r"\]\(([^)]+)\)", text):
        assert (RUNBOOKS / link).exists(), link


@pytest.mark.parametrize("page", PAGES, **ids)
def test_every_command_of_a_runbook_exists(page: Path) -> None:
    for line in commands(page):
        for part in line.split("|"):
            check(shlex.split(part))


def check(words: list[str]) -> None:
    """Raises or fails when there is no such command."""
    program, *rest = words
    if program == "everyday":
        _everyday(rest)
        return
    assert program == "kubectl", words
    assert rest[0] in KUBECTL, words
    for kind, name in (word.split("/") for word in rest if re.fullmatch(r"[a-z]+/[a-z-]+", word)):
        assert name in SERVICES or f"{kind}/{name}" in SERVERS, words


def _everyday(words: list[str]) -> None:
    command, rest = COMMAND, list(words)
    while hasattr(command, "commands"):
        if not rest or rest[0] not in command.commands:
            assert command.invoke_without_command, words
            break
        command = command.commands[rest.pop(0)]
    command.make_parser(command.context_class(command)).parse_args(list(rest))
    if "--event" in rest:
        assert rest[rest.index("--event") + 1] in {said.event for said in vocabulary()}, words


@pytest.mark.parametrize(
    "line", ["everyday ded list", "everyday dead liszt", "everyday logs --evnt x", "kubectl destroy x",
             "kubectl logs deployment/notes", "everyday logs --event never_said", "curl x"],
)  # fmt: skip
def test_a_command_that_does_not_exist_is_found(line: str) -> None:
    with pytest.raises((AssertionError, Exception)):
        check(shlex.split(line))
