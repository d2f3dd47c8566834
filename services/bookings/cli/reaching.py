"""`everyday bookings reach` and `nudge`: which schools have not booked, and which were never reached."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from services.bookings.booking.reach import STATUSES, District, not_yet_booked, school_year
from services.bookings.cli.asking import MeetingRef, ask, officer, reference
from services.bookings.places.asking import School
from services.bookings.store.looking import Looking
from shared.cli import asking
from shared.cli.asking import command
from shared.cli.officer import ROLE, Officer, OfficerId, Role
from shared.cli.output import err, out
from shared.cli.places import places
from shared.contracts.hosting import NudgeSchools, ReportReach
from shared.writing.counting import number_of
from shared.writing.tables import write_csv

_COLUMNS = ("district", "urn", "school", "phase")


def reach(
    meeting: Annotated[str, typer.Argument(help="a meeting: which schools have not booked for it")] = "",
    year: Annotated[int, typer.Option(help="the school year that began in this year; this one without it")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="as JSON, for another program")] = False,
    csv: Annotated[Path | None, typer.Option(help="write it as a table to this file")] = None,
    publish: Annotated[bool, typer.Option(help="also publish it as events, for Targeting Support Meetings")] = False,
    officer_id: OfficerId = "",
    officer_name: Officer = "",
    role: Role = ROLE,
) -> None:
    """List the schools that no meeting has reached this school year, by district; or that have not booked for one.

    Examples: everyday bookings reach · everyday bookings reach M-7K4M-9PXT3 · everyday bookings reach --year 2023 --csv
    """
    at = places()
    year = year or school_year(at.clock().today())
    if meeting:
        about = reference(meeting, "M")
        schools, nudged = ask(at, lambda looking: _open(looking, about))
        rows = [{**_row(each), "reminded": "yes" if each.urn in nudged else ""} for each in schools]
        _show(rows, (*_COLUMNS, "reminded"), as_json, csv, "every school it is for has booked")
        return
    districts = ask(at, lambda looking: looking.reach(year))
    rows = [_row(school) for district in districts for school in district.never_reached]
    _show(rows, _COLUMNS, as_json, csv, f"every school was reached in {year}/{(year + 1) % 100:02d}")
    if not as_json:
        _summary(districts)
    if publish:
        by = officer(officer_id, officer_name, role)
        asking.hand_over(at, command(at.clock(), ReportReach, school_year=year, by=by))
        err.print("[green]sent[/green]: the figures go out, one event for each district")


def pattern(
    year: Annotated[int, typer.Option(help="the school year that began in this year; this one without it")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="as JSON, for another program")] = False,
    csv: Annotated[Path | None, typer.Option(help="write it as a table to this file")] = None,
) -> None:
    """Show how each school kept its bookings this school year: came, late apologies, no-shows. Nothing is charged.

    Example: everyday bookings pattern --year 2023
    """
    at = places()
    found = ask(at, lambda looking: looking.pattern(year or school_year(at.clock().today())))
    schools = ask(at, lambda looking: looking.schools())
    rows = [{"school": schools[each["urn"]].name if each["urn"] in schools else "", **each} for each in found]
    _show(rows, ("urn", "school", "booked", *STATUSES), as_json, csv, "no school has booked for a meeting of that year")


def nudge(
    meeting: MeetingRef,
    officer_id: OfficerId,
    officer_name: Officer,
    district: Annotated[list[str] | None, typer.Option(help="only schools of this district; several times")] = None,
    role: Role = ROLE,
) -> None:
    """Remind every school that has not booked yet, once for each meeting however often this is run.

    Example: everyday bookings nudge M-7K4M-9PXT3 --district Broadland --officer-id o-17 --officer "Jo Harwood"
    """
    at, about = places(), reference(meeting, "M")
    by = officer(officer_id, officer_name, role)
    schools, _ = ask(at, lambda looking: _open(looking, about))
    meant = {school.urn for school in schools if not district or school.district in district}
    asking.hand_over(at, command(at.clock(), NudgeSchools, meeting=about, districts=district or [], by=by))
    check = f"everyday bookings reach {about}"
    asking.answered(lambda: meant <= ask(at, lambda looking: looking.nudged(about)) or None, check)
    reminded = number_of(len(meant), "school has", "schools have")
    err.print(f"[green]done[/green]: {reminded} been reminded. See who with: {check}", soft_wrap=True)


async def _open(looking: Looking, about: str) -> tuple[list[School], set[str]]:
    meeting = await looking.meeting(about)
    return not_yet_booked(meeting, (await looking.schools()).values()), await looking.nudged(about)


def _row(school: School) -> dict[str, Any]:
    return {
        "district": school.district or "",
        "urn": school.urn,
        "school": school.name,
        "phase": school.phase or "",
    }


def _show(rows: list[dict[str, Any]], columns: tuple[str, ...], as_json: bool, csv: Path | None, none: str) -> None:
    if as_json:
        print(json.dumps(rows))  # noqa: T201
    elif csv:
        write_csv(csv, rows, columns)
        err.print(f"[green]written[/green]: {csv}", soft_wrap=True)
    else:
        table = Table(*columns)
        for row in rows:
            table.add_row(*(str(row[name]) for name in columns))
        out.print(table if rows else none)


def _summary(districts: list[District]) -> None:
    for each in districts:
        err.print(f"{each.name}: {len(each.never_reached)} of {len(each.schools)} schools never reached")
