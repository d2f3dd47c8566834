"""`everyday templates`: the words of every message, to list, look at and check before anybody gets them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track
from rich.table import Table

from services.notifications.addresses.pricing import measured
from services.notifications.addresses.sms_parts import cost
from services.notifications.settings import WordingSettings
from services.notifications.words.contacts import ContactsInvalid
from services.notifications.words.plain_english import EVERYDAY, STATUTORY, faults
from services.notifications.words.preview import files, written
from services.notifications.words.template_files import Sample, Template, TemplateInvalid, templates
from services.notifications.words.translations import ENGLISH, english_words, translation, translations
from services.notifications.words.wording import Unwritable
from shared.cli.output import BAD_INPUT, FAILURE, err, fail, out
from shared.contracts.notifications import Channel

app = typer.Typer(no_args_is_help=True, help="The words of every message: list, look at and check them.")


@app.command("list")
def list_(name: Annotated[str, typer.Argument(help="one template, to see which facts it needs")] = "") -> None:
    """List every template with its translations, or the facts of one, and of which English words each was made.

    A translation that nobody has checked, or whose English words have changed, is named and not sent.

    Example: everyday templates list penalty_notice
    """
    if name:
        template = _of(name)
        meta = template.meta
        out.print(f"{name}: {meta.about}", markup=False, soft_wrap=True)
        for fact in meta.needs:
            out.print(f"  needs     {fact}", markup=False)
        for fact in meta.may_have:
            out.print(f"  may have  {fact}", markup=False)
        for channel in template.sources:
            out.print(f"  English   {channel}: {english_words(template, channel)}", markup=False)
        for line in _states(name):
            out.print(f"  {line}", markup=False, soft_wrap=True)
        return
    table = Table("template", "for", "kind", "channels", "what it is for")
    table.columns[0].no_wrap = True
    for each in _read().values():
        table.add_row(each.name, each.meta.audience, each.meta.category, " ".join(each.sources), each.meta.about)
    out.print(table)
    for each in _read().values():
        for line in _states(each.name):
            out.print(f"{each.name} {line}", markup=False, soft_wrap=True)


@app.command()
def preview(
    name: Annotated[str, typer.Argument(help="the template, such as penalty_notice")],
    channel: Annotated[Channel | None, typer.Option(help="one of its channels; all of them when not given")] = None,
    sample: Annotated[Sample, typer.Option(help="worst has long, strange and hostile facts")] = "sample",
    language: Annotated[str, typer.Option(help="in a translation, checked or not, such as pl")] = ENGLISH,
    into: Annotated[Path, typer.Option(help="the folder to write into")] = Path("previews"),
) -> None:
    """Write a template as files to look at: .html, .txt and .eml of an email, .txt of a text, .pdf of a letter.

    For a text, says how many parts it has, what it costs, and which characters make it dearer.

    Examples: everyday templates preview threshold_reached --sample worst --into /tmp/looks
    · everyday templates preview penalty_notice --language pl
    """
    template = _of(name)
    if channel is not None and channel not in template.sources:
        fail(f"--channel: {name} has words for {', '.join(template.sources)}", BAD_INPUT)
    channels = (channel,) if channel else tuple(template.sources)
    found = {each: translation(name, each, language, any_state=True) for each in channels}
    if language != ENGLISH and not any(found.values()):
        fail(f"--language: {name} has no translation for {language}: everyday templates list {name}", BAD_INPUT)
    into.mkdir(parents=True, exist_ok=True)
    for each, translated in found.items():
        try:
            message = written(template, each, sample, translated)
        except Unwritable as error:
            fail(str(error), BAD_INPUT)
        unfit = translated.unfit(each) if translated else ""
        if unfit:
            err.print(f"{language}, {each}: not sent to anybody: {unfit}", style="yellow", soft_wrap=True)
        for file, content in files(message, sample, unfit).items():
            (into / file).write_bytes(content)
            err.print(f"[green]written[/green]: {into / file}", soft_wrap=True)
        if each == "sms":
            for line in cost(measured(message.text), WordingSettings().sms_pence_per_part):
                out.print(line, markup=False, soft_wrap=True)


@app.command()
def check() -> None:
    """Write every template with its plain and its worst facts, and check its English.

    Example: everyday templates check
    """
    found = _read()
    wrong = [
        f"{each.name} ({channel}): {fault}"
        for each in track(found.values(), "checking", console=err, transient=True)
        for channel in each.sources
        for fault in faults_of(each, channel)
    ]
    for line in wrong:
        err.print(line, style="red", markup=False, soft_wrap=True)
    if wrong:
        raise typer.Exit(FAILURE)
    err.print(f"[green]{len(found)} templates can be written[/green], and read well")


def faults_of(template: Template, channel: Channel) -> Iterator[str]:
    """What is wrong with a template's words: they cannot be written with a sample, or are hard to read."""
    try:
        plain = written(template, channel, "sample")
        written(template, channel, "worst")
    except Unwritable as error:
        yield str(error)
        return
    yield from faults(plain.text, STATUTORY if template.meta.category == "statutory" else EVERYDAY)


def _states(name: str) -> Iterator[str]:
    """For each translation, by channel: who has checked it, or why it is not sent."""
    for made in translations().get(name, {}).values():
        for channel in made.sources:
            checked = f"checked by {made.checked.checked_by} on {made.checked.checked_on}"
            yield f"{made.language} {channel}: {made.unfit(channel) or checked}"


def _of(name: str) -> Template:
    found = _read()
    if name not in found:
        fail(f"{name}: there is no such template; `everyday templates list` names them", BAD_INPUT)
    return found[name]


def _read() -> Mapping[str, Template]:
    try:
        translations()
        return templates()
    except (TemplateInvalid, ContactsInvalid) as error:
        fail(str(error), BAD_INPUT)
