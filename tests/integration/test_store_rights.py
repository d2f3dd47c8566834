"""Every identity logs in at MongoDB and tries what it must not. What it may do, every other test needs and proves."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import OperationFailure

from deploy.local.servers import Servers

SERVICES = ("notices", "notifications", "bookings", "surveys")


@pytest.fixture(autouse=True)
def ours(servers: Servers) -> None:
    """Servers of our own: those of an address in the environment have the identities that their owner gave them."""
    if servers.mongo("notices") == servers.mongo("reader"):
        pytest.skip("the server comes from the environment")


@pytest.fixture
def store(servers: Servers) -> Iterator[Callable[[str], "Database[dict[str, object]]"]]:
    """The database that a name is asked for, as `identity` sees it."""
    clients: list[MongoClient[dict[str, object]]] = []

    def database(identity: str, name: str = "") -> "Database[dict[str, object]]":
        clients.append(MongoClient(servers.mongo(identity), serverSelectionTimeoutMS=5000))
        return clients[-1][name or identity]

    yield database
    for each in clients:
        each.close()


def denied(attempt: Callable[[], object]) -> bool:
    """Whether MongoDB refuses for want of rights (code 13)."""
    try:
        attempt()
    except OperationFailure as error:
        return error.code == 13
    return False


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_keeps_its_own_database_and_can_drop_nothing_of_it(store, service: str) -> None:
    own = store(service)
    things = own[f"things_{uuid4().hex[:8]}"]
    things.insert_one({"_id": "a"})
    things.create_index("b")
    assert things.update_one({"_id": "a"}, {"$set": {"b": 1}}).modified_count == 1
    assert things.delete_one({"_id": "a"}).deleted_count == 1
    for what, attempt in {
        "drop a collection": things.drop,
        "drop its database": lambda: own.client.drop_database(service),
        "drop an index": lambda: things.drop_index("b_1"),
        "rename a collection": lambda: things.rename("other"),
        "rewrite a collection's rules": lambda: own.command("collMod", things.name, validator={}),
        "give itself rights": lambda: own.command("createUser", "x", pwd="x", roles=["root"]),
        "stop the server": lambda: own.client.admin.command("shutdown"),
        "reconfigure the set": lambda: own.client.admin.command("replSetGetConfig"),
        "read the log of all writes": own.client.local["oplog.rs"].find_one,
    }.items():
        assert denied(attempt), f"{service} may {what}"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_sees_no_other_database(store, service: str) -> None:
    for other in {*SERVICES, "admin"} - {service}:
        theirs = store(service, other)["things"]
        assert denied(theirs.find_one), f"{service} reads {other}"
        assert denied(lambda t=theirs: t.insert_one({})), f"{service} writes to {other}"
        assert denied(lambda t=theirs: t.delete_many({})), f"{service} removes from {other}"


def test_the_reader_reads_every_service_and_writes_nothing(store) -> None:
    for service in SERVICES:
        things = store("reader", service)["things"]
        things.find_one()
        assert denied(lambda t=things: t.insert_one({}))
        assert denied(lambda t=things: t.delete_many({}))
        assert denied(things.drop)


def test_the_reader_adds_to_the_audit_trail_and_takes_nothing_from_it(store) -> None:
    audit = store("reader", "audit")
    key = f"look-{uuid4()}"
    audit["entries"].insert_one({"_id": key})
    assert audit["entries"].find_one({"_id": key})
    for what, attempt in {
        "change an entry": lambda: audit["entries"].update_one({"_id": key}, {"$set": {"who": "nobody"}}),
        "replace an entry": lambda: audit["entries"].replace_one({"_id": key}, {}, upsert=True),
        "take an entry away": lambda: audit["entries"].delete_one({"_id": key}),
        "drop the trail": audit["entries"].drop,
        "drop its database": lambda: audit.client.drop_database("audit"),
        "write beside it": lambda: audit["other"].insert_one({}),
        "rename it": lambda: audit["entries"].rename("other"),
        "write over it": lambda: list(audit["entries"].aggregate([{"$out": "entries"}])),
        "let its entries end": lambda: audit["entries"].create_index("at", expireAfterSeconds=1),
    }.items():
        assert denied(attempt), f"the reader may {what}"


@pytest.mark.parametrize("identity", [*SERVICES, "backup"])
def test_nobody_else_writes_the_audit_trail(store, identity: str) -> None:
    assert denied(lambda: store(identity, "audit")["entries"].insert_one({}))
    assert denied(lambda: store(identity, "audit")["entries"].delete_many({}))


def test_the_backup_reads_everything_and_writes_to_no_service(store) -> None:
    for service in SERVICES:
        things = store("backup", service)["things"]
        things.find_one()
        assert denied(lambda t=things: t.insert_one({}))
        assert denied(things.drop)


def test_nobody_gets_in_without_a_password(servers: Servers) -> None:
    address = servers.mongo("reader").partition("@")[2].partition("/")[0]
    with MongoClient[dict[str, object]](f"mongodb://{address}/?directConnection=true") as client:
        assert denied(client.notices.things.find_one)
