"""Somebody's calendar program, by a second and independent reader of what it is sent."""

from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import vobject


def read(written: bytes) -> Any:
    return vobject.readOne(written.decode())


class Calendar:
    """A calendar as RFC 5546 wants it kept: by uid, the higher sequence, then the later stamp."""

    def __init__(self) -> None:
        self.entries: dict[str, Any] = {}
        self.ranks: dict[str, tuple[int, datetime]] = {}

    def receives(self, written: bytes) -> None:
        whole = read(written)
        entry = whole.vevent
        uid, rank = entry.uid.value, (int(entry.sequence.value), entry.dtstamp.value)
        if uid in self.ranks and rank <= self.ranks[uid]:
            return
        self.ranks[uid] = rank
        if whole.method.value == "CANCEL":
            self.entries.pop(uid, None)
        else:
            self.entries[uid] = entry

    def takes_from(self, mails: list[EmailMessage]) -> None:
        """Take every invitation that is attached, as a mail program hands it over: under the method of its part."""
        for mail in mails:
            for part in mail.iter_attachments():
                if part.get_content_type() == "text/calendar":
                    written = part.get_payload(decode=True)
                    assert isinstance(written, bytes)
                    assert part.get_param("method") == read(written).method.value
                    self.receives(written)


def mails_to(folder: Path, address: str) -> list[EmailMessage]:
    """The mails that have arrived for an address, in no order."""
    found = [message_from_bytes(file.read_bytes(), policy=default) for file in folder.glob("*.eml")]
    return [mail for mail in found if isinstance(mail, EmailMessage) and address in str(mail["To"])]
