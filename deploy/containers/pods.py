"""Pods of the rendered manifests as containers: the same user, file system, rights, environment, limits and probes.

What Docker cannot show is left to the checks of the manifests: network policies, scheduling, scaling.
"""

import base64
import os
import shutil
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import docker
import httpx
from docker.models.containers import Container

from deploy.manifests.render import Resource, of_kind, pod_of

RUNNING = ("Deployment", "StatefulSet")
_UNITS = {"Mi": 2**20, "Gi": 2**30}
_NONE: Mapping[str, str] = MappingProxyType({})
_JOB_WITHIN = 180.0  # seconds


class PodFailed(Exception):
    """A pod did not come up or did not stay up; the text says which, and its last lines of log."""


@dataclass(frozen=True)
class Pod:
    """One workload's container."""

    name: str
    spec: Resource
    container: Container

    @property
    def address(self) -> str:
        """Its address on the network of the cluster."""
        self.container.reload()
        [network] = self.container.attrs["NetworkSettings"]["Networks"].values()
        return str(network["IPAddress"])

    @property
    def main(self) -> Resource:
        container: Resource = self.spec["containers"][0]
        return container

    def logs(self, lines: int | str = "all") -> str:
        return str(self.container.logs(tail=lines).decode(errors="replace"))


class Cluster:
    """A network, and on it the pods of an overlay, started together as `kubectl apply` would."""

    def __init__(
        self, client: "docker.DockerClient", resources: Sequence[Resource], images: Mapping[str, str], folder: Path
    ) -> None:
        self._client = client
        self._resources = tuple(resources)
        self._images = images
        self._folder = folder
        self._network = client.networks.create(f"everyday-{os.getpid()}", driver="bridge")
        self.pods: dict[str, Pod] = {}
        self.jobs: dict[str, Pod] = {}
        self.desks: dict[str, Pod] = {}
        self.replicas: list[Pod] = []
        self._replicas = 0
        self.given: dict[str, dict[str, str]] = {}
        """Secrets that come from outside of the manifests: a vault, an operator."""

    def start(self) -> None:
        for kind, into, restart in ((RUNNING, self.pods, "always"), (("Job",), self.jobs, "on-failure")):
            for name, workload in of_kind(self._resources, *kind).items():
                into[name] = self._run(name, pod_of(workload), restart)

    def await_ready(self) -> None:
        """Wait until every job is done and every pod's probes are content."""
        for pod in self.jobs.values():
            self._await_done(pod)
        for pod in self.pods.values():
            _pass(pod, "startupProbe")
        for pod in self.pods.values():
            _pass(pod, "readinessProbe")
            _pass(pod, "livenessProbe")

    def desk(self, workload: Resource) -> Pod:
        """Start one replica of a workload of another overlay, that serves nobody and so has no probes."""
        name = workload["metadata"]["name"]
        self.desks[name] = self._run(name, pod_of(workload), "no")
        return self.desks[name]

    def finish(self, workload: Resource, **environment: str) -> Pod:
        """Run a job to its end, anew where it has run before, with these variables in place of the manifest's."""
        name = workload["metadata"]["name"]
        if (before := self.jobs.pop(name, None)) is not None:
            before.container.remove(force=True, v=True)
        self.jobs[name] = self._run(name, pod_of(workload), "no", environment)
        self._await_done(self.jobs[name])
        return self.jobs[name]

    def lose(self, name: str) -> None:
        """Remove a pod with its volumes, and start it anew on empty ones."""
        self.pods.pop(name).container.remove(force=True, v=True)
        shutil.rmtree(self._folder / name)
        self.pods[name] = self._run(name, pod_of(of_kind(self._resources, *RUNNING)[name]), "always")

    def replace(self, name: str, image: str = "") -> None:
        """Replace a pod as a Deployment does here: the new one is ready before the old one goes."""
        old, self.pods[name] = self.pods[name], self.beside(name, image)
        self.remove_one(old)

    def beside(self, name: str, image: str = "") -> Pod:
        """Start one more replica of a pod, of another image where it is named, and wait until it is ready."""
        self._replicas += 1
        workload = of_kind(self._resources, *RUNNING)[name]
        pod = self._run(f"{name}-{self._replicas}", pod_of(workload), "always", image=image)
        self.replicas.append(pod)
        _pass(pod, "startupProbe")
        _pass(pod, "readinessProbe")
        return pod

    def remove_one(self, pod: Pod) -> None:
        """Take a replica away; raises PodFailed where it had to be killed."""
        if code := self.stop(pod):
            raise PodFailed(f"{pod.name} was told to stop, and ended with {code}; it says:\n{pod.logs(20)}")
        pod.container.remove(force=True, v=True)
        if pod in self.replicas:
            self.replicas.remove(pod)

    def secret(self, name: str) -> dict[str, str]:
        """What a secret says, from wherever it comes."""
        if (given := self.given.get(name)) is not None:
            return given
        return {key: base64.b64decode(value).decode() for key, value in self._found("Secret", name)["data"].items()}

    def stop(self, pod: Pod) -> int:
        """Ask a pod to stop, as the kubelet does; return its exit code (137: it had to be killed)."""
        pod.container.update(restart_policy={"Name": "no"})
        pod.container.stop(timeout=pod.spec.get("terminationGracePeriodSeconds", 30))
        return int(pod.container.wait()["StatusCode"])

    def go_on(self, pod: Pod) -> None:
        """Start a pod that was told to stop."""
        pod.container.update(restart_policy={"Name": "always"})
        pod.container.start()

    def remove(self) -> None:
        every = (*self.pods.values(), *self.replicas, *self.jobs.values(), *self.desks.values())
        for pod in {each.container.id: each for each in every}.values():
            pod.container.remove(force=True, v=True)
        self._network.remove()

    def _await_done(self, pod: Pod) -> None:
        deadline = time.monotonic() + _JOB_WITHIN
        while not _is_done(pod):
            if time.monotonic() > deadline or _has_failed(pod):
                raise PodFailed(f"the job {pod.name} is not done; it says:\n{pod.logs(20)}")
            time.sleep(0.2)

    def _run(
        self, name: str, template: Resource, restart: str, environment: Mapping[str, str] = _NONE, image: str = ""
    ) -> Pod:
        spec = template["spec"]
        [main] = spec["containers"]
        secure, own = spec["securityContext"], main["securityContext"]
        group = secure.get("fsGroup", secure["runAsGroup"])
        limits = main["resources"]["limits"]
        container = self._client.containers.create(
            image or self._images[main["image"].partition(":")[0]],
            command=main.get("args"),
            entrypoint=main.get("command"),
            name=f"{self._network.name}-{name}",
            hostname=name,
            user=f"{secure['runAsUser']}:{secure['runAsGroup']}",
            group_add=[group],
            read_only=own["readOnlyRootFilesystem"],
            cap_drop=own["capabilities"]["drop"],
            security_opt=[] if own["allowPrivilegeEscalation"] else ["no-new-privileges:true"],
            environment={**self._environment(main), **environment},
            volumes=self._volumes(name, spec, main, group),
            mem_limit=int(limits["memory"][:-2]) * _UNITS[limits["memory"][-2:]],
            nano_cpus=int(float(limits["cpu"]) * 1e9),
            restart_policy={"Name": restart},
        )
        self._network.connect(container, aliases=self._names(template["metadata"]["labels"]))
        self._client.networks.get("bridge").disconnect(container)
        container.start()
        return Pod(name, spec, container)

    def _environment(self, container: Resource) -> dict[str, str]:
        told: dict[str, str] = {}
        for source in container.get("envFrom", ()):
            told |= self._found("ConfigMap", source["configMapRef"]["name"]).get("data", {})
        return told | {each["name"]: each["value"] for each in container.get("env", ())}

    def _volumes(self, pod: str, spec: Resource, main: Resource, group: int) -> dict[str, dict[str, str]]:
        """Secrets and settings as files that the pod's group may read; folders that it may write to."""
        bound: dict[str, dict[str, str]] = {}
        kinds = {each["name"]: each for each in spec.get("volumes", ())}
        for mount in main.get("volumeMounts", ()):
            volume = kinds.get(mount["name"], {})
            claim = volume.get("persistentVolumeClaim")
            place = self._folder / claim["claimName"] if claim else self._folder / pod / mount["name"]
            place.mkdir(parents=True, exist_ok=True)
            for name, content in self._files(volume).items():
                (place / name).write_bytes(content)
                (place / name).chmod(0o440)
                os.chown(place / name, 0, group)
            if claim or not mount.get("readOnly"):
                place.chmod(0o2777)
            os.chown(place, 0, group)
            bound[str(place)] = {"bind": mount["mountPath"], "mode": "ro" if mount.get("readOnly") else "rw"}
        return bound

    def _files(self, volume: Resource) -> dict[str, bytes]:
        if "secret" in volume:
            return {name: text.encode() for name, text in self.secret(volume["secret"]["secretName"]).items()}
        if "configMap" in volume:
            return {
                name: text.encode()
                for name, text in self._found("ConfigMap", volume["configMap"]["name"])["data"].items()
            }
        return {}

    def _found(self, kind: str, name: str) -> Resource:
        found = of_kind(self._resources, kind).get(name)
        if found is None:
            raise PodFailed(f"there is no {kind} {name}")
        return found

    def _names(self, labels: Mapping[str, str]) -> list[str]:
        """The Services that lead to pods with these labels."""
        services = of_kind(self._resources, "Service")
        return [name for name, each in services.items() if each["spec"]["selector"].items() <= labels.items()]


