"""The events of the log lines are a closed list, written down, made from the code."""

import ast
from pathlib import Path

import pytest

from shared.observing.log_words import _SENTENCES
from tests.contracts.vocabulary import LEVELS, LOG_EVENTS_PAGE, ROOT, Unknowable, as_markdown, said_in, vocabulary


def test_the_list_of_events_changes_only_with_the_code() -> None:
    assert as_markdown() == LOG_EVENTS_PAGE.read_text(), "run `make contracts` if the change is meant, and review it"


def test_an_event_is_named_by_what_happened_in_plain_lower_case() -> None:
    for said in vocabulary():
        assert said.event.replace("_", "").isalpha(), said
        assert said.event == said.event.lower(), said


def test_no_line_says_otherwise_who_said_it_or_when() -> None:
    for said in vocabulary():
        assert not {"time", "level", "service", "version", "event"} & set(said.fields), said


def test_every_call_that_logs_is_in_the_list() -> None:
    """One at the top of a module, or of another name than the four levels', would be missed."""
    for path in [*(ROOT / "shared").rglob("*.py"), *(ROOT / "services").rglob("*.py")]:
        tree = ast.parse(path.read_text())
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        inside = {call for function in functions for call in log_calls(function)}
        assert inside == set(log_calls(tree)), path
        assert {called(call) for call in inside} <= {*LEVELS, "log", "is_enabled_for"}, path


def log_calls(tree: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call) and called(node)]


def called(call: ast.Call) -> str | None:
    target = call.func
    is_log = isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "log"
    return target.attr if is_log and isinstance(target, ast.Attribute) else None


def test_a_name_that_is_made_up_at_run_time_is_not_taken(tmp_path: Path) -> None:
    path = ROOT / "shared" / "observing" / "log_words.py"
    made_up = tmp_path / "module.py"
    made_up.write_text("def f(what):\n    log.info(f'{what}_done')\n")
    with pytest.raises(Unknowable, match="LOG_EVENTS"):
        list(said_in(made_up, "shared.observing.log_words"))
    assert list(said_in(path)) == []


def test_only_events_that_are_said_have_a_sentence() -> None:
    assert set(_SENTENCES) <= {said.event for said in vocabulary()}
