"""What others have written reaches no terminal as a command to it."""

import io
import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from services.notices.cli import oddities as command
from services.notices.store.oddities import Oddity
from shared.cli.output import _Console
from shared.contracts.untidy import Untidy
from shared.writing.characters import shown
from tests.contracts.test_bounds import NEVER
from tests.unit.cli.test_narrow_tables import AT

hostile = st.text(st.sampled_from([*NEVER, *"ab c\n"]), min_size=1, max_size=30)


def in_a_table(text: str) -> Table:
    table = Table("id", escape(text))
    table.add_row(escape(text), Text(text))
    return table


WAYS: list[Callable[[_Console, str], None]] = [
    lambda console, text: console.print(text, markup=False, soft_wrap=True),
    lambda console, text: console.print(escape(text)),
    lambda console, text: console.print(Text.assemble((text, "dim"), "end")),
    lambda console, text: console.print(in_a_table(text)),
    lambda console, text: console.print(text, style="red", markup=False),
]


@pytest.mark.parametrize("way", WAYS)
@given(text=hostile)
def test_no_control_character_of_a_stored_text_is_written(way: Callable[[_Console, str], None], text: str) -> None:
    for terminal in (False, True):
        written = io.StringIO()
        way(_Console(file=written, force_terminal=terminal, width=200, highlight=False), text)
        plain = Text.from_ansi(written.getvalue()).plain if terminal else written.getvalue()
        assert not set(NEVER) & set(plain)


def test_what_would_have_cleared_the_screen_and_turned_a_name_round_is_seen() -> None:
    written = io.StringIO()
    _Console(file=written, width=200).print("\x1b[2J Ava \u202ereltraL\r gone", markup=False)
    assert written.getvalue() == "\\x1b[2J Ava U+202EreltraL\\x0d gone\n"


def test_a_commands_table_shows_them_too(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = Oddity("123456", "register\x1b]0;owned\x07", AT, Untidy("group\u202e", "unreadable"))
    written = io.StringIO()
    monkeypatch.setattr(command, "places", lambda *_: None)
    monkeypatch.setattr(command, "witnessed", lambda *_: None)
    monkeypatch.setattr(command, "ask", lambda *_: [odd])
    monkeypatch.setattr(command, "out", _Console(file=written, width=200))
    command.list_()
    assert "\\x1b]0;owned\\x07" in written.getvalue()
    assert not set(NEVER) & set(written.getvalue())


def test_a_log_on_a_terminal_shows_them() -> None:
    says = "configure('a', style='text'); log.info('said', what='a\\x1b[2Jb\\u202e')"
    program = f"from shared.observing.telemetry import *; {says}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown("a\x1b[2Jb\u202e") in Text.from_ansi(done.stdout).plain
