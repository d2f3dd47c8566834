"""Every event of the log lines, found in the code: the list that `docs/log-events.md` shows."""

import ast
import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOG_EVENTS_PAGE = ROOT / "docs" / "log-events.md"
LEVELS = ("debug", "info", "warning", "error")
HEAD = """# The events of the log lines

Made from the code by `make contracts`; a test compares, and another holds what a running system says against it.
An event's name says what happened. Every line also has `time`, `level`, `service` and `version`, and inside a handler
`correlation_id` and `message_id`. What the fields mean: [observability.md](observability.md).

| event | level | fields | said by |
|---|---|---|---|
"""


@dataclass(frozen=True, order=True)
class Said:
    """One line that the code may log."""

    event: str
    level: str
    fields: tuple[str, ...]
    module: str


class Unknowable(Exception):
    """A call logs an event whose name cannot be told from the code; the text says where."""


@cache
def vocabulary() -> list[Said]:
    """Every line that the services may log, in order of its event."""
    paths = [path for folder in ("shared", "services") for path in (ROOT / folder).rglob("*.py")]
    return sorted({said for path in paths for said in said_in(path)})


def as_markdown() -> str:
    rows = [
        f"| `{said.event}` | {said.level} | {', '.join(said.fields)} | `{said.module}` |\n" for said in vocabulary()
    ]
    return HEAD + "".join(rows)


def said_in(path: Path, module: str = "") -> Iterator[Said]:
    """The lines that one module may log; raises Unknowable."""
    module = module or ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for function in ast.walk(ast.parse(path.read_text())):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        facts = _dictionaries(function)
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and (level := _level(call)):
                name = call.args[1 if _is_choice(call) else 0]
                for event in _events(name, module):
                    yield Said(event, level, _fields(call, facts), module)


def _level(call: ast.Call) -> str | None:
    """The level at which a call logs; `log.log` chooses one of those that it names."""
    target = call.func
    if not (isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "log"):
        return None
    if _is_choice(call):
        named = [node.attr for node in ast.walk(call.args[0]) if isinstance(node, ast.Attribute)]
        return ", ".join(name.lower() for name in named if name.lower() in LEVELS)
    return target.attr if target.attr in LEVELS else None


def _is_choice(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "log"


def _events(name: ast.expr, module: str) -> list[str]:
    if isinstance(name, ast.Constant) and isinstance(name.value, str):
        return [name.value]
    if isinstance(name, ast.IfExp):
        return [*_events(name.body, module), *_events(name.orelse, module)]
    declared = getattr(importlib.import_module(module), "LOG_EVENTS", None)
    if declared is None:
        raise Unknowable(f"{module}:{name.lineno}: write the event as a constant, or declare LOG_EVENTS in the module")
    return sorted(declared)


def _fields(call: ast.Call, facts: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    found: list[str] = []
    for keyword in call.keywords:
        if keyword.arg is not None:
            found.append(keyword.arg)
        elif isinstance(keyword.value, ast.Name):
            found += facts.get(keyword.value.id, ("…",))
    return tuple(found)


def _dictionaries(function: ast.AST) -> dict[str, tuple[str, ...]]:
    """The dictionaries that a function writes out, by the name it gives them."""
    return {
        node.targets[0].id: tuple(key.value for key in node.value.keys if isinstance(key, ast.Constant))
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict) and isinstance(node.targets[0], ast.Name)
    }
