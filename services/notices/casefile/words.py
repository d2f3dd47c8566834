"""What happened, as a sentence: one for every kind of entry in a case's file. Pure."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from itertools import islice
from typing import Any

from services.notices.casefile.entries import What
from shared.time.clock import in_words
from shared.writing.counting import number_of

_SENTENCES: Mapping[What, str] = {
    "threshold_reached": "The national threshold was reached, with {count}",
    "threshold_restored": "After a correction the national threshold is met again, with {count}",
    "threshold_cleared": "After corrections the national threshold is no longer met: {count}",
    "evidence_changed": "The registers changed. Of this notice, {left} still unauthorised",
    "support_recorded": "Support was offered on {offered_on}",
    "nti_issued": "A notice to improve was sent. It runs for {school_weeks} from {starts_on}",
    "nti_improved": "The notice to improve worked",
    "nti_failed": "The notice to improve failed",
    "nti_breached": "The notice to improve was breached before it ended",
    "requested": "The school asked for a notice to {parents}. Decide by {decide_by}",
    "returned": "The request went back to the school",
    "declined": "An officer decided not to issue a notice",
    "third_barred": "A third notice within three years cannot be issued",
    "alternative_chosen": "Instead of a third notice: {alternative}",
    "parent_linked": "Parent {parent_id} is {same} as {earlier_id}",
    "safety_flagged": "A safety flag was put on the case ({kind})",
    "safety_lifted": "A safety flag was lifted",
    "address_confirmed": "An address was confirmed as safe",
    "refused": "Refused: {command}",
    "repeated": "Already done before this was asked again: {command}",
    "notice_issued": "A penalty notice was issued",
    "letter_dispatched": "The print provider posted the letter",
    "other_letter_posted": "Another letter was posted: {letter}",
    "earlier_letter_returned": "An earlier letter of this notice came back",
    "letter_failed": "The letter could not be sent",
    "letter_returned": "The letter came back",
    "reissued": "The notice was posted again",
    "served": "The notice counts as served. This is day 1",
    "discount_ended": "The lower amount can no longer be paid",
    "expired": "The 28 days ended and the notice was not paid. Prosecute or withdraw it",
    "prompted": "Reminder to officers",
    "paid": "{amount} was paid on {paid_on}, the amount due on that day",
    "underpaid": "{amount} was paid on {paid_on}, less than was due",
    "overpaid": "{amount} was paid on {paid_on}, more than was due",
    "paid_late": "{amount} was paid on {paid_on}, after the last day",
    "late_money": "{amount} was paid on {paid_on}, when nothing was due",
    "payment_accepted": "An officer kept the money. The notice is paid",
    "payment_repaid": "An officer decided to refund the money",
    "payment_reversed": "The bank took a payment of {amount} back",
    "refunded": "{amount} was refunded on {refunded_on}",
    "representation": "A parent wrote about the notice (a representation)",
    "service_disputed": "A parent said that the notice did not come",
    "service_upheld": "An officer decided that the notice was served",
    "question_raised": "Somebody has to look: {words}",
    "question_settled": "A person looked ({about})",
    "representation_rejected": "The representation was not accepted",
    "withdrawn": "The notice was withdrawn: {ground}",
    "review_opened": "An officer began to look at whether to prosecute",
    "proceedings_started": "Court proceedings began",
    "hold_released": "The case goes on after it was stopped",
    "convicted": "The court convicted the parent",
    "acquitted": "The court acquitted the parent",
    "discontinued": "The prosecution was stopped",
    "set_aside": "The court took the conviction back, because the notice was paid in time",
    "closed": "Closed",
    "reopened": "Opened again",
    "history_asked": "{authority} was asked which notices it has issued",
    "history_recorded": "{authority} told us which notices it has issued",
    "history_answered": "{authority} was told which notices we have issued",
}
KINDS = frozenset(_SENTENCES)
_COUNTED = {"count": "session", "left": "session", "school_weeks": "school week"}
_SHOWN = 8  # of a list in words
_DATES = {"offered_on", "starts_on", "decide_by", "paid_on", "refunded_on"}


def headline(line: Mapping[str, Any]) -> str:
    """What happened, without its reasons and without who did it."""
    return _SENTENCES[line["what"]].format_map({name: _plain(name, value) for name, value in line.items()})


def sentence(line: Mapping[str, Any]) -> str:
    """One line of the history in words. It may name officers, but nobody of the family."""
    text = headline(line)
    about = line.get("notice") or line.get("about")
    if about:
        text += f" ({about})"
    if line.get("late"):
        text += ". The request came late"
    if line["what"] == "prompted":
        text += f": {line['words']}"
    if "reasons" in line:
        text += ": " + " ".join(reason["words"] for reason in line["reasons"])
    elif line.get("reason"):
        text += f": {line['reason']}"
    text = text if text.endswith((".", "?")) else text + "."
    who = line.get("officer") or line.get("asked_by")
    text += f" {_named(who)}." if who else ""
    return text + (f" Entered by {_named(line['entered_by'])}." if line.get("entered_by") else "")


def listed(items: Iterable[str], between: str = ", ") -> str:
    """A list in words, cut short with how many more there are, so that it fits a reason or a letter."""
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
    if isinstance(value, list):
        return listed(map(str, value))
    if name in _COUNTED:
        return number_of(value, _COUNTED[name])
    write = _WRITTEN.get(name, str)
    return write(value) if value is not None else str(value)


_WRITTEN: Mapping[str, Callable[[Any], str]] = {
    **dict.fromkeys(_DATES, lambda day: in_words(date.fromisoformat(day)) if day else str(day)),
    "amount": pounds,
    "same": lambda same: "the same person" if same else "not the same person",
    "command": lambda key: str(key).split(".")[1].replace("_", " "),
    **dict.fromkeys(("ground", "kind", "letter"), lambda word: str(word).replace("_", " ")),
}
"""How a field is written in a sentence, if its plain text is not what people say."""


def _named(who: Mapping[str, str]) -> str:
    return who["name"] if who["name"] == who["role"] else f"{who['name']}, {who['role']}"
