"""`everyday authorise` and `decide`: what an officer decides, handed over as a command."""

import json
from typing import Annotated, Any
from uuid import uuid4

import typer

from services.notices.cli.asking import ask
from services.notices.decisions import COMMANDS
from services.notices.story import Story
from shared.cli.asking import hand_over
from shared.cli.input import read_lines
from shared.cli.output import BAD_INPUT, err, fail
from shared.cli.places import places
from shared.clock import Clock
from shared.contracts.base import Command
from shared.contracts.casework import AuthoriseNotice, Paper, RequestNotice
from shared.contracts.fields import Person
from shared.identity import read_reference

_NAMES = {kind.key().split(".")[1]: kind for kind in COMMANDS}

OfficerId = Annotated[str, typer.Option(help="your staff id")]
Officer = Annotated[str, typer.Option(help="your name")]
Role = Annotated[str, typer.Option(help="your role under the code of conduct")]


def authorise(
    case: Annotated[str, typer.Argument(help="the case reference")],
    parent: Annotated[str, typer.Option(help="the parent's id in the school's record")],
    officer_id: OfficerId,
    officer: Officer,
    reason: Annotated[str, typer.Option(help="why a notice is right in this case")],
    evidence: Annotated[str, typer.Option(help="the evidence hash that `everyday explain` showed you")],
    role: Role = "Attendance Officer",
) -> None:
    """Decide, as a named officer, that one parent is issued a penalty notice on the evidence that you saw."""
    at = places()
    story = ask(at, lambda explaining: explaining.story(case))
    person = Person(id=officer_id, name=officer, role=role)
    hand_over(at, authorisation(story, parent, person, reason, evidence, at.clock()))
    err.print(f"[green]handed over[/green]; see what came of it with: everyday explain {story['case']}")


def decide(
    what: Annotated[str, typer.Argument(help="the command, such as withdraw_notice")],
    reference: Annotated[str, typer.Argument(help="the case or notice")],
    officer_id: OfficerId,
    officer: Officer,
    facts: Annotated[list[str] | None, typer.Argument(help="field=value, such as ground=wrong_person")] = None,
    role: Role = "Attendance Officer",
) -> None:
    """Hand any command about a case or a notice over; lists and parts are written as JSON.

    Example: everyday decide withdraw_notice N-5HTY-P5RVZ ground=wrong_person --officer-id o-17 --officer "Jo Harwood"
    """
    if what not in _NAMES:
        fail(f"there is no command {what}: use one of {', '.join(sorted(_NAMES))}", BAD_INPUT)
    at, kind = places(), _NAMES[what]
    story = ask(at, lambda explaining: explaining.story(reference))
    person = {"id": officer_id, "name": officer, "role": role}
    said = _said(facts or [], kind) | {
        "id": str(uuid4()),
        "type": kind.key(),
        "correlation_id": story["correlation_id"],
    }
    about = read_reference(reference)
    said |= {"notice": about} if about.startswith("N-") else {"case": story["case"]}
    said |= {name: person for name in ("officer", "requested_by") if name in kind.model_fields}
    messages, problems = read_lines([json.dumps(said)], at.clock().now())
    if problems:
        fail("\n".join(f"{each.field}: {each.fix}" for each in problems), BAD_INPUT)
    hand_over(at, *messages)
    err.print(f"[green]handed over[/green]; see what came of it with: everyday explain {about}")


def authorisation(
    story: Story, parent: str, officer: Person, reason: str, evidence: str, clock: Clock
) -> AuthoriseNotice:
    """The command that carries an officer's decision, under the case's own correlation id."""
    return AuthoriseNotice(
        **_envelope(story, clock), parent_id=parent, officer=officer, reason=reason, evidence_hash=evidence
    )


def request(story: Story, parents: tuple[str, ...], by: Person, papers: tuple[str, ...], clock: Clock) -> RequestNotice:
    """A school's complete request: for a holiday, support is not appropriate; else it has not worked."""
    days = [mark["date"] for mark in story["evidence"]["sessions"]]
    holiday = {mark["code"] for mark in story["evidence"]["sessions"]} == {"G"}
    return RequestNotice(
        **_envelope(story, clock),
        parents=parents,
        requested_by=by,
        route="support_not_appropriate" if holiday else "support_has_not_worked",
        offence_from=days[0],
        offence_to=days[-1],
        evidence=tuple(Paper(kind=kind, reference=f"file-{number}") for number, kind in enumerate(papers, start=1)),
        addresses_checked=parents,
    )


def _envelope(story: Story, clock: Clock) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "time": clock.now(),
        "subject": story["case"],
        "correlation_id": story["correlation_id"],
        "case": story["case"],
    }


def _said(facts: list[str], kind: type[Command]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for fact in facts:
        name, sign, value = fact.partition("=")
        if not sign or name not in kind.model_fields:
            known = ", ".join(sorted(set(kind.model_fields) - set(Command.model_fields)))
            fail(f"{name}: write field=value, with one of the fields {known}", BAD_INPUT)
        try:
            said[name] = json.loads(value)
        except ValueError:
            said[name] = value
    return said
