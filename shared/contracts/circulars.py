"""What the team asks the notifications service to send in its own words: MI Sheets, campaigns, single messages."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, EmailStr, Field, StringConstraints, model_validator

from shared.contracts.base import Command, Event
from shared.contracts.fields import Count, Day, Language, Person, Reference, ShortText, Text, Urn, Value, WhichSchools
from shared.contracts.meetings import Line, Link
from shared.contracts.notifications import ToOne
from shared.writing.characters import check_text

SheetNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,4}/[0-9]{2}$", strip_whitespace=True)]
"""The number of an MI Sheet, such as 55/24."""

SheetText = Annotated[
    str, StringConstraints(min_length=1, max_length=20_000, strip_whitespace=True), AfterValidator(check_text)
]

CampaignName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", min_length=3, max_length=19)]
"""The name of a campaign, or of one of its steps: small letters, digits and hyphens."""


class MiSheet(Value):
    """An MI Sheet, the numbered circular to schools: an Action is marked as done by each, and chased."""

    number: SheetNumber
    title: Line
    kind: Literal["information", "action"]
    complete_by: Day | None = None
    """The last day for an Action, to its end."""
    text: SheetText
    """A line break begins a paragraph."""
    links: Annotated[tuple[Link, ...], Field(max_length=20)] = ()
    questions: Text | None = None
    """Whom to ask, where it is not the duty line."""

    @model_validator(mode="after")
    def _an_action_has_its_day(self) -> Self:
        if (self.kind == "action") != (self.complete_by is not None):
            raise ValueError("complete_by: an Action needs its last day, and Information has none")
        return self


class ToMany(Command):
    """May reach many. What reaches far more than its officer has agreed to waits until somebody lets it go."""

    reaches: Count | None = None
    """To how many the officer has agreed, having been told so many."""


class PublishMiSheet(ToMany):
    """Send an MI Sheet to every school that it is for. Its number must be new."""

    type: Literal["notifications.publish_mi_sheet.v1"] = "notifications.publish_mi_sheet.v1"
    sheet: MiSheet
    audience: WhichSchools = WhichSchools()
    officer: Person


class SheetCommand(Command):
    """Concerns a published MI Sheet."""

    number: SheetNumber
    officer: Person


class SendMiSheet(SheetCommand, ToMany):
    """Send an MI Sheet to further schools; whoever has it already is not sent it again."""

    type: Literal["notifications.send_mi_sheet.v1"] = "notifications.send_mi_sheet.v1"
    urns: Annotated[tuple[Urn, ...], Field(min_length=1, max_length=500)]


class ChaseMiSheet(SheetCommand):
    """Remind the schools that have not done an Action, besides the reminders before and after its last day."""

    type: Literal["notifications.chase_mi_sheet.v1"] = "notifications.chase_mi_sheet.v1"


class MarkMiSheetDone(SheetCommand):
    """A school has done what an Action asks for; with `done` false, it has not after all. The latest word counts."""

    type: Literal["notifications.mark_mi_sheet_done.v1"] = "notifications.mark_mi_sheet_done.v1"
    urn: Urn
    done: bool = True


class MiSheetPublished(Event):
    """An MI Sheet goes to the schools that it is for, or to further ones.

    `audience` is looked up when the messages go, and then stands: a school that is heard of later is not sent it.
    """

    type: Literal["notifications.mi_sheet_published.v1"] = "notifications.mi_sheet_published.v1"
    sheet: MiSheet
    audience: WhichSchools
    published_on: Day
    reaches: Count | None = None
    """To how many its officer has agreed."""

    @property
    def about(self) -> str:
        """The number."""
        return self.sheet.number


class MiSheetChased(Event):
    """Schools are reminded of an Action that they have not marked as done; `overdue` once its last day has passed."""

    type: Literal["notifications.mi_sheet_chased.v1"] = "notifications.mi_sheet_chased.v1"
    number: SheetNumber
    title: Line
    complete_by: Day
    overdue: bool
    urns: Annotated[tuple[Urn, ...], Field(min_length=1)]

    @property
    def about(self) -> str:
        """The number."""
        return self.number


class SendMessage(ToOne):
    """A colleague's own words to a school, or to whoever has an address, once."""

    type: Literal["notifications.send_message.v1"] = "notifications.send_message.v1"
    title: Line
    """The subject; a text message has none."""
    words: Text
    """A line break begins a paragraph."""
    more: Link | None = None
    case: Reference | None = None
    officer: Person

    @property
    def about(self) -> str:
        """What it is about; itself, where nothing is named."""
        return self.case or self.subject or str(self.id)


class Member(Value):
    """Somebody on a list that the team gives: an address, where it comes from, and since when they want messages."""

    email: EmailStr | None = None
    phone: ShortText | None = None
    name: Line | None = None
    """A school's; nobody else's is needed."""
    source: Line
    consent_on: Day | None = None
    """Since when; a parent is sent nothing without it."""
    language: Language | None = None
    """In which they wish to be written to."""

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if self.email is None and self.phone is None:
            raise ValueError("email or phone: give one of them")
        return self


class RunCampaign(ToMany):
    """Send a campaign's step to a part of a list, or to schools that are known. Nobody is sent a step twice.

    Without either it goes on with what was stopped. With `dry_run` nothing is sent: it is worked out what would be.
    """

    type: Literal["notifications.run_campaign.v1"] = "notifications.run_campaign.v1"
    campaign: CampaignName
    step: CampaignName
    to: Literal["parents", "schools"]
    members: Annotated[tuple[Member, ...], Field(max_length=500)] = ()
    audience: WhichSchools | None = None
    dry_run: bool = False
    officer: Person

    @model_validator(mode="after")
    def _names_one_audience(self) -> Self:
        if self.audience is not None and (self.members or self.to == "parents"):
            raise ValueError("audience: known schools can be named only for schools, and without members")
        return self

    @property
    def about(self) -> str:
        """The step."""
        return f"{self.campaign}/{self.step}"


class StopCampaign(Command):
    """Stop a campaign at once: what no provider has yet is not sent, unless its step is started again."""

    type: Literal["notifications.stop_campaign.v1"] = "notifications.stop_campaign.v1"
    campaign: CampaignName
    officer: Person
