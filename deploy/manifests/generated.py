"""The files among the manifests that are written from the code: `make contracts` writes them, a test compares."""

import json
from pathlib import Path
from typing import Any

import yaml

from deploy.setup import development, operators
from deploy.setup.officers import AUTHORITY
from deploy.setup.rabbitmq import definitions

OVERLAYS = Path(__file__).parents[1] / "k8s" / "overlays"
_HEAD = "# Written by `make contracts` from shared/messaging/access.py: change it there.\n"


def files() -> dict[Path, str]:
    """Each generated file, and what has to stand in it."""
    production = OVERLAYS / "production"
    laptop = json.dumps(definitions(development.passwords()), indent=1) + "\n"
    return {
        OVERLAYS / "dev" / "definitions.json": laptop,
        OVERLAYS / "dev" / "officers.json": AUTHORITY.trusted().text(),
        production / "rabbitmq-identities.yaml": _written(operators.rabbitmq(mis())),
        production / "mongodb-identities.yaml": _written(operators.mongodb()),
        production / "mongodb-passwords.yaml": _written(operators.passwords()),
    }


def mis() -> list[str]:
    """The schools' systems that the production overlay knows."""
    return list(json.loads((OVERLAYS / "production" / "mis.json").read_text()))


def upgrade() -> str:
    """The identities in production as they are while an upgrade from the exchanges that all shared runs."""
    return _written(operators.rabbitmq(mis(), old_ways=True))


def write() -> None:
    for path, content in files().items():
        path.write_text(content)


def _written(resources: list[dict[str, Any]]) -> str:
    return _HEAD + str(yaml.dump_all(resources, sort_keys=False, width=1_000, Dumper=_Plain))


class _Plain(yaml.SafeDumper):
    """YAML without anchors, which nobody wants to read in a manifest."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
