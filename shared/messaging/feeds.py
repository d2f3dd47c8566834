"""Which schools each MIS may speak for, from configuration. Pure.

Without configuration the identity `mis` speaks for every school, for a single intake that feeds them all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import StringConstraints

from shared.contracts.fields import Urn

Identity = Annotated[str, StringConstraints(pattern=r"^mis(-[a-z0-9]+)*$")]
"""A school system's login at RabbitMQ: `mis`, or a name that begins with it, such as `mis-arbor`."""

Schools = frozenset[Urn] | Literal["all"]
"""The URNs of the schools that a system speaks for."""


@dataclass(frozen=True)
class Feeds:
    """The schools' systems, each with its schools."""

    schools: Mapping[str, Schools] = field(default_factory=lambda: {"mis": "all"})

    def speaks_for(self, identity: str, urn: str) -> bool:
        """Whether an identity may speak for a school. Only schools' systems may."""
        schools = self.schools.get(identity, frozenset())
        return schools == "all" or urn in schools
