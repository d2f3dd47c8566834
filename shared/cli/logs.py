"""`everyday logs`: the services' logs in words, stored or live."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from shared.cli.log_lines import Line, parse, read_all
from shared.cli.output import BAD_INPUT, err, fail, out
from shared.cli.places import local_logs
from shared.cli.trace import in_one_line
from shared.observing.log_words import instant
from shared.observing.telemetry import LEVELS

_LOOK_AGAIN = 0.2  # seconds


def logs(
    sources: Annotated[
        list[str] | None, typer.Argument(help="files, folders, or - for standard input; else the local stack's logs")
    ] = None,
    service: Annotated[str, typer.Option(help="only this service's lines")] = "",
    level: Annotated[str, typer.Option(help="this level and above: debug, info, warning or error")] = "debug",
    event: Annotated[str, typer.Option(help="only this event")] = "",
    about: Annotated[str, typer.Option(help="only lines that name this: a correlation id, a reference, a queue")] = "",
    last: Annotated[int, typer.Option(min=0, help="only so many of the last; 0 is all")] = 0,
    count: Annotated[bool, typer.Option("--count", help="how many lines of each event there are")] = False,
    stuck: Annotated[bool, typer.Option("--stuck", help="what went wrong and has not gone right since")] = False,
    follow: Annotated[bool, typer.Option("--follow", help="keep following new lines until Ctrl-C")] = False,
) -> None:
    """Show the services' logs, oldest first.

    Examples: everyday logs --stuck · everyday logs --event letter_accepted --count · everyday logs --follow
    """
    if level.upper() not in LEVELS:
        fail(f"there is no level {level}: use one of {', '.join(LEVELS).lower()}", BAD_INPUT)
    wanted = _Wanted(service, LEVELS.index(level.upper()), event, about.encode())
    if follow:
        try:
            for line in _coming(local_logs() if not sources else Path(sources[0]), wanted):
                out.print(in_one_line(line), soft_wrap=True)
        except KeyboardInterrupt:
            raise typer.Exit(0) from None
    lines = sorted((line for text in read_all(sources or []) for line in wanted.of(text.splitlines())), key=instant)
    if count:
        _count(lines)
        return
    shown = still_wrong(lines) if stuck else lines[-last:]
    if stuck and not shown:
        err.print(f"[green]all is well[/green]: nothing that went wrong in these {len(lines):,} lines is still wrong")
    for line in shown:
        out.print(in_one_line(line), soft_wrap=True)


def still_wrong(lines: Sequence[Line]) -> list[Line]:
    """For each message and delivery whose last word is a warning or an error: the first since it last went right."""
    since: dict[str, Line] = {}
    for line in lines:
        about = line.get("delivery") or line.get("message_id")
        if about is None:
            continue
        if line.get("level") in ("warning", "error"):
            since.setdefault(about, line)
        else:
            since.pop(about, None)
    return list(since.values())


class _Wanted:
    """Which lines somebody wants to see."""

    def __init__(self, service: str, level: int, event: str, about: bytes) -> None:
        self._service, self._level, self._event, self._about = service, level, event, about

    def of(self, raws: Sequence[bytes]) -> Iterator[Line]:
        """The wanted ones among some lines. Whatever the raw text can decide is checked before parsing."""
        for raw in raws:
            if self._about in raw and (line := parse(raw)) is not None and self._fits(line):
                yield line

    def _fits(self, line: Line) -> bool:
        level = str(line.get("level", "info")).upper()
        return (
            self._service in ("", line.get("service"))
            and self._event in ("", line["event"])
            and (level not in LEVELS or LEVELS.index(level) >= self._level)
        )


def _coming(folder: Path, wanted: _Wanted) -> Iterator[Line]:
    """The lines of a folder's files: existing ones, then new ones as they come; a new file from its start."""
    read: Counter[Path] = Counter()
    while True:
        found: list[Line] = []
        for path in sorted(folder.glob("*.jsonl")) if folder.is_dir() else [folder]:
            if path.stat().st_size < read[path]:
                read[path] = 0
            with path.open("rb") as file:
                file.seek(read[path])
                whole = file.read().rpartition(b"\n")[0]
            read[path] += len(whole) + bool(whole)
            found += wanted.of(whole.splitlines())
        yield from sorted(found, key=instant)
        time.sleep(_LOOK_AGAIN)


def _count(lines: Sequence[Line]) -> None:
    table = Table("service", "event", "lines")
    for (service, event), number in sorted(Counter((line.get("service", ""), line["event"]) for line in lines).items()):
        table.add_row(service, event, str(number))
    out.print(table)
