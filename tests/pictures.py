"""docs/pages.md: every picture of a page that `make pictures` has made."""

from pathlib import Path

FOLDER = Path(__file__).parents[1] / "docs" / "pages"


def document() -> str:
    """The page of them all."""
    lines = [
        "# Pages as pictures",
        "",
        "Every page that people open, in the states that tests look at, at 320 and at 1,100 pixels. Made by",
        "`make pictures`, which also holds each to WCAG 2.2 AA as far as axe-core can. What stands where is in the",
        "[site map](site-map.md).",
    ]
    for picture in sorted(FOLDER.glob("*.png")):
        words = picture.stem.replace("-", " ").capitalize()
        lines += ["", f"## {words}", "", f"![{words}, narrow and wide](pages/{picture.name})"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(document(), end="")  # noqa: T201
