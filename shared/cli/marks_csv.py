"""`everyday import`: an MIS marks export (CSV) as registers."""

import csv
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID, uuid5

import typer

from shared.cli.columns import find_columns, open_csv
from shared.cli.input import Problem
from shared.cli.output import err
from shared.cli.places import places
from shared.cli.send import publish_all, read_text, refuse
from shared.clock import Clock, local_date
from shared.contracts.fields import check_upn
from shared.contracts.mis import RegisterTaken

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
_SESSIONS = {"am": "AM", "a": "AM", "1": "AM", "morning": "AM", "pm": "PM", "p": "PM", "2": "PM", "afternoon": "PM"}


@dataclass(frozen=True, order=True)
class _Which:
    """The register to which a line belongs."""

    urn: str
    day: date
    session: str
    group: str
    revision: int


def read_marks(
    text: str, urn: str | None, columns: Mapping[str, str], now: datetime
) -> tuple[list[RegisterTaken], list[Problem]]:
    """Registers from a CSV of single marks: one for each school, date, session, group and revision in it.

    `columns` names columns that are not called as usual, such as `{"code": "Att. mark"}`. The ids come from the
    content: the same export imported twice is the same registers twice. Where there are problems, nothing is to be
    published.
    """
    reader = open_csv(text)
    registers: dict[_Which, dict[str, str]] = defaultdict(dict)
    problems: list[Problem] = []
    try:
        found, problems = _columns(reader.fieldnames or (), columns, urn)
        if problems:
            return [], problems
        for row in reader:
            told = {field: (row[name] or "").strip() for field, name in found.items()}
            try:
                _take(registers, told if urn is None else {**told, "urn": urn})
            except _Wrong as wrong:
                problems.append(Problem(reader.line_num, wrong.field, wrong.fix))
    except csv.Error:
        problems.append(Problem(reader.line_num, "line", "this line is not CSV: look for a quotation mark too many"))
    return [_register(which, marks, now) for which, marks in sorted(registers.items())], problems


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

    Usual column names are recognised; name the others.

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
    text = read_text(file, otherwise="cp1252")  # what MIS on Windows write; only names differ, which are not read
    if dry_run:
        registers, problems = read_marks(text, urn or None, columns, Clock().now())
        refuse(problems)
        err.print(f"[green]{len(registers)} registers are right[/green]; nothing was sent")
        return
    at = places("amqp")
    registers, problems = read_marks(text, urn or None, columns, at.clock().now())
    refuse(problems)
    publish_all(at.amqp, registers)


class _Wrong(Exception):
    def __init__(self, field: str, fix: str) -> None:
        super().__init__(field)
        self.field, self.fix = field, fix


def _columns(header: Sequence[str], given: Mapping[str, str], urn: str | None) -> tuple[dict[str, str], list[Problem]]:
    found, problems = find_columns(header, _NAMES, given, _NEEDED)
    if "urn" not in found and "urn" not in given and urn is None:
        problems.append(Problem(1, "urn", "no column for it: give the school's with --urn 123456, or --urn-column"))
    return found, problems


def _take(registers: Mapping[_Which, dict[str, str]], told: Mapping[str, str]) -> None:
    """Put one line's mark into its register; a line that says again what an earlier one said adds nothing."""
    which = _Which(
        _urn(told["urn"]),
        _date(told["date"]),
        _session(told["session"]),
        told.get("group") or "import",
        _revision(told.get("revision") or "1"),
    )
    if len(which.group) > 200:
        raise _Wrong("group", "write a group's name of at most 200 characters")
    upn, code = _upn(told["upn"]), told["code"].upper()
    if not 1 <= len(code) <= 3:
        raise _Wrong("code", "write an attendance code of 1 to 3 characters, such as / or O; - where there is no mark")
    if registers[which].setdefault(upn, code) != code:
        raise _Wrong("code", "an earlier line gives this pupil another code for the same session: keep one of them")


def _register(which: _Which, marks: Mapping[str, str], now: datetime) -> RegisterTaken:
    content = ";".join(f"{upn}={code}" for upn, code in sorted(marks.items()))
    named = f"{which.urn}:{which.day}:{which.session}:{which.group}:{which.revision}"
    ahead = ":ahead" if local_date(now) < which.day else ""  # sent again once its day has come, it says something new
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


def _upn(text: str) -> str:
    try:
        return check_upn(text.upper())
    except ValueError as error:
        raise _Wrong("upn", str(error)) from None


def _urn(text: str) -> str:
    if len(text) != 6 or not (text.isascii() and text.isdigit()):
        raise _Wrong("urn", "a URN has 6 digits")
    return text


def _revision(text: str) -> int:
    if len(text) > 9 or not (text.isascii() and text.isdigit()):
        raise _Wrong("revision", "write a whole number, such as 2")
    return int(text)


def _date(text: str) -> date:
    day, *_ = re.split("[T ]", text, maxsplit=1)  # some exports add a midnight
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y"):
        try:
            return datetime.strptime(day, form).date()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
    raise _Wrong("date", "write the date as 2024-09-30 or 30/09/2024")


def _session(text: str) -> str:
    if text.lower() not in _SESSIONS:
        raise _Wrong("session", "write AM or PM")
    return _SESSIONS[text.lower()]
