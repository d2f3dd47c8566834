"""What comes next in a case: in words, for whom, and with which command. Pure."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from services.notices.attendance.six_months import running_out
from services.notices.casefile.case_states import CONSIDERED
from services.notices.casefile.entries import NoticeMove
from services.notices.casefile.file import CaseFile
from services.notices.casefile.notice import ENDED_IN_COURT, Notice
from services.notices.casefile.notice_states import NOTICE, PERIODS, NoticeState
from services.notices.casefile.words import pounds
from services.notices.deciding.decision import Facts, Moment
from services.notices.deciding.prosecution import token
from services.notices.deciding.referral import papers
from services.notices.deciding.support import last_day
from shared.time.clock import in_words
from shared.writing.counting import number_of

_DISCHARGED: frozenset[NoticeState] = frozenset({"paid", "withdrawn"})
_WAYS: Mapping[NoticeMove, str] = {
    "review_opened": "review_prosecution {n}",
    "proceedings_started": "start_prosecution {n} token={token} reason=…",
    "hold_released": "resolve_hold {n} decision=continue reason=…",
    "convicted": "record_outcome {n} outcome=convicted|acquitted|discontinued decided_on=…",
    "reissued": "reissue_notice {n} reason=…",
    "withdrawn": "withdraw_notice {n} ground=… reason=…",
}
"""The commands that move a notice on, by move. Money and representations have sentences of their own."""
_GOES_ON_BY_ITSELF: frozenset[NoticeState] = frozenset(
    {
        "issued",
        "dispatched",
        "discount_period",
        "full_period",
        "paid",
        "withdrawn",
        "convicted",
        "acquitted",
    }
)
"""States from which a notice goes on by itself: nobody is asked to withdraw it."""


def next_steps(file: CaseFile, parents: list[dict[str, Any]], met: bool, facts: Facts, at: Moment) -> list[str]:
    """What comes next, for the person on the phone; `parents` with what stands in the way of a notice to each."""
    steps = [of_notice(file, notice, facts) for notice in file.notices.values() if notice.state != "closed"]
    ending = {each.reference: running_out_of(each, at.today) for each in file.notices.values()}
    steps += [f"Notice {reference}: {words}." for reference, words in ending.items() if words]
    steps += _of_case(file, facts, at)
    if not met:
        return [*steps, "No notice can be issued: the threshold is not met."]
    if file.state in CONSIDERED:
        return steps or ["Nothing, unless there are further unauthorised sessions."]
    if words := running_out([mark.day for mark in facts.assessment().sessions], at.today):
        steps.append(f"{words}.")
    if not parents:
        return [*steps, "The school's system has to send the pupil's details before anything can be decided."]
    return [*steps, *(step for parent in parents if (step := _of_parent(file, parent, at)))]


def of_notice(file: CaseFile, notice: Notice, facts: Facts) -> str:
    """What is to be done about one notice: money, representations and letters first, whatever its state."""
    steps = [*_money(notice), *_written(notice), *_letter_back(notice), *_evidence_lost(notice)]
    if not steps or notice.state not in _DISCHARGED:
        steps.append(_stands(notice))
    if ways := _ways(file, notice, facts):
        steps.append(f"With: {ways}")
    return f"Notice {notice.reference}: {' '.join(steps)}"


def running_out_of(notice: Notice, today: date) -> str | None:
    """How the time for proceedings runs out, while there may be any."""
    if notice.settled or notice.prosecuted or not notice.stands:
        return None
    return running_out([date.fromisoformat(mark["date"]) for mark in notice.content["sessions"]], today)


def is_back(notice: Notice) -> bool:
    """Whether its letter came back or never went, so that nothing is due, whatever else has happened."""
    return notice.stands and not notice.settled and notice.undelivered


def _money(notice: Notice) -> Iterator[str]:
    n, money = notice.reference, pounds(notice.open_money)
    if notice.refunding:
        back = pounds(notice.refunding).removeprefix("£")
        record = f"everyday decide record_refund {n} amount={back} refunded_on=… payment_reference=…"
        yield f"£{back} is to go back to the parent. Once it has, record it: {record}."
    if not notice.open_money:
        return
    if not notice.stands or notice.state in ENDED_IN_COURT:
        refund = f"everyday decide record_refund {n} amount={money.removeprefix('£')} refunded_on=… payment_reference=…"
        yield f"{money} has to be refunded. With: {refund}."
    elif notice.state == "held":
        yield (
            f"{money} received. Decide: keep or refund. "
            f"With: everyday decide resolve_hold {n} decision=accept_payment|repay_payment reason=…."
        )
    else:
        yield (
            f"{money} received. Decide: keep or refund. "
            f"With: everyday decide decide_payment {n} decision=accept|repay reason=…."
        )


def _written(notice: Notice) -> Iterator[str]:
    """What somebody wrote or noticed and nobody has decided yet."""
    n = notice.reference
    if notice.representation_open:
        decide = f"everyday decide decide_representation {n} outcome=upheld|rejected reason=…"
        yield f"A parent has written about it, and waits for a decision. With: {decide}."
    for about, words in notice.questions.items():
        if about == "service":
            yield f"{words} With: everyday decide decide_service {n} decision=serve_again|go_on reason=…."
        else:
            yield f"{words} Once you have looked: everyday decide settle_question {n} about={about} reason=…."


def _letter_back(notice: Notice) -> Iterator[str]:
    if is_back(notice):
        came = f"came back on {in_words(notice.returned_on)}" if notice.returned_on else "did not go"
        yield f"The letter {came}. Nothing is due until it is posted again. Ask the school to check the address."


def _evidence_lost(notice: Notice) -> Iterator[str]:
    if notice.lost_sessions:
        lost = f"{notice.lost_sessions} of its {number_of(len(notice.slots), 'session')}"
        yield f"Not unauthorised any more: {lost}. Check the evidence."


def _stands(notice: Notice) -> str:
    """How it stands, with its dates and amounts."""
    if is_back(notice):
        return "Post it again to a checked address, or withdraw it."
    if notice.state == "issued":
        return "The letter is with the print provider. Its dates begin on the day it is posted."
    if (notice.state == "dispatched" or notice.state in PERIODS) and notice.served_on and notice.pay_until:
        served = "will count as served" if notice.state == "dispatched" else "counts as served"
        amounts, last = notice.content["amounts"], in_words(notice.pay_until)
        due = f"{pounds(amounts['full'])} until {last}."
        if notice.discount_until and notice.state != "full_period":
            due = f"{pounds(amounts['discounted'])} until {in_words(notice.discount_until)}, then {due}"
        return f"It {served} on {in_words(notice.served_on)}. To pay: {due}"
    means = NOTICE.states[notice.state]
    return f"{means[0].upper()}{means[1:]}."


def _ways(file: CaseFile, notice: Notice, facts: Facts) -> str:
    if (
        notice.open_money
        or notice.representation_open
        or notice.questions
        or (notice.state in _GOES_ON_BY_ITSELF and not is_back(notice))
    ):
        return ""
    known = token(file, notice.reference, facts) if notice.state == "prosecution_review" else "…"
    moves = NOTICE.possible(notice.state)
    commands = [way.format(n=notice.reference, token=known) for move, way in _WAYS.items() if move in moves]
    return ", or ".join(f"everyday decide {command}" for command in commands)


def _of_case(file: CaseFile, facts: Facts, at: Moment) -> Iterator[str]:
    case, request = file.reference, file.request
    if file.state == "nti_monitoring" and file.improvement:
        ends_on = last_day(file.improvement, facts.weeks_of(file.urn), at.policy.support)
        runs = (
            "runs"
            if ends_on is None
            else f"runs until {in_words(ends_on)}"
            if ends_on >= at.today
            else (f"ended on {in_words(ends_on)}")
        )
        yield (
            f"The notice to improve {runs}. A person decides how it ended. "
            f"With: everyday decide decide_notice_to_improve {case} outcome=improved|failed|breached reason=…"
        )
    if file.state == "requested" and request:
        asked = next(entry for entry in reversed(file.history) if entry["what"] == "requested")["asked_by"]
        yield (
            f"{asked['name']} ({asked['role']}) asked for a notice to {', '.join(request.parents)}: "
            f"decide by {in_words(request.decide_by)}."
        )
    if file.state == "returned_to_school":
        back = next(entry for entry in reversed(file.history) if entry["what"] == "returned")
        why = " ".join(reason["words"] for reason in back["reasons"])
        yield f"The request went back to the school. {why} When it is complete: everyday decide request_notice {case} …"
    if file.state == "third_blocked":
        yield (
            "A third notice within three years is barred: choose another way. "
            f"With: everyday decide choose_alternative {case} alternative=…"
        )


def _of_parent(file: CaseFile, parent: dict[str, Any], at: Moment) -> str:
    who, reasons, case = parent["parent_id"], parent["blocked_by"], file.reference
    codes = {reason["code"] for reason in reasons}
    if not reasons:
        return (
            f"Parent {who}: an officer can decide. With: everyday authorise {case} --parent {who} "
            f"--evidence {parent['evidence_hash']} --reason …, or everyday decide decline_notice {case} reason=…"
        )
    if codes == {"not_requested"}:
        return (
            f"Parent {who}: Ready for the next step: support first, or the school's request with its papers "
            f"({_papers(file, at)}). With: everyday decide request_notice {case} …"
        )
    if "already_issued" in codes:
        return ""
    words = " ".join(f"{reason['words']} ({reason['owner']})" for reason in reasons)
    return f"Parent {who}: no notice can be issued yet. {words}"


def _papers(file: CaseFile, at: Moment) -> str:
    """The papers of the checklist; support that is recorded here needs no paper."""
    rules = at.policy.referral
    other = [kinds for kinds in rules.other if not (file.support and kinds == ("support_record",))]
    holiday = ", or ".join(papers(kinds) for kinds in rules.holiday)
    parts = [papers(rules.always), f"for a holiday {holiday}" if holiday else ""]
    parts.append("else " + ", or ".join(map(papers, other)) if other and not file.support else "")
    return "; ".join(filter(None, parts))
