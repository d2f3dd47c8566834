"""`everyday today`, `find` and `cases`: what waits for whom, whom somebody means, and every case."""

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict
from datetime import date, datetime
from itertools import groupby
from typing import Annotated, TypeVar

import typer
from rich.table import Column, Table

from services.notices.asking.desk import Desk, Found, Known
from services.notices.casefile.case_states import CASE
from services.notices.casefile.file import CaseFile
from services.notices.casefile.notice_states import NOTICE
from services.notices.casefile.words import headline, name_of
from services.notices.cli.asking import rules
from services.notices.story.waiting import WHO, Waiting
from shared.cli import asking
from shared.cli.audit import witnessed
from shared.cli.output import BAD_INPUT, err, fail, out
from shared.cli.places import Places, places
from shared.machine import as_mermaid, as_text
from shared.time.clock import local_date
from shared.writing.counting import number_of

T = TypeVar("T")

cases = typer.Typer(help="Every case with its pupil and school, by filters; and the states that a case can be in.")

AsJson = Annotated[bool, typer.Option("--json", help="as JSON, for another program")]
Limit = Annotated[int, typer.Option(min=1, help="at most so many")]
_WHOSE = {"officers": "Officers", "court team": "Court team", "finance": "Finance", "schools": "Schools"}


def today(
    who: Annotated[str, typer.Option(help=f"only what waits for one: {', '.join(WHO)}")] = "",
    limit: Limit = 200,
    as_json: AsJson = False,
) -> None:
    """Say what waits for whom, by date: decisions, letters that are back, money, representations, last days.

    Examples: everyday today · everyday today --who "court team"
    """
    if who and who not in WHO:
        fail(f"--who: one of {', '.join(WHO)}", BAD_INPUT)
    here = places()

    async def look(desk: Desk) -> tuple[list[tuple[CaseFile, Waiting]], Known, int]:
        found = [each for each in await desk.today() if not who or each[1].who == who]
        return found, await desk.known(file for file, _ in found[:limit]), await desk.to_consider()

    found, known, new = _ask(here, look)
    witnessed(here, "today")
    shown = found[:limit]
    if as_json:
        rows = [{**asdict(each), "on": each.on.isoformat(), "case": file.reference} for file, each in shown]
        print(json.dumps(rows))  # noqa: T201 - data for another program
        return
    by_who = sorted(shown, key=lambda each: WHO.index(each[1].who))
    for name, group in groupby(by_who, key=lambda each: each[1].who):
        table = _table("by", "about", "what", "pupil", title=_WHOSE[name])
        for file, each in group:
            table.add_row(_day(each.on), each.about, each.what, known.pupils.get(file.upn, ""))
        out.print(table)
    if not found:
        out.print("Nothing waits.")
    _more(len(found), limit)
    if new and who in ("", "officers"):
        met = number_of(new, "case has", "cases have")
        err.print(
            f"{met} met the threshold and nobody has acted yet: everyday cases --state threshold_met", soft_wrap=True
        )


