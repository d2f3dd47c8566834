"""RabbitMQ's definitions: users, permissions, topic permissions and policies, as the server reads them at start."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from shared.messaging.access import MIS, SERVICES, broker

VHOST = "/"
TAGS = {"monitoring": ("monitoring",)}
POLICIES: Mapping[str, Mapping[str, Any]] = {
    "nothing-lost-on-the-way": {
        "pattern": rf"^(({'|'.join(SERVICES)})\..+|(ladder|retry)\..+)$",
        "apply-to": "queues",
        "definition": {"dead-letter-strategy": "at-least-once", "overflow": "reject-publish"},
    }
}
"""What queues do besides how they are declared: a message that RabbitMQ itself moves on (from a step of the ladder back
to its queue, or to the dead after too many crashes) leaves only when it has arrived. Needs RabbitMQ 3.10 or later."""


def definitions(passwords: Mapping[str, str], root: str = "", mis: Iterable[str] = (MIS,)) -> dict[str, Any]:
    """Definitions in which every identity has its password; `root`, for a private server, may do everything."""
    rights = broker(mis)
    users = [_user(name, passwords[name], TAGS.get(name, ())) for name in rights]
    permissions = [_permission(name, each.configure, each.write, each.read) for name, each in rights.items()]
    topics = [
        {"user": name, "vhost": VHOST, "exchange": exchange, "write": written, "read": read}
        for name, each in rights.items()
        for exchange, written, read in each.topics()
    ]
    exchanges = sorted(
        {each["exchange"] for each in topics}
    )  # from 4.3 on, rights on what is not there stop the server
    if root:
        users.append(_user(root, passwords[root], ("administrator",)))
        permissions.append(_permission(root, ".*", ".*", ".*"))
    return {
        "vhosts": [{"name": VHOST}],
        "users": users,
        "permissions": permissions,
        "exchanges": [_topic_exchange(name) for name in exchanges],
        "topic_permissions": topics,
        "policies": [{"name": name, "vhost": VHOST, "priority": 0, **each} for name, each in POLICIES.items()],
    }


def _user(name: str, password: str, tags: tuple[str, ...]) -> dict[str, Any]:
    """A user with the hash of a password, which is what RabbitMQ keeps: four bytes of salt and SHA-256.

    The salt comes from the password, so that definitions written twice are the same; passwords are long and random.
    """
    salt = hashlib.sha256(f"{name}:{password}".encode()).digest()[:4]
    kept = base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
    return {
        "name": name,
        "password_hash": kept,
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": list(tags),
    }


def _topic_exchange(name: str) -> dict[str, Any]:
    options = {"durable": True, "auto_delete": False, "internal": False, "arguments": {}}
    return {"name": name, "vhost": VHOST, "type": "topic", **options}


def _permission(user: str, configure: str, write: str, read: str) -> dict[str, str]:
    return {"user": user, "vhost": VHOST, "configure": configure, "write": write, "read": read}
