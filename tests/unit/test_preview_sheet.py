from pathlib import Path

from deploy.local.preview_sheet import page
from services.notifications.words.template_files import templates

DOCS = Path(__file__).parents[2] / "docs"


def test_the_sheet_shows_the_words_as_they_are_now() -> None:
    assert (DOCS / "templates.md").read_text("utf-8") == page(templates().values()), "run `make templates`"


def test_every_template_that_can_be_pictured_is() -> None:
    pictured = {file.stem for file in (DOCS / "templates").glob("*.png")}
    assert pictured == {
        f"{each.name}-{channel}" for each in templates().values() for channel in each.sources if channel != "sms"
    }