@contextmanager
def cluster(
    client: "docker.DockerClient", resources: Sequence[Resource], images: Mapping[str, str], folder: Path
) -> Iterator[Cluster]:
    """Pods on a network of their own, all gone at the end."""
    made = Cluster(client, resources, images, folder)
    try:
        made.start()
        yield made
    finally:
        made.remove()


def _is_done(pod: Pod) -> bool:
    pod.container.reload()
    state = pod.container.attrs["State"]
    return (state["Status"], state["ExitCode"]) == ("exited", 0)


def _has_failed(pod: Pod) -> bool:
    """Whether it has ended and is not tried again, as `_is_done` has just seen."""
    state, policy = pod.container.attrs["State"], pod.container.attrs["HostConfig"]["RestartPolicy"]["Name"]
    return (state["Status"], policy) == ("exited", "no") and state["ExitCode"] != 0


def _pass(pod: Pod, name: str) -> None:
    """Ask one probe until it is content, within the time that the manifest gives it (readiness: with patience)."""
    probe = pod.main[name]
    ports = {each["name"]: each["containerPort"] for each in pod.main["ports"]}
    tries = probe.get("failureThreshold", 3) if name != "readinessProbe" else 60
    for _ in range(tries):
        if _content(pod, probe, ports):
            return
        time.sleep(min(probe.get("periodSeconds", 10), 2))
    raise PodFailed(f"{pod.name}'s {name} is not content; the pod says:\n{pod.logs(20)}")


def _content(pod: Pod, probe: Resource, ports: Mapping[str, int]) -> bool:
    within = probe.get("timeoutSeconds", 1)
    kind: Any = probe.get("httpGet") or probe["tcpSocket"]
    address, port = pod.address, ports.get(kind["port"], kind["port"])
    try:
        if "httpGet" in probe:
            return httpx.get(f"http://{address}:{port}{kind['path']}", timeout=within).is_success
        with socket.create_connection((address, port), timeout=within):
            return True
    except (OSError, httpx.HTTPError):
        return False
