"""Our providers against the stand-ins: what each answer of theirs means, and what can be found out afterwards."""

import asyncio
import json
import socket
import ssl
import subprocess
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import typst
import uvicorn
from aiosmtpd.smtp import SMTP, AuthResult
from starlette.applications import Starlette

from deploy.local import notify as notify_stand_in
from deploy.local import sinch as sinch_stand_in
from deploy.local.mail import Sink, listen
from deploy.local.notify_templates import EMAIL, SMS
from services.notifications.providers.notify import Account, NotifyEmail, NotifyLetter, NotifySms
from services.notifications.providers.outcomes import NotNow, Outgoing, Refused, Unknown
from services.notifications.providers.sinch import Sinch
from services.notifications.providers.smtp import Smtp
from services.notifications.settings import NotificationsSettings
from services.notifications.words.wording import Written
from shared.time.clock import FixedClock

KEY = f"local-{uuid4()}-{uuid4()}"
NOW = datetime(2024, 10, 4, 9, tzinfo=UTC)
_LETTER = (
    '#set page(paper: "a4", margin: 20mm)\n#place(dx: 4.6mm, dy: 20.5mm)[A Parent\\ 1 Lane\\ NR1 4AB]\n#v(90mm)\nWords'
)
PDF = bytes(typst.compile(_LETTER.encode(), format="pdf", ignore_system_fonts=True))


def settings(**more: Any) -> NotificationsSettings:
    plain: dict[str, Any] = {
        "amqp_url": "", "mongo_url": "", "link_key": "k", "public_url": "", "address_key": "k", "notify_key": KEY,
        "notify_timeout": 1, "sinch_timeout": 1, "smtp_timeout": 2, "sinch_plan": "plan", "sinch_token": "token",
    }  # fmt: skip
    return NotificationsSettings(**{**plain, **more})


def outgoing(channel: Any, address: str, reference: str = "ref-1") -> Outgoing:
    return Outgoing(reference, address, Written("t", "v", channel, "Subject", "Words £\n", pdf=PDF), NOW)


