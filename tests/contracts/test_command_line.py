"""`everyday --help` names every command without loading one."""

import json
import re
import subprocess
import sys
from typing import Any

import pytest
from typer.testing import CliRunner

from services.cli import COMMANDS, app
from tests.command_line import commands, whole

OURS = ["sys.argv = ['everyday', *{words}]", "from services.cli import main", "main()"]
EMPTY = ["import typer", "app = typer.Typer(rich_markup_mode='rich')", "app.command()(lambda: None)", "app(['--help'])"]


def loaded_by(*program: str) -> set[str]:
    """The modules that are in memory when a program ends."""
    begin = ["import atexit, json, sys", "atexit.register(lambda: json.dump(sorted(sys.modules), sys.stderr))"]
    ended = subprocess.run([sys.executable, "-c", "\n".join([*begin, *program])], capture_output=True, check=False)
    return set(json.loads(ended.stderr))


@pytest.mark.parametrize("words", [[], ["--help"]])
def test_help_loads_no_command_and_no_library_that_only_commands_need(words: list[str]) -> None:
    ours = loaded_by(*(line.format(words=words) for line in OURS))
    of_every_help = {name.partition(".")[0] for name in loaded_by(*EMPTY)}
    named = {"services", "services.cli", "shared", "shared.cli", "shared.cli.loading", "shared.cli.signed_in"}
    assert {name for name in ours if name.partition(".")[0] not in of_every_help | sys.stdlib_module_names} == named


def test_help_says_of_a_command_what_the_command_says_of_itself() -> None:
    said = {name: " ".join(command.help.split("\n\n")[0].split()) for name, command in whole().commands.items()}
    assert said == {name: line for name, (_, line) in COMMANDS.items()}


@pytest.mark.parametrize(("words", "command"), [*commands(whole())])
def test_help_is_shown_as_it_is_written(words: str, command: Any) -> None:
    """Of what stands in square brackets nothing is lost, as if it were a colour."""
    shown = CliRunner(env={"COLUMNS": "300", "TERM": "dumb"}).invoke(app, [*words.split(), "--help"]).output
    for text in (command.help, *(each.help for each in command.params)):
        for bracketed in re.findall(r"\[+[^\]]*\]+", text.replace("\\[", "[")):
            assert bracketed in shown
