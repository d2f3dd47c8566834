"""`python -m deploy.local.mail --port 2525 --folder mails`: a mail sink that keeps every message in a folder.

With `--faults FILE` it fails as that file says, in the words of faults.py: "451" and "554" refuse a message, "lost"
ends the connection before it is kept, "drop-after-data" keeps it and ends the connection without a word.
"""

import asyncio
import hashlib
import json
import signal
from email import message_from_bytes
from pathlib import Path
from typing import Annotated

import typer
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.faults import Faults

REFUSALS = {
    "perm-fail@simulator.notify": "550 5.1.1 no such mailbox",
    "temp-fail@simulator.notify": "451 4.2.1 mailbox busy, try again later",
}
"""GOV.UK Notify's test addresses, and how a mail server would refuse them."""
_ANSWERS = {"451": "451 4.3.0 try again later", "554": "554 5.6.0 message refused"}
_ENDS = ("lost", "drop-after-data")


class Sink:
    """Keeps each message as `<n>-<hash of its Message-ID>.eml`, whole or not at all; counts on after a restart."""

    def __init__(self, folder: Path, faults: Path | None = None) -> None:
        self._faults = Faults((*_ANSWERS, *_ENDS))
        self._asked = faults
        self._read_at = 0
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._count = max((int(each.name.split("-", 1)[0]) for each in folder.glob("[0-9]*-*.eml")), default=0)

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        if refusal := REFUSALS.get(address.lower()):
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(rcpt_options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        fault = self._fault()
        if fault in _ANSWERS:
            return _ANSWERS[fault]
        if fault == "lost":
            _hang_up(server)
            return ""
        content = envelope.content or b""
        body = content.encode() if isinstance(content, str) else content
        self._keep(body)
        if fault == "drop-after-data":
            _hang_up(server)
        return "250 kept"

    def _fault(self) -> str:
        """What goes wrong next; what was asked for is read again whenever it has been written anew."""
        if self._asked is not None and self._asked.exists() and self._asked.stat().st_mtime_ns != self._read_at:
            self._read_at = self._asked.stat().st_mtime_ns
            self._faults.play(json.loads(self._asked.read_text()))
        return self._faults.take()[0]

    def _keep(self, body: bytes) -> None:
        message_id = str(message_from_bytes(body).get("Message-ID", "")).strip()
        self._count += 1
        name = f"{self._count:06d}-{hashlib.sha256(message_id.encode()).hexdigest()[:12]}"
        part = self._folder / f"{name}.part"
        part.write_bytes(body)
        part.rename(self._folder / f"{name}.eml")


def _hang_up(server: SMTP) -> None:
    if isinstance(server.transport, asyncio.Transport):
        server.transport.abort()


async def listen(port: int, folder: Path, faults: Path | None = None, host: str = "127.0.0.1") -> asyncio.Server:
    """Take mail (port 0: any free one) for as long as the server is open."""
    sink = Sink(folder, faults)
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: SMTP(sink, hostname="mail.local", loop=loop), host, port)


async def serve(port: int, folder: Path, faults: Path | None, host: str) -> None:
    """Take mail until the process is told to stop."""
    stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    async with await listen(port, folder, faults, host):
        await stop.wait()


def main(
    port: Annotated[int, typer.Option(help="port to listen on")],
    folder: Annotated[Path, typer.Option(help="where the messages are kept")],
    faults: Annotated[Path | None, typer.Option(help="a file that says what goes wrong")] = None,
    host: Annotated[str, typer.Option(help="address to listen on; 0.0.0.0 in a container")] = "127.0.0.1",
) -> None:
    """Run the mail sink."""
    asyncio.run(serve(port, folder, faults, host))


if __name__ == "__main__":
    typer.run(main)
