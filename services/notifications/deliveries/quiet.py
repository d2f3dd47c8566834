"""When messages may go: in working hours by the local clock. Local times. Pure.

Statutory messages go at any time, and so do those that a rule marks: an answer that somebody waits for, or what soon
becomes useless (an offer that runs out, the hour before a meeting).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from services.notifications.settings import NotificationsSettings
from shared.contracts.notifications import Category
from shared.time.clock import LONDON
from shared.time.working_days import add_working_days, is_working_day


@dataclass(frozen=True)
class Window:
    """From one local time to another on working days; outside it, messages wait for the next opening."""

    opens: time = time(8)
    closes: time = time(18)

    def next_opening(self, now: datetime) -> datetime | None:
        """When it opens next, in UTC; None if it is open now."""
        local = now.astimezone(LONDON)
        day = local.date()
        if is_working_day(day) and self.opens <= local.time() < self.closes:
            return None
        if not is_working_day(day) or local.time() >= self.closes:
            day = add_working_days(day, 1)
        return datetime.combine(day, self.opens, LONDON).astimezone(UTC)


Windows = Mapping[Category, Window | None]


def windows(settings: NotificationsSettings) -> Windows:
    """When each category may go: statutory messages go at any time."""
    window = Window(settings.send_from, settings.send_until)
    return {"statutory": None, "service": window, "campaign": window}


def opening(windows: Windows, category: Category, at_any_time: bool, now: datetime) -> datetime | None:
    """When a message that must wait may go; None if it may go at once."""
    window = None if at_any_time else windows.get(category)
    return window.next_opening(now) if window else None


def next_midnight(now: datetime) -> datetime:
    """When the next local day begins, in UTC: providers' daily limits end then."""
    day = now.astimezone(LONDON).date() + timedelta(days=1)
    return datetime.combine(day, time(), LONDON).astimezone(UTC)
