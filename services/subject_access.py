"""`everyday subject-access`: everything that is held about a person, across the services, as one file to read."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from services.bookings.store import person as bookings
from services.notices.asking import person as notices
from services.notifications.asking import person as notifications
from services.surveys.store import person as surveys
from shared.cli.audit import witnessed
from shared.cli.output import BAD_INPUT, FAILURE, err, fail
from shared.cli.places import places
from shared.people.person import Keeper, Person, Unclear, read_person
from shared.store.documents import Store, StoreUnavailable
from shared.time.clock import LONDON
from shared.writing.paper import Page, Section, as_html, as_pdf, as_text

KEEPERS: Mapping[str, Keeper] = {
    "notices": notices, "notifications": notifications, "bookings": bookings, "surveys": surveys,
}  # fmt: skip
_WRITTEN = (".txt", ".html", ".pdf")
_LEAD = (
    "Other people's names are left as initials where the system knows that they are names; text that people wrote may "
    "hold more. Read every line before it is given to anybody.",
    "A pupil's file leaves out safety flags, and a parent's those of others (everyday explain shows them). Whoever "
    "asks for a child may be the one who must not have the child's address: look first.",
    "Not in it: who has looked (everyday audit list --about …); backups of the last five weeks; events that repeat the "
    "above, while they wait, are parked, or are kept for 90 days to write messages from; and anonymous answers, which "
    "nothing joins to a person.",
)


def subject_access(
    person: Annotated[str, typer.Argument(help="a UPN, an email address, or a parent's id in the school's record")],
    into: Annotated[Path, typer.Option(help=f"the file to write: {', '.join(_WRITTEN)}")] = Path("person.pdf"),
    school: Annotated[list[str] | None, typer.Option(help="a parent's id: at this school (URN) only")] = None,
) -> None:
    """Write everything that is held about a person into one file, for a request under Article 15 of the UK GDPR.

    Example: everyday subject-access B801200005001 --into request.pdf
    """
    if into.suffix not in _WRITTEN:
        fail(f"--into: a file that ends with one of {', '.join(_WRITTEN)}", BAD_INPUT)
    at = places("mongo")
    try:
        asked = read_person(person, school or ())
    except Unclear as error:
        fail(str(error), BAD_INPUT)
    witnessed(at, "subject-access", asked.upn or person.strip())
    try:
        sections = asyncio.run(everything(at.mongo, asked))
    except Unclear as error:
        fail(str(error), BAD_INPUT)
    except StoreUnavailable:
        fail("a store does not answer, and half an answer is none: is the stack running?", FAILURE)
    if not sections:
        fail("nothing is held about this person: is it written as the school's record has it?", BAD_INPUT)
    now = at.clock().now()
    page = Page(f"What is held about one person, on {now.astimezone(LONDON):%d %B %Y}", _LEAD, tuple(sections))
    match into.suffix:
        case ".pdf":
            into.write_bytes(as_pdf(page, now))
        case ".html":
            into.write_text(as_html(page), "utf-8")
        case _:
            into.write_text(as_text(page), "utf-8")
    err.print(f"[green]written[/green]: {into}", soft_wrap=True)


async def everything(mongo: str, person: Person) -> Sequence[Section]:
    """What every service keeps about a person, under every name in the school's record and the cases."""
    stores = {name: Store(mongo, name) for name in KEEPERS}
    try:
        person = await notices.known_as(stores["notices"], person)
        return [section for name, keeper in KEEPERS.items() for section in await keeper.kept(stores[name], person)]
    finally:
        for store in stores.values():
            store.close()
