"""`make manifests`: every overlay rendered, and held to Kubernetes' schemas, the custom ones and hardening policies.

Runs in `.venv-deploy`, which holds the validators: they are heavy, and the tests do without them (tests/deploy).
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import yaml

from deploy.manifests.render import K8S, OVERLAYS, RenderFailed, Resource, render, rendered

OLDEST, NEWEST = "1.30", "1.37"
"""The versions of Kubernetes that the manifests are for."""
NOT_HELD = {
    "CKV_K8S_43": "a digest is known when an image has been built: a release writes it into the overlay",
    "CKV_K8S_15": "images are named by version or digest, and what never changes need not be pulled again",
}
"""Checkov's policies that are left out, and why."""


def problems(overlay: str, custom: dict[str, Any]) -> Iterator[str]:
    """Everything that is wrong with an overlay's resources by the schemas."""
    for resource in render(overlay):
        name = f"{overlay}: {resource['kind']} {resource['metadata']['name']}"
        if resource["kind"] in custom:
            yield from (f"{name}: {each}" for each in _custom(resource, custom[resource["kind"]]))
            continue
        for version in (OLDEST, NEWEST):
            try:
                kubernetes_validate.validate(resource, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                place = ".".join(map(str, error.path))
                yield f"{name}: Kubernetes {version}: {place}: {error.message[:300]}"
            except kubernetes_validate.SchemaNotFoundError:
                yield f"{name}: neither Kubernetes {version} nor deploy/k8s/schemas.yaml knows this kind"


def schemas() -> dict[str, Any]:
    """The custom resources' schemas, each object closed: what is not named in it is an error."""
    loaded = yaml.safe_load((K8S / "schemas.yaml").read_text())
    return {kind: {**each, "spec": _closed(each["spec"])} for kind, each in loaded.items()}


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: _closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema:
        properties = {key: _closed(value) for key, value in schema["properties"].items()}
        inner = {"type": "object", **inner, "properties": properties, "additionalProperties": False}
    return inner


def _custom(resource: Resource, schema: dict[str, Any]) -> Iterator[str]:
    if resource["apiVersion"] != schema["apiVersion"]:
        yield f"apiVersion: {resource['apiVersion']} instead of {schema['apiVersion']}"
    checker = jsonschema.Draft202012Validator(schema["spec"], format_checker=jsonschema.FormatChecker())
    for error in checker.iter_errors(resource["spec"]):
        yield f"spec.{'.'.join(map(str, error.path))}: {error.message[:300]}"


def hardening(overlay: str) -> Iterator[str]:
    """What Checkov's policies for Kubernetes find; raises RuntimeError when it says nothing that can be read."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / f"{overlay}.yaml").write_text(rendered(overlay))
        command = [
            str(Path(sys.executable).with_name("checkov")), "--skip-download", "--framework", "kubernetes",
            "--directory", folder, "--skip-check", ",".join(NOT_HELD), "--output", "json", "--quiet",
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        found = json.loads(done.stdout)
    except ValueError:
        raise RuntimeError(f"checkov did not answer:\n{(done.stdout + done.stderr)[-2000:]}") from None
    if not found.get("summary", {}).get("resource_count"):
        raise RuntimeError("checkov looked at nothing")
    for each in found["results"]["failed_checks"]:
        yield f"{overlay}: {each['resource']}: {each['check_id']} {each['check_name']}"


def main() -> int:
    """Check every overlay; print what is wrong, and how much was looked at."""
    custom = schemas()
    found: list[str] = []
    try:
        for overlay in OVERLAYS:
            found += problems(overlay, custom)
            found += hardening(overlay)
    except (RenderFailed, RuntimeError) as error:
        found.append(str(error))
    for each in found:
        print(each)
    looked = ", ".join(f"{overlay} ({len(render(overlay))} resources)" for overlay in OVERLAYS)
    print(f"{len(found)} problems in {looked}" if found else f"nothing is wrong with {looked}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
