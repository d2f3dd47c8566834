"""The bundle that a court is shown of one notice."""

import re
from datetime import date, timedelta

from services.notices.casefile.notice import Notice
from services.notices.story.bundle import Letter, bundle
from shared.contracts.casework import DecidePayment, RecordPayment, ReviewProsecution, WithdrawNotice
from shared.writing.paper import Page
from tests.casework import Life, with_holiday

POSTED = date(2024, 10, 8)


def served() -> tuple[Life, Notice]:
    life = with_holiday(today=date(2024, 10, 4))
    return life, life.served(life.issue(), POSTED)


def shown(life: Life, notice: Notice, *letters: Letter) -> Page:
    return bundle(life.file, notice.reference, life.facts, life.moment(), letters)


def part(page: Page, heading: str) -> str:
    [found] = [each for each in page.sections if each.heading.startswith(heading)]
    return "\n".join([f"{label}: {text}" for label, text in found.rows] + list(found.lines))


def test_the_statement_has_the_declaration_of_section_nine_and_is_left_to_be_signed() -> None:
    life, notice = served()
    said = part(shown(life, notice), "Witness statement")
    assert "true to the best of my knowledge and belief" in said
    assert "I shall be liable to prosecution if I have wilfully stated in it anything which I know to be false" in said
    assert "Robin Larter 1 is named in those records as a parent of Ava Larter" in said
    assert "Signed: …" in part(shown(life, notice), "Signature")


def test_it_warns_as_long_as_the_notice_can_be_paid_is_paid_or_is_withdrawn() -> None:
    life, notice = served()
    assert notice.pay_until
    life.go_to(notice.pay_until)
    assert shown(life, notice).lead[0].startswith("WARNING: This notice can still be paid until Wednesday 6 November")
    life.go_to(notice.pay_until + timedelta(days=1))
    assert not any("WARNING" in line for line in shown(life, notice).lead)
    paid = {"amount": 16000, "paid_on": notice.pay_until, "payment_reference": "R-1"}
    assert life.do(RecordPayment, **paid) == ()
    assert shown(life, notice).lead[0].startswith("WARNING: This notice is paid")
    life, notice = served()
    assert life.do(WithdrawNotice, ground="wrong_person") == ()
    assert shown(life, notice).lead[0].startswith("WARNING: This notice is withdrawn")


def test_the_number_of_sessions_is_one_throughout_though_the_registers_have_changed() -> None:
    life, notice = served()
    life.absent(date(2024, 9, 16), 4)
    whole = "\n".join(part(shown(life, notice), each.heading) for each in shown(life, notice).sections)
    assert set(re.findall(r"(\d+) sessions", whole)) == {"10"}
    assert part(shown(life, notice), "Certificate").startswith("Sessions: 10 absent without authority")
    assert "show 10 sessions" in whole
    assert "for 10 sessions between" in whole


def test_it_explains_each_code_and_names_the_letter_as_it_was_sent() -> None:
    life, notice = served()
    letter = Letter("d-17", "ab" * 32, "bundle-letter-1.pdf")
    assert "G: holiday not granted by the school" in part(shown(life, notice, letter), "What the register's codes mean")
    posted = part(shown(life, notice, letter), "Letters and proof of posting")
    assert f"bundle-letter-1.pdf: the letter as it was sent (message d-17, SHA-256 {letter.sha256})" in posted
    said = part(shown(life, notice), "The letter: what it says")
    for name in ("circumstances", "discharge", "consequence"):
        assert notice.content[name] in said
    assert "£80 within 21 days, £160 within 28 days" in said


def test_the_chronology_is_of_the_days_on_which_things_happened_with_what_was_refunded() -> None:
    life, notice = served()
    life.go_to(date(2024, 11, 2))
    assert life.do(RecordPayment, amount=3000, paid_on=date(2024, 10, 20), payment_reference="R-1") == ()
    assert life.do(DecidePayment, decision="repay", reason="a part") == ()
    life.go_to(date(2024, 11, 7))
    assert life.do(ReviewProsecution) == ()
    told = part(shown(life, notice), "Chronology").splitlines()
    at = {line.split(": ", 1)[1]: place for place, line in enumerate(told)}
    paid = next(line for line in told if "£30 was paid" in line)
    assert paid.startswith("Sunday 20 October 2024: ")
    assert "2 November" not in paid
    assert "Saturday 2 November" in next(line for line in told if "refund" in line)
    expired = next(place for text, place in at.items() if text.startswith("The 28 days ended"))
    assert expired < next(place for text, place in at.items() if text.startswith("An officer began to look"))
    assert "£30 paid, R-1; £30 of it refunded" in part(shown(life, notice), "Payments and refunds")
