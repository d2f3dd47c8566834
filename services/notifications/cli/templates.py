"""`everyday templates`: the words of every message, to be listed, looked at and checked before anybody gets them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track
from rich.table import Table

from services.notifications.contacts import ContactsInvalid
from services.notifications.plain_english import EVERYDAY, STATUTORY, faults
from services.notifications.preview import files, written
from services.notifications.settings import WordingSettings
from services.notifications.sms_parts import cost, size
from services.notifications.template_files import Sample, Template, TemplateInvalid, templates
from services.notifications.wording import Unwritable
from shared.cli.output import BAD_INPUT, FAILURE, err, fail, out
from shared.contracts.notifications import Channel

app = typer.Typer(no_args_is_help=True, help="The words of every message: list, look at and check them.")


@app.command("list")
def list_(name: Annotated[str, typer.Argument(help="one template, to see which facts it needs")] = "") -> None:
    """List every template, or the facts of one. Example: everyday templates list penalty_notice"""
    if name:
        said = _of(name).meta
        out.print(f"{name}: {said.about}", markup=False, soft_wrap=True)
        for fact in said.needs:
            out.print(f"  needs     {fact}", markup=False)
        for fact in said.may_have:
            out.print(f"  may have  {fact}", markup=False)
        return
    table = Table("template", "for", "kind", "channels", "what it is for")
    table.columns[0].no_wrap = True
    for each in _read().values():
        table.add_row(each.name, each.meta.audience, each.meta.category, " ".join(each.sources), each.meta.about)
    out.print(table)


@app.command()
def preview(
    name: Annotated[str, typer.Argument(help="the template, such as penalty_notice")],
    channel: Annotated[Channel | None, typer.Option(help="one of its channels; all of them when not given")] = None,
    sample: Annotated[Sample, typer.Option(help="worst has long, strange and hostile facts")] = "sample",
    into: Annotated[Path, typer.Option(help="the folder to write into")] = Path("previews"),
) -> None:
    """Write a template as files to look at: .html, .txt and .eml of an email, .txt of a text, .pdf of a letter.

    Says of a text how many parts it is, what it costs, and which characters raised that.

    Example: everyday templates preview threshold_reached --sample worst --into /tmp/looks
    """
    template = _of(name)
    if channel is not None and channel not in template.sources:
        fail(f"--channel: {name} has words for {', '.join(template.sources)}", BAD_INPUT)
    into.mkdir(parents=True, exist_ok=True)
    for each in (channel,) if channel else template.sources:
        try:
            message = written(template, each, sample)
        except Unwritable as error:
            fail(str(error), BAD_INPUT)
        for file, content in files(message, sample).items():
            (into / file).write_bytes(content)
            err.print(f"[green]written[/green]: {into / file}", soft_wrap=True)
        if each == "sms":
            for line in cost(size(message.text), WordingSettings().sms_pence_per_part):
                out.print(line, markup=False, soft_wrap=True)


@app.command()
def check() -> None:
    """Write every template with its plain and its worst facts, and read it for plain English.

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


def _of(name: str) -> Template:
    found = _read()
    if name not in found:
        fail(f"{name}: there is no such template; `everyday templates list` names them", BAD_INPUT)
    return found[name]


def _read() -> Mapping[str, Template]:
    try:
        return templates()
    except (TemplateInvalid, ContactsInvalid) as error:
        fail(str(error), BAD_INPUT)
