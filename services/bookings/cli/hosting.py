"""`everyday bookings publish`, `change`, `cancel` and `materials`: what a host does with a meeting."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from services.bookings.cli.asking import MeetingRef, ask, hand_over_to_host, officer, reference
from services.bookings.cli.files import FileWrong, read_details, with_instants
from services.bookings.places.hosting import meeting_of
from services.bookings.places.materiality import difference
from services.bookings.places.meeting import Meeting
from services.bookings.places.words import changes, when, where
from shared.cli.asking import command
from shared.cli.officer import ROLE, Officer, OfficerId, Role
from shared.cli.output import BAD_INPUT, err, fail, out
from shared.cli.places import places, places_known
from shared.cli.send import read_text
from shared.contracts.hosting import CancelMeeting, ChangeMeeting, PublishMeeting, RecordMaterials
from shared.contracts.meetings import MeetingDetails

DryRun = Annotated[bool, typer.Option("--dry-run", help="only check and say what would be")]


def publish(
    file: Annotated[str, typer.Argument(help="a TOML or JSON file, or - for TOML on standard input")],
    officer_id: OfficerId,
    officer_name: Officer,
    theme: Annotated[str, typer.Option(help="the survey's theme (T-…) because of which it is put on")] = "",
    role: Role = ROLE,
    again: Annotated[bool, typer.Option("--again", help="publish it although there is one like it")] = False,
    dry_run: DryRun = False,
) -> None:
    """Publish a meeting from a file. Every field is checked first; nothing is published if one is wrong.

    A file that is published twice is one meeting: the second time asks whether you meant to change it.

    [[evaluation]] in the file asks those who came how it was, before they get their certificate: docs/bookings.md.
    With --theme the meeting keeps why it is put on, and `everyday surveys loop` shows who booked and came.

    Example: everyday bookings publish services/bookings/examples/network-meeting.toml --officer-id o-17 --officer "Jo"
    """
    at = None if dry_run and not theme else places()
    clock = (at or places_known()).clock()
    facts: dict[str, Any] = {"details": _read(file), "by": officer(officer_id, officer_name, role)}
    if at and theme:
        cause, correlation_id = ask(at, lambda looking: looking.cause(theme))
        facts["details"]["cause"] = cause.model_dump()
        facts["correlation_id"] = correlation_id
    sent = command(clock, PublishMeeting, **facts)
    details: MeetingDetails = sent.details
    out.print(f"{details.title}\n{when(details)}, {where(details)}", markup=False, soft_wrap=True)
    if details.starts_at <= clock.now():
        err.print("[yellow]this meeting is in the past, so nobody can book it[/yellow]. Is the date right?")
    if at is None or dry_run:
        err.print("[green]the file is right[/green]. Nothing was published")
        return
    if not again:
        ask_about_the_same(ask(at, lambda looking: looking.meetings()), details, file)
    meeting = meeting_of(sent)
    hand_over_to_host(at, sent, meeting, f"published as {meeting}")


def change(
    meeting: MeetingRef,
    officer_id: OfficerId,
    officer_name: Officer,
    facts: Annotated[list[str] | None, typer.Argument(help="field=value, such as in_person.capacity=80")] = None,
    file: Annotated[str, typer.Option(help="a file with the whole meeting as it is to be")] = "",
    wording_only: Annotated[bool, typer.Option(help="the place is only spelt better: tell nobody")] = False,
    role: Role = ROLE,
    dry_run: DryRun = False,
) -> None:
    """Change a meeting: fields, or all of it from a file. People are told what matters to them and nothing else.

    Examples: everyday bookings change M-7K4M-9PXT3 date=2024-06-14 from=9.30am to=12.30pm --officer-id o-17 …
    · everyday bookings change M-7K4M-9PXT3 in_person.capacity=80 --dry-run …
    """
    at, about = places(), reference(meeting, "M")
    found = ask(at, lambda looking: looking.meeting(about))
    details = _read(file) if file else _edited(found.details, facts or [])
    by = officer(officer_id, officer_name, role)
    sent = command(
        at.clock(), ChangeMeeting, meeting=about, details=details, seen=found.revision, wording_only=wording_only, by=by
    )
    differs = difference(found.details, sent.details, wording_only)
    if not differs.changed:
        fail("the meeting is like that already. Nothing to change", BAD_INPUT)
    for line in changes(found.details, sent.details, differs.changed):
        out.print(line, markup=False, soft_wrap=True)
    people_told = sum(place.is_live for place in found.places.values()) if differs.material else 0
    out.print(f"people told: {people_told or 'none'}")
    if not dry_run:
        hand_over_to_host(at, sent, about, "changed")


def cancel(
    meeting: MeetingRef,
    reason: Annotated[str, typer.Option(help="what people are told, such as: The hub is closed because of snow.")],
    officer_id: OfficerId,
    officer_name: Officer,
    role: Role = ROLE,
) -> None:
    """Call a meeting off. Everybody who is coming or waiting is told, and their diaries lose it.

    Example: everyday bookings cancel M-7K4M-9PXT3 --reason "The hub is closed because of snow." --officer-id o-17 …
    """
    at, about = places(), reference(meeting, "M")
    by = officer(officer_id, officer_name, role)
    hand_over_to_host(at, command(at.clock(), CancelMeeting, meeting=about, reason=reason, by=by), about, "cancelled")


def materials(
    meeting: MeetingRef,
    officer_id: OfficerId,
    officer_name: Officer,
    recording: Annotated[str, typer.Option(help="the address of the recording")] = "",
    link: Annotated[list[str] | None, typer.Option(help="title=address; may be given several times")] = None,
    role: Role = ROLE,
) -> None:
    """Share recording and materials; after the meeting, they are sent to those who came and those who missed it.

    Example: everyday bookings materials M-7K4M-9PXT3 --recording https://… --link Slides=https://… --officer-id o-17 …
    """
    at, about = places(), reference(meeting, "M")
    given = [_link(each) for each in link or []]
    by = officer(officer_id, officer_name, role)
    sent = command(at.clock(), RecordMaterials, meeting=about, recording=recording, materials=given, by=by)
    hand_over_to_host(at, sent, about, "recorded")


def ask_about_the_same(meetings: Iterable[Meeting], details: MeetingDetails, file: str) -> None:
    """End with a question if there is a meeting like this one already."""
    about = (details.title.casefold(), details.starts_at)
    live = [
        each.reference
        for each in meetings
        if not each.cancelled and (each.details.title.casefold(), each.details.starts_at) == about
    ]
    if live:
        words = f"{live[0]} is this meeting already: it has the same title and start. Did you mean to change it?"
        change_it = f"everyday bookings change {live[0]} --file {Path(file).name}"
        fail(f"{words}\n{change_it}\nTo publish a second one, add --again", BAD_INPUT)


def _read(file: str) -> dict[str, Any]:
    try:
        return read_details(read_text(file), file)
    except FileWrong as error:
        fail(f"{Path(file).name}: {error}", BAD_INPUT)


def _edited(details: MeetingDetails, facts: list[str]) -> dict[str, Any]:
    """The details with single fields changed; a dotted name is a field of a part, an empty value takes a field away."""
    edited: dict[str, Any] = details.model_dump(mode="json")
    when_said: dict[str, Any] = {}
    for fact in facts:
        name, sign, value = fact.partition("=")
        part, _, inner = name.partition(".")
        if not sign or (part not in MeetingDetails.model_fields and name not in {"date", "from", "to"}):
            fail(f"{name}: write field=value, with one of {', '.join(MeetingDetails.model_fields)}, date, from, to", 2)
        if name in {"date", "from", "to"}:
            when_said[name] = value
        elif inner:
            edited[part] = {**(edited[part] or {}), inner: _value(value)}
        else:
            edited[part] = _value(value)
    if not when_said:
        return edited
    try:
        instants = with_instants(when_said)
    except FileWrong as error:
        fail(str(error), BAD_INPUT)
    return edited | {"ends_at": None} | instants


def _value(text: str) -> Any:
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text


def _link(text: str) -> dict[str, str]:
    title, sign, url = text.partition("=")
    if not sign:
        fail("--link: write title=address, such as Slides=https://example.org/slides", BAD_INPUT)
    return {"title": title, "url": url}
