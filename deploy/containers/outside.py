"""From outside into the cluster: producers and readers by the identities that they have there, and people at desks."""

import json
from dataclasses import dataclass
from typing import Any

from deploy.containers.pods import Cluster, Pod, PodFailed
from deploy.manifests.render import of_kind, render
from deploy.setup import development

_OFFICER = "engineer-4"


@dataclass(frozen=True)
class Outside:
    """Addresses for a machine beside the pods. They are asked for each time, as a pod that was replaced has another."""

    pods: Cluster

    def amqp(self, who: str) -> str:
        return f"amqp://{who}:{development.passwords()[who]}@{self._address('rabbitmq')}:5672/"

    def reader(self) -> str:
        who = f"reader:{development.passwords()['reader']}"
        return f"mongodb://{who}@{self._address('mongodb')}:27017/?directConnection=true&authSource=admin"

    def notify(self) -> str:
        return f"http://{self._address('notify')}:8100"

    def _address(self, name: str) -> str:
        return self.pods.pods[name].address


@dataclass(frozen=True)
class Desk:
    """Somebody at one of production's two desks."""

    pod: Pod

    def everyday(self, *words: str) -> str:
        """What the command line says; raises PodFailed with its last words where it fails."""
        command = ["env", f"EVERYDAY_OFFICER_ID={_OFFICER}", "COLUMNS=200", "python", "-m", "services.cli", *words]
        code, (out, err) = self.pod.container.exec_run(command, demux=True)
        if code:
            raise PodFailed(
                f"the desk's `everyday {' '.join(words)}` ended with {code}: {(err or b'').decode()[-2000:]}"
            )
        return str((out or b"").decode())

    def json(self, *words: str) -> Any:
        return json.loads(self.everyday(*words, "--json"))


def desk(pods: Cluster, name: str) -> Desk:
    """Scale a desk to one, with the secret that a vault would give it."""
    passwords = development.passwords()
    pods.given[name] = {
        "EVERYDAY_AMQP_URL": f"amqp://{name}:{passwords[name]}@rabbitmq:5672/",
        "EVERYDAY_MONGO_URL": f"mongodb://reader:{passwords['reader']}@mongodb:27017/?replicaSet=rs0&authSource=admin",
    }
    return Desk(pods.desk(of_kind(render("production"), "Deployment")[name]))
