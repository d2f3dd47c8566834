"""The list of pages is true: docs are written from it, and every service has what it lists."""

from pathlib import Path

from services.site_map import SERVICES
from shared.web.registry import site_map
from tests.pictures import document

DOCUMENT = Path(__file__).parents[3] / "docs" / "site-map.md"
PICTURES = DOCUMENT.with_name("pages.md")


def test_the_site_map_is_current() -> None:
    assert DOCUMENT.read_text() == site_map(SERVICES), "run `make docs`"


def test_every_page_says_what_it_shows_and_no_address_is_there_twice() -> None:
    for pages in SERVICES.values():
        assert len({each.path for each in pages}) == len(pages)
        assert all(each.shows for each in pages)


def test_every_picture_stands_on_the_page_of_pictures() -> None:
    assert PICTURES.read_text() == document(), "run `make pictures`, and look at them"
