"""`everyday messages sheets`: MI Sheets, from a file to every school, and which schools have done what they ask for."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from services.notifications.circulars.sheet_report import SheetReport, reports
from services.notifications.circulars.sheets import SHEETS, published, taken, why_not
from services.notifications.cli.asking import (
    Districts,
    Phases,
    Urns,
    Yes,
    ask,
    audience,
    confirm,
    person,
    schools_meant,
    tell,
)
from services.notifications.cli.following import follow
from services.notifications.rules.circulars import SHEET, audience_in_words
from shared.cli.asking import command, hand_over
from shared.cli.officer import ROLE, Officer, OfficerId, Role
from shared.cli.output import BAD_INPUT, err, fail, out
from shared.cli.places import Places, places
from shared.cli.send import read_text
from shared.contracts.circulars import ChaseMiSheet, MarkMiSheetDone, MiSheet, PublishMiSheet, SendMiSheet
from shared.identity import derived
from shared.time.clock import in_words
from shared.writing.tables import write_csv
from shared.writing.toml_files import read_toml

app = typer.Typer(no_args_is_help=True, help="MI Sheets: send them to schools, and see who has done what they ask for.")

Number = Annotated[str, typer.Argument(help="the MI Sheet's number, such as 55/24")]


class SheetInvalid(ValueError):
    """A file that is no MI Sheet. The text names file, field and fix."""


@app.command()
def publish(
    file: Annotated[str, typer.Argument(help="the MI Sheet's file (TOML), or - for standard input")],
    officer_id: OfficerId,
    officer: Officer,
    district: Districts = None,
    phase: Phases = None,
    urn: Urns = None,
    check: Annotated[bool, typer.Option("--check", help="only show what would be sent, and to how many")] = False,
    yes: Yes = False,
    role: Role = ROLE,
) -> None:
    """Send an MI Sheet to every school that we know, or to those that the filters name, and see it go.

    The file says number, title, kind (information or action), complete_by, text, questions, and links with title and
    url: services/notifications/examples/sheet-55-24.toml is one.

    Example: everyday messages sheets publish sheet-55-24.toml --phase Primary --officer-id o-17 --officer "Jo Harwood"
    """
    at, sheet = places(), _read(file)
    wanted, by = audience(district, phase, urn), person(officer_id, officer, role)
    sent: PublishMiSheet = command(
        at.clock(), PublishMiSheet, sheet=sheet.model_dump(mode="json"), audience=wanted.model_dump(), officer=by
    )
    event = published(sent.sheet, sent.audience, sent)
    if why := why_not(event) or _taken(at, sheet.number):
        fail(why, BAD_INPUT)
    count = schools_meant(at, wanted)
    last = f", to be completed by {in_words(sheet.complete_by)}" if sheet.complete_by else ""
    out.print(f"MI Sheet {sheet.number} ({sheet.kind}{last}): {sheet.title}", markup=False, soft_wrap=True)
    out.print(f"{audience_in_words(wanted)}: {count:,}", markup=False, soft_wrap=True)
    if check:
        err.print("[green]this can be published[/green]; nothing was sent")
        return
    confirm(count, f"MI Sheet {sheet.number}", yes)
    hand_over(at, sent.model_copy(update={"reaches": count}))
    follow(at, [str(derived(event.id, SHEET.name))], count, sheet.number)


@app.command()
def send(number: Number, urn: Urns, officer_id: OfficerId, officer: Officer, role: Role = ROLE) -> None:
    """Send an MI Sheet to more schools; those that have it are not sent it again.

    Example: everyday messages sheets send 55/24 --urn 120001 --urn 120002 --officer-id o-17 --officer "Jo Harwood"
    """
    at, wanted = places(), audience(None, None, urn)
    _only(at, number)
    count = schools_meant(at, wanted)
    by = person(officer_id, officer, role)
    sent = command(at.clock(), SendMiSheet, number=number, urns=wanted.urns, officer=by, reaches=count)
    hand_over(at, sent)
    follow(at, [str(derived(derived(sent.id, "published"), SHEET.name))], count, number)


@app.command("list")
def list_sheets(as_json: Annotated[bool, typer.Option("--json", help="as JSON, for another program")] = False) -> None:
    """List every MI Sheet, with how many schools have it and have done it. Example: everyday messages sheets list"""
    found = ask(places(), reports)
    if as_json:
        print(json.dumps([_summary(each) for each in found], default=str))  # noqa: T201
        return
    table = Table("number", "type", "title", "published", "complete by", "schools", "done", "next reminder")
    for each in found:
        summary = _summary(each)
        done = f"{each.done:,}" if each.sheet.kind == "action" else ""
        row = (summary["number"], summary["kind"], summary["title"], summary["published_on"], summary["complete_by"])
        table.add_row(*(str(cell or "") for cell in row), f"{len(each.returns):,}", done, str(each.next_chase or ""))
    out.print(table if found else "no MI Sheet has been published yet")


@app.command()
def show(
    number: Number,
    not_done: Annotated[bool, typer.Option("--not-done", help="only schools that have not done it")] = False,
    csv: Annotated[Path | None, typer.Option(help="write the schools to this CSV")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="as JSON, for another program")] = False,
) -> None:
    """Show which schools have an MI Sheet, and which have done what it asks for.

    Example: everyday messages sheets show 55/24 --not-done
    """
    report = _only(places(), number)
    rows = [asdict(each) for each in report.returns if not (not_done and each.done)]
    if as_json:
        print(json.dumps({**_summary(report), "returns": rows}, default=str))  # noqa: T201
        return
    if csv:
        write_csv(csv, rows, ["urn", "school", "mail", "chased", "done", "by", "at"])
        err.print(f"[green]written[/green]: {csv}", soft_wrap=True)
        return
    sheet = report.sheet
    out.print(f"MI Sheet {sheet.number}: {sheet.title}", style="bold", markup=False, soft_wrap=True)
    out.print(f"{report.audience}, published on {in_words(report.published_on)}", markup=False, soft_wrap=True)
    if sheet.complete_by:
        chase = f"; next reminder {in_words(report.next_chase)}" if report.next_chase else ""
        out.print(f"To be completed by the end of {in_words(sheet.complete_by)}{chase}", markup=False, soft_wrap=True)
        out.print(f"Done by {report.done:,} of {len(report.returns):,} schools", markup=False)
    table = Table("URN", "school", "mail", "reminders", "done", "said by", "on")
    for each in rows:
        day = in_words(each["at"].date()) if each["at"] else ""
        done = "yes" if each["done"] else "no"
        table.add_row(each["urn"], each["school"], each["mail"], str(each["chased"]), done, each["by"], day)
    out.print(table)


@app.command()
def done(
    number: Number,
    urn: Annotated[str, typer.Argument(help="the school's URN")],
    officer_id: OfficerId,
    officer: Officer,
    undo: Annotated[bool, typer.Option("--undo", help="it has not done it after all")] = False,
    role: Role = ROLE,
) -> None:
    """Mark an Action as done for a school that has told you. Example: everyday messages sheets done 55/24 120001 …"""
    at = places()
    report = _only(at, number)
    if report.sheet.kind != "action":
        fail(f"MI Sheet {number} is Information: there is nothing to do", BAD_INPUT)
    if urn not in {each.urn for each in report.returns}:
        fail(f"MI Sheet {number} was not sent to this school", BAD_INPUT)
    by = person(officer_id, officer, role)
    sent = command(at.clock(), MarkMiSheetDone, number=number, urn=urn, done=not undo, officer=by)
    tell(at, sent, f"messages sheets show {number}")


@app.command()
def chase(number: Number, officer_id: OfficerId, officer: Officer, yes: Yes = False, role: Role = ROLE) -> None:
    """Remind the schools that have not done an Action now, besides the reminders that go by themselves.

    Example: everyday messages sheets chase 55/24 --officer-id o-17 --officer "Jo Harwood"
    """
    at = places()
    report = _only(at, number)
    if report.sheet.kind != "action":
        fail(f"MI Sheet {number} is Information: there is nothing to do, and nobody is chased", BAD_INPUT)
    left = len(report.returns) - report.done
    if not left:
        err.print("every school has done it: nobody is reminded")
        return
    confirm(left, f"A reminder of MI Sheet {number}", yes)
    sent = command(at.clock(), ChaseMiSheet, number=number, officer=person(officer_id, officer, role))
    tell(at, sent, f"messages sheets show {number}")


def _read(file: str) -> MiSheet:
    try:
        return read_toml(MiSheet, read_text(file), Path(file).name, SheetInvalid)
    except SheetInvalid as error:
        fail(str(error), BAD_INPUT)


def _taken(at: Places, number: str) -> str | None:
    found = ask(at, lambda store: store[SHEETS].get(number))
    return taken(found) if found else None


def _only(at: Places, number: str) -> SheetReport:
    return ask(at, lambda store: reports(store, [number]))[0]


def _summary(report: SheetReport) -> dict[str, object]:
    sheet = report.sheet
    return {
        "number": sheet.number,
        "kind": sheet.kind,
        "title": sheet.title,
        "published_on": report.published_on,
        "complete_by": sheet.complete_by,
        "audience": report.audience,
        "schools": len(report.returns),
        "done": report.done,
        "next_chase": report.next_chase,
    }
