"""When names go, nobody is recognised by an address any more, and places stay as they were, whatever comes again."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.bookings.places import asking
from services.bookings.places.meeting import Moment, holder_of
from shared.contracts.base import Command
from shared.contracts.hosting import BookingCommand, CancelBooking, RequestBooking, Substitute
from tests.desk import SUMMER, Desk

NAMES = ("Ada", "Bea", "Cy", "Dan", "Eve")
STEPS = st.lists(st.tuples(st.sampled_from(("ask", "cancel", "substitute")), st.sampled_from(NAMES)), max_size=12)


class Taped(Desk):
    """A desk that keeps every command, so that each can come again."""

    def take(self, command: Command) -> None:
        self.taped = [*getattr(self, "taped", []), command]
        super().take(command)


@given(STEPS, st.sets(st.sampled_from(NAMES)), st.booleans())
@settings(deadline=None)
def test_what_is_forgotten_ties_nobody_and_old_commands_change_nothing(
    steps: list[tuple[str, str]], asked: set[str], all_of_them: bool
) -> None:
    desk, theirs = Taped(), dict[str, str]()
    for what, name in steps:
        desk.now += timedelta(minutes=1)
        if what == "ask":
            theirs[name] = desk.ask(name, urn=f"10000{NAMES.index(name)}")
        elif name in theirs and what == "cancel":
            desk.do(CancelBooking, theirs[name])
        elif name in theirs:
            desk.do(Substitute, theirs[name], person={"name": "Zoe", "email": "zoe@school.example.org"})
    desk.go_to(SUMMER + timedelta(days=1))
    before = desk.meeting
    gone = {key for key, place in before.places.items() if all_of_them or place.holder in _holders(desk, asked)}
    after = before.without_holders(gone)
    left = {place.holder for key, place in after.places.items() if key in gone}
    assert left <= {""}
    assert after.taken("in_person") == before.taken("in_person") <= 2
    for key, place in after.places.items():
        was = before.places[key]
        assert (place.state, place.urn, place.number, place.heard) == (was.state, was.urn, was.number, was.heard)
    if all_of_them:
        everybody = _holders(desk, {*NAMES, "Zoe"})
        assert not [holder for holder in everybody if holder in str(after)]
    for command in getattr(desk, "taped", []):
        at = Moment(desk.now, command.id, desk.rules)
        if isinstance(command, RequestBooking):
            assert asking.request(after, command, asking.booking_of(command), {}, at) == ()
        elif isinstance(command, BookingCommand):
            assert str(command.id) in after.places[command.booking].heard or not asking.answer(after, command, at)


def _holders(desk: Desk, names: set[str]) -> set[str]:
    return {holder_of(desk.meeting.reference, f"{name.lower()}@school.example.org", name) for name in names}
