import pytest

from shared.hearing.dead import DeadLetter
from shared.people.person import Person, read_person


def parked(body: str) -> DeadLetter:
    return DeadLetter("an-id", "mis.pupil_updated.v1", "notices.mis.pupil_updated.v1", "upn: unknown", 1, body.encode())


@pytest.mark.parametrize(
    ("who", "body"),
    [
        ("B801200005001", '{"upn": "B801200005001"}'),
        ("Pat@Home.example.org", '{"email":"pat@HOME.example.org"}'),
        ("pat@home.example.org", "not JSON at all: <pat@home.example.org>"),
        ("p-17", '["p-16","p-17"]'),
    ],
)
def test_a_parked_message_that_names_a_person_is_found_in_whatever_shape_it_came(who: str, body: str) -> None:
    assert parked(body).names(read_person(who))


@pytest.mark.parametrize(
    ("who", "body"),
    [
        ("B801200005001", '{"upn": "B8012000050012"}'),
        ("pat@home.example.org", '{"email": "cpat@home.example.org"}'),
        ("p-1", '{"id": "p-17"}'),
        ("p.1", '{"id": "px1"}'),
    ],
)
def test_one_that_names_somebody_like_them_is_not(who: str, body: str) -> None:
    assert not parked(body).names(read_person(who))


def test_nobody_is_named_by_everything() -> None:
    assert not parked("{}").names(Person())
