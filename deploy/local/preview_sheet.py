"""`python -m deploy.local.preview_sheet`: every template as a picture, and a page of them all, into docs/."""

import io
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image, ImageChops
from rich.console import Console
from rich.progress import track

from deploy.local.debian import NotInstalled, install
from services.notifications.addresses.pricing import measured
from services.notifications.settings import WordingSettings
from services.notifications.words.contacts import contact_book
from services.notifications.words.letters import pictures
from services.notifications.words.preview import written
from services.notifications.words.template_files import Template, templates

PHONE = 390  # pixels: the width of a common telephone
_TALLEST = 6000  # pixels
_PPI = 62  # enough to read a letter by
_COLOURS = ("#ffffff", "#0b0c0c", "#474848", "#85888a", "#b9bcbe", "#1d70b8", "#9cc1df")
"""Words need no more, and the repository stays small."""
_AUDIENCES = {
    "school": "schools",
    "parent": "parents",
    "attendee": "people who come to meetings",
    "respondent": "people who are asked to answer",
    "officer": "officers",
    "anyone": "anyone",
}
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_FRAME = '<body style="margin:0"><iframe src="{page}" style="border:0;width:{width}px;height:{height}px"></iframe>'

console = Console(stderr=True, highlight=False)


def page(found: Iterable[Template]) -> str:
    """The page of all templates, by whom they are for: the same templates always give the same page."""
    told = [_told(each) for each in found]
    audiences = [(name, [each for each in told if each["audience"] == key]) for key, name in _AUDIENCES.items()]
    folder = Path(__file__).parent / "templates"
    environment = Environment(
        loader=FileSystemLoader(folder), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )  # plain text from our own files: nothing to escape
    return environment.get_template("sheet.md").render(audiences=audiences) + "\n"


def _told(template: Template) -> dict[str, Any]:
    pictured = [channel for channel in template.sources if channel != "sms"]
    return {
        "name": template.name,
        "about": template.meta.about,
        "audience": template.meta.audience,
        "category": template.meta.category,
        "versions": ", ".join(f"`{version}` ({channel})" for channel, version in template.versions.items()),
        "texts": [_text(template)] if "sms" in template.sources else [],
        "pictures": [
            {"file": f"{template.name}-{channel}.png", "words": f"{template.name} as {channel}"} for channel in pictured
        ],
    }


def _text(template: Template) -> dict[str, str]:
    words = written(template, "sms", "sample").text
    size = measured(words)
    price = size.price(WordingSettings().sms_pence_per_part)
    return {"words": words, "cost": f"{size.characters} characters, parts: {size.parts}, {price} pence."}


def letter_picture(template: Template) -> Image.Image:
    """A letter's pages side by side."""
    pages = pictures(template, template.sample(), contact_book(), _PPI)
    return _side_by_side([Image.open(io.BytesIO(each)).convert("RGB") for each in pages])


def email_picture(template: Template, browser: str, folder: Path) -> Image.Image:
    """An email as it is on a telephone."""
    (folder / "mail.html").write_text(written(template, "email", "sample").html, "utf-8")
    frame = folder / "frame.html"
    frame.write_text(_FRAME.format(page="mail.html", width=PHONE, height=_TALLEST), "utf-8")
    shot = folder / "shot.png"
    subprocess.run(
        [browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--screenshot={shot}",
         f"--window-size={PHONE + 200},{_TALLEST}", frame.as_uri()],
        capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    picture = Image.open(shot).convert("RGB").crop((0, 0, PHONE, _TALLEST))
    seen = ImageChops.difference(picture, Image.new("RGB", picture.size, "white")).getbbox()
    return picture.crop((0, 0, PHONE, seen[3] + 16 if seen else 16))


def _side_by_side(pages: Sequence[Image.Image]) -> Image.Image:
    gap = 12
    sheet = Image.new("RGB", (sum(each.width + gap for each in pages) + gap, pages[0].height + 2 * gap), "#b1b4b6")
    for place, each in enumerate(pages):
        sheet.paste(each, (gap + place * (each.width + gap), gap))
    return sheet


def _keep(picture: Image.Image, file: Path) -> None:
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in _COLOURS for part in bytes.fromhex(colour[1:])])
    picture.quantize(palette=palette, dither=Image.Dither.NONE).save(file, optimize=True, bits=4)


def browser() -> str:
    """Chromium, installed where it is missing; raises NotInstalled."""
    there = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if there is None:
        install(("chromium", "fonts-liberation"), console.print, "about a minute")
        there = shutil.which("chromium")
    if there is None:
        raise NotInstalled("chromium was installed and is not there: run `sudo apt-get install chromium`")
    return there


def main(
    into: Annotated[Path, typer.Option(help="the folder of the page; pictures go below it")] = Path("docs"),
) -> None:
    """Write the page and its pictures."""
    found = list(templates().values())
    (into / "templates").mkdir(parents=True, exist_ok=True)
    for old in (into / "templates").glob("*.png"):
        old.unlink()
    try:
        chromium = browser()
    except NotInstalled as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(1) from None
    with tempfile.TemporaryDirectory() as scratch:
        for each in track(found, "pictures", console=console):
            for channel in each.sources:
                file = into / "templates" / f"{each.name}-{channel}.png"
                if channel == "letter":
                    _keep(letter_picture(each), file)
                elif channel == "email":
                    _keep(email_picture(each, chromium, Path(scratch)), file)
    (into / "templates.md").write_text(page(found), "utf-8")
    console.print(f"written: {into / 'templates.md'}")


if __name__ == "__main__":
    typer.run(main)
