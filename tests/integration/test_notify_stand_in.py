"""The unmodified GOV.UK Notify client against the local stand-in."""

import io
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from typing import Any
from uuid import UUID, uuid4

import httpx
import jwt
import pytest
import typst
import uvicorn
from notifications_python_client.errors import HTTPError
from notifications_python_client.notifications import NotificationsAPIClient

from deploy.local.callbacks import Callbacks
from deploy.local.notify import create
from deploy.local.notify_templates import EMAIL, SMS
from deploy.local.patience import stretched
from shared.time.clock import FixedClock

KEY = f"local-{uuid4()}-{uuid4()}"
WORDS = {"subject": "A subject", "body": "Words"}
FRIDAY_SIX = datetime(2024, 10, 4, 17, tzinfo=UTC)  # 18:00 in London
_SOURCE = (
    '#set page(paper: "a4", margin: 20mm)\n#place(dx: 4.6mm, dy: 20.5mm)[A Parent\\ 1 Lane\\ NR1 4AB]\n#v(90mm)\nWords'
)
PDF = bytes(typst.compile(_SOURCE.encode(), format="pdf", ignore_system_fonts=True))


class Served:
    """One running stand-in and a client for it."""

    def __init__(self, url: str, clock: FixedClock, folder: Path) -> None:
        self.url, self.clock, self.folder = url, clock, folder
        self.client = self.client_with()

    def client_with(self, key: str = KEY, timeout: float = 10) -> Any:
        client: Any = NotificationsAPIClient
        return client(api_key=key, base_url=self.url, timeout=timeout)

    def send(self, reference: str = "ref-1", pdf: bytes = PDF, **more: Any) -> Any:
        return self.client.send_precompiled_letter_notification(reference, io.BytesIO(pdf), **more)

    def play(self, fail: str, times: int = 1, seconds: float = 30) -> None:
        httpx.post(f"{self.url}/_play", json={"fail": fail, "times": times, "seconds": seconds}).raise_for_status()

    def counts(self) -> Any:
        return httpx.get(f"{self.url}/_ledger").json()


Serve = Callable[..., Served]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start stand-ins over one folder; all are stopped at the end."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(callbacks: Callbacks | None = None) -> Served:
        clock = FixedClock(FRIDAY_SIX)
        listening = socket.create_server(("127.0.0.1", 0))
        app = create(tmp_path / "letters", KEY, clock, callbacks)
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        running.append((server, thread))
        return Served(f"http://127.0.0.1:{listening.getsockname()[1]}", clock, tmp_path / "letters")

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def notify(serve: Serve) -> Served:
    return serve()


def errors_of(refused: pytest.ExceptionInfo[HTTPError]) -> tuple[int, str, str]:
    first = refused.value.message[0]
    return refused.value.status_code, first["error"], first["message"]  # type: ignore[index]


def test_a_letter_of_friday_evening_is_printed_on_monday_and_gone_on_tuesday(notify: Served) -> None:
    accepted = notify.send(postage="first")
    assert accepted["reference"] == "ref-1"
    assert accepted["postage"] == "first"
    letter = notify.client.get_notification_by_id(accepted["id"])
    assert (letter["status"], letter["completed_at"]) == ("pending-virus-check", None)
    notify.clock.advance(timedelta(minutes=1))
    assert notify.client.get_notification_by_id(accepted["id"])["status"] == "accepted"
    notify.clock.advance(timedelta(days=4))
    letter = notify.client.get_notification_by_id(accepted["id"])
    assert letter["status"] == "received"
    assert letter["sent_at"] == "2024-10-07T16:30:00.000000Z"
    assert letter["completed_at"] == "2024-10-08T14:00:00.000000Z"


def test_the_same_reference_twice_is_two_letters(notify: Served) -> None:
    first, second = notify.send("same"), notify.send("same")
    notify.send("other")
    found = notify.client.get_all_notifications(reference="same", template_type="letter")["notifications"]
    assert [each["id"] for each in found] == [second["id"], first["id"]]
    assert notify.counts() == {"same": 2, "other": 1}
    assert sorted(each.name for each in notify.folder.glob("*.pdf")) == ["other-1.pdf", "same-1.pdf", "same-2.pdf"]
    assert notify.client.get_all_notifications(reference="none")["notifications"] == []


