import pytest

from services.notifications.words.email_words import as_text


@pytest.mark.parametrize("address", ["https://a.example/x.y-z", "http://127.0.0.1:8000/x.y"])
def test_a_line_ends_with_the_address_in_it_whose_full_stop_a_mail_program_might_take_along(address: str) -> None:
    assert as_text(f"[Come]({address}). Then [go]({address}).") == f"Come: {address}\nThen go: {address}\n"
    assert as_text(f"- [Come]({address}). Then rest.") == f"- Come: {address} Then rest.\n"


def test_other_full_stops_stay() -> None:
    assert as_text("Call us. Then rest.") == "Call us. Then rest.\n"
