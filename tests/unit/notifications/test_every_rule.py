"""From each event, each telling's words can be written, by every channel of its ladder."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from services.notifications.rules import RULES
from services.notifications.rules.rule import Recipient, Rule, about, facts_of
from services.notifications.words.wording import write
from shared.contracts import bookings, circulars, notices, surveys
from shared.contracts.base import Message
from shared.contracts.fields import WhichSchools
from shared.contracts.meetings import BookingLinks
from shared.contracts.notices import NoticeIssued
from shared.contracts.notifications import Channel, NotificationFailed

MakeNotice = Callable[..., NoticeIssued]

SCHOOL = Recipient("school:120001", "Mousehold Lane Primary School", "office@school.example")
PARENT = Recipient("parent:p-1", "Robin Larter", "r@h.example", "07700 900123", ("1 Chapel Lane", "Norwich", "NR3 1AB"))
TEAM = Recipient("team", "Attendance Team", "team@norfolk.gov.uk")
ADA = Recipient("booking:B-5HTY-P5RVZ", "Ada Moss", "ada@school.example")
CHOSEN = Recipient("listed", email="r@h.example")
OFFICER = {"id": "o-1", "name": "Jo Harwood", "role": "Attendance Officer"}
WHO = {
    "school": SCHOOL, "parent": PARENT, "team": TEAM, "chosen": CHOSEN,
    **dict.fromkeys(("attendee", "booker", "invited"), ADA),
}  # fmt: skip
AT = "https://attendance.norfolk.gov.uk/bookings"
ABOUT = {
    "title": "Webinar", "kind": "webcast", "starts_at": "2024-07-04T09:30:00Z", "ends_at": None, "mode": "online",
    "where": "online", "how": "Any browser does.", "agenda": [{"title": "Agenda", "url": "https://x.example/a(1);b"}],
}  # fmt: skip
DIARY = {
    "uid": "B-5HTY-P5RVZ@here", "sequence": 1, "method": "REQUEST", "stamped_at": "2024-06-01T09:00:00Z",
    "starts_at": "2024-07-04T09:30:00Z", "ends_at": "2024-07-04T10:30:00Z", "title": "Webinar", "where": "online",
    "description": "Join here", "organiser": {"name": "Team", "email": "team@norfolk.gov.uk"},
    "attendee": {"name": "Ada Moss", "email": "ada@school.example"},
}  # fmt: skip
BOOKING = {
    "booking": "B-5HTY-P5RVZ", "meeting": "M-7K4M-9PXT3", "person": {"name": "Ada Moss", "email": "ada@school.example"},
    "about": ABOUT, "diary": DIARY, "links": {name: f"{AT}/{name}/x.y" for name in BookingLinks.model_fields},
}  # fmt: skip
INVITED = {
    "survey": "S-7K4M-9PXT3", "invitation": str(UUID(int=7)), "title": "How ready are you?", "closing": "closes soon",
    "recipient": {"name": "Marsh Lane", "email": "office@school.example", "official": True, "urn": "120001"},
    "link": "https://attendance.norfolk.gov.uk/surveys/answer/x.y", "contact_name": "Team",
    "contact_email": "o'neil@norfolk.gov.uk", "closes_at": "2024-05-16T23:00:00Z",
}  # fmt: skip
HOME = {"lines": ["1 Chapel Lane", "Norwich"], "postcode": "NR3 1AB"}
REASONS = [{"code": "papers_missing", "words": "The registration certificate is missing."}]
MARK = {"date": "2024-09-16", "session": "AM", "code": "G", "urn": "120001"}
CONTENT = dict.fromkeys(("attendance", "support_given", "further_support", "success", "early_breach"), "Words.")
LETTER = {
    "recipients": [{"parent_id": "p-1", "recipient": {"name": "Robin Larter", "address": HOME}}],
    "child": "Ava Larter",
    "school": {"urn": "120001", "name": "Mousehold Lane Primary School"},
    "officer": {"id": "o-1", "name": "Jo Harwood", "role": "Attendance Officer"},
    "authority": "Norfolk County Council",
    "contact": {"name": "Attendance Team", "phone": "01603 223681", "address": ["County Hall", "NR1 2DH"]},
    "content": CONTENT,
}
SHEET = {
    "number": "55/24",
    "title": "The new framework",
    "kind": "action",
    "complete_by": "2024-10-18",
    "text": "Words.",
}
FACTS: dict[type[Message], dict[str, Any]] = {
    notices.AbsenceThresholdReached: {
        "sessions": [MARK], "school_weeks": ["2024-09-16"], "count": 10, "policy": "p", "evidence_hash": "h" * 64,
    },
    notices.AbsenceThresholdCleared: {"count": 9, "because": "marks_changed"},
    notices.NoticeToImproveIssued: {
        "parents": ["p-1"], "starts_on": "2024-10-07", "school_weeks": 6, "ends_on": None, "issued_by": "authority",
        "letter": LETTER,
    },
    notices.NoticeRequested: {
        "parents": ["p-1"], "route": "support_not_appropriate", "late": True, "decide_by": "2024-10-18",
    },
    notices.NoticeReturned: {"reasons": REASONS},
    notices.NoticeDeclined: {"reason": "The evidence does not bear it."},
    notices.OfficerPrompted: {"code": "day_20", "words": "Day 20 of this notice, unpaid.", "on": "2024-10-29"},
    notices.CommandRefused: {"command": "notices.withdraw_notice.v1", "asked_by": "o-1", "reasons": REASONS},
    notices.NoticePaid: {"amount": 8000, "paid_on": "2024-10-30", "band": "discount"},
    notices.NoticeExpired: {"pay_until": "2024-11-06"},
    notices.NoticeWithdrawn: {
        "parent_id": "p-1", "ground": "wrong_person", "refund_due": 8000, "issued_on": "2024-10-04",
        "recipient": {"name": "Robin Larter", "address": HOME},
    },
    bookings.BookingConfirmed: {**BOOKING, "because": "promoted"},
    bookings.BookingWaitlisted: {**BOOKING, "because": "school_limit", "position": 2, "diary": None},
    bookings.BookingOffered: {**BOOKING, "offer_until": "2024-07-03T09:30:00Z"},
    bookings.BookingCancelled: {**BOOKING, "because": "cancelled", "reason": "ofsted", "late": True},
    bookings.BookingChanged: {**BOOKING, "outcome": "confirmed", "changed": ["starts_at", "link"]},
    bookings.BookingRefused: {**BOOKING, "reasons": REASONS},
    bookings.ChangeRefused: {**BOOKING, "command": "bookings.substitute.v1", "reasons": REASONS, "asked_by": "school"},
    bookings.BookedOnBehalf: {
        **BOOKING, "to": {"name": "Chris", "role": "school", "email": "c@school.example"}, "outcome": "waiting",
        "position": 2,
    },
    bookings.ReminderDue: {**BOOKING, "reminders": ["7_days", "1_working_day"]},
    bookings.FollowUpDue: {**BOOKING, "attendance": "attended", "recording": "https://x.example/r(1)"},
    bookings.EvaluationAsked: {**BOOKING, "questions": 2},
    bookings.CertificateIssued: {
        **BOOKING, "code": "K-7K4M-9PXT3", "held_on": "2024-07-04", "hours": "not stated",
        "check": f"{AT}/certificates/K",
    },
    bookings.SchoolNudged: {
        "meeting": "M-7K4M-9PXT3", "urn": "120001", "school": "Marsh Lane", "email": "o@school.example",
        "about": {**ABOUT, "mode": None},
    },
    bookings.HostRefused: {
        "meeting": "M-7K4M-9PXT3", "command": "bookings.change_meeting.v1", "asked_by": "o-17", "reasons": REASONS,
    },
    surveys.InvitationIssued: {
        **INVITED, "consultation": False, "introduction": "One.\nTwo.", "mode": "named", "mode_words": "It is kept.",
    },
    surveys.SurveyReminderDue: {**INVITED, "number": 2, "last_call": True},
    surveys.ResponseAccepted: {
        **INVITED, "day": "2024-05-14", "response": "R-7K4M-9PXT3", "copy_link": INVITED["link"], "channel": "letter",
    },
    surveys.SurveyCommandRefused: {
        "survey": "S-7K4M-9PXT3", "command": "surveys.close_survey.v1", "asked_by": "o-17", "code": "closed",
        "words": "The survey closed.",
    },
    surveys.ResultsAnnounced: {
        **INVITED, "publication": 1, "done": [{"title": "Webinars", "said": "Short ones.", "did": "Two in July."}],
    },
    NotificationFailed: {
        "delivery": "0c5d", "about": "C-2K4M-9PXT3", "channel": "email", "reason": "no address is known",
        "template": "threshold_reached", "recipient": "school:120001",
    },
    circulars.MiSheetPublished: {"sheet": SHEET, "audience": {}, "published_on": "2024-10-04"},
    circulars.MiSheetChased: {
        "number": "55/24", "title": "The framework", "complete_by": "2024-10-18", "overdue": True, "urns": ["120001"],
    },
    circulars.SendMessage: {"school": "120001", "title": "A word", "words": "Words.", "officer": OFFICER},
    circulars.RunCampaign: {
        "campaign": "everyday-counts", "step": "every-day", "to": "schools", "audience": {}, "officer": OFFICER,
    },
}  # fmt: skip


VARIANTS: dict[str, dict[str, Any]] = {
    "booking_handed_over": {"because": "substituted"},
    "meeting_cancelled": {"because": "meeting_cancelled", "words": "Snow."},
    "follow_up_missed": {"attendance": "no_show"},
    "consultation_invitation": {
        "consultation": True,
        "papers": [
            {"name": "Code", "label": "v3", "sha256": "ab" * 32, "address": "https://www.norfolk.gov.uk/code.pdf"},
            {"name": "Code", "label": "v3", "sha256": "ab" * 32, "address": "enclosed (two pages)"},
        ],
    },
}
"""What tells the events of one telling from those of another."""


def made(rule: Rule, make_notice: MakeNotice) -> Message:
    notice, kind = make_notice(), rule.event
    if kind is NoticeIssued:
        return notice
    named = {"case": "C-2K4M-9PXT3", "notice": "N-7K4M-9PXT3", "upn": "B801200005001", "urn": "120001"}
    facts = (
        {"letter": 2, "content": notice}
        if kind is notices.NoticeReissued
        else FACTS[kind] | VARIANTS.get(rule.name, {})
    )
    envelope = {"id": UUID(int=5), "time": "2024-10-04T17:00:00Z"}
    return kind.model_validate({**envelope, **{k: v for k, v in named.items() if k in kind.model_fields}, **facts})


@pytest.mark.parametrize(
    ("rule", "channel"),
    [(rule, channel) for rule in RULES for channel in rule.ladder],
    ids=lambda each: each.name if isinstance(each, Rule) else str(each),
)
def test_its_words_can_be_written_from_what_its_event_says(
    rule: Rule, channel: Channel, make_notice: MakeNotice
) -> None:
    event = made(rule, make_notice)
    assert rule.whom(event), "nobody would be told"
    links = dict.fromkeys(rule.links, "https://here.example/a-link")
    written = write(rule.template, channel, {**links, **facts_of(rule, event, WHO[rule.audience])})
    assert written.pdf if channel == "letter" else written.text


PERSONAL = [
    each for each in RULES if each.event.key().startswith(("bookings.", "surveys.")) and each.audience != "team"
]


@pytest.mark.parametrize("rule", PERSONAL, ids=lambda each: each.name)
def test_a_personal_link_or_a_file_is_never_put_inside_a_digest(rule: Rule, make_notice: MakeNotice) -> None:
    event = made(rule, make_notice)
    links = re.findall(r'href="(https://attendance[^"]*)"', _html(rule, event))
    carries = bool(links or (rule.attach and rule.attach(event)))
    assert carries != rule.may_be_merged


def _html(rule: Rule, event: Message) -> str:
    return write(rule.template, "email", facts_of(rule, event, WHO[rule.audience])).html


@pytest.mark.parametrize("rule", RULES, ids=lambda each: each.name)
def test_what_it_is_about_is_a_reference_and_its_recipients_are_opaque(rule: Rule, make_notice: MakeNotice) -> None:
    event = made(rule, make_notice)
    assert re.fullmatch(r"[A-Z]-\w{4}-\w{5}|[0-9a-f-]{36}|\d+/\d\d|everyday-counts/[a-z-]+", about(event))
    whom = rule.whom(event)
    for each in () if isinstance(whom, WhichSchools) else whom:
        assert not any(said in each.key for said in ("@", "Ada", "Marsh", "Robin"))


def test_a_diary_entry_goes_with_the_message_under_its_method(make_notice: MakeNotice) -> None:
    [rule] = [each for each in RULES if each.name == "booking_cancelled"]
    event = made(rule, make_notice)
    assert isinstance(event, bookings.BookingCancelled)
    assert event.diary
    cancel = event.model_copy(update={"diary": event.diary.model_copy(update={"method": "CANCEL"})})
    assert rule.attach
    for said, name in ((event, "invitation.ics"), (cancel, "cancellation.ics")):
        [file] = rule.attach(said)
        assert (file.name, file.type, file.method) == (name, "text/calendar", said.diary.method if said.diary else "")
        assert f"METHOD:{file.method}".encode() in file.content
    assert rule.attach(event.model_copy(update={"diary": None})) == ()


def test_nobody_is_told_of_an_anonymous_answer() -> None:
    [rule] = [each for each in RULES if each.event is surveys.ResponseAccepted]
    told = {"id": UUID(int=5), "time": "2024-05-14T00:00:00Z", "survey": "S-7K4M-9PXT3", "day": "2024-05-14"}
    assert rule.whom(surveys.ResponseAccepted.model_validate(told)) == ()


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("booking_change_refused", {"asked_by": "staff"}),  # the duty line sees the answer on its screen
        ("follow_up_attended", {"recording": None, "links": BookingLinks()}),  # there is nothing to say
        ("follow_up_missed", {"recording": None}),
    ],
)
def test_nobody_is_told_what_they_know_or_what_says_nothing(
    name: str, changed: dict[str, Any], make_notice: MakeNotice
) -> None:
    [rule] = [each for each in RULES if each.name == name]
    assert rule.whom(made(rule, make_notice))
    assert rule.whom(made(rule, make_notice).model_copy(update=changed)) == ()


def test_who_has_not_said_how_it_was_is_asked_again_with_what_follows_the_meeting(make_notice: MakeNotice) -> None:
    [rule] = [each for each in RULES if each.name == "follow_up_attended"]
    assert rule.whom(made(rule, make_notice).model_copy(update={"recording": None}))
