"""A store that the version before has filled is served by this one: all of it is read, and goes on as it would have.

`tests/cases/stored/write.py` wrote it, with that version's code: what it kept, and how it served it itself.
"""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from deploy.local.servers import Servers
from services.notices.casefile.case_states import CASE
from services.notices.casefile.notice_states import NOTICE
from tests.cases.stored.write import fill
from tests.stored import DOCUMENTS, SERVED, everything, load, names, read, served
from tests.town import town

BEFORE = json.loads(gzip.decompress(SERVED.read_bytes()))


async def test_what_the_version_before_kept_is_read_and_goes_on_as_it_would_have(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town(servers.mongo_url, monkeypatch) as all_of_them:
        await load(all_of_them, DOCUMENTS.read_bytes())
        with structlog.testing.capture_logs() as lines:
            now = await served(all_of_them)
    assert [line for line in lines if line["event"] == "timer_step_failed"] == []
    assert now["not taken"] == {}
    for when in ("at once", "later"):
        assert list(differences(now[when], BEFORE[when])) == [], when
        assert list(told_less(now[when]["people"], BEFORE[when]["people"])) == [], when
    assert (now["said"], now["sent"]) == (BEFORE["said"], BEFORE["sent"])


async def test_what_is_kept_has_the_names_that_it_had(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same lives, lived with this version. A new name is no fault; one that is gone would be read in vain."""
    _, documents = read(DOCUMENTS.read_bytes())
    async with town(servers.mongo_url, monkeypatch) as all_of_them:
        await fill(all_of_them)
        gone = names(documents) - names(await everything(all_of_them))
    assert not gone, "\n".join(sorted(gone))


def differences(now: dict[str, Any], before: dict[str, Any]) -> Iterator[str]:
    for what in before.keys() - {"people"}:
        for key in before[what] | now[what]:
            if now[what].get(key) != before[what].get(key):
                yield f"{what} {key}: {now[what].get(key)}, before: {before[what].get(key)}"


def told_less(now: dict[str, Any], before: dict[str, Any]) -> Iterator[str]:
    """Whoever asks what is held about them is told no less than before."""
    for who, services in before.items():
        for service, count in services.items():
            if now.get(who, {}).get(service, 0) < count:
                yield f"{who}: {service}"


def test_everything_that_is_kept_is_among_it() -> None:
    """Cases and notices in every state, and what each service keeps of its own, under way and done."""
    _, documents = read(DOCUMENTS.read_bytes())
    found: dict[str, list[Any]] = defaultdict(list)
    for each in documents:
        found[f"{each['service']}.{each['collection']}"].append(each["document"])
    notices = {notice["state"] for pupil in BEFORE["at once"]["cases"].values() for notice in pupil["notices"]}
    assert {each["state"] for each in found["notices.cases"]} == set(CASE.states)
    assert notices == set(NOTICE.states)
    assert {each["state"] for each in found["surveys.invitations"]} >= {"open", "boxed", "answered"}
    assert {each["state"] for each in found["bookings.bookings"]} >= {"confirmed", "waiting", "cancelled", "refused"}
    assert {each["state"] for each in found["notifications.deliveries"]} >= {"sent", "dispatched", "unknown", "merged"}
    for service in ("notices", "notifications", "bookings", "surveys"):
        assert found[f"{service}.leases"], service
        assert any(each.get("outbox") for name in found if name.startswith(service) for each in found[name]), service
