"""A storm of notices while everything fails: providers that are silent after accepting, that refuse, are slow and die,
receipts that come twice and late, and a service that is killed. What counts is counted at the stand-ins."""

import asyncio
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx

from deploy.local.patience import Deadline
from deploy.local.servers import Servers
from deploy.local.stack import stack
from services.notifications.deliveries.deliveries import letter_id
from shared.contracts import Message
from shared.contracts.fields import Address, Person, Session, SessionMark
from shared.contracts.mis import SchoolUpdated
from shared.contracts.notices import Amounts, Child, Contact, NoticeIssued, Recipient, SchoolNamed
from shared.identity import derived_reference
from shared.time.clock import LONDON
from tests.making import PUPIL
from tests.system.emptying import emptied
from tests.system.living import SETTINGS, Living, folder_of, living_on
from tests.waiting import eventually

FRIDAY = datetime(2024, 10, 4, 10, tzinfo=LONDON)
SCHOOLS = 50
_HOME = Address(lines=("14 Mousehold Lane", "Thorpe Hamlet", "Norwich"), postcode="NR1 4AB")
_DONE: dict[str, list[str]] = {
    "letter": ["accepted", "dispatched"],
    "sms": ["accepted", "sent", "delivered"],
    "email": ["sent"],
}


@contextmanager
def stormy(tmp: Path, servers: Servers) -> Iterator[Living]:
    """A stack of its own, on a Friday morning, with receipts that are missed after a few seconds."""
    settings = {**SETTINGS, "EVERYDAY_RECEIPT_PATIENCE": "15", "EVERYDAY_LETTER_POLL": "3600"}
    with emptied(servers), stack(folder_of(tmp), print, servers, **settings) as running, living_on(running) as living:
        living.set_clock(FRIDAY)
        yield living


