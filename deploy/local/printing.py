"""What becomes of a letter at GOV.UK Notify: looked at, printed at 17:30 on a working day, gone the next one.

Pure: everything follows from the letter and from the instants of its acceptance and of the question.
"""

import io
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from pypdf import PageObject, PdfReader, mult
from pypdf.errors import PyPdfError

from shared.clock import LONDON, local_date
from shared.working_days import add_working_days, is_working_day

PRINT_RUN = time(17, 30)
DISPATCH = time(15, 0)
VIRUS_SCAN = timedelta(seconds=2)
MOST_PAGES = 10
MOST_BYTES = 2 * 1024 * 1024

_MM = 72 / 25.4  # points
_A4 = (210.0, 297.0)  # mm
_WINDOW = (24.6, 39.5, 120.0, 66.3)  # mm from the left and the top of the page: left, top, right, bottom
_SLACK = 0.6  # mm
_SIDE, _END = 15.0, 5.0  # mm that must stay empty at the sides, and at top and bottom
_FORBIDDEN_STARTS = tuple('@()=[]"”\\/,<>~')
_UK_POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}", re.IGNORECASE)


class NotALetter(Exception):
    """These bytes are refused at once; the text is Notify's message."""


@dataclass(frozen=True)
class Life:
    """Where a letter is: its status, when it went to print, when it was dispatched."""

    status: str
    sent_at: datetime | None = None
    completed_at: datetime | None = None


def life(accepted_at: datetime, fault: str | None, now: datetime) -> Life:
    """The life of a letter at an instant. `fault` is what `look` found."""
    if now < accepted_at + VIRUS_SCAN:
        return Life("pending-virus-check")
    if fault is not None:
        return Life("validation-failed")
    printed = print_run(accepted_at)
    dispatched = _at(add_working_days(local_date(printed), 1), DISPATCH)
    if now < printed:
        return Life("accepted")
    return Life("accepted", printed) if now < dispatched else Life("received", printed, dispatched)


def print_run(accepted_at: datetime) -> datetime:
    """The first print run after acceptance. What is accepted at 17:30 or later waits for the next working day."""
    local = accepted_at.astimezone(LONDON)
    day = local.date()
    if local.time() >= PRINT_RUN or not is_working_day(day):
        day = add_working_days(day, 1)
    return _at(day, PRINT_RUN)


def check(pdf: bytes) -> None:
    """What Notify sees at once.

    Raises:
        NotALetter: Notify does not take it at all.
    """
    if len(pdf) > MOST_BYTES:
        raise NotALetter("Letter content is larger than 2MB")
    try:
        _ = PdfReader(io.BytesIO(pdf)).pages[0]
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise NotALetter("Letter content is not a valid PDF") from None


def look(pdf: bytes) -> str | None:
    """What Notify's validation finds later, by its own name; None when the letter can be printed."""
    try:
        return _fault_of(PdfReader(io.BytesIO(pdf)))
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        return "unable-to-read-the-file"


def _fault_of(letter: PdfReader) -> str | None:
    if len(letter.pages) > MOST_PAGES:
        return "letter-too-long"
    if any(not _is_a4(page) for page in letter.pages):
        return "letter-not-a4-portrait-oriented"
    if any(_outside(page) for page in letter.pages):
        return "content-outside-printable-area"
    return _fault_of_address(address_lines(letter.pages[0]))


def address_lines(page: PageObject) -> list[str]:
    """The text that shows through the envelope's window, line by line."""
    left, top, right, bottom = (edge + slack for edge, slack in zip(_WINDOW, (-_SLACK, 0, 0, _SLACK), strict=True))
    lines: dict[float, str] = {}
    for x, y, text in placed(page):
        if left <= x <= right and top <= y <= bottom:
            lines[round(y, 1)] = lines.get(round(y, 1), "") + text
    return [" ".join(lines[y].split()) for y in sorted(lines)]


def placed(page: PageObject) -> list[tuple[float, float, str]]:
    """Each run of text and where its baseline begins, in mm from the left and the top of the page."""
    height = float(page.mediabox.height)
    runs: list[tuple[float, float, str]] = []

    def visit(text: str, cm: Any, tm: Any, _font: object, _size: float) -> None:
        if text.strip():
            at = mult(tm, cm)
            runs.append((at[4] / _MM, (height - at[5]) / _MM, text.strip("\n")))

    page.extract_text(visitor_text=visit)
    return runs


def _fault_of_address(lines: list[str]) -> str | None:
    if not lines:
        return "address-is-empty"
    if len(lines) < 3:
        return "not-enough-address-lines"
    if len(lines) > 7:
        return "too-many-address-lines"
    if not _UK_POSTCODE.fullmatch(lines[-1]):
        return "not-a-real-uk-postcode"
    return "invalid-char-in-address" if any(line.startswith(_FORBIDDEN_STARTS) for line in lines) else None


def _is_a4(page: PageObject) -> bool:
    size = (float(page.mediabox.width) / _MM, float(page.mediabox.height) / _MM)
    return page.rotation % 180 == 0 and all(abs(is_ - should) < 2 for is_, should in zip(size, _A4, strict=True))


def _outside(page: PageObject) -> bool:
    return any(not (_SIDE - _SLACK <= x <= _A4[0] - _SIDE and _END <= y <= _A4[1] - _END) for x, y, _ in placed(page))


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, LONDON).astimezone(UTC)
