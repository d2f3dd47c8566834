"""Asking the notices service's store, under the policies that the running system is set up with."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from services.notices.asking.explain import Explain
from services.notices.attendance.policy import Policies, PolicyInvalid, policies
from shared.cli import asking
from shared.cli.output import BAD_INPUT, fail
from shared.cli.places import Places

T = TypeVar("T")


def ask(at: Places, question: Callable[[Explain], Awaitable[T]]) -> T:
    """Ask the notices service's store, or end by saying what is wrong."""
    return asking.ask(at, "notices", lambda store: question(Explain(store, rules(), at.clock())))


def rules() -> Policies:
    """The policies that the running system uses, by the same environment variable."""
    folder = os.environ.get("EVERYDAY_POLICIES")
    try:
        return policies(Path(folder) if folder else None)
    except PolicyInvalid as error:
        fail(str(error), BAD_INPUT)
