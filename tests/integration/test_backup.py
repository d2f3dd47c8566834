"""All stores as of one moment, and back into empty ones; nothing is taken for whole that is not."""

import gzip
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure
from typer.testing import CliRunner

from deploy.backup import copies
from deploy.backup.__main__ import app
from deploy.backup.copies import CopyBroken
from deploy.backup.restoring import NotRestored, restore
from deploy.backup.taking import take
from deploy.local.native import NativeMongo
from deploy.local.servers import ROOT
from deploy.setup.mongodb import make_restorer, make_users
from shared.messaging.access import store as identities

NOW = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
KEY = "aKeyOfThisTestAlone"
PASSWORDS = {name: f"{name}-password" for name in (*identities(), ROOT, "restorer")}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of our own, as every store on it is lost."""
    server = NativeMongo(tmp_path_factory.mktemp("mongodb"), KEY)
    server.start()
    try:
        make_users(server.address, KEY, PASSWORDS, ROOT)
        make_restorer(server.address, KEY, "restorer", PASSWORDS["restorer"])
        yield server.address
    finally:
        server.stop()


def login(address: str, who: str) -> MongoClient:
    return MongoClient(f"mongodb://{who}:{PASSWORDS[who]}@{address}/?directConnection=true&authSource=admin")


@pytest.fixture
def root(address: str) -> Iterator[MongoClient]:
    with login(address, ROOT) as client:
        yield client
        lose(client)


def lose(client: MongoClient) -> None:
    for name in set(client.list_database_names()) - {"admin", "config", "local"}:
        client.drop_database(name)


def all_of(client: MongoClient, collection: str) -> list[object]:
    return list(client.get_database(collection.partition(".")[0])[collection.partition(".")[2]].find().sort("_id", 1))


def test_what_was_lost_is_back_with_its_outbox_and_its_indexes(root: MongoClient, address: str, tmp_path: Path) -> None:
    outbox = [{"type": "notices.penalty_notice_issued.v1", "body": b"{}"}]
    root.notices.cases.insert_one(
        {"_id": "c-1", "version": 3, "at": NOW, "outbox": outbox, "unknown": {"b": 1, "a": 2}}
    )
    root.notices.cases.create_index("parents.id", unique=True, sparse=True)
    root.notices.create_collection("marks", clusteredIndex={"key": {"_id": 1}, "unique": True})
    root.notices.marks.insert_one({"_id": "m-1"})
    root.notifications.letters.create_index("gone_at", expireAfterSeconds=0)
    before = all_of(root, "notices.cases"), root.notices.cases.index_information()
    with login(address, "backup") as backup:
        copy, _ = take(backup, tmp_path, NOW)
    assert copies.listed(tmp_path) == [copy]
    lose(root)
    with login(address, "restorer") as restorer:
        assert restore(restorer, copy) == {"notices.cases": 1, "notices.marks": 1, "notifications.letters": 0}
    assert (all_of(root, "notices.cases"), root.notices.cases.index_information()) == before
    assert "clusteredIndex" in root.notices.marks.options()
    assert root.notifications.letters.index_information()["gone_at_1"]["expireAfterSeconds"] == 0


def test_a_copy_is_of_one_moment_while_services_write_on(root: MongoClient, address: str, tmp_path: Path) -> None:
    """Every pair is written first here, then there: a copy of two moments would have there what is not here."""
    root.a.first.insert_many([{"_id": number, "filler": "x" * 1000} for number in range(-5000, 0)])
    root.z.second.insert_one({"_id": -1})
    written, stop = threading.Event(), threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            root.a.first.insert_one({"_id": number})
            root.z.second.insert_one({"_id": number})
            number += 1
            if number == 20:
                written.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert written.wait(30)
        with login(address, "backup") as backup:
            copy, _ = take(backup, tmp_path, NOW)
    finally:
        stop.set()
        writer.join()
    numbers = {name: {each["_id"] for each in copies.documents(copy, name)} for name in ("a.first", "z.second")}
    assert {number for number in numbers["z.second"] if number >= 0} >= set(range(20))
    assert numbers["z.second"] <= numbers["a.first"]
    assert max(numbers["z.second"]) < max(each["_id"] for each in root.z.second.find())


def test_nothing_is_restored_over_what_is_there(root: MongoClient, address: str, tmp_path: Path) -> None:
    root.notices.cases.insert_one({"_id": "c-1"})
    with login(address, "backup") as backup:
        copy, _ = take(backup, tmp_path, NOW)
    root.notices.cases.update_one({"_id": "c-1"}, {"$set": {"decided": True}})
    with login(address, "restorer") as restorer, pytest.raises(NotRestored, match=r"notices\.cases are not empty"):
        restore(restorer, copy)
    assert all_of(root, "notices.cases") == [{"_id": "c-1", "decided": True}]


@pytest.mark.parametrize("harm", ["shorter", "another", "gone"])
def test_a_copy_that_is_not_whole_is_named_and_nothing_is_written(
    root: MongoClient, address: str, tmp_path: Path, harm: str
) -> None:
    root.notices.cases.insert_many([{"_id": number} for number in range(3)])
    root.surveys.answers.insert_one({"_id": 1})
    with login(address, "backup") as backup:
        copy, _ = take(backup, tmp_path, NOW)
    file = copy / "surveys" / "answers.bson.gz"
    if harm == "shorter":
        file.write_bytes(file.read_bytes()[:-9])
    elif harm == "another":
        file.write_bytes(gzip.compress(gzip.decompress(file.read_bytes()).replace(b"\1\0\0\0", b"\2\0\0\0")))
    else:
        file.unlink()
    lose(root)
    with login(address, "restorer") as restorer, pytest.raises(CopyBroken, match=r"surveys\.answers"):
        restore(restorer, copy)
    assert all_of(root, "notices.cases") == []


def test_the_commands_of_the_jobs_copy_check_and_restore(
    root: MongoClient, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the pods run them: one identity in the address, the other in files."""
    run = CliRunner()
    place, secret = tmp_path / "backup", tmp_path / "secret"
    for folder in (place, secret):
        folder.mkdir()
    (secret / "user").write_text("restorer")
    (secret / "password").write_text(PASSWORDS["restorer"])
    root.notices.cases.insert_one({"_id": "c-1"})
    server = f"{address}/?directConnection=true&authSource=admin"
    monkeypatch.setenv("EVERYDAY_MONGO_URL", f"mongodb://backup:{PASSWORDS['backup']}@{server}")
    taken = run.invoke(app, ["take", str(place)])
    assert "1 documents of 1 collections" in taken.output
    assert run.invoke(app, ["check", str(place)]).exit_code == 0
    monkeypatch.setenv("EVERYDAY_MONGO_URL", f"mongodb://{server}")
    over = run.invoke(app, ["restore", str(place), "--login", str(secret)])
    assert (over.exit_code, "notices.cases are not empty" in over.output) == (1, True)
    lose(root)
    monkeypatch.setenv("EVERYDAY_COPY", "")
    back = run.invoke(app, ["restore", str(place), "--login", str(secret)])
    assert (back.exit_code, "notices.cases: 1" in back.output) == (0, True)
    another = run.invoke(app, ["restore", str(place), "everyday-2020-01-01T000000Z", "--login", str(secret)])
    assert (another.exit_code, "there is no copy everyday-2020" in another.output) == (1, True)


def test_who_copies_changes_nothing(root: MongoClient, address: str) -> None:
    root.notices.cases.insert_one({"_id": "c-1"})
    with login(address, "backup") as backup:
        for attempt in (lambda: backup.notices.cases.insert_one({}), backup.notices.cases.drop):
            with pytest.raises(OperationFailure, match="not authorized"):
                attempt()


def test_old_copies_go_and_the_newest_stays(tmp_path: Path) -> None:
    for days in (100, 40, 36):
        (tmp_path / copies.name(NOW - timedelta(days=days))).mkdir()
    newest = tmp_path / copies.name(NOW - timedelta(days=36))
    (tmp_path / ".part").mkdir()
    (tmp_path / "lost+found").mkdir()
    assert len(copies.forget(tmp_path, NOW, 35)) == 2
    assert copies.listed(tmp_path) == [newest]
