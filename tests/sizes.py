"""On how many generated inputs a property is tried: a telling number in every check, many more in `make gate`."""

from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from hypothesis import settings

GATE = "gate"
"""The profile of hypothesis (`--hypothesis-profile gate`) under which properties are tried at full size."""

Test = TypeVar("Test", bound=Callable[..., Any])


def tried(check: int, *, gate: int) -> Callable[[Test], Test]:
    """So many inputs in a check; in the gate, where the test then belongs to what is run, so many."""
    if settings.get_current_profile_name() == GATE:
        return lambda test: pytest.mark.gate(settings(max_examples=gate)(test))
    return settings(max_examples=check)
