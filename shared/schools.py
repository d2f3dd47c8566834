"""Which schools are meant, as a question to a store: filters that are typed find what an MIS spells otherwise. Pure."""

import re
from collections.abc import Iterable
from typing import Any


def those(districts: Iterable[str], phases: Iterable[str], urns: Iterable[str]) -> dict[str, Any]:
    """Schools that every filter names; one without words leaves every school."""
    wanted = {"district": _whatever_case(districts), "phase": _whatever_case(phases), "_id": list(urns)}
    return {name: {"$in": values} for name, values in wanted.items() if values}


def _whatever_case(words: Iterable[str]) -> list[re.Pattern[str]]:
    return [re.compile(rf"^\s*{re.escape(' '.join(each.split()))}\s*$", re.IGNORECASE) for each in words]
