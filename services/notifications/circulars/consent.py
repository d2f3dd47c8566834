"""Who on a list may be sent a campaign: a school is an organisation, a parent must have consented. Pure."""

from datetime import date
from typing import Literal

_NO_DAY = "a parent is sent nothing without it: write the day since when they want messages, such as 2024-09-02"
_TO_COME = "the day since when they want messages must not be to come"


def no_consent(to: Literal["parents", "schools"], consent_on: date | None, today: date) -> str:
    """Why somebody must not be sent a campaign, written as the fix; empty if they may.

    Source: Privacy and Electronic Communications (EC Directive) Regulations 2003, reg. 22; to promote an authority's
    aims counts as marketing too.
    """
    if to != "parents" or (consent_on is not None and consent_on <= today):
        return ""
    return _NO_DAY if consent_on is None else _TO_COME
