"""`everyday import`: an MIS marks export (CSV) as registers."""

from collections import defaultdict
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, TypeVar
from uuid import UUID, uuid5

import typer

from shared.cli.asking import ask
from shared.cli.csv_file import Columns, CsvFile, Wrong, read_csv
from shared.cli.input import Problem
from shared.cli.output import err
from shared.cli.places import Places, places, places_known
from shared.cli.send import publish_all, read_bytes, refuse, say_how
from shared.cli.spelling import near, read_day, read_number, read_urn
from shared.contracts.fields import Session, check_upn
from shared.contracts.mis import RegisterTaken
from shared.time.clock import local_date
from shared.writing.counting import number_of

T = TypeVar("T")

_EXPORTS = UUID("2a7e0d2c-60b7-4d1c-8b39-2f3f0c6f1a55")
_NAMES = {
    "upn": ("upn", "unique pupil number", "pupil upn"),
    "date": ("date", "mark date", "session date", "attendance date"),
    "session": ("session", "am/pm", "period", "session name"),
    "code": ("code", "mark", "attendance code", "attendance mark", "mark code"),
    "urn": ("urn", "school urn"),
    "group": ("group", "registration group", "reg group", "tutor group", "form", "class"),
    "revision": ("revision",),
}
_NEEDED = ("upn", "date", "session", "code")
_MISSING = {
    **dict.fromkeys(_NAMES, "no column for it: name it with --{field} NAME"),
    "urn": "no column for it: give the school's with --urn 123456, or --urn-column",
}
_OTHERS = (
    "This reads marks only. Pupils with their parents, schools and calendars come as messages: "
    "everyday send FILE.jsonl, with mis.pupil_updated.v1, mis.school_updated.v1 or mis.calendar_published.v1"
)


@dataclass(frozen=True, order=True)
class _Which:
    """The register to which a line belongs."""

    urn: str
    day: date
    session: str
    group: str
    revision: int


def read_marks(
    content: bytes | str, urn: str | None, columns: Mapping[str, str], now: datetime
) -> tuple[list[RegisterTaken], list[Problem], CsvFile]:
    """Registers from a CSV of single marks: one for each school, date, session, group and revision in it.

    `columns` names columns with unusual headings, such as `{"code": "Att. mark"}`. The ids come from the
    content: the same export imported twice is the same registers twice. If there are problems, nothing should be
    published.
    """
    needed = _NEEDED if urn is not None else (*_NEEDED, "urn")
    file = read_csv(content, Columns(_NAMES, needed, columns, words=("group",), missing=_MISSING))
    registers: dict[_Which, dict[str, str]] = defaultdict(dict)
    problems = list(file.problems)
    for line in file.lines:
        try:
            _take(registers, line.cells, urn, local_date(now))
        except Wrong as wrong:
            problems.append(Problem(line.number, wrong.field, wrong.fix))
    problems.sort(key=lambda problem: problem.line)
    return [_register(which, marks, now) for which, marks in sorted(registers.items())], problems, file


