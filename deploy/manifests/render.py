"""Rendering overlays with kustomize, and finding things in what comes out."""

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import yaml

K8S = Path(__file__).parents[1] / "k8s"
OVERLAYS = ("dev", "production")
Resource = dict[str, Any]


class RenderFailed(Exception):
    """kustomize refused an overlay; the text is its own."""


@cache
def render(overlay: str) -> tuple[Resource, ...]:
    """Every resource of an overlay."""
    return tuple(each for each in yaml.load_all(rendered(overlay), yaml.CSafeLoader) if each)


@cache
def rendered(overlay: str) -> str:
    """An overlay as one stream of YAML, as `kubectl apply -k` would send it."""
    own = Path(sys.executable).with_name("kubectl")
    kubectl = str(own) if own.exists() else shutil.which("kubectl") or "kubectl"
    done = subprocess.run(
        [kubectl, "kustomize", str(K8S / "overlays" / overlay)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RenderFailed(f"{overlay}: {done.stderr[:3000]}")
    return done.stdout


def of_kind(resources: tuple[Resource, ...], *kinds: str) -> dict[str, Resource]:
    """Resources of some kinds by their names."""
    return {each["metadata"]["name"]: each for each in resources if each["kind"] in kinds}


def pod_of(workload: Resource) -> Resource:
    """The pod template of a Deployment, StatefulSet, Job or CronJob."""
    spec: Resource = workload["spec"]
    if workload["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    template: Resource = spec["template"]
    return template


def plain(name: str, resources: tuple[Resource, ...], kind: str) -> Resource:
    """A ConfigMap or Secret by its name in the manifests' own words, before kustomize appended a hash."""
    for found, resource in of_kind(resources, kind).items():
        if found == name or found.rpartition("-")[0] == name:
            return resource
    raise KeyError(f"there is no {kind} {name}")
