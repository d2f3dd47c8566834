"""`everyday import`: an MIS marks export (CSV) as registers."""

import csv
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid5

import typer

from shared.cli.input import Problem
from shared.cli.output import BAD_INPUT, fail
from shared.cli.places import places
from shared.cli.send import publish_all, refuse
from shared.contracts.fields import check_upn
from shared.contracts.mis import RegisterTaken

_EXPORTS = UUID("2a7e0d2c-60b7-4d1c-8b39-2f3f0c6f1a55")
_NAMES = {
    "upn": ("upn", "unique pupil number", "pupil upn"),
    "date": ("date", "mark date", "session date"),
    "session": ("session", "am/pm", "period"),
    "code": ("code", "mark", "attendance code", "attendance mark"),
    "urn": ("urn", "school urn"),
}
_SESSIONS = {"am": "AM", "a": "AM", "1": "AM", "morning": "AM", "pm": "PM", "p": "PM", "2": "PM", "afternoon": "PM"}


def read_marks(
    text: str, urn: str | None, columns: Mapping[str, str], now: datetime
) -> tuple[list[RegisterTaken], list[Problem]]:
    """Registers from a CSV of single marks, one for each school, date and session.

    Their ids come from their content: the same export imported twice is the same registers twice.
    """
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    places_of, problems = _columns(reader.fieldnames or (), columns, urn)
    registers: dict[tuple[str, date, str], dict[str, str]] = defaultdict(dict)
    if problems:
        return [], problems
    for number, row in enumerate(reader, start=2):
        try:
            school = urn or _urn(row[places_of["urn"]])
            key = school, _date(row[places_of["date"]]), _session(row[places_of["session"]])
            upn, code = _upn(row[places_of["upn"]]), (row[places_of["code"]] or "").strip()
            if not 1 <= len(code) <= 3:
                raise _Wrong("code", "write an attendance code of 1 to 3 characters, such as / or O")
        except _Wrong as wrong:
            problems.append(Problem(number, wrong.field, wrong.fix))
        else:
            registers[key][upn] = code
    return [_register(*key, marks, now) for key, marks in sorted(registers.items())], problems


def import_marks(
    file: Annotated[str, typer.Argument(help="CSV with a header: UPN, date, session, code (and URN, or give --urn)")],
    urn: Annotated[str, typer.Option(help="the school's URN, where the file has no column for it")] = "",
    column: Annotated[list[str] | None, typer.Option(help='a column by its name in the file: --column "upn=Pupil"')] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only check the file")] = False,
) -> None:
    """Import an MIS marks export: every line is checked first, then registers are published.

    Example: everyday import marks.csv --urn 123456 --column "code=Mark"
    """
    mapping = dict(pair.split("=", 1) for pair in column or () if "=" in pair)
    try:
        text = Path(file).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{file} cannot be read: {type(error).__name__}", BAD_INPUT)
    at = places()
    registers, problems = read_marks(text, urn or None, mapping, at.clock().now())
    refuse(problems)
    if not dry_run:
        publish_all(at.amqp, registers)


class _Wrong(Exception):
    def __init__(self, field: str, fix: str) -> None:
        super().__init__(field)
        self.field, self.fix = field, fix


def _columns(
    header: Sequence[str], given: Mapping[str, str], urn: str | None
) -> tuple[dict[str, str], list[Problem]]:
    plain = {name.strip().lower(): name for name in header}
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for field, names in _NAMES.items():
        wanted = (given[field].lower(),) if field in given else names
        column = next((plain[name] for name in wanted if name in plain), None)
        if column is not None:
            found[field] = column
        elif field != "urn" or urn is None:
            hint = "--urn 123456, or " if field == "urn" else ""
            problems.append(Problem(1, field, f'no column for it: name it with {hint}--column "{field}=NAME"'))
    return found, problems


def _register(urn: str, day: date, session: str, marks: Mapping[str, str], now: datetime) -> RegisterTaken:
    content = ";".join(f"{upn}={code}" for upn, code in sorted(marks.items()))
    return RegisterTaken.model_validate(
        {
            "id": uuid5(_EXPORTS, f"{urn}:{day}:{session}:{content}"),
            "time": now,
            "subject": f"{urn}/{day}/{session}",
            "urn": urn,
            "date": day,
            "session": session,
            "group": "import",
            "revision": 1,
            "marks": [{"upn": upn, "code": code} for upn, code in sorted(marks.items())],
        }
    )


def _upn(text: str | None) -> str:
    try:
        return check_upn((text or "").strip().upper())
    except ValueError as error:
        raise _Wrong("upn", str(error)) from None


def _urn(text: str | None) -> str:
    value = (text or "").strip()
    if len(value) != 6 or not value.isdigit():
        raise _Wrong("urn", "a URN has 6 digits")
    return value


def _date(text: str | None) -> date:
    value = (text or "").strip()
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y"):
        try:
            return datetime.strptime(value, form).date()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
    raise _Wrong("date", "write the date as 2024-09-30 or 30/09/2024")


def _session(text: str | None) -> str:
    value = (text or "").strip().lower()
    if value not in _SESSIONS:
        raise _Wrong("session", "write AM or PM")
    return _SESSIONS[value]
