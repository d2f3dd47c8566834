import io
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from pypdf import PdfReader

from deploy.local import printing
from services.notices.attendance.policy import shipped
from services.notifications.words.wording import Unwritable, write
from shared.contracts.fields import Address, Session, SessionMark
from shared.contracts.notices import Amounts, NoticeIssued, Recipient

MakeNotice = Callable[..., NoticeIssued]


def render(notice: NoticeIssued) -> bytes:
    return write("penalty_notice", "letter", notice.model_dump(mode="json")).pdf


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def to(name: str, *lines: str, postcode: str = "NR1 4AB") -> Recipient:
    """Unchecked lines: what the contract would tidy is refused by the letter on its own."""
    return Recipient(name=name, address=Address.model_construct(lines=lines, postcode=postcode))


def test_the_letter_states_everything_that_the_law_asks_for(make_notice: MakeNotice) -> None:
    text = text_of(render(make_notice()))
    for words in (
        "Norfolk County Council",
        "Ms Eleanor Marsh, 14 Mousehold Lane, Thorpe Hamlet, Norwich, NR1 4AB",
        "Oliver Marsh",
        "Mousehold Lane Primary School",
        "Janet Holloway, Attendance Officer, authorised officer",
        "Monday 16 September 2024 to Friday 20 September 2024",
        "Friday 4 October 2024",
        "£80 if paid within 21 days, beginning with the day you receive this notice; £160 if paid within 28 days.",
        "Online at www.norfolk.gov.uk/penaltynotice",
        "County Hall Martineau Lane Norwich NR1 2DH Phone: 01603 222499 Email: csattendance@norfolk.gov.uk",
        "your liability for the offence is discharged",
        "the authority must prosecute you or withdraw this notice",
        "the notice contains a material error",
        "Oliver was taken out of school for a holiday",
        "N-7K4M-9PXT3",
        "first penalty notice",
        "Wednesday 18 September 2024 PM G Holiday not granted by the school",
    ):
        assert words in text, words


def test_it_says_once_that_there_are_no_instalments(make_notice: MakeNotice) -> None:
    ways = shipped().versions[-1].wording.how_to_pay
    for told in (("By phone.",), ways):
        assert text_of(render(make_notice(how_to_pay=told))).count("instalments") == 1


def test_a_second_notice_offers_no_lower_amount(make_notice: MakeNotice) -> None:
    flat = Amounts(discounted=None, full=16000, discount_days=None, pay_days=28)
    text = text_of(render(make_notice(sequence=2, amounts=flat)))
    assert "£160 if paid within 28 days, beginning with the day you receive this notice." in text
    assert "second penalty notice" in text
    assert "£80" not in text


def test_the_clock_is_worded_by_receipt_and_never_by_a_date(make_notice: MakeNotice) -> None:
    text = text_of(render(make_notice()))
    assert "October 2024" in text
    assert "25 October" not in text
    assert "30 October" not in text


@pytest.mark.parametrize("count", [1, 5])
def test_the_address_stands_alone_in_the_window(make_notice: MakeNotice, count: int) -> None:
    lines = tuple(f"Line {number}" for number in range(1, count + 1))
    page = PdfReader(io.BytesIO(render(make_notice(recipient=to("Ms Eleanor Marsh", *lines))))).pages[0]
    expected = ["Ms Eleanor Marsh", *lines, "NR1 4AB"]
    assert printing.address_lines(page) == expected
    above_the_body = [run for run in printing.placed(page) if run[0] < 124 and 31 < run[1] < 95]
    assert [text for _, _, text in above_the_body] == expected
    assert all(x >= 24.5 and 39.5 < y < 66.3 for x, y, _ in above_the_body)


def test_notify_would_print_it_with_its_fonts_inside(make_notice: MakeNotice) -> None:
    pdf = render(make_notice())
    assert printing.look(pdf) is None
    reader = PdfReader(io.BytesIO(pdf))
    assert reader.metadata is not None
    assert reader.metadata.title == "Penalty notice N-7K4M-9PXT3"
    assert str(reader.root_object["/Lang"]) == "en-GB"
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]
    assert fonts
    for font in fonts:
        described = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(described)


