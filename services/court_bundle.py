"""`everyday papers bundle`: what a court is shown about one notice, with its letters as they were sent."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from services.notices.cli.asking import ask, rules
from services.notices.cli.papers import app
from services.notices.deciding.decision import Moment
from services.notices.story.bundle import Letter, bundle, warnings
from services.notifications.asking.record import Record
from shared.cli import asking
from shared.cli.audit import witnessed
from shared.cli.output import BAD_INPUT, err, fail
from shared.cli.places import Places, places
from shared.identity import read_reference
from shared.writing.paper import as_pdf

LETTERS = ("penalty_notice", "penalty_notice_reissued")
"""The templates that carry a notice itself."""


@app.command("bundle")
def court_bundle(
    reference: Annotated[str, typer.Argument(help="the notice")],
    into: Annotated[Path, typer.Option(help="the file to write")] = Path("bundle.pdf"),
) -> None:
    """Write the prosecution bundle of a notice as PDF, and its letters beside it as they were sent.

    Example: everyday papers bundle N-5HTY-P5RVZ --into bundle.pdf
    """
    here = places()
    file, facts = ask(here, lambda explaining: explaining.file(reference))
    try:
        notice = read_reference(reference)
    except ValueError as error:
        fail(str(error), BAD_INPUT)
    if notice not in file.notices:
        fail("give the reference of a notice, such as N-5HTY-P5RVZ", BAD_INPUT)
    witnessed(here, "papers bundle", notice, file.reference, file.upn)
    at = Moment(here.clock().now(), UUID(int=0), rules())
    letters = _letters(here, notice, into)
    page = bundle(file, notice, facts, at, letters)
    into.write_bytes(as_pdf(page, at.now))
    err.print(f"[green]written[/green]: {into}", soft_wrap=True)
    for line in warnings(file.notices[notice], at.today):
        err.print(line, style="red", markup=False, soft_wrap=True)


def _letters(here: Places, notice: str, into: Path) -> list[Letter]:
    """The notice's own letters as they were sent, each written to a file beside the bundle."""
    found = asking.ask(here, "notifications", lambda store: Record(store).letters(notice, LETTERS))
    letters = []
    for number, (delivery, sha256, pdf) in enumerate(found, start=1):
        file = into.with_name(f"{into.stem}-letter-{number}.pdf")
        file.write_bytes(pdf)
        err.print(f"[green]written[/green]: {file}", soft_wrap=True)
        letters.append(Letter(delivery, sha256, file.name))
    return letters
