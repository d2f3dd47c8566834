import io
from datetime import UTC, date, datetime, timedelta

import pytest
import typst
from pypdf import PdfWriter

from deploy.local import printing
from shared.time.clock import LONDON, local_date

LATER = timedelta(days=30)


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


@pytest.mark.parametrize(
    ("accepted", "printed", "dispatched"),
    [
        ("2024-10-04 18:00", "2024-10-07", "2024-10-08"),  # the worked vector
        ("2024-10-03 17:29:59", "2024-10-03", "2024-10-04"),
        ("2024-10-03 17:30", "2024-10-04", "2024-10-07"),
        ("2024-10-04 17:29", "2024-10-04", "2024-10-07"),
        ("2024-10-05 09:00", "2024-10-07", "2024-10-08"),
        ("2025-04-17 18:00", "2025-04-22", "2025-04-23"),  # Good Friday to Easter Monday
        ("2024-12-24 12:00", "2024-12-24", "2024-12-27"),
        ("2025-03-31 16:45", "2025-03-31", "2025-04-01"),  # the first working day of summer time
    ],
)
def test_a_letter_is_printed_at_half_past_five_and_leaves_the_next_working_day(
    accepted: str, printed: str, dispatched: str
) -> None:
    at = london(accepted)
    life = printing.life(at, None, at + LATER)
    assert (life.status, life.sent_at) == ("received", london(f"{printed} 17:30"))
    assert life.completed_at is not None
    assert local_date(life.completed_at) == date.fromisoformat(dispatched)


def test_a_letter_passes_through_its_statuses_in_order() -> None:
    at = london("2024-10-04 18:00")

    def status(moment: str) -> printing.Life:
        return printing.life(at, None, london(moment))

    assert printing.life(at, None, at).status == "pending-virus-check"
    assert status("2024-10-07 17:29:59") == printing.Life("accepted")
    assert status("2024-10-07 17:30") == printing.Life("accepted", london("2024-10-07 17:30"))
    assert status("2024-10-08 14:59:59").status == "accepted"
    assert status("2024-10-08 15:00").status == "received"


def test_a_faulty_letter_ends_as_validation_failed() -> None:
    at = london("2024-10-04 18:00")
    assert printing.life(at, "letter-too-long", at + LATER) == printing.Life("validation-failed")


def letter(address: str = "A Parent\\ 1 Lane\\ NR1 4AB", page: str = 'paper: "a4"', body: str = "") -> bytes:
    source = f"#set page({page}, margin: 20mm)\n#place(dx: 4.6mm, dy: 20.5mm)[{address}]\n#v(90mm)\nWords {body}"
    pdf = typst.compile(source.encode(), format="pdf", ignore_system_fonts=True)
    assert isinstance(pdf, bytes)
    return pdf


@pytest.mark.parametrize(
    ("pdf", "fault"),
    [
        (letter(), None),
        (letter(""), "address-is-empty"),
        (letter("A\\ NR1 4AB"), "not-enough-address-lines"),
        (letter("#set par(leading: 1pt); #set text(7pt); " + "A\\ " * 7 + "NR1 4AB"), "too-many-address-lines"),
        (letter("A Parent\\ 1 Lane\\ Norwich"), "not-a-real-uk-postcode"),
        (letter("A Parent\\ (1 Lane\\ NR1 4AB"), "invalid-char-in-address"),
        (letter(page='paper: "us-letter"'), "letter-not-a4-portrait-oriented"),
        (letter(page='paper: "a4", flipped: true'), "letter-not-a4-portrait-oriented"),
        (letter(body="#place(dx: -10mm)[edge]"), "content-outside-printable-area"),
        (letter(body="#box[" + "x" * 120 + "]"), "content-outside-printable-area"),
        (letter("NFA\\ 1 Lane\\ NR1 4AB"), "no-fixed-abode-address"),
        (letter(body="#pagebreak() Words " * 10), "letter-too-long"),
    ],
)
def test_a_letter_is_looked_at_as_notify_does(pdf: bytes, fault: str | None) -> None:
    assert printing.look(pdf) == fault


def empty_pdf() -> bytes:
    out = io.BytesIO()
    PdfWriter().write(out)
    return out.getvalue()


@pytest.mark.parametrize("content", [b"", b"hello", b"%PDF-1.7 broken", empty_pdf(), b"%PDF" + bytes(3_000_000)])
def test_what_is_no_letter_is_found_out_when_it_is_looked_at(content: bytes) -> None:
    assert printing.look(content) == "unable-to-read-the-file"