def test_a_restart_forgets_no_letter(serve: Serve) -> None:
    before = serve()
    accepted = before.send("kept")
    with (before.folder / "accepted.jsonl").open("a") as cut_short:
        cut_short.write('{"id": "half')
    after = serve()
    assert after.client.get_notification_by_id(accepted["id"])["reference"] == "kept"
    after.send("kept")
    assert serve().counts() == {"kept": 2}


def test_all_notifications_come_page_by_page(notify: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.local.notify.PAGE", 2)
    sent = [notify.send(f"ref-{number}")["id"] for number in range(5)]
    assert [each["id"] for each in notify.client.get_all_notifications_iterator()] == sent[::-1]


def test_the_pdf_can_be_had_once_it_was_looked_at(notify: Served) -> None:
    accepted = notify.send()
    with pytest.raises(HTTPError) as refused:
        notify.client.get_pdf_for_letter(accepted["id"])
    assert errors_of(refused)[:2] == (400, "PDFNotReadyError")
    notify.clock.advance(timedelta(minutes=1))
    assert notify.client.get_pdf_for_letter(accepted["id"]).read() == PDF


def test_a_letter_without_a_postcode_fails_validation_later(notify: Served) -> None:
    source = _SOURCE.replace("NR1 4AB", "Norwich")
    accepted = notify.send(pdf=typst.compile(source.encode(), format="pdf"))
    notify.clock.advance(timedelta(minutes=1))
    letter = notify.client.get_notification_by_id(accepted["id"])
    assert (letter["status"], letter["completed_at"]) == ("validation-failed", None)


def test_a_reference_never_leaves_the_folder(notify: Served) -> None:
    notify.send("../../escape")
    assert [each.name for each in notify.folder.glob("*.pdf")] == ["..%2F..%2Fescape-1.pdf"]


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        ({"content": "x"}, "ValidationError", "reference is a required property"),
        ({"reference": "r"}, "ValidationError", "content is a required property"),
        (
            {"reference": "r", "content": "x", "extra": 1},
            "ValidationError",
            "Additional properties are not allowed (extra was unexpected)",
        ),
        ({"reference": 1, "content": "x"}, "ValidationError", "reference is not of type string"),
        (
            {"reference": "r", "content": "x", "postage": "third"},
            "ValidationError",
            "postage invalid. It must be one of first, second, economy.",
        ),
    ],
)
def test_what_notify_refuses_is_refused_in_its_words(
    notify: Served, asked: dict[str, Any], error: str, message: str
) -> None:
    with pytest.raises(HTTPError) as refused:
        notify.client.post("/v2/notifications/letter", asked)
    assert errors_of(refused) == (400, error, message)
    assert notify.counts() == {}


def token(iat: float, iss: str = KEY[-73:-37], secret: str = KEY[-36:], algorithm: str = "HS256") -> str:
    return jwt.encode({"iss": iss, "iat": int(iat)}, secret, algorithm=algorithm)


