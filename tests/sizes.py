"""On how many generated inputs a property is tried: a telling number in every check, many more in `make gate`."""

import pytest
from hypothesis import is_hypothesis_test, settings

CHECK, GATE = "check", "gate"
"""Profiles of hypothesis; `--hypothesis-profile gate` chooses the second. How long an input takes says nothing."""

settings.register_profile(CHECK, deadline=None, max_examples=50)
settings.register_profile(GATE, deadline=None, max_examples=500, database=None)


def tried(check: int, *, gate: int) -> settings:
    """So many inputs in a check and so many in the gate, where the profile's number does not fit."""
    return settings(max_examples=gate if is_gate() else check)


def is_gate() -> bool:
    """Whether properties are tried at full size."""
    return settings.get_current_profile_name() == GATE


def belongs_to_the_gate(item: pytest.Item) -> bool:
    """At full size, every property does, whatever its own number is."""
    return is_gate() and is_hypothesis_test(getattr(item, "obj", None))
