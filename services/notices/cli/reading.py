"""`everyday explain` and `notice`: what the duty line reads while the parent is on the phone."""

import json
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from services.notices.casefile.notice import Notice
from services.notices.casefile.words import pounds
from services.notices.cli.asking import ask
from services.notices.story.next_steps import is_back
from services.notices.story.page import page_of
from services.notices.story.story import Story
from shared.cli.audit import witnessed
from shared.cli.clock import instant
from shared.cli.output import BAD_INPUT, fail, out
from shared.cli.places import places
from shared.time.clock import in_words
from shared.writing.paper import as_html, as_pdf, as_text

notice = typer.Typer(no_args_is_help=True, help="What is to be paid on a notice.")


def explain(
    reference: Annotated[str, typer.Argument(help="a case (C-…), a notice (N-…) or a UPN")],
    as_json: Annotated[bool, typer.Option("--json", help="the whole story as JSON")] = False,
    at: Annotated[str, typer.Option(help="what was known then, such as 2024-10-03T09:00 (London time)")] = "",
    html: Annotated[Path | None, typer.Option(help="write the page as HTML to this file")] = None,
    pdf: Annotated[Path | None, typer.Option(help="write the page as PDF to this file")] = None,
) -> None:
    """Tell the story of a pupil's case: where it stands, why, what happened, what comes next, what would change it.

    Examples: everyday explain C-7K4M-9PXT3 · everyday explain N-5HTY-P5RVZ --at 2024-10-03T09:00 --pdf story.pdf
    """
    here = places()
    try:
        known_by = instant(at) if at else None
    except ValueError as error:
        fail(f"--at: {error}", BAD_INPUT)
    story = ask(here, lambda explaining: explaining.story(reference, known_by))
    witnessed(here, "explain", *filter(None, (story["case"], story["upn"])))
    if as_json:
        print(json.dumps(story, indent=2))  # noqa: T201 - data for another program
        return
    page = page_of(story)
    if html:
        html.write_text(as_html(page), "utf-8")
    if pdf:
        pdf.write_bytes(as_pdf(page, here.clock().now()))
    if html or pdf:
        out.print(f"written: {', '.join(str(file) for file in (html, pdf) if file)}", soft_wrap=True)
    else:
        out.print(as_text(page), markup=False, soft_wrap=True)


@notice.command()
def due(
    reference: Annotated[str, typer.Argument(help="the notice's reference")],
    on: Annotated[str, typer.Option(help="a day, such as 2024-10-30; today without it")] = "",
) -> None:
    """Say what discharges a notice on a day, and how its dates were worked out.

    Example: everyday notice due N-5HTY-P5RVZ --on 2024-10-30
    """
    here = places()
    try:
        day = date.fromisoformat(on) if on else here.clock().today()
    except ValueError:
        fail("--on: write a day such as 2024-10-30", BAD_INPUT)
    file, _ = ask(here, lambda explaining: explaining.file(reference))
    story = ask(here, lambda explaining: explaining.story(reference))
    notice_story = _one(story, reference)
    found = file.notices[notice_story["notice"]]
    out.print(_due(found, day), markup=False)
    for line in notice_story["working"] or ["the days to pay have not begun, because the letter has not been posted"]:
        out.print(f"  {line}", markup=False)


def _due(notice: Notice, day: date) -> str:
    if not notice.stands:
        return "Nothing is to pay: the notice is withdrawn."
    if notice.settled:
        return f"Nothing is to pay: {pounds(notice.settled)} has paid it."
    if is_back(notice):
        return "Nothing is due now: the letter came back or did not go. New days begin when it is posted again."
    pence = notice.due_on(day)
    if not pence:
        return f"On {in_words(day)} it is too late to pay: the days to pay have ended."
    return f"{pounds(pence)} if paid on {in_words(day)}."


def _one(story: Story, reference: str) -> Story:
    wanted = "".join(reference.upper().split()).replace("-", "")
    found = [notice_story for notice_story in story["notices"] if notice_story["notice"].replace("-", "") == wanted]
    if not found:
        fail("give the reference of a notice, such as N-5HTY-P5RVZ", BAD_INPUT)
    notice_story: Story = found[0]
    return notice_story
