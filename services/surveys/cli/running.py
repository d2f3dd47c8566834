"""`everyday surveys list, show, progress, enter, reminders, close, reopen`: while people answer."""

import json
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from services.surveys.answers.running import Running
from services.surveys.cli.asking import Reference, ask, tell
from services.surveys.questionnaire.authoring import SurveyInvalid
from services.surveys.questionnaire.parsing import Unreadable, parse
from services.surveys.results.rates import Rates, percent
from services.surveys.store.reading import Reading
from shared.cli.officer import ROLE, Officer, OfficerId, Role
from shared.cli.output import BAD_INPUT, fail, out
from shared.cli.places import places
from shared.contracts.fields import Person
from shared.contracts.surveys import CloseSurvey, EnterResponse, ReopenSurvey
from shared.time.clock import LONDON, in_words


def add_to(app: typer.Typer) -> None:
    app.command("list")(list_surveys)
    app.command("show")(show)
    app.command("progress")(progress)
    app.command("enter")(enter)
    app.command("reminders")(reminders)
    app.command("close")(close)
    app.command("reopen")(reopen)


def list_surveys(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """List every survey, newest first. Example: everyday surveys list"""
    found = ask(places(), lambda reading: reading.surveys())
    if as_json:
        print(json.dumps([{"survey": each.reference, "state": each.state, "title": each.title} for each in found]))  # noqa: T201
        return
    table = Table("survey", "state", "mode", "closes", "title")
    for each in found:
        table.add_row(each.reference, each.state, each.mode, _closing(each), each.title)
    out.print(table if found else "there are no surveys")


def show(survey: Reference) -> None:
    """Show where a survey stands, and everything that was decided about it. Example: everyday surveys show S-…"""
    running = ask(places(), lambda reading: reading.running(survey))
    out.print(f"{running.reference}  {running.title}", markup=False, soft_wrap=True)
    out.print(f"{running.state}, {running.mode}; {running.window.opening}; {_closing(running)}", markup=False)
    for entry in running.trail:
        who = entry.get("officer") or entry.get("asked_by") or {}
        left_out = {"at", "what", "cause", "officer", "asked_by"}
        facts = ", ".join(f"{name} {value}" for name, value in entry.items() if name not in left_out and value)
        line = f"  {entry['at'].astimezone(LONDON):%-d %b %Y %H:%M}  {entry['what'].replace('_', ' ')}"
        by = f" by {who['name']}" if who else ""
        out.print(f"{line}{by}{': ' + facts if facts else ''}", markup=False, soft_wrap=True)


def progress(survey: Reference) -> None:
    """Show who has answered of those who were invited, by group, district and phase.

    Example: everyday surveys progress S-7K4M-9PXT3
    """

    async def question(reading: Reading) -> tuple[Running, Rates]:
        running = await reading.running(survey)
        return running, await reading.rates(running)

    running, found = ask(places(), question)
    invited, answered = found.total
    out.print(f"{running.title}: {_closing(running)}", markup=False, soft_wrap=True)
    out.print(f"{answered} of {invited} invited have answered officially ({percent(answered, invited)})", markup=False)
    out.print(f"{found.begun} have saved answers but not sent them", markup=False)
    line = f"{found.individual_answered} of {found.individual_invited} individual answers"
    channels = {} if running.mode == "anonymous" else found.channels  # small numbers appear only in published results
    by = ", ".join(f"{n} by {c}" for c, n in sorted(channels.items()))
    out.print(f"{line}; {by}" if by else line, markup=False)
    for dimension in ("group", "district", "phase"):
        table = Table(dimension, "invited", "answered", "rate")
        for name, asked, done in found.of(dimension):
            table.add_row(name, str(asked), str(done), percent(done, asked))
        if table.rows:
            out.print(table)


def enter(
    survey: Reference,
    channel: Annotated[str, typer.Option(help="how it came: email, phone or letter")],
    received: Annotated[str, typer.Option(help="the day on which it came, such as 2024-05-14")],
    officer_id: OfficerId,
    officer: Officer,
    answers: Annotated[Path | None, typer.Option(help="a YAML or JSON file: question id and answer")] = None,
    nothing: Annotated[bool, typer.Option("--nothing-to-say", help="a nil return")] = False,
    urn: Annotated[str, typer.Option(help="the school whose official answer it is")] = "",
    invitation: Annotated[str, typer.Option(help="the invitation that it answers")] = "",
    name: Annotated[str, typer.Option(help="who answered, where nobody was invited")] = "",
    email: Annotated[str, typer.Option(help="their address, to confirm it to")] = "",
    organisation: Annotated[str, typer.Option(help="their organisation")] = "",
    group: Annotated[str, typer.Option(help="schools, police, partners or others")] = "others",
    official: Annotated[
        bool | None, typer.Option(help="the answer of the body, not of one person; of police and partners it is")
    ] = None,
    role: Role = ROLE,
) -> None:
    """Enter an answer that came by email, phone or letter. It is marked as entered, with the channel and you.

    Example: everyday surveys enter S-… --channel email --received 2024-05-14 --urn 123456 --answers answer.yaml
    """
    facts: dict[str, object] = {"channel": channel, "received_on": received, "nothing_to_say": nothing}
    facts |= {"urn": urn or None, "invitation": invitation or None}
    if name:
        about = {"name": name, "email": email or None, "organisation": organisation or None, "group": group}
        facts["respondent"] = about | ({} if official is None else {"official": official})
    if answers:
        try:
            facts["answers"] = parse(answers.read_text("utf-8-sig"), answers.name)
        except (OSError, UnicodeDecodeError, Unreadable, SurveyInvalid) as error:
            fail(f"{answers.name}: {error}", BAD_INPUT)
    if sum(bool(each) for each in (urn, invitation, name)) != 1:
        fail("say whose answer it is: use one of --urn, --invitation or --name", BAD_INPUT)
    person = Person(id=officer_id, name=officer, role=role)
    tell(places(), EnterResponse, person, f"everyday surveys progress {survey}", survey=survey, **facts)


def reminders(survey: Reference) -> None:
    """Show on which days how many would be reminded, if nobody answered meanwhile.

    Example: everyday surveys reminders S-7K4M-9PXT3
    """

    async def question(reading: Reading) -> dict[date, int]:
        return await reading.reminders(await reading.running(survey))

    found = ask(places(), question)
    table = Table("day", "would be reminded")
    for day, count in sorted(found.items()):
        table.add_row(in_words(day), str(count))
    out.print(table if found else "there is nobody left to remind")


def close(
    survey: Reference,
    reason: Annotated[str, typer.Option(help="why it closes before its time")],
    officer_id: OfficerId,
    officer: Officer,
    role: Role = ROLE,
) -> None:
    """Close a survey before its time. Example: everyday surveys close S-… --reason "All have answered" …"""
    person = Person(id=officer_id, name=officer, role=role)
    tell(places(), CloseSurvey, person, f"everyday surveys show {survey}", survey=survey, reason=reason)


def reopen(
    survey: Reference,
    to: Annotated[str, typer.Option(help="the last day, included, such as 2024-05-24")],
    reason: Annotated[str, typer.Option(help="why it is opened again")],
    officer_id: OfficerId,
    officer: Officer,
    role: Role = ROLE,
) -> None:
    """Open a closed survey again. Example: everyday surveys reopen S-… --to 2024-05-24 --reason "The police asked" …"""
    person = Person(id=officer_id, name=officer, role=role)
    facts = {"survey": survey, "closes": {"to": to}, "reason": reason}
    tell(places(), ReopenSurvey, person, f"everyday surveys show {survey}", **facts)


def _closing(running: Running) -> str:
    return running.window.closed if running.state == "closed" else running.window.closing
