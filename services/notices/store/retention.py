"""How long records are kept: the policy's times, and never shorter than a threshold or a kept case needs. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, TypeVar

from services.notices.attendance.calendar import SchoolWeeks
from services.notices.attendance.marks import Statement, monday_of
from services.notices.attendance.policy import Policies
from services.notices.casefile.case_states import RESTS
from services.notices.casefile.file import CaseFile
from services.notices.deciding.issuing import years_before
from shared.time.clock import local_date

T = TypeVar("T")


def first_week(today: date, policies: Policies) -> date:
    """The Monday of the earliest week whose sessions may still be found to meet the threshold."""
    return monday_of(years_before(today, policies.on(today).retention.marks_years))


def first_day_kept(today: date, schools: Iterable[SchoolWeeks], policies: Policies) -> date:
    """The first day of any window that ends with the first week or a later one, at whichever school.

    Marks before it are not counted in any of these windows, so removing them changes no count.
    """
    week, long = first_week(today, policies), max(version.threshold.weeks for version in policies.versions)
    return min((_opens(school, week, today, long) for school in schools), default=week)


def since(day: date, slots: Mapping[str, T]) -> dict[str, T]:
    """Values by slot, without sessions before a day."""
    return {slot: each for slot, each in slots.items() if slot.split(":")[1] >= day.isoformat()}


def only(statement: Statement, upns: Collection[str]) -> Statement:
    """What a statement says about some pupils, without all others."""
    return replace(
        statement,
        codes={upn: code for upn, code in statement.codes.items() if upn in upns},
        others=statement.others.intersection(upns),
        missing=statement.missing.intersection(upns),
        unexplained=statement.unexplained.intersection(upns),
        untidy=tuple(each for each in statement.untidy if each.upn in upns),
    )


def closed_on(file: CaseFile) -> date | None:
    """The day of the last entry of a case in which nothing is left to do; None while something is."""
    unfinished = any(notice.state != "closed" or notice.open_money for notice in file.notices.values())
    return None if file.state not in RESTS or unfinished else local_date(file.history[-1]["at"])


def has_left(details: Mapping[str, Any], before: date) -> bool:
    """Whether a pupil left school, or passed school age, before a day; true if the MIS has told us nothing about them.

    School age ends in June of the school year in which they are 16 (Education Act 1996, s. 8).
    """
    if not details:
        return True
    if details.get("left_on"):
        return date.fromisoformat(details["left_on"]) < before
    if not details["date_of_birth"]:
        return False  # nobody knows how old they are: their record stays until their school says more
    born = date.fromisoformat(details["date_of_birth"])
    return date(born.year + 16 + (born.month > 8), 8, 31) < before


def _opens(school: SchoolWeeks, week: date, today: date, long: int) -> date:
    """Where the window begins that ends with this week, or with the next one in which the school was open."""
    last = week
    while last < monday_of(today) and not school.is_school_week(last):
        last += timedelta(weeks=1)
    return min([week, *school.window(last, long)[0]])
