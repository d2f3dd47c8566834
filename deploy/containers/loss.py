"""All stores are lost, and brought back by production's own jobs in the order of docs/operations.md.

In their pods only what a cluster's operators would have given is ours: the secrets, and where MongoDB is.
"""

import secrets
import time
from typing import Any

from deploy.containers.outside import Desk, desk
from deploy.containers.pods import Cluster
from deploy.manifests.render import of_kind, render
from deploy.setup import development
from deploy.setup.mongodb import make_restorer
from shared.messaging.access import SERVICES

_RESTORER = "databaseBackup"  # what Percona's operator calls it
_UNDERWAY = {"gathering", "waiting", "sending", "unknown"}
_SETTLED_WITHIN = 60.0  # seconds
_AT = "mongodb:27017/?replicaSet=rs0&authSource"


class NotBack(Exception):
    """Something is not as it was before the stores were lost; the text says what."""


def lose_and_restore(pods: Cluster, about: str) -> str:
    """Copy all, lose all, bring all back, and let the services go on; returns what the jobs said of it.

    Raises NotBack where a desk is not told the same of a case and of every message as before.
    """
    production, password = render("production"), secrets.token_hex(16)
    passwords = development.passwords()
    pods.given |= {
        "everyday-mongodb-ssl": {"mongodb.crt": ""},  # a laptop's MongoDB speaks without
        "everyday-mongodb-system-users": {"user": _RESTORER, "password": password},
        "backup": {"EVERYDAY_MONGO_URL": f"mongodb://backup:{passwords['backup']}@{_AT}=admin"},
    }
    jobs = of_kind(production, "CronJob")
    casework = desk(pods, "casework")
    before = _settled(casework, about)
    said = pods.finish(jobs["backup"]).logs()
    for name in SERVICES:
        pods.stop(pods.pods[name])
    pods.lose("mongodb")
    pods.finish(of_kind(render("dev"), "Job")["mongodb-users"])  # as Percona's operator would
    make_restorer(f"{pods.pods['mongodb'].address}:27017", development.KEY, _RESTORER, password)
    said += pods.finish(jobs["restore"], EVERYDAY_MONGO_URL=f"mongodb://{_AT}=admin").logs()
    for name in SERVICES:
        pods.go_on(pods.pods[name])
    pods.await_ready()
    after = _told(casework, about)
    for what, was in before.items():
        if after[what] != was:
            raise NotBack(f"before the stores were lost, {what} was {was}, and is now {after[what]}")
    return said


def _settled(casework: Desk, about: str) -> dict[str, Any]:
    """What a desk is told once every message has been handed to its provider, or waits for its hour."""
    deadline = time.monotonic() + _SETTLED_WITHIN
    while True:
        told = _told(casework, about)
        if not _UNDERWAY & told.pop("states"):
            return told
        if time.monotonic() > deadline:
            raise NotBack(f"messages are still on their way: {told['messages']}")
        time.sleep(0.5)


def _told(casework: Desk, about: str) -> dict[str, Any]:
    """The case of a pupil, and every message, by the command line of an officer."""
    story = casework.json("explain", about)
    messages = casework.json("messages", "list")
    return {
        "case": (story["case"], story["state"]),
        "notices": sorted(each["notice"] for each in story["notices"]),
        "messages": sorted((each["_id"], each["telling"], each["channel"]) for each in messages),
        "states": {each["state"] for each in messages},
    }