def import_marks(
    file: Annotated[str, typer.Argument(help="CSV with a header: UPN, date, session, code (and URN, or give --urn)")],
    urn: Annotated[str, typer.Option(help="the school's URN, where the file has no column for it")] = "",
    upn: Annotated[str, typer.Option(help='the column of UPNs, for example "Unique Pupil Number"')] = "",
    date_: Annotated[str, typer.Option("--date", help="the column of dates")] = "",
    session: Annotated[str, typer.Option(help="the column of sessions: AM or PM")] = "",
    code: Annotated[str, typer.Option(help="the column of attendance codes")] = "",
    group: Annotated[str, typer.Option(help="the column of groups, if there is one")] = "",
    revision: Annotated[str, typer.Option(help="the column of revisions, if there is one")] = "",
    urn_column: Annotated[str, typer.Option(help="the column of URNs")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only check the file; needs no running stack")] = False,
) -> None:
    """Import an MIS marks export: every line is checked first, then registers are published.

    Usual column names, encodings and delimiters are recognised; name other columns. Pupils with their parents, schools
    and calendars come as messages, with everyday send.

    Example: everyday import marks.csv --urn 123456 --code "Att. mark"
    """
    columns = {
        field: name
        for field, name in {
            "upn": upn, "date": date_, "session": session, "code": code,
            "urn": urn_column, "group": group, "revision": revision,
        }.items()
        if name
    }  # fmt: skip
    at = places_known() if dry_run else places("amqp")
    registers, problems, read = read_marks(read_bytes(file), urn or None, columns, at.clock().now())
    say_how(read.notes)
    if {"session", "code"} <= {problem.field for problem in problems if problem.line == read.header}:
        err.print(_OTHERS, soft_wrap=True)
    refuse(problems)
    _warn_of_unknown_schools(at, registers)
    if dry_run:
        marks = sum(len(register.marks) for register in registers)
        right = number_of(len(registers), "register is", "registers are")
        err.print(f"[green]{right} right[/green], with {number_of(marks, 'mark')}; nothing was sent")
    else:
        publish_all(at, registers)


def _warn_of_unknown_schools(at: Places, registers: Sequence[RegisterTaken]) -> None:
    """Marks of an unknown school are kept, but it has no contact and no calendar: the URN may be wrong."""
    if not at.mongo:
        err.print("It was not checked whether the schools are known: no running stack was found.")
        return
    urns = sorted({register.urn for register in registers})
    query = {"_id": {"$in": urns}, "name": {"$exists": True}}
    known = {school["_id"] for school in ask(at, "notices", lambda store: store["schools"].find(query, fields=["_id"]))}
    for urn in urns:
        if urn not in known:
            words = "is not known here: check it, or send the school with mis.school_updated.v1"
            err.print(f"[yellow]warning[/yellow]: school {urn} {words}", soft_wrap=True)


def _take(
    registers: MutableMapping[_Which, dict[str, str]], cells: Mapping[str, str], urn: str | None, today: date
) -> None:
    """Put one line's mark into its register; a line that repeats an earlier one adds nothing."""
    which = _Which(
        _school(cells.get("urn", ""), urn),
        _field("date", lambda text: near(read_day(text), today), cells["date"]),
        _field("session", Session.read, cells["session"]).value,
        cells.get("group") or "import",
        _field("revision", read_number, cells.get("revision") or "1"),
    )
    if len(which.group) > 200:
        raise Wrong("group", "write a group's name of at most 200 characters")
    upn, code = _field("upn", check_upn, cells["upn"]), cells["code"].upper()
    if not 1 <= len(code) <= 3:
        raise Wrong("code", "write an attendance code of 1 to 3 characters, such as / or O; - where there is no mark")
    if registers[which].setdefault(upn, code) != code:
        raise Wrong("code", "an earlier line gives this pupil another code for the same session: keep one of them")


def _school(written: str, given: str | None) -> str:
    """The school of a line: its own, or the one that was given for the whole file."""
    urn = _field("urn", read_urn, given if given is not None else written)
    if written and _field("urn", read_urn, written) != urn:
        raise Wrong("urn", "this line names another school than --urn: leave --urn out, or take the line out")
    return urn


def _field(name: str, read: Callable[[str], T], text: str) -> T:
    try:
        return read(text)
    except ValueError as error:
        raise Wrong(name, str(error)) from None


def _register(which: _Which, marks: Mapping[str, str], now: datetime) -> RegisterTaken:
    content = ";".join(f"{upn}={code}" for upn, code in sorted(marks.items()))
    named = f"{which.urn}:{which.day}:{which.session}:{which.group}:{which.revision}"
    ahead = ":ahead" if local_date(now) < which.day else ""  # sent again after its day has come, it says something new
    key = uuid5(_EXPORTS, f"{named}:{content}{ahead}")
    return RegisterTaken.model_validate(
        {
            "id": key,
            "time": now,
            "subject": f"{which.urn}/{which.day}/{which.session}",
            "correlation_id": key,
            "urn": which.urn,
            "date": which.day,
            "session": which.session,
            "group": which.group,
            "revision": which.revision,
            "marks": [{"upn": upn, "code": code} for upn, code in sorted(marks.items())],
        }
    )
