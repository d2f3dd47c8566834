"""`everyday explain`, `cases` and `authorise`: the duty line's and the officers' commands."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Annotated, TypeVar
from uuid import uuid4

import typer
from rich.table import Table

from services.notices import policy
from services.notices.explain import Explain, NoSuchStory, Story
from services.notices.story import as_text
from shared.cli.output import BAD_INPUT, FAILURE, err, fail, out
from shared.cli.places import Places, places
from shared.contracts.fields import Person
from shared.contracts.notices import AuthoriseNotice
from shared.publisher import Publisher, Unroutable
from shared.store import Store, StoreUnavailable

T = TypeVar("T")


def explain(
    reference: Annotated[str, typer.Argument(help="a case (C-…), a notice (N-…) or a UPN")],
    as_json: Annotated[bool, typer.Option("--json", help="the whole story as JSON")] = False,
) -> None:
    """Tell the story of a pupil's case: what was counted and why, what happened, what comes next."""
    story = ask(places(), lambda explaining: explaining.story(reference))
    if as_json:
        print(json.dumps(story, indent=2, default=_plain))  # noqa: T201 - data for another program
    else:
        out.print(as_text(story), markup=False)


def cases(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """List every case, newest first."""
    found = ask(places(), lambda explaining: explaining.cases())
    if as_json:
        print(json.dumps([{"case": c["_id"], "urn": c["urn"]} for c in found]))  # noqa: T201
        return
    table = Table("case", "school", "opened", "last")
    for case in found:
        history = case["history"]
        table.add_row(case["_id"], case["urn"], f"{history[0]['at']:%d %b %Y %H:%M}", history[-1]["what"])
    out.print(table if found else "there are no cases")


def authorise(
    case: Annotated[str, typer.Argument(help="the case reference")],
    parent: Annotated[str, typer.Option(help="the parent's id in the school's record")],
    officer_id: Annotated[str, typer.Option(help="your staff id")],
    officer: Annotated[str, typer.Option(help="your name")],
    reason: Annotated[str, typer.Option(help="why a notice is right in this case")],
    evidence: Annotated[str, typer.Option(help="the evidence hash that `everyday explain` showed you")],
    role: Annotated[str, typer.Option(help="your role under the code of conduct")] = "Attendance Officer",
) -> None:
    """Decide, as a named officer, that one parent is issued a penalty notice on the evidence that you saw."""
    at = places()
    story = ask(at, lambda explaining: explaining.story(case))
    command = authorisation(story, parent, Person(id=officer_id, name=officer, role=role), reason, evidence, at)
    try:
        asyncio.run(_publish(at.amqp, command))
    except (Unroutable, OSError, TimeoutError) as error:
        fail(f"the decision was not handed over ({type(error).__name__}): try again", FAILURE)
    err.print(f"[green]handed over[/green]; see what came of it with: everyday explain {story['case']}")


def authorisation(
    story: Story, parent: str, officer: Person, reason: str, evidence: str, at: Places
) -> AuthoriseNotice:
    """The command that carries an officer's decision, under the case's own correlation id."""
    return AuthoriseNotice(
        id=uuid4(),
        time=at.clock().now(),
        subject=story["case"],
        correlation_id=story["correlation_id"],
        case=story["case"],
        parent_id=parent,
        officer=officer,
        reason=reason,
        evidence_hash=evidence,
    )


def ask(at: Places, question: Callable[[Explain], Awaitable[T]]) -> T:
    """Ask the notices service's store, or end with a word on what is wrong."""

    async def answer() -> T:
        store = Store(at.mongo, "notices")
        try:
            return await question(Explain(store, policy.current(), at.clock()))
        finally:
            store.close()

    try:
        return asyncio.run(answer())
    except NoSuchStory as error:
        fail(str(error), BAD_INPUT)
    except StoreUnavailable:
        fail("the notices store does not answer: is the stack running?", FAILURE)


async def _publish(amqp: str, command: AuthoriseNotice) -> None:
    async with Publisher(amqp) as publisher:
        await publisher.publish(command)


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
