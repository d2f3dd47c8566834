"""`everyday messages campaigns`: a dry run with its price, then the campaign itself, and how to stop it."""

from typing import Annotated, Any, Literal

import typer
from rich.table import Table

from services.notifications.circulars.campaigning import SWITCHES
from services.notifications.circulars.member_files import parts, read_members
from services.notifications.cli.asking import (
    Districts,
    Phases,
    Urns,
    Yes,
    ask,
    audience,
    confirm,
    person,
    schools_meant,
    tell,
)
from services.notifications.cli.following import follow
from services.notifications.cli.trials import say, tried
from services.notifications.deliveries.deliveries import DELIVERIES
from services.notifications.deliveries.delivery import DELIVERY, SENT, TO_GO
from services.notifications.rules.campaign_files import Campaign, CampaignInvalid, NoSuchStep, campaigns, step_of
from services.notifications.rules.circulars import CAMPAIGNS
from shared.cli.asking import command, hand_over
from shared.cli.officer import ROLE, Officer, OfficerId, Role
from shared.cli.output import BAD_INPUT, err, fail, out
from shared.cli.places import Places, places
from shared.cli.send import read_bytes, refuse, say_how
from shared.contracts.circulars import RunCampaign, StopCampaign
from shared.identity import derived
from shared.store.documents import Store
from shared.time.clock import in_words

app = typer.Typer(no_args_is_help=True, help="Campaigns: try one out, send it, stop it.")

Name = Annotated[str, typer.Argument(help="the campaign, such as everyday-counts")]


@app.command("list")
def list_campaigns() -> None:
    """List every campaign with its steps, their days, and what went. Example: everyday messages campaigns list"""
    at, known = places("mongo"), _read()
    today, standing = at.clock().today(), ask(at, _standing)
    table = Table("campaign", "step", "message", "from", "to", "now", "sent", "to go")
    for name, campaign in known.items():
        for step in campaign.steps:
            stopped, sent, to_go = standing[f"{name}/{step.name}"]
            over, early = today > step.last, today < step.first
            now = "stopped" if stopped else "over" if over else "to come" if early else "may go"
            days = (f"{day.day} {day:%b %Y}" for day in (step.first, step.last))
            table.add_row(name, step.name, step.message, *days, now, f"{sent:,}", f"{to_go:,}")
    out.print(table)


@app.command()
def run(
    campaign: Name,
    step: Annotated[str, typer.Argument(help="its step, such as november")],
    to: Annotated[Literal["parents", "schools"], typer.Option(help="for whom the words are")],
    officer_id: OfficerId,
    officer: Officer,
    people: Annotated[
        str,
        typer.Option("--list", help="a CSV: email, phone, name, source, consent_on, language; - for standard input"),
    ] = "",
    district: Districts = None,
    phase: Phases = None,
    urn: Urns = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="send nothing: say what would go, and its price")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="go on with what was stopped")] = False,
    yes: Yes = False,
    role: Role = ROLE,
) -> None:
    """Send a step of a campaign to the parents or schools on a list, or to the schools that we know.

    Nobody is sent a step twice, however often it is run. A parent's consent_on in a list is the day since which they
    want messages; without it the line is refused. A dry run writes every message and says what it would cost.

    Examples: everyday messages campaigns run everyday-counts november --to schools --dry-run …
    · everyday messages campaigns run everyday-counts november --to parents --list parents.csv …
    """
    at = places()
    known = _step(at, campaign, step, dry_run)
    facts = {"campaign": campaign, "step": step, "to": to, "officer": person(officer_id, officer, role)}
    if resume:
        tell(at, command(at.clock(), RunCampaign, **facts), "messages campaigns list")
        return
    commands, count = _commands(at, facts, people, audience(district, phase, urn).model_dump(mode="json"), dry_run)
    if dry_run:
        hand_over(at, *commands)
        say(tried(at, [str(each.id) for each in commands]), known)
        return
    confirm(count, f"{campaign}/{step}", yes)
    hand_over(at, *(each.model_copy(update={"reaches": count}) for each in commands))
    follow(at, [str(derived(each.id, CAMPAIGNS[to].name)) for each in commands], count, f"{campaign}/{step}")


@app.command()
def stop(campaign: Name, officer_id: OfficerId, officer: Officer, role: Role = ROLE) -> None:
    """Stop a campaign at once: messages that no provider has yet are not sent.

    Example: everyday messages campaigns stop everyday-counts --officer-id o-17 --officer "Jo Harwood"
    """
    at = places()
    if campaign not in _read():
        fail(f"campaign: there is no {campaign}: choose one of {', '.join(_read())}", BAD_INPUT)
    by = person(officer_id, officer, role)
    tell(at, command(at.clock(), StopCampaign, campaign=campaign, officer=by), "messages campaigns list")


def _commands(
    at: Places, facts: dict[str, Any], people: str, wanted: dict[str, Any], dry_run: bool
) -> tuple[list[RunCampaign], int]:
    """The commands to send, and how many recipients they have; a long list in parts."""
    if not people:
        if facts["to"] == "parents":
            fail("--list: parents are known only from a list: give a CSV", BAD_INPUT)
        commands = command(at.clock(), RunCampaign, **facts, audience=wanted, dry_run=dry_run)
        return [commands], schools_meant(at, commands.audience)
    if any(wanted.values()):
        fail("--list: a list and filters cannot go together: filter the list", BAD_INPUT)
    listed = read_members(read_bytes(people), facts["to"], at.clock().today())
    say_how(listed.notes)
    refuse(listed.problems)
    members = listed.members
    if listed.repeated:
        err.print(f"{listed.repeated:,} lines repeat an address of another line, and are left out")
    lists = [[each.model_dump(mode="json", exclude_none=True) for each in part] for part in parts(members)]
    return [command(at.clock(), RunCampaign, **facts, members=part, dry_run=dry_run) for part in lists], len(members)


def _step(at: Places, campaign: str, step: str, dry_run: bool) -> str:
    """A step in words; ends if there is none, or it is out of season."""
    _read()
    try:
        known = step_of(campaign, step)
    except NoSuchStep as error:
        fail(str(error), BAD_INPUT)
    today = at.clock().today()
    if not dry_run and not known.first <= today <= known.last:
        fail(f"step: {step} is for {known.days} only, and today is {in_words(today)}", BAD_INPUT)
    return f"{campaign}/{step}, for {known.days}"


async def _standing(store: Store) -> dict[str, tuple[bool, int, int]]:
    """For each step, whether it is stopped, how many messages are sent, and how many are to go."""
    found, deliveries = {}, store[DELIVERIES]
    for about in [f"{name}/{step.name}" for name, campaign in campaigns().items() for step in campaign.steps]:
        switch = await store[SWITCHES].get(about)
        sent = await deliveries.count({"about": about, **DELIVERY.among(*sorted(SENT))})
        to_go = await deliveries.count({"about": about, **DELIVERY.among(*sorted(TO_GO))})
        found[about] = bool(switch and switch["stopped"]), sent, to_go
    return found


def _read() -> dict[str, Campaign]:
    try:
        return dict(campaigns())
    except CampaignInvalid as error:
        fail(str(error), BAD_INPUT)