def find(
    words: Annotated[list[str], typer.Argument(help="a name, a UPN, a reference, a school, or a payment reference")],
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """Find a pupil or a case by what somebody says on the phone; spelling mistakes are forgiven.

    Examples: everyday find robbin lartor · everyday find N-5HTY-P5RVZ · everyday find Marsh Lane · everyday find R-1
    """
    here, typed = places(), " ".join(words)

    async def look(desk: Desk) -> tuple[list[Found], Known]:
        found = await desk.find(typed, limit)
        return found, await desk.known(found)

    found, known = _ask(here, look)
    witnessed(here, "find", *(about for each in found if (about := each.case or each.upn)))
    if as_json:
        names = [{"pupil": known.pupils.get(each.upn, ""), "school": known.schools.get(each.urn, "")} for each in found]
        print(json.dumps([asdict(each) | name for each, name in zip(found, names, strict=True)]))  # noqa: T201
        return
    table = _table("case", "UPN", "pupil", "school", "found by")
    for each in found:
        pupil, school = known.pupils.get(each.upn, ""), known.schools.get(each.urn, each.urn)
        case = each.case or (f"everyday cases --school {each.urn}" if not each.upn else "no case")
        table.add_row(case, each.upn, pupil, school, each.because)
    out.print(table if found else "Nobody is found. Try fewer words, or the UPN.")


@cases.callback(invoke_without_command=True)
def list_cases(
    context: typer.Context,
    state: Annotated[str, typer.Option(help="of the case or of a notice, such as requested or full_period")] = "",
    school: Annotated[str, typer.Option(help="the school's URN")] = "",
    since: Annotated[str, typer.Option(help="in their state since this day or later, such as 2024-10-01")] = "",
    limit: Limit = 200,
    as_json: AsJson = False,
) -> None:
    """List cases with pupil and school, the latest change first.

    Examples: everyday cases · everyday cases --state requested --school 123456 · everyday cases --since 2024-10-01
    """
    if context.invoked_subcommand:
        return
    if state and state not in {*CASE.states, *NOTICE.states}:
        fail(f"--state: there is no state {state}; see `everyday cases states`", BAD_INPUT)
    here, day = places(), _read_day(since)

    async def look(desk: Desk) -> tuple[list[CaseFile], Known]:
        found = await desk.cases(state, school, day, limit + 1)
        return found, await desk.known(found)

    found, known = _ask(here, look)
    witnessed(here, "cases", *filter(None, (school,)))
    if as_json:
        print(json.dumps([_as_json(file, known) for file in found[:limit]]))  # noqa: T201
        return
    table = _table("case", "pupil and school", "state", "since", "last")
    for file in found[:limit]:
        whose = f"{known.pupils.get(file.upn, '')}\n{known.schools.get(file.urn, file.urn)}".strip()
        table.add_row(file.reference, whose, name_of(file.state), _since(file), headline(file.history[-1]))
    out.print(table if found else "There are no such cases.")
    if len(found) > limit:
        more = f"There are more than {limit}: see more with --limit, or filter by --state, --school or --since."
        err.print(more, soft_wrap=True)


@cases.command()
def states(diagram: Annotated[bool, typer.Option(help="as a Mermaid diagram")] = False) -> None:
    """Print every state of a case and of a penalty notice, and every move between them, from the code."""
    for machine in (CASE, NOTICE):
        out.print(as_mermaid(machine) if diagram else as_text(machine), markup=False, soft_wrap=True)
        out.print()


@cases.command()
def check(as_json: AsJson = False) -> None:
    """Name every notice whose dates another letter had overwritten, and what that means for the records.

    Versions before letters said what they are took any letter of a notice for its own.

    Example: everyday cases check
    """
    here = places()
    found = _ask(here, lambda desk: desk.overwritten())
    witnessed(here, "cases check", *dict.fromkeys(each.case for each in found))
    if as_json:
        print(json.dumps([asdict(each) for each in found], default=str))  # noqa: T201 - data for another program
        return
    for each in found:
        out.print(each.words, markup=False, soft_wrap=True)
    if not found:
        out.print("All is well: no notice's dates had been overwritten by another letter.")


def _as_json(file: CaseFile, known: Known) -> dict[str, object]:
    return {
        "case": file.reference,
        "upn": file.upn,
        "pupil": known.pupils.get(file.upn),
        "urn": file.urn or None,
        "school": known.schools.get(file.urn),
        "state": file.state,
        "since": file.since.isoformat() if file.since else None,
        "notices": {reference: notice.state for reference, notice in file.notices.items()},
    }


def _ask(at: Places, question: Callable[[Desk], Awaitable[T]]) -> T:
    return asking.ask(at, "notices", lambda store: question(Desk(store, rules(), at.clock())))


def _table(*names: str, title: str | None = None) -> Table:
    """References, UPNs and dates stay whole however narrow the screen is."""
    whole = {"case", "about", "UPN", "by", "since"}
    columns: Iterable[Column] = (Column(name, no_wrap=name in whole) for name in names)
    return Table(*columns, title=title, title_justify="left")


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _since(file: CaseFile) -> str:
    since: datetime | None = file.since
    return _day(local_date(since)) if since else ""


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        fail("--since: write a day such as 2024-10-01", BAD_INPUT)


def _more(count: int, limit: int) -> None:
    if count > limit:
        err.print(f"{count - limit} more: see them with --limit {count}.")
