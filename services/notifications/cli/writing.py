"""`everyday messages send, prefer, preferences`: a colleague's own message to one, and what people want."""

from typing import Annotated, Literal, get_args

import typer

from services.notifications.addresses.addresses import canonical, objection
from services.notifications.addresses.pricing import measured, multiplier
from services.notifications.addresses.sms_parts import cost
from services.notifications.asking.record import Record
from services.notifications.cli.asking import ask, person, tell
from services.notifications.rules.circulars import MESSAGE
from services.notifications.settings import WordingSettings
from services.notifications.words.translations import ENGLISH, translation, translations
from services.notifications.words.wording import Unwritable, write
from shared.cli.asking import command
from shared.cli.audit import witnessed
from shared.cli.officer import ROLE, Officer, OfficerId, Role
from shared.cli.output import BAD_INPUT, err, fail, out
from shared.cli.places import places
from shared.contracts.circulars import SendMessage
from shared.contracts.notifications import Channel, SetLanguage, SetPreferences
from shared.time.clock import LONDON, in_words

School = Annotated[str, typer.Option(help="a school, by its URN")]
Email = Annotated[str, typer.Option(help="an email address")]
Phone = Annotated[str, typer.Option(help="a mobile number")]


def add_to(app: typer.Typer) -> None:
    app.command("send")(send)
    app.command("prefer")(prefer)
    app.command("language")(language)
    app.command("preferences")(preferences)


def send(
    title: Annotated[str, typer.Option(help="the subject; a text message has none")],
    words: Annotated[str, typer.Option(help="what it says; a line break begins a paragraph")],
    officer_id: OfficerId,
    officer: Officer,
    school: School = "",
    email: Email = "",
    phone: Phone = "",
    case: Annotated[str, typer.Option(help="the case that it is about")] = "",
    link: Annotated[str, typer.Option(help="a web address below the words")] = "",
    link_words: Annotated[str, typer.Option(help="what the link is called")] = "Read more",
    role: Role = ROLE,
) -> None:
    """Send your own words to a school, or to whoever has an address, once.

    Example: everyday messages send --school 120001 --title "Thursday's visit" --words "We come at 10." …
    """
    at = places("amqp")
    _one_of(school, email, phone)
    more = {"title": link_words, "url": link} if link else None
    by, to = person(officer_id, officer, role), {"school": school, "email": email, "phone": phone}
    sent = command(at.clock(), SendMessage, title=title, words=words, more=more, case=case, officer=by, **to)
    _look_at(sent)
    tell(at, sent, f"messages list --about {sent.about}")


def _look_at(sent: SendMessage) -> None:
    """End if no message can go there or hold these words; say what a text costs."""
    channel: Channel = "sms" if sent.phone else "email"
    address = sent.phone or sent.email
    if address is not None and (why := objection(channel, address)):
        fail(f"--{'phone' if sent.phone else 'email'}: {why}", BAD_INPUT)
    try:
        text = write(MESSAGE.template, channel, MESSAGE.facts(sent)).text
    except Unwritable as error:
        fail(str(error), BAD_INPUT)
    if channel == "sms":
        wording = WordingSettings()
        times = multiplier(str(sent.phone), wording.sms_multipliers)
        for line in cost(measured(text, wording.notify_sms_prefix), wording.sms_pence_per_part, times):
            err.print(line, markup=False, soft_wrap=True)


def prefer(
    category: Annotated[Literal["service", "campaign"], typer.Option(help="statutory messages cannot be chosen")],
    channel: Annotated[Literal["email", "sms"], typer.Option(help="the channel")],
    wanted: Annotated[bool, typer.Option("--yes/--no", help="whether it is wanted")],
    school: School = "",
    email: Email = "",
    phone: Phone = "",
) -> None:
    """Keep whether a school, or whoever has an address, wants messages of a kind; the latest word counts.

    Example: everyday messages prefer --phone "07700 900123" --category campaign --channel sms --no
    """
    at = places()
    _one_of(school, email, phone)
    to = {"school": school, "email": email, "phone": phone}
    sent = command(at.clock(), SetPreferences, category=category, channel=channel, wanted=wanted, **to)
    witnessed(at, "messages prefer", school or email or phone)
    tell(at, sent, f"messages preferences {_option(school, email, phone)}")


def language(
    wished: Annotated[str, typer.Argument(metavar="LANGUAGE", help="such as pl or pt-BR; en for English after all")],
    officer_id: OfficerId,
    officer: Officer,
    parent: Annotated[str, typer.Option(help="a parent, by the id that the school's record gives them")] = "",
    email: Email = "",
    phone: Phone = "",
    role: Role = ROLE,
) -> None:
    """Keep in which language a parent, or whoever has an address, wishes to be written to; the latest word counts.

    Emails and texts go in it where somebody has checked the translation, and a letter encloses a page in it. The letter
    itself is always in English.

    Example: everyday messages language pl --parent p-17 --officer-id o-17 --officer "Jo Harwood"
    """
    at = places("amqp")
    _one_of(parent, email, phone, first="--parent")
    to = {"parent": parent, "email": email, "phone": phone}
    sent = command(at.clock(), SetLanguage, language=wished, officer=person(officer_id, officer, role), **to)
    witnessed(at, "messages language", parent or email or phone, by=officer_id)
    checked = any(translation(name, channel, wished) for name in translations() for channel in get_args(Channel))
    if wished != ENGLISH and not checked:
        err.print(f"there are no checked translations for {wished} yet: until then English goes", soft_wrap=True)
    tell(at, sent, "messages list")


def preferences(school: School = "", email: Email = "", phone: Phone = "") -> None:
    """Show what a school, or whoever has an address to which something was sent, wants and does not want.

    Example: everyday messages preferences --school 120001
    """
    at = places("mongo")
    _one_of(school, email, phone)
    address = email or canonical("sms", phone) or ""
    witnessed(at, "messages preferences", school or address)
    found = ask(at, lambda store: Record(store).wishes(school, address))
    if found.get("suppressed"):
        out.print(f"nothing is sent to this address: {found['suppressed']['why']}", markup=False, soft_wrap=True)
    for what, wish in sorted(found.get("wishes", {}).items()):
        day = in_words(wish["at"].astimezone(LONDON).date())
        out.print(f"{' by '.join(what.split(':'))}: {'wanted' if wish['wanted'] else 'not wanted'}, said on {day}")
    if not found.get("wishes"):
        out.print("nothing has been said: every message is sent")


def _one_of(*given: str, first: str = "--school") -> None:
    if sum(map(bool, given)) != 1:
        fail(f"name one: {first}, --email or --phone", BAD_INPUT)


def _option(school: str, email: str, phone: str) -> str:
    return f"--school {school}" if school else f"--email {email}" if email else f'--phone "{phone}"'
