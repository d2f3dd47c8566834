"""Who is told of what happens to cases and penalty notices. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from services.notifications.rules.rule import Recipient, Rule, parent, school, spoken, to_team
from shared.contracts import notices
from shared.contracts.base import Event
from shared.contracts.notifications import Category, Channel

NOBODY: Mapping[type[Event], str] = {
    notices.MisAlertChecked: "an MIS's own alert is only held against our count; where they differ, `explain` shows it",
    notices.EvidenceChanged: "the notices service looks at it, and prompts an officer where a notice lost a session",
    notices.NoticeToImproveDecided: "a person's own step: nothing follows from it before somebody acts again",
    notices.NoticeServed: "deemed service is a date that the letter explains; staff are prompted before it runs out",
    notices.ProsecutionStarted: "what the court needs is served under its own rules, not by this system",
    notices.ProceedingsEnded: "the court tells the parties",
    notices.HistoryAsked: "the other authority is asked over the secure channel that both agreed, by a person",
    notices.HistoryAnswered: "the answer goes back over the same secure channel, by a person",
}
"""Events that nobody is told about, and why."""


def _of_school(event: Any) -> tuple[Recipient, ...]:
    return school(event.urn)


def _recipient(parent_id: str, to: notices.Recipient) -> tuple[Recipient, ...]:
    return (parent(parent_id, to),)


def _improvement_parents(event: notices.NoticeToImproveIssued) -> tuple[Recipient, ...]:
    """The parents, if the authority sends the notice to improve; a school sends its own."""
    recipients = event.letter.recipients if event.letter else ()
    return tuple(each for one in recipients for each in _recipient(one.parent_id, one.recipient))


def _fields(*names: str) -> Callable[[Any], Mapping[str, Any]]:
    """These fields of the event, as Python values; all but its envelope where none is named."""

    def facts(event: Event) -> Mapping[str, Any]:
        chosen = set(names) or set(type(event).model_fields) - set(Event.model_fields)
        return event.model_dump(include=chosen)

    return facts


def _improvement(event: notices.NoticeToImproveIssued) -> Mapping[str, Any]:
    letter = event.letter.model_dump(exclude={"recipients"}) if event.letter else {}
    return {**_fields("case", "starts_on", "school_weeks", "ends_on")(event), **letter}


def _to_school(event: type[Event], template: str, *facts: str, whom: Any = _of_school, **more: Any) -> Rule:
    return Rule(template, event, "school", "service", ("email",), template, whom, _fields(*facts), **more)


def _to_parent(name: str, event: type[Event], template: str, whom: Any, facts: Any, **more: Any) -> Rule:
    category: Category = "statutory"
    ladder: tuple[Channel, ...] = ("letter",)
    return Rule(name, event, "parent", category, ladder, template, whom, facts, **more)


def _alert_of(name: str, event: type[Event], content: Callable[[Any], notices.NoticeIssued]) -> Rule:
    return Rule(
        name,
        event,
        "parent",
        "service",
        ("sms", "email"),
        "penalty_notice_alert",
        lambda message: _recipient(content(message).parent_id, content(message).recipient),
        lambda message: {},  # it says that a letter is coming, never what is in it: anybody may read a screen
        needed=False,
    )


def _refusal(event: notices.CommandRefused) -> Mapping[str, Any]:
    return {
        "reference": event.case,
        "notice": event.notice,
        "command": spoken(event.command),
        "asked_by": event.asked_by,
        "reasons": [reason.words for reason in event.reasons],
        "see": f"everyday explain {event.case}",
    }


RULES = (
    _to_school(notices.AbsenceThresholdReached, "threshold_reached"),
    _to_school(notices.AbsenceThresholdCleared, "threshold_cleared", takes_back=("threshold_reached",)),
    _to_school(
        notices.NoticeToImproveIssued,
        "improvement_notice_issued",
        *("case", "upn", "starts_on", "school_weeks", "ends_on", "issued_by"),
    ),
    _to_parent(
        "notice_to_improve", notices.NoticeToImproveIssued, "notice_to_improve", _improvement_parents, _improvement
    ),
    _to_school(notices.NoticeRequested, "request_received", "case", "upn", "route", "late", "decide_by"),
    _to_school(notices.NoticeReturned, "request_returned", "case", "upn", "reasons"),
    _to_school(notices.NoticeDeclined, "request_declined", "case", "upn", "reason"),
    _to_parent(
        "penalty_notice",
        notices.NoticeIssued,
        "penalty_notice",
        lambda event: _recipient(event.parent_id, event.recipient),
        _fields(),
        act=lambda event: "penalty_notice",
    ),
    _alert_of("penalty_notice_alert", notices.NoticeIssued, lambda event: event),
    _to_school(
        notices.NoticeIssued,
        "notice_issued_school",
        *("notice", "case", "upn", "sequence", "issued_on"),
        whom=lambda event: school(event.school.urn),
    ),
    _to_parent(
        "penalty_notice_reissued",
        notices.NoticeReissued,
        "penalty_notice_reissued",
        lambda event: _recipient(event.content.parent_id, event.content.recipient),
        lambda event: _fields()(event.content),
        act=lambda event: f"penalty_notice:{event.letter}",
    ),
    _alert_of("penalty_notice_reissued_alert", notices.NoticeReissued, lambda event: event.content),
    _to_school(
        notices.NoticePaid,
        "notice_paid_school",
        *("notice", "case", "paid_on", "band"),
        settles=True,
        overtakes=("notice_expired_school",),
    ),
    _to_school(notices.NoticeExpired, "notice_expired_school", "notice", "case", "pay_until"),
    _to_parent(
        "withdrawal_letter",
        notices.NoticeWithdrawn,
        "withdrawal_letter",
        lambda event: _recipient(event.parent_id, event.recipient),
        _fields("notice", "case", "ground", "refund_due", "recipient", "issued_on"),
        act=lambda event: "withdrawal_letter",
        settles=True,
        overtakes=("notice_expired_school",),
        takes_back=(
            "penalty_notice",
            "penalty_notice_alert",
            "penalty_notice_reissued",
            "penalty_notice_reissued_alert",
        ),
    ),
    _to_school(
        notices.NoticeWithdrawn,
        "notice_withdrawn_school",
        *("notice", "case", "ground", "issued_on"),
        takes_back=("notice_issued_school",),
    ),
    to_team("officer_prompt", notices.OfficerPrompted, "officer_prompt", _fields()),
    to_team("command_refused", notices.CommandRefused, "command_refused", _refusal),
)
