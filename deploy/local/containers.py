"""RabbitMQ and MongoDB in containers, where an engine and its images are there. Nothing is ever pulled."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

RABBITMQ_IMAGE = os.environ.get("EVERYDAY_RABBITMQ_IMAGE", "rabbitmq:4-management")
MONGO_IMAGE = os.environ.get("EVERYDAY_MONGO_IMAGE", "mongo:7")


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
def rabbitmq() -> Iterator[str]:
    """A RabbitMQ container's address."""
    from testcontainers.rabbitmq import RabbitMqContainer

    with RabbitMqContainer(RABBITMQ_IMAGE) as server:
        host, port = server.get_container_host_ip(), server.get_exposed_port(server.port)
        yield f"amqp://{server.username}:{server.password}@{host}:{port}/"


@contextmanager
def mongodb() -> Iterator[str]:
    """The address of a MongoDB container that is a replica set of one."""
    from testcontainers.core.container import DockerContainer

    from deploy.local.native import initiate

    with DockerContainer(MONGO_IMAGE).with_command("--replSet rs0 --bind_ip_all").with_exposed_ports(27017) as server:
        url = f"mongodb://{server.get_container_host_ip()}:{server.get_exposed_port(27017)}/?directConnection=true"
        initiate(url, "127.0.0.1:27017")
        yield url
