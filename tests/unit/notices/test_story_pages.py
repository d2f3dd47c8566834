"""The page that the duty line reads, and the bundle that a court is shown."""

from datetime import date, timedelta

from services.notices.casefile.notice import Notice
from services.notices.story.bundle import bundle
from services.notices.story.page import page_of
from services.notices.story.story import tell
from shared.contracts.casework import ReviewProsecution, StartProsecution
from shared.writing.paper import Page, as_text
from tests.casework import Life, with_holiday


def page(life: Life) -> Page:
    return page_of(tell(life.file, life.facts, life.moment()))


def section(told: Page, heading: str) -> str:
    [found] = [each for each in told.sections if each.heading.startswith(heading)]
    return "\n".join([f"{label}: {text}" for label, text in found.rows] + list(found.lines))


def two_notices() -> tuple[Life, Notice, Notice]:
    """One holiday, two parents, both notices served."""
    life = with_holiday(today=date(2024, 10, 4))
    assert life.request("p-1", "p-2") == ()
    assert life.authorise("p-1") == ()
    assert life.authorise("p-2") == ()
    first, second = life.file.notices.values()
    life.go_to(date(2024, 10, 8))
    life.post(first)
    life.post(second)
    return life, first, second


def test_the_page_names_the_people_and_puts_prompts_and_refusals_aside() -> None:
    life, first, _ = two_notices()
    assert life.do(StartProsecution, notice=first.reference, token="x", reason="unpaid") == ("impossible_now",)
    life.go_to(date(2024, 10, 25))
    told = page(life)
    assert "Parent p-2: Robin Larter 2" in section(told, "Who they are")
    assert "Ava Larter" in section(told, "Who they are")
    assert "prompted" not in section(told, "What happened")
    prompts = section(told, "Reminders to officers")
    assert "Day 15, Thursday 24 October 2024: unpaid. £80 would discharge it today." in prompts


def test_a_case_that_is_monitored_is_named_in_full() -> None:
    life = with_holiday()
    assert "threshold met" in as_text(page(life)).lower()
    assert "nti" not in as_text(page(life)).lower()


def test_a_bundle_shows_the_court_nothing_of_the_other_parent() -> None:
    life, first, second = two_notices()
    life.go_to(date(2024, 11, 7))
    assert life.do(ReviewProsecution, notice=first.reference) == ()
    shown = as_text(bundle(life.file, first.reference, life.facts, life.moment()))
    assert second.reference not in shown
    assert "Robin Larter 2" not in shown
    assert "prompted" not in shown
    assert life.token(life.notice(first)) in shown
    assert "Monday 9 September 2024, AM: G (register revision 1)" in shown
    assert "letter 1 posted on Tuesday 8 October 2024, first class" in shown


def test_a_bundle_of_a_notice_before_its_review_says_that_no_court_step_is_open() -> None:
    life, first, _ = two_notices()
    shown = bundle(life.file, first.reference, life.facts, life.moment())
    assert shown.lead[-1].startswith("No court step is open: Dispatched")


def test_the_weeks_of_a_notice_are_counted_as_they_are_known() -> None:
    life, first, _ = two_notices()
    weeks = (date(2024, 9, 9) - date(2024, 9, 2)) // timedelta(weeks=1) + 1
    assert f"within {weeks} school weeks" in life.notice(first).content["circumstances"]


def test_each_parents_own_evidence_and_hash_are_shown_for_a_second_notice() -> None:
    life = with_holiday(today=date(2024, 10, 4))
    life.issue("p-1")
    life.go_to(date(2025, 2, 17))
    life.absent(date(2025, 2, 3), 10)
    life.request("p-1", "p-2")
    story = tell(life.file, life.facts, life.moment())
    page = as_text(page_of(story))
    first, second = (each["evidence_hash"] for each in story["parents"])
    assert first != second
    assert f"second notice within three years. Evidence hash to decide on: {first}" in page
    assert f"first notice within three years. Evidence hash to decide on: {second}" in page
    assert life.authorise("p-1", evidence_hash=first) == ()
