from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.notifications.words.translations import translations
from shared.contracts.fields import Address, Person, Session, SessionMark
from shared.contracts.notices import Amounts, Child, Contact, NoticeIssued, Recipient, SchoolNamed

MakeNotice = Callable[..., NoticeIssued]


@pytest.fixture
def make_notice() -> MakeNotice:
    """A first notice of ten sessions of holiday, with any field changed."""
    monday = date(2024, 9, 16)
    sessions = tuple(
        SessionMark(date=monday + timedelta(days=day), session=session, code="G", urn="120001")
        for day in range(5)
        for session in Session
    )
    home = Address(lines=("14 Mousehold Lane", "Thorpe Hamlet", "Norwich"), postcode="NR1 4AB")
    fields: dict[str, Any] = {
        "id": UUID(int=5),
        "time": datetime(2024, 10, 4, 17, tzinfo=UTC),
        "notice": "N-7K4M-9PXT3",
        "case": "C-2K4M-9PXT3",
        "parent_id": "parent-1",
        "upn": "B801200005001",
        "sequence": 1,
        "amounts": Amounts(discounted=8000, full=16000, discount_days=21, pay_days=28),
        "sessions": sessions,
        "recipient": Recipient(name="Ms Eleanor Marsh", address=home),
        "child": Child(name="Oliver Marsh", address=home),
        "school": SchoolNamed(urn="120001", name="Mousehold Lane Primary School"),
        "officer": Person(id="officer-1", name="Janet Holloway", role="Attendance Officer"),
        "issued_on": date(2024, 10, 4),
        "offence_from": date(2024, 9, 16),
        "offence_to": date(2024, 9, 20),
        "authority": "Norfolk County Council",
        "how_to_pay": ("Online at www.norfolk.gov.uk/penaltynotice", "By phone on 01603 222499"),
        "contact": Contact(
            name="Attendance Team, Norfolk County Council",
            phone="01603 222499",
            address=("County Hall", "Martineau Lane", "Norwich", "NR1 2DH"),
            email="csattendance@norfolk.gov.uk",
        ),
        "discharge": "If you pay in time, your liability for the offence is discharged.",
        "consequence": "If you do not pay, the authority must prosecute you or withdraw this notice.",
        "withdrawal_grounds": ("the notice ought not to have been issued", "the notice contains a material error"),
        "circumstances": "Oliver was taken out of school for a holiday. The school had refused leave.",
        "policy": "norfolk-2024",
        "evidence_hash": "ab" * 32,
    }
    return lambda **changed: NoticeIssued(**{**fields, **changed})


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if somebody who reads them had checked the shipped translations."""
    by = {"checked_by": "Ewa Nowak, interpreter", "checked_on": date(2024, 9, 2)}
    made = {
        name: {language: replace(each, checked=each.checked.model_copy(update=by)) for language, each in of.items()}
        for name, of in translations().items()
    }
    monkeypatch.setattr("services.notifications.words.translations.translations", lambda: made)
