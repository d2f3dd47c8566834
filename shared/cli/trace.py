"""`everyday trace`: one correlation id across the services, from their logs alone."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, Any
from uuid import UUID

import orjson
import typer
from rich.text import Text

from shared.cli.log_lines import REFERENCE, Line, lines_with, read_all
from shared.cli.output import BAD_INPUT, err, fail, out
from shared.identity import read_reference
from shared.observing.log_words import instant, sentence, when
from shared.writing.counting import number_of

_COLOURS = {"debug": "dim", "info": "", "warning": "yellow", "error": "red"}


def trace(
    asked: Annotated[str, typer.Argument(help="a correlation id, or the reference of a case or a notice")],
    sources: Annotated[
        list[str] | None, typer.Argument(help="files, folders, or - for standard input; else the local stack's logs")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="the lines themselves, in order")] = False,
) -> None:
    """Follow one case or message across the services, from their logs alone: who did what, when, and what was decided.

    Examples: everyday trace C-7K4M-9PXT3 · kubectl logs -l part-of=everyday --tail=-1 | everyday trace C-7K4M-9PXT3 -
    """
    lines = related_lines(_meant(asked), read_all(sources or []))
    if not lines:
        fail(f"no line names {asked}: is it the right folder, and the right day?", BAD_INPUT)
    if as_json:
        sys.stdout.writelines(json.dumps(line) + "\n" for line in lines)
        return
    services, ids = ({line[name] for line in lines if line.get(name)} for name in ("service", "correlation_id"))
    summary = f"{number_of(len(lines), 'line')} of {', '.join(sorted(services))}"
    err.print(f"[dim]{summary}; times are London's; correlation ids:[/dim]")
    err.print(" ".join(sorted(ids)), style="dim", soft_wrap=True)
    for line in lines:
        out.print(in_one_line(line), soft_wrap=True)


def related_lines(asked: str, texts: Sequence[bytes]) -> list[Line]:
    """The lines about what was asked for, in order of time.

    They name what was asked for, share a correlation id with a line that does, or concern a message of such a line.
    Two cases may have begun with one register: lines that name other cases only are left out.
    """
    named = list(lines_with(texts, [asked]))
    references = {asked} | {each for line in named for each in _references(line)}
    stories = {line["correlation_id"] for line in named if line.get("correlation_id")}
    related = [
        line for line in _merged(named, lines_with(texts, stories - {asked})) if _concerns(line, asked, references)
    ]
    messages = {line[name] for line in related for name in ("message_id", "caused_by") if line.get(name)}
    about = [line for line in lines_with(texts, messages) if _concerns(line, asked, references)]
    return sorted(_merged(related, about), key=instant)


def in_one_line(line: Line) -> Text:
    """A line as people read it."""
    return Text.assemble(
        (when(line), "dim"),
        "  ",
        (f"{line.get('service', ''):<14}", "cyan"),
        (sentence(line), _COLOURS.get(line.get("level", ""), "")),
    )


def _meant(asked: str) -> str:
    """An id or a reference as logs write it; ends by saying what is wrong with it."""
    try:
        return str(UUID(asked))
    except ValueError:
        pass
    try:
        return read_reference(asked)
    except ValueError as error:
        fail(f"give a correlation id, or the reference of a case or notice; as a reference: {error}", BAD_INPUT)


def _references(line: Line) -> set[str]:
    return {value for value in line.values() if isinstance(value, str) and REFERENCE.fullmatch(value)}


def _concerns(line: Line, asked: str, references: set[str]) -> bool:
    """Whether a line may belong to a case: it names it, or no case at all. A correlation id asks for everything."""
    return not REFERENCE.fullmatch(asked) or not (named := _references(line)) or bool(named & references)


def _merged(*parts: Iterable[Line]) -> list[Line]:
    """Lines of several searches, each once."""
    found: dict[Any, Line] = {orjson.dumps(line): line for part in parts for line in part}
    return list(found.values())