@pytest.fixture
def serve() -> Iterator[Callable[[Starlette], str]]:
    """Start stand-ins; all are stopped at the end."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(app: Starlette) -> str:
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def notify(serve: Callable[[Starlette], str], tmp_path: Path, clock: FixedClock) -> str:
    return serve(notify_stand_in.create(tmp_path / "notify", KEY, clock))


@pytest.fixture
def sinch(serve: Callable[[Starlette], str], tmp_path: Path, clock: FixedClock) -> str:
    return serve(sinch_stand_in.create(tmp_path / "sinch", "plan", "token", clock))


def play(url: str, fail: str, seconds: float = 3) -> None:
    httpx.post(f"{url}/_play", json={"fail": fail, "seconds": seconds}).raise_for_status()


def texts(kind: str, url: str, clock: FixedClock) -> Any:
    if kind == "sinch":
        return Sinch(settings(sinch_url=url), clock)
    return NotifySms(Account(settings(notify_url=url)), SMS)


@pytest.mark.parametrize("kind", ["notify", "sinch"])
async def test_a_text_goes_is_found_and_is_followed(kind: str, request: pytest.FixtureRequest, clock: FixedClock):
    provider = texts(kind, request.getfixturevalue(kind), clock)
    accepted = await provider.send(outgoing("sms", "+447700900123"))
    found = await provider.find("ref-1")
    assert (found.id, await provider.find("nothing")) == (accepted.id, None)
    assert (await provider.ask(accepted.id)).state == "delivered"
    dead = await provider.send(outgoing("sms", "+447700900002", "ref-2"))
    away = await provider.send(outgoing("sms", "+447700900003", "ref-3"))
    assert (await provider.ask(dead.id)).state == "permanent"
    assert (await provider.ask(away.id)).state == "temporary"
    listed = [each.reference async for each in provider.listed(NOW - timedelta(hours=1))]
    assert listed == ["ref-3", "ref-2", "ref-1"]


@pytest.mark.parametrize("kind", ["notify", "sinch"])
async def test_silence_after_taking_it_is_unknown_and_found_by_our_reference(
    kind: str, request: pytest.FixtureRequest, clock: FixedClock
):
    url = request.getfixturevalue(kind)
    provider = texts(kind, url, clock)
    for fail in ("accept-then-timeout", "accept-then-500"):
        play(url, fail)
        with pytest.raises(Unknown):
            await provider.send(outgoing("sms", "+447700900123", fail))
        assert await provider.find(fail) is not None
    play(url, "500")
    with pytest.raises(Unknown):
        await provider.send(outgoing("sms", "+447700900123", "not-taken"))
    assert await provider.find("not-taken") is None


@pytest.mark.parametrize("kind", ["notify", "sinch"])
async def test_a_number_that_is_none_is_refused_for_the_number(
    kind: str, request: pytest.FixtureRequest, clock: FixedClock
):
    provider = texts(kind, request.getfixturevalue(kind), clock)
    with pytest.raises(Refused) as refused:
        await provider.send(outgoing("sms", "123"))
    assert refused.value.of_address


async def test_the_two_kinds_of_429_are_told_apart(notify: str, sinch: str, clock: FixedClock):
    for fail, limit in (("429-rate", "rate"), ("429-daily", "day")):
        play(notify, fail)
        with pytest.raises(NotNow) as refused:
            await texts("notify", notify, clock).send(outgoing("sms", "+447700900123"))
        assert refused.value.limit == limit
    play(sinch, "429")
    with pytest.raises(NotNow) as refused:
        await texts("sinch", sinch, clock).send(outgoing("sms", "+447700900123"))
    assert refused.value.limit == "rate"


@pytest.mark.parametrize("kind", ["notify", "sinch"])
async def test_where_nobody_listens_nothing_was_sent_and_where_a_key_is_wrong_neither(
    kind: str, notify: str, clock: FixedClock
):
    with socket.create_server(("127.0.0.1", 0)) as free:
        nowhere = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(NotNow):
        await texts(kind, nowhere, clock).send(outgoing("sms", "+447700900123"))
    stranger = settings(notify_url=notify, notify_key=f"other-{uuid4()}-{uuid4()}")
    with pytest.raises(NotNow, match="set up") as held:
        await NotifySms(Account(stranger), SMS).send(outgoing("sms", "+447700900123"))
    assert held.value.limit == "account"


async def test_an_email_by_notify_carries_our_words_through_its_template(notify: str):
    provider = NotifyEmail(Account(settings(notify_url=notify)), EMAIL)
    accepted = await provider.send(outgoing("email", "office@school.example"))
    assert (await provider.ask(accepted.id)).state == "delivered"
    with pytest.raises(Refused) as refused:
        await provider.send(outgoing("email", "nobody"))
    assert refused.value.of_address
    for wrong in (str(uuid4()), "no-uuid", SMS):
        with pytest.raises(NotNow) as held:
            await NotifyEmail(Account(settings(notify_url=notify)), wrong).send(outgoing("email", "a@b.example"))
        assert held.value.limit == "account"


async def test_a_letter_is_followed_until_it_is_posted(notify: str, clock: FixedClock):
    provider = NotifyLetter(Account(settings(notify_url=notify)))
    accepted = await provider.send(outgoing("letter", ""))
    clock.advance(timedelta(minutes=1))
    assert (await provider.ask(accepted.id)).state == "accepted"
    clock.advance(timedelta(days=4))
    report = await provider.ask(accepted.id)
    assert (report.state, report.at) == ("dispatched", datetime(2024, 10, 7, 14, tzinfo=UTC))


async def mailed(tmp_path: Path, faults: dict[str, Any], send: Callable[[Smtp], Awaitable[None]]) -> list[Path]:
    """Send to a mail sink that fails as told; return what it kept."""
    told = tmp_path / "faults.json"
    told.write_text(json.dumps(faults))
    server = await listen(0, tmp_path / "mails", told)
    try:
        await send(Smtp(settings(smtp_port=server.sockets[0].getsockname()[1])))
    finally:
        server.close()
    return _kept_in(tmp_path / "mails")


@pytest.mark.parametrize(
    ("fault", "meaning", "kept"),
    [("451", NotNow, 0), ("554", Refused, 0), ("lost", Unknown, 0), ("drop-after-data", Unknown, 1)],
)
async def test_what_a_mail_server_does_after_the_words_is_told_apart(
    tmp_path: Path, fault: str, meaning: type[Exception], kept: int
):
    async def send(smtp: Smtp) -> None:
        with pytest.raises(meaning):
            await smtp.send(outgoing("email", "office@school.example"))
        await smtp.send(outgoing("email", "office@school.example", "ref-2"))

    assert len(await mailed(tmp_path, {"fail": fault}, send)) == kept + 1


async def test_a_mailbox_that_is_gone_is_told_from_one_that_is_busy(tmp_path: Path):
    async def send(smtp: Smtp) -> None:
        with pytest.raises(Refused) as refused:
            await smtp.send(outgoing("email", "perm-fail@simulator.notify"))
        assert refused.value.of_address
        with pytest.raises(NotNow):
            await smtp.send(outgoing("email", "temp-fail@simulator.notify"))

    assert await mailed(tmp_path, {}, send) == []


@pytest.mark.parametrize(
    ("said", "gives_up"),
    [
        ("550 5.1.1 no such mailbox", True),
        ("550 5.1.10 no such domain", True),
        ("550 5.2.1 mailbox disabled", True),
        ("550 no such user here", True),
        ("550 5.7.1 relaying denied", False),
        ("554 5.7.1 blocked", False),
        ("552 5.2.2 mailbox full", False),
        ("550 5.4.4 no route", False),
        ("554 no service here", False),
    ],
)
async def test_only_what_speaks_of_the_mailbox_gives_an_address_up(tmp_path: Path, said: str, gives_up: bool):
    """A server that does not let us send says so for every address: none of them is dead."""

    class Refusing(Sink):
        async def handle_RCPT(self, *_: Any) -> str:  # noqa: N802  aiosmtpd's name
            return said

    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Refusing(tmp_path), loop=loop), "127.0.0.1", 0)
    with pytest.raises(Refused if gives_up else NotNow) as raised:
        await Smtp(settings(smtp_port=_port(server))).send(outgoing("email", "office@school.example"))
    server.close()
    assert getattr(raised.value, "of_address", False) == gives_up


@pytest.mark.parametrize("sender", ["nobody", "jo.o’neill@council.example"])
async def test_a_sender_that_is_none_is_our_fault_and_no_address_is_given_up(tmp_path: Path, sender: str):
    server = await listen(0, tmp_path)
    with pytest.raises(NotNow) as held:
        await Smtp(settings(smtp_port=_port(server), mail_from=sender)).send(outgoing("email", "a@b.example"))
    server.close()
    assert held.value.limit == "account"


async def test_a_mail_server_that_does_not_take_our_sender_is_held(tmp_path: Path):
    class Refusing(Sink):
        async def handle_MAIL(self, *_: Any) -> str:  # noqa: N802  aiosmtpd's name
            return "550 5.7.1 not from you"

    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Refusing(tmp_path), loop=loop), "127.0.0.1", 0)
    with pytest.raises(NotNow) as held:
        await Smtp(settings(smtp_port=_port(server))).send(outgoing("email", "office@school.example"))
    server.close()
    assert held.value.limit == "account"


@pytest.mark.parametrize("address", ["swyddfa@ysgolgŵyr.cymru", "info@xn--r8jz45g.xn--zckzah"])
async def test_a_domain_in_another_script_goes_in_its_ascii_form_in_envelope_and_header(tmp_path: Path, address: str):
    server = await listen(0, tmp_path)
    await Smtp(settings(smtp_port=_port(server))).send(outgoing("email", address))
    server.close()
    [kept] = _kept_in(tmp_path)
    assert kept.read_bytes().isascii()
    assert b"@xn--" in kept.read_bytes()


async def test_a_mailbox_that_cannot_be_written_to_is_refused_for_the_address_and_not_tried_again(tmp_path: Path):
    with pytest.raises(Refused) as refused:
        await Smtp(settings(smtp_port=1)).send(outgoing("email", "jo.o’neill@st-example.example"))
    assert refused.value.of_address


async def test_an_unsubscribe_address_that_notify_would_refuse_is_not_given_to_it(notify: str):
    provider = NotifyEmail(Account(settings(notify_url=notify)), EMAIL)
    plain = outgoing("email", "office@school.example")
    assert provider.objection(replace(plain, unsubscribe="http://here.example/x")) is not None
    assert provider.objection(replace(plain, unsubscribe="https://here.example/x")) is None


async def test_what_notify_would_send_as_question_marks_sinch_takes_unchanged(notify: str, clock: FixedClock):
    words = replace(outgoing("sms", "+447700900123").written, text="Шановна пані")
    outgoing_ = replace(outgoing("sms", "+447700900123"), written=words)
    assert "question marks" in str(texts("notify", notify, clock).objection(outgoing_))
    other = texts("sinch", notify, clock)
    assert (other.objection(outgoing_), other.as_sent(words)) == (None, words)


async def test_a_mail_server_without_tls_gets_nothing_where_tls_is_asked_for(tmp_path: Path):
    server = await listen(0, tmp_path)
    port = server.sockets[0].getsockname()[1]
    for security in ("starttls", "tls"):
        with pytest.raises(NotNow):
            await Smtp(settings(smtp_port=port, smtp_security=security)).send(outgoing("email", "a@b.example"))
    server.close()
    assert _kept_in(tmp_path) == []


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority of our own (ca.pem) and a mail server's certificate by it (server.pem, server.key)."""
    folder = tmp_path_factory.mktemp("authority")
    a_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-batch")
    for words in (
        ("req", "-x509", *a_key, "-subj", "/CN=ours", "-keyout", "ca.key", "-out", "ca.pem"),
        (
            "req", "-x509", *a_key, "-subj", "/CN=mail", "-addext", "subjectAltName=IP:127.0.0.1",
            "-addext", "basicConstraints=critical,CA:FALSE", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-keyout", "server.key", "-out", "server.pem",
        ),
    ):  # fmt: skip
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("security", ["tls", "starttls", "if_offered"])
async def test_mail_goes_encrypted_to_a_server_that_an_authority_of_our_own_vouches_for(
    security: str, authority: Path, tmp_path: Path
):
    server = await _encrypted(security, authority, tmp_path)
    ours = settings(smtp_port=_port(server), smtp_security=security, smtp_ca_file=authority / "ca.pem")
    await Smtp(ours).send(outgoing("email", "office@school.example"))
    server.close()
    assert len(_kept_in(tmp_path)) == 1


