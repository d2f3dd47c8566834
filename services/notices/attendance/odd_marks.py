"""What is odd in a register or a set of corrections, and when a later message has put it right. Pure."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING

from services.notices.attendance.policy import Policies
from shared.contracts.mis import AmendedMark, Mark, MarksAmended, RegisterTaken
from shared.contracts.untidy import Untidy
from shared.messaging.failures import Permanent
from shared.time.clock import is_near
from shared.writing.characters import is_number

if TYPE_CHECKING:
    from services.notices.attendance.marks import Statement


Marks = Iterable[tuple[Mark | AmendedMark, date, str, int]]
"""Each mark of a message in its order, with day, session and revision."""


def marks_of(message: RegisterTaken | MarksAmended) -> Marks:
    if isinstance(message, RegisterTaken):
        return [(mark, message.date, message.session.value, message.revision) for mark in message.marks]
    return [(mark, mark.date, mark.session.value, mark.revision) for mark in message.marks]


def of_possible_days(message: RegisterTaken | MarksAmended, today: date) -> RegisterTaken | MarksAmended:
    """The message without marks for impossible days, such as one in 2068: they do not make a school week.

    Raises Permanent if nothing is left that names a session.
    """
    if isinstance(message, RegisterTaken):
        wrong = [] if is_near(message.date, today) else [Untidy("date", "no_such_day")]
        left: tuple[Mark | AmendedMark, ...] = ()
    else:
        found = [(n, mark) for n, mark in enumerate(message.marks, start=1) if not is_near(mark.date, today)]
        wrong = [Untidy(f"marks.{n}.date", "no_such_day", mark.upn) for n, mark in found]
        left = tuple(mark for mark in message.marks if is_near(mark.date, today))
    if not wrong:
        return message
    if isinstance(message, MarksAmended) and not left:
        raise Permanent("marks: no register can be of these days: look at the year")
    copy = message.model_copy(update={"marks": left})
    copy.leave_out(*wrong)
    return copy


def unknown_codes(message: RegisterTaken | MarksAmended, policies: Policies) -> Iterator[Untidy]:
    """Marks that are not a code of the regulations, except products' local marks, which do not begin with a letter.

    A display code with a product's own digit (`I02`) is not a statutory code: nothing is guessed from it.
    """
    for n, (mark, day, session, _) in enumerate(marks_of(message), start=1):
        codes = policies.on(day).codes
        if mark.code not in codes and mark.code[:1].isalpha():
            reason = "subcode" if mark.code[0] in codes and is_number(mark.code[1:]) else "unknown_code"
            yield Untidy(f"marks.{n}.code", reason, mark.upn, day.isoformat(), session)


def said_twice(message: RegisterTaken | MarksAmended) -> Iterator[tuple[Untidy, int]]:
    """Pupils with two different marks for one session in one message, with the revision: neither mark is believed."""
    first: dict[tuple[str, date, str, int], str] = {}
    for n, (mark, day, session, revision) in enumerate(marks_of(message), start=1):
        if first.setdefault((mark.upn, day, session, revision), mark.code) != mark.code:
            yield Untidy(f"marks.{n}.code", "twice", mark.upn, day.isoformat(), session), revision


def is_mended(untidy: Untidy, statement: "Statement", sides: Iterable["Statement"]) -> bool:
    """Whether a later message gives the mark that was left out: for this pupil, or in a register of that size."""
    later = [side for side in sides if side.precedence > statement.precedence]
    if untidy.upn is not None:
        return any(untidy.upn in side.named for side in later)
    return any(side.named >= statement.named and not side.untidy for side in later)
