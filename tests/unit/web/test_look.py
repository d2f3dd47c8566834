"""What pages load, and whose colours they have."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web.assets import assets
from shared.web.authority import Authority, check_colour
from shared.web.look import Look

PURPLE = Authority(name="Rutland <County>", colour="#4c2c92", phone="01632 960001", email="a@rutland.example.org")


def test_nothing_that_belongs_to_gov_uk_alone_is_loaded_and_nothing_from_elsewhere() -> None:
    styles = assets(Authority()).styles.body.decode()
    for word in ("GDS Transport", "Calvert", "crest", "crown", "@import"):
        assert word not in styles.replace("govuk-footer__crown", ""), word
    assert re.findall(r"url\([^)]*\)", styles) == []
    assert "system-ui" in styles
    html = Look().html("trouble.html", {"title": "Page not found", "lines": ()})
    loaded = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert all(re.match(r"/assets/[a-z]+-[0-9a-f]{16}\.(css|js)$|#|mailto:|data:,$", each) for each in loaded), loaded
    assert "<style" not in html
    assert not re.search(r"<script(?![^>]*\ssrc=)|\son\w+=|\sstyle=", html)


def test_another_content_has_another_name() -> None:
    ours, theirs = assets(Authority()), assets(PURPLE)
    assert ours.styles.name != theirs.styles.name
    assert ours.frontend.name == theirs.frontend.name
    assert ours.frontend.name.encode() in ours.script.body


def test_the_authority_stands_at_head_and_foot_and_its_name_is_text() -> None:
    html = Look(PURPLE, "https://rutland.example.org/a/bookings").html("trouble.html", {"title": "T", "lines": ()})
    assert html.count("Rutland &lt;County&gt;") == 2
    assert "mailto:a@rutland.example.org" in html
    assert 'href="/a/bookings/assets/' in html
    assert "#4c2c92" in assets(PURPLE).styles.body.decode()


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_white_can_be_read_on_every_colour_that_is_taken(colour: str) -> None:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    try:
        check_colour(colour)
    except ValueError:
        assert max(red, green, blue) > 0x76, "as dark as #767676, which has 4.54 to 1"
    else:
        assert min(red, green, blue) <= 0x76


@pytest.mark.parametrize("colour", ["red", "#fff", "#ffffff", "#777777", "#12436d;}"])
def test_other_colours_are_refused(colour: str) -> None:
    with pytest.raises(ValueError, match="colour"):
        check_colour(colour)
