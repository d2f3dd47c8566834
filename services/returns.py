"""`everyday returns`: erased people whom a list or an import names again, and whether they may be accepted."""

import re
from collections.abc import Mapping
from typing import Annotated

import typer
from rich.table import Table

from shared.cli.asking import answered, ask, command, hand_over
from shared.cli.audit import witnessed
from shared.cli.officer import Officer, OfficerId, Role
from shared.cli.output import BAD_INPUT, err, fail, out
from shared.cli.places import Places, places
from shared.contracts.erasure import (
    DecideReturn,
    DecideReturnInBookings,
    DecideReturnInNotifications,
    DecideReturnInSurveys,
)
from shared.contracts.fields import Person as Colleague
from shared.people.returning import questions, since
from shared.store.documents import Document
from shared.time.clock import moment

app = typer.Typer(no_args_is_help=True, help="Erased people who are named again: list them, allow them, refuse them.")

COMMANDS: Mapping[str, type[DecideReturn]] = {
    "notifications": DecideReturnInNotifications, "bookings": DecideReturnInBookings, "surveys": DecideReturnInSurveys,
}  # fmt: skip
Who = Annotated[str, typer.Argument(help="a question of `everyday returns list`, or the address concerned")]
Why = Annotated[str, typer.Option(help="what they have said, or why they may or may not be accepted")]


@app.command("list")
def list_() -> None:
    """List erased people who are named again. No names are shown: a question is a keyed hash of an address.

    Example: everyday returns list
    """
    at, table = places("mongo"), Table("question", "service", "since", "named by", "for")
    for service in COMMANDS:
        for each in ask(at, service, questions):
            last = each["asked"][-1]
            named_by = last["what"].split(".")[1].replace("_", " ")
            table.add_row(each["_id"], service, moment(since(each)), named_by, last["about"])
    out.print(table if table.row_count else "Nobody who was erased is named again.")


@app.command()
def allow(
    who: Who, reason: Why, officer_id: OfficerId, officer: Officer, role: Role = "Data Protection Officer"
) -> None:
    """Let somebody be accepted again, because they wish it: then send the list again.

    Example: everyday returns allow pat@school.example.org --reason "Asked to be told again by email of 3 May"
    --officer-id officer-17 --officer "Jo Harwood"
    """
    at = places()
    witnessed(at, "returns allow", who.strip(), by=officer_id, why=reason.strip())
    _decide(at, who, True, reason, Colleague(id=officer_id, name=officer, role=role))


@app.command()
def refuse(
    who: Who, reason: Why, officer_id: OfficerId, officer: Officer, role: Role = "Data Protection Officer"
) -> None:
    """Leave somebody out for good; nobody is asked about them again.

    Example: everyday returns refuse 5f1c… --reason "They still wish to be forgotten"
    --officer-id officer-17 --officer "Jo Harwood"
    """
    at = places()
    witnessed(at, "returns refuse", who.strip(), by=officer_id, why=reason.strip())
    _decide(at, who, False, reason, Colleague(id=officer_id, name=officer, role=role))


def _decide(at: Places, who: str, is_allowed: bool, reason: str, by: Colleague) -> None:
    named = _named(who.strip())
    facts = {**named, "allow": is_allowed, "reason": reason.strip(), "officer": by.model_dump()}
    hand_over(at, *(command(at.clock(), kind, **facts) for kind in COMMANDS.values()))
    if question := named.get("question"):
        answered(lambda: _is_decided(at, question) or None, "everyday returns list")
    err.print("[green]handed over[/green]: see everyday returns list")


def _named(who: str) -> dict[str, str]:
    if re.fullmatch(r"[0-9a-f]{32}", who):
        return {"question": who}
    if "@" in who:
        return {"email": who}
    if not re.fullmatch(r"[0-9 +()-]{7,20}", who):
        fail("say who: a question of `everyday returns list`, an email address or a phone number", BAD_INPUT)
    return {"phone": who}


def _is_decided(at: Places, question: str) -> bool:
    waiting: list[Document] = [each for service in COMMANDS for each in ask(at, service, questions)]
    return not any(each["_id"] == question for each in waiting)