@pytest.mark.parametrize("security", ["tls", "starttls", "if_offered"])
async def test_a_mail_server_whose_authority_nobody_knows_gets_nothing(security: str, authority: Path, tmp_path: Path):
    server = await _encrypted(security, authority, tmp_path)
    with pytest.raises(NotNow):
        await Smtp(settings(smtp_port=_port(server), smtp_security=security)).send(outgoing("email", "a@b.example"))
    server.close()
    assert _kept_in(tmp_path) == []


async def _encrypted(security: str, authority: Path, folder: Path) -> asyncio.Server:
    """A mail server that takes nothing in the clear."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / "server.pem", authority / "server.key")
    sink, loop = Sink(folder), asyncio.get_running_loop()
    if security == "tls":
        return await loop.create_server(lambda: SMTP(sink, loop=loop), "127.0.0.1", 0, ssl=context)
    later = {"tls_context": context, "require_starttls": True, "loop": loop}
    return await loop.create_server(lambda: SMTP(sink, **later), "127.0.0.1", 0)


def _port(server: asyncio.Server) -> int:
    return int(server.sockets[0].getsockname()[1])


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
async def test_a_login_is_used_where_there_is_one(tmp_path: Path):
    def login(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"us", b"secret"), handled=False)

    sink, loop = Sink(tmp_path), asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(sink, authenticator=login, auth_required=True, auth_require_tls=False, loop=loop), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    mail = outgoing("email", "office@school.example")
    with pytest.raises(NotNow) as held:
        await Smtp(settings(smtp_port=port, smtp_user="us", smtp_password="wrong")).send(mail)
    assert held.value.limit == "account"
    await Smtp(settings(smtp_port=port, smtp_user="us", smtp_password="secret")).send(mail)
    server.close()
    assert len(_kept_in(tmp_path)) == 1


def _kept_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.eml"))
