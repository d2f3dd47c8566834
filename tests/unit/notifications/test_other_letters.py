import io
import re
from typing import Any

import pytest
from pypdf import PdfReader

from deploy.local import printing
from services.notifications.words.contacts import contact_book
from services.notifications.words.letters import pictures
from services.notifications.words.template_files import Sample, templates
from services.notifications.words.translations import COVER
from services.notifications.words.wording import Unwritable, write

LETTERS = sorted(name for name, each in templates().items() if "letter" in each.sources and name != COVER)


def letter(name: str, sample: Sample = "sample", **changed: Any) -> bytes:
    return write(name, "letter", {**templates()[name].sample(sample), **changed}).pdf


def text_of(pdf: bytes) -> str:
    """The words of the pages without what stands at their foot."""
    pages = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return " ".join(re.sub(r"[^\n]*\s*Page \d+ of \d+", "", pages).split())


@pytest.mark.parametrize("name", LETTERS)
def test_notify_would_print_every_letter_at_its_worst_with_only_the_address_in_the_window(name: str) -> None:
    pdf = letter(name, "worst")
    assert printing.look(pdf) is None
    recipient = templates()[name].sample("worst")["recipient"]
    shown = printing.address_lines(PdfReader(io.BytesIO(pdf)).pages[0])
    assert shown == [recipient["name"], *recipient["address"]["lines"], "NR1 4AB"]
    assert b"pdfuaid" in PdfReader(io.BytesIO(pdf)).root_object["/Metadata"].get_object().get_data()


@pytest.mark.parametrize(
    ("ground", "why"),
    [
        ("ought_not_to_have_been_issued", "The notice ought not to have been issued."),
        ("wrong_person", "The notice was issued to the wrong person."),
        ("material_error", "The notice contained a material error."),
        ("no_proceedings", "The notice was not paid, and we have decided not to prosecute."),
    ],
)
def test_a_withdrawal_says_its_ground_and_what_it_means(ground: str, why: str) -> None:
    text = text_of(letter("withdrawal_letter", ground=ground))
    assert why in text
    assert text.count("The notice ought not") + text.count("wrong person") + text.count("material error") <= 1
    for said in (
        "We issued penalty notice N-7K4M-9PXT3 to you on Friday 4 October 2024.",
        "Date of this letter Tuesday 12 November 2024",
        "You no longer have to pay anything for this notice.",
        "We will not prosecute you for the absences",
        "does not count towards the limit of two penalty notices within 3 years",
        "It is your written notice that penalty notice N-7K4M-9PXT3 is withdrawn.",
        "Phone: 01603 222499",
    ):
        assert said in text, said


@pytest.mark.parametrize(
    ("refund", "said", "unsaid"),
    [
        (8000, "You have already paid £80, and we will pay that back.", "nothing to pay back"),
        (16050, "you have paid £160.50 for this notice. We will pay all of it back", "nothing to pay back"),
        (0, "there is nothing to pay back", "already paid"),
    ],
)
def test_a_withdrawal_says_what_is_paid_back(refund: int, said: str, unsaid: str) -> None:
    text = text_of(letter("withdrawal_letter", refund_due=refund))
    assert said in text
    assert unsaid not in text


def test_a_withdrawal_on_a_ground_that_the_law_does_not_know_is_not_written() -> None:
    with pytest.raises(Unwritable, match="withdrawal_letter: "):
        letter("withdrawal_letter", ground="changed_our_mind")


def test_a_letter_bears_its_local_date() -> None:
    text = text_of(letter("withdrawal_letter", time="2024-10-26T23:30:00Z"))
    assert "Date of this letter Sunday 27 October 2024" in text
    with pytest.raises(Unwritable, match="withdrawal_letter: time: it must be a day or an instant"):
        letter("withdrawal_letter", time="yesterday")


def test_a_notice_that_is_posted_again_says_so_and_is_otherwise_the_same() -> None:
    first, again = text_of(letter("penalty_notice")), text_of(letter("penalty_notice_reissued"))
    added = (
        "We are sending you this notice again We posted this notice to you before and the letter came back to us. This "
        "letter takes its place. The days that you have to pay begin with the day you receive this letter. "
    )
    assert again.replace(added, "") == first
    assert added in again


def test_a_notice_to_improve_holds_everything_that_the_framework_asks_for() -> None:
    text = text_of(letter("notice_to_improve"))
    for said in (
        "Oliver Marsh",
        "Mousehold Lane Primary School",
        "missed 14 of 78 sessions without authorisation",  # attendance and details
        "Section 7 of the Education Act 1996",  # the duty
        "The school offered a place at breakfast club",  # support given
        "The family support worker can visit each week.",  # further support
        "we may issue you with a penalty notice",  # the warning
        "6 school weeks, beginning on Monday 4 November 2024 and ending on Friday 13 December 2024.",  # the period
        "He misses no sessions without authorisation.",  # success
        "We may issue a penalty notice before this period ends: Oliver misses four or more",  # early grounds
        "01603 223681",
    ):
        assert said in text, said


def test_large_print_has_16_points_and_the_same_words() -> None:
    facts = templates()["penalty_notice"].sample()
    plain, large = (write("penalty_notice", "letter", {**facts, "large_print": size}) for size in (False, True))
    assert printing.look(large.pdf) is None
    assert plain.text == large.text
    sizes: list[float] = []
    page = PdfReader(io.BytesIO(large.pdf)).pages[1]
    page.extract_text(visitor_text=lambda text, cm, tm, font, size: sizes.append(size))
    assert max(sizes) >= 16


@pytest.mark.parametrize(
    ("recipient", "why"),
    [
        (None, "recipient.name: the field is missing or empty"),
        ({"name": "A", "address": {"lines": ["1 Lane"]}}, "recipient.address.postcode: the field is missing or empty"),
        ({"name": "A", "address": {"lines": ["1 Lane"], "postcode": "ZZ"}}, "recipient.address.postcode"),
        ({"name": "A", "address": {"lines": ["1"] * 6, "postcode": "NR1 4AB"}}, "3 to 7 lines"),
        (
            {"name": "A\u202eB", "address": {"lines": ["1 Lane"], "postcode": "NR1 4AB"}},
            "recipient.name holds an invis",
        ),
    ],
)
def test_an_address_that_cannot_be_posted_to_is_named(recipient: object, why: str) -> None:
    with pytest.raises(Unwritable, match=re.escape(why)):
        letter("withdrawal_letter", recipient=recipient)


def test_a_message_without_an_address_is_no_letter() -> None:
    with pytest.raises(Unwritable, match="notice: recipient: a letter needs a name and an address"):
        letter("notice", recipient=None)


def test_the_pages_can_be_looked_at() -> None:
    pages = pictures(templates()["penalty_notice"], templates()["penalty_notice"].sample(), contact_book())
    assert len(pages) == 2
    assert all(page.startswith(b"\x89PNG") for page in pages)
