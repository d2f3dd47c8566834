"""The identities as the operators of a production cluster take them: resources written by `make contracts`.

RabbitMQ's Messaging Topology Operator makes users, permissions and policies; Percona's operator makes MongoDB's users
and roles; External Secrets bring each password from the authority's vault. Nothing here is a secret.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from deploy.setup.mongodb import granted, home, roles
from deploy.setup.rabbitmq import POLICIES, TAGS, VHOST
from shared.messaging.access import Rights, broker, store
from shared.messaging.topology import OLD_WAYS

Resource = dict[str, Any]
_CLUSTER = {"rabbitmqClusterReference": {"name": "everyday-rabbitmq"}}
_STORE = {"kind": "SecretStore", "name": "authority"}
_MONGODB = "everyday-mongodb"


def rabbitmq(mis: Iterable[str], *, old_ways: bool = False) -> list[Resource]:
    """Every identity at RabbitMQ, those of the schools' systems among them, and the policies."""
    each = [resource for name, rights in broker(mis, old_ways=old_ways).items() for resource in _identity(name, rights)]
    return [*each, *(_policy(name) for name in POLICIES)]


def mongodb() -> list[Resource]:
    """What the MongoDB resource of the production overlay says besides: roles and users, and their passwords."""
    users = [
        {
            "name": name,
            "db": home(name),
            "passwordSecretRef": {"name": f"mongodb-{name}", "key": "password"},
            "roles": [{"name": each["role"], "db": each["db"]} for each in granted(name)],
        }
        for name in store()
    ]
    made = [{"role": name, "db": database, **about} for database, name, about in roles()]
    cluster = {
        "apiVersion": "psmdb.percona.com/v1",
        "kind": "PerconaServerMongoDB",
        "metadata": {"name": _MONGODB},
        "spec": {"roles": made, "users": users},
    }
    return [cluster]


def passwords() -> list[Resource]:
    """Where the passwords of MongoDB's users come from."""
    return [_secret(f"mongodb-{name}", "mongodb", name, {"password": "{{ .password }}"}) for name in store()]


def _identity(name: str, rights: Rights) -> Iterator[Resource]:
    secret = f"rabbitmq-{name}"
    yield _secret(secret, "rabbitmq", name, {"username": name, "password": "{{ .password }}"})
    tags = {"tags": list(TAGS[name])} if name in TAGS else {}
    yield _resource("User", name, {"importCredentialsSecret": {"name": secret}, **tags})
    held = {"configure": rights.configure, "write": rights.write, "read": rights.read}
    yield _resource("Permission", name, {"user": name, "vhost": VHOST, "permissions": held})
    for exchange, written, read in rights.topics():
        held = {"exchange": exchange, "write": written, "read": read}
        about = {"user": name, "vhost": VHOST, "permissions": held}
        labels = {"everyday-counts/ways": "old"} if exchange in OLD_WAYS else {}
        yield _resource("TopicPermission", f"{name}-{exchange}", about, labels)


def _policy(name: str) -> Resource:
    policy = POLICIES[name]
    about = {"pattern": policy["pattern"], "applyTo": policy["apply-to"], "definition": policy["definition"]}
    return _resource("Policy", name, {"name": name, "vhost": VHOST, **about})


def _resource(kind: str, name: str, spec: Resource, labels: Mapping[str, str] | None = None) -> Resource:
    return {
        "apiVersion": "rabbitmq.com/v1beta1",
        "kind": kind,
        "metadata": {"name": name, **({"labels": dict(labels)} if labels else {})},
        "spec": {**spec, **_CLUSTER},
    }


def _secret(name: str, server: str, identity: str, data: dict[str, str]) -> Resource:
    """A Secret made from one password of the vault; the label lets the Messaging Topology Operator read it."""
    label = {"rabbitmq.com/topology-operator": "true"} if server == "rabbitmq" else {}
    kept = {"metadata": {"labels": label}} if label else {}
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": name},
        "spec": {
            "refreshInterval": "1h",
            "secretStoreRef": _STORE,
            "target": {"name": name, "template": {**kept, "data": data}},
            "data": [
                {"secretKey": "password", "remoteRef": {"key": f"everyday-counts/{server}", "property": identity}}
            ],
        },
    }
