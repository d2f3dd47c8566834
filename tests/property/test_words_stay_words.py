"""Whatever people type, a message holds no mark-up, link, placeholder or header that its template did not make."""

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes, policy
from functools import cache
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from pypdf import PdfReader

from services.notifications.words.contacts import contact_book
from services.notifications.words.email_message import message
from services.notifications.words.email_words import as_html, as_text
from services.notifications.words.inert import escaped, one_line, plain
from services.notifications.words.template_files import templates
from services.notifications.words.wording import Written, write
from shared.contracts.notifications import Channel

AT = datetime(2024, 1, 1, tzinfo=UTC)
SENDER = "Attendance Team <csattendance@norfolk.gov.uk>"
OURS = contact_book().own_domains
EMAILS = sorted(name for name, each in templates().items() if "email" in each.sources)
HOSTILE = [
    "<script>alert(1)</script>",
    "</p></div><img src=x onerror=alert(1)>",
    "&lt;b&gt; &#60;b&#62; &amp;",
    "# Heading",
    "===",
    "---",
    "***",
    "* star",
    "- item",
    "+ item",
    "• item",
    "1. item",
    "1) item",
    "^ inset",
    "> quoted",
    "    code",
    "```code",
    "~~~ code",
    "| a | b |",
    "[words](https://evil.example/pay)",
    "![picture](https://evil.example/x.png)",
    "[a]: https://evil.example",
    "[a][b]",
    "<https://evil.example>",
    "https://evil.example/?a=1&b=2",
    "HTTP://EVIL.EXAMPLE",
    "//evil.example",
    "www.evil.example",
    "www.4chan.org",
    "evil.com",
    "evil．com",
    "evil。com",
    "xn--evl-fla.com",
    "ëvil.com",
    "https://www.norfolk.gov.uk.evil.com",
    "https://www.norfolk.gov.uk@evil.com",
    "https://evil.com/www.norfolk.gov.uk",
    "norfolk.gov.uk.evil.com",
    "mailto:bad@evil.example",
    "bad@evil.example",
    "bad@evil.com",
    "ftp://evil.example",
    "((name))",
    "(((name)))",
    "((name??yes))",
    "{{ 7 * 7 }}",
    "{% include 'layouts/contact.md' %}",
    "{# hidden #}",
    "a\r\nBcc: bad@evil.com",
    "a\n\n# Heading\n\n- item",
    "a\u2028b\u2029c\x85d\x0be",
    "\u202eevil\u202c",
    "a\x00b\x1b[31m",
    "\\",
    "\\# a",
    "a\\",
    "`code` *stars* __under__ ~~gone~~",
    "Żółć Ω Шев 王芳 مريم 😀 e\u0301",
    "<!-- comment",
    "<![CDATA[x]]>",
    "\"><a href='https://evil.example'>",
]
typed = st.one_of(
    st.sampled_from(HOSTILE),
    st.lists(st.sampled_from(HOSTILE), min_size=2, max_size=3).map(" ".join),
    st.text(st.sampled_from("ab1 .:/@#*_-+()[]{}<>&|\\`~^=!?\n\r\t\"'wWé。\u200b"), min_size=1, max_size=30),
).filter(one_line)


class Skeleton(HTMLParser):
    """The elements of a page with their attributes, without the words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[object] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.append((tag, str(attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.found.append(tag)

    def handle_comment(self, data: str) -> None:
        self.found.append("comment")

    def unknown_decl(self, data: str) -> None:
        self.found.append("declaration")


def lines_of(text: str) -> list[str]:
    """What each line of a text is to GOV.UK Notify's Markdown (its blocks begin a line)."""
    kinds = (
        ("heading", r" *#{1,6} *\S|[=-]+ *$"), ("rule", r" *([*_-] *){3,}$"), ("list", r" *([•*+-]|\d+[.)]) "),
        ("inset", r" *[\^>]"), ("code", r" {4}| *(```|~~~)"), ("table", r" *\|"), ("definition", r" *\[[^\]]+\]:"),
        ("nothing", r"\s*$"),
    )  # fmt: skip
    return [next((kind for kind, form in kinds if re.match(form, line)), "words") for line in text.splitlines()]


