"""The duty line at work: the command line against the running services, from a meeting's file to its register."""

import asyncio
import re
from datetime import datetime, timedelta
from pathlib import Path

import httpx
from typer.testing import CliRunner

from services.cli import app
from shared.time.clock import LONDON
from tests.calendar_program import Calendar, mails_to
from tests.making import school
from tests.system.living import Living
from tests.visiting import Visitor
from tests.waiting import eventually

BEFORE = datetime(2024, 5, 7, 9, tzinfo=LONDON)
SMALL = """
title = "Attendance Service network meeting, Summer term"
date = 2024-06-13
from = "9.30am"
to = "12.30pm"
in_person = { place = "The Inspiration Trust Teaching School Hub", address = ["Hall Road", "Norwich"], capacity = 1 }
"""


class DutyLine:
    """Types commands, and reads what they say."""

    def __init__(self, living: Living) -> None:
        self.environment = {
            "EVERYDAY_AMQP_URL": living.stack.amqp,
            "EVERYDAY_MONGO_URL": living.stack.mongo,
            "EVERYDAY_CLOCK_FILE": str(living.stack.clock_file),
            "EVERYDAY_OFFICER_ID": "officer-17",
            "EVERYDAY_OFFICER": "Jo Harwood",
        }

    def types(self, *words: str, ends: int = 0) -> str:
        done = CliRunner().invoke(app, ["bookings", *words], env=self.environment)
        assert done.exit_code == ends, done.output
        return done.output

    def reference(self, kind: str, *words: str) -> str:
        found = re.search(rf"{kind}-\w{{4}}-\w{{5}}", self.types(*words))
        assert found
        return found[0]

    def books(self, meeting: str, name: str, urn: str) -> str:
        person = ("--name", name, "--email", f"{name.split(maxsplit=1)[0].lower()}@school.example.org", "--urn", urn)
        return self.reference("B", "book", meeting, *person)


def test_a_meeting_is_put_on_booked_asked_about_and_its_register_kept(living: Living, tmp_path: Path) -> None:
    living.set_clock(BEFORE)
    asyncio.run(living.feed([school("801951"), school("801952")]))
    line, file = DutyLine(living), tmp_path / "meeting.toml"
    file.write_text(SMALL)
    meeting = line.reference("M", "publish", str(file))
    ada, bea = line.books(meeting, "Ada Moss", "801951"), line.books(meeting, "Bea Nix", "801952")
    waits = line.types("why", bea)
    assert "On the waiting list." in waits
    assert "1 place of 1 is taken." in waits
    assert "Nobody is before them: they are number 1 on the list." in waits
    assert "already has the booking" in line.types(
        "book", meeting, "--name", "ada moss", "--email", "ADA@school.example.org", ends=1
    )
    assert "Cancelled (Ofsted), by staff officer-17." in line.types("cancel-booking", ada, "--reason", "ofsted")
    assert "this booking has ended. Cancelled" in line.types("cancel-booking", ada, ends=2)
    assert "Confirmed." in line.types("why", bea)
    assert "there is no meeting" in line.types("book", "M-2222-2222P", "--name", "A", "--email", "a@b.org", ends=2)
    living.set_clock(BEFORE + timedelta(days=60))
    assert "recorded: 1." in line.types("attendance", meeting, f"{bea}=attended")
    assert "is in the past" in line.types("publish", str(file), ends=2)
    csv = tmp_path / "register.csv"
    line.types("register", meeting, "--csv", str(csv))
    assert "Bea Nix" in csv.read_text()
    assert "Marsh Lane School" in csv.read_text()


def test_a_certificate_waits_for_how_it_was_or_for_staff_who_waive_it(living: Living, tmp_path: Path) -> None:
    living.set_clock(BEFORE)
    line, file = DutyLine(living), tmp_path / "meeting.toml"
    file.write_text(
        SMALL.replace("capacity = 1", "capacity = 2") + '[[evaluation]]\nask = "Useful?"\nanswer = "scale"\n'
    )
    meeting = line.reference("M", "publish", str(file), "--again")
    cat, dee = line.books(meeting, "Cat Orr", "801951"), line.books(meeting, "Dee Pym", "801951")
    living.set_clock(datetime(2024, 6, 13, 13, tzinfo=LONDON))
    line.types("attendance", meeting, "--rest", "attended")

    async def link(name: str, purpose: str) -> str:
        async def look() -> str | None:
            mails = mails_to(living.stack.mail_folder, f"{name}@school.example.org")
            bodies = [body.get_content() for mail in mails if (body := mail.get_body(("plain",)))]
            found = re.search(rf"http\S+/{purpose}/[\w.-]+", " ".join(bodies))
            return found and found[0]

        return await eventually(look, f"a mail with {purpose} to {name}")

    async def pressed(address: str, **form: str) -> str:
        async with httpx.AsyncClient(base_url=address.partition("/evaluate")[0]) as client:
            return (await Visitor(client).presses(address, **form)).text

    ask = asyncio.run(link("cat", "evaluate"))
    pdf = tmp_path / "certificate.pdf"
    for booking in (cat, dee):
        assert f"bookings waive {booking}" in line.types("certificate", booking, "--into", str(pdf), ends=2)
    assert "Your certificate is ready." in asyncio.run(pressed(ask, **{"answer": "send", "question-1": "5"}))
    asyncio.run(link("cat", "certificate"))
    line.types("waive", dee, "--reason", "needs-it-now")
    line.types("certificate", dee, "--into", str(pdf))
    assert pdf.read_bytes().startswith(b"%PDF")
    assert "They already have a certificate" in line.types("waive", dee, ends=1)
    assert "2 people attended; 1 person answered." in line.types("evaluation", meeting)


def test_the_mails_of_a_booking_keep_a_diary_in_step(living: Living, tmp_path: Path) -> None:
    """Booked, moved, cancelled: what arrives in the inbox is what a calendar has to follow."""
    living.set_clock(BEFORE)
    line, file, calendar = DutyLine(living), tmp_path / "meeting.toml", Calendar()
    file.write_text(SMALL)

    def arrived(count: int) -> None:
        async def look() -> bool:
            return len(mails_to(living.stack.mail_folder, "una@school.example.org")) >= count

        asyncio.run(eventually(look, f"{count} mails"))
        calendar.takes_from(mails_to(living.stack.mail_folder, "una@school.example.org"))

    meeting = line.reference("M", "publish", str(file), "--again")
    una = line.books(meeting, "Una Reed", "801951")
    arrived(1)
    [entry] = calendar.entries.values()
    assert entry.uid.value.startswith(una)
    assert entry.dtstart.value == datetime(2024, 6, 13, 9, 30, tzinfo=LONDON)
    line.types("change", meeting, "date=2024-06-20", "from=9.30am", "to=12.30pm")
    arrived(2)
    [entry] = calendar.entries.values()
    assert (entry.sequence.value, entry.dtstart.value) == ("1", datetime(2024, 6, 20, 9, 30, tzinfo=LONDON))
    line.types("cancel-booking", una)
    arrived(3)
    assert calendar.entries == {}
