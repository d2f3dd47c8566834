"""What happened, as a sentence: one for every kind of entry in a case's file. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import islice
from typing import Any

from shared.clock import in_words

_SAID = {
    "threshold_reached": "The national threshold was reached, with {count} sessions",
    "threshold_restored": "The registers show the threshold as met again, with {count} sessions",
    "threshold_cleared": "Corrections took the pupil below the threshold: {count} sessions are counted",
    "evidence_changed": "The registers changed: {left} of this notice's sessions are still unauthorised",
    "support_recorded": "Support was offered on {offered_on}",
    "nti_issued": "A notice to improve was sent, for {school_weeks} school weeks from {starts_on}",
    "nti_improved": "The notice to improve worked",
    "nti_failed": "The notice to improve failed",
    "nti_breached": "The notice to improve was breached early",
    "requested": "The school asked for a notice to {parents}; to be decided by {decide_by}",
    "returned": "The request was returned to the school",
    "declined": "An officer decided not to issue a notice",
    "third_barred": "A third notice within three years is barred",
    "alternative_chosen": "Instead of a third notice: {alternative}",
    "parent_linked": "Parents {parent_id} and {earlier_id} were compared",
    "refused": "Refused: {command}",
    "notice_issued": "A penalty notice was issued",
    "letter_dispatched": "The print provider posted the letter",
    "letter_failed": "The letter could not be sent",
    "letter_returned": "The letter came back undelivered",
    "reissued": "The notice was posted again",
    "served": "The notice was deemed served: day 1 of its clock",
    "discount_ended": "The days of the lower amount ended",
    "expired": "Day 28 passed unpaid: prosecute or withdraw",
    "prompted": "An officer was prompted",
    "paid": "{amount} was paid on {paid_on}, the amount due on that day",
    "underpaid": "{amount} was paid on {paid_on}, less than was due",
    "overpaid": "{amount} was paid on {paid_on}, more than was due",
    "paid_late": "{amount} was paid on {paid_on}, after the last day",
    "late_money": "{amount} was paid on {paid_on}, when nothing was due",
    "payment_accepted": "An officer accepted the money: the notice is discharged",
    "payment_repaid": "The money is repaid",
    "refunded": "{amount} was repaid on {refunded_on}",
    "representation": "A parent made a representation",
    "representation_rejected": "The representation was rejected",
    "withdrawn": "The notice was withdrawn: {ground}",
    "review_opened": "The review of a prosecution was opened",
    "proceedings_started": "Proceedings were begun",
    "hold_released": "The hold was released",
    "convicted": "The court convicted",
    "acquitted": "The court acquitted",
    "discontinued": "The proceedings were given up",
    "closed": "Closed",
    "reopened": "Opened again",
    "history_asked": "Another authority was asked for its notices: {authority}",
    "history_recorded": "Notices of another authority were taken in: {authority}",
    "history_answered": "Another authority was told of the notices here: {authority}",
}
KINDS = frozenset(_SAID)
_SHOWN = 8  # of a list in words
_DATES = {"offered_on", "starts_on", "decide_by", "paid_on", "refunded_on"}


def headline(line: Mapping[str, Any]) -> str:
    """What happened, without its reasons and without who did it."""
    return _SAID[line["what"]].format_map({name: _plain(name, value) for name, value in line.items()})


def sentence(line: Mapping[str, Any]) -> str:
    """One line of the history in words. It may name officers; of the family it names nobody."""
    text = headline(line)
    about = line.get("notice") or line.get("about")
    if about:
        text += f" ({about})"
    if line.get("late"):
        text += ", late by the policy's time limit"
    if line["what"] == "prompted":
        text += f": {line['words']}"
    if "reasons" in line:
        text += ": " + " ".join(reason["words"] for reason in line["reasons"])
    elif line.get("reason"):
        text += f": {line['reason']}"
    text = text if text.endswith((".", "?")) else text + "."
    who = line.get("officer") or line.get("asked_by")
    return text + (f" {_named(who)}." if who else "")


def listed(items: Iterable[str], between: str = ", ") -> str:
    """Things one after the other, and how many more there are: no list grows beyond what a reason or a letter holds."""
    rest = iter(items)
    shown = list(islice(rest, _SHOWN))
    more = sum(1 for _ in rest)
    return between.join(shown) + (f" … and {more} more" if more else "")


def name_of(state: str) -> str:
    """A state as people read it: Notice to improve monitoring, Discount period."""
    words = state.replace("nti", "notice to improve").replace("_", " ")
    return words[0].upper() + words[1:]


def pounds(pence: int) -> str:
    """Money as people write it: £80, or £80.50."""
    return f"£{pence // 100}" if pence % 100 == 0 else f"£{pence / 100:.2f}"


def _plain(name: str, value: Any) -> str:
    if name in _DATES and value:
        return in_words(date.fromisoformat(value))
    if name == "amount":
        return pounds(value)
    if isinstance(value, list):
        return listed(map(str, value))
    if name == "command":
        return str(value).split(".")[1].replace("_", " ")
    return str(value).replace("_", " ") if name == "ground" else str(value)


def _named(who: Mapping[str, str]) -> str:
    return who["name"] if who["name"] == who["role"] else f"{who['name']}, {who['role']}"