def typed_into(facts: Any, words: str, but: frozenset[str]) -> Any:
    """The same facts with every text that people type replaced."""
    if isinstance(facts, dict):
        return {name: value if name in but else typed_into(value, words, but) for name, value in facts.items()}
    if isinstance(facts, list):
        return [typed_into(each, words, but) for each in facts]
    return words if isinstance(facts, str) else facts


NOT_TYPED = frozenset({
    "date", "session", "code", "case", "notice", "upn", "urn", "policy", "evidence_hash", "school_weeks", "starts_on",
    "ends_on", "decide_by", "issued_on", "paid_on", "pay_until", "ground", "because", "issued_by", "published_on",
    "complete_by", "kind", "number", "season", "from_day", "to_day", "unsubscribe", "done_link", "assets_link",
    "more_link", "address", "on", "template", "starts_at", "ends_at", "offer_until", "mode", "outcome",
    "changed", "links", "booking", "held_on", "check", "attendance", "reminders", "recording", "link",
    "copy_link", "contact_link", "day", "response", "sha256", "reference", "delivery",
})  # fmt: skip
GUESS = LinkifyIt(options={"fuzzy_link": True, "fuzzy_email": True, "fuzzy_ip": True}).tlds("example", True)


@cache
def mailed(name: str, words: str) -> Written:
    return write(name, "email", typed_into(templates()[name].sample(), words, NOT_TYPED))


def links_in(text: str) -> set[str]:
    """What a mail program that guesses would make a link of."""
    found = {match.url for match in GUESS.match(text) or []}
    return found | set(re.findall(r"(?i)\bhttps?://\S+|\bwww\.\S+", text))


def is_ours(link: str) -> bool:
    parts = urlsplit(link if "//" in link or link.startswith("mailto:") else f"https://{link}")
    host = (parts.path.rpartition("@")[2] if parts.scheme == "mailto" else parts.netloc).lower().rstrip(".,;:!?)")
    return any(host == domain or host.endswith(f".{domain}") for domain in OURS)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_an_email_holds_nothing_of_what_was_tried(hostile: str) -> None:
    _holds_nothing_of("mi_sheet", one_line(hostile))  # its subject, headings, lists and links are typed by people


@given(st.sampled_from(EMAILS), typed.map(one_line))
@settings(max_examples=30, deadline=None)
def test_an_email_has_the_elements_the_lines_and_the_links_of_its_template(name: str, words: str) -> None:
    _holds_nothing_of(name, words)


def _holds_nothing_of(name: str, words: str) -> None:
    tried, harmless = mailed(name, words), mailed(name, "Words")
    assert Skeleton(tried.html).found == Skeleton(harmless.html).found
    assert lines_of(tried.text) == lines_of(harmless.text)
    assert all(is_ours(link) for link in links_in(tried.text)), links_in(tried.text)
    assert not re.search(r"\(\(|\)\)|\]\(", tried.text)


@given(typed)
@example("a\n# b\n\n[c](https://evil.example)\n===\n    d")
@settings(max_examples=30, deadline=None)
def test_paragraphs_that_people_typed_are_paragraphs_and_nothing_else(words: str) -> None:
    facts = {**templates()["request_declined"].sample(), "reason": words}
    written = write("request_declined", "email", facts)
    reason = written.html.split("officer's reason</h2>")[1].split("<h2>")[0]
    assert set(re.findall(r"<[^>]*>", reason)) == {"<p>", "</p>"}
    said = written.text.split("reason\n--------------------\n\n")[1].split("\n\nWhat to do now")[0]
    assert set(lines_of(said)) <= {"words", "nothing"}
    assert all(is_ours(link) for link in links_in(said))


