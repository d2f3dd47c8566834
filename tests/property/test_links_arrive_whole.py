"""Whatever web address a door takes, every message can write, and it arrives whole; what is none is refused there."""

import json
import re
import tomllib
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from services.bookings.cli.files import read_details
from services.notifications.rules.bookings import _links
from services.notifications.words.email_words import as_html, as_text
from services.notifications.words.filling import Unfit, fill
from shared.contracts.circulars import MiSheet
from shared.contracts.meetings import Link, MeetingDetails
from shared.contracts.web import WebAddress

CASES = Path(__file__).parents[1] / "cases" / "public-reports"
DOOR: TypeAdapter[str] = TypeAdapter(WebAddress)

LETTERS = "abcXYZ019"
NAMES = st.lists(st.text(LETTERS + "_-", min_size=1, max_size=8), min_size=1, max_size=4).map(".".join)
HOSTS = NAMES | st.text(LETTERS + "_-.,@!%()[]:;'*", min_size=1, max_size=12) | st.ip_addresses(v=6).map("[{}]".format)
TAILS = st.text(LETTERS + "-._~:/?#[]@!$&'()*+,;=%", max_size=30)
ADDRESSES = st.builds(
    lambda scheme, host, port, sign, tail: f"{scheme}://{host}{port}{sign}{tail if sign else ''}",
    st.sampled_from(("https", "http")),
    HOSTS,
    st.sampled_from(("", ":8080")),
    st.sampled_from(("", "/", "?", "#")),
    TAILS,
)


def accepted(address: str) -> bool:
    try:
        DOOR.validate_python(address)
    except ValidationError:
        return False
    return True


def same(written: str, given_: str) -> bool:
    """Two ways to write one address: signs may be written as %21."""
    return unquote(written.replace("%25", "%")) == unquote(given_.replace("%25", "%"))


@given(ADDRESSES)
@example("https://hub.example.org?event=123")
@example("https://my_host.example.org/x_y")
@example("https://1drv.ms/b/s!AjZ9example")
@example("https://a.example/)x](y)((z))**b**")
@example("https://a.example/?a=1&copy;=2")
def test_what_a_door_takes_stands_whole_in_every_form_of_a_message(address: str) -> None:
    if not accepted(address):
        return
    markdown = fill("See {{ link(address, words) }} today.", {"address": address, "words": "this"}, markdown=True)
    [html] = re.findall(r'href="([^"]*)"', as_html(markdown))
    text = as_text(markdown).removeprefix("See this: ").removesuffix(" today.\n")
    sms = fill("{{ link(address) }}", {"address": address}, markdown=False)
    for written in (unescape(html), text, sms):
        assert same(written, address)
        assert urlsplit(written)[:2] == urlsplit(address)[:2], "another host would be another place"
        assert not re.search(r"[\s<>\"'()\[\]*]|[.,;!]$", written), "no reader takes a part of it alone"


@given(st.text(max_size=40))
def test_what_no_door_takes_no_message_writes(text: str) -> None:
    if not accepted(text) and not text.startswith("mailto:"):
        with pytest.raises(Unfit):
            fill("{{ link(address, 'x') }}", {"address": text}, markdown=True)


def test_an_agenda_that_is_published_can_be_confirmed() -> None:
    text = (CASES / "meeting-agenda-query.toml").read_text("utf-8")
    details = MeetingDetails.model_validate(read_details(text, "meeting.toml"))
    [link] = _links(details.agenda)
    said = fill("{{ link(each.address, each.words) }}", {"each": link}, markdown=True)
    assert 'href="https://hub.example.org?event=123"' in as_html(said)


def test_a_sheet_takes_a_link_as_onedrive_makes_it() -> None:
    sheet = MiSheet.model_validate(tomllib.loads((CASES / "sheet-onedrive-link.toml").read_text("utf-8")))
    said = fill("{{ link(address, 'Slides') }}", {"address": sheet.links[0].url}, markdown=True)
    assert 'href="https://1drv.ms/b/s!AjZ9example"' in as_html(said)


@pytest.mark.parametrize(
    "bad",
    [
        "hub.example.org",
        "https://",
        "https://a b.example",
        "ftp://a.example",
        "https://ü.example",
        "https://@a.example",
        "https://[::1]/",
        "https://a..example",
        "https://(a).example",
    ],
)
def test_a_link_that_is_none_is_refused_at_the_door_by_its_field(bad: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Link.model_validate_json(json.dumps({"title": str(uuid4()), "url": bad}))
    assert [each["loc"] for each in refused.value.errors()] == [("url",)]
    assert "write a whole web address" in str(refused.value)
