from collections.abc import Callable
from pathlib import Path

import pytest

from services.notifications.words.contacts import ContactsInvalid, contact_book, read_contacts

SHIPPED = (Path(__file__).parents[3] / "services/notifications/contacts.toml").read_text("utf-8")


def test_the_shipped_book_holds_what_the_authority_publishes() -> None:
    book = contact_book()
    assert book.kinds["duty_line"].phones == ("01603 223681",)
    assert book.kinds["duty_line"].email == "csattendance@norfolk.gov.uk"
    assert book.kinds["penalty_notices"].phones == ("01603 222499",)
    assert book.kinds["court"].phones == ("01603 223606", "01603 224459")
    assert book.post == ("County Hall", "Martineau Lane", "Norwich", "NR1 2DH")
    assert book.campaign.parents_link.endswith("www.justonenorfolk.nhs.uk/attendance")
    assert book.campaign.hashtags == ("#everydaycounts", "#schoolattendance")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (
            lambda text: text.replace('email = "csattendance@norfolk.gov.uk"', 'email = "nobody"', 1),
            "kinds.duty_line.email",
        ),
        (lambda text: text.replace('phones = ["01603 222499"]', "phones = []"), "kinds.penalty_notices.phones"),
        (lambda text: text.replace("01603 223681", "ring us"), "kinds.duty_line.phones.0"),
        (lambda text: text.replace("[kinds.court]", "[kinds.courts]"), "kinds.courts"),
        (lambda text: text.replace("https://www.just", "javascript:just"), "campaign.parents_link"),
        (lambda text: text.replace('team = "Attendance Team"', 'teem = "x"'), "teem"),
        (lambda text: text + "x x", "not TOML"),
    ],
)
def test_a_book_that_cannot_be_used_says_which_field(change: Callable[[str], str], field: str) -> None:
    with pytest.raises(ContactsInvalid, match=r"^ours.toml: ") as refused:
        read_contacts(change(SHIPPED), "ours.toml")
    assert field in str(refused.value)


def test_another_authority_names_its_own_book(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(SHIPPED.replace("Norfolk County Council", "Rutland County Council"), "utf-8")
    assert contact_book(tmp_path / "ours.toml").authority == "Rutland County Council"
    with pytest.raises(ContactsInvalid, match=r"none.toml: No such file"):
        contact_book(tmp_path / "none.toml")