@given(typed)
@settings(max_examples=60, deadline=None)
def test_escaped_words_come_out_of_markdown_as_they_went_in(words: str) -> None:
    line = one_line(words)
    [paragraph] = MarkdownIt("commonmark", {"html": False}).enable("table").parse(escaped(line))[1:2]
    assert "".join(each.content for each in paragraph.children or []) == line
    assert "".join(as_text(escaped(line)).split()).replace("\\", "") == "".join(line.split()).replace("\\", "")
    assert as_html(escaped(line)).count("<") == 2


@given(typed)
@example("jo@norfolk.gov.uk")
@example("(https://www.norfolk.gov.uk/attendance).")
@example("St. Mary's, 9.30am, £80.50, Mr.Smith, 55/24")
@settings(max_examples=60, deadline=None)
def test_what_is_taken_apart_loses_no_letter(words: str) -> None:
    assert plain(words, OURS).replace(" ", "") == one_line(words).replace(" ", "")


@pytest.mark.parametrize(
    "ours",
    ["jo@norfolk.gov.uk", "(https://www.norfolk.gov.uk/attendance).", "www.justonenorfolk.nhs.uk/attendance", "9.30am"],
)
def test_our_own_addresses_stay_whole(ours: str) -> None:
    assert plain(f"Go to {ours} now", OURS) == f"Go to {ours} now"


@given(st.sampled_from(["mi_sheet", "mi_sheet_chaser", "notice"]), typed)
@example("mi_sheet", "=?utf-8?q?a=0ABcc:_b@school.example?=")
@example("notice", "=\u200b?utf-8?q?x?=")
@settings(max_examples=30, deadline=None)
def test_no_subject_that_people_typed_adds_a_header(name: str, words: str) -> None:
    written = write(name, "email", {**templates()[name].sample(), "title": words, "subject": words})
    whole = message(written, sender=SENDER, recipient="b@school.example", reference="r-1", instant=AT).as_bytes()
    read = message_from_bytes(whole, policy=policy.default)
    assert read["Subject"].split() == written.subject.split()  # as it was written: nothing in it is decoded
    assert set(read.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
    }  # fmt: skip


@given(typed)
@settings(max_examples=30, deadline=None)
def test_a_text_message_has_no_link_or_placeholder_that_people_typed(words: str) -> None:
    written = write("notice", "sms", {"subject": "x", "words": words})
    assert written.text.startswith("Norfolk County Council: ")
    assert all(is_ours(link) for link in links_in(written.text))
    assert not re.search(r"\(\(|\)\)|[\r\n]", written.text)


PRINTED = [each for each in HOSTILE if each.isascii() and each.isprintable()] + [
    '#panic("no")', '#read("/etc/passwd")', "$x^2$", "@ref <label>", "// gone", "/* gone */", "#sys.version",
    "= Heading", "_under_ *bold*", '"quoted" `raw`', "-- --- ~", '#import "/a.typ": *',
    "Żółć Đặng-Ωμέγα Шевченко",
]  # fmt: skip
Facts = Callable[[str], dict[str, Any]]
LETTERS: dict[str, Facts] = {
    "notice": lambda words: {"words": words},
    "notice_to_improve": lambda words: {"child": words, "content": dict.fromkeys(_CONTENT, words)},
    "penalty_notice": lambda words: {"circumstances": words, "how_to_pay": [words], "discharge": words},
}
_CONTENT = ("attendance", "support_given", "further_support", "success", "early_breach")


@pytest.mark.parametrize("name", LETTERS)
def test_a_letters_words_are_set_as_they_were_typed(name: str) -> None:
    words = "\n".join(PRINTED)
    one_after_another = " ".join(PRINTED)
    channel: Channel = "letter"
    text_like = LETTERS[name](one_after_another if name != "notice" else words)
    written = write(name, channel, {**templates()[name].sample(), **text_like})
    printed = "".join(page.extract_text() for page in PdfReader(io.BytesIO(written.pdf)).pages)
    for each in PRINTED:
        assert "".join(each.split()) in "".join(printed.split()), each
        assert "".join(each.split()) in "".join(written.text.split()), each