def test_the_same_notice_always_gives_the_same_bytes(make_notice: MakeNotice) -> None:
    assert render(make_notice()) == render(make_notice())


def test_the_words_of_a_case_never_become_markup(make_notice: MakeNotice) -> None:
    attack = '#panic("no") $x^2$ *bold* _it_ @ref <label> \\ `raw` = Heading #read("/etc/passwd") //'
    notice = make_notice(circumstances=attack, recipient=to("#sys.version *A*", "$1$ Lane", "Norwich"))
    pdf = render(notice)
    assert "".join(attack.split()) in "".join(text_of(pdf).split())
    assert printing.address_lines(PdfReader(io.BytesIO(pdf)).pages[0])[0] == "#sys.version *A*"


def test_long_names_and_many_sessions_still_make_a_letter(make_notice: MakeNotice) -> None:
    name = "Professor Wilhelmina Bartholomew-Fotheringham-Featherstonehaugh"
    lines = (
        "Flat 1201, The Old Wherrymen's and Weavers' House",
        "Off Great Plumstead Road",
        "Thorpe",
        "Broadland",
        "X",
    )
    marks = tuple(
        SessionMark(date=date(2024, 9, 2) + timedelta(days=day), session=session, code="U", urn="120002")
        for day in range(40)
        for session in Session
    )
    pdf = render(make_notice(recipient=to(name, *lines), sessions=marks))
    assert printing.look(pdf) is None
    assert printing.address_lines(PdfReader(io.BytesIO(pdf)).pages[0]) == [name, *lines, "NR1 4AB"]
    assert text_of(pdf).count("recorded by the school with URN 120002") == 80


def test_names_in_other_scripts_of_the_font_are_printed(make_notice: MakeNotice) -> None:
    text = text_of(render(make_notice(recipient=to("Żółć Đặng-Ωμέγα Шевченко", "1 Lane", "Norwich"))))
    assert "Żółć Đặng-Ωμέγα Шевченко" in text


@pytest.mark.parametrize(
    ("recipient", "reason"),
    [
        (to("A", "1 Lane", postcode="ZZ9 9ZZ9"), "UK postcode"),
        (to("A", "1 Lane", postcode="75001"), "UK postcode"),
        (to("A", "(1 Lane"), "refuses"),
        (to("A", "1 Lane\nNorwich"), "line break"),
        (to("A\u200bB", "1 Lane"), "invisible"),
        (to("A\u2060B", "1 Lane"), "invisible"),
        (to("W" * 120, "1 Lane"), "too wide"),
        (to("مريم", "1 Lane"), "A to Z"),
        (to("王芳", "1 Lane"), "A to Z"),
        (to("A 王芳", "1 Lane"), "font"),
    ],
)
def test_what_cannot_be_posted_is_refused_without_repeating_it(
    make_notice: MakeNotice, recipient: Recipient, reason: str
) -> None:
    with pytest.raises(Unwritable, match=reason) as refused:
        render(make_notice(recipient=recipient))
    assert str(refused.value).startswith("penalty_notice: ")
    assert recipient.name not in str(refused.value) or len(recipient.name) == 1


def test_a_code_that_is_no_unauthorised_absence_is_refused(make_notice: MakeNotice) -> None:
    mark = SessionMark(date=date(2024, 9, 16), session=Session.AM, code="I", urn="120001")
    with pytest.raises(Unwritable, match="code"):
        render(make_notice(sessions=(mark,)))


def test_a_letterhead_never_grows_into_the_window(make_notice: MakeNotice) -> None:
    with pytest.raises(Unwritable, match="head of the letter"):
        render(make_notice(authority="Authority " * 19))


def test_a_letter_of_more_than_ten_pages_is_refused(make_notice: MakeNotice) -> None:
    with pytest.raises(Unwritable, match="10 pages"):
        render(make_notice(sessions=make_notice().sessions * 60))


@pytest.mark.parametrize("written", ["nr14ab", "NR14AB", " NR1 4AB "])
def test_a_postcode_is_written_with_its_one_space(make_notice: MakeNotice, written: str) -> None:
    pdf = render(make_notice(recipient=to("A", "1 Lane", postcode=written)))
    assert printing.address_lines(PdfReader(io.BytesIO(pdf)).pages[0])[-1] == "NR1 4AB"
