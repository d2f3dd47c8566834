"""`everyday surveys consultees, comments, dispose, theme, integrity` and more: a consultation, provably."""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from services.surveys.cli.asking import Reference, ask, tell, written
from services.surveys.results.integrity import as_page, broken, changed_since
from services.surveys.results.ledger import COLUMNS
from services.surveys.results.themes import came_of
from services.surveys.results.themes import you_said as sections_of
from services.surveys.store.reading import Reading
from shared.cli.audit import witnessed
from shared.cli.officer import ROLE, Officer, OfficerId, Role
from shared.cli.output import BAD_INPUT, FAILURE, err, fail, out
from shared.cli.places import places
from shared.contracts.fields import Person
from shared.contracts.surveys import AddPaper, DisposeComment, RecordExport, RecordTheme
from shared.identity import derived_reference
from shared.writing.paper import Page, as_html, as_pdf, as_text
from shared.writing.tables import write_csv


def add_to(app: typer.Typer) -> None:
    app.command("consultees")(consultees)
    app.command("paper")(paper)
    app.command("comments")(comments)
    app.command("dispose")(dispose)
    app.command("theme")(theme)
    app.command("themes")(themes)
    app.command("you-said")(you_said)
    app.command("integrity")(integrity)


def consultees(
    survey: Reference, into: Annotated[Path | None, typer.Option(help="write the ledger as CSV to this file")] = None
) -> None:
    """Show the ledger of consultees, with when each was invited, reached and reminded, and has answered.

    Example: everyday surveys consultees S-7K4M-9PXT3 --into ledger.csv
    """

    async def question(reading: Reading) -> Any:
        return await reading.ledger(await reading.running(survey))

    at = places()
    witnessed(at, "surveys consultees", survey)
    rows, gaps = ask(at, question)
    for line in gaps:
        out.print(line, markup=False)
    if into:
        write_csv(into, rows, COLUMNS)
        written(into)
        return
    shown = ("consultee", "group", "invited", "sent", "delivered", "reminded", "responded", "outcome")
    table = Table(*shown)
    for row in rows[:200]:
        table.add_row(*(str(row[name]) for name in shown))
    out.print(table)
    if len(rows) > 200:
        out.print(f"and {len(rows) - 200} more: write them all with --into ledger.csv")


