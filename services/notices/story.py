"""The story of a case as a person reads it, on the phone or at a desk. Pure."""

from datetime import date, datetime
from itertools import groupby

from services.notices.explain import Story
from shared.clock import LONDON, in_words

_SAID = {
    "threshold_reached": "The national threshold was reached",
    "threshold_cleared": "Corrections took the pupil below the threshold",
    "authorisation_refused": "A notice was refused",
    "notice_issued": "A penalty notice was issued",
    "letter_posted": "The print provider posted the letter",
    "deemed_served": "The notice was deemed served: day 1 of its clock",
}


def as_text(story: Story) -> str:
    """One page: where the case stands, how that was worked out, what happened, and what comes next."""
    facts = story["evidence"]
    met = "is met" if story["threshold_met"] else "is not met"
    lines = [
        f"Case {story['case'] or '(none yet)'}    pupil {story['upn']}    school {story['urn'] or '(not known)'}",
        "",
        f"The national threshold {met}: {facts['count']} unauthorised sessions; {facts['threshold']} are enough.",
        f"Rule ({facts['policy']['id']}): {facts['policy']['rule']}.",
        f"Source: {facts['policy']['citation']}.",
        "",
        "Sessions counted",
        *_sessions(facts["sessions"]),
        "",
        "School weeks of the window, by their Mondays",
        "  " + (", ".join(_short(monday) for monday in facts["school_weeks"]) or "none"),
    ]
    if facts["skipped_weeks"]:
        lines += ["Weeks without a school session, skipped", "  " + ", ".join(map(_short, facts["skipped_weeks"]))]
    if facts["not_counted"]:
        lines.append("Not counted")
        lines += [f"  {_words(m['date'])} {m['session']} {m['code']}: {m['because']}" for m in facts["not_counted"]]
    lines += [f"Evidence hash: {story['evidence_hash']}", "", "What happened"]
    lines += [f"  {_when(line['at'])}: {_line(line)}" for line in story["history"]] or ["  nothing yet"]
    lines += ["", "What comes next", *(f"  {step}" for step in story["next"])]
    return "\n".join(lines)


def _sessions(sessions: list[Story]) -> list[str]:
    lines = []
    for day, marks in groupby(sessions, key=lambda mark: mark["date"]):
        told = ", ".join(f"{mark['session']} {mark['code']} (register revision {mark['revision']})" for mark in marks)
        lines.append(f"  {_words(day)}: {told}")
    return lines or ["  none"]


def _line(line: Story) -> str:
    text = _SAID.get(line["what"], str(line["what"]))
    if "count" in line:
        text += f", with {line['count']} sessions"
    if "notice" in line:
        text += f" ({line['notice']})"
    if "officer" in line:
        text += f", by {line['officer']['name']}, {line['officer']['role']}"
    if "reasons" in line:
        text += ": " + " ".join(reason["words"] for reason in line["reasons"])
    return text + ("" if text.endswith(".") else ".")


def _words(day: str) -> str:
    return in_words(date.fromisoformat(day))


def _short(day: str) -> str:
    value = date.fromisoformat(day)
    return f"{value.day} {value:%b %Y}"


def _when(text: str) -> str:
    """An instant by the clock of London; a day where only the day is known."""
    if "T" not in text:
        return _words(text)
    local = datetime.fromisoformat(text).astimezone(LONDON)
    return f"{in_words(local.date())}, {local:%H:%M}"
