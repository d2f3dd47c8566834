"""A school's name, and which schools are meant, as a query: typed filters find what an MIS
spells differently. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Any


def called(name: str | None, school: Mapping[str, Any] | None, urn: str) -> str:
    """A school's name. If its system sends none, the previous one stays, else its number has to do."""
    return name or (school or {}).get("name") or f"School {urn}"


def those(districts: Iterable[str], phases: Iterable[str], urns: Iterable[str]) -> dict[str, Any]:
    """Schools that match every filter; an empty filter matches every school."""
    wanted = {"district": _whatever_case(districts), "phase": _whatever_case(phases), "_id": list(urns)}
    return {name: {"$in": values} for name, values in wanted.items() if values}


def _whatever_case(words: Iterable[str]) -> list[re.Pattern[str]]:
    return [re.compile(rf"^\s*{re.escape(' '.join(each.split()))}\s*$", re.IGNORECASE) for each in words]
