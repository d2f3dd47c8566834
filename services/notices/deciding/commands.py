"""Which function decides which command, and which commands only an authorised officer may give. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from services.notices.casefile.file import CaseFile
from services.notices.deciding import (
    disputes,
    history,
    issuing,
    letters,
    payments,
    prosecution,
    questions,
    referral,
    safeguarding,
    support,
    withdrawal,
)
from services.notices.deciding.decision import Facts, Moment, Outcome
from shared.contracts import casework
from shared.contracts.base import Command, Message
from shared.contracts.notices import CommandRefused
from shared.decisions.deciding import Refused, because

COMMANDS: Mapping[type[Command], Callable[[CaseFile, Any, Facts, Moment], Outcome]] = {
    casework.RecordSupport: support.record_support,
    casework.IssueNoticeToImprove: support.issue_notice_to_improve,
    casework.DecideNoticeToImprove: support.decide_notice_to_improve,
    casework.RequestNotice: referral.request_notice,
    casework.ReturnRequest: referral.return_request,
    casework.AuthoriseNotice: issuing.authorise_notice,
    casework.DeclineNotice: referral.decline_notice,
    casework.ChooseAlternative: referral.choose_alternative,
    casework.LinkParent: referral.link_parent,
    casework.FlagSafety: safeguarding.flag_safety,
    casework.ConfirmAddress: safeguarding.confirm_address,
    casework.LiftSafety: safeguarding.lift_safety,
    casework.WithdrawNotice: withdrawal.withdraw_notice,
    casework.ReissueNotice: letters.reissue_notice,
    casework.RecordPayment: payments.record_payment,
    casework.DecidePayment: payments.decide_payment,
    casework.RecordRefund: payments.record_refund,
    casework.ReversePayment: payments.reverse_payment,
    casework.DisputeService: disputes.dispute_service,
    casework.DecideService: disputes.decide_service,
    casework.RaiseQuestion: questions.raise_question,
    casework.SettleQuestion: questions.settle_question,
    casework.RecordRepresentation: withdrawal.record_representation,
    casework.DecideRepresentation: withdrawal.decide_representation,
    casework.ReviewProsecution: prosecution.review_prosecution,
    casework.StartProsecution: prosecution.start_prosecution,
    casework.ResolveHold: prosecution.resolve_hold,
    casework.RecordOutcome: prosecution.record_outcome,
    casework.ReopenNotice: withdrawal.reopen_notice,
    casework.AskHistory: history.ask_history,
    casework.RecordHistory: history.record_history,
    casework.AnswerHistory: history.answer_history,
}


OFFICERS_ALONE: frozenset[type[Command]] = frozenset(
    {
        casework.DeclineNotice,
        casework.WithdrawNotice,
        casework.ReissueNotice,
        casework.DecidePayment,
        casework.DecideRepresentation,
        casework.DecideService,
        casework.SettleQuestion,
        casework.ConfirmAddress,
        casework.LiftSafety,
        casework.ReviewProsecution,
        casework.StartProsecution,
        casework.ResolveHold,
        casework.ReopenNotice,
    }
)
"""Commands that change a notice, besides issuing one (where the officer's role is one reason among others)."""


def decide(file: CaseFile, command: Any, facts: Facts, at: Moment) -> Outcome:
    """The outcome of a command; raises Refused or Repeated."""
    issue, kind = at.policy.issue, type(command)
    if kind in OFFICERS_ALONE and command.officer.role not in issue.officer_roles:
        words = "Only an authorised officer can do this, and the code of conduct does not name this role as one."
        raise Refused(because("officer_not_authorised", words))
    if kind is casework.RecordOutcome and command.officer.role not in issue.may_record_outcomes:
        words = "The code of conduct does not name this role among those who record how a court decided."
        raise Refused(because("role_not_allowed", words))
    return COMMANDS[kind](file, command, facts, at)


def asked_by(message: Message) -> dict[str, str]:
    """Who asks: a named person, or finance, whose money comes without one."""
    named = (getattr(message, name, None) for name in ("officer", "entered_by", "requested_by"))
    person = next(filter(None, named), None)
    return person.model_dump() if person else {"id": "finance", "name": "Finance", "role": "Finance"}


_MONEY = (casework.RecordPayment, casework.ReversePayment)


def repetition(message: Message, at: Moment) -> Outcome:
    """Recorded when another message did this already, so that this message counts as heard if it comes again."""
    return Outcome((at.entry("repeated", command=message.key()),))


def refusal(file: CaseFile, message: Message, refused: Refused, at: Moment) -> Outcome:
    """What is recorded and published when something cannot be done. If money is refused, somebody has to look."""
    notice = getattr(message, "notice", None)
    about = {"notice": notice} if notice else {}
    who = asked_by(message)
    reasons = [reason.model_dump() for reason in refused.reasons]
    outcome = Outcome(
        (at.entry("refused", command=message.key(), asked_by=who, reasons=reasons, about=notice),),
        (
            at.event(
                CommandRefused,
                file,
                "refused",
                command=message.key(),
                asked_by=who["id"],
                reasons=refused.reasons,
                **about,
            ),
        ),
    )
    if any(reason.code == "third_barred" for reason in refused.reasons) and file.state == "requested":
        return outcome + Outcome((at.entry("third_barred"),))
    if isinstance(message, _MONEY):
        words = f"A payment that finance reported was refused: {' '.join(reason.words for reason in refused.reasons)}"
        return outcome + questions.raised(file, file.notices[message.notice], "payment", words, at)
    return outcome
