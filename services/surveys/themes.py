"""You said, we did: what was said, what is done about it, why, by whom, and what came of it. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from services.surveys.running import Moment
from shared.clock import in_words
from shared.contracts.surveys import RecordTheme
from shared.paper import Section

Theme = Mapping[str, Any]


def record(command: RecordTheme, earlier: Theme | None, at: Moment) -> Theme:
    """A theme as it is now; what is left out of a later word stays as it was."""
    said = {
        "title": command.title,
        "said": command.said,
        "count": command.count,
        "decision": command.decision,
        "reason": command.reason,
        "meeting": command.meeting,
        "clause": command.clause,
    }
    now = {name: value if value is not None else (earlier or {}).get(name) for name, value in said.items()}
    entry = {"at": at.now, "cause": str(at.cause), "owner": command.officer.model_dump(), **said}
    return {
        "survey": command.survey,
        **now,
        "owner": command.officer.model_dump(),
        "on": at.today.isoformat(),
        "history": [*(earlier or {}).get("history", ()), entry],
    }


def you_said(themes: Iterable[Theme]) -> tuple[Section, ...]:
    """The sections of “you said, we did”: only what has been decided is told."""
    return tuple(_section(theme) for theme in themes if theme["decision"])


def _section(theme: Theme) -> Section:
    many = f" ({theme['count']} said so)" if theme["count"] else ""
    rows = [("You said", f"{theme['said']}{many}"), ("We did", theme["decision"])]
    if theme["reason"]:
        rows.append(("Why", theme["reason"]))
    if theme["meeting"]:
        rows.append(("The meeting that came of it", theme["meeting"]))
    if theme["clause"]:
        rows.append(("The clause that it changed", theme["clause"]))
    when = in_words(date.fromisoformat(theme["on"]))
    rows.append(("Decided by", f"{theme['owner']['name']}, {theme['owner']['role']}, on {when}"))
    return Section(theme["title"], rows=tuple(rows))
