"""How long names of invited people are kept. Answers stay, and so does whatever a consultation's chain rests on."""

from datetime import datetime, timedelta
from functools import partial

from services.surveys.answers.states import SURVEY
from services.surveys.store import records
from shared.store.documents import Document, Store
from shared.store.sweeping import Sweep
from shared.time.clock import Clock

NOBODY = "Forgotten"
"""Replaces a person's name."""
NOBODYS: Document = {"respondent.name": NOBODY, "respondent.email": None, "progress": None}
"""What remains of an invitation without its person, by field."""


def sweep(store: Store, kept_days: float, clock: Clock) -> Sweep:
    return Sweep(store, records.INVITATIONS, timedelta(days=kept_days), partial(forget, store), clock)


async def forget(store: Store, before: datetime) -> int:
    """Remove names, addresses and unsent answers from invitations to surveys that closed before an instant.

    The official answer of a body, and answers given with a name on purpose, keep their names: respondents were told
    so, and the integrity export of a consultation holds them. Returns how many invitations were changed.
    """
    closed = {**SURVEY.among("closed"), "closes_at": {"$lt": before}, "mode": {"$ne": "named"}}
    surveys = [each["_id"] for each in await store[records.SURVEYS].find(closed, fields=["_id"])]
    theirs = {"survey": {"$in": surveys}, "respondent.official": False, "respondent.name": {"$ne": NOBODY}}
    return await store[records.INVITATIONS].set_all(theirs, NOBODYS)
