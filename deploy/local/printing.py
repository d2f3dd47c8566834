"""What becomes of a letter at GOV.UK Notify: looked at, printed at 17:30 on a working day, gone the next one.

Pure: everything follows from the letter and from the instants of its acceptance and of the question.
"""

import io
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from pypdf import PageObject, PdfReader, mult
from pypdf.errors import PyPdfError

from services.notifications.words.envelope import fault
from shared.time.clock import LONDON, local_date
from shared.time.working_days import add_working_days, is_working_day

PRINT_RUN = time(17, 30)
DISPATCH = time(15, 0)
VIRUS_SCAN = timedelta(seconds=2)
MOST_PAGES = 10

_MM = 72 / 25.4  # points
_A4 = (210.0, 297.0)  # mm
_WINDOW = (24.6, 39.5, 120.0, 66.3)  # mm from the left and the top of the page: left, top, right, bottom
_SLACK = 0.6  # mm
_SIDE, _END = 15.0, 5.0  # mm that must stay empty at the sides, and at top and bottom


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
    return fault(address_lines(letter.pages[0]))


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


def _is_a4(page: PageObject) -> bool:
    size = (float(page.mediabox.width) / _MM, float(page.mediabox.height) / _MM)
    return page.rotation % 180 == 0 and all(abs(is_ - should) < 2 for is_, should in zip(size, _A4, strict=True))


def _outside(page: PageObject) -> bool:
    """Whether any text begins or ends where nothing may be printed."""
    left, right = _SIDE - _SLACK, _A4[0] - _SIDE + _SLACK
    starts = any(not (left <= x <= right and _END <= y <= _A4[1] - _END) for x, y, _ in placed(page))
    return starts or any(end > right for end in _ends(page))


def _ends(page: PageObject) -> list[float]:
    """Where each run of text ends, in mm from the left: by the widths that its font gives its characters."""
    fonts = {name: _widths(font.get_object()) for name, font in _fonts(page).items()}
    ends: list[float] = []
    font, size = _Widths({}, 0, 1), 0.0

    def visit(operator: bytes, operands: Any, cm: Any, tm: Any) -> None:
        nonlocal font, size
        if operator == b"Tf":
            font, size = fonts.get(operands[0], font), float(operands[1])
        elif operator in {b"Tj", b"TJ"}:
            parts = operands[0] if operator == b"TJ" else operands
            width = sum(-float(each) if isinstance(each, int | float) else font.of(each) for each in parts)
            ends.append(mult([1, 0, 0, 1, width / 1000 * size, 0], mult(tm, cm))[4] / _MM)

    page.extract_text(visitor_operand_before=visit)
    return ends


@dataclass(frozen=True)
class _Widths:
    """How wide a font's characters are, in thousandths of its size; a character has one or two bytes."""

    widths: dict[int, float]
    otherwise: float
    length: int

    def of(self, text: Any) -> float:
        codes = bytes(getattr(text, "original_bytes", text))
        cut = (codes[at : at + self.length] for at in range(0, len(codes), self.length))
        return sum(self.widths.get(int.from_bytes(each, "big"), self.otherwise) for each in cut)


def _fonts(page: PageObject) -> dict[str, Any]:
    resources: Any = page.get("/Resources", {})
    return dict(resources.get_object().get("/Font", {}))


def _widths(font: Any) -> _Widths:
    if "/DescendantFonts" not in font:
        first = int(font.get("/FirstChar", 0))
        return _Widths({first + n: float(each) for n, each in enumerate(font.get("/Widths", ()))}, 0, 1)
    inner = font["/DescendantFonts"][0].get_object()
    widths: dict[int, float] = {}
    listed = list(inner.get("/W", ()))
    while len(listed) >= 2:
        first, second = int(listed[0]), listed[1]
        if isinstance(second, list):
            widths |= {first + n: float(each) for n, each in enumerate(second)}
            listed = listed[2:]
        else:
            widths |= dict.fromkeys(range(first, int(second) + 1), float(listed[2]))
            listed = listed[3:]
    return _Widths(widths, float(inner.get("/DW", 1000)), 2)


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, LONDON).astimezone(UTC)
