"""`everyday authorise` and `decide`: what an officer decides, sent as a command, and what came of it."""

import sys
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer

from services.notices.casefile.file import CaseFile
from services.notices.casefile.words import pounds, sentence
from services.notices.cli import typed
from services.notices.cli.asking import ask, rules
from services.notices.cli.commands import NAMES, ListsCommands, examples
from services.notices.deciding.commands import decide as decided
from services.notices.deciding.decision import Facts, Moment
from services.notices.story.story import Story
from shared.cli.asking import answered, command, hand_over
from shared.cli.audit import witnessed
from shared.cli.loading import Special
from shared.cli.officer import ROLE, Officer, OfficerId, Role
from shared.cli.output import BAD_INPUT, err, fail, out, refused
from shared.cli.places import Places, places
from shared.contracts.base import Command
from shared.contracts.casework import AuthoriseNotice, Paper, RecordPayment, RecordRefund, RequestNotice
from shared.contracts.fields import Person
from shared.decisions.deciding import Refused, Repeated
from shared.identity import read_reference
from shared.time.clock import Clock, in_words


def authorise(
    case: Annotated[str, typer.Argument(help="the case reference")],
    parent: Annotated[str, typer.Option(help="the parent's id in the school's record")],
    officer_id: OfficerId,
    officer: Officer,
    reason: Annotated[str, typer.Option(help="why a notice is right in this case")],
    evidence: Annotated[
        str, typer.Option(help="this parent's evidence hash, which `everyday explain` shows under “What comes next”")
    ],
    role: Role = ROLE,
) -> None:
    """Decide, as a named officer, that one parent is issued a penalty notice on the evidence that you saw.

    Example: everyday authorise C-7K4M-9PXT3 --parent p-1 --evidence 157f40e7b682-… --reason "A holiday in term time."
    """
    at = places()
    story = ask(at, lambda explaining: explaining.story(case))
    if story["case"] is None:
        fail("This pupil has no case yet: the threshold has not been met.", BAD_INPUT)
    person = Person(id=officer_id, name=officer, role=role)
    _send(at, story["case"], authorisation(story, parent, person, reason, evidence, at.clock()))


def decide(
    what: Annotated[str, typer.Argument(help="the command, such as withdraw_notice")],
    reference: Annotated[str, typer.Argument(help="the case or notice")],
    officer_id: OfficerId,
    officer: Officer,
    facts: Annotated[list[str] | None, typer.Argument(help="field=value, such as ground=wrong_person")] = None,
    role: Role = ROLE,
    yes: Annotated[bool, typer.Option("--yes", help="an amount is right as it will be shown: do not ask")] = False,
) -> None:
    """Send any command about a case or a notice, and say what came of it.

    Examples: everyday decide withdraw_notice N-5HTY-P5RVZ ground=wrong_person
    · everyday decide record_payment N-5HTY-P5RVZ amount=80 paid_on=2024-10-30 payment_reference=R-1
    """
    if what not in NAMES:
        fail(f"there is no command {what}: use one of {', '.join(sorted(NAMES))}", BAD_INPUT)
    at, kind = places(), NAMES[what]
    file, known = ask(at, lambda explaining: explaining.file(reference))
    about = _about(reference, file)
    person = {"id": officer_id, "name": officer, "role": role}
    given = _values(facts or [], kind)
    who = {name: person for name in ("officer", "entered_by") if name in kind.model_fields}
    refers = {"notice": about} if about.startswith("N-") else {"case": file.reference}
    sent = command(at.clock(), kind, correlation_id=file.correlation_id or None, **given, **who, **refers)
    if not who:
        witnessed(at, "decide", about, by=officer_id)
    if isinstance(sent, RecordPayment | RecordRefund):
        _show(sent, file, yes)
    if _is_known(file, sent, known, Moment(at.clock().now(), UUID(int=0), rules())):
        err.print(f"This was done before, and nothing has changed. See: everyday explain {about}", soft_wrap=True)
        return
    _send(at, about, sent)


command_of_any_kind = Special(decide, ListsCommands)


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


def _send(at: Places, about: str, sent: Command) -> None:
    """Send a command, wait for what comes of it, and say it; ends with every reason where it is refused."""
    hand_over(at, sent)
    check = f"everyday explain {about}"
    entries = answered(lambda: ask(at, lambda explaining: explaining.came_of(about, str(sent.id))), check)
    failed = {"refused", "returned"} if isinstance(sent, RequestNotice) else {"refused"}
    for entry in entries:
        if entry["what"] in failed:
            refused(*(reason["words"] for reason in entry["reasons"]))
    for entry in entries:
        if entry["what"] != "prompted":
            out.print(sentence(entry), markup=False, soft_wrap=True)
    err.print(f"[green]Done.[/green] More: {check}", soft_wrap=True)


def _about(reference: str, file: CaseFile) -> str:
    """The reference of the notice or case, as we write it; of the case, if a pupil was named."""
    try:
        return read_reference(reference)
    except ValueError:
        return file.reference


def _is_known(file: CaseFile, sent: Command, facts: Facts, at: Moment) -> bool:
    try:
        decided(file, sent, facts, at)
    except Repeated:
        return True
    except Refused:  # the service says why, and records the attempt
        return False
    return False


def _show(sent: RecordPayment | RecordRefund, file: CaseFile, yes: bool) -> None:
    """Show the amount and its day before they count. Asks on a terminal; elsewhere --yes is needed."""
    if isinstance(sent, RecordPayment):
        due = file.notices[sent.notice].due_on(sent.paid_on)
        err.print(f"£{sent.amount / 100:,.2f} paid on {in_words(sent.paid_on)} for notice {sent.notice}.")
        err.print(f"On that day {pounds(due)} discharges it." if due else "On that day it was too late to pay.")
    else:
        err.print(f"£{sent.amount / 100:,.2f} repaid on {in_words(sent.refunded_on)} for notice {sent.notice}.")
    if yes:
        return
    if not sys.stdin.isatty():
        fail("Nothing was recorded. If this is right, add --yes.", BAD_INPUT)
    typer.confirm("Is this right?", abort=True, err=True)


def _envelope(story: Story, clock: Clock) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "time": clock.now(),
        "subject": story["case"],
        "correlation_id": story["correlation_id"],
        "case": story["case"],
    }


def _values(facts: list[str], kind: type[Command]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    known = typed.fields(kind)
    for fact in facts:
        name, sign, value = fact.partition("=")
        if not sign or name not in known:
            fail(f"{name}: write field=value: {', '.join(examples(kind)) or 'this command has no fields'}", BAD_INPUT)
        try:
            values[name] = typed.read(value, known[name])
        except ValueError as error:
            fail(f"{name}: {error}", BAD_INPUT)
    return values
