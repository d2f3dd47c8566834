"""Signed links are good for one purpose and one reference."""

import pytest

from shared.links import BadLink, Links

LINKS = Links("a key of this test", "https://attendance.example/")


def test_a_link_leads_back_to_its_reference() -> None:
    link = LINKS.make("cancel", "B-7K4M-9PXT3")
    assert link.startswith("https://attendance.example/cancel/")
    assert LINKS.read("cancel", link.rsplit("/", 1)[1]) == "B-7K4M-9PXT3"


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t + "x", lambda t: "x" + t, lambda t: ""])
def test_a_link_that_was_changed_is_refused(change) -> None:
    with pytest.raises(BadLink):
        LINKS.read("cancel", change(LINKS.token("cancel", "B-7K4M-9PXT3")))


def test_a_link_for_something_else_or_of_another_key_is_refused() -> None:
    with pytest.raises(BadLink):
        LINKS.read("cancel", LINKS.token("certificate", "B-7K4M-9PXT3"))
    with pytest.raises(BadLink):
        Links("another key", "https://x").read("cancel", LINKS.token("cancel", "B-7K4M-9PXT3"))
