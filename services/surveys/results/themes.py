"""You said, we did: what was said, what is done about it, why, by whom, and what came of it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from services.surveys.answers.running import Moment, Running
from services.surveys.results.turnout import Turnout
from shared.contracts.surveys import Done, RecordTheme
from shared.time.clock import in_words
from shared.writing.paper import Page, Section

Theme = Mapping[str, Any]


def record(command: RecordTheme, earlier: Theme | None, at: Moment) -> Theme:
    """A theme as it is now; fields that a later message leaves out stay as they were."""
    fields = {
        "title": command.title,
        "said": command.said,
        "count": command.count,
        "decision": command.decision,
        "reason": command.reason,
        "meeting": command.meeting,
        "clause": command.clause,
    }
    now = {name: value if value is not None else (earlier or {}).get(name) for name, value in fields.items()}
    entry = {"at": at.now, "cause": str(at.cause), "owner": command.officer.model_dump(), **fields}
    return {
        "survey": command.survey,
        **now,
        "owner": command.officer.model_dump(),
        "on": at.today.isoformat(),
        "history": [*(earlier or {}).get("history", ()), entry],
    }


def you_said(themes: Iterable[Theme], least: int, came_of_it: Sequence[Turnout] = ()) -> tuple[Section, ...]:
    """The sections of “you said, we did”: only decided themes, with what came of them.

    The number of people is shown by the rule for results: if it is `least` or more.
    """
    return tuple(_section(theme, least, came_of(theme, came_of_it)) for theme in themes if theme["decision"])


def count_told(theme: Theme, least: int) -> int | None:
    """How many said so, if that may be shown."""
    count: int | None = theme["count"]
    return count if count is not None and count >= least else None


def came_of(theme: Theme, meetings: Iterable[Turnout]) -> tuple[Turnout, ...]:
    """The meetings that a theme caused or its owner names."""
    return tuple(each for each in meetings if each.theme == theme["_id"] or each.meeting == theme["meeting"])


def done_of(themes: Iterable[Theme]) -> tuple[Done, ...]:
    """The same in short, for the message about the results."""
    return tuple(
        Done(title=each["title"], said=each["said"], did=each["decision"]) for each in themes if each["decision"]
    )


def loop(running: Running, themes: Sequence[Theme], meetings: Sequence[Turnout]) -> Page:
    """From what was said to who came, for the team: open steps are shown as open."""
    published = f"Results: publication {running.publications}." if running.publications else "No results yet."
    sections = [
        Section(each["title"], rows=(("You said", each["said"]), ("We did", each["decision"] or "nothing yet"), *rows))
        for each in themes
        for rows in [_rows(came_of(each, meetings))]
    ]
    placed = {came.meeting for each in themes for came in came_of(each, meetings)}
    others = _rows([each for each in meetings if each.meeting not in placed])
    if others:
        sections.append(Section("Meetings without a recorded theme", rows=others))
    lead = (
        published,
        f"Themes: {len(themes)}. Meetings: {len(meetings)}. Who came: {sum(each.came for each in meetings)}.",
    )
    return Page(f"What happened after {running.reference}: {running.title}", lead, tuple(sections))


def _rows(meetings: Iterable[Turnout]) -> tuple[tuple[str, str], ...]:
    return tuple((each.meeting, f"{each.title}, {each.when}: {each.words}") for each in meetings)


def _section(theme: Theme, least: int, meetings: Sequence[Turnout]) -> Section:
    count = count_told(theme, least)
    many = f" ({count} said so)" if count else ""
    rows = [("You said", f"{theme['said']}{many}"), ("We did", theme["decision"])]
    if theme["reason"]:
        rows.append(("Why", theme["reason"]))
    rows += [("The meeting we arranged", f"{each.title}, {each.when}: {each.words}") for each in meetings]
    if theme["meeting"] and theme["meeting"] not in {each.meeting for each in meetings}:
        rows.append(("The meeting we arranged", theme["meeting"]))
    if theme["clause"]:
        rows.append(("The clause that changed", theme["clause"]))
    when = in_words(date.fromisoformat(theme["on"]))
    rows.append(("Decided by", f"{theme['owner']['name']}, {theme['owner']['role']}, on {when}"))
    return Section(theme["title"], rows=tuple(rows))
