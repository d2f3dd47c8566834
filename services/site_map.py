"""Every page of every service, as docs/site-map.md lists them: `make docs`."""

from services.bookings.web.listed import PAGES as BOOKINGS
from services.notifications.web.listed import PAGES as NOTIFICATIONS
from services.surveys.web.listed import PAGES as SURVEYS
from shared.web.registry import site_map

SERVICES = {"bookings": BOOKINGS, "notifications": NOTIFICATIONS, "surveys": SURVEYS}


if __name__ == "__main__":
    print(site_map(SERVICES), end="")  # noqa: T201
