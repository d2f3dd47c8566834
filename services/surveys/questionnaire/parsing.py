"""A survey's file as plain data: YAML or JSON, without guesses and without duplicate names.

YAML is read without its implicit types: `no` is a word and 11:30 is not a number of seconds. What a value means is said
by the document's own fields. Pure.
"""

import json
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node

_LARGEST = 500_000  # characters
_DEEPEST = 30


class Unreadable(ValueError):
    """This file cannot be read as a survey. The text says where, and how to fix it."""


class _Plain(yaml.BaseLoader):
    """Texts, lists and mappings; no aliases (which can blow a file up) and no name twice in a mapping."""

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        if self.check_event(yaml.AliasEvent):
            raise Unreadable(f"line {self.line + 1}: write it out; references (*) are not read")
        return super().compose_node(parent, index)

    def construct_scalar(self, node: Any) -> Any:
        return super().construct_scalar(node) if node.value or node.style else None

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [key.value for key, _ in node.value]
        for key, _ in node.value:
            if names.count(key.value) > 1:
                raise Unreadable(f"line {key.start_mark.line + 1}: “{key.value}” stands here twice: keep one of them")
        return super().construct_mapping(node, deep)


def parse(text: str, name: str) -> dict[str, Any]:
    """The data of a file; one whose name ends in .json is JSON, any other YAML.

    Raises:
        Unreadable: what is wrong, where, and how to fix it.
    """
    if len(text) > _LARGEST:
        raise Unreadable(f"the file has {len(text)} characters; a survey has at most {_LARGEST}")
    try:
        data = _json(text) if name.lower().endswith(".json") else yaml.load(text, _Plain)  # noqa: S506  BaseLoader
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        problem = error.problem or "it cannot be read"
        if problem.startswith("mapping values"):
            problem = "put a text that holds a colon into quotes"
        raise Unreadable(f"{line}this is not YAML: {problem}") from None
    except (yaml.YAMLError, RecursionError):
        raise Unreadable("this is not YAML: it holds characters that cannot be read, or is nested too deeply") from None
    if not isinstance(data, dict):
        raise Unreadable("a survey begins with its fields, such as `title:`, `opens:` and `questions:`")
    check_depth(data)
    return data


def check_depth(data: Any) -> None:
    """Refuse data nested deeper than any survey; raises Unreadable."""
    level: list[Any] = [data]
    for _ in range(_DEEPEST):
        level = [inner for each in level for inner in _inner(each)]
        if not level:
            return
    raise Unreadable(f"this is nested more than {_DEEPEST} deep; write the conditions more simply")


def _inner(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _json(text: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        if again := next((name for name in names if names.count(name) > 1), None):
            raise Unreadable(f"“{again}” stands twice in one object: keep one of them")
        return dict(pairs)

    try:
        return json.loads(text, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise Unreadable(f"line {error.lineno}: this is not JSON: {error.msg}") from None
    except RecursionError:
        raise Unreadable("this is nested too deeply for a survey") from None
