"""`everyday surveys results, publish-results, report, export, school, loop`: what came of it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from services.surveys.cli.asking import Reference, ask, tell, written
from services.surveys.results.charts import as_png
from services.surveys.results.report import report as report_page
from services.surveys.results.themes import loop as loop_page
from services.surveys.results.themes import you_said
from services.surveys.store.reading import Reading
from shared.cli.audit import witnessed
from shared.cli.officer import ROLE, Officer, OfficerId, Role
from shared.cli.output import BAD_INPUT, fail, out
from shared.cli.places import places
from shared.contracts.fields import Person
from shared.contracts.surveys import PublishResults
from shared.writing.paper import Page, Section, as_html, as_pdf, as_text
from shared.writing.tables import write_csv

Now = Annotated[bool, typer.Option("--now", help="as they would be published now, instead of those that are published")]


def add_to(app: typer.Typer) -> None:
    app.command("results")(results)
    app.command("publish-results")(publish_results)
    app.command("report")(report)
    app.command("export")(export)
    app.command("school")(school)
    app.command("loop")(loop)


def results(
    survey: Reference, now: Now = False, as_json: Annotated[bool, typer.Option("--json", help="as JSON")] = False
) -> None:
    """Show results, small numbers protected. Example: everyday surveys results S-7K4M-9PXT3 --now"""
    shown, sections = ask(places(), lambda reading: _results(reading, survey, now))
    if as_json:
        print(json.dumps(shown, indent=2))  # noqa: T201 - data for another program
        return
    out.print(as_text(report_page(shown, sections)), markup=False, soft_wrap=True)


def publish_results(
    survey: Reference,
    officer_id: OfficerId,
    officer: Officer,
    tell_all: Annotated[bool, typer.Option("--tell/--no-tell", help="tell everybody who was invited")] = True,
    role: Role = ROLE,
) -> None:
    """Publish the results of a closed survey. Example: everyday surveys publish-results S-… --officer-id o-17 …"""
    person = Person(id=officer_id, name=officer, role=role)
    tell(places(), PublishResults, person, f"everyday surveys results {survey}", survey=survey, tell=tell_all)


def report(
    survey: Reference,
    now: Now = False,
    html: Annotated[Path | None, typer.Option(help="write it as HTML to this file")] = None,
    pdf: Annotated[Path | None, typer.Option(help="write it as PDF to this file")] = None,
    charts: Annotated[Path | None, typer.Option(help="write each chart as SVG and PNG into this folder")] = None,
) -> None:
    """Write the readable report, with charts. Example: everyday surveys report S-… --html a.html --pdf a.pdf"""
    at = places()
    shown, sections = ask(at, lambda reading: _results(reading, survey, now))
    page = report_page(shown, sections)
    if not (html or pdf or charts):
        fail("say where to write it: --html, --pdf or --charts", BAD_INPUT)
    files = [file for file in (html, pdf) if file]
    if html:
        html.write_text(as_html(page), "utf-8")
    if pdf:
        pdf.write_bytes(as_pdf(page, at.clock().now()))
    if charts:
        charts.mkdir(parents=True, exist_ok=True)
        drawn = [section.figure for section in page.sections if section.figure]
        for item, figure in zip(shown["items"], drawn, strict=True):
            name = item["key"].replace("/", "-").replace("@", "-")
            (charts / f"{name}.svg").write_text(figure.svg, "utf-8")
            (charts / f"{name}.png").write_bytes(as_png(figure))
        files.append(charts)
    written(*files)


def export(
    survey: Reference,
    into: Annotated[Path, typer.Option(help="the folder to write into")] = Path("export"),
    with_names: Annotated[
        bool, typer.Option("--with-names", help="also who answered, in a file of its own (personal data)")
    ] = False,
) -> None:
    """Write answers as CSV and JSON, free text in a file of its own and out of order; spreadsheets run nothing of it.

    Example: everyday surveys export S-7K4M-9PXT3 --into export
    """

    async def question(reading: Reading) -> Any:
        running = await reading.running(survey)
        rows, columns = await reading.answers(running)
        texts = await reading.texts(running)
        return rows, columns, texts, await reading.respondents(running) if with_names else None

    at = places()
    witnessed(at, "surveys export", survey)
    rows, columns, texts, names = ask(at, question)
    into.mkdir(parents=True, exist_ok=True)
    write_csv(into / "answers.csv", rows, columns)
    (into / "answers.json").write_text(json.dumps(rows, indent=2, ensure_ascii=False), "utf-8")
    write_csv(into / "texts.csv", texts, ("question", "text"))
    (into / "texts.json").write_text(json.dumps(texts, indent=2, ensure_ascii=False), "utf-8")
    if names is not None:
        columns = ["response", "name", "organisation", "group", "urn", "official"]
        write_csv(into / "respondents.csv", names, columns)
    written(into)


def school(
    survey: Reference,
    urn: Annotated[str, typer.Argument(help="the school's URN")],
    pdf: Annotated[Path | None, typer.Option(help="write it as PDF to this file")] = None,
) -> None:
    """Show a school's official answer, for the Targeting Support Meeting with it. Not of anonymous surveys.

    Example: everyday surveys school S-7K4M-9PXT3 123456 --pdf briefing.pdf
    """
    at = places()

    async def question(reading: Reading) -> Any:
        return await reading.school(await reading.running(survey), urn)

    witnessed(at, "surveys school", survey, urn)
    found = ask(at, question)
    lead = (f"Answer {found['response']} of {found['answered_at'][:10]}, version {found['edition']}.",)
    rows = tuple((line["question"], line["answer"]) for line in found["answers"])
    page = Page(f"School {urn}: {found['title']}", lead, (Section("What the school said", rows=rows),))
    if pdf:
        pdf.write_bytes(as_pdf(page, at.clock().now()))
        written(pdf)
    else:
        out.print(as_text(page), markup=False, soft_wrap=True)


def loop(survey: Reference, as_json: Annotated[bool, typer.Option("--json", help="as JSON")] = False) -> None:
    """Show what came of what was said: themes, the meetings that they caused, who booked and who came.

    Example: everyday surveys loop S-7K4M-9PXT3
    A meeting is put on because of a theme with: everyday bookings publish FILE --theme T-…
    """

    async def question(reading: Reading) -> Any:
        running = await reading.running(survey)
        return running, await reading.themes(running), await reading.turnout(running)

    running, themes, meetings = ask(places(), question)
    if as_json:
        print(json.dumps([asdict(each) for each in meetings], indent=2, default=str))  # noqa: T201
        return
    out.print(as_text(loop_page(running, themes, meetings)), markup=False, soft_wrap=True)


async def _results(reading: Reading, survey: str, now: bool) -> tuple[dict[str, Any], tuple[Section, ...]]:
    running = await reading.running(survey)
    shown = await reading.results(running, now=now)
    themes, came_of_it = await reading.themes(running), await reading.turnout(running)
    return shown, you_said(themes, shown["least_shown"], came_of_it)