def paper(
    survey: Reference,
    file: Annotated[Path, typer.Argument(help="the document")],
    label: Annotated[str, typer.Option(help="which version it is, such as: draft v3")],
    officer_id: OfficerId,
    officer: Officer,
    name: Annotated[str, typer.Option(help="its name; the file's without it")] = "",
    address: Annotated[str, typer.Option(help="where respondents find it")] = "",
    role: Role = ROLE,
) -> None:
    """Put a version of a document into the pack, by its hash.

    Example: everyday surveys paper S-… code.docx --label "draft v3" --officer-id o-17 --officer "Jo Harwood"
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        fail(f"{file}: {error.strerror}", BAD_INPUT)
    facts = {"name": name or file.name, "label": label, "sha256": hashlib.sha256(content).hexdigest()}
    facts |= {"size": str(len(content)), "address": address}
    person = Person(id=officer_id, name=officer, role=role)
    given = {key: value for key, value in facts.items() if value}
    tell(places(), AddPaper, person, f"everyday surveys show {survey}", survey=survey, **given)


def comments(
    survey: Reference,
    open_only: Annotated[bool, typer.Option("--open", help="only those without a decision")] = False,
    into: Annotated[Path | None, typer.Option(help="write them as CSV to this file")] = None,
) -> None:
    """List comments, without names, with what was decided on each. Example: everyday surveys comments S-… --open"""

    async def question(reading: Reading) -> Any:
        return await reading.comments(await reading.running(survey))

    at = places()
    witnessed(at, "surveys comments", survey)
    found = [(comment, decided) for comment, decided in ask(at, question) if not (open_only and decided)]
    columns = ("comment", "question", "scope", "text", "outcome", "reason")
    rows = [
        {
            "comment": comment.reference,
            "question": comment.question,
            "scope": comment.scope,
            "text": comment.text,
            "outcome": "; ".join(each["outcome"] for each in decided),
            "reason": "; ".join(each["reason"] for each in decided),
        }
        for comment, decided in found
    ]
    if into:
        write_csv(into, rows, columns)
        written(into)
        return
    for row in rows:
        out.print(f"{row['comment']}  ({row['scope']})  {row['outcome'] or 'nothing decided'}", markup=False)
        out.print(f"  {row['text']}", markup=False, soft_wrap=True)
    undecided = sum(not decided for _, decided in found)
    err.print(f"{len(rows)} comments, {undecided} of them to be decided on")


def dispose(
    survey: Reference,
    comment: Annotated[str, typer.Argument(help="the comment, as `comments` names it")],
    outcome: Annotated[str, typer.Option(help="accepted, partly_accepted, not_accepted, out_of_scope or noted")],
    officer_id: OfficerId,
    officer: Officer,
    reason: Annotated[str, typer.Option(help="why; the standard reply where it is out of scope")] = "",
    point: Annotated[int, typer.Option(help="which point of the comment")] = 1,
    summary: Annotated[str, typer.Option(help="the point in your words")] = "",
    clause: Annotated[str, typer.Option(help="the clause that it concerns")] = "",
    theme_: Annotated[str, typer.Option("--theme", help="the theme that it belongs to")] = "",
    role: Role = ROLE,
) -> None:
    """Decide on a comment. Example: everyday surveys dispose S-… R-…/comments --outcome accepted --reason "…" """
    given = {"reason": reason, "summary": summary, "clause": clause, "theme": theme_}
    facts: dict[str, Any] = {name: value for name, value in given.items() if value}
    facts |= {"survey": survey, "comment": comment, "outcome": outcome, "point": point}
    person = Person(id=officer_id, name=officer, role=role)
    tell(places(), DisposeComment, person, f"everyday surveys comments {survey}", **facts)


def theme(
    survey: Reference,
    title: Annotated[str, typer.Argument(help="the theme, such as: bite-size webinars")],
    said: Annotated[str, typer.Option(help="what was said")],
    officer_id: OfficerId,
    officer: Officer,
    count: Annotated[int, typer.Option(help="how many said so")] = 0,
    did: Annotated[str, typer.Option(help="what is done about it")] = "",
    reason: Annotated[str, typer.Option(help="why")] = "",
    meeting: Annotated[str, typer.Option(help="the meeting that it caused")] = "",
    clause: Annotated[str, typer.Option(help="the clause that it changed")] = "",
    change: Annotated[str, typer.Option(help="an earlier theme that this changes (T-…)")] = "",
    role: Role = ROLE,
) -> None:
    """Record a theme of what was said, and what is done about it.

    Example: everyday surveys theme S-… "Bite-size webinars" --said "Short webinars, please" --did "Two webinars" …
    """
    given = {"decision": did, "reason": reason, "meeting": meeting, "clause": clause, "theme": change}
    facts: dict[str, Any] = {name: value for name, value in given.items() if value}
    facts |= {"survey": survey, "title": title, "said": said, "count": count or None}
    person = Person(id=officer_id, name=officer, role=role)
    command = tell(places(), RecordTheme, person, f"everyday surveys themes {survey}", **facts)
    out.print(change or derived_reference("T", command.id))


def themes(survey: Reference) -> None:
    """List themes, with their owner and what came of them. Example: everyday surveys themes S-…"""

    async def question(reading: Reading) -> Any:
        running = await reading.running(survey)
        return await reading.themes(running), await reading.turnout(running)

    found, meetings = ask(places(), question)
    table = Table("theme", "title", "said", "owner", "done", "meeting", "clause")
    for each in found:
        count = f"{each['count']}: " if each["count"] else ""
        done = each["decision"] or "nothing yet"
        row = (each["_id"], each["title"], count + each["said"], each["owner"]["name"], done)
        outcomes = [f"{came.meeting}: {came.words}" for came in came_of(each, meetings)] or [each["meeting"] or ""]
        table.add_row(*row, "\n".join(outcomes), each["clause"] or "")
    out.print(table)
    if not found:
        out.print('no theme is recorded: everyday surveys theme S-… "Bite-size webinars" --said "…"', markup=False)


def you_said(
    survey: Reference,
    html: Annotated[Path | None, typer.Option(help="write it as HTML to this file")] = None,
    pdf: Annotated[Path | None, typer.Option(help="write it as PDF to this file")] = None,
) -> None:
    """“You said, we did”, as it can be published. Example: everyday surveys you-said S-… --html you-said.html"""
    at = places()

    async def question(reading: Reading) -> Any:
        running = await reading.running(survey)
        return running.title, await reading.themes_to_publish(running), await reading.turnout(running)

    title, (found, least), meetings = ask(at, question)
    lead = ("What we heard, what we decided, and why.",)
    page = Page(f"You said, we did: {title}", lead, sections_of(found, least, meetings))
    if html:
        html.write_text(as_html(page), "utf-8")
    if pdf:
        pdf.write_bytes(as_pdf(page, at.clock().now()))
    if html or pdf:
        written(*(file for file in (html, pdf) if file))
    else:
        out.print(as_text(page), markup=False, soft_wrap=True)


def integrity(
    survey: Reference,
    officer_id: OfficerId,
    officer: Officer,
    into: Annotated[Path, typer.Option(help="the file to write, as JSON; a PDF is written beside it")] = Path(
        "integrity.json"
    ),
    check: Annotated[
        Path | None, typer.Option(help="check an earlier export instead, against what is known now")
    ] = None,
    role: Role = ROLE,
) -> None:
    """Write the integrity export for a court or a scrutiny committee, each entry sealed by the one before it.

    Examples: everyday surveys integrity S-… --into export.json · everyday surveys integrity S-… --check export.json
    """
    at = places()

    async def question(reading: Reading) -> Any:
        running = await reading.running(survey)
        return running, await reading.integrity(running)

    witnessed(at, "surveys integrity", survey, by=officer_id)
    running, entries = ask(at, question)
    if check is not None:
        _check(check, entries, [entry["head"] for entry in running.trail if entry["what"] == "exported"])
        return
    head = entries[-1]["hash"]
    export = {"survey": running.reference, "title": running.title, "head": head, "entries": entries}
    into.write_text(json.dumps(export, indent=2, ensure_ascii=False), "utf-8")
    pdf = into.with_suffix(".pdf")
    pdf.write_bytes(as_pdf(as_page(running.title, entries), at.clock().now()))
    person = Person(id=officer_id, name=officer, role=role)
    facts = {"survey": running.reference, "head": head, "entries": len(entries)}
    tell(at, RecordExport, person, f"everyday surveys show {running.reference}", **facts)
    written(into, pdf)


def _check(file: Path, entries: list[dict[str, Any]], heads: list[str]) -> None:
    try:
        earlier = json.loads(file.read_text("utf-8"))
        exported, head = earlier["entries"], earlier["head"]
    except (OSError, ValueError, KeyError, TypeError):
        fail(f"{file} is not an integrity export", BAD_INPUT)
    problems = broken(exported)
    if not exported or exported[-1].get("hash") != head:
        problems.append("the head is not that of the last entry")
    if head not in heads:
        problems.append("no export with this head was ever recorded for this survey")
    problems += changed_since(exported, entries)
    for problem in problems:
        err.print(problem, markup=False, style="red", soft_wrap=True)
    if problems:
        fail(f"{len(problems)} problems: the file is not what was exported, or the data has changed since", FAILURE)
    out.print(f"[green]{len(exported)} entries are intact, and the data is still the same[/green]")
