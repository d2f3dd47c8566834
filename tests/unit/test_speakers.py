"""Whose word is taken: over every identity and every type, not what a producer writes."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts import CATALOGUE, Command
from shared.hearing.outcomes import ATTEMPT, MOST, attempts
from shared.messaging.feeds import Feeds
from shared.messaging.speakers import SPEAKER, Speakers, user_of, without_moves
from shared.messaging.topology import HEARS, queue_name

SERVICES = ("notices", "notifications", "bookings", "surveys")
IDENTITIES = (*SERVICES, "mis", "casework", "finance", "operator", "topology", "monitoring", "guest", "")
FOR_FINANCE = {"notices.record_payment.v1", "notices.record_refund.v1", "notices.reverse_payment.v1"}
INBOXES = [(service, message) for service, heard in HEARS.items() for message in heard]
inboxes, identities = st.sampled_from(INBOXES), st.sampled_from(IDENTITIES)
headers = st.dictionaries(
    st.sampled_from([SPEAKER, ATTEMPT, "x-reason", "X-Speaker", "CC", "BCC", "x-death", "traceparent"]),
    st.sampled_from(["notices", "casework", "operator", "mis", ""]),
)


def delivery(service: str, kind: Any, user: str | None, **changed: Any) -> Any:
    came = {"exchange": kind.speaker(), "routing_key": kind.key(), "type": kind.key(), "headers": {}, "user_id": user}
    return SimpleNamespace(**{**came, **changed})


def has_the_right(identity: str, kind: Any) -> bool:
    """In the words of the design, not by the rights that are tried."""
    if issubclass(kind, Command):
        return identity == ("finance" if kind.key() in FOR_FINANCE else "casework")
    return identity == kind.key().partition(".")[0]


@given(inboxes, identities, headers)
def test_a_message_is_believed_of_those_who_may_say_it_whatever_is_written_beside(inbox, user, written) -> None:
    service, kind = inbox
    raw = delivery(service, kind, user or None, headers=written)
    doubt = Speakers(service, service).doubt(raw, queue_name(service, kind))
    assert (doubt == "") is has_the_right(user, kind), doubt


@given(inboxes, identities, st.sampled_from(["its service", "operator"]))
def test_what_is_moved_is_judged_by_who_said_it_first(inbox, first, mover) -> None:
    service, kind = inbox
    queue = queue_name(service, kind)
    user = service if mover == "its service" else mover
    raw = delivery(service, kind, user, exchange=f"return.{service}", routing_key=queue, headers={SPEAKER: first})
    speakers = Speakers(service, service)
    assert speakers.first(raw) == first
    assert (speakers.doubt(raw, queue) == "") is has_the_right(first, kind)


@given(inboxes, identities, st.booleans())
def test_whoever_else_names_a_first_speaker_is_taken_for_the_speaker(inbox, user, by_the_way_back) -> None:
    service, kind = inbox
    written = {SPEAKER: "casework", ATTEMPT: 3, "CC": ["x"], "BCC": ["y"]}
    came = {"exchange": f"return.{service}", "routing_key": queue_name(service, kind)} if by_the_way_back else {}
    raw = delivery(service, kind, user or None, headers=written, **came)
    speakers = Speakers(service, service)
    moves = by_the_way_back and user in {service, "operator"}
    assert speakers.first(raw) == ("casework" if moves else user)
    assert speakers.not_believed(raw) == ([] if moves else [SPEAKER, ATTEMPT, "CC", "BCC"])


@given(inboxes, inboxes)
def test_what_comes_by_anothers_key_or_names_another_type_is_forged_where_nobody_is_proven_too(one, other) -> None:
    service, kind = one
    key, another = queue_name(service, kind), other[1]
    speakers = Speakers(service, "guest")
    assert speakers.doubt(delivery(service, kind, None), key) == ""
    assert speakers.doubt(delivery(service, kind, None, type=None), key) == ""
    same = another is kind
    for changed in (
        {"routing_key": another.key()},
        {"type": another.key()},
        {"headers": {"cloudEvents:type": another.key()}},
    ):
        assert (speakers.doubt(delivery(service, kind, None, **changed), key) == "") is same
    for exchange in ("", "events", "commands", "retry.10s.bookings", f"ladder.10s.{service}", f"dead.{service}"):
        assert speakers.doubt(delivery(service, kind, None, exchange=exchange), key) != ""
        assert speakers.doubt(delivery(service, kind, None, exchange=exchange, routing_key=key), key) != ""
    assert speakers.doubt(delivery(service, kind, None, exchange=f"return.{service}"), key) != ""


def test_the_owner_of_a_private_stack_may_say_anything_and_nobody_else() -> None:
    for service, kind in INBOXES:
        own = Speakers(service, service, anybody="root")
        assert own.doubt(delivery(service, kind, "root"), queue_name(service, kind)) == ""
        assert Speakers(service, service).doubt(delivery(service, kind, "root"), queue_name(service, kind)) != ""


@given(inboxes, identities)
def test_ways_of_before_and_messages_of_nobody_are_taken_only_while_an_upgrade_drains(inbox, user) -> None:
    service, kind = inbox
    queue, now, then = queue_name(service, kind), Speakers(service, service), Speakers(service, service, old_ways=True)
    old = "commands" if issubclass(kind, Command) else "events"
    other = "events" if issubclass(kind, Command) else "commands"
    assert "user_id" in now.doubt(delivery(service, kind, None), queue)
    assert then.doubt(delivery(service, kind, None), queue) == ""
    assert then.doubt(delivery(service, kind, None, exchange=old), queue) == ""
    assert (then.doubt(delivery(service, kind, user, exchange=old), queue) == "") is (
        user == "" or has_the_right(user, kind)
    )
    assert now.doubt(delivery(service, kind, user, exchange=old), queue) != ""
    assert then.doubt(delivery(service, kind, user, exchange=other), queue) != ""
    moved = delivery(service, kind, service, exchange="", routing_key=queue, headers={SPEAKER: user})
    assert (then.doubt(moved, queue) == "") is (user == "" or has_the_right(user, kind))
    assert now.doubt(moved, queue) != ""


schools = st.sampled_from(["123456", "123457", "123458"])


@given(st.sampled_from([each for each in INBOXES if each[1].key().startswith("mis.")]), schools)
def test_a_schools_system_speaks_for_its_own_schools_and_no_other(inbox, urn) -> None:
    service, kind = inbox
    feeds = Feeds({"mis-arbor": frozenset({"123456", "123457"}), "mis-wonde": "all"})
    speakers = Speakers(service, service, anybody="root", feeds=feeds)
    for identity, may in {
        "mis-arbor": urn != "123458",
        "mis-wonde": True,
        "mis": False,
        "mis-other": False,
        "root": True,
    }.items():
        raw = delivery(service, kind, identity)
        assert speakers.doubt(raw, queue_name(service, kind)) == ""
        assert (speakers.doubt_of_school(raw, urn) == "") is may, identity
        again = delivery(service, kind, service, exchange=f"return.{service}", headers={SPEAKER: identity})
        assert (speakers.doubt_of_school(again, urn) == "") is may, identity
    assert Speakers(service, "guest").doubt_of_school(delivery(service, kind, "mis"), urn) == ""


def test_a_doubt_repeats_nothing_that_a_producer_wrote() -> None:
    service, kind = INBOXES[0]
    for changed in ({"routing_key": "Larter"}, {"type": "Larter"}, {"headers": {"cloudEvents:type": "Larter"}}):
        assert "Larter" not in Speakers(service, service).doubt(
            delivery(service, kind, "mis", **changed), queue_name(service, kind)
        )


@given(st.one_of(st.integers(), st.text(), st.booleans(), st.none()))
def test_attempts_are_a_number_that_the_ladder_can_count(value: Any) -> None:
    assert 0 <= attempts(delivery(*INBOXES[0], None, headers={ATTEMPT: value})) <= MOST


def test_headers_of_moves_go_and_the_others_stay() -> None:
    written = {"CC": [], "BCC": [], "x-attempt": 1, "X-Reason": "", "traceparent": "t", "cloudEvents:id": "i"}
    assert without_moves(written) == {"traceparent": "t", "cloudEvents:id": "i"}


@pytest.mark.parametrize(
    ("url", "user"),
    [
        ("amqp://notices:secret@host:5672/", "notices"),
        ("amqps://mis%2Feast:secret@host/?heartbeat=10", "mis/east"),
        ("amqp://host/", "guest"),
        ("", "guest"),
    ],
)
def test_an_address_says_as_whom_it_logs_in(url: str, user: str) -> None:
    assert user_of(url) == user


def test_every_type_that_is_heard_may_be_said_by_somebody() -> None:
    assert all(any(has_the_right(each, kind) for each in IDENTITIES) for _, kind in INBOXES)
    assert {kind.key() for _, kind in INBOXES} <= set(CATALOGUE)
