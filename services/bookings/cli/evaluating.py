"""`everyday bookings evaluation` and `waive`: what those who came said, and a certificate without saying it."""

from pathlib import Path
from typing import Annotated

import typer

from services.bookings.booking import evaluation as evaluations
from services.bookings.booking.booking import Booking
from services.bookings.cli.asking import BookingRef, MeetingRef, answered, ask, officer
from services.bookings.places.meeting import Meeting
from services.bookings.store.looking import Looking
from shared.cli import asking
from shared.cli.asking import command
from shared.cli.audit import witnessed
from shared.cli.officer import ROLE, Officer, OfficerId, Role
from shared.cli.output import BAD_INPUT, err, fail, out
from shared.cli.places import places
from shared.contracts.hosting import WaiveEvaluation
from shared.writing.paper import as_pdf, as_text


def evaluation(
    meeting: MeetingRef,
    pdf: Annotated[Path | None, typer.Option(help="write it for paper to this file")] = None,
) -> None:
    """Say what those who came thought of a meeting: counts, and their words without their names.

    Answers are shown five at a time, so that nobody's can be told from another's.

    Example: everyday bookings evaluation M-7K4M-9PXT3
    """
    at = places()
    found, bookings = ask(at, lambda looking: _evaluated(looking, meeting))
    if not found.details.evaluation:
        fail(
            "this meeting asks for no feedback. To ask for it, add [[evaluation]] to its file before it starts",
            BAD_INPUT,
        )
    witnessed(at, "bookings evaluation", found.reference)
    page = evaluations.page(found.details, bookings)
    if pdf:
        pdf.write_bytes(as_pdf(page, at.clock().now()))
        err.print(f"[green]written[/green]: {pdf}", soft_wrap=True)
    else:
        out.print(as_text(page), markup=False, soft_wrap=True)


def waive(
    booking: BookingRef,
    officer_id: OfficerId,
    officer_name: Officer,
    reason: Annotated[
        str, typer.Option(help="told-us-otherwise, page-does-not-open, needs-it-now or other")
    ] = "told-us-otherwise",
    role: Role = ROLE,
) -> None:
    """Let somebody who came have their certificate without the evaluation. They are sent it at once.

    Example: everyday bookings waive B-5HTY-P5RVZ --reason page-does-not-open --officer-id o-17 --officer "Jo"
    """
    at = places()
    found, meeting = ask(at, lambda looking: looking.booking(booking))
    by = officer(officer_id, officer_name, role)
    facts = {"meeting": meeting.reference, "booking": found.reference, "reason": reason.replace("-", "_"), "by": by}
    sent = command(at.clock(), WaiveEvaluation, **facts)
    asking.hand_over(at, sent)
    answered(at, meeting.reference, str(sent.id))
    err.print(f"[green]waived[/green]; then: everyday bookings certificate {found.reference}", soft_wrap=True)


async def _evaluated(looking: Looking, asked: str) -> tuple[Meeting, list[Booking]]:
    meeting = await looking.meeting(asked)
    return meeting, await looking.bookings(meeting.reference)
