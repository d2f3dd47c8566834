import pytest

from services.notifications.words.inert import apart, escaped, one_line, plain
from services.notifications.words.template_files import templates
from services.notifications.words.wording import write

OURS = ("norfolk.gov.uk",)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("evil.example", "evil. example"),
        ("https://evil.example/a.b?c=d", "https: //evil. example/a. b?c=d"),
        ("//1.2.3.4", "//1.2.3.4"),
        ("http://1.2.3.4", "http: //1. 2. 3. 4"),
        ("www.4", "www. 4"),
        ("WWW.4chan.org", "WWW. 4chan. org"),
        ("bad@localhost", "bad @localhost"),
        ("bad@evil.example", "bad @evil. example"),
        ("evil．example evil。example evil｡example", "evil． example evil。 example evil｡ example"),
        ("norfolk.gov.uk.evil.com", "norfolk. gov. uk. evil. com"),
        ("https://www.norfolk.gov.uk@evil.com", "https: //www. norfolk. gov. uk @evil. com"),
        ("jo@norfolk.gov.uk", "jo@norfolk.gov.uk"),
        ("(https://www.norfolk.gov.uk/attendance).", "(https://www.norfolk.gov.uk/attendance)."),
        ("St.Mary's", "St. Mary's"),
        ("£80.50 by 9.30am, no. 5, 55/24", "£80.50 by 9.30am, no. 5, 55/24"),
    ],
)
def test_what_looks_like_an_address_is_taken_apart_unless_it_is_ours(typed: str, shown: str) -> None:
    assert plain(typed, OURS) == shown


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("a\r\nBcc: b", "a Bcc: b"),
        ("a\u2028b\u2029c\x85d\te\u00a0f", "a b c d e f"),
        ("\u202eevil\u202c\u200b\u00ad\ufeff", "evil"),
        ("a\x00b\x1bc\ue000d\U000e0041", "abcd"),
        ("  Żółć   王芳 مريم  ", "Żółć 王芳 مريم"),
    ],
)
def test_one_line_has_nothing_that_nobody_sees(typed: str, shown: str) -> None:
    assert one_line(typed) == shown


def test_every_sign_of_markdown_gets_its_backslash() -> None:
    assert escaped("a1 ! é *b*") == r"a1 \! é \*b\*"


def test_placeholders_and_links_of_a_whole_message_are_taken_apart() -> None:
    assert apart("((a)) (((b))) [c](d) [e][f]") == "( (a) ) ( ( (b) ) ) [c] (d) [e] [f]"


def test_a_placeholder_that_template_and_words_would_make_together_is_taken_apart() -> None:
    facts = {**templates()["threshold_reached"].sample(), "urn": "1", "school": "(name)"}
    facts["sessions"] = [{"date": "2024-09-09", "session": "AM", "code": "(G)", "urn": "((2))"}]
    assert not {"((", "))"} & {pair for pair in ("((", "))") if pair in write("threshold_reached", "email", facts).text}


def test_each_line_that_people_typed_is_a_paragraph() -> None:
    facts = {**templates()["request_declined"].sample(), "reason": "One.\n\n \u200b\nTwo.\r\nThree."}
    written = write("request_declined", "email", facts)
    assert "<p>One.</p>\n<p>Two.</p>\n<p>Three.</p>" in written.html
    assert "\n\nOne.\n\nTwo.\n\nThree.\n\n" in written.text
