"""Who is sent what colleagues write themselves: MI Sheets, campaigns, single messages."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.notifications.rules.campaign_files import season
from services.notifications.rules.rule import DONE, LISTED, UNSUBSCRIBE, Recipient, Rule, school
from shared.contracts import circulars
from shared.contracts.fields import WhichSchools


def audience_in_words(audience: WhichSchools) -> str:
    """Whom an MI Sheet is for, in words: All schools, or Primary schools in Norwich and Breckland."""
    if audience.urns:
        return "The schools to which it is sent"
    kind = f"{_listed(audience.phases)} schools" if audience.phases else "All schools"
    return f"{kind} in {_listed(audience.districts)}" if audience.districts else kind


def _listed(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _sheet(event: circulars.MiSheetPublished) -> Mapping[str, Any]:
    links = [{"words": each.title, "address": each.url} for each in event.sheet.links]
    facts = {"audience": audience_in_words(event.audience), "published_on": event.published_on, "links": links}
    return {**event.sheet.model_dump(exclude={"links"}), **facts}


def _chased(event: circulars.MiSheetChased) -> Sequence[Recipient]:
    return [each for urn in event.urns for each in school(urn)]


def _chaser(event: circulars.MiSheetChased) -> Mapping[str, Any]:
    return event.model_dump(include={"number", "title", "complete_by", "overdue"})


def _one(command: circulars.SendMessage) -> Sequence[Recipient]:
    named = Recipient(f"chosen:{command.id}", email=command.email, phone=command.phone)
    return school(command.school) or (named,)


def _words(command: circulars.SendMessage) -> Mapping[str, Any]:
    more = {"more_link": command.more.url, "more_words": command.more.title} if command.more else {}
    return {"subject": command.title, "words": command.words, "case": command.case, **more}


def _members(command: circulars.RunCampaign) -> Sequence[Recipient] | WhichSchools:
    """One address for each: texts cost money, so only those without email get one."""
    if command.audience is not None:
        return command.audience
    return [
        Recipient(LISTED, each.name or "", each.email, None if each.email else each.phone, language=each.language)
        for each in command.members
    ]


def _campaign(command: circulars.RunCampaign) -> Mapping[str, Any]:
    return season(command.campaign, command.step)


SHEET = Rule(
    "mi_sheet",
    circulars.MiSheetPublished,
    "school",
    "service",
    ("email",),
    "mi_sheet",
    lambda event: event.audience,
    _sheet,
    once="recipient",
    alone=lambda event: event.sheet.kind == "action",
    links={"done_link": DONE},
    agreed=lambda event: event.reaches,
)
CHASER = Rule(
    "mi_sheet_chaser",
    circulars.MiSheetChased,
    "school",
    "service",
    ("email",),
    "mi_sheet_chaser",
    _chased,
    _chaser,
    alone=lambda event: True,
    links={"done_link": DONE},
)
MESSAGE = Rule("message", circulars.SendMessage, "chosen", "service", ("email", "sms"), "notice", _one, _words)
CAMPAIGNS = {
    "parents": Rule(
        "campaign_parents",
        circulars.RunCampaign,
        "chosen",
        "campaign",
        ("email", "sms"),
        "campaign_parents",
        _members,
        _campaign,
        needed=False,
        once="address",
        links={"unsubscribe": UNSUBSCRIBE},
        agreed=lambda command: command.reaches,
    ),
    "schools": Rule(
        "campaign_schools",
        circulars.RunCampaign,
        "school",
        "campaign",
        ("email",),
        "campaign_schools",
        _members,
        _campaign,
        needed=False,
        once="address",
        links={"unsubscribe": UNSUBSCRIBE},
        agreed=lambda command: command.reaches,
    ),
}
"""Templates by the audience of a campaign's step."""

RULES = (SHEET, CHASER, MESSAGE, *CAMPAIGNS.values())
