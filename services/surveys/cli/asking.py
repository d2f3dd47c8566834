"""Asking the surveys service's store, and sending an officer's commands."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID, uuid4

import typer
from pydantic import ValidationError

from services.surveys.answers.deciding import survey_of
from services.surveys.questionnaire.authoring import SurveyInvalid, read_survey
from services.surveys.questionnaire.document import Survey
from services.surveys.questionnaire.parsing import Unreadable, parse
from services.surveys.questionnaire.terms import Terms, TermsInvalid
from services.surveys.settings import terms
from services.surveys.store.reading import Reading
from shared.cli import asking
from shared.cli.asking import answered, hand_over
from shared.cli.output import BAD_INPUT, FAILURE, err, fail, refused
from shared.cli.places import Places
from shared.contracts.base import Command
from shared.contracts.fields import Person
from shared.contracts.surveys import PublishSurvey
from shared.decisions.deciding import Refused
from shared.identity import read_reference
from shared.store.documents import NotFound

T = TypeVar("T")
C = TypeVar("C", bound=Command)


def _typed(text: str) -> str:
    try:
        return read_reference(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


Reference = Annotated[str, typer.Argument(help="the survey's reference, such as S-7K4M-9PXT3", callback=_typed)]


def ask(at: Places, question: Callable[[Reading], Awaitable[T]]) -> T:
    """Ask the surveys service's store, or end by saying what is wrong."""
    try:
        return asking.ask(at, "surveys", lambda store: question(Reading(store, dates(), at.clock())))
    except Refused as refused:
        fail(str(refused), FAILURE)


def dates() -> Terms:
    """The term dates that the running system uses, by the same environment variable."""
    file = os.environ.get("EVERYDAY_TERMS")
    try:
        return terms(Path(file) if file else None)
    except (OSError, TermsInvalid) as error:
        fail(f"the term dates cannot be read: {error}", BAD_INPUT)


def read(file: Path) -> Survey:
    """The survey in a file, or an end with everything that is wrong with it."""
    try:
        return read_survey(parse(file.read_text("utf-8-sig"), file.name))
    except OSError as error:
        fail(f"{file}: {error.strerror}", BAD_INPUT)
    except UnicodeDecodeError:
        fail(f"{file} is not UTF-8: save it as UTF-8", BAD_INPUT)
    except (Unreadable, SurveyInvalid) as error:
        fail("\n".join(f"{file.name}: {line}" for line in str(error).split("\n")), BAD_INPUT)


def tell(at: Places, kind: type[C], officer: Person, see: str, **facts: Any) -> C:
    """Send a command, report the result and where to see more; ends with the reason if it was refused."""
    envelope = {"id": uuid4(), "time": at.clock().now(), "subject": facts.get("survey") or "", "officer": officer}
    try:
        command = kind.model_validate(envelope | facts)
    except ValidationError as error:
        lines = [
            f"{'.'.join(map(str, each['loc']))}: {each['msg'].removeprefix('Value error, ')}"
            for each in error.errors(include_url=False, include_input=False)
        ]
        fail("\n".join(lines), BAD_INPUT)
    survey: str | None = getattr(command, "survey", None)
    if survey is not None:
        ask(at, lambda reading: reading.running(survey))
    hand_over(at, command)
    about = survey_of(command) if isinstance(command, PublishSurvey) else survey or ""
    if why := answered(lambda: ask(at, lambda reading: _came_of(reading, about, command.id)), see):
        refused(why)
    err.print(f"[green]done[/green]. See it with: {see}", soft_wrap=True)
    return command


async def _came_of(reading: Reading, survey: str, command: UUID) -> str | None:
    try:
        return await reading.came_of(survey, command)
    except NotFound:  # a new survey, which is not there yet
        return None


def written(*files: Path) -> None:
    err.print(f"[green]written[/green]: {', '.join(str(file) for file in files)}", soft_wrap=True)
