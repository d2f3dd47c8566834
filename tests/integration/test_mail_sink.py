"""The local mail sink, spoken to over SMTP as our own mail server would be."""

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import aiosmtplib
import pytest

from deploy.local.mail import listen
from deploy.local.patience import Deadline, stretched
from services.notifications.words.email_message import message
from services.notifications.words.wording import Written

AT = datetime(2025, 9, 22, 9, 30, tzinfo=UTC)
SENDER = "Attendance Team <csattendance@norfolk.gov.uk>"


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[int]:
    server = await listen(0, tmp_path)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def send(port: int, reference: str = "r-1", recipient: str = "office@school.example") -> None:
    words = Written("notice", "v1", "email", "Case C-1", ".\nWords with £ and a lone dot\n")
    mail = message(words, sender=SENDER, recipient=recipient, reference=reference, instant=AT)
    await aiosmtplib.send(mail, hostname="127.0.0.1", port=port, start_tls=None)


def kept_in(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


async def test_each_message_is_kept_as_it_was_sent(port: int, tmp_path: Path) -> None:
    await send(port, "r-1")
    await send(port, "r-1")
    await send(port, "r-2")
    kept = kept_in(tmp_path)
    assert [each.name.split("-")[0] for each in kept] == ["000001", "000002", "000003"]
    hashes = [each.stem.split("-")[1] for each in kept]
    assert hashes[0] == hashes[1] != hashes[2]
    read = message_from_bytes(kept[0].read_bytes(), policy=policy.default)
    assert read["Message-ID"] == "<r-1@norfolk.gov.uk>"
    assert read.get_content().splitlines() == [".", "Words with £ and a lone dot"]
    assert {each.suffix for each in kept} == {".eml"}


async def test_the_count_goes_on_after_a_restart(port: int, tmp_path: Path) -> None:
    await send(port)
    again = await listen(0, tmp_path)
    await send(again.sockets[0].getsockname()[1])
    again.close()
    assert [each.name[:7] for each in kept_in(tmp_path)] == ["000001-", "000002-"]


@pytest.mark.parametrize(
    ("recipient", "code"), [("perm-fail@simulator.notify", 550), ("temp-fail@simulator.notify", 451)]
)
async def test_the_test_recipients_are_refused(port: int, tmp_path: Path, recipient: str, code: int) -> None:
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
        await send(port, recipient=recipient)
    assert refused.value.recipients[0].code == code
    assert kept_in(tmp_path) == []


def test_it_runs_as_a_program_and_stops_when_told(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path / "mails"
    command = [sys.executable, "-m", "deploy.local.mail", "--port", str(port), "--folder", str(folder)]
    with subprocess.Popen(command) as program:
        try:
            deadline = Deadline(20)
            while not answers(port):
                assert not deadline.is_over()
            asyncio.run(send(port))
            assert len(kept_in(folder)) == 1
            program.terminate()
            assert program.wait(stretched(10)) == 0
        finally:
            program.kill()


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return threading.Event().wait(0.05)
    return True
