"""Who is told of what: complete, consistent, and as the documents say."""

import inspect
from pathlib import Path
from uuid import uuid4

import pytest

from services.notifications.rules import NOBODY, RULES, as_markdown
from shared.contracts import bookings, circulars, notices, notifications, surveys
from shared.contracts.base import Event
from shared.contracts.fields import Address
from shared.contracts.notices import Recipient
from shared.messaging.topology import HEARS
from tests.unit.notifications.conftest import MakeNotice

HOME = Address(lines=("1 Chapel Lane", "Norwich"), postcode="NR3 1AB")
DOCUMENT = Path(__file__).parents[3] / "docs" / "who-is-told.md"


def events(module: object) -> set[type[Event]]:
    return {
        each
        for _, each in inspect.getmembers(module, inspect.isclass)
        if issubclass(each, Event) and each is not Event and each.__module__ == module.__name__  # type: ignore[attr-defined]
    }


ABSTRACT = {bookings.AboutMeeting, bookings.AboutBooking, surveys.SurveyEvent, surveys.Addressed}
EVERY = set().union(*(events(each) for each in (notices, bookings, surveys, notifications, circulars))) - ABSTRACT


@pytest.mark.parametrize("event", sorted(EVERY, key=lambda each: each.key()))
def test_every_event_is_told_to_somebody_or_it_is_said_why_not(event: type[Event]) -> None:
    told = any(rule.event is event for rule in RULES)
    assert told != (event in NOBODY)


def test_every_event_that_is_told_is_heard() -> None:
    assert {rule.event for rule in RULES} <= set(HEARS["notifications"])


def test_names_are_unique_for_ids_rest_on_them() -> None:
    names = [rule.name for rule in RULES]
    assert len(names) == len(set(names))
    assert {each for rule in RULES for each in (*rule.takes_back, *rule.overtakes)} <= set(names)


def test_what_the_law_sends_goes_by_letter_at_the_end_of_its_ladder() -> None:
    assert all(rule.ladder[-1] == "letter" for rule in RULES if rule.category == "statutory")


def test_a_parent_is_told_by_email_or_text_only_that_a_letter_comes() -> None:
    alerts = [each for each in RULES if each.audience == "parent" and "letter" not in each.ladder]
    assert {each.template for each in alerts} == {"penalty_notice_alert"}


def test_the_document_is_current() -> None:
    assert DOCUMENT.read_text() == as_markdown(), "run `make docs`"


def test_an_alert_names_nobody_and_nothing(make_notice: MakeNotice) -> None:
    notice = make_notice(recipient=Recipient(name="Robin", address=HOME, phone="07700 900123"))
    [alert] = [each for each in RULES if each.name == "penalty_notice_alert"]
    assert alert.facts(notice) == {}
    [told] = alert.whom(notice)
    assert (told.key, told.address("sms")) == ("parent:parent-1", "+447700900123")


def test_the_parents_of_a_notice_to_improve_are_told_by_whoever_issues_it() -> None:
    [rule] = [each for each in RULES if each.name == "notice_to_improve"]
    content = dict.fromkeys(("attendance", "support_given", "further_support", "success", "early_breach"), "words")
    letter = {
        "recipients": [{"parent_id": "p-1", "recipient": {"name": "Robin Larter", "address": HOME.model_dump()}}],
        "child": "Ava Larter",
        "school": {"urn": "123456", "name": "Marsh Lane"},
        "officer": {"id": "o-1", "name": "Jo", "role": "Officer"},
        "authority": "Norfolk County Council",
        "contact": {"name": "Attendance Team", "phone": "01603 223681", "address": ["County Hall"]},
        "content": content,
    }
    said = {
        "id": uuid4(),
        "time": "2024-10-04T09:00:00Z",
        "case": "C-2K4M-9PXT3",
        "upn": "B801200005001",
        "urn": "123456",
        "parents": ["p-1"],
        "starts_on": "2024-10-07",
        "school_weeks": 6,
        "ends_on": None,
    }
    by_authority = notices.NoticeToImproveIssued.model_validate({**said, "issued_by": "authority", "letter": letter})
    by_school = notices.NoticeToImproveIssued.model_validate({**said, "issued_by": "school"})
    assert [each.key for each in rule.whom(by_authority)] == ["parent:p-1"]
    assert rule.facts(by_authority)["child"] == "Ava Larter"
    assert rule.whom(by_school) == ()


NOT_PRESSING = {
    "notice_to_improve": "it comes before any notice",
    "penalty_notice": "the notice itself, which has to be served",
    "penalty_notice_alert": "it says that a letter comes, and asks for nothing",
    "penalty_notice_reissued": "the notice itself, served again by an officer's decision",
    "penalty_notice_reissued_alert": "it says that a letter comes, and asks for nothing",
    "withdrawal_letter": "it says that nothing is to be paid",
}


def test_what_a_parent_is_told_of_a_notice_presses_unless_it_is_said_why_not() -> None:
    """A reminder or a court letter must not go out after payment or withdrawal: whoever adds one has to say so."""
    of_parents = [each for each in RULES if each.audience == "parent" and each.event.__module__.endswith("notices")]
    assert {each.name for each in of_parents if not each.presses} == set(NOT_PRESSING)


def test_payment_and_withdrawal_settle_a_notice() -> None:
    assert {each.event for each in RULES if each.settles} == {notices.NoticePaid, notices.NoticeWithdrawn}