@pytest.mark.parametrize(
    ("authorization", "status", "message"),
    [
        (lambda now: "", 401, "Unauthorized: authentication token must be provided"),
        (lambda now: f"Basic {token(now)}", 401, "Unauthorized: authentication bearer scheme must be used"),
        (lambda now: "Bearer nonsense", 403, "Invalid token: API key not found"),
        (lambda now: f"Bearer {token(now, iss=str(uuid4()))}", 403, "Invalid token: service not found"),
        (lambda now: f"Bearer {token(now, secret=str(uuid4()))}", 403, "Invalid token: API key not found"),
        (lambda now: f"Bearer {token(now, algorithm='HS384')}", 403, "Invalid token: algorithm used is not HS256"),
        (
            lambda now: f"Bearer {token(now - 40)}",
            403,
            "Error: Your system clock must be accurate to within 30 seconds",
        ),
        (
            lambda now: f"Bearer {token(now + 40)}",
            403,
            "Error: Your system clock must be accurate to within 30 seconds",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:The HMAC key")
def test_a_request_that_is_not_signed_now_with_the_key_is_refused(
    notify: Served, authorization: Callable[[float], str], status: int, message: str
) -> None:
    answer = httpx.get(f"{notify.url}/v2/notifications", headers={"Authorization": authorization(time.time())})
    assert answer.status_code == status
    assert answer.json() == {"status_code": status, "errors": [{"error": "AuthError", "message": message}]}


def test_a_clock_moved_by_weeks_disturbs_no_token(notify: Served) -> None:
    notify.clock.advance(timedelta(weeks=10))
    assert notify.client.get_all_notifications()["notifications"] == []


@pytest.mark.parametrize(
    ("key", "status", "error"), [(str(UUID(int=1)), 404, "NoResultFound"), ("not-an-id", 400, "ValidationError")]
)
def test_an_unknown_notification_is_not_found(notify: Served, key: str, status: int, error: str) -> None:
    with pytest.raises(HTTPError) as refused:
        notify.client.get_notification_by_id(key)
    assert errors_of(refused)[:2] == (status, error)


@pytest.mark.parametrize(
    ("fail", "status", "error"),
    [("500", 500, "Exception"), ("429-rate", 429, "RateLimitError"), ("429-daily", 429, "TooManyRequestsError")],
)
def test_a_fault_lasts_as_often_as_it_was_asked_for(notify: Served, fail: str, status: int, error: str) -> None:
    notify.play(fail, times=2)
    for _ in range(2):
        with pytest.raises(HTTPError) as refused:
            notify.send()
        assert errors_of(refused)[:2] == (status, error)
    notify.send()
    assert notify.counts() == {"ref-1": 1}


def test_a_send_that_timed_out_may_have_been_accepted(notify: Served) -> None:
    patience = stretched(0.5)
    notify.play("accept-then-timeout", seconds=4 * patience)
    hasty = notify.client_with(timeout=patience)
    with pytest.raises(HTTPError) as refused:
        hasty.send_precompiled_letter_notification("lost", io.BytesIO(PDF))
    assert refused.value.status_code == 503
    assert len(notify.client.get_all_notifications(reference="lost")["notifications"]) == 1


def test_a_slow_answer_is_an_answer(notify: Served) -> None:
    notify.play("slow", seconds=0.3)
    began = time.monotonic()
    notify.send()
    assert time.monotonic() - began >= 0.3


def test_letters_sent_at_once_are_all_kept_apart(notify: Served) -> None:
    def send(_: int) -> str:
        answer = notify.client_with().send_precompiled_letter_notification("same", io.BytesIO(PDF))
        return str(answer["id"])

    with ThreadPoolExecutor(4) as workers:
        assert len(set(workers.map(send, range(12)))) == 12
    assert len(list(notify.folder.glob("same-*.pdf"))) == 12


@contextmanager
def receiver() -> Iterator[tuple[str, "Queue[tuple[str, dict[str, Any]]]"]]:
    """A callback endpoint and what it is posted."""
    received: Queue[tuple[str, dict[str, Any]]] = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            received.put((self.headers["Authorization"], body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/receipts", received
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("office@school.example", "delivered"),
        ("temp-fail@simulator.notify", "temporary-failure"),
        ("perm-fail@simulator.notify", "permanent-failure"),
    ],
)
def test_an_email_has_a_receipt_with_the_bearer_token(serve: Serve, address: str, status: str) -> None:
    with receiver() as (url, received):
        notify = serve(Callbacks(url, "Bearer secret-token"))
        sent = notify.client.send_email_notification(address, EMAIL, WORDS, reference="mail-1")
        assert notify.client.get_notification_by_id(sent["id"])["status"] == status
        authorization, receipt = received.get(timeout=stretched(10))
    assert authorization == "Bearer secret-token"
    assert (receipt["id"], receipt["status"], receipt["to"]) == (sent["id"], status, address)


def test_a_text_message_is_taken_and_makes_no_letter(notify: Served) -> None:
    sent = notify.client.send_sms_notification("07700900003", SMS, WORDS)
    assert notify.client.get_notification_by_id(sent["id"])["status"] == "temporary-failure"
    assert notify.counts() == {}
