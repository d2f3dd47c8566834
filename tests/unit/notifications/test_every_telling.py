"""From each event, each telling's words can be written, by every channel of its ladder."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from services.notifications.telling import Recipient, Telling, facts_of
from services.notifications.tellings import TELLINGS
from services.notifications.wording import write
from shared.contracts import circulars, notices
from shared.contracts.base import Message
from shared.contracts.notices import NoticeIssued
from shared.contracts.notifications import Channel, NotificationFailed

MakeNotice = Callable[..., NoticeIssued]

SCHOOL = Recipient("school:120001", "Mousehold Lane Primary School", "office@school.example")
PARENT = Recipient("parent:p-1", "Robin Larter", "r@h.example", "07700 900123", ("1 Chapel Lane", "Norwich", "NR3 1AB"))
TEAM = Recipient("team", "Attendance Team", "team@norfolk.gov.uk")
WHO = {"school": SCHOOL, "parent": PARENT, "team": TEAM, "chosen": Recipient("listed", email="r@h.example")}
OFFICER = {"id": "o-1", "name": "Jo Harwood", "role": "Attendance Officer"}
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


def made(kind: type[Message], make_notice: MakeNotice) -> Message:
    notice = make_notice()
    if kind is NoticeIssued:
        return notice
    named = {"case": "C-2K4M-9PXT3", "notice": "N-7K4M-9PXT3", "upn": "B801200005001", "urn": "120001"}
    facts = {"letter": 2, "content": notice} if kind is notices.NoticeReissued else FACTS[kind]
    envelope = {"id": UUID(int=5), "time": "2024-10-04T17:00:00Z"}
    return kind.model_validate({**envelope, **{k: v for k, v in named.items() if k in kind.model_fields}, **facts})


@pytest.mark.parametrize(
    ("telling", "channel"),
    [(telling, channel) for telling in TELLINGS for channel in telling.ladder],
    ids=lambda each: each.name if isinstance(each, Telling) else str(each),
)
def test_its_words_can_be_written_from_what_its_event_says(
    telling: Telling, channel: Channel, make_notice: MakeNotice
) -> None:
    event = made(telling.event, make_notice)
    assert telling.whom(event), "nobody would be told"
    links = dict.fromkeys(telling.links, "https://here.example/a-link")
    written = write(telling.template, channel, {**links, **facts_of(telling, event, WHO[telling.audience])})
    assert written.pdf if channel == "letter" else written.text
