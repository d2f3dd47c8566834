"""In which language somebody is written to: as the record or the duty line says it, in checked words."""

import io
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from pypdf import PdfReader

from services.notifications.asking.erasing import erase, holds
from services.notifications.asking.person import kept
from services.notifications.asking.record import Record
from shared.contracts.erasure import ForgetInNotifications
from shared.contracts.notices import NoticeIssued
from shared.contracts.notifications import SetLanguage
from shared.people.person import Person
from shared.store.documents import Document
from shared.writing.paper import as_text
from tests.component.test_notifications import MORNING, OFFICER, Make, Notifications, issued, make, service
from tests.unit.notifications.conftest import checked, make_notice

__all__ = ["Make", "checked", "issued", "make", "make_notice", "service"]

PAGE, ALERT = "Moc prawną ma tylko list", "list w sprawie obecności w szkole jest w drodze"


def wishes(language: str, minutes: int = 0, **whom: Any) -> SetLanguage:
    at = MORNING + timedelta(minutes=minutes)
    return SetLanguage(id=uuid4(), time=at, language=language, officer=OFFICER, **whom)


def of(language: str, issued: NoticeIssued) -> NoticeIssued:
    return issued.model_copy(update={"recipient": issued.recipient.model_copy(update={"language": language})})


def texts(service: Notifications) -> str:
    return " ".join(each.written.text for each in (*service.texts.has, *service.other_texts.has))


def letter(service: Notifications) -> list[str]:
    [sent] = service.letters.has
    return [page.extract_text() for page in PdfReader(io.BytesIO(sent.written.pdf)).pages]


async def languages(service: Notifications) -> dict[str, Any]:
    return {f"{each['telling']}:{each['channel']}": each["language"] for each in await service.deliveries()}


@pytest.mark.usefixtures("checked")
async def test_a_parent_whose_record_names_a_language_gets_it_and_the_whole_english_letter(
    service: Notifications, issued: NoticeIssued
):
    await service.hears(of("pl", issued))
    await service.works()
    assert ALERT in texts(service)
    *english, page = letter(service)
    assert PAGE in page
    assert "Penalty notice: school attendance" in english[0]
    assert await languages(service) == {
        "penalty_notice:letter": "pl",
        "penalty_notice_alert:sms": "pl",
        "notice_issued_school:email": "en",
    }
    [posted] = await service.deliveries(channel="letter")
    page_of = as_text(await Record(service.store).page(posted))
    assert "pl" in page_of.split("language")[1].splitlines()[0]


async def test_words_that_nobody_has_checked_go_to_nobody_and_it_is_kept_what_was_wished(
    service: Notifications, issued: NoticeIssued
):
    await service.hears(of("pl", issued))
    await service.works()
    assert "A letter about school attendance" in texts(service).replace(": a letter", ": A letter")
    assert not any(PAGE in page for page in letter(service))
    assert set((await languages(service)).values()) == {"en"}
    body: Document = (await service.store["bodies"].find({"channel": "letter"}))[0]
    assert (body["language"], body["wished"]) == ("en", "pl")


@pytest.mark.usefixtures("checked")
@pytest.mark.parametrize("whom", [{"parent": "parent-1"}, {"phone": "+44 7700 900123"}])
async def test_what_the_duty_line_is_told_goes_before_the_record_and_the_latest_word_counts(
    service: Notifications, issued: NoticeIssued, whom: dict[str, str]
):
    await service.hears(wishes("ro", 2, **whom), wishes("lt", 1, **whom), of("pl", issued))
    await service.works()
    assert "o scrisoare despre frecvența școlară" in texts(service)
    assert any("Despre scrisoarea" in page for page in letter(service)) == ("parent" in whom), "letters know the id"


@pytest.mark.usefixtures("checked")
async def test_a_mail_has_the_english_words_beneath(service: Notifications, issued: NoticeIssued):
    by_mail = issued.recipient.model_copy(update={"phone": None, "language": "lt"})
    await service.hears(issued.model_copy(update={"recipient": by_mail}))
    await service.works()
    [mail] = [each.written for each in service.smtp.has if each.address == "robin@home.example"]
    assert mail.subject == "Jums išsiųstas laiškas dėl mokyklos lankomumo"
    assert mail.text.index("Paštu išsiuntėme") < mail.text.index("A letter about school attendance is on its way")


@pytest.mark.usefixtures("checked")
async def test_who_wishes_english_after_all_or_what_there_is_not_gets_english(
    service: Notifications, issued: NoticeIssued
):
    await service.hears(wishes("en", parent="parent-1"), of("pl", issued))
    other = of("uk", issued).model_copy(update={"id": uuid4(), "parent_id": "parent-2", "notice": "N-5HTY-P5RVZ"})
    await service.hears(other)
    await service.works()
    assert set((await languages(service)).values()) == {"en"}
    assert len(service.letters.has) == 2


async def test_a_parents_language_is_told_to_them_and_erased_with_them(service: Notifications):
    await service.hears(wishes("pl", parent="parent-1"))
    parent = Person(parents=frozenset({"parent-1"}))
    [section] = await kept(service.store, parent)
    assert ("Wished for", "pl") in section.rows
    [held] = await holds(service.store, parent)
    command = ForgetInNotifications(id=uuid4(), time=MORNING, reason="Asked.", officer=OFFICER, parents=("parent-1",))
    await erase(service.store, [held.id], command)
    assert (await kept(service.store, parent), await holds(service.store, parent)) == ([], [])
