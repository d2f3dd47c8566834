"""The story of a case as one page: the same headings and lines for terminal, browser and paper. Pure."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import groupby
from typing import Any

from services.notices.casefile.entries import What
from services.notices.casefile.words import name_of, pounds, sentence
from services.notices.story.story import Story
from shared.time.clock import LONDON, in_words
from shared.writing.counting import number_of
from shared.writing.paper import Page, Section

_NTH = {1: "first notice", 2: "second notice"}


ASIDE: frozenset[What] = frozenset({"prompted", "refused", "repeated"})
"""Shown last, because it changed nothing."""


def page_of(story: Story) -> Page:
    """How the case stands, what comes next, then how that was worked out and what happened."""
    facts = story["evidence"]
    met = "met" if story["threshold_met"] else "not met"
    counted = number_of(facts["count"], "unauthorised session")
    lead = (
        f"{name_of(story['state'])}: {story['means']}.",
        f"The national threshold is {met}: {counted}; it takes {facts['threshold']}.",
        f"As known on {when(story['at'])}.",
    )
    title = f"Case {story['case'] or '(none yet)'}    pupil {story['upn']}    school {story['urn'] or '(not known)'}"
    sections = [
        Section("What comes next", tuple(story["next"])),
        *(_of_notice(notice) for notice in story["notices"]),
        Section("What would change it", tuple(story["would_change_it"])),
        Section("What happened", rows=tuple(_lines(line for line in story["history"] if line["what"] not in ASIDE))),
        _who(story),
        Section("What a notice to each parent would rest on", rows=tuple(map(_of_parent, story["parents"]))),
        Section("Sessions counted", rows=tuple(_sessions(facts["sessions"]))),
        Section("Unauthorised absences that are not counted, and why", rows=tuple(_not_counted(facts["not_counted"]))),
        _weeks(facts),
        Section(
            "Reminders to officers, and what was refused",
            rows=tuple(_lines(line for line in story["history"] if line["what"] in ASIDE)),
        ),
        rule_of(story),
    ]
    return Page(title, lead, tuple(each for each in sections if each.lines or each.rows))


def _lines(history: Iterable[Story]) -> Iterator[tuple[str, str]]:
    return ((when(line["at"]), sentence(line) + _heard(line)) for line in history)


def _heard(line: Story) -> str:
    return f" Recorded on {when(line['recorded_at'])}." if "recorded_at" in line else ""


def _who(story: Story) -> Section:
    people = story["people"]
    rows = [("Pupil", people["pupil"]), ("School", people["school"])]
    rows += [(f"Parent {parent_id}", name) for parent_id, name in people["parents"].items()]
    return Section("Who they are, by the school's record now", rows=tuple(row for row in rows if row[1]))


def _of_parent(parent: Story) -> tuple[str, str]:
    """A parent's own evidence: without what an earlier notice to them has used, and the hash of their letter."""
    sessions = parent["evidence"]["sessions"]
    days = f", from {_words(sessions[0]['date'])} to {_words(sessions[-1]['date'])}" if sessions else ""
    counted = f"{number_of(parent['count'], 'session')}{days}; the {_NTH[parent['sequence']]} within three years"
    return f"Parent {parent['parent_id']}", f"{counted}. Evidence hash to decide on: {parent['evidence_hash']}"


def _of_notice(notice: Story) -> Section:
    rows = [
        ("State", f"{name_of(notice['state'])}: {notice['means']}"),
        ("To", f"parent {notice['parent_id']}, the {_NTH[notice['sequence']]} within three years"),
        ("Issued", f"{_words(notice['issued_on'])} by {notice['officer']['name']}, {notice['officer']['role']}"),
    ]
    if notice["due_today"]:
        rows.append(("To pay today", pounds(notice["due_today"])))
    if notice["paid"]:
        rows.append(
            ("Paid", pounds(notice["paid"]) + (f", {notice['band'].replace('_', ' ')}" if notice["band"] else ""))
        )
    if notice["open_money"]:
        rows.append(("Keep or refund", pounds(notice["open_money"])))
    if notice["returned_on"]:
        rows.append(("Letter came back", _words(notice["returned_on"])))
    if notice["representation_open"]:
        rows.append(("Representation", "waits for a decision"))
    if notice["ground"]:
        rows.append(("Withdrawn", notice["ground"].replace("_", " ")))
    if notice["lost_sessions"]:
        lost = f"{notice['lost_sessions']} of its {notice['sessions']} sessions are not unauthorised any more"
        rows.append(("Evidence changed", lost))
    if notice["token"]:
        rows.append(("Token for the court step", notice["token"]))
    return Section(f"Notice {notice['notice']}", tuple(notice["working"]), tuple(rows))


def _sessions(sessions: list[Story]) -> list[tuple[str, str]]:
    return [
        (
            _words(day),
            ", ".join(f"{mark['session']} {mark['code']} (register revision {mark['revision']})" for mark in marks)
            + f"; proceedings by {_short(last)}",
        )
        for (day, last), marks in groupby(sessions, key=lambda mark: (mark["date"], mark["proceedings_until"]))
    ]


def _not_counted(marks: list[Story]) -> list[tuple[str, str]]:
    return [
        (
            f"{_words(mark['date'])}, {mark['session']}",
            f"{'Conflict: ' if mark['conflict'] else ''}{mark['code']} at school {mark['urn']}, {mark['because']}",
        )
        for mark in marks
    ]


def _weeks(facts: dict[str, Any]) -> Section:
    lines = [", ".join(map(_short, facts["school_weeks"])) or "none"]
    if facts["skipped_weeks"]:
        lines.append("Left out, as no school session was held: " + ", ".join(map(_short, facts["skipped_weeks"])))
    if facts["weeks_of"]:
        lines.append(f"They are the weeks of school {facts['weeks_of']}, whose mark is the last that counts.")
    if facts["sessions"] and not facts["date_of_birth_known"]:
        lines.append("The date of birth is not known: sessions count whatever the child's age, and nothing is issued.")
    return Section("School weeks of the window, by their Mondays", tuple(lines))


def rule_of(story: Story) -> Section:
    """The policy that the case is decided by, and the hash of the evidence."""
    policy = story["evidence"]["policy"]
    lines = (
        f"{policy['rule']} ({policy['id']}).",
        f"Source: {policy['citation']}.",
        f"Evidence hash: {story['evidence_hash']}",
    )
    return Section("The rule", lines)


def _words(day: str) -> str:
    return in_words(date.fromisoformat(day))


def _short(day: str) -> str:
    value = date.fromisoformat(day)
    return f"{value.day} {value:%b %Y}"


def when(text: str) -> str:
    """An instant in London time; a day if only the day is known."""
    if "T" not in text:
        return _words(text)
    local = datetime.fromisoformat(text).astimezone(LONDON)
    return f"{in_words(local.date())}, {local:%H:%M}"
