"""What a school is called, and which are meant, as a question to a store: filters that are typed find what an MIS
spells otherwise. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Any


def called(said: str | None, school: Mapping[str, Any] | None, urn: str) -> str:
    """A school's name. Where its system says none the one before stays, or its number has to do."""
    return said or (school or {}).get("name") or f"School {urn}"


def those(districts: Iterable[str], phases: Iterable[str], urns: Iterable[str]) -> dict[str, Any]:
    """Schools that every filter names; one without words leaves every school."""
    wanted = {"district": _whatever_case(districts), "phase": _whatever_case(phases), "_id": list(urns)}
    return {name: {"$in": values} for name, values in wanted.items() if values}


def _whatever_case(words: Iterable[str]) -> list[re.Pattern[str]]:
    return [re.compile(rf"^\s*{re.escape(' '.join(each.split()))}\s*$", re.IGNORECASE) for each in words]
