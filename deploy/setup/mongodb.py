"""MongoDB: the replica set, a role and a user for every service on its own database, and those who read or copy all.

What is needed for it is the key file, the secret that a server's members share: whoever holds it is the server itself.
"""

import time
from collections.abc import Mapping
from typing import Any

import pymongo
from pymongo.database import Database
from pymongo.errors import OperationFailure, PyMongoError

from shared.messaging.access import AUDIT, AUDIT_ACTIONS, BACKUP, ENTRIES, READERS, SERVICES, STORE_ACTIONS

ROLE = "service"
"""The role of a service's user in its own database."""
WITNESS = "witness"
"""The role of a reader in the audit trail's database."""
_Found = dict[str, Any]


def home(identity: str) -> str:
    """The database in which an identity's user is kept, by which it logs in."""
    return identity if identity in SERVICES else "admin"


def role(service: str) -> dict[str, Any]:
    """A service's role as MongoDB takes it."""
    resource = {"db": service, "collection": ""}
    return {"privileges": [{"resource": resource, "actions": list(STORE_ACTIONS)}], "roles": []}


def witness() -> dict[str, Any]:
    """The role by which a reader leaves entries in the audit trail, as MongoDB takes it."""
    resource = {"db": AUDIT, "collection": ENTRIES}
    return {"privileges": [{"resource": resource, "actions": list(AUDIT_ACTIONS)}], "roles": []}


def roles() -> list[tuple[str, str, dict[str, Any]]]:
    """Every role of ours: its database, its name, and what it allows."""
    return [*((service, ROLE, role(service)) for service in SERVICES), (AUDIT, WITNESS, witness())]


def granted(identity: str) -> list[dict[str, str]]:
    """The roles of an identity's user."""
    if identity in SERVICES:
        return [{"role": ROLE, "db": identity}]
    if identity in READERS:
        read = [{"role": READERS[identity], "db": service} for service in SERVICES]
        return [*read, {"role": WITNESS, "db": AUDIT}]
    return [{"role": BACKUP, "db": "admin"}]


def initiate(address: str, key: str, member: str = "", patience: float = 60) -> bool:
    """Make a server a replica set of one, once, and say whether it is its primary.

    `address` is host:port; `member` is what the server calls itself where that differs.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            with _as_the_server(address, key) as client:
                if not client.admin.command("hello").get("setName"):
                    members = [{"_id": 0, "host": member or address}]
                    client.admin.command("replSetInitiate", {"_id": "rs0", "members": members})
                if client.admin.command("hello").get("isWritablePrimary"):
                    return True
        except PyMongoError:
            pass
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.1)


def make_users(address: str, key: str, passwords: Mapping[str, str], root: str = "") -> None:
    """Make every role and user, or bring those that are there up to date; `root`, for a private server, may do all."""
    with _as_the_server(address, key) as client:
        for database, name, about in roles():
            _make(client[database], "Role", name, about)
        for identity in (*SERVICES, *READERS, BACKUP):
            user = {"pwd": passwords[identity], "roles": granted(identity)}
            _make(client[home(identity)], "User", identity, user)
        if root:
            _make(client.admin, "User", root, {"pwd": passwords[root], "roles": [{"role": "root", "db": "admin"}]})


def make_restorer(address: str, key: str, name: str, password: str) -> None:
    """Make who may restore, as Percona's operator does for itself in a cluster; none of ours may."""
    with _as_the_server(address, key) as client:
        may = [{"role": role, "db": "admin"} for role in ("backup", "restore")]
        _make(client.admin, "User", name, {"pwd": password, "roles": may})


def _make(database: "Database[_Found]", what: str, name: str, about: Mapping[str, Any]) -> None:
    try:
        database.command({f"create{what}": name, **about})
    except OperationFailure as error:
        if "already exists" not in str(error):
            raise
        database.command({f"update{what}": name, **about})


def _as_the_server(address: str, key: str) -> "pymongo.MongoClient[_Found]":
    return pymongo.MongoClient(
        f"mongodb://{address}/",
        username="__system",
        password=key,
        authSource="local",
        directConnection=True,
        serverSelectionTimeoutMS=1000,
    )
