"""`everyday surveys check, publish, invite`: from a draft to invited people."""

from pathlib import Path
from typing import Annotated

import typer

from services.surveys.answers.deciding import cautions, survey_of
from services.surveys.answers.people_files import read_people
from services.surveys.answers.reminders import plan
from services.surveys.cli.asking import Reference, dates, read, tell
from services.surveys.questionnaire.adequacy import adequacy
from services.surveys.questionnaire.document import canonical
from services.surveys.questionnaire.terms import SchoolDays
from services.surveys.questionnaire.timing import estimate
from services.surveys.questionnaire.words import mode_words
from shared.cli.officer import ROLE, Officer, OfficerId, Role
from shared.cli.output import out
from shared.cli.places import places
from shared.cli.send import read_bytes, refuse, say_how
from shared.contracts.fields import Person
from shared.contracts.surveys import Addressee, Invite, InvitedSchools, PublishSurvey
from shared.time.clock import in_words
from shared.writing.counting import number_of

File = Annotated[Path, typer.Argument(help="the survey's file (YAML or JSON)")]


def add_to(app: typer.Typer) -> None:
    app.command("check")(check)
    app.command("publish")(publish)
    app.command("invite")(invite)


def check(file: File) -> None:
    """Check a survey's file, and say what its respondents will be told. Needs no running stack.

    Example: everyday surveys check services/surveys/examples/code-of-conduct.yaml
    """
    survey, terms = read(file), dates()
    window = survey.window
    out.print(survey.title, style="bold", markup=False, soft_wrap=True)
    out.print(f"  {window.opening}; {window.closing}. {window.grace_words}", soft_wrap=True, markup=False)
    out.print(f"  {adequacy(survey, terms).words}", soft_wrap=True, markup=False)
    out.print(f"  {survey.mode}: {mode_words(survey)}", soft_wrap=True, markup=False)
    promised = f"; promised: no longer than {survey.promise_minutes}" if survey.promise_minutes else ""
    questions, minutes = number_of(len(survey.questions), "question"), number_of(estimate(survey), "minute")
    out.print(f"  {questions}, about {minutes}{promised}", markup=False)
    reminders = plan(survey.reminders, window, SchoolDays(terms).includes)
    out.print(
        f"  reminders: {'; '.join(in_words(each.day) for each in reminders) or 'none'}", markup=False, soft_wrap=True
    )
    for warning in cautions(survey, terms):
        out.print(f"  warning: {warning}", style="yellow", markup=False, soft_wrap=True)
    out.print("[green]this can be published[/green]")


def publish(
    file: File,
    officer_id: OfficerId,
    officer: Officer,
    survey: Annotated[str, typer.Option(help="as the next version of this survey")] = "",
    role: Role = ROLE,
) -> None:
    """Publish a survey, or with --survey its next version. A published version never changes.

    Example: everyday surveys publish schools-survey.yaml --officer-id o-17 --officer "Jo Harwood"
    """
    document = canonical(read(file))
    person = Person(id=officer_id, name=officer, role=role)
    facts = {"document": document, "survey": survey or None}
    command = tell(places(), PublishSurvey, person, "everyday surveys list", **facts)
    out.print(survey_of(command))


def invite(
    survey: Reference,
    officer_id: OfficerId,
    officer: Officer,
    schools: Annotated[bool, typer.Option(help="every school that we know, or those that the filters name")] = False,
    district: Annotated[list[str] | None, typer.Option(help="only schools of this district")] = None,
    phase: Annotated[list[str] | None, typer.Option(help="only schools of this phase")] = None,
    urn: Annotated[list[str] | None, typer.Option(help="only this school")] = None,
    people: Annotated[
        Path | None, typer.Option(help="a CSV: name, email, group, organisation, urn, official (yes or no)")
    ] = None,
    role: Role = ROLE,
) -> None:
    """Invite schools (one official answer each), and people or bodies from a CSV. Everybody is invited once.

    Examples: everyday surveys invite S-… --schools · everyday surveys invite S-… --people police.csv
    """
    audience = InvitedSchools(districts=tuple(district or ()), phases=tuple(phase or ()), urns=tuple(urn or ()))
    wanted = audience if schools or district or phase or urn else None
    recipients: tuple[Addressee, ...] = ()
    if people:
        recipients, problems, notes = read_people(read_bytes(str(people)))
        say_how(notes)
        refuse(problems)
    person = Person(id=officer_id, name=officer, role=role)
    see = f"everyday surveys progress {survey}"
    tell(places(), Invite, person, see, survey=survey, schools=wanted, recipients=recipients)
