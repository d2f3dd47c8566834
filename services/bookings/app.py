"""The bookings service, put together. Its rooms come with its own issue; the shell already runs like every service."""

from shared.clock import Clock
from shared.service import Parts, run
from shared.settings import Settings
from shared.store import Store


def compose(_store: Store, _clock: Clock) -> Parts:
    return Parts()


if __name__ == "__main__":
    run("bookings", compose, Settings())
