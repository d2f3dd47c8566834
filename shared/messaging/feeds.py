"""For which schools each of the schools' systems speaks, from configuration. Pure.

Without configuration the identity `mis` speaks for every school, as where one intake feeds them all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import StringConstraints

from shared.contracts.fields import Urn

Identity = Annotated[str, StringConstraints(pattern=r"^mis(-[a-z0-9]+)*$")]
"""As what a school's system logs in at RabbitMQ: `mis`, or a name that begins so, such as `mis-arbor`."""

Schools = frozenset[Urn] | Literal["all"]
"""The URNs of the schools that a system speaks for."""


@dataclass(frozen=True)
class Feeds:
    """The schools' systems, each with its schools."""

    schools: Mapping[str, Schools] = field(default_factory=lambda: {"mis": "all"})

    def speaks_for(self, identity: str, urn: str) -> bool:
        """Whether an identity may speak for a school. What is no school's system speaks for none."""
        schools = self.schools.get(identity, frozenset())
        return schools == "all" or urn in schools
