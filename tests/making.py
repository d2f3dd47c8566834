"""Small makers of messages for tests: only what a test says differs from a plain one."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from services.notices.attendance.child import Child, Stay
from shared.contracts import Message
from shared.contracts.mis import MarksAmended, PupilUpdated, RegisterTaken, SchoolUpdated

PUPIL = "B801200005001"
URN = "123456"
ADDRESS = {"lines": ["1 Chapel Lane", "Norwich"], "postcode": "NR3 1AB"}


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


def register(
    day: date, marks: Mapping[str, str], *, session: str = "AM", revision: int = 1, urn: str = URN, **more: Any
) -> RegisterTaken:
    return RegisterTaken.model_validate(
        {
            "id": uuid4(),
            "time": at(day),
            "urn": urn,
            "date": day,
            "session": session,
            "group": "7A",
            "revision": revision,
            "marks": [{"upn": upn, "code": code} for upn, code in marks.items()],
            **more,
        }
    )


def amended(day: date, code: str, *, session: str = "AM", revision: int = 2, urn: str = URN) -> MarksAmended:
    mark = {"upn": PUPIL, "date": day, "session": session, "code": code, "revision": revision}
    return MarksAmended.model_validate({"id": uuid4(), "time": at(day), "urn": urn, "marks": [mark]})


def school(urn: str = URN, **more: Any) -> SchoolUpdated:
    return SchoolUpdated.model_validate(
        {
            "id": uuid4(),
            "time": at(date(2024, 9, 1)),
            "urn": urn,
            "name": "Marsh Lane School",
            "attendance_email": "attendance@school.example.org",
            **more,
        }
    )


def pupil(upn: str = PUPIL, urn: str = URN, **more: Any) -> PupilUpdated:
    parents = [{"parent_id": "p-1", "name": "Robin Larter", "address": ADDRESS, "day_to_day_care": True}]
    return PupilUpdated.model_validate(
        {
            "id": uuid4(),
            "time": at(date(2024, 9, 1)),
            "upn": upn,
            "urn": urn,
            "given_name": "Ava",
            "family_name": "Larter",
            "date_of_birth": "2015-03-04",
            "address": ADDRESS,
            "parents": parents,
            **more,
        }
    )


def on_rolls(*urns: str) -> Child:
    """A child whom these schools have, or had, on their rolls; nobody has said from when to when."""
    return Child(stays=dict.fromkeys(urns, (Stay(None, None),)))


def school_days(first: date, count: int) -> list[date]:
    days: list[date] = []
    while len(days) < count:
        if first.weekday() < 5:
            days.append(first)
        first += timedelta(days=1)
    return days


def upn(digits: str) -> str:
    """A UPN with its right check letter."""
    total = sum(place * int(digit) for place, digit in enumerate(digits, start=2))
    return "ABCDEFGHJKLMNPQRTUVWXYZ"[total % 23] + digits


def a_holiday(urn: str, away: str) -> list[Message]:
    """A school, a pupil with one parent, and a week of September 2024 in which the pupil was on holiday."""
    week = school_days(date(2024, 9, 9), 5)
    registers = [register(day, {away: "G"}, session=half, urn=urn) for day in week for half in ("AM", "PM")]
    return [school(urn), pupil(away, urn), *registers]
