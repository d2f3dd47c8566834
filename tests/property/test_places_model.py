"""Random lives of meetings against an independent model of the rules: a few lists, kept by hand."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from shared.contracts.bookings import BookingConfirmed, BookingOffered
from shared.contracts.hosting import AcceptOffer, CancelBooking, ChangeBooking, DeclineOffer, Substitute
from shared.time.clock import LONDON
from tests.desk import HOST, HUB, WEBCAST, Desk

START = datetime(2024, 6, 13, 9, 30, tzinfo=LONDON)
FREEZE, LAST, KEPT = START - timedelta(hours=48), START - timedelta(hours=1), timedelta(hours=12)
MODES = ("in_person", "online")
PICK = st.integers(0, 30)


class Hand:
    """The rules as a clerk would keep them with a pencil: who has a place, who waits, to whom one is offered."""

    def __init__(self, room: int, screens: int) -> None:
        self.capacity = {"in_person": room, "online": screens}
        self.has: dict[str, list[str]] = {mode: [] for mode in MODES}
        self.waits: dict[str, list[str]] = {mode: [] for mode in MODES}
        self.offered: dict[str, list[tuple[str, datetime]]] = {mode: [] for mode in MODES}
        self.over: dict[str, str] = {}
        self.now = datetime(2024, 6, 1, 9, tzinfo=LONDON)

    def full(self, mode: str) -> bool:
        return len(self.has[mode]) + len(self.offered[mode]) >= self.capacity[mode]

    def asks(self, who: str, mode: str) -> None:
        (self.waits if self.full(mode) or self.waits[mode] else self.has)[mode].append(who)

    def leaves(self, who: str, why: str) -> None:
        for mode in MODES:
            for people in (self.has[mode], self.waits[mode]):
                if who in people:
                    people.remove(who)
            self.offered[mode] = [each for each in self.offered[mode] if each[0] != who]
        self.over[who] = why
        self.pass_on()

    def pass_on(self) -> None:
        for mode in MODES:
            while self.waits[mode] and not self.full(mode):
                if self.now < FREEZE:
                    self.has[mode].append(self.waits[mode].pop(0))
                elif (until := min(self.now + KEPT, LAST)) > self.now:
                    self.offered[mode].append((self.waits[mode].pop(0), until))
                else:
                    break

    def time(self, instant: datetime) -> None:
        while True:
            due = sorted((until, who) for mode in MODES for who, until in self.offered[mode] if until <= instant)
            if not due:
                break
            self.now = due[0][0]
            for until, who in due:
                if until == self.now:  # all that run out together free their places before any is given on
                    for mode in MODES:
                        self.offered[mode] = [each for each in self.offered[mode] if each[0] != who]
                    self.over[who] = "offer_expired"
            self.pass_on()
        self.now = instant

    def state(self, who: str) -> str:
        if who in self.over:
            return self.over[who]
        if any(who in self.has[mode] for mode in MODES):
            return "confirmed"
        return "waiting" if any(who in self.waits[mode] for mode in MODES) else "offered"


class Crowds(RuleBasedStateMachine):
    """Requests, cancellations, offers, substitutes and time come in any order; messages come twice."""

    def __init__(self) -> None:
        super().__init__()
        self.hand = Hand(3, 2)
        self.desk = Desk(now=self.hand.now, in_person={**HUB, "capacity": 3}, online={**WEBCAST, "capacity": 2})
        self.people: list[str] = []

    def any(self, pick: int) -> str | None:
        return self.people[pick % len(self.people)] if self.people else None

    def booked(self) -> set[str]:
        """The names of those who have a place, wait or are offered one."""
        live = (who for who in self.people if who not in self.hand.over)
        return {self.desk.bookings[who].person.name for who in live}

    @rule(mode=st.sampled_from(MODES), again=PICK, count=st.integers(1, 4))
    def some_ask(self, mode: str, again: int, count: int) -> None:
        """New people, and now and then somebody who was there before."""
        for _ in range(count):
            known = self.any(again) if again < 3 else None
            name = self.desk.bookings[known].person.name if known else f"P{len(self.people)}"
            if name in self.booked():
                return
            booking = self.desk.ask(name, mode=mode, approved_by=HOST)
            self.people.append(booking)
            self.hand.asks(booking, mode)

    @precondition(lambda self: self.people)
    @rule(pick=PICK)
    def somebody_cancels(self, pick: int) -> None:
        who = self.any(pick) or ""
        self.twice(CancelBooking, who)
        if self.hand.state(who) in {"confirmed", "waiting", "offered"}:
            self.hand.leaves(who, "cancelled")

    @precondition(lambda self: any(self.hand.offered.values()))
    @rule(pick=PICK, yes=st.booleans())
    def an_offer_is_answered(self, pick: int, yes: bool) -> None:
        offers = [(who, mode) for mode in MODES for who, _ in self.hand.offered[mode]]
        who, mode = offers[pick % len(offers)]
        self.twice(AcceptOffer if yes else DeclineOffer, who)
        if not yes:
            self.hand.leaves(who, "offer_declined")
            return
        self.hand.offered[mode] = [each for each in self.hand.offered[mode] if each[0] != who]
        self.hand.has[mode].append(who)

    @precondition(lambda self: self.people)
    @rule(pick=PICK)
    def an_offer_that_is_none_is_accepted(self, pick: int) -> None:
        who = self.any(pick) or ""
        if self.hand.state(who) != "offered":
            self.twice(AcceptOffer, who)

    @precondition(lambda self: self.people)
    @rule(pick=PICK)
    def a_colleague_comes_instead(self, pick: int) -> None:
        who, number = self.any(pick) or "", self.desk.count
        colleague = {"name": f"C{number}", "email": f"c{number}@school.example.org"}
        self.twice(Substitute, who, person=colleague, approved_by=HOST)

    @precondition(lambda self: self.people)
    @rule(pick=PICK)
    def somebody_comes_the_other_way(self, pick: int) -> None:
        who = self.any(pick) or ""
        state, hand = self.hand.state(who), self.hand
        if state not in {"confirmed", "waiting"}:
            return
        here = next(mode for mode in MODES if who in hand.has[mode] + hand.waits[mode])
        there = MODES[1 - MODES.index(here)]
        self.twice(ChangeBooking, who, mode=there, approved_by=HOST)
        free = not hand.full(there) and not hand.waits[there]
        if state == "confirmed" and not free:
            return
        (hand.has if state == "confirmed" else hand.waits)[here].remove(who)
        (hand.has if free else hand.waits)[there].append(who)
        hand.pass_on()

    @rule(more=st.integers(0, 2), mode=st.sampled_from(MODES))
    def the_host_makes_room(self, more: int, mode: str) -> None:
        part = self.desk.meeting.details.model_dump()[mode]
        self.desk.change(**{mode: {**part, "capacity": part["capacity"] + more}})
        self.hand.capacity[mode] += more
        self.hand.pass_on()

    @rule(hours=st.sampled_from((1, 5, 11, 12, 13, 24, 100)))
    def time_passes(self, hours: int) -> None:
        instant = min(self.hand.now + timedelta(hours=hours), START - timedelta(minutes=1))
        self.hand.time(instant)
        self.desk.go_to(instant)

    @rule()
    def the_freeze_comes_near(self) -> None:
        if self.hand.now < FREEZE:
            self.hand.time(FREEZE)
            self.desk.go_to(FREEZE)

    def twice(self, kind: Any, booking: str, **facts: Any) -> None:
        command = self.desk.do(kind, booking, **facts)
        told = len(self.desk.events)
        self.desk.take(command)
        assert len(self.desk.events) == told

    # What is always true

    @invariant()
    def everybody_stands_where_the_clerk_has_them(self) -> None:
        assert {who: self.desk.state(who) for who in self.people} == {who: self.hand.state(who) for who in self.people}

    @invariant()
    def the_lists_are_in_the_clerks_order(self) -> None:
        for mode in MODES:
            assert [place.booking for place in self.desk.meeting.line(mode)] == self.hand.waits[mode]  # type: ignore[arg-type]

    @invariant()
    def never_over_capacity_nor_two_live_offers_for_one_place(self) -> None:
        places = self.desk.meeting.places.values()
        for mode in MODES:
            capacity = self.desk.meeting.details.capacity(mode)  # type: ignore[arg-type]
            confirmed = sum(place.state == "confirmed" and place.mode == mode for place in places)
            offers = sum(place.state == "offered" and place.mode == mode for place in places)
            assert capacity is not None
            assert confirmed + offers <= capacity
            assert (confirmed + offers == capacity) or not self.desk.meeting.line(mode) or self.hand.now >= LAST  # type: ignore[arg-type]

    @invariant()
    def who_comes_was_told_and_nobody_was_offered_the_same_place_twice(self) -> None:
        for who in self.people:
            if self.desk.state(who) == "confirmed":
                assert "booking_confirmed" in self.desk.heard_by(who)
            assert len(self.desk.said(BookingOffered, who)) <= 1
        ids = [event.id for event in self.desk.events]
        assert len(ids) == len(set(ids))

    @invariant()
    def one_person_has_one_live_booking(self) -> None:
        holders = [place.holder for place in self.desk.meeting.live()]
        assert len(holders) == len(set(holders))

    def teardown(self) -> None:
        first = {event.booking for event in self.desk.said(BookingConfirmed)}
        assert first <= set(self.people)


Crowds.TestCase.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
TestCrowds = Crowds.TestCase
