"""RabbitMQ and MongoDB in containers, where an engine and its images are there. Nothing is ever pulled.

What a server needs at its start (definitions, key file) goes in by its environment, so that the engine may be anywhere.
"""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from deploy.local.native import ServerFailed, speaks_amqp
from deploy.local.patience import Deadline
from deploy.setup.mongodb import initiate

RABBITMQ_IMAGE = os.environ.get("EVERYDAY_RABBITMQ_IMAGE", "rabbitmq:4-management")
MONGO_IMAGE = os.environ.get("EVERYDAY_MONGO_IMAGE", "mongo:7")
_READY_WITHIN = 90.0  # seconds
_RABBITMQ = (
    'printf %s "$DEFINITIONS" > /tmp/definitions.json'
    " && echo load_definitions = /tmp/definitions.json > /etc/rabbitmq/conf.d/90-everyday.conf"
    " && exec rabbitmq-server"
)
_MONGO = 'umask 077 && printf %s "$KEY" > /tmp/key && exec mongod --replSet rs0 --keyFile /tmp/key --bind_ip_all'


def unavailable() -> str:
    """Why containers cannot be used here; empty when they can."""
    import docker  # here, because a machine without an engine need not load the client at all

    try:
        client = docker.from_env(timeout=3)
        client.ping()
    except Exception:
        return "no Docker engine answers"
    for image in (RABBITMQ_IMAGE, MONGO_IMAGE):
        try:
            client.images.get(image)
        except Exception:
            return f"the engine has no image {image}"
    return ""


@contextmanager
def rabbitmq(definitions: Mapping[str, Any]) -> Iterator[str]:
    """The address (host:port) of a RabbitMQ container that has read these definitions."""
    with _container(RABBITMQ_IMAGE, _RABBITMQ, 5672, DEFINITIONS=json.dumps(definitions)) as (host, port):
        _await("RabbitMQ", lambda: speaks_amqp(host, port))
        yield f"{host}:{port}"


@contextmanager
def mongodb(key: str) -> Iterator[str]:
    """The address (host:port) of a MongoDB container that is a replica set of one, held by this key file."""
    with _container(MONGO_IMAGE, _MONGO, 27017, KEY=key) as (host, port):
        address = f"{host}:{port}"
        _await("MongoDB", lambda: initiate(address, key, "127.0.0.1:27017", patience=0))
        yield address


@contextmanager
def _container(image: str, command: str, port: int, **environment: str) -> Iterator[tuple[str, int]]:
    from testcontainers.core.config import testcontainers_config
    from testcontainers.core.container import DockerContainer

    testcontainers_config.ryuk_disabled = True  # its own sweeper is one more image, which nobody has pulled
    container = DockerContainer(image).with_envs(**environment).with_exposed_ports(port)
    with container.with_command(["sh", "-c", command]) as server:
        yield server.get_container_host_ip(), int(server.get_exposed_port(port))


def _await(name: str, ready: Callable[[], bool]) -> None:
    deadline = Deadline(_READY_WITHIN)
    while not ready():
        if deadline.is_over():
            raise ServerFailed(f"the {name} container did not become ready")
        time.sleep(0.1)