@dataclass
class Storm:
    """So many notices, each a letter, a text and a mail."""

    living: Living
    notices: int
    seed: int
    kills: Counter[str] = field(default_factory=Counter)

    def messages(self) -> list[Message]:
        """The notices in any order, some of them twice, as a broker may deliver them."""
        chance = random.Random(self.seed)
        issued: list[Message] = [_notice(self.seed, number) for number in range(self.notices)]
        again = chance.sample(issued, len(issued) // 20)
        messages = [*issued, *again]
        chance.shuffle(messages)
        return [*map(_school, range(SCHOOLS)), *messages]

    async def blow(self, often: float = 1.0) -> None:
        """Let every provider fail, by chance."""
        known = {"500": 0.02, "accept-then-500": 0.03, "accept-then-timeout": 0.02, "slow": 0.02}
        chances = {name: chance * often for name, chance in known.items()}
        play = {"seconds": 4, "seed": self.seed, "receipts": {"twice": 0.3, "late": 3}}
        async with httpx.AsyncClient() as client:
            await client.post(
                f"{self.living.stack.notify}/_play", json={**play, "chances": {**chances, "429-rate": 0.01}}
            )
            await client.post(f"{self.living.stack.sinch}/_play", json={**play, "chances": {**chances, "429": 0.01}})
        mail = {"451": 0.02, "lost": 0.02, "drop-after-data": 0.02}
        faults = {"chances": {name: chance * often for name, chance in mail.items()}, "seed": self.seed}
        part = self.living.stack.mail_faults.with_suffix(".part")
        part.write_text(json.dumps(faults))
        part.replace(self.living.stack.mail_faults)

    async def rage(self, kills: int, within: float) -> None:
        """Kill the service and its providers at random all the while, until every message has gone.

        While nothing goes out the business's clock runs fast, so that nobody waits for a third attempt.
        """
        chance = random.Random(self.seed)
        names = ["notifications", "notifications", "notify", "sinch", "mail"]
        deadline = Deadline(within)
        said = before = 0
        while (gone := await self.gone()) < 3 * self.notices:
            assert not deadline.is_over(), f"{gone} of {3 * self.notices} messages have gone within {deadline}"
            if gone > 0 and self.kills.total() < kills and gone * kills >= self.kills.total() * 3 * self.notices:
                name = self.living.kill_one(chance, names)
                self.kills[name] += 1
                await self.blow_again(name)
            if gone == before:
                self.living.set_clock(self.living.clock.now() + timedelta(minutes=1))
            before = gone
            if gone - said >= 1000:
                said = gone
                sys.stdout.write(f"{gone} of {3 * self.notices} have gone; killed: {dict(self.kills)}\n")
            await asyncio.sleep(chance.uniform(0.2, 3))

    async def blow_again(self, name: str) -> None:
        """A provider that was killed forgets how it was to fail."""
        if name in {"notify", "sinch"}:
            await _answers(getattr(self.living.stack, name))
            await self.blow()

    async def gone(self) -> int:
        """How many messages have reached a provider, as far as the service knows."""
        async with self.living.store("notifications") as store:
            found = [
                await store["deliveries"].count({"channel": channel, "state": {"$in": states}})
                for channel, states in _DONE.items()
            ]
        return sum(found)

    async def counted(self) -> "Counted":
        """What the stand-ins have, by our references."""
        async with httpx.AsyncClient() as client:
            letters = (await client.get(f"{self.living.stack.notify}/_ledger")).json()
            texts = (await client.get(f"{self.living.stack.notify}/_ledger?type=sms")).json()
            others = (await client.get(f"{self.living.stack.sinch}/_ledger")).json()
        mails = Counter(
            str(message_from_bytes(file.read_bytes())["Message-ID"]).strip("<>").split("@")[0]
            for file in self.living.stack.mail_folder.glob("*.eml")
        )
        planned = await self.living.documents("notifications", "deliveries")
        return Counted(
            letters, texts, others, mails, {each["_id"]: each for each in planned if each["channel"] != "letter"}
        )

    def letters(self) -> set[str]:
        """The ids of the letters that there have to be."""
        return {letter_id(_reference(self.seed, number), "penalty_notice") for number in range(self.notices)}


@dataclass(frozen=True)
class Counted:
    """Copies of each message at each stand-in."""

    letters: dict[str, int]
    texts: dict[str, int]
    other_texts: dict[str, int]
    mails: Counter[str]
    planned: dict[str, Any]

    def of(self, channel: str) -> set[str]:
        return {key for key, each in self.planned.items() if each["channel"] == channel}

    def mails_beyond_attempts(self) -> list[str]:
        """Mails that came more often than they were attempted: there must be none."""
        return [key for key, copies in self.mails.items() if copies > self.planned[key]["attempts"]]


def _reference(seed: int, number: int) -> str:
    return derived_reference("N", _id(seed, number))


def _id(seed: int, number: int) -> UUID:
    return UUID(int=random.Random(f"{seed}:{number}").getrandbits(128), version=4)


def _school(number: int) -> SchoolUpdated:
    return SchoolUpdated(
        id=uuid4(), time=FRIDAY, correlation_id=uuid4(), urn=f"{700000 + number}", name=f"School {number}",
        attendance_email=f"office@school{number}.example.org",
    )  # fmt: skip


def _notice(seed: int, number: int) -> NoticeIssued:
    reference = _reference(seed, number)
    key = _id(seed, number)
    urn = f"{700000 + number % SCHOOLS}"
    monday = date(2024, 9, 16)
    mark = SessionMark(date=monday, session=Session.AM, code="G", urn=urn)
    return NoticeIssued(
        id=key, correlation_id=key, time=FRIDAY.astimezone(UTC), subject=reference, notice=reference,
        case=derived_reference("C", key), parent_id=f"p-{number}", upn=PUPIL, sequence=1,
        amounts=Amounts(discounted=8000, full=16000, discount_days=21, pay_days=28), sessions=(mark,),
        recipient=Recipient(name="Robin Larter", address=_HOME, phone=f"07700 900{100 + number % 800}"),
        child=Child(name="Ava Larter", address=_HOME), school=SchoolNamed(urn=urn, name="A School"),
        officer=Person(id="o-1", name="Jo Harwood", role="Attendance Officer"), issued_on=FRIDAY.date(),
        offence_from=monday, offence_to=monday, authority="Norfolk County Council", how_to_pay=("By phone",),
        contact=Contact(name="Attendance Team", phone="01603 222499", address=("County Hall", "NR1 2DH")),
        discharge="Paid in time, it is discharged.", consequence="Else, prosecution or withdrawal.",
        withdrawal_grounds=("a material error",), circumstances="A holiday.", policy="p", evidence_hash="h",
    )  # fmt: skip


async def _answers(url: str) -> None:
    async with httpx.AsyncClient() as client:

        async def answers() -> bool:
            with suppress(httpx.TransportError):
                await client.get(f"{url}/_status")
                return True
            return False

        await eventually(answers, f"answer of {url}")
