"""Translations: only checked words go, the English ones are always there, and whatever is not fit is named."""

import io
import re
import shutil
from pathlib import Path

import pytest
from pypdf import PdfReader

from deploy.local import printing
from services.notifications.addresses.sms_parts import size
from services.notifications.words.contacts import contact_book
from services.notifications.words.template_files import FOLDER, Template, TemplateInvalid, read_template, templates
from services.notifications.words.translations import Translation, of_template, translation, translations
from services.notifications.words.wording import Unwritable, write
from shared.contracts.notifications import Channel

SHIPPED = [(made, channel) for of in translations().values() for made in of.values() for channel in made.sources]
LETTERS = ("penalty_notice", "penalty_notice_reissued", "notice_to_improve", "withdrawal_letter")


@pytest.mark.parametrize(
    ("made", "channel"), SHIPPED, ids=[f"{each.template}-{each.language}-{by}" for each, by in SHIPPED]
)
def test_what_is_shipped_can_be_written_is_not_stale_and_waits_for_somebody_to_check_it(
    made: Translation, channel: Channel
) -> None:
    assert made.unfit(channel) == "nobody has checked it yet"
    assert translation(made.template, channel, made.language) is None, "it would go to a family unchecked"
    name = "penalty_notice" if channel == "letter" else made.template
    for sample in ("sample", "worst"):
        written = write(name, channel, templates()[name].sample(sample), made)  # type: ignore[arg-type]
        assert written.language == made.language
        assert channel == "sms" or "not to be sent: nobody has checked it yet" in written.text


def pages(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_is_the_whole_english_letter_with_one_page_behind_it(name: str, checked: None) -> None:
    facts = templates()[name].sample()
    english = write(name, "letter", facts)
    helped = write(name, "letter", facts, translation(name, "letter", "pl"))
    *letter, page = pages(helped.pdf)
    assert letter == pages(english.pdf)
    for said in ("Only the letter in English counts in law", "Moc prawną ma tylko list w języku angielskim", "01603"):
        assert said in " ".join(page.split())
    assert "not to be sent" not in page
    assert helped.version != english.version
    assert printing.look(helped.pdf) is None, "the print provider takes it"


@pytest.mark.parametrize(
    "words", ["Zażółć gęślą jaźń", "Ačiū už šį puslapį", "școală și țară", "São informações", "Їжак ґанок"]
)
def test_the_letters_font_has_the_signs_of_the_languages_that_families_speak(words: str) -> None:
    facts = {**templates()["penalty_notice"].sample(), "circumstances": words}
    assert words in " ".join(pages(write("penalty_notice", "letter", facts).pdf)).replace("\n", " ")


def test_a_mail_says_the_english_words_beneath_and_which_are_in_which_language(checked: None) -> None:
    english = write("penalty_notice_alert", "email", {})
    polish = write("penalty_notice_alert", "email", {}, translation("penalty_notice_alert", "email", "pl"))
    assert polish.subject == "List w sprawie obecności w szkole jest w drodze do Państwa"
    above, _, below = polish.text.partition("The same in English:\n\n")
    assert "Wysłaliśmy do Państwa pocztą list" in above
    assert below == english.text
    assert re.search(r'<div lang="pl">\s*<h1>List jest w drodze', polish.html)
    assert "not to be sent" not in polish.text


def test_a_text_goes_in_the_language_alone_and_is_priced_by_its_own_signs(checked: None) -> None:
    polish = write("penalty_notice_alert", "sms", {}, translation("penalty_notice_alert", "sms", "pl"))
    measured = size(polish.text)
    assert (measured.encoding, measured.parts) == ("UCS-2", 3)
    assert "letter about" not in polish.text


@pytest.mark.parametrize(("wish", "got"), [("pt-BR", "pt"), ("pl", "pl"), ("uk", None), ("en", None)])
def test_a_wish_is_met_by_the_nearest_language_that_there_is(wish: str, got: str | None, checked: None) -> None:
    found = translation("penalty_notice_alert", "sms", wish)
    assert (found.language if found else None) == got


def test_a_missing_field_blocks_the_letter_in_either_language(checked: None) -> None:
    facts = {**templates()["penalty_notice"].sample(), "discharge": ""}
    for wish in ("en", "pl"):
        with pytest.raises(Unwritable, match="penalty_notice: discharge: the field is missing or empty"):
            write("penalty_notice", "letter", facts, translation("penalty_notice", "letter", wish))


@pytest.fixture
def alert(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER / "penalty_notice_alert", tmp_path / "penalty_notice_alert"))


def read(folder: Path) -> Template:
    return read_template(folder, contact_book())


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def test_a_change_of_the_english_words_makes_only_their_translations_stale(alert: Path) -> None:
    edit(alert / "sms.txt", "letter", "note")
    for made in of_template(read(alert)):
        assert made.unfit("sms") == "the English words have changed since it was made"
        assert made.unfit("email") == "nobody has checked it yet"


@pytest.mark.parametrize(
    ("file", "old", "new", "why"),
    [
        ("pl/email.md", "Subject: ", "", "begin with a line `Subject: …`"),
        ("pl/sms.txt", "{{ book.authority }}", "{{ child }}", "it names other facts than the English words: child"),
        ("pl/sms.txt", "{{ book", "{% if x %}{{ book", "line"),
        ("pl/meta.toml", "[english]", 'checked_by = "Ewa Nowak"\n[english]', "write both checked_by and checked_on"),
        ("pl/meta.toml", "sms =", "letter =", "english.sms"),
    ],
)
def test_a_translation_that_breaks_a_rule_is_refused_when_it_is_read(
    alert: Path, file: str, old: str, new: str, why: str
) -> None:
    edit(alert / file, old, new)
    with pytest.raises(TemplateInvalid, match=r"^penalty_notice_alert/pl") as refused:
        list(of_template(read(alert)))
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("folder", "why"), [("ur", "from right to left"), ("ar-EG", "from right to left"), ("Polish", "BCP 47")]
)
def test_a_folder_that_is_no_language_that_we_can_set_is_refused(alert: Path, folder: str, why: str) -> None:
    (alert / "pl").rename(alert / folder)
    with pytest.raises(TemplateInvalid, match=why):
        list(of_template(read(alert)))


def test_a_translation_has_no_words_for_a_channel_without_english_ones(alert: Path) -> None:
    (alert / "sms.txt").unlink()
    with pytest.raises(TemplateInvalid, match="no English words for the channel sms"):
        list(of_template(read(alert)))
